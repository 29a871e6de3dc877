/* Tests of reconciling without a network: time alone, and that other modes ask nobody. What is read
 * back is tested against a server in tests/http/test_billing.py. */
#include "billing_sync.h"

#include "base/clock.h"
#include "lib/billing_fixture.h"
#include "lib/gate.h"

static struct gate g;
static struct error err;

static uint64_t subscriber(void)
{
    char text[EVENT_TEXT_MAX];
    store_writer_stop(g.t.store);
    uint64_t user = temp_user(&g.t, "ann@example.com", STORE_ROLE_USER);
    sub_event(text, (struct sub_text){.id = "evt_1",
                                      .type = "created",
                                      .status = "active",
                                      .price = "price_pro",
                                      .at_s = T0,
                                      .user = user});
    ck_assert_int_eq(fix_apply(&g.t, text, T0_MS, NULL), OUTCOME_APPLIED);
    struct store_user row;
    ck_ok(store_user_get(temp_write(&g.t), user, &g.t.arena, &row));
    row.plan = S("enterprise");
    row.plan_source = S("manual");
    row.plan_until_ms = T0_MS + 1000;
    ck_ok(store_user_put(&g.t.w, &row));
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
    return user;
}

static void plan_is(uint64_t user, const char *plan)
{
    struct store_user row;
    ck_ok(store_user_get(temp_read(&g.t), user, &g.t.arena, &row));
    ck_slice(row.plan, plan);
}

START_TEST(when_a_manual_plan_ends_what_was_bought_counts_again)
{
    gate_open(&g);
    uint64_t user = subscriber();
    int64_t hour = 0;
    g.config.billing_mode = S("stripe");
    g.config.outbound_mode = S("airgap"); /* events are carried in; nobody is asked */
    clock_fake(T0_MS + 999, 5000);
    ck_ok(billing_reconcile(&g.app, 5000, &hour, &err));
    plan_is(user, "enterprise");
    clock_fake(T0_MS + 1000, 6000);
    ck_ok(billing_reconcile(&g.app, 6000, &hour, &err)); /* not yet an hour later */
    plan_is(user, "enterprise");
    ck_ok(billing_reconcile(&g.app, 5000 + 3600000, &hour, &err));
    plan_is(user, "pro");
    clock_fake(0, 0);
    gate_close(&g);
}
END_TEST

START_TEST(other_modes_do_nothing)
{
    int64_t hour = 0;
    gate_open(&g);
    ck_ok(billing_reconcile(&g.app, 5000, &hour, &err));
    ck_assert_int_eq(hour, 0);
    gate_close(&g);
}
END_TEST

START_TEST(without_a_network_subscriptions_stay_in_doubt_and_say_why)
{
    struct billing_sync sync = {0};
    gate_open(&g);
    uint64_t user = subscriber();
    ck_status(billing_sync_subscriptions(&g.app, user, &sync, &err), ST_DISABLED);
    ck_assert_uint_eq(sync.asked, 1);
    ck_assert_uint_eq(sync.failed, 1);
    ck_status(billing_catch_up(&g.app, &sync, &err), ST_DISABLED);
    gate_close(&g);
}
END_TEST

TEST_MAIN("billing_sync", when_a_manual_plan_ends_what_was_bought_counts_again,
          other_modes_do_nothing, without_a_network_subscriptions_stay_in_doubt_and_say_why)
