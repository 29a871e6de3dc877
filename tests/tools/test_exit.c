/* Tests of the exit code contract. */
#include "fake_cli.h"

START_TEST(every_status_has_a_documented_exit_code)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum exit_code code = exit_code_of((enum status_code)i);
        ck_assert_int_ge(code, 0);
        ck_assert_int_le(code, 8);
        ck_assert_int_ne(code, EXIT_FOUND); /* a failure never looks like "bias found" */
        ck_assert_int_eq(code == EXIT_FINE, i == ST_OK);
    }
}
END_TEST

START_TEST(the_codes_of_the_manual_hold)
{
    ck_assert_int_eq(exit_code_of(ST_INVALID), 2);
    ck_assert_int_eq(exit_code_of(ST_IO), 2);
    ck_assert_int_eq(exit_code_of(ST_VERIFY), 3);
    ck_assert_int_eq(exit_code_of(ST_FORBIDDEN), 4);
    ck_assert_int_eq(exit_code_of(ST_QUOTA), 4);
    ck_assert_int_eq(exit_code_of(ST_CONFIG), 5);
    ck_assert_int_eq(exit_code_of(ST_NOT_FOUND), 6);
    ck_assert_int_eq(exit_code_of(ST_LOCKED), 7);
    ck_assert_int_eq(exit_code_of(ST_CONFLICT), 7);
    ck_assert_int_eq(exit_code_of(ST_UNREACHABLE), 8);
    ck_assert_int_eq(EXIT_PENDING, 9);
    ck_assert_int_eq(EXIT_USAGE, 64);
}
END_TEST

TEST_MAIN("exit", every_status_has_a_documented_exit_code, the_codes_of_the_manual_hold)
