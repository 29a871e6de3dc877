/* Tests of "did you mean". */
#include "fake_cli.h"

static const char *nearest(const char *word)
{
    static const char *const names[] = {"create", "list", "show", "set-plan", "delete", "detect"};
    struct suggestion near = {0};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        suggest(&near, word, names[i]);
    return near.best;
}

START_TEST(a_letter_too_few_too_many_or_wrong_is_near)
{
    ck_assert_str_eq(nearest("creat"), "create");
    ck_assert_str_eq(nearest("listt"), "list");
    ck_assert_str_eq(nearest("lost"), "list");
    ck_assert_str_eq(nearest("delele"), "delete");
}
END_TEST

START_TEST(swapped_neighbours_count_once)
{
    ck_assert_str_eq(nearest("hsow"), "show");
    ck_assert_str_eq(nearest("detcet"), "detect");
}
END_TEST

START_TEST(the_beginning_of_a_name_is_near)
{
    ck_assert_str_eq(nearest("set"), "set-plan");
}
END_TEST

START_TEST(what_shares_little_gets_no_suggestion)
{
    ck_assert_ptr_null(nearest("frobnicate"));
    ck_assert_ptr_null(nearest("x"));
    ck_assert_ptr_null(nearest(""));
    ck_assert_ptr_null(nearest("0123456789012345678901234567890123456789"));
}
END_TEST

TEST_MAIN("suggest", a_letter_too_few_too_many_or_wrong_is_near, swapped_neighbours_count_once,
          the_beginning_of_a_name_is_near, what_shares_little_gets_no_suggestion)
