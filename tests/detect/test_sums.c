/* Sums of a fixed series and a signal: complete, with gaps, with missing scores. */
#include "small_log.h"

static double e[8] = {1, -2, 3, 0, 2, -1, 4, -3};
static double fixed[7] = {2, 1, -1, 3, 0, 1, -2};

static double slow_r(const uint32_t *index, size_t count)
{
    double memory[TREND_MAX * 8], a[8], b[8], raw = 0;
    struct trend trend;
    for (size_t i = 0; i < count; i++) {
        a[i] = fixed[index[i]];
        raw += a[i] * a[i];
        b[i] = e[index[i]];
    }
    trend_make(&trend, index, count, false, memory);
    trend_remove(&trend, b);
    return dot(a, b, count) / sqrt(raw * dot(b, b, count));
}

static struct sums sums_now(struct arena *arena, size_t periods)
{
    struct plane residual = plane_of(e, 1, periods), d = plane_of(fixed, 1, periods - 1);
    struct score_side side = score_side_make(arena, &residual);
    struct draws draws = draws_make(1, periods, 1, 1);
    struct block block = block_make(arena, &side, &draws, 0);
    struct series series = series_make(arena, &d, 0);
    struct sums sums;
    block_begin(&block, 0);
    block_load(&block, 0);
    sums_of(&series, 0, &block.level, &sums);
    return sums;
}

START_TEST(a_complete_series_is_detrended_once)
{
    struct arena arena;
    const uint32_t all[] = {0, 1, 2, 3, 4, 5, 6};
    lanes r;
    arena_init(&arena, 1 << 20);
    struct sums sums = sums_now(&arena, 8);
    unit_r(&sums, &r);
    ck_near(r[0], slow_r(all, 7), 1e-14);
    ck_near(sums.count[0], 7, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(gaps_of_the_series_are_left_out)
{
    struct arena arena;
    const uint32_t rest[] = {0, 1, 3, 4, 5, 6};
    lanes r;
    arena_init(&arena, 1 << 20);
    fixed[2] = NAN;
    struct sums sums = sums_now(&arena, 8);
    pooled_r(&sums, &r);
    ck_near(r[0], slow_r(rest, 6), 1e-14);
    ck_near(sums.count[0], 6, 0);
    fixed[2] = -1;
    arena_finish(&arena);
}
END_TEST

START_TEST(missing_scores_are_compared_pairwise)
{
    struct arena arena;
    lanes r;
    double kept = e[0];
    arena_init(&arena, 1 << 20);
    e[0] = NAN;
    struct sums sums = sums_now(&arena, 4); /* pairs (1,-2), (-1,3): too few */
    unit_r(&sums, &r);
    ck_near(sums.count[0], 0, 0);
    ck_near(r[0], 0, 0);
    sums = sums_now(&arena, 5); /* (1,-2), (-1,3), (3,0): means 1 and 1/3 */
    ck_near(sums.count[0], 3, 0);
    ck_near(sums.product[0], -5 - 3 * (1.0 * (1.0 / 3)), 1e-14);
    ck_near(sums.fixed[0], 11 - 3, 1e-14);
    e[0] = kept;
    arena_finish(&arena);
}
END_TEST

START_TEST(a_side_without_variation_gives_no_correlation)
{
    struct sums nothing = {.product = (lanes){0} + 1e-20};
    lanes r;
    pooled_r(&nothing, &r);
    ck_near(r[0], 0, 0);
    unit_r(&nothing, &r);
    ck_near(r[0], 0, 0);
}
END_TEST

TEST_MAIN("sums", a_complete_series_is_detrended_once, gaps_of_the_series_are_left_out,
          missing_scores_are_compared_pairwise, a_side_without_variation_gives_no_correlation)
