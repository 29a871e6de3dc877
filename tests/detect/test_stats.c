/* The statistics toolbox against closed forms and published values. */
#include "detect/rng.h"
#include "detect/stats.h"
#include "lib/panel.h"

START_TEST(moments_skip_missing_values_and_stay_exact)
{
    const double x[] = {2, NAN, 4, 4, 4, 5, 5, 7, 9};
    struct moments m = stats_moments(x, ARRAY_COUNT(x));
    ck_assert_uint_eq(m.count, 8);
    ck_assert_double_eq(m.mean, 5);
    ck_assert_double_eq(stats_std(&m, 0), 2); /* the textbook example */
    ck_close(stats_std(&m, 1), sqrt(32.0 / 7), 1e-15);
    ck_assert_double_eq(m.min, 2);
    ck_assert_double_eq(m.max, 9);
    const double shifted[] = {1e16, 1, -1e16};
    m = stats_moments(shifted, 3);
    ck_close(m.mean, 1.0 / 3, 1e-15); /* plain summation gives 0 */
}
END_TEST

START_TEST(equal_values_have_no_deviation_at_all)
{
    double x[10];
    for (size_t i = 0; i < 10; i++)
        x[i] = 0.1;
    struct moments m = stats_moments(x, 10);
    ck_assert_double_eq(stats_std(&m, 1), 0);
    ck_assert_double_eq(m.mean, 0.1);
    m = stats_moments(x, 1);
    ck_assert(isnan(stats_std(&m, 1)));
    m = stats_moments(x, 0);
    ck_assert(isnan(m.mean));
}
END_TEST

START_TEST(correlation_is_one_for_lines_and_undefined_for_constants)
{
    const double x[] = {1, 2, 3, 4};
    const double up[] = {10, 20, 30, 40};
    const double down[] = {4e300, 3e300, 2e300, 1e300};
    const double flat[] = {7, 7, 7, 7};
    const double other[] = {1, 3, 2, 4};
    ck_close(stats_pearson(x, up, 4), 1, 1e-15);
    ck_close(stats_pearson(x, down, 4), -1, 1e-15);
    ck_assert(isnan(stats_pearson(x, flat, 4)));
    ck_assert(isnan(stats_pearson(x, up, 1)));
    ck_close(stats_pearson(x, other, 4), 0.8, 1e-15); /* sums 4 / 5 by hand */
}
END_TEST

/* With 2 degrees of freedom p = 1 - |r|; with 1 degree p = 1 - (2/pi) asin |r|. */
START_TEST(p_values_of_correlations_match_closed_forms)
{
    for (double r = -0.99; r < 1; r += 0.09) {
        ck_close(stats_correlation_p(r, 2), 1 - fabs(r), 1e-13);
        ck_close(stats_correlation_p(r, 1), 1 - 2 / 3.14159265358979324 * asin(fabs(r)), 1e-13);
    }
    ck_assert_double_eq(stats_correlation_p(1, 5), 0);
    ck_assert(isnan(stats_correlation_p(0.5, 0)));
    ck_assert(isnan(stats_correlation_p(NAN, 5)));
    /* 0.1 with 1000 degrees: the density of t integrated with 4 million trapezia */
    ck_close(stats_correlation_p(0.1, 1000), 0.00152735788, 1e-11);
    ck_assert_double_lt(stats_correlation_p(0.9, 50), 1e-18);
    ck_assert_double_gt(stats_correlation_p(0.9, 50), 0);
}
END_TEST

/* I_x(a, b) = 1 - I_(1-x)(b, a); I_x(1, b) = 1 - (1-x)^b; I_x(a, 1) = x^a. */
START_TEST(the_incomplete_beta_obeys_its_identities)
{
    for (double x = 0.05; x < 1; x += 0.05) {
        for (double b = 0.5; b < 40; b *= 1.7) {
            ck_close(stats_beta(x, 1, b), 1 - pow(1 - x, b), 1e-13);
            ck_close(stats_beta(x, b, 1), pow(x, b), 1e-13);
            ck_close(stats_beta(x, 2.5, b), 1 - stats_beta(1 - x, b, 2.5), 1e-13);
        }
    }
    ck_assert_double_eq(stats_beta(0, 2, 3), 0);
    ck_assert_double_eq(stats_beta(1, 2, 3), 1);
}
END_TEST

START_TEST(normal_quantile_and_distribution_are_inverse)
{
    ck_close(stats_normal_quantile(0.975), 1.959963984540054, 1e-14);
    ck_assert_double_eq(stats_normal_quantile(0.5), 0);
    for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 3 : p + 0.013)
        ck_close(stats_normal_cdf(stats_normal_quantile(p)) / p, 1, 1e-11);
}
END_TEST

static double pseudo(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (double)(int32_t)*state / 1e6;
}

