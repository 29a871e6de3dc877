/* s3_ask.c: where requests go, what is tried again, what answers mean. */
#include "s3_ask.h"

#include "lib/main.h"
#include "lib/s3_errand.h"

static struct error err;
static struct s3_errand errand;

#define EMPTY "Content-Length: 0\r\n\r\n"
#define XML_ERROR(status, code)                                                                    \
    "HTTP/1.1 " status " No\r\n\r\n<?xml version=\"1.0\"?><Error><Code>" code                      \
    "</Code><Region>eu-x</Region></Error>"

static enum status_code ask(const char *const *answers)
{
    const struct s3_ask question = {.method = "GET", .key = S("k"), .answer_max = 1000};
    s3_errand_open(&errand, answers);
    error_clear(&err);
    return s3_try(&errand.s3, &question, &errand.out.arena, &errand.out.answer, &err);
}

static int ends(void)
{
    int connections = errand.fake.connections;
    s3_errand_close(&errand);
    return connections;
}

START_TEST(requests_are_signed_and_secrets_stay_here)
{
    ck_status(ask((const char *[]){"HTTP/1.1 200 OK\r\n" EMPTY, NULL}), ST_OK);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "GET /testb/k HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(
        strstr(errand.fake.requests[0], "Authorization: AWS4-HMAC-SHA256 Credential=AK/"));
    ck_assert_ptr_null(strstr(errand.fake.requests[0], "geheim"));
    ck_assert_int_eq(ends(), 1);
}
END_TEST

START_TEST(passing_troubles_are_tried_again)
{
    ck_status(
        ask((const char *[]){XML_ERROR("503", "SlowDown"), "-", XML_ERROR("400", "RequestTimeout"),
                             "HTTP/1.1 200 OK\r\n" EMPTY, NULL}),
        ST_OK);
    ck_assert_int_eq(ends(), 4);
    ck_status(ask((const char *[]){"-", "-", "-", "-", "-", "-", NULL}), ST_UNREACHABLE);
    ck_assert_int_eq(ends(), 5);
}
END_TEST

START_TEST(refusals_are_told_at_once)
{
    static const struct {
        const char *answer;
        enum status_code rc;
        const char *text;
    } cases[] = {
        {XML_ERROR("403", "RequestTimeTooSkewed"), ST_CONFIG, "our clock"},
        {XML_ERROR("400", "AuthorizationHeaderMalformed"), ST_CONFIG, "region 'eu-x'"},
        {"HTTP/1.1 403 No\r\n\r\n<Error><Code>SignatureDoesNotMatch</Code></Error>", ST_CONFIG,
         "credentials"},
        {XML_ERROR("404", "NoSuchBucket"), ST_CONFIG, "bucket"},
        {XML_ERROR("404", "NoSuchKey"), ST_NOT_FOUND, "object"},
        {XML_ERROR("200", "EntityTooSmall"), ST_UPSTREAM, "EntityTooSmall"},
        {"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n" EMPTY, ST_UPSTREAM, "302"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        ck_assert_int_eq(ask((const char *[]){cases[i].answer, NULL}), cases[i].rc);
        ck_assert_msg(strstr(err.text, cases[i].text) != NULL, "%s", err.text);
        ck_assert_int_eq(ends(), 1);
    }
}
END_TEST

START_TEST(buckets_are_in_the_path_or_in_the_name)
{
    struct config config = {
        .s3_endpoint = S("https://s3.example/"), .s3_bucket = S("b"), .s3_addressing = S("path")};
    struct s3_place place;
    struct arena arena;
    arena_init(&arena, 65536);
    ck_ok(s3_place_of(&config, S("x/y"), &arena, &place, &err));
    ck_slice(place.origin, "https://s3.example");
    ck_slice(place.path, "/b/x/y");
    ck_ok(s3_place_of(&config, S(""), &arena, &place, &err));
    ck_slice(place.path, "/b");
    config.s3_addressing = S("virtual");
    ck_ok(s3_place_of(&config, S("x/y"), &arena, &place, &err));
    ck_slice(place.origin, "https://b.s3.example");
    ck_slice(place.host, "b.s3.example");
    ck_slice(place.path, "/x/y");
    config.s3_endpoint = S("https://s3.example/path");
    ck_status(s3_place_of(&config, S("x"), &arena, &place, &err), ST_CONFIG);
    config.s3_endpoint = S("s3.example");
    ck_status(s3_place_of(&config, S("x"), &arena, &place, &err), ST_CONFIG);
    arena_finish(&arena);
}
END_TEST

START_TEST(elements_are_found_by_name)
{
    struct arena arena;
    slice rest = S("<a><Key>x&amp;y</Key><Key>&lt;2&gt;</Key><Key>cut"), text;
    arena_init(&arena, 4096);
    ck_assert(s3_xml_next(&rest, "Key", &arena, &text));
    ck_slice(text, "x&y");
    ck_assert(s3_xml_next(&rest, "Key", &arena, &text));
    ck_slice(text, "<2>");
    ck_assert(!s3_xml_next(&rest, "Key", &arena, &text));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("s3_ask", requests_are_signed_and_secrets_stay_here, passing_troubles_are_tried_again,
          refusals_are_told_at_once, buckets_are_in_the_path_or_in_the_name,
          elements_are_found_by_name)
