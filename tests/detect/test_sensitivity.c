/* Effective numbers, smallest detectable associations, rounds needed. */
#include "small_log.h"

static double score[] = {1, 2, 3, 4, 5, 6, 1, NAN, 3, 4, 5, 6}; /* 2 systems of 6 rounds */

START_TEST(three_transitions_are_lost_to_trend_and_lag)
{
    struct plane plane = plane_of(score, 2, 6);
    ck_assert_uint_eq(effective_count(&plane, false), 2 + 0); /* 5 - 3, and 3 - 3 */
    ck_assert_uint_eq(effective_count(&plane, true), 2);
    plane.rows = 1;
    ck_assert_uint_eq(effective_count(&plane, false), 2);
}
END_TEST

START_TEST(the_detectable_association_falls_with_the_log)
{
    /* tanh((1.6448536 + 0.8416212) / sqrt(24)) */
    ck_near(minimum_detectable_r(25, 0.05), tanh(2.4864748605 / sqrt(24)), 1e-9);
    ck_assert(minimum_detectable_r(5, 0.05) > minimum_detectable_r(50, 0.05));
    ck_near(minimum_detectable_r(0, 0.05), tanh(2.4864748605), 1e-9);
}
END_TEST

START_TEST(rounds_needed_give_five_effective_transitions)
{
    ck_assert_uint_eq(rounds_needed(1, false), 9);
    ck_assert_uint_eq(rounds_needed(4, true), 9);
    ck_assert_uint_eq(rounds_needed(5, false), 5);
    ck_assert_uint_eq(rounds_needed(4, false), 6);
    ck_assert(too_few_rounds(4, 100));
    ck_assert(too_few_rounds(9, 4));
    ck_assert(!too_few_rounds(5, 5));
}
END_TEST

TEST_MAIN("sensitivity", three_transitions_are_lost_to_trend_and_lag,
          the_detectable_association_falls_with_the_log,
          rounds_needed_give_five_effective_transitions)
