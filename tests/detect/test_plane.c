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
    arena_init(&arena, 1 << 16);
    struct plane mean = plane_mean_row(&arena, &plane);
    ck_near(mean.value[0], 3, 0);
    ck_near(mean.value[1], 2, 0);
    ck_near(mean.value[2], 3, 0);
    struct plane centred = plane_centred(&arena, &plane, NULL);
    ck_near(plane_row(&centred, 1)[0], 2, 0);
    ck_assert(isnan(plane_row(&centred, 0)[1]));
    arena_finish(&arena);
}
END_TEST

/* Row k of n numbers k, k + 1, …, and how often it was computed. */
struct counted {
    size_t columns, *times;
};

static void fill_counted(const void *of, size_t row, double *ret)
{
    const struct counted *counted = of;
    ++*counted->times;
    for (size_t t = 0; t < counted->columns; t++)
        ret[t] = (double)(row + t);
}

START_TEST(a_large_plane_stays_a_rule_and_a_small_one_is_stored)
{
    struct arena arena;
    size_t times = 0;
    struct counted small_rule = {.columns = 4, .times = &times};
    struct counted large_rule = {.columns = PLANE_KEPT_MAX, .times = &times};
    arena_init(&arena, 1 << 20);
    struct plane rule = plane_by_rule(&arena, 3, 4, fill_counted, &small_rule);
    struct plane kept = plane_kept(&arena, &rule);
    ck_assert_ptr_null(kept.rule);
    ck_assert_uint_eq(times, 3);
    for (size_t k = 0; k < 3; k++)
        ck_assert_mem_eq(plane_row(&kept, k), plane_row(&rule, k), 4 * sizeof(double));
    ck_near(plane_sum_squares(&rule), plane_sum_squares(&kept), 0);
    ck_near(plane_max_abs(&rule), 5, 0);
    struct plane large = plane_by_rule(&arena, 2, PLANE_KEPT_MAX, fill_counted, &large_rule);
    struct plane same = plane_kept(&arena, &large);
    ck_assert_ptr_nonnull(same.rule);
    times = 0;
    ck_near(plane_row(&same, 1)[0], 1, 0);
    ck_near(plane_row(&same, 1)[1], 2, 0); /* stands */
    ck_assert_uint_eq(times, 1);
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
          a_large_plane_stays_a_rule_and_a_small_one_is_stored, rounding_is_to_nine_decimals)
