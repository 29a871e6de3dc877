/* The order of verdicts: fixed, differing, too short, overwhelming, none. */
#include "small_log.h"

/* 12 rounds of two systems; the setting is value(k, t). */
static struct small_log *log_with(double (*value)(uint32_t, size_t))
{
    struct small_log *log = log_begin(2, 1, 0);
    struct rng rng = rng_begin(7, 0);
    for (uint32_t k = 0; k < 2; k++) {
        for (size_t t = 0; t < 12; t++)
            log->setting[0][log_row(log, (double)t, k, normal(&rng))] = value(k, t);
    }
    return log;
}

static double same_for_all(uint32_t k, size_t t)
{
    return 512;
}

static double by_system(uint32_t k, size_t t)
{
    return k ? 1024 : 512;
}

START_TEST(nothing_that_varies_is_a_fixed_protocol)
{
    struct small_log *log = log_with(same_for_all);
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_assert_int_eq(verdict.kind, VERDICT_FIXED);
    ck_near(verdict.p_value, 1, 0);
    ck_assert(!verdict.tested);
    ck_assert_uint_eq(verdict.difference_count, 0);
    log_end(log);
}
END_TEST

START_TEST(differences_between_systems_are_listed_not_judged)
{
    struct small_log *log = log_with(by_system);
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_assert_int_eq(verdict.kind, VERDICT_INSUFFICIENT);
    ck_assert_int_eq(verdict.reason, REASON_DIFFERS_BETWEEN_SYSTEMS);
    ck_assert_uint_eq(verdict.difference_count, 2);
    ck_slice(verdict.differences[0].field, "constraint_a");
    ck_slice(verdict.differences[1].system, "B");
    ck_slice(verdict.differences[1].values, "1024");
    log_end(log);
}
END_TEST

START_TEST(rows_of_one_cell_that_differ_are_named)
{
    struct small_log *log = log_begin(1, 1, 0);
    for (size_t t = 0; t < 12; t++) {
        log->setting[0][log_row(log, (double)t, 0, 0.5)] = 512;
        log->setting[0][log_row(log, (double)t, 0, 0.6)] = 1024;
    }
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_assert_int_eq(verdict.reason, REASON_DIFFERS_WITHIN_ROUNDS);
    ck_slice(verdict.differences[0].values, "512, 1024");
    log_end(log);
}
END_TEST

START_TEST(short_logs_and_few_draws_are_insufficient)
{
    struct small_log *log = log_random(2, 6, 0, 1);
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert_int_eq(verdict.reason, REASON_TOO_FEW_ROUNDS);
    ck_assert_uint_eq(verdict.rounds_needed, 7);
    log_end(log);
    log = log_random(2, 20, 0, 1);
    ck_assert_int_eq(log_verdict(log, 98, 1).reason, REASON_NO_DRAWS);
    ck_assert_int_eq(log_verdict(log, 99, 1).reason, REASON_NONE);
    log_end(log);
}
END_TEST

START_TEST(a_constant_score_leaves_too_few_residuals)
{
    struct small_log *log = log_random(2, 20, 0, 1);
    for (size_t i = 0; i < log->panel.row_count; i++)
        log->performance[i] = 0.5;
    struct verdict verdict = log_verdict(log, 499, 1);
    ck_assert_int_eq(verdict.kind, VERDICT_INSUFFICIENT);
    ck_assert_int_eq(verdict.reason, REASON_TOO_FEW_RESIDUALS);
    ck_assert(isnan(verdict.p_panel));
    log_end(log);
}
END_TEST

START_TEST(strength_is_strong_below_a_tenth_of_alpha)
{
    struct small_log *log = log_random(4, 40, 0.15, 2);
    struct verdict verdict = log_verdict(log, 1999, 1);
    ck_assert_int_eq(verdict.kind, VERDICT_ADAPTIVE);
    ck_assert_int_eq(verdict.strength, STRENGTH_STRONG);
    ck_assert(verdict.mechanisms[MECHANISM_REACTIVE].flagged);
    log_end(log);
}
END_TEST

START_TEST(attempts_alone_give_a_verdict)
{
    struct small_log *log = log_begin(1, 0, 0);
    struct rng rng = rng_begin(3, 3);
    log->panel.reported = log->reported;
    for (size_t t = 0; t < 8; t++) {
        for (size_t i = 0; i < 4; i++)
            log->reported[log_row(log, (double)t, 0, i == 2 ? 0.9 : rng_unif(&rng) / 2)] = i == 2;
    }
    struct verdict verdict = log_verdict(log, 99, 1);
    ck_assert_int_eq(verdict.kind, VERDICT_ADAPTIVE);
    ck_near(verdict.p_value, pow(0.25, 8), 1e-12);
    ck_assert(verdict.mechanisms[MECHANISM_SELECTIVE].flagged);
    log_end(log);
}
END_TEST

TEST_MAIN("verdict", nothing_that_varies_is_a_fixed_protocol,
          differences_between_systems_are_listed_not_judged, rows_of_one_cell_that_differ_are_named,
          short_logs_and_few_draws_are_insufficient, a_constant_score_leaves_too_few_residuals,
          strength_is_strong_below_a_tenth_of_alpha, attempts_alone_give_a_verdict)
