/* The main() of every unit test file: lists its tests, runs them with Check.
 *
 *   #include "lib/main.h"
 *   START_TEST(empty_slice_has_no_parts) { … } END_TEST
 *   TEST_MAIN("slice", empty_slice_has_no_parts, …) */
#ifndef TESTS_LIB_MAIN_H
#define TESTS_LIB_MAIN_H

#include "base/crypt.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static inline int test_run(const char *name, const TTest *const *tests, size_t count)
{
    struct error err;
    if (crypt_init(&err) != ST_OK)
        return EXIT_FAILURE;
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN(name, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return test_run(name, tests, sizeof tests / sizeof *tests);                                \
    }

/* Fails with the sentence of the error when the call does not give ST_OK; needs `err` in scope. */
#define ck_ok(expr)                                                                                \
    do {                                                                                           \
        enum status_code ck_rc_ = (expr);                                                          \
        ck_assert_msg(ck_rc_ == ST_OK, "%s: %s: %s", #expr, status_slug(ck_rc_), err.text);        \
    } while (0)
/* Fails when the call gives another status. */
#define ck_status(expr, expected) ck_assert_int_eq((enum status_code)(expr), expected)
/* Compares a slice with NUL-terminated text. */
#define ck_slice(actual, expected)                                                                 \
    do {                                                                                           \
        slice ck_s_ = (actual);                                                                    \
        ck_assert_msg(slice_eq(ck_s_, slice_of(expected)), "'%.*s' is not '%s'", SLICE_ARG(ck_s_), \
                      expected);                                                                   \
    } while (0)

#endif
