/* Periods in order, rows by period, row means, units of PSI. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct frame frame;

static void build(const char *csv, enum psi_scale scale)
{
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    const struct panel *panel = panel_of(&arena, ENGINE_CALIBRATED, csv);
    ck_ok(frame_rows(panel, scale, &arena, &frame, &err));
    ck_ok(frame_periods(panel, &arena, &arena, &frame, &err));
}

START_TEST(periods_are_sorted_and_rows_follow_them)
{
    build("time_period,algorithm,performance,constraint_a,constraint_b\n"
          "3,A,.1,1,10\n-1,A,.2,2,\n0,B,.3,3,30\n3,B,.4,4,40\n-0,C,.5,5,50\n",
          PSI_RAW);
    ck_assert_uint_eq(frame.period_count, 3);
    ck_assert_double_eq(frame.period_values[0], -1);
    ck_assert_double_eq(frame.period_values[2], 3);
    const uint32_t order[] = {1, 2, 4, 0, 3};
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(frame.by_period[i], order[i]);
    ck_assert_double_eq(frame.row_mean[0], 5.5);
    ck_assert_double_eq(frame.row_mean[1], 2); /* the missing value is left out */
    ck_assert(!frame.constraint_missing_in_row);
}
END_TEST

START_TEST(columns_without_values_and_unprefixed_settings_stay_out)
{
    build("time_period,algorithm,performance,constraint_a,temperature,constraint_b\n"
          "1,A,.1,,1,10\n2,A,.2,,2,\n",
          PSI_RAW);
    ck_assert_uint_eq(frame.constraint_count, 1);
    ck_slice(frame.constraint_name[0], "constraint_b");
    ck_assert(frame.constraint_missing_in_row);
    ck_assert(isnan(frame.row_mean[1]));
}
END_TEST

START_TEST(units_follow_the_scale)
{
    const char *csv = "time_period,algorithm,performance,constraint_a,constraint_b\n"
                      "1,A,.1,-2,7\n2,A,.2,-4,7\n3,A,.2,-6,7\n";
    build(csv, PSI_RAW);
    ck_assert_double_eq(frame.psi_unit[0], 1);
    build(csv, PSI_ZSCORE);
    ck_assert_double_eq(frame.psi_unit[0], 2);
    ck_assert(isinf(frame.psi_unit[1])); /* constant: no step */
    build(csv, PSI_RELATIVE);
    ck_assert_double_eq(frame.psi_unit[0], 4);
}
END_TEST

START_TEST(many_distinct_times_are_ordered)
{
    struct buf csv;
    buf_init(&csv, 1 << 20);
    buf_put_str(&csv, "time_period,algorithm,performance,constraint_a\n");
    for (int i = 0; i < 5000; i++)
        buf_printf(&csv, "%d,A,.5,%d\n", (i * 1237) % 5000 - 2500, i);
    buf_put_byte(&csv, 0);
    build(csv.ptr, PSI_RAW);
    ck_assert_uint_eq(frame.period_count, 5000);
    for (size_t t = 0; t < 5000; t++)
        ck_assert_double_eq(frame.time[frame.by_period[t]], (double)t - 2500);
    buf_finish(&csv);
}
END_TEST

TEST_MAIN("frame", periods_are_sorted_and_rows_follow_them,
          columns_without_values_and_unprefixed_settings_stay_out, units_follow_the_scale,
          many_distinct_times_are_ordered)
