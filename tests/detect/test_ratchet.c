/* The ratchet test: a climber that returns to the best setting so far after a worse result. */
#include "small_log.h"

START_TEST(returning_to_the_best_setting_is_found)
{
    struct small_log *log = log_begin(6, 1, 0);
    struct rng rng = rng_begin(31, 0);
    for (uint32_t k = 0; k < 6; k++) {
        double best = -INFINITY, anchor = 5;
        for (size_t t = 0; t < 60; t++) {
            double budget = anchor + 0.3 * normal(&rng), score = normal(&rng);
            log->setting[0][log_row(log, (double)t, k, 0.5 + 0.01 * score)] = exp(budget);
            if (score > best) {
                best = score;
                anchor = budget;
            }
        }
    }
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_RATCHET].p <= 0.05);
    log_end(log);
}
END_TEST

START_TEST(a_free_walk_is_not_flagged)
{
    struct small_log *log = log_random(3, 40, 0, 32);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_RATCHET].p > 0.05);
    log_end(log);
}
END_TEST

TEST_MAIN("ratchet", returning_to_the_best_setting_is_found, a_free_walk_is_not_flagged)
