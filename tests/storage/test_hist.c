/* Tests of the latency histogram. */
#include "storage/records.h"

#include "lib/main.h"

START_TEST(quantiles_are_upper_edges)
{
    struct store_hist hist = {0};
    ck_assert_uint_eq(store_hist_quantile_us(&hist, 0.5), 0);
    for (int i = 0; i < 95; i++)
        store_hist_add(&hist, 99);
    for (int i = 0; i < 5; i++)
        store_hist_add(&hist, 1000000);
    ck_assert_uint_eq(store_hist_quantile_us(&hist, 0.5), 100);
    ck_assert_uint_eq(store_hist_quantile_us(&hist, 0.95), 100);
    uint64_t p99 = store_hist_quantile_us(&hist, 0.99);
    ck_assert_uint_gt(p99, 1000000);
    ck_assert_uint_lt(p99, 1415000); /* within half an octave */
}
END_TEST

START_TEST(everything_lands_somewhere)
{
    struct store_hist hist = {0}, sum = {0};
    store_hist_add(&hist, 0);
    store_hist_add(&hist, UINT64_MAX);
    store_hist_merge(&sum, &hist);
    store_hist_merge(&sum, &hist);
    ck_assert_uint_eq(sum.n[0], 2);
    ck_assert_uint_eq(sum.n[STORE_LATENCY_BUCKETS - 1], 2);
}
END_TEST

TEST_MAIN("hist", quantiles_are_upper_edges, everything_lands_somewhere)
