/* Tests of calls to Stripe without a network: forms, ids, and what is never sent. What is sent is
 * compared with Stripe's own client in tests/http/test_billing.py. */
#include "stripe.h"

#include "app.h"
#include "config.h"
#include "lib/main.h"

START_TEST(forms_have_literal_brackets_and_encoded_values)
{
    struct buf form;
    buf_init(&form, STRIPE_FORM_MAX);
    stripe_form_add(&form, "line_items[0][price]", S("price_1"));
    stripe_form_add(&form, "customer_email", S("a+b@example.com"));
    stripe_form_add(&form, "success_url", S("https://h/s?id={CHECKOUT_SESSION_ID}&x=偏"));
    ck_slice(buf_slice(&form), "line_items[0][price]=price_1&customer_email=a%2Bb%40example.com&"
                               "success_url=https%3A%2F%2Fh%2Fs%3Fid%3D%7BCHECKOUT_SESSION_ID%7D%"
                               "26x%3D%E5%81%8F");
    buf_finish(&form);
}
END_TEST

START_TEST(a_form_that_does_not_fit_says_so)
{
    struct buf form;
    struct error err = {0};
    buf_init(&form, 8);
    stripe_form_add(&form, "name", S("long value"));
    ck_status(buf_check(&form, &err), ST_TOO_LARGE);
    buf_finish(&form);
}
END_TEST

START_TEST(ids_cannot_leave_their_place_in_a_path)
{
    ck_assert(stripe_id_ok(S("sub_1Abc-9"), "sub_"));
    ck_assert(!stripe_id_ok(S("sub_"), "sub_"));
    ck_assert(!stripe_id_ok(S("cus_1"), "sub_"));
    ck_assert(!stripe_id_ok(S("sub_1/../x"), "sub_"));
    ck_assert(!stripe_id_ok(S("sub_1?x=1"), "sub_"));
    ck_assert(!stripe_id_ok(S("sub_%31"), "sub_"));
}
END_TEST

START_TEST(nothing_is_sent_in_other_modes_or_air_gapped)
{
    struct config config;
    struct error err = {0};
    struct stripe_answer answer;
    struct arena arena;
    const struct stripe_request request = {.method = "GET", .path = S("/v1/events")};
    arena_init(&arena, 1 << 16);
    ck_ok(config_load(&(struct config_inputs){0}, &config, &err));
    struct app app = {.magic = APP_MAGIC, .version = "1"};
    app.config = &config;
    ck_status(stripe_call(&app, &request, &arena, &answer, &err), ST_DISABLED);
    ck_assert_str_eq(err.code, "billing_disabled");
    config.billing_mode = S("stripe");
    config.outbound_mode = S("airgap");
    ck_status(stripe_call(&app, &request, &arena, &answer, &err), ST_DISABLED);
    config_finish(&config);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("stripe", forms_have_literal_brackets_and_encoded_values,
          a_form_that_does_not_fit_says_so, ids_cannot_leave_their_place_in_a_path,
          nothing_is_sent_in_other_modes_or_air_gapped)
