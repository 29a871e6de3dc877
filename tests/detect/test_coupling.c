/* Coupling: a real effect of the budget on the score of the same round, which is not adaptation. */
#include "small_log.h"

static struct small_log *log_coupled(double effect, uint64_t seed)
{
    struct small_log *log = log_begin(2, 1, 0);
    struct rng rng = rng_begin(seed, 0);
    for (uint32_t k = 0; k < 2; k++) {
        for (size_t t = 0; t < 40; t++) {
            double budget = normal(&rng);
            size_t row = log_row(log, (double)t, k, 0.5 + 0.01 * (normal(&rng) + effect * budget));
            log->setting[0][row] = exp(budget);
        }
    }
    return log;
}

START_TEST(an_effect_in_the_same_round_is_reported_beside_the_verdict)
{
    struct small_log *log = log_coupled(1.5, 51);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(verdict.coupling.flagged);
    ck_assert(verdict.coupling.p <= 0.01);
    ck_assert(verdict.coupling.r[0] > 0.5);
    ck_assert_int_eq(verdict.kind, VERDICT_NO_EVIDENCE);
    log_end(log);
}
END_TEST

START_TEST(without_an_effect_nothing_is_reported)
{
    struct small_log *log = log_coupled(0, 53);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert(!verdict.coupling.flagged);
    log_end(log);
}
END_TEST

START_TEST(a_schedule_has_p_one_and_no_association)
{
    struct small_log *log = log_begin(1, 1, 0);
    struct rng rng = rng_begin(54, 0);
    for (size_t t = 0; t < 20; t++)
        log->setting[0][log_row(log, (double)t, 0, normal(&rng))] = exp(0.125 * (double)t);
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_near(verdict.coupling.p, 1, 0);
    ck_assert_uint_eq(verdict.coupling.r_count, 1);
    ck_near(verdict.coupling.r[0], 0, 0);
    log_end(log);
}
END_TEST

TEST_MAIN("coupling", an_effect_in_the_same_round_is_reported_beside_the_verdict,
          without_an_effect_nothing_is_reported, a_schedule_has_p_one_and_no_association)
