/* reply.c: bodies, headers, conditional requests, and what every answer carries. */
#include "lib/fake_call.h"
#include "lib/main.h"
#include "lib/no_routes.h"

START_TEST(json_is_built_and_closed)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    struct json_out *w = reply_json(call, 201);
    json_key_u64(w, "id", 3);
    json_key(w, "list");
    json_array(w);
    json_u64(w, 1);
    ck_ok(reply_end(call, &err));
    ck_assert_int_eq(call->reply.http_status, 201);
    ck_slice(call->reply.bytes, "{\"id\":3,\"list\":[1]}");
    ck_assert_str_eq(call->reply.content_type, "application/json");
    fake_call_end(call);
}
END_TEST

START_TEST(an_answer_above_the_cap_is_an_error)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    static char megabyte[1 << 20];
    memset(megabyte, 'a', sizeof megabyte);
    struct json_out *w = reply_json(call, 200);
    json_key(w, "list");
    json_array(w);
    for (size_t i = 0; i <= LIMIT_REPLY_BYTES / sizeof megabyte; i++)
        json_str(w, slice_make(megabyte, sizeof megabyte));
    ck_status(reply_end(call, &err), ST_TOO_LARGE);
    ck_assert(!call->reply.complete);
    fake_call_end(call);
}
END_TEST

START_TEST(a_header_is_replaced_but_cookies_add_up)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    reply_header(call, "X-A", S("1"));
    reply_header(call, "X-A", S("2"));
    reply_header(call, "Set-Cookie", S("a=1"));
    reply_header(call, "Set-Cookie", S("b=2"));
    ck_assert_uint_eq(call->reply.header_count, 3);
    ck_slice(answer_header(call, "X-A"), "2");
    fake_call_end(call);
}
END_TEST

START_TEST(a_line_break_in_a_value_drops_the_header)
{
    static const slice hostile[] = {SLICE_INIT("a\r\nX: 1"), SLICE_INIT("a\nb"),
                                    SLICE_INIT("a\0b")};
    for (size_t i = 0; i < ARRAY_COUNT(hostile); i++) {
        struct call *call = fake_call(METHOD_GET, "/", NULL);
        reply_header(call, "Location", hostile[i]);
        ck_assert_uint_eq(call->reply.header_count, 0);
        fake_call_end(call);
    }
}
END_TEST

static bool not_modified(const char *if_none_match)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    fake_header(call, "if-none-match", if_none_match);
    bool same = reply_etag(call, S("abc"));
    ck_slice(answer_header(call, "ETag"), "\"abc\"");
    ck_assert_int_eq(call->reply.http_status, same ? 304 : 0);
    fake_call_end(call);
    return same;
}

START_TEST(if_none_match_gives_304_when_the_tag_is_listed)
{
    ck_assert(not_modified("\"abc\""));
    ck_assert(not_modified("W/\"abc\""));
    ck_assert(not_modified("\"x\", \"abc\""));
    ck_assert(not_modified("*"));
    ck_assert(!not_modified("\"abcd\""));
    ck_assert(!not_modified("abc"));
    ck_assert(!not_modified(""));
}
END_TEST

START_TEST(if_match_holds_when_absent_or_listed)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    ck_assert(reply_if_match(call, S("abc")));
    fake_header(call, "if-match", "\"abc\"");
    ck_assert(reply_if_match(call, S("abc")));
    ck_assert(!reply_if_match(call, S("other")));
    fake_call_end(call);
}
END_TEST

static struct call *finished(const struct route *route, enum call_actor actor)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->route = route;
    call->actor = actor;
    call->request_id = S("id-1");
    ck_status(reply_text(call, 200, S("hello")), ST_OK);
    reply_finish(call);
    return call;
}

