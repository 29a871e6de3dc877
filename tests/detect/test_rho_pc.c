/* rho_PC by hand and the cases without a value. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct indicator rho;

static void measure(const char *csv)
{
    struct frame frame;
    rho = (struct indicator){0};
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    const struct panel *panel = panel_of(&arena, ENGINE_CALIBRATED, csv);
    ck_ok(frame_rows(panel, PSI_RAW, &arena, &frame, &err));
    ck_ok(frame_periods(panel, &arena, &arena, &frame, &err));
    ck_ok(rho_pc_measure(&frame, &arena, &rho, &err));
}

/* y = 1,3,2,4 against row means 1,2,3,4: r = 4/5; two degrees of freedom: p = 1 - r. */
START_TEST(correlation_of_score_and_row_mean_by_hand)
{
    measure("time_period,algorithm,performance,constraint_a,constraint_b\n"
            "1,A,1,0,2\n2,A,3,2,2\n3,A,2,3,\n4,A,4,1,7\n");
    ck_close(rho.score, 0.8, 1e-15);
    ck_close(rho.p_value, 0.2, 1e-13);
    ck_assert(!rho.significant);
}
END_TEST

START_TEST(the_sign_follows_the_direction)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,5,1\n2,A,4,2\n3,A,3,3\n4,A,1,4\n5,"
            "A,0,5\n");
    ck_assert_double_lt(rho.score, -0.98);
    ck_assert(rho.significant);
}
END_TEST

START_TEST(undefined_correlation_says_why)
{
    measure("time_period,algorithm,performance,constraint_a\n1,A,5,1\n2,A,5,2\n3,A,5,3\n");
    ck_assert(isnan(rho.score) && isnan(rho.p_value) && !rho.significant);
    ck_assert_str_eq(rho.reason, "constant_performance");
    measure("time_period,algorithm,performance,constraint_a\n1,A,5,1\n2,A,6,1\n3,A,5,1\n");
    ck_assert_str_eq(rho.reason, "constant_constraints");
    measure("time_period,algorithm,performance,constraint_a\n1,A,5,1\n2,A,6,2\n");
    ck_assert_str_eq(rho.reason, "too_few_rows");
    measure("time_period,algorithm,performance,constraint_a\n1,A,5,1\n2,A,6,\n3,A,7,2\n");
    ck_assert_str_eq(rho.reason, "constraints_missing_in_row");
    measure("time_period,algorithm,performance,top_k\n1,A,5,1\n2,A,6,2\n3,A,7,2\n");
    ck_assert_str_eq(rho.reason, "no_constraint_columns");
}
END_TEST

TEST_MAIN("rho_pc", correlation_of_score_and_row_mean_by_hand, the_sign_follows_the_direction,
          undefined_correlation_says_why)
