/* zenodo_try.c: which answers are tried again, where redirects may lead, what errors mean. */
#include "zenodo_try.h"

#include "base/clock.h"

#include "lib/main.h"
#include "lib/zenodo_errand.h"

static struct error err;
static struct errand errand;

#define HEAD(status, headers) "HTTP/1.1 " status "\r\n" headers
#define EMPTY                 "Content-Length: 0\r\n\r\n"
#define OK_JSON               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static enum status_code ask(const char *const *answers)
{
    static char url[128];
    errand_open(&errand, answers);
    (void)snprintf(url, sizeof url, "%s/api/records/1", errand.base);
    const struct zenodo_ask question = {
        .url = slice_of(url), .with_token = true, .answer_max = 1000};
    errand.out.config.zenodo_token = S("geheim");
    return zenodo_try(&errand.zenodo, &question, &errand.out.arena, &errand.out.answer, &err);
}

static int ends_with(enum status_code rc, const char *code)
{
    int connections = errand.fake.connections;
    if (code)
        ck_assert_str_eq(err.code, code);
    (void)rc;
    errand_close(&errand);
    return connections;
}

START_TEST(passing_troubles_are_tried_again)
{
    ck_status(ask((const char *[]){HEAD("503 No", EMPTY),
                                   HEAD("429 No", "Retry-After: 1\r\n" EMPTY), OK_JSON, NULL}),
              ST_OK);
    ck_slice(errand.out.answer.body, "{}");
    ck_assert_int_eq(ends_with(ST_OK, NULL), 3);
    ck_status(ask((const char *[]){"-", OK_JSON, NULL}), ST_OK);
    ck_assert_int_eq(ends_with(ST_OK, NULL), 2);
}
END_TEST

START_TEST(a_pause_longer_than_our_patience_is_passed_on)
{
    int64_t start_ms = clock_mono_ms();
    ck_status(ask((const char *[]){HEAD("429 No", "Retry-After: 600\r\n" EMPTY), NULL}), ST_BUSY);
    ck_assert_int_eq(errand.zenodo.retry_after_s, 600);
    ck_assert_int_eq(ends_with(ST_BUSY, "zenodo_busy"), 1);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 1000);
}
END_TEST

START_TEST(lasting_troubles_have_a_name)
{
    static const struct {
        const char *answer;
        enum status_code rc;
        const char *code;
    } cases[] = {
        {HEAD("404 No", EMPTY), ST_NOT_FOUND, "zenodo_record_not_found"},
        {HEAD("410 No", "Content-Length: 15\r\n\r\n{\"message\":\"x\"}"), ST_GONE,
         "zenodo_record_deleted"},
        {HEAD("403 No", EMPTY), ST_FORBIDDEN, "zenodo_restricted"},
        {HEAD("418 No", EMPTY), ST_UPSTREAM, "zenodo_error"},
        {HEAD("200 OK", "Content-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"), ST_UPSTREAM,
         "zenodo_error"},
        {HEAD("200 OK", "Content-Length: 5000\r\n\r\n"), ST_TOO_LARGE, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        ck_assert_int_eq(ask((const char *[]){cases[i].answer, NULL}), cases[i].rc);
        ck_assert_int_eq(ends_with(cases[i].rc, cases[i].code), 1);
    }
}
END_TEST

START_TEST(the_token_goes_to_the_first_hop_only)
{
    ck_status(
        ask((const char *[]){HEAD("302 Found", "Location: /elsewhere\r\n" EMPTY), OK_JSON, NULL}),
        ST_OK);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "Authorization: Bearer geheim"));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[1], "GET /elsewhere "));
    ck_assert_ptr_null(strstr(errand.fake.requests[1], "Authorization"));
    ck_assert_int_eq(ends_with(ST_OK, NULL), 2);
}
END_TEST

START_TEST(redirects_end_after_three)
{
    static const char loop[] = HEAD("302 Found", "Location: /x\r\n" EMPTY);
    ck_status(ask((const char *[]){loop, loop, loop, loop, loop, NULL}), ST_UPSTREAM);
    ck_assert_int_eq(ends_with(ST_UPSTREAM, "zenodo_error"), 4);
}
END_TEST

START_TEST(redirects_leave_the_listed_hosts_for_nobody)
{
    static const char *const places[] = {
        "http://127.0.0.1:1/",
        "https://evil.example/",
        "http://169.254.169.254/",
        "https://[::1]/",
    };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        char answer[256];
        (void)snprintf(answer, sizeof answer, HEAD("302 Found", "Location: %s\r\n" EMPTY),
                       places[i]);
        ck_status(ask((const char *[]){answer, NULL}), ST_FORBIDDEN);
        ck_assert_int_eq(ends_with(ST_FORBIDDEN, "egress_forbidden"), 1);
    }
    ck_status(
        ask((const char *[]){HEAD("302 Found", "Location: file:///etc/passwd\r\n" EMPTY), NULL}),
        ST_UPSTREAM);
    ck_assert_int_eq(ends_with(ST_UPSTREAM, "zenodo_error"), 1);
    ck_status(ask((const char *[]){HEAD("302 Found", EMPTY), NULL}), ST_UPSTREAM);
    ck_assert_int_eq(ends_with(ST_UPSTREAM, "zenodo_error"), 1);
}
END_TEST

START_TEST(locations_are_absolute_or_of_the_same_host)
{
    struct arena arena;
    arena_init(&arena, 4096);
    ck_slice(zenodo_location(S("https://z/a/b?c"), S("/d"), &arena), "https://z/d");
    ck_slice(zenodo_location(S("https://z"), S("/d"), &arena), "https://z/d");
    ck_slice(zenodo_location(S("https://z/a"), S("https://y/d"), &arena), "https://y/d");
    ck_assert_ptr_null(zenodo_location(S("https://z/a"), S("//y/d"), &arena).ptr);
    ck_assert_ptr_null(zenodo_location(S("https://z/a"), S("d"), &arena).ptr);
    ck_assert_ptr_null(zenodo_location(S("https://z/a"), S(""), &arena).ptr);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("zenodo_try", passing_troubles_are_tried_again,
          a_pause_longer_than_our_patience_is_passed_on, lasting_troubles_have_a_name,
          the_token_goes_to_the_first_hop_only, redirects_end_after_three,
          redirects_leave_the_listed_hosts_for_nobody, locations_are_absolute_or_of_the_same_host)