START_TEST(every_answer_has_id_language_and_security_headers)
{
    struct call *call = finished(NULL, ACTOR_NONE);
    ck_slice(answer_header(call, "X-Request-Id"), "id-1");
    ck_slice(answer_header(call, "Content-Language"), "en");
    ck_slice(answer_header(call, "Vary"), "Accept-Language");
    ck_slice(answer_header(call, "X-Content-Type-Options"), "nosniff");
    ck_slice(answer_header(call, "Cache-Control"), "private, no-cache");
    ck_assert_ptr_null(answer_header(call, "Strict-Transport-Security").ptr);
    ck_assert_uint_eq(call->bytes_out, 5);
    fake_call_end(call);
}
END_TEST

START_TEST(secrets_and_sessions_are_never_kept_by_caches)
{
    static const struct route secret = {.flags = ROUTE_SECRET};
    struct call *call = finished(&secret, ACTOR_KEY);
    ck_slice(answer_header(call, "Cache-Control"), "no-store");
    fake_call_end(call);
    call = finished(NULL, ACTOR_SESSION);
    ck_slice(answer_header(call, "Cache-Control"), "no-store");
    fake_call_end(call);
}
END_TEST

START_TEST(pages_get_the_page_policy)
{
    static const struct route page = {.flags = ROUTE_HTML};
    struct call *call = finished(&page, ACTOR_NONE);
    ck_assert(slice_find(answer_header(call, "Content-Security-Policy"), S("script-src 'self'"),
                         &(size_t){0}));
    fake_call_end(call);
}
END_TEST

START_TEST(only_listed_origins_may_read_the_answer)
{
    static struct config config = {.cors_origins =
                                       SLICE_INIT("https://a.example, https://b.example")};
    static const struct {
        const char *origin;
        bool allowed;
    } cases[] = {{"https://b.example", true}, {"https://evil.example", false}, {"null", false}};
    fake_app.config = &config;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct call *call = fake_call(METHOD_OPTIONS, "/", NULL);
        fake_header(call, "origin", cases[i].origin);
        ck_status(reply_empty(call, 204), ST_OK);
        reply_finish(call);
        slice allowed = answer_header(call, "Access-Control-Allow-Origin");
        ck_assert_int_eq(allowed.ptr != NULL, cases[i].allowed);
        ck_assert_int_eq(answer_header(call, "Access-Control-Max-Age").ptr != NULL,
                         cases[i].allowed);
        ck_slice(answer_header(call, "Vary"), "Accept-Language, Origin");
        fake_call_end(call);
    }
    fake_app.config = NULL;
}
END_TEST

static int done_count;
static void count_done(struct call *call, void *state)
{
    (void)call;
    (void)state;
    done_count++;
}
static enum reply_next no_next(struct call *call, void *state, struct buf *chunk, int32_t *wait_ms)
{
    (void)call;
    (void)state;
    (void)chunk;
    (void)wait_ms;
    return REPLY_END;
}

START_TEST(a_stream_that_is_dropped_is_ended_once)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    const struct reply_stream stream = {.next = no_next, .done = count_done, .length = -1};
    ck_status(reply_stream(call, 200, "text/event-stream", &stream), ST_OK);
    reply_header_sticky(call, "X-RateLimit-Limit", S("10"));
    reply_header(call, "ETag", S("\"x\""));
    reply_reset(call);
    ck_assert_int_eq(done_count, 1);
    ck_assert_ptr_null(call->reply.stream.next);
    ck_assert_uint_eq(call->reply.header_count, 1);
    ck_slice(answer_header(call, "X-RateLimit-Limit"), "10");
    fake_call_end(call);
}
END_TEST

TEST_MAIN("reply", json_is_built_and_closed, an_answer_above_the_cap_is_an_error,
          a_header_is_replaced_but_cookies_add_up, a_line_break_in_a_value_drops_the_header,
          if_none_match_gives_304_when_the_tag_is_listed, if_match_holds_when_absent_or_listed,
          every_answer_has_id_language_and_security_headers,
          secrets_and_sessions_are_never_kept_by_caches, pages_get_the_page_policy,
          only_listed_origins_may_read_the_answer, a_stream_that_is_dropped_is_ended_once)
