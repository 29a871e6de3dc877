/* The score residual: what is explained vanishes, what is left has unit size. */
#include "small_log.h"

START_TEST(a_score_that_its_setting_explains_leaves_nothing)
{
    struct arena arena;
    double y[40], x[40];
    struct rng rng = rng_begin(3, 0);
    for (size_t t = 0; t < 40; t++) {
        x[t] = normal(&rng);
        y[t] = 1 + 0.1 * (double)t + 2 * x[t] - x[t] * x[t];
    }
    struct plane score = plane_of(y, 1, 40), planes[] = {plane_of(x, 1, 40)};
    struct settings settings = {.count = 1, .plane = planes};
    const struct categories none = {0};
    arena_init(&arena, 1 << 20);
    struct nuisance nuisance = nuisance_make(&arena, &score, &settings, &none);
    struct plane e = score_residual(&arena, &score, &settings, &none, &nuisance);
    ck_assert_uint_eq(plane_finite_count(&e), 0); /* rounding is not a residual */
    arena_finish(&arena);
}
END_TEST

START_TEST(each_unit_has_root_mean_square_one_and_short_units_none)
{
    struct arena arena;
    double y[] = {1, 5, 2, 9, 100, 300, 100, 200, 1, NAN, NAN, 2};
    struct plane score = plane_of(y, 3, 4);
    const struct settings no_settings = {0};
    const struct categories none = {0};
    arena_init(&arena, 1 << 20);
    struct nuisance nuisance = nuisance_make(&arena, &score, &no_settings, &none);
    struct plane e = score_residual(&arena, &score, &no_settings, &none, &nuisance);
    ck_near(row_rms(plane_row(&e, 0), 4), 1, 1e-12);
    ck_near(row_rms(plane_row(&e, 1), 4), 1, 1e-12);
    ck_assert(isnan(plane_row(&e, 2)[0]));
    double sum = 0;
    for (size_t t = 0; t < 4; t++)
        sum += plane_row(&e, 0)[t];
    ck_near(sum, 0, 1e-12);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("residual", a_score_that_its_setting_explains_leaves_nothing,
          each_unit_has_root_mean_square_one_and_short_units_none)
