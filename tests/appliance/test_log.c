/* Tests of the log: escaping, cutting, rate cap, the thread that writes. */
#include "log.h"

#include "base/clock.h"
#include "lib/main.h"

#include <pthread.h>
#include <unistd.h>

static struct error err;
static int ends[2];
static char text[1 << 20];

static void start(enum log_format format)
{
    ck_assert_int_eq(pipe(ends), 0);
    clock_fake(1700000000000, 5000);
    log_configure(&(struct log_options){
        .fd = ends[1], .format = format, .level = LOG_LEVEL_INFO, .access = true});
}

static const char *finish(void)
{
    size_t len = 0;
    ssize_t got;
    (void)close(ends[1]);
    while ((got = read(ends[0], text + len, sizeof text - len - 1)) > 0)
        len += (size_t)got;
    text[len] = 0;
    (void)close(ends[0]);
    clock_fake(0, 0);
    return text;
}

START_TEST(text_lines_quote_only_what_needs_it)
{
    start(LOG_FORMAT_TEXT);
    log_warn("store_nearly_full", F_U64("used_pct", 83), F_CSTR("path", "/var/lib/my data"),
             F_CSTR("plain", "abc"), F_I64("delta", -5), F_F64("ratio", 0.25));
    ck_assert_str_eq(finish(), "time=2023-11-14T22:13:20Z level=warn event=store_nearly_full "
                               "used_pct=83 path='/var/lib/my data' plain=abc delta=-5 "
                               "ratio=0.25\n");
}
END_TEST

START_TEST(values_cannot_begin_a_line_or_end_their_quotes)
{
    start(LOG_FORMAT_TEXT);
    log_info("x", F_CSTR("v", "a\r\nlevel=error \x1b[31m'\\"), F_STR("bad", S("\xff")));
    ck_assert_str_eq(finish(), "time=2023-11-14T22:13:20Z level=info event=x "
                               "v='a\\x0d\\x0alevel=error \\x1b[31m\\x27\\x5c' bad='\\xff'\n");
}
END_TEST

START_TEST(json_lines_escape_and_keep_unicode)
{
    start(LOG_FORMAT_JSON);
    log_info("x", F_CSTR("v", "\"名\"\n"));
    ck_assert_str_eq(finish(), "{\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"info\",\"event\":"
                               "\"x\",\"v\":\"\\u0022名\\u0022\\u000a\"}\n");
}
END_TEST

START_TEST(long_values_and_long_lines_are_cut)
{
    char big[600];
    memset(big, 'x', sizeof big);
    start(LOG_FORMAT_JSON);
    slice v = slice_make(big, sizeof big);
    log_info("x", F_STR("a", v), F_STR("b", v), F_STR("c", v), F_STR("d", v), F_STR("e", v),
             F_STR("f", v), F_STR("g", v), F_STR("h", v), F_STR("i", v));
    const char *line = finish();
    size_t len = strlen(line);
    ck_assert_uint_le(len, LOG_LINE_MAX);
    ck_assert_str_eq(line + len - 3, "\"}\n");
    ck_assert_ptr_null(strstr(line, "\"i\":"));
}
END_TEST

START_TEST(levels_below_the_configured_one_are_silent)
{
    start(LOG_FORMAT_TEXT);
    log_debug("quiet", F_U64("n", 1));
    ck_assert_str_eq(finish(), "");
}
END_TEST

START_TEST(access_line_has_no_more_than_it_should)
{
    start(LOG_FORMAT_TEXT);
    log_access(&(struct log_access){.request_id = S("01J"),
                                    .method = S("POST"),
                                    .route = S("/api/detect"),
                                    .status = 200,
                                    .work_us = 1234,
                                    .bytes_in = 10,
                                    .bytes_out = 20,
                                    .key_prefix = S("sk_live_Ab3dEfG...")});
    ck_assert_str_eq(finish(), "time=2023-11-14T22:13:20Z event=access id=01J method=POST "
                               "route=/api/detect status=200 ms=1.234 in=10 out=20 "
                               "key=sk_live_Ab3dEfG...\n");
}
END_TEST

static size_t lines_in(const char *all, const char *needle)
{
    size_t count = 0;
    for (const char *p = all; (p = strstr(p, needle)); p++)
        count++;
    return count;
}

START_TEST(a_flood_is_capped_per_second)
{
    start(LOG_FORMAT_TEXT);
    for (int i = 0; i < LOG_EVENTS_PER_SECOND + 100; i++)
        log_info("flood", F_I64("i", i));
    ck_assert_uint_le(lines_in(finish(), "event=flood"), LOG_EVENTS_PER_SECOND);
}
END_TEST

static void *shout(void *arg)
{
    (void)arg;
    for (int i = 0; i < 500; i++)
        log_access(&(struct log_access){
            .request_id = S("r"), .method = S("GET"), .route = S("/x"), .status = 200});
    return NULL;
}

static void *drain(void *arg)
{
    size_t *len = arg;
    ssize_t got;
    while ((got = read(ends[0], text + *len, sizeof text - *len - 1)) > 0)
        *len += (size_t)got;
    return NULL;
}

START_TEST(threads_write_whole_lines_and_stop_writes_the_rest)
{
    pthread_t reader;
    pthread_t writers[4];
    size_t len = 0;
    start(LOG_FORMAT_TEXT);
    clock_fake(1700000000000, 50000); /* a fresh second for the cap */
    ck_ok(log_start(&err));
    ck_assert_int_eq(pthread_create(&reader, NULL, drain, &len), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&writers[i], NULL, shout, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(writers[i], NULL), 0);
    log_stop();
    (void)close(ends[1]);
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    text[len] = 0;
    (void)close(ends[0]);
    clock_fake(0, 0);
    ck_assert_uint_eq(lines_in(text, "\n"), 2000);
    ck_assert_uint_eq(lines_in(text, "event=access id=r method=GET route=/x status=200 ms=0.000 "
                                     "in=0 out=0\n"),
                      2000);
}
END_TEST

TEST_MAIN("log", text_lines_quote_only_what_needs_it,
          values_cannot_begin_a_line_or_end_their_quotes, json_lines_escape_and_keep_unicode,
          long_values_and_long_lines_are_cut, levels_below_the_configured_one_are_silent,
          access_line_has_no_more_than_it_should, a_flood_is_capped_per_second,
          threads_write_whole_lines_and_stop_writes_the_rest)
