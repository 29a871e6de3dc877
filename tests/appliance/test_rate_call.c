/* Tests of the limits as callers meet them: headers, 429 bodies, what counts and what does not. */
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static struct store_api_key record;

static void start(void)
{
    gate_open(&g);
    clock_fake(T0_MS, 1000000);
    (void)gate_user(&g, "a@example.com", "free", SCOPES_ALL, key, &record);
}

static void finish(void)
{
    gate_close(&g);
    clock_fake(0, 0);
}

START_TEST(every_answer_tells_where_the_caller_stands)
{
    start();
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    ck_slice(gate_reply_header(call, "X-RateLimit-Limit"), "10");
    ck_slice(gate_reply_header(call, "X-RateLimit-Remaining"), "9");
    ck_slice(gate_reply_header(call, "X-RateLimit-Resource"), "minute");
    ck_slice(gate_reply_header(call, "RateLimit-Policy"),
             "\"minute\";q=10;w=60, \"day\";q=100;w=86400, "
             "\"analyses\";q=100;w=2592000;qu=\"analyses\"");
    slice state = gate_reply_header(call, "RateLimit");
    ck_assert(slice_has_prefix(state, S("\"minute\";r=9;t=60, \"day\";r=99;t=")));
    ck_assert(slice_find(state, S("\"analyses\";r=100;t="), &(size_t){0}));
    gate_end(call);
    finish();
}
END_TEST

START_TEST(the_eleventh_request_is_refused_and_costs_nothing)
{
    start();
    for (int i = 0; i < 10; i++) {
        struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        gate_expect(call, 200, "keys");
        gate_end(call);
    }
    for (int i = 0; i < 5; i++) {
        struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        gate_expect(call, 429, "\"code\":\"rate_limit_minute\"");
        gate_expect(call, 429, "\"violated-policies\":[\"minute\"]");
        gate_expect(call, 429, "10 requests per minute allowed on the free plan; retry in 60 s");
        gate_expect(call, 429,
                    "\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\"");
        ck_slice(gate_reply_header(call, "Retry-After"), "60");
        ck_slice(gate_reply_header(call, "X-RateLimit-Remaining"), "0");
        gate_end(call);
    }
    clock_fake(T0_MS + 60000, 1060000);
    g.now_ms += 60000;
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    gate_expect(call, 200, "keys");
    slice state = gate_reply_header(call, "RateLimit");
    ck_assert_msg(slice_find(state, S("\"day\";r=89;"), &(size_t){0}), "%.*s", SLICE_ARG(state));
    gate_end(call);
    finish();
}
END_TEST

START_TEST(a_304_is_given_back)
{
    char tag[64];
    start();
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    slice etag = gate_reply_header(call, "ETag");
    ck_assert_uint_gt(etag.len, 2);
    (void)snprintf(tag, sizeof tag, "%.*s", SLICE_ARG(etag));
    gate_end(call);
    for (int i = 0; i < 20; i++) {
        gate_header(&g, "if-none-match", tag);
        call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        ck_assert_int_eq(call->reply.http_status, 304);
        ck_slice(gate_reply_header(call, "X-RateLimit-Remaining"), "8");
        gate_end(call);
    }
    finish();
}
END_TEST

START_TEST(all_keys_of_a_user_share_and_an_override_only_lowers)
{
    start();
    record.per_minute_max = 2;
    gate_put_key(&g, &record);
    for (int i = 0; i < 3; i++) {
        struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        gate_expect(call, i < 2 ? 200 : 429, i < 2 ? "keys" : "2 requests per minute");
        gate_end(call);
    }
    record.per_minute_max = 5000;
    gate_put_key(&g, &record);
    for (int i = 0; i < 9; i++) {
        struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        gate_expect(call, i < 8 ? 200 : 429, i < 8 ? "keys" : "10 requests per minute");
        gate_end(call);
    }
    finish();
}
END_TEST

START_TEST(the_days_count_survives_a_restart)
{
    struct error err = {0};
    start();
    for (int i = 0; i < 7; i++)
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, ""));
    ck_ok(usage_flush(&g.app, g.now_ms, &err));
    rate_destroy(&g.app.rate);
    ck_ok(rate_create(&g.app.rate, &err));
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    slice state = gate_reply_header(call, "RateLimit");
    ck_assert_msg(slice_has_prefix(state, S("\"minute\";r=9;t=60, \"day\";r=92;")), "%.*s",
                  SLICE_ARG(state));
    gate_end(call);
    finish();
}
END_TEST

/* A key's own limit of the day is as durable as the user's. */
START_TEST(the_days_count_of_a_key_survives_a_restart)
{
    struct error err = {0};
    start();
    record.per_day_max = 9;
    gate_put_key(&g, &record);
    for (int i = 0; i < 7; i++)
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, ""));
    ck_ok(usage_flush(&g.app, g.now_ms, &err));
    rate_destroy(&g.app.rate);
    ck_ok(rate_create(&g.app.rate, &err));
    for (int i = 0; i < 3; i++) {
        struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        gate_expect(call, i < 2 ? 200 : 429, i < 2 ? "keys" : "9 requests per day allowed");
        gate_end(call);
    }
    finish();
}
END_TEST

START_TEST(logins_are_throttled_per_account_and_per_address)
{
    struct error err = {0};
    start();
    struct call call = {.magic = CALL_MAGIC,
                        .app = &g.app,
                        .now_ms = T0_MS,
                        .plan = &g.plans.plan[PLAN_FREE],
                        .client_address = S("192.0.2.7")};
    arena_init(&call.arena, 1 << 20);
    for (int i = 0; i < 5; i++)
        ck_ok(rate_check_login(&call, 1, &err));
    ck_status(rate_check_login(&call, 1, &err), ST_RATE);
    ck_assert_str_eq(err.code, "login_limit");
    for (uint64_t account = 2; account < 26; account++)
        ck_ok(rate_check_login(&call, account, &err));
    ck_status(rate_check_login(&call, 99, &err), ST_RATE); /* 30 from this address */
    call.client_address = S("192.0.2.8");
    ck_ok(rate_check_login(&call, 99, &err));
    arena_finish(&call.arena);
    finish();
}
END_TEST

TEST_MAIN("rate_call", every_answer_tells_where_the_caller_stands,
          the_eleventh_request_is_refused_and_costs_nothing, a_304_is_given_back,
          all_keys_of_a_user_share_and_an_override_only_lowers, the_days_count_survives_a_restart,
          the_days_count_of_a_key_survives_a_restart,
          logins_are_throttled_per_account_and_per_address)