START_TEST(sorting_orders_every_length)
{
    static double x[3000];
    static double scratch[3000];
    uint32_t state = 7;
    for (size_t n = 0; n < 3000; n = n < 100 ? n + 1 : n + 311) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[i] = floor(pseudo(&state) / 20);
        stats_sort(x, scratch, n);
        for (size_t i = 0; i < n; i++) {
            ck_assert(i == 0 || x[i - 1] <= x[i]);
            sum -= x[i];
        }
        ck_assert_double_eq(sum, 0); /* whole numbers: nothing lost, nothing invented */
    }
}
END_TEST

START_TEST(quantiles_interpolate_as_numpy_does)
{
    const double x[] = {1, 2, 4, 8};
    ck_assert_double_eq(stats_quantile(x, 4, 0), 1);
    ck_assert_double_eq(stats_quantile(x, 4, 1), 8);
    ck_assert_double_eq(stats_quantile(x, 4, 0.5), 3);
    ck_close(stats_quantile(x, 4, 0.9), 6.8, 1e-15);
    ck_assert_double_eq(stats_quantile(x, 1, 0.3), 1);
}
END_TEST

START_TEST(ties_share_their_mean_rank)
{
    const double x[] = {0.5, -3, 0.5, 1e300, -0.0, 0.0};
    const uint32_t expected[] = {9, 2, 9, 12, 5, 5};
    struct order_item scratch[12];
    uint32_t twice[6];
    stats_twice_ranks(order_of(x, 6, scratch), 6, twice);
    ck_assert_mem_eq(twice, expected, sizeof twice);
}
END_TEST

START_TEST(a_column_of_ranks_is_one_of_their_doubles)
{
    enum { COUNT = 301 };
    uint32_t twice_x[COUNT], twice_y[COUNT];
    double x[COUNT], y[COUNT];
    struct order_item scratch[2 * COUNT];
    struct rng rng = rng_begin(5, 1);
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = rng_unif(&rng);
        y[i] = floor(10 * (x[i] + rng_unif(&rng)));
    }
    stats_twice_ranks(order_of(x, COUNT, scratch), COUNT, twice_x);
    stats_twice_ranks(order_of(y, COUNT, scratch), COUNT, twice_y);
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = 0.5 * twice_x[i];
        y[i] = 0.5 * twice_y[i];
    }
    struct stats_column of_x = stats_column_of_ranks(twice_x, COUNT);
    struct stats_column of_y = stats_column_of_ranks(twice_y, COUNT);
    ck_assert_double_eq(stats_pearson_of(&of_x, &of_y), stats_pearson(x, y, COUNT));
}
END_TEST

START_TEST(two_columns_have_the_moments_of_each)
{
    const double a[] = {1, NAN, 3, 1e16, -1e16}, b[] = {5, 5, NAN, 5, 5}, none[] = {NAN, NAN};
    struct moments both[2];
    stats_moments_pair(a, b, 5, both);
    ck_assert_uint_eq(both[0].count, 4);
    ck_assert_double_eq(both[0].mean, 1); /* 4 / 4: what the large ones hide is not lost */
    ck_assert_double_eq(both[0].min, -1e16);
    ck_assert_double_eq(both[0].max, 1e16);
    ck_assert_uint_eq(both[1].count, 4);
    ck_assert_double_eq(both[1].mean, 5);
    ck_assert_double_eq(both[1].squares, 0);
    stats_moments_pair(none, b, 2, both);
    ck_assert_uint_eq(both[0].count, 0);
    ck_assert_double_nan(both[0].mean);
    ck_assert_double_nan(both[0].min);
    ck_assert_double_eq(both[1].mean, 5);
}
END_TEST

START_TEST(scales_are_powers_of_two_near_the_number)
{
    ck_assert_double_eq(stats_scale(1), 2);
    ck_assert_double_eq(stats_scale(-3), 4);
    ck_assert_double_eq(stats_scale(0), 1);
    ck_assert_double_eq(stats_scale(INFINITY), 1);
    ck_assert(stats_scale(1e308) >= 8e307);
    ck_assert(stats_scale(1e-310) > 0);
}
END_TEST

TEST_MAIN("stats", moments_skip_missing_values_and_stay_exact,
          equal_values_have_no_deviation_at_all,
          correlation_is_one_for_lines_and_undefined_for_constants,
          p_values_of_correlations_match_closed_forms, the_incomplete_beta_obeys_its_identities,
          normal_quantile_and_distribution_are_inverse, sorting_orders_every_length,
          quantiles_interpolate_as_numpy_does, ties_share_their_mean_rank,
          a_column_of_ranks_is_one_of_their_doubles, two_columns_have_the_moments_of_each,
          scales_are_powers_of_two_near_the_number)
