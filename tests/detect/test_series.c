/* A fixed series: projected once, with its gaps, or not at all. */
#include "small_log.h"

static double fixed[2 * 7] = {2, 1, -1, 3, 0, 1, -2, NAN, 1, NAN, 4, NAN, NAN, NAN};

START_TEST(a_full_row_loses_mean_and_slope)
{
    struct arena arena;
    struct plane plane = plane_of(fixed, 1, 7);
    arena_init(&arena, 1 << 20);
    struct series series = series_make(&arena, &plane, 0);
    double sum = 0, slope = 0;
    for (size_t t = 0; t < 7; t++) {
        sum += series.projected.value[t];
        slope += ((double)t - 3) * series.projected.value[t];
    }
    ck_near(sum, 0, 1e-14);
    ck_near(slope, 0, 1e-14);
    ck_assert(series.row[0].full);
    ck_assert_ptr_null(series.row[0].slope);
    ck_near(series.row[0].norm, 20, 1e-14); /* of the row as it is given */
    arena_finish(&arena);
}
END_TEST

START_TEST(a_row_that_starts_later_is_full_from_there)
{
    struct arena arena;
    struct plane plane = plane_of(fixed, 1, 7);
    double kept = fixed[0];
    fixed[0] = NAN;
    arena_init(&arena, 1 << 20);
    struct series series = series_make(&arena, &plane, 1);
    ck_assert_uint_eq(series.row[0].count, 6);
    ck_assert(series.row[0].full);
    fixed[0] = kept;
    arena_finish(&arena);
}
END_TEST

START_TEST(two_points_are_no_series)
{
    struct arena arena;
    struct plane plane = plane_of(fixed, 2, 7);
    arena_init(&arena, 1 << 20);
    struct series series = series_make(&arena, &plane, 0);
    ck_assert_uint_eq(series.row[1].count, 0);
    for (size_t t = 0; t < 7; t++)
        ck_near(plane_row(&series.projected, 1)[t], 0, 0);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("series", a_full_row_loses_mean_and_slope, a_row_that_starts_later_is_full_from_there,
          two_points_are_no_series)
