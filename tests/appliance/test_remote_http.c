/* Calls to an appliance on another host: what goes out, what comes back, what is refused before. */
#include "remote_http.h"

#include "lib/main.h"

#include "lib/fake_http.h"

static struct arena arena;
static struct error err;
static struct fake_http fake;
static char server[64];

static struct remote *opened(const char *key)
{
    struct remote *remote;
    (void)snprintf(server, sizeof server, "http://127.0.0.1:%d/", fake.port);
    const struct remote_options options = {.server = slice_of(server), .api_key = slice_of(key)};
    ck_ok(remote_open(&options, &remote, &err));
    return remote;
}

START_TEST(key_language_and_body_go_out_and_the_answer_comes_back)
{
    struct host_reply reply;
    arena_init(&arena, 1 << 20);
    fake_http_start(&fake, (const char *[]){"HTTP/1.1 201 Created\r\ncontent-type: "
                                            "application/json\r\ncontent-length: 2\r\n\r\n{}",
                                            NULL});
    struct remote *remote = opened("sk_live_x");
    const struct host_request request = {.method = METHOD_POST,
                                         .path = S("/api/projects/p/rounds"),
                                         .query = S("watch=t"),
                                         .body = S("{\"ledger\":[]}"),
                                         .idempotency_key = S("watch-1")};
    ck_ok(remote_call(remote, &request, LANG_ZH, 5000, &arena, &reply, &err));
    ck_assert_int_eq(reply.http_status, 201);
    ck_slice(reply.content_type, "application/json");
    ck_slice(reply.body, "{}");
    const char *sent = fake.requests[0];
    ck_assert_ptr_nonnull(strstr(sent, "POST /api/projects/p/rounds?watch=t HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\r\nX-API-Key: sk_live_x\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\r\nAccept-Language: zh\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\r\nIdempotency-Key: watch-1\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\r\n\r\n{\"ledger\":[]}"));
    remote_close(&remote);
    ck_assert_ptr_null(remote);
    fake_http_stop(&fake);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_server_that_is_away_is_unreachable_and_named)
{
    struct host_reply reply;
    arena_init(&arena, 1 << 20);
    fake_http_start(&fake, (const char *[]){"-", NULL});
    struct remote *remote = opened("k");
    const struct host_request request = {.method = METHOD_GET, .path = S("/health")};
    ck_status(remote_call(remote, &request, LANG_EN, 5000, &arena, &reply, &err), ST_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot reach 'http://127.0.0.1:"));
    fake_http_stop(&fake);
    ck_status(remote_call(remote, &request, LANG_EN, 5000, &arena, &reply, &err), ST_UNREACHABLE);
    remote_close(&remote);
    arena_finish(&arena);
}
END_TEST

START_TEST(bad_addresses_and_keys_are_refused_before_anything_connects)
{
    static const struct {
        const char *server, *key;
    } cases[] = {
        {"sleuth.example.com", "k"},       {"ftp://sleuth.example.com", "k"},
        {"https://example.com/path", "k"}, {"https://example.com", ""},
        {"https://example.com", "a\nb"},   {"https://example.com", "a b"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct remote *remote;
        const struct remote_options options = {.server = slice_of(cases[i].server),
                                               .api_key = slice_of(cases[i].key)};
        ck_status(remote_open(&options, &remote, &err), ST_INVALID);
    }
}
END_TEST

TEST_MAIN("remote_http", key_language_and_body_go_out_and_the_answer_comes_back,
          a_server_that_is_away_is_unreachable_and_named,
          bad_addresses_and_keys_are_refused_before_anything_connects)
