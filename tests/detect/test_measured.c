/* Which simulated shape a log is compared with. */
#include "detect/render.h"
#include "lib/main.h"

START_TEST(the_nearest_shape_is_found)
{
    const struct report_measured *row = report_measured(5, 13);
    ck_assert_ptr_nonnull(row);
    ck_assert_uint_eq(row->rounds, 12);
    ck_assert_uint_le(row->systems_low, 5);
    ck_assert_uint_ge(row->systems_high, 5);
    ck_assert_uint_eq(report_measured(1, 26)->rounds, 30);
    ck_assert_uint_eq(report_measured(1, 5)->rounds, 6);
}
END_TEST

START_TEST(shapes_that_were_not_simulated_have_no_rates)
{
    ck_assert_ptr_null(report_measured(9, 12)); /* more systems than any simulated log */
    ck_assert_ptr_null(report_measured(0, 12));
    ck_assert_ptr_null(report_measured(2, 4)); /* rounds: beyond a factor of 1.5 */
    ck_assert_ptr_null(report_measured(2, 61));
    ck_assert_ptr_null(report_measured(2, 0));
}
END_TEST

START_TEST(every_row_holds_rates_of_many_logs)
{
    for (size_t systems = 1; systems <= 8; systems++) {
        const struct report_measured *row = report_measured(systems, 20);
        ck_assert_ptr_nonnull(row);
        ck_assert(row->false_positive_rate > 0 && row->false_positive_rate < 0.1);
        ck_assert(row->power > row->false_positive_rate && row->power < 1);
        ck_assert_uint_gt(row->honest_count, 100);
        ck_assert_uint_gt(row->circular_count, 100);
        ck_assert_uint_gt(row->corpus.len, 0);
    }
}
END_TEST

TEST_MAIN("measured", the_nearest_shape_is_found, shapes_that_were_not_simulated_have_no_rates,
          every_row_holds_rates_of_many_logs)
