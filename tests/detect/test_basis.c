/* Projections: trends vanish, quadratic only with twelve points, dependent columns are refused. */
#include "small_log.h"

START_TEST(a_trend_removes_lines_and_with_twelve_points_parabolas)
{
    uint32_t index[12];
    double memory[TREND_MAX * 12], line[12], square[12];
    struct trend trend;
    for (uint32_t i = 0; i < 12; i++) {
        index[i] = 3 * i;
        line[i] = 5 - 2.0 * index[i];
        square[i] = 1 + 0.5 * index[i] * index[i];
    }
    trend_make(&trend, index, 12, true, memory);
    ck_assert_uint_eq(trend.count, 3);
    trend_remove(&trend, line);
    trend_remove(&trend, square);
    for (size_t i = 0; i < 12; i++) {
        ck_near(line[i], 0, 1e-12);
        ck_near(square[i], 0, 1e-10);
    }
    trend_make(&trend, index, 11, true, memory);
    ck_assert_uint_eq(trend.count, 2);
    trend_make(&trend, index, 2, true, memory);
    ck_assert_uint_eq(trend.count, 1);
}
END_TEST

START_TEST(a_dependent_column_is_refused_and_residuals_are_orthogonal)
{
    struct arena arena;
    double a[] = {1, 2, 3, 4}, twice_a[] = {2, 4, 6, 8}, b[] = {1, -1, 1, -1}, y[] = {1, 0, 0, 5};
    const double a0[] = {1, 2, 3, 4}, b0[] = {1, -1, 1, -1};
    arena_init(&arena, 1 << 16);
    struct span span = span_make(&arena, 4, 3);
    ck_assert(span_add(&span, a, 0));
    ck_assert(!span_add(&span, twice_a, 0));
    ck_assert(span_add(&span, b, 0));
    ck_assert_uint_eq(span.count, 2);
    span_remove(&span, y);
    ck_near(dot(y, a0, 4), 0, 1e-13);
    ck_near(dot(y, b0, 4), 0, 1e-13);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_column_below_the_floor_is_refused)
{
    struct arena arena;
    double small_column[] = {1e-4, 0}, same[] = {1e-4, 0};
    arena_init(&arena, 1 << 16);
    struct span span = span_make(&arena, 2, 2);
    ck_assert(!span_add(&span, small_column, 1e-3));
    ck_assert(span_add(&span, same, 1e-5));
    arena_finish(&arena);
}
END_TEST

START_TEST(finite_places_are_listed_in_order)
{
    const double row[] = {NAN, 1, NAN, 2};
    uint32_t index[4];
    ck_assert_uint_eq(finite_index(row, 4, index), 2);
    ck_assert_uint_eq(index[0], 1);
    ck_assert_uint_eq(index[1], 3);
}
END_TEST

TEST_MAIN("basis", a_trend_removes_lines_and_with_twelve_points_parabolas,
          a_dependent_column_is_refused_and_residuals_are_orthogonal,
          a_column_below_the_floor_is_refused, finite_places_are_listed_in_order)
