/* Tests of subscriptions, customers and events. */
#include "lib/temp_store.h"

START_TEST(a_customer_belongs_to_one_user)
{
    struct temp_store t;
    struct store_subscription back;
    uint64_t user;
    temp_open(&t);
    struct store_subscription a = {.user_id = 1, .plan = S("pro"), .customer_id = S("cus_1")};
    struct store_subscription b = {.user_id = 2, .customer_id = S("cus_1")};
    ck_status(store_subscription_put(temp_write(&t), &a), ST_OK);
    ck_status(store_subscription_put(&t.w, &a), ST_OK);
    ck_status(store_subscription_put(&t.w, &b), ST_CONFLICT);
    ck_status(store_customer_find(&t.w, S("cus_1"), &user), ST_OK);
    ck_assert_uint_eq(user, 1);
    a.customer_id = S("cus_2");
    ck_status(store_subscription_put(&t.w, &a), ST_OK);
    ck_status(store_customer_find(&t.w, S("cus_1"), &user), ST_NOT_FOUND);
    ck_status(store_customer_find(&t.w, S(""), &user), ST_NOT_FOUND);
    ck_status(store_subscription_put(&t.w, &b), ST_OK);
    ck_status(store_subscription_get(&t.w, 1, &t.arena, &back), ST_OK);
    ck_slice(back.plan, "pro");
    ck_status(store_subscription_get(&t.w, 3, &t.arena, &back), ST_NOT_FOUND);
    struct store_page page = {0};
    struct store_subscription *rows;
    ck_status(store_subscription_list(&t.w, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 2);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(an_event_is_seen_once)
{
    struct temp_store t;
    struct store_billing_event back, *rows;
    temp_open(&t);
    struct store_billing_event event = {
        .id = S("evt_1"), .type = S("invoice.paid"), .outcome = S("applied"), .seen_ms = T0_MS};
    ck_status(store_event_add(temp_write(&t), &event), ST_OK);
    ck_status(store_event_add(&t.w, &event), ST_CONFLICT);
    ck_status(store_event_get(&t.w, S("evt_1"), &t.arena, &back), ST_OK);
    ck_slice(back.type, "invoice.paid");
    ck_status(store_event_get(&t.w, S("evt_2"), &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_orphan_put(&t.w, &event), ST_OK);
    struct store_page page = {0};
    ck_status(store_orphan_list(&t.w, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    ck_status(store_orphan_del(&t.w, S("evt_1")), ST_OK);
    ck_status(store_orphan_del(&t.w, S("evt_1")), ST_NOT_FOUND);
    event.outcome = S("stale");
    ck_status(store_event_put(&t.w, &event), ST_OK);
    page = (struct store_page){0};
    ck_status(store_event_list(&t.w, &page, &t.arena, &rows), ST_OK);
    ck_slice(rows[0].outcome, "stale");
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("billing", a_customer_belongs_to_one_user, an_event_is_seen_once)
