/* Ranks of draws: by hand, and against counting pair by pair. */
#include "detect/rng.h"
#include "small_log.h"

enum { COUNT = 700 };

START_TEST(the_observed_draw_counts_among_all_and_ties_share_ranks)
{
    const double value[] = {3, 1, 3, 2};
    struct order_item scratch[8];
    double p[4];
    uint32_t twice[4];
    rank_draws(value, 4, scratch, p, twice);
    ck_near(p[0], 0.5, 0); /* two of four are as large */
    ck_near(p[1], 1, 0);
    ck_assert_uint_eq(twice[0], 2); /* none above, two at least: mid-rank 1 */
    ck_assert_uint_eq(twice[3], 5);
}
END_TEST

/* Both counts of every draw, by the definition. */
static void check_by_pairs(const double *value, size_t count)
{
    static struct order_item scratch[2 * COUNT];
    static double p[COUNT];
    static uint32_t twice[COUNT];
    rank_draws(value, count, scratch, p, twice);
    for (size_t b = 0; b < count; b++) {
        size_t at_least = 0, above = 0;
        for (size_t i = 0; i < count; i++) {
            at_least += value[i] >= value[b];
            above += value[i] > value[b];
        }
        ck_near(p[b], (double)at_least / (double)count, 0);
        ck_assert_uint_eq(twice[b], above + at_least);
    }
}

START_TEST(ranks_are_those_of_counting_pair_by_pair)
{
    static double value[COUNT];
    struct rng rng = rng_begin(7, 0);
    for (size_t count = 1; count < COUNT; count += 1 + count / 3) {
        for (size_t kind = 0; kind < 4; kind++) {
            for (size_t b = 0; b < count; b++) {
                double u = rng_unif(&rng) - 0.5;
                const double kinds[] = {u, u * 3e-8, tan(3.14159 * u), u > 0 ? 0.0 : -0.0};
                value[b] = round9(kinds[kind]);
            }
            check_by_pairs(value, count);
        }
    }
}
END_TEST

START_TEST(infinities_and_extremes_sort_like_numbers)
{
    const double value[] = {INFINITY, -INFINITY, 1e308, -1e308, 5e-324, -5e-324, 0, -0.0, 1};
    check_by_pairs(value, ARRAY_COUNT(value));
}
END_TEST

TEST_MAIN("rank", the_observed_draw_counts_among_all_and_ties_share_ranks,
          ranks_are_those_of_counting_pair_by_pair, infinities_and_extremes_sort_like_numbers)
