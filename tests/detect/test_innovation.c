/* Innovations: planned schedules have none, surprises keep their size. */
#include "small_log.h"

START_TEST(a_planned_schedule_leaves_no_innovation)
{
    struct arena arena;
    double x[20];
    for (size_t t = 0; t < 20; t++)
        x[t] = 3 + 0.25 * (double)t;
    struct plane setting = plane_of(x, 1, 20);
    arena_init(&arena, 1 << 20);
    struct plane d = innovation(&arena, &setting, work_of(&arena, &setting));
    ck_assert_uint_eq(plane_finite_count(&d), 19);
    ck_near(plane_sum_squares(&d), 0, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(innovations_are_orthogonal_to_time_and_to_both_lags)
{
    struct arena arena;
    double x[60];
    struct rng rng = rng_begin(8, 0);
    for (size_t t = 0; t < 60; t++)
        x[t] = normal(&rng);
    struct plane setting = plane_of(x, 1, 60);
    arena_init(&arena, 1 << 20);
    struct plane d = innovation(&arena, &setting, work_of(&arena, &setting));
    double sum = 0, time = 0, lag = 0;
    for (size_t t = 0; t < 59; t++) {
        sum += d.value[t];
        time += d.value[t] * (double)t;
        lag += d.value[t] * x[t];
    }
    ck_near(sum, 0, 1e-10);
    ck_near(time, 0, 1e-9);
    ck_near(lag, 0, 1e-10);
    ck_assert(plane_sum_squares(&d) > 30);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_common_protocol_has_no_part_of_its_own_units)
{
    struct arena arena;
    double x[2 * 12];
    struct rng rng = rng_begin(9, 0);
    for (size_t t = 0; t < 12; t++)
        x[t] = x[12 + t] = normal(&rng);
    struct plane planes[] = {plane_of(x, 2, 12)};
    struct settings settings = {.count = 1, .plane = planes};
    arena_init(&arena, 1 << 20);
    struct innovations shared =
        innovations_make(&arena, &settings, work_of(&arena, &settings.plane[0]));
    ck_assert_ptr_null(shared.specific);
    ck_assert_ptr_nonnull(shared.common);
    x[15] += 1;
    struct innovations different =
        innovations_make(&arena, &settings, work_of(&arena, &settings.plane[0]));
    ck_assert_ptr_nonnull(different.specific);
    planes[0].rows = 1;
    struct innovations alone =
        innovations_make(&arena, &settings, work_of(&arena, &settings.plane[0]));
    ck_assert_ptr_null(alone.specific);
    ck_assert_ptr_null(alone.common);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_unit_with_two_transitions_has_no_innovation)
{
    struct arena arena;
    double x[] = {1, 2, 4, NAN, NAN, NAN, 1, 3, 2, 5, 4, 9};
    struct plane setting = plane_of(x, 2, 6);
    arena_init(&arena, 1 << 20);
    struct plane d = innovation(&arena, &setting, work_of(&arena, &setting));
    ck_assert(isnan(plane_row(&d, 0)[0]));
    ck_assert(isfinite(plane_row(&d, 1)[0]));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("innovation", a_planned_schedule_leaves_no_innovation,
          innovations_are_orthogonal_to_time_and_to_both_lags,
          a_common_protocol_has_no_part_of_its_own_units,
          a_unit_with_two_transitions_has_no_innovation)
