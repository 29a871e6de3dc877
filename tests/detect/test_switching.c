/* The switch test: a prompt that is replaced after bad results; categories alone are enough. */
#include "small_log.h"

static struct small_log *log_prompts(bool reacts, uint64_t seed)
{
    struct small_log *log = log_begin(2, 0, 4);
    struct rng rng = rng_begin(seed, 0);
    for (uint32_t k = 0; k < 2; k++) {
        uint32_t prompt = 1;
        double score = 0;
        for (size_t t = 0; t < 40; t++) {
            bool change = reacts ? score < -0.3 : rng_unif(&rng) < 0.4;
            prompt = change ? 1 + prompt % 4 : prompt;
            score = normal(&rng);
            log->label[log_row(log, (double)t, k, 0.5 + 0.01 * score)] = prompt;
        }
    }
    return log;
}

START_TEST(prompts_replaced_after_bad_results_are_found)
{
    struct small_log *log = log_prompts(true, 41);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_SWITCH].p <= 0.01);
    ck_assert_int_eq(verdict.mechanisms[MECHANISM_REACTIVE].presence, PRESENCE_ABSENT);
    ck_assert(verdict.facts.switch_rate_after_drop > verdict.facts.switch_rate_after_rise);
    log_end(log);
}
END_TEST

START_TEST(prompts_replaced_at_random_are_not_flagged)
{
    struct small_log *log = log_prompts(false, 42);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.mechanisms[MECHANISM_SWITCH].p > 0.05);
    log_end(log);
}
END_TEST

TEST_MAIN("switching", prompts_replaced_after_bad_results_are_found,
          prompts_replaced_at_random_are_not_flagged)
