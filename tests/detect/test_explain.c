/* Facts and plots: the right setting, system and rounds are named; plots add up. */
#include "small_log.h"

START_TEST(the_setting_and_the_system_that_react_are_named)
{
    struct small_log *log = log_begin(3, 2, 0);
    struct rng rng = rng_begin(61, 0);
    for (uint32_t k = 0; k < 3; k++) {
        double budget = 3, other = 3, score = 0;
        for (size_t t = 0; t < 30; t++) {
            budget += 0.1 * normal(&rng) + (k == 1 ? 0.3 * score : 0);
            other += 0.1 * normal(&rng);
            score = normal(&rng);
            size_t row = log_row(log, (double)t + 1, k, 0.5 + 0.01 * score);
            log->setting[0][row] = exp(other);
            log->setting[1][row] = exp(budget);
        }
    }
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_slice(verdict.facts.setting, "constraint_b");
    ck_slice(verdict.facts.system, "B");
    ck_assert(verdict.facts.setting_r > 0);
    ck_assert(verdict.facts.system_r > 0.5);
    log_end(log);
}
END_TEST

START_TEST(driving_rounds_come_largest_first)
{
    struct small_log *log = log_random(2, 30, 0.2, 62);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert_uint_eq(verdict.facts.round_count, 5);
    for (size_t i = 1; i < 5; i++)
        ck_assert(verdict.facts.rounds[i - 1].contribution >= verdict.facts.rounds[i].contribution);
    ck_near(verdict.facts.rounds[0].time, (double)verdict.facts.rounds[0].transition + 2, 0);
    log_end(log);
}
END_TEST

START_TEST(the_null_histogram_holds_every_draw)
{
    struct small_log *log = log_random(2, 30, 0, 63);
    struct verdict verdict = log_verdict(log, 499, 1);
    uint32_t sum = 0;
    for (size_t i = 0; i < verdict.plots.null_bins; i++)
        sum += verdict.plots.null_counts[i];
    ck_assert_uint_eq(sum, 500);
    ck_assert(verdict.plots.null_low <= verdict.plots.null_observed);
    ck_assert(verdict.plots.null_observed <= verdict.plots.null_high);
    ck_assert_uint_eq(verdict.plots.scatter_count, 2 * 29);
    log_end(log);
}
END_TEST

START_TEST(without_a_test_there_are_no_facts)
{
    struct small_log *log = log_begin(1, 1, 0);
    for (size_t t = 0; t < 5; t++)
        log_row(log, (double)t, 0, 0.5);
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_assert(isnan(verdict.facts.setting_r));
    ck_assert(isnan(verdict.facts.switch_rate_after_drop));
    ck_assert_uint_eq(verdict.facts.setting.len, 0);
    ck_assert_ptr_null(verdict.plots.null_counts);
    log_end(log);
}
END_TEST

TEST_MAIN("explain", the_setting_and_the_system_that_react_are_named,
          driving_rounds_come_largest_first, the_null_histogram_holds_every_draw,
          without_a_test_there_are_no_facts)
