/* Tests of events: every order and any number of copies end in one state; orphans; conflicts. */
#include "lib/billing_fixture.h"

static struct temp_store t;
static uint64_t user;
static char text[5][EVENT_TEXT_MAX];
static char scratch[EVENT_TEXT_MAX];

static void start(void)
{
    temp_open(&t);
    user = temp_user(&t, "ann@example.com", STORE_ROLE_USER);
}

static void finish(void)
{
    temp_commit(&t);
    temp_close(&t);
}

/* One purchase that ends, as the five events of its life. */
static void five_events(bool metadata, bool legacy)
{
    uint64_t named = metadata ? user : 0;
    checkout_event(text[0], "evt_a", "completed", T0, user, "paid");
    sub_event(text[1], (struct sub_text){.id = "evt_b",
                                         .type = "created",
                                         .status = "active",
                                         .price = "price_pro",
                                         .at_s = T0,
                                         .user = named,
                                         .legacy = legacy});
    sub_event(text[2], (struct sub_text){.id = "evt_c",
                                         .type = "updated",
                                         .status = "active",
                                         .price = "price_business",
                                         .at_s = T0,
                                         .user = named,
                                         .legacy = legacy});
    invoice_event(text[3], "evt_d", "paid", T0 + 1, legacy);
    sub_event(text[4], (struct sub_text){.id = "evt_e",
                                         .type = "deleted",
                                         .status = "canceled",
                                         .price = "price_business",
                                         .at_s = T0 + 100,
                                         .user = named,
                                         .legacy = legacy,
                                         .more = ",\"ended_at\":1795000100"});
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void permutation(unsigned number, int ret[5])
{
    int left[5] = {0, 1, 2, 3, 4};
    for (unsigned i = 0; i < 5; i++) {
        unsigned at = number % (5 - i);
        number /= 5 - i;
        ret[i] = left[at];
        for (unsigned j = at; j + 1 < 5 - i; j++)
            left[j] = left[j + 1];
    }
}

/* Each order with random copies in between; `count` of the five events. */
static void every_order_ends_alike(bool metadata, bool legacy, int skip_last)
{
    char first[STATE_TEXT_MAX];
    char state[STATE_TEXT_MAX];
    unsigned seed = 7;
    start();
    temp_commit(&t);
    five_events(metadata, legacy);
    for (unsigned p = 0; p < 120; p++) {
        int order[5];
        permutation(p, order);
        for (int i = 0; i < 5; i++) {
            if (skip_last && order[i] == 4)
                continue;
            ck_assert_int_ne(fix_apply(&t, text[order[i]], T0_MS + 200000, NULL),
                             OUTCOME_DUPLICATE);
            for (unsigned n = next_random(&seed) % 3; n > 0; n--) {
                int again = order[next_random(&seed) % (unsigned)(i + 1)];
                if (!(skip_last && again == 4))
                    ck_assert_int_eq(fix_apply(&t, text[again], T0_MS + 200000, NULL),
                                     OUTCOME_DUPLICATE);
            }
        }
        fix_state(&t, user, p ? state : first);
        ck_assert_msg(p == 0 || strcmp(first, state) == 0, "order %u:\n%s\n%s", p, first, state);
        temp_abort(&t);
    }
    ck_assert_ptr_nonnull(strstr(first, skip_last ? "user business stripe 0 | business active"
                                                  : "user free  0 | business canceled"));
    ck_assert_ptr_nonnull(strstr(first, "in_1 paid 4900"));
    temp_close(&t);
}

START_TEST(all_120_orders_end_in_the_same_state)
{
    every_order_ends_alike(true, false, 0);
}
END_TEST

START_TEST(all_120_orders_without_metadata_go_through_orphans)
{
    every_order_ends_alike(false, false, 0);
}
END_TEST

START_TEST(all_120_orders_of_the_older_shape)
{
    every_order_ends_alike(true, true, 0);
}
END_TEST

START_TEST(all_orders_of_a_living_subscription_grant_its_newest_plan)
{
    every_order_ends_alike(true, false, 1);
}
END_TEST

START_TEST(two_updates_of_one_second_agree_and_ask_the_provider)
{
    char a[EVENT_TEXT_MAX];
    char b[EVENT_TEXT_MAX];
    char states[2][STATE_TEXT_MAX];
    struct billing_result result;
    start();
    temp_commit(&t);
    sub_event(a, (struct sub_text){.id = "evt_1",
                                   .type = "updated",
                                   .status = "active",
                                   .price = "price_pro",
                                   .at_s = T0,
                                   .user = user});
    sub_event(b, (struct sub_text){.id = "evt_2",
                                   .type = "updated",
                                   .status = "active",
                                   .price = "price_business",
                                   .at_s = T0,
                                   .user = user});
    for (int i = 0; i < 2; i++) {
        (void)fix_apply(&t, i ? b : a, T0_MS, NULL);
        (void)fix_apply(&t, i ? a : b, T0_MS, &result);
        ck_assert(result.dirty);
        fix_state(&t, user, states[i]);
        temp_abort(&t);
    }
    ck_assert_str_eq(states[0], states[1]);
    temp_close(&t);
}
END_TEST

START_TEST(nothing_brings_a_deleted_subscription_back)
{
    start();
    five_events(true, false);
    (void)fix_apply(&t, text[4], T0_MS + 200000, NULL);
    sub_event(scratch, (struct sub_text){.id = "evt_z",
                                         .type = "updated",
                                         .status = "active",
                                         .price = "price_business",
                                         .at_s = T0 + 900,
                                         .user = user});
    ck_assert_int_eq(fix_apply(&t, scratch, T0_MS + 900000, NULL), OUTCOME_STALE);
    struct store_user row;
    struct error err = {0};
    ck_ok(store_user_get(&t.w, user, &t.arena, &row));
    ck_slice(row.plan, "free");
    finish();
}
END_TEST

START_TEST(a_customer_of_another_user_is_a_conflict)
{
    start();
    uint64_t ben = temp_user(&t, "ben@example.com", STORE_ROLE_USER);
    (void)fix_apply(&t, checkout_event(scratch, "evt_1", "completed", T0, user, "paid"), T0_MS,
                    NULL);
    ck_assert_int_eq(
        fix_apply(&t, checkout_event(scratch, "evt_2", "completed", T0, ben, "paid"), T0_MS, NULL),
        OUTCOME_CONFLICT);
    finish();
}
END_TEST

START_TEST(the_other_mode_and_other_purchases_change_nothing)
{
    struct error err = {0};
    struct billing_event event;
    struct billing_result result;
    struct billing_rules rules = fix_rules(T0_MS);
    start();
    five_events(true, false);
    rules.livemode = true;
    ck_ok(billing_event_read(slice_of(text[1]), &t.arena, &event, &err));
    ck_ok(billing_event_apply(temp_write(&t), &rules, &event, &t.arena, &result, &err));
    ck_assert_int_eq(result.outcome, OUTCOME_LIVEMODE);
    ck_assert_int_eq(
        fix_apply(&t,
                  "{\"id\":\"evt_9\",\"type\":\"price.created\",\"created\":1795000000,"
                  "\"data\":{\"object\":{\"id\":\"price_1\"}}}",
                  T0_MS, NULL),
        OUTCOME_IGNORED);
    ck_assert_int_eq(fix_apply(&t,
                               "{\"id\":\"evt_8\",\"type\":\"checkout.session.completed\","
                               "\"created\":1795000000,\"data\":{\"object\":{\"id\":\"cs_9\","
                               "\"mode\":\"payment\",\"customer\":\"cus_9\"}}}",
                               T0_MS, NULL),
                     OUTCOME_IGNORED);
    struct store_subscription row;
    ck_status(store_subscription_get(&t.w, user, &t.arena, &row), ST_NOT_FOUND);
    finish();
}
END_TEST

START_TEST(linking_by_hand_drives_the_orphans)
{
    struct error err = {0};
    struct billing_result result;
    struct billing_rules rules = fix_rules(T0_MS);
    struct store_page page = {0};
    struct store_billing_event *rows;
    start();
    five_events(false, false);
    ck_assert_int_eq(fix_apply(&t, text[1], T0_MS, NULL), OUTCOME_ORPHAN);
    ck_assert_int_eq(fix_apply(&t, text[3], T0_MS, NULL), OUTCOME_ORPHAN);
    ck_ok(billing_bind(&t.w, &rules, user, S("cus_1"), &t.arena, &result, &err));
    ck_assert_uint_eq(result.redriven, 2);
    ck_ok(store_orphan_list(&t.w, &page, &t.arena, &rows));
    ck_assert_uint_eq(page.count, 0);
    struct store_user row;
    ck_ok(store_user_get(&t.w, user, &t.arena, &row));
    ck_slice(row.plan, "pro");
    uint64_t ben = temp_user(&t, "ben@example.com", STORE_ROLE_USER);
    ck_status(billing_bind(&t.w, &rules, ben, S("cus_1"), &t.arena, &result, &err), ST_CONFLICT);
    finish();
}
END_TEST

START_TEST(a_read_back_is_newer_than_what_was_heard)
{
    struct error err = {0};
    struct billing_event event;
    struct billing_result result;
    struct billing_rules rules = fix_rules(T0_MS + 500000);
    struct store_user row;
    start();
    five_events(true, false);
    (void)fix_apply(&t, text[1], T0_MS, NULL);
    ck_ok(billing_event_read(slice_of(text[2]), &t.arena, &event, &err));
    event.id = S("");
    event.created_ms = T0_MS + 500000;
    ck_ok(billing_readback_apply(temp_write(&t), &rules, &event, user, &t.arena, &result, &err));
    ck_ok(store_user_get(&t.w, user, &t.arena, &row));
    ck_slice(row.plan, "business");
    /* An older update that is delivered late changes nothing; one from about then asks again. */
    sub_event(scratch, (struct sub_text){.id = "evt_o",
                                         .type = "updated",
                                         .status = "active",
                                         .price = "price_pro",
                                         .at_s = T0 + 100,
                                         .user = user});
    ck_assert_int_eq(fix_apply(&t, scratch, T0_MS + 500000, &result), OUTCOME_STALE);
    ck_assert(!result.dirty);
    sub_event(scratch, (struct sub_text){.id = "evt_p",
                                         .type = "updated",
                                         .status = "active",
                                         .price = "price_pro",
                                         .at_s = T0 + 499,
                                         .user = user});
    ck_assert_int_eq(fix_apply(&t, scratch, T0_MS + 500000, &result), OUTCOME_STALE);
    ck_assert(result.dirty);
    finish();
}
END_TEST

START_TEST(a_replay_changes_nothing_that_is_right)
{
    struct error err = {0};
    char before[STATE_TEXT_MAX];
    char after[STATE_TEXT_MAX];
    struct billing_event event;
    struct billing_result result;
    struct billing_rules rules = fix_rules(T0_MS);
    start();
    five_events(true, false);
    for (int i = 0; i < 5; i++)
        (void)fix_apply(&t, text[i], T0_MS, NULL);
    fix_state(&t, user, before);
    ck_ok(billing_event_read(slice_of(text[1]), &t.arena, &event, &err));
    ck_ok(billing_event_replay(&t.w, &rules, &event, &t.arena, &result, &err));
    fix_state(&t, user, after);
    ck_assert_str_eq(before, after);
    finish();
}
END_TEST

START_TEST(a_deleted_customer_is_unlinked)
{
    uint64_t owner;
    start();
    (void)fix_apply(&t, checkout_event(scratch, "evt_1", "completed", T0, user, "paid"), T0_MS,
                    NULL);
    ck_assert_int_eq(fix_apply(&t,
                               "{\"id\":\"evt_2\",\"type\":\"customer.deleted\",\"created\":"
                               "1795000000,\"data\":{\"object\":{\"id\":\"cus_1\"}}}",
                               T0_MS, NULL),
                     OUTCOME_APPLIED);
    ck_status(store_customer_find(&t.w, S("cus_1"), &owner), ST_NOT_FOUND);
    finish();
}
END_TEST

TEST_MAIN("billing", all_120_orders_end_in_the_same_state,
          all_120_orders_without_metadata_go_through_orphans, all_120_orders_of_the_older_shape,
          all_orders_of_a_living_subscription_grant_its_newest_plan,
          two_updates_of_one_second_agree_and_ask_the_provider,
          nothing_brings_a_deleted_subscription_back, a_customer_of_another_user_is_a_conflict,
          the_other_mode_and_other_purchases_change_nothing, linking_by_hand_drives_the_orphans,
          a_read_back_is_newer_than_what_was_heard, a_replay_changes_nothing_that_is_right,
          a_deleted_customer_is_unlinked)
