/* Spending over looks: shares sum to one, p never rises, random p-values keep the level. */
#include "detect/sequential.h"
#include "small_log.h"

START_TEST(the_shares_of_planned_looks_sum_to_one)
{
    double sum = 0;
    for (size_t look = 1; look <= 50; look++)
        sum += sequential_weight(look, 50);
    ck_near(sum, 1, 1e-12);
    ck_near(sequential_weight(51, 50), 0, 0);
    ck_near(sequential_weight(1, 1), 1, 0);
}
END_TEST

START_TEST(a_share_over_skipped_looks_is_their_sum)
{
    ck_near(sequential_share(0, 12, 50), 144.0 / 2500, 1e-15);
    ck_near(sequential_share(12, 50, 50), 1 - 144.0 / 2500, 1e-12);
    ck_near(sequential_share(50, 60, 50), 0, 0);
    ck_near(sequential_share(12, 12, 50), 0, 0);
    ck_near(sequential_share(0, 30, 0), 0.5, 1e-12);
    ck_near(sequential_share(10, 30, 0), 30.0 / 40 - 0.5, 1e-12);
}
END_TEST

START_TEST(without_a_plan_the_shares_never_sum_beyond_one)
{
    double sum = 0;
    for (size_t look = 1; look <= 1000; look++)
        sum += sequential_weight(look, 0);
    ck_near(sum, 1000.0 / 1030, 1e-12);
}
END_TEST

START_TEST(the_p_value_never_rises_and_stays_below_one)
{
    double p = sequential_p(1, 0.0004, 1, 0);
    ck_near(p, 0.0004 * 31, 1e-15);
    ck_near(sequential_p(p, 0.9, 2, 0), p, 0);
    ck_near(sequential_p(1, 0.9, 40, 0), 1, 0);
    ck_near(sequential_p(0.3, 0.0, 9, 8), 0.3, 0); /* a look that was not planned decides nothing */
}
END_TEST

START_TEST(fifty_looks_at_noise_keep_the_level)
{
    enum { PROJECTS = 4000 };
    size_t rejected = 0, naive = 0;
    for (uint64_t i = 0; i < PROJECTS; i++) {
        struct rng rng = rng_begin(i, 5);
        double p = 1, least = 1;
        for (size_t look = 1; look <= 50; look++) {
            double now = rng_unif(&rng);
            p = sequential_p(p, now, look, 50);
            least = fmin(least, now);
        }
        rejected += p <= 0.05;
        naive += least <= 0.05;
    }
    ck_assert_uint_le(rejected, PROJECTS / 20 + 42); /* three standard deviations: 14 each */
    ck_assert_uint_ge(rejected,
                      PROJECTS / 20 - 42); /* independent looks: the bound is nearly met */
    ck_assert_uint_ge(naive, PROJECTS * 8 / 10);
}
END_TEST

START_TEST(late_small_shares_ask_for_more_draws)
{
    ck_assert_uint_eq(sequential_draws(0.05, 1, 1), 1999);
    ck_assert_uint_eq(sequential_draws(0.05, 1, 50), 99999);
    ck_assert_uint_ge(sequential_draws(0.05, 50, 50), 5000);
}
END_TEST

TEST_MAIN("sequential", the_shares_of_planned_looks_sum_to_one,
          a_share_over_skipped_looks_is_their_sum, without_a_plan_the_shares_never_sum_beyond_one,
          the_p_value_never_rises_and_stays_below_one, fifty_looks_at_noise_keep_the_level,
          late_small_shares_ask_for_more_draws)
