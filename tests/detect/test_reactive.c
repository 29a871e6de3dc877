/* The reactive test: a budget that follows the last score is found, an independent one is not. */
#include "small_log.h"

START_TEST(a_budget_that_follows_the_score_is_found_in_either_direction)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        struct small_log *log = log_random(3, 30, 0.15 * sign, 11);
        struct verdict verdict = log_verdict(log, 499, 1);
        ck_assert(verdict.mechanisms[MECHANISM_REACTIVE].p <= 0.01);
        ck_assert_int_eq(verdict.kind, VERDICT_ADAPTIVE);
        ck_assert(sign * verdict.facts.setting_r < 0);
        log_end(log);
    }
}
END_TEST

START_TEST(an_independent_budget_is_not_flagged)
{
    struct small_log *log = log_random(3, 30, 0, 12);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_REACTIVE].p > 0.05);
    ck_assert_int_eq(verdict.kind, VERDICT_NO_EVIDENCE);
    log_end(log);
}
END_TEST

START_TEST(one_system_has_no_statistics_against_the_others)
{
    struct small_log *log = log_random(1, 30, 0, 13);
    struct verdict verdict = log_verdict(log, 99, 1);
    for (size_t s = 0; s < verdict.statistic_count; s++) {
        ck_assert_str_ne(verdict.statistics[s].name, "react_2way");
        ck_assert_str_ne(verdict.statistics[s].name, "react_common");
    }
    ck_assert_str_eq(verdict.statistics[0].name, "react_pool");
    log_end(log);
}
END_TEST

TEST_MAIN("reactive", a_budget_that_follows_the_score_is_found_in_either_direction,
          an_independent_budget_is_not_flagged, one_system_has_no_statistics_against_the_others)
