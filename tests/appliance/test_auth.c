/* Tests of who is let in: keys, headers, scopes, addresses, plans, sessions, the host. */
#include "lib/gate.h"

#include <time.h>

static struct gate g;
static char key[API_KEY_LEN + 1];
static struct store_api_key record;

static void start(const char *plan)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", plan, SCOPES_ALL, key, &record);
}

/* GET /api/dashboard/keys with the key. */
static void expect(const char *text, int http_status, const char *says)
{
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", text, "");
    gate_expect(call, http_status, says);
    gate_end(call);
}

START_TEST(key_is_taken_from_both_headers)
{
    char bearer[80];
    start("free");
    expect(key, 200, "\"keys\":[{\"id\":1");
    (void)snprintf(bearer, sizeof bearer, "bEaReR %s", key);
    gate_header(&g, "authorization", bearer);
    expect(NULL, 200, "\"keys\"");
    gate_header(&g, "authorization", bearer);
    expect(key, 200, "\"keys\"");
    gate_close(&g);
}
END_TEST

START_TEST(wrong_credentials_get_the_exact_words)
{
    char other[API_KEY_LEN + 1];
    start("free");
    expect(NULL, 401,
           "{\"error\":\"Missing API key\",\"message\":\"Please provide an API key in "
           "X-API-Key header\"");
    expect("junk", 401,
           "{\"error\":\"Invalid API key\",\"message\":\"The provided API key is "
           "invalid or has been revoked\"");
    memcpy(other, key, sizeof other);
    other[30] = other[30] == 'a' ? 'b' : 'a';
    expect(other, 401, "\"code\":\"invalid_api_key\"");
    gate_header(&g, "authorization", "Basic c2s6");
    expect(NULL, 401, "\"code\":\"invalid_api_key\"");
    gate_header(&g, "authorization", "Bearer different");
    expect(key, 400, "\"code\":\"ambiguous_credentials\"");
    gate_header(&g, "cookie", key);
    expect(NULL, 401, "missing_api_key");
    gate_close(&g);
}
END_TEST

START_TEST(revoked_expired_and_disabled_are_refused_at_once)
{
    start("free");
    record.expires_ms = g.now_ms;
    gate_put_key(&g, &record);
    expect(key, 401, "\"code\":\"expired_api_key\"");
    record.expires_ms = g.now_ms + 1;
    gate_put_key(&g, &record);
    expect(key, 200, "\"keys\"");
    record.revoked_ms = g.now_ms;
    gate_put_key(&g, &record);
    expect(key, 401, "\"code\":\"invalid_api_key\"");
    record.revoked_ms = 0;
    gate_put_key(&g, &record);
    g.actor = ACTOR_HOST;
    struct call *call =
        gate_run(&g, METHOD_PATCH, "/api/admin/users/a@example.com", NULL, "{\"enabled\":false}");
    gate_expect(call, 200, "\"enabled\":false");
    gate_end(call);
    expect(key, 401, "{\"error\":\"User not found\"");
    expect(key, 401, "\"code\":\"user_disabled\"");
    gate_close(&g);
}
END_TEST

START_TEST(scope_and_address_are_checked)
{
    start("free");
    record.scopes = SCOPE_DETECT;
    gate_put_key(&g, &record);
    expect(key, 403, "\"required_scope\":\"keys:read\"");
    record.scopes = SCOPES_ALL;
    record.cidrs = S("10.0.0.0/8,2001:db8::/32");
    gate_put_key(&g, &record);
    expect(key, 403, "address_not_allowed");
    g.address = "2001:db8::7";
    expect(key, 200, "keys");
    gate_close(&g);
}
END_TEST

START_TEST(nothing_works_before_the_appliance_is_set_up)
{
    start("free");
    g.app.set_up = false;
    expect(key, 503, "not_set_up");
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, METHOD_GET, "/api/admin/users", NULL, "");
    gate_expect(call, 200, "a@example.com");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(admin_routes_do_not_open_to_keys)
{
    start("enterprise");
    struct call *call = gate_run(&g, METHOD_GET, "/api/admin/users", key, "");
    gate_expect(call, 401, "unauthenticated");
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/admin/users/1/keys", key, "{}");
    gate_expect(call, 404, "not_found");
    gate_end(call);
    gate_close(&g);
}
END_TEST

static int64_t microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum { SAMPLES = 10000 };

/* Unknown, wrong and revoked keys must not be told apart by time; the medians
 * are printed. */
START_TEST(unknown_wrong_and_revoked_keys_take_the_same_time)
{
    static int64_t times[3][SAMPLES];
    static const char *const names[] = {"unknown", "wrong", "revoked"};
    char texts[3][API_KEY_LEN + 1];
    struct api_key_text made;
    int64_t median[3];
    start("free");
    record.revoked_ms = g.now_ms;
    gate_put_key(&g, &record);
    api_key_make(&g.auth, true, &made);
    memcpy(texts[0], made.text, sizeof texts[0]);
    memcpy(texts[1], key, sizeof key);
    texts[1][50] = texts[1][50] == 'A' ? 'E' : 'A';
    memcpy(texts[2], key, sizeof key);
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t k = 0; k < 3; k++) {
            struct call call = {.magic = CALL_MAGIC,
                                .app = &g.app,
                                .now_ms = g.now_ms,
                                .client_address = S("192.0.2.7"),
                                .method = METHOD_GET};
            struct call_pair header = {S("x-api-key"), slice_of(texts[k])};
            struct error err = {0};
            call.headers = &header;
            call.header_count = 1;
            call.route = gate_route(METHOD_GET, S("/api/dashboard/keys"), &call);
            arena_init(&call.arena, 1 << 20);
            call.txn = temp_read(&g.t);
            int64_t begin = microseconds();
            ck_assert_int_eq((enum status_code)auth_call(&call, &err), ST_UNAUTHENTICATED);
            times[k][i] = microseconds() - begin;
            arena_finish(&call.arena);
        }
    for (size_t k = 0; k < 3; k++) {
        qsort(times[k], SAMPLES, sizeof times[k][0], compare);
        median[k] = times[k][SAMPLES / 2];
        printf("%s key: median %.2f us\n", names[k], (double)median[k] / 1000);
    }
    for (size_t k = 1; k < 3; k++)
        ck_assert_int_lt(llabs(median[k] - median[0]), 20000);
    gate_close(&g);
}
END_TEST

TEST_MAIN("auth", key_is_taken_from_both_headers, wrong_credentials_get_the_exact_words,
          revoked_expired_and_disabled_are_refused_at_once, scope_and_address_are_checked,
          nothing_works_before_the_appliance_is_set_up, admin_routes_do_not_open_to_keys,
          unknown_wrong_and_revoked_keys_take_the_same_time)
