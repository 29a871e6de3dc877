/* Whitening: a walk is made plain, noise is left alone. */
#include "small_log.h"

static double lag_correlation(const struct plane *e)
{
    double product = 0, squares = 0;
    for (size_t t = 1; t < e->columns; t++) {
        product += e->value[t] * e->value[t - 1];
        squares += e->value[t] * e->value[t];
    }
    return product / squares;
}

START_TEST(strong_autocorrelation_is_removed)
{
    struct arena arena;
    double e[200] = {0};
    struct rng rng = rng_begin(5, 0);
    for (size_t t = 1; t < 200; t++)
        e[t] = 0.8 * e[t - 1] + normal(&rng);
    struct plane residual = plane_of(e, 1, 200);
    arena_init(&arena, 1 << 16);
    struct whitening whitening = whiten(&arena, &residual);
    ck_assert(whitening.applied);
    ck_near(whitening.ar[0], 0.8, 0.2);
    ck_near(lag_correlation(&residual), 0, 0.15);
    ck_near(row_rms(e, 200), 1, 1e-12);
    arena_finish(&arena);
}
END_TEST

START_TEST(noise_and_short_logs_stay_as_they_are)
{
    struct arena arena;
    double e[200], before[200];
    struct rng rng = rng_begin(6, 0);
    for (size_t t = 0; t < 200; t++)
        before[t] = e[t] = normal(&rng);
    struct plane residual = plane_of(e, 1, 200), brief = plane_of(e, 1, 13); /* 11 pairs */
    arena_init(&arena, 1 << 16);
    ck_assert(!whiten(&arena, &residual).applied);
    ck_assert_mem_eq(e, before, sizeof e);
    struct whitening none = whiten(&arena, &brief);
    ck_assert(!none.applied);
    ck_near(none.ar[0], 0, 0);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("whiten", strong_autocorrelation_is_removed, noise_and_short_logs_stay_as_they_are)
