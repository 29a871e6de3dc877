/* Tests of the correction for many logs. */
#include "tools/detect_batch.h"

#include "lib/main.h"

#include <math.h>

static double q[8];

static void adjust(const double *p, size_t count)
{
    size_t rank[8];
    bh_adjust(p, q, rank, count);
}

START_TEST(corrected_values_are_those_of_the_definition)
{
    /* By hand: sorted p = .01 .02 .03 .04 .5, m = 5; p m / i = .05 .05 .05 .05 .5. */
    const double p[] = {0.03, 0.5, 0.01, 0.04, 0.02};
    adjust(p, 5);
    ck_assert_double_eq_tol(q[0], 0.05, 1e-12);
    ck_assert_double_eq_tol(q[1], 0.5, 1e-12);
    ck_assert_double_eq_tol(q[2], 0.05, 1e-12);
    ck_assert_double_eq_tol(q[3], 0.05, 1e-12);
    ck_assert_double_eq_tol(q[4], 0.05, 1e-12);
}
END_TEST

START_TEST(one_log_is_not_corrected)
{
    const double p[] = {0.04};
    adjust(p, 1);
    ck_assert_double_eq_tol(q[0], 0.04, 1e-12);
}
END_TEST

START_TEST(corrected_values_never_exceed_one_or_change_order)
{
    const double p[] = {0.9, 0.95, 1, 0.2};
    adjust(p, 4);
    for (int i = 0; i < 4; i++)
        ck_assert(q[i] <= 1);
    ck_assert(q[3] <= q[0]);
    ck_assert(q[0] <= q[1]);
    ck_assert(q[1] <= q[2]);
    ck_assert_double_eq_tol(q[3], 0.8, 1e-12);
    adjust(p, 0); /* no logs: nothing happens */
}
END_TEST

TEST_MAIN("detect_batch", corrected_values_are_those_of_the_definition, one_log_is_not_corrected,
          corrected_values_never_exceed_one_or_change_order)
