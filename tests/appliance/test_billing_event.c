/* Tests of reading events: both shapes of the API, expanded ids, null and missing members. */
#include "billing_event.h"

#include "json.h"
#include "lib/billing_fixture.h"

static struct arena arena;
static struct error err;
static char text[EVENT_TEXT_MAX];

static status read_text(const char *event, struct billing_event *ret)
{
    arena_finish(&arena);
    arena_init(&arena, 1 << 20);
    return billing_event_read(slice_of(event), &arena, ret, &err);
}

static void finish(void)
{
    arena_finish(&arena);
}

START_TEST(both_shapes_of_a_subscription_read_alike)
{
    struct billing_event e;
    for (int legacy = 0; legacy < 2; legacy++) {
        sub_event(text, (struct sub_text){.id = "evt_1",
                                          .type = "updated",
                                          .status = "active",
                                          .price = "price_pro",
                                          .at_s = T0,
                                          .user = 17,
                                          .legacy = legacy,
                                          .at_period_end = true});
        ck_ok(read_text(text, &e));
        ck_assert_int_eq(e.kind, BILLING_SUBSCRIPTION);
        ck_assert_int_eq(e.rank, RANK_UPDATED);
        ck_slice(e.subscription_id, "sub_1");
        ck_slice(e.customer_id, "cus_1");
        ck_slice(e.price_id, "price_pro");
        ck_assert_uint_eq(e.user_id, 17);
        ck_assert_int_eq(e.period_start_ms, T0_MS);
        ck_assert_int_eq(e.period_end_ms, T0_MS + INT64_C(2592000000));
        ck_assert(e.cancel_at_period_end);
        ck_assert_int_eq(e.cancel_ms, 0);
    }
    finish();
}
END_TEST

START_TEST(both_shapes_of_an_invoice_read_alike)
{
    struct billing_event e;
    for (int legacy = 0; legacy < 2; legacy++) {
        ck_ok(read_text(invoice_event(text, "evt_1", "paid", T0, legacy), &e));
        ck_assert_int_eq(e.kind, BILLING_INVOICE);
        ck_slice(e.subscription_id, "sub_1");
        ck_slice(e.invoice_status, "paid");
        ck_assert_uint_eq(e.amount_cents, 4900);
    }
    ck_ok(read_text(invoice_event(text, "evt_1", "payment_failed", T0, false), &e));
    ck_slice(e.invoice_status, "open");
    finish();
}
END_TEST

START_TEST(ids_may_come_as_objects_and_members_as_null)
{
    struct billing_event e;
    ck_ok(read_text("{\"id\":\"evt_1\",\"type\":\"customer.subscription.created\",\"created\":5,"
                    "\"data\":{\"object\":{\"id\":\"sub_1\",\"customer\":{\"id\":\"cus_1\"},"
                    "\"status\":null,\"items\":{\"data\":[]},\"metadata\":null,\"cancel_at\":null,"
                    "\"plan\":{\"id\":\"price_old\"}}}}",
                    &e));
    ck_slice(e.customer_id, "cus_1");
    ck_slice(e.price_id, "price_old");
    ck_assert_uint_eq(e.user_id, 0);
    ck_assert_uint_eq(e.status.len, 0);
    ck_ok(read_text("{\"id\":\"evt_1\",\"type\":\"customer.subscription.created\",\"created\":5,"
                    "\"data\":{\"object\":{\"items\":7,\"customer\":[1],\"status\":{\"a\":1}}}}",
                    &e));
    ck_assert_uint_eq(e.subscription_id.len, 0);
    finish();
}
END_TEST

START_TEST(a_checkout_names_its_user_by_reference_or_metadata)
{
    struct billing_event e;
    ck_ok(read_text(checkout_event(text, "evt_1", "completed", T0, 17, "paid"), &e));
    ck_assert_uint_eq(e.user_id, 17);
    ck_slice(e.payment_status, "paid");
    ck_ok(read_text("{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"created\":5,"
                    "\"data\":{\"object\":{\"id\":\"cs_1\",\"client_reference_id\":\"x\","
                    "\"metadata\":{\"user_id\":\"18\"}}}}",
                    &e));
    ck_assert_uint_eq(e.user_id, 18);
    finish();
}
END_TEST

START_TEST(what_is_no_event_is_refused)
{
    struct billing_event e;
    const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"id\":\"evt_1\"}",
        "{\"id\":\"evil_1\",\"type\":\"a\",\"created\":5,\"data\":{\"object\":{}}}",
        "{\"id\":\"evt_1\",\"type\":\"\",\"created\":5,\"data\":{\"object\":{}}}",
        "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":0,\"data\":{\"object\":{}}}",
        "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":5,\"data\":{\"object\":[]}}",
        "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":5,\"data\":{\"object\":{}}} x",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_status(read_text(bad[i], &e), ST_INVALID);
    sub_event(text, (struct sub_text){.id = "evt_1",
                                      .type = "updated",
                                      .status = "active",
                                      .price = "price_pro",
                                      .at_s = T0});
    for (size_t n = 0; n < strlen(text); n++)
        ck_assert_int_ne(billing_event_read(slice_make(text, n), &arena, &e, &err), ST_OK);
    finish();
}
END_TEST

START_TEST(objects_that_were_read_back_must_be_what_was_asked_for)
{
    const struct json *root;
    struct billing_event e;
    arena_init(&arena, 1 << 20);
    ck_ok(json_parse(S("{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":\"active\"}"),
                     &arena, &root, &err));
    ck_ok(billing_subscription_read(root, T0_MS, &e, &err));
    ck_assert_int_eq(e.created_ms, T0_MS);
    ck_status(billing_session_read(root, T0_MS, &e, &err), ST_UPSTREAM);
    ck_ok(json_parse(S("{\"id\":\"cs_1\",\"object\":\"checkout.session\"}"), &arena, &root, &err));
    ck_ok(billing_session_read(root, T0_MS, &e, &err));
    ck_status(billing_subscription_read(root, T0_MS, &e, &err), ST_UPSTREAM);
    finish();
}
END_TEST

TEST_MAIN("billing_event", both_shapes_of_a_subscription_read_alike,
          both_shapes_of_an_invoice_read_alike, ids_may_come_as_objects_and_members_as_null,
          a_checkout_names_its_user_by_reference_or_metadata, what_is_no_event_is_refused,
          objects_that_were_read_back_must_be_what_was_asked_for)
