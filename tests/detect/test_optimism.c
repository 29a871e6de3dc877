/* Expected maximum of normals: known values and edges. */
#include "detect/detect.h"
#include "lib/main.h"

#include <math.h>

START_TEST(one_attempt_has_no_optimism)
{
    ck_assert_double_eq(selection_optimism(1, 0.01), 0);
}
END_TEST

/* m = 2: 1/sqrt(pi); m = 3: 3/(2 sqrt(pi)); m = 10: 1.5387527308 (Harter 1961, table 1). */
START_TEST(known_expected_maxima_come_back)
{
    const double pi = 3.141592653589793;
    ck_assert_double_eq_tol(selection_optimism(2, 1), 1 / sqrt(pi), 1e-9);
    ck_assert_double_eq_tol(selection_optimism(3, 2), 3 / sqrt(pi), 1e-9);
    ck_assert_double_eq_tol(selection_optimism(10, 1), 1.5387527308, 1e-9);
    ck_assert_double_eq_tol(selection_optimism(1000, 1), 3.2414357691, 1e-6);
}
END_TEST

START_TEST(optimism_grows_with_attempts_up_to_the_largest_number)
{
    double before = 0;
    for (uint32_t m = 2; m < 1u << 31; m *= 2) {
        double now = selection_optimism(m, 1);
        ck_assert(now > before);
        ck_assert(now < sqrt(2 * log(m)) + 0.6);
        before = now;
    }
}
END_TEST

START_TEST(unknown_attempts_or_error_give_no_number)
{
    ck_assert(isnan(selection_optimism(0, 0.01)));
    ck_assert(isnan(selection_optimism(5, NAN)));
    ck_assert(isnan(selection_optimism(5, -1)));
    ck_assert(isnan(selection_optimism(5, INFINITY)));
}
END_TEST

TEST_MAIN("optimism", one_attempt_has_no_optimism, known_expected_maxima_come_back,
          optimism_grows_with_attempts_up_to_the_largest_number,
          unknown_attempts_or_error_give_no_number)
