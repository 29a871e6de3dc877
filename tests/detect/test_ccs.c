/* CCS by hand and at its edges. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct indicator ccs;

static void measure(const char *csv)
{
    struct frame frame;
    ccs = (struct indicator){0};
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    const struct panel *panel = panel_of(&arena, ENGINE_CALIBRATED, csv);
    ck_ok(frame_rows(panel, PSI_RAW, &arena, &frame, &err));
    ck_ok(frame_periods(panel, &arena, &arena, &frame, &err));
    ck_ok(ccs_measure(&frame, &arena, &ccs, &err));
}

/* a: 8, 10, 12 → s = 2, CV 0.2; b: constant → 0; mean 0.1. */
START_TEST(score_is_one_minus_the_mean_variation)
{
    measure("time_period,algorithm,performance,constraint_a,constraint_b\n1,A,.1,8,5\n2,A,.1,10,"
            "5\n3,A,.1,12,5\n");
    ck_close(ccs.score, 0.9, 1e-15);
}
END_TEST

START_TEST(the_score_never_falls_below_zero)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,0\n2,A,.1,100\n3,A,.1,0\n");
    ck_assert_double_eq(ccs.score, 0);
}
END_TEST

START_TEST(a_mean_of_zero_counts_as_infinite_variation_unless_constant)
{
    measure(
        "time_period,algorithm,performance,constraint_a,constraint_b\n1,A,.1,-1,5\n2,A,.1,1,5\n");
    ck_assert_double_eq(ccs.score, 0);
    measure(
        "time_period,algorithm,performance,constraint_a,constraint_b\n1,A,.1,0,5\n2,A,.1,0,5\n");
    ck_assert_double_eq(ccs.score, 1);
}
END_TEST

START_TEST(columns_with_fewer_than_two_values_do_not_count)
{
    measure("time_period,algorithm,performance,constraint_a,constraint_b\n1,A,.1,9,8\n2,A,.1,,"
            "10\n3,A,.1,,12\n");
    ck_close(ccs.score, 0.8, 1e-15);
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,9\n2,A,.1,\n");
    ck_assert(isnan(ccs.score));
    ck_assert_str_eq(ccs.reason, "too_few_constraint_values");
}
END_TEST

TEST_MAIN("ccs", score_is_one_minus_the_mean_variation, the_score_never_falls_below_zero,
          a_mean_of_zero_counts_as_infinite_variation_unless_constant,
          columns_with_fewer_than_two_values_do_not_count)
