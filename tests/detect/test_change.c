/* Change sizes, turns and switches by hand. */
#include "small_log.h"

START_TEST(a_typical_step_has_size_log_two)
{
    struct arena arena;
    double x[] = {0, 1, 0, 1, 0};
    struct plane planes[] = {plane_of(x, 1, 5)};
    struct settings settings = {.count = 1, .plane = planes};
    const struct categories none = {0};
    arena_init(&arena, 1 << 20);
    ck_near(step_rms(&planes[0]), 1, 0);
    struct changes changes =
        changes_make(&arena, 1, 5, &settings, &none, work_of(&arena, &settings.plane[0]));
    for (size_t t = 0; t < 4; t++)
        ck_near(changes.size.value[t], log(2), 1e-15);
    ck_assert(isnan(changes.cosine.value[0]));
    ck_near(changes.cosine.value[1], -1, 1e-15);
    ck_near(plane_sum_squares(&changes.size_residual), 0, 0); /* always the same: no freedom left */
    ck_assert_ptr_null(changes.switch_count.value);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_missing_setting_makes_the_step_missing)
{
    struct arena arena;
    double x[] = {0, 1, 3, 2, 5}, z[] = {0, NAN, 2, 3, 1};
    struct plane planes[] = {plane_of(x, 1, 5), plane_of(z, 1, 5)};
    struct settings settings = {.count = 2, .plane = planes};
    const struct categories none = {0};
    arena_init(&arena, 1 << 20);
    struct changes changes =
        changes_make(&arena, 1, 5, &settings, &none, work_of(&arena, &settings.plane[0]));
    ck_assert(isnan(changes.size.value[0]));
    ck_assert(isnan(changes.size.value[1]));
    ck_assert(isfinite(changes.size.value[2]));
    ck_assert(isnan(changes.cosine.value[2]));
    arena_finish(&arena);
}
END_TEST

START_TEST(standing_still_has_turn_cosine_zero)
{
    struct arena arena;
    double x[] = {0, 1, 1, 2};
    struct plane planes[] = {plane_of(x, 1, 4)};
    struct settings settings = {.count = 1, .plane = planes};
    const struct categories none = {0};
    arena_init(&arena, 1 << 20);
    struct changes changes =
        changes_make(&arena, 1, 4, &settings, &none, work_of(&arena, &settings.plane[0]));
    ck_near(changes.cosine.value[1], 0, 0);
    ck_near(changes.size.value[1], 0, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(switches_count_the_categories_that_changed)
{
    struct arena arena;
    uint32_t a[] = {1, 2, 2, 0, 1}, b[] = {1, 2, 1, 1, 1}, counts[] = {3, 3}, *labels[] = {a, b};
    const struct settings none = {0};
    struct categories categories = {.count = 2, .label = labels, .label_count = counts};
    arena_init(&arena, 1 << 20);
    struct changes changes = changes_make(&arena, 1, 5, &none, &categories, work_for(&arena, 5));
    ck_near(changes.switch_count.value[0], 2, 0);
    ck_near(changes.switch_count.value[1], 1, 0);
    ck_assert(isnan(changes.switch_count.value[2]));
    ck_assert(isnan(changes.switch_count.value[3]));
    ck_assert_ptr_null(changes.size.value);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("change", a_typical_step_has_size_log_two, a_missing_setting_makes_the_step_missing,
          standing_still_has_turn_cosine_zero, switches_count_the_categories_that_changed)
