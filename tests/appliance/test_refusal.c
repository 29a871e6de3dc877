/* refusal.c: what libh2o refuses by itself has the JSON body, too. */
#include "lib/main.h"

#include "lib/live.h"

static status hello(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 404, S("our own words"));
}

static const struct route rows[] = {{METHOD_POST, "/hello", NEED_NOTHING, .reply = hello}};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

START_TEST(a_body_above_the_cap_is_413_in_json)
{
    live_start(64);
    const char *answer =
        live_get("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 413 "));
    ck_assert_ptr_nonnull(strstr(answer, "content-type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(answer,
                                 "{\"error\":\"File too large\",\"message\":\"Maximum file "
                                 "size is 16MB\",\"details\":\"Maximum file size is 16MB\""));
    live_stop();
}
END_TEST

START_TEST(our_own_answers_are_left_alone)
{
    live_start(64);
    const char *answer = live_get(
        "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 404 "));
    ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nour own words"));
    live_stop();
}
END_TEST

TEST_MAIN("refusal", a_body_above_the_cap_is_413_in_json, our_own_answers_are_left_alone)
