/* Planes: sums over what is there, means by column, rounding. */
#include "small_log.h"

static double values[] = {1, NAN, 3, 5, 2, NAN}; /* 2 rows of 3 */

START_TEST(missing_values_do_not_count)
{
    struct plane plane = plane_of(values, 2, 3);
    ck_assert_uint_eq(plane_finite_count(&plane), 4);
    ck_assert(!plane_is_complete(&plane));
    ck_near(plane_sum_squares(&plane), 1 + 9 + 25 + 4, 0);
    ck_near(plane_max_abs(&plane), 5, 0);
    ck_near(row_rms(values, 3), sqrt(5), 1e-15);
}
END_TEST

START_TEST(column_means_skip_missing_and_centring_removes_them)
{
    struct arena arena;
    struct plane plane = plane_of(values, 2, 3);
    double mean[3];
    arena_init(&arena, 1 << 16);
    plane_column_means(&plane, mean);
    ck_near(mean[0], 3, 0);
    ck_near(mean[1], 2, 0);
    ck_near(mean[2], 3, 0);
    struct plane centred = plane_centred(&arena, &plane);
    ck_near(plane_row(&centred, 1)[0], 2, 0);
    ck_assert(isnan(plane_row(&centred, 0)[1]));
    arena_finish(&arena);
}
END_TEST

START_TEST(rounding_is_to_nine_decimals)
{
    ck_near(round9(0.12345678949), 0.123456789, 1e-15);
    ck_near(round9(-0.12345678951), -0.123456790, 1e-15);
}
END_TEST

TEST_MAIN("plane", missing_values_do_not_count, column_means_skip_missing_and_centring_removes_them,
          rounding_is_to_nine_decimals)
