/* PSI by hand, its units, and the cases without a value. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct indicator psi;

static void measure(const char *csv, enum psi_scale scale)
{
    struct frame frame;
    psi = (struct indicator){0};
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    const struct panel *panel = panel_of(&arena, ENGINE_CALIBRATED, csv);
    ck_ok(frame_rows(panel, scale, &arena, &frame, &err));
    ck_ok(frame_periods(panel, &arena, &arena, &frame, &err));
    ck_ok(psi_measure(&frame, &arena, &psi, &err));
}

/* Means (0,0), (3,4), (3,4): steps 5 and 0, mean 2.5. */
START_TEST(steps_are_euclidean_between_period_means)
{
    measure("time_period,algorithm,performance,constraint_a,constraint_b\n"
            "1,A,.1,-1,0\n1,B,.1,1,0\n2,A,.1,3,4\n3,A,.1,3,4\n",
            PSI_RAW);
    ck_assert_double_eq(psi.score, 2.5);
    ck_assert_ptr_null(psi.reason);
}
END_TEST

START_TEST(relative_steps_do_not_depend_on_units)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,100\n2,A,.1,110\n3,A,.1,90\n",
            PSI_RELATIVE);
    ck_close(psi.score, 0.15, 1e-15); /* steps 10 and 20 of a mean of 100 */
    double before = psi.score;
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,100000\n2,A,.1,110000\n3,A,.1,"
            "90000\n",
            PSI_RELATIVE);
    ck_close(psi.score, before, 1e-15);
}
END_TEST

START_TEST(huge_and_tiny_constraints_keep_their_step)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,1e300\n2,A,.1,3e300\n",
            PSI_RAW);
    ck_close(psi.score / 2e300, 1, 1e-15);
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,1e-300\n2,A,.1,3e-300\n",
            PSI_RAW);
    ck_close(psi.score / 2e-300, 1, 1e-15);
}
END_TEST

START_TEST(undefined_psi_says_why)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,1\n1,B,.1,2\n", PSI_RAW);
    ck_assert_str_eq(psi.reason, "too_few_periods");
    measure("time_period,algorithm,performance,constraint_a,constraint_b\n1,A,.1,1,1\n2,A,.1,,1\n3,"
            "A,.1,2,1\n",
            PSI_RAW);
    ck_assert(isnan(psi.score));
    ck_assert_str_eq(psi.reason, "constraint_missing_in_period");
    measure("time_period,algorithm,performance,constraint_a\n1,A,.1,\n2,A,.1,\n", PSI_RAW);
    ck_assert_str_eq(psi.reason, "no_constraint_values");
    measure("time_period,algorithm,performance,temperature\n1,A,.1,1\n2,A,.1,2\n", PSI_RAW);
    ck_assert_str_eq(psi.reason, "no_constraint_columns");
}
END_TEST

TEST_MAIN("psi", steps_are_euclidean_between_period_means, relative_steps_do_not_depend_on_units,
          huge_and_tiny_constraints_keep_their_step, undefined_psi_says_why)
