/* Summaries of bootstrap samples by hand, failed samples, and what BCa corrects. */
#include "detect/interval.h"
#include "lib/panel.h"

enum { N = 101 };

static double samples[N];
static double scratch[N];
static struct bootstrap_options options;
static struct bootstrap_stat stat;

/* 0, 1, …, 100 in a mixed order. */
static void setup(enum ci_method method)
{
    options = (struct bootstrap_options){.resamples = N, .confidence = 0.9, .method = method};
    for (size_t i = 0; i < N; i++)
        samples[i] = (double)((i * 37) % N);
}

START_TEST(percentiles_of_a_ladder_by_hand)
{
    setup(CI_PERCENTILE);
    struct summary in = {&options, 50, NAN, scratch};
    interval_summarise(&in, samples, &stat);
    ck_assert_double_eq(stat.mean, 50);
    ck_assert_double_eq(stat.median, 50);
    ck_close(stat.ci_lower, 5, 1e-12);
    ck_close(stat.ci_upper, 95, 1e-12);
    ck_close(stat.std, sqrt((N * N - 1.0) / 12), 1e-12);
    ck_assert_uint_eq(stat.successful, N);
}
END_TEST

START_TEST(failed_samples_are_counted_and_left_out)
{
    setup(CI_PERCENTILE);
    for (size_t i = 0; i < N; i += 2)
        samples[i] = NAN;
    struct summary in = {&options, 50, NAN, scratch};
    interval_summarise(&in, samples, &stat);
    ck_assert_uint_eq(stat.successful, N / 2);
    ck_assert_uint_eq(stat.failures, N - N / 2);
    for (size_t i = 1; i < stat.successful; i++)
        ck_assert(samples[i - 1] <= samples[i]);
    for (size_t i = 0; i < N; i++)
        samples[i] = NAN;
    interval_summarise(&in, samples, &stat);
    ck_assert(isnan(stat.mean) && isnan(stat.ci_lower));
    ck_assert_uint_eq(stat.successful, 0);
}
END_TEST

START_TEST(bca_without_bias_is_the_percentile_interval)
{
    setup(CI_BCA);
    struct summary in = {&options, 50, 0, scratch};
    interval_summarise(&in, samples, &stat);
    ck_close(stat.ci_lower, 5, 1e-10);
    ck_close(stat.ci_upper, 95, 1e-10);
}
END_TEST

/* The estimate lies low among its samples: they are biased upward, BCa moves down; and never out of
 * the samples, however extreme the estimate. */
START_TEST(bca_moves_against_the_bias)
{
    setup(CI_BCA);
    struct summary in = {&options, 30, 0, scratch};
    interval_summarise(&in, samples, &stat);
    ck_assert_double_lt(stat.ci_lower, 5);
    ck_assert_double_lt(stat.ci_upper, 95);
    setup(CI_BCA);
    in.estimate = -1e9;
    interval_summarise(&in, samples, &stat);
    ck_assert_double_ge(stat.ci_lower, 0);
    ck_assert_double_le(stat.ci_upper, 100);
}
END_TEST

TEST_MAIN("interval", percentiles_of_a_ladder_by_hand, failed_samples_are_counted_and_left_out,
          bca_without_bias_is_the_percentile_interval, bca_moves_against_the_bias)
