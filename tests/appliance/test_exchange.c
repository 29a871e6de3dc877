/* exchange.c: libh2o's request as a call, the answer as its response, clients that vanish. */
#include "lib/main.h"

#include "lib/live.h"

static status echo(struct call *call, struct error *err)
{
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "path", call->path);
    json_key_str(w, "query", call_query(call, "q"));
    json_key_str(w, "body", call->body);
    json_key_str(w, "header", call_header(call, "x-mine"));
    json_key_str(w, "client", call->client_address);
    json_key_str(w, "host", call->host);
    json_key_bool(w, "tls", call->tls);
    json_key_bool(w, "loopback", call->loopback);
    json_key_u64(w, "http", call->http_major);
    return reply_end(call, err);
}

static atomic_int working;
static status work(struct call *call, struct error *err)
{
    (void)err;
    atomic_fetch_add(&working, 1);
    live_pause(150);
    ck_assert_uint_eq(call->body.len, 5);
    return slice_eq(call->body, S("12345")) ? ST_OK : ST_INTERNAL; /* still readable */
}

static const struct route rows[] = {
    {METHOD_GET, "/echo", NEED_NOTHING, .reply = echo},
    {METHOD_POST, "/echo", NEED_NOTHING, .reply = echo},
    {METHOD_POST, "/work", NEED_NOTHING, .work = work, .reply = echo},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

START_TEST(the_call_holds_what_the_client_sent)
{
    live_start(64);
    const char *answer =
        live_get("POST /echo?q=a%20b HTTP/1.1\r\nHost: x.example:1\r\n"
                 "X-Mine: Yes\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    ck_assert_ptr_nonnull(strstr(answer, "content-type: application/json\r\n"));
    ck_assert_ptr_nonnull(
        strstr(answer, "{\"path\":\"/echo\",\"query\":\"a b\",\"body\":\"body\",\"header\":\"Yes\","
                       "\"client\":\"127.0.0.1\",\"host\":\"x.example:1\",\"tls\":false,"
                       "\"loopback\":true,\"http\":1}"));
    live_stop();
}
END_TEST

START_TEST(head_has_the_length_and_no_body)
{
    live_start(64);
    const char *answer = live_get("HEAD /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(answer, "200 OK"));
    ck_assert_ptr_null(strstr(answer, "Content-Length: 0"));
    ck_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    live_stop();
}
END_TEST

START_TEST(only_a_trusted_proxy_may_name_the_client)
{
    static const char request[] = "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                  "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n"
                                  "X-Forwarded-Proto: https\r\n\r\n";
    live_start(64);
    const char *answer = live_get(request);
    ck_assert_ptr_nonnull(strstr(answer, "\"client\":\"127.0.0.1\""));
    ck_assert_ptr_nonnull(strstr(answer, "\"tls\":false"));
    live_config.http_trusted_proxies = S("127.0.0.0/8");
    answer = live_get(request);
    ck_assert_ptr_nonnull(strstr(answer, "\"client\":\"198.51.100.7\""));
    ck_assert_ptr_nonnull(strstr(answer, "\"tls\":true"));
    ck_assert_ptr_nonnull(strstr(answer, "\"loopback\":false"));
    live_config.http_trusted_proxies = S("");
    live_stop();
}
END_TEST

START_TEST(a_client_that_vanishes_during_work_does_no_harm)
{
    live_start(64);
    for (int i = 0; i < 6; i++) {
        int fd = live_connect();
        live_send(fd, "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345");
        while (atomic_load(&working) <= i / 2)
            live_pause(2);
        struct linger now = {.l_onoff = 1}; /* a reset, not a polite end */
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
    }
    live_stop();
    ck_assert_int_eq(atomic_load(&live_calls_done), 6);
    ck_assert_uint_eq(atomic_load(&live_app.body_bytes), 0);
}
END_TEST

START_TEST(lax_framing_is_refused)
{
    static const char *const hostile[] = {
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    };
    live_start(64);
    for (size_t i = 0; i < ARRAY_COUNT(hostile); i++)
        ck_assert_msg(strstr(live_get(hostile[i]), " 400 "), "case %zu", i);
    live_stop();
}
END_TEST

TEST_MAIN("exchange", the_call_holds_what_the_client_sent, head_has_the_length_and_no_body,
          only_a_trusted_proxy_may_name_the_client, a_client_that_vanishes_during_work_does_no_harm,
          lax_framing_is_refused)
