/* The lose-shift test: large changes of random direction after bad results only. */
#include "small_log.h"

/* Moves by +-1 after a score below 0 (or, with wins, above), else by +-0.05. */
static struct small_log *log_shifting(bool wins, uint64_t seed)
{
    struct small_log *log = log_begin(2, 1, 0);
    struct rng rng = rng_begin(seed, 0);
    for (uint32_t k = 0; k < 2; k++) {
        double budget = 5, score = 0;
        for (size_t t = 0; t < 40; t++) {
            double size = (score < 0) != wins ? 1 : 0.05;
            budget += rng_unif(&rng) < 0.5 ? size : -size;
            score = normal(&rng);
            log->setting[0][log_row(log, (double)t, k, 0.5 + 0.01 * score)] = exp(budget);
        }
    }
    return log;
}

START_TEST(changes_after_bad_results_are_found)
{
    struct small_log *log = log_shifting(false, 21);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_LOSE_SHIFT].p <= 0.01);
    ck_assert(verdict.facts.change_size_after_low > verdict.facts.change_size_after_high);
    log_end(log);
}
END_TEST

START_TEST(the_test_is_one_sided)
{
    struct small_log *log = log_shifting(true, 22);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_LOSE_SHIFT].p > 0.5);
    log_end(log);
}
END_TEST

START_TEST(the_quadratic_rule_leaves_it_null)
{
    struct small_log *log = log_random(2, 6, 0, 3); /* (12 - 6) / 4 = 1 column: no square */
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert_int_eq(verdict.mechanisms[MECHANISM_LOSE_SHIFT].presence, PRESENCE_NULL);
    ck_assert_int_eq(verdict.mechanisms[MECHANISM_RATCHET].presence, PRESENCE_NULL);
    ck_assert_int_eq(verdict.mechanisms[MECHANISM_REACTIVE].presence, PRESENCE_COMPUTED);
    ck_assert_str_eq(verdict.warnings->items[0].code, "quadratic_effect_not_removed");
    log_end(log);
}
END_TEST

TEST_MAIN("lose_shift", changes_after_bad_results_are_found, the_test_is_one_sided,
          the_quadratic_rule_leaves_it_null)
