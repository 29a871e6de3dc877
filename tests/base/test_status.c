/* Tests of error sentences. */
#include "base/status.h"

#include "lib/main.h"

START_TEST(error_is_formatted_in_both_languages)
{
    struct error err;
    ck_status(error_set(&err, ST_IO, "cannot open '%s': %s", "/x", "gone"), ST_IO);
    ck_assert_str_eq(err.text, "cannot open '/x': gone");
    ck_assert_str_eq(err.text_zh, "无法打开 '/x'：gone");
    ck_assert_ptr_null(err.code);
}
END_TEST

START_TEST(wrap_puts_context_in_front)
{
    struct error err = {0};
    ck_status(error_wrap(&err, error_code(&err, ST_INVALID, "bad", "no number"), "line %d", 3),
              ST_INVALID);
    ck_assert_str_eq(err.text, "line 3: no number");
    ck_assert_str_eq(err.code, "bad");
}
END_TEST

START_TEST(long_text_is_cut_and_null_is_allowed)
{
    struct error err;
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    longer[999] = '\0';
    ck_status(error_set(&err, ST_INVALID, "%s", longer), ST_INVALID);
    ck_assert_uint_eq(strlen(err.text), ERROR_TEXT_MAX - 1);
    ck_status(error_wrap(&err, ST_INVALID, "%s", longer), ST_INVALID);
    ck_status(error_set(NULL, ST_BUSY, "x"), ST_BUSY);
}
END_TEST

START_TEST(every_status_has_a_unique_slug)
{
    for (int i = 0; i < STATUS_COUNT; i++)
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(status_slug((enum status_code)i), status_slug((enum status_code)j));
}
END_TEST

TEST_MAIN("status", error_is_formatted_in_both_languages, wrap_puts_context_in_front,
          long_text_is_cut_and_null_is_allowed, every_status_has_a_unique_slug)
