/* Rows to cells: order of systems and rounds, means, joined labels, attempts. */
#include "small_log.h"

static void cells_of(struct small_log *log, bool lower, struct grid *grid, struct cells *cells)
{
    struct error err;
    ck_ok(cells_make(&log->panel, lower, &log->arena, grid, cells, &err));
}

START_TEST(systems_are_sorted_by_name_and_rounds_by_time)
{
    struct small_log *log = log_begin(2, 1, 0);
    struct grid grid;
    struct cells cells;
    log->name[0] = S("b");
    log->name[1] = S("B");
    log_row(log, 2.5, 0, 0.1);
    log_row(log, -1, 0, 0.2);
    log_row(log, 2.5, 1, 0.3);
    cells_of(log, false, &grid, &cells);
    ck_slice(grid.systems[0], "B");
    ck_near(grid.rounds[0], -1, 0);
    ck_assert(isnan(plane_row(&cells.score, 0)[0]));
    ck_near(plane_row(&cells.score, 0)[1], 0.3, 0);
    ck_near(plane_row(&cells.score, 1)[0], 0.2, 0);
    ck_assert_uint_eq(grid.row_counts[0], 0);
    log_end(log);
}
END_TEST

START_TEST(several_rows_of_a_cell_are_averaged_and_labels_joined)
{
    struct small_log *log = log_begin(1, 1, 3);
    struct grid grid;
    struct cells cells;
    for (uint32_t i = 0; i < 3; i++) {
        size_t row = log_row(log, 1, 0, 0.1 * (i + 1));
        log->label[row] = i == 1 ? 3 : 2; /* "b" twice, "c" once */
        log->setting[0][row] = i == 0 ? NAN : 10.0 * i;
    }
    cells_of(log, true, &grid, &cells);
    ck_near(grid.performance[0], 0.2, 1e-15);
    ck_near(cells.score.value[0], -0.2, 1e-15);
    ck_near(cells.setting[0].value[0], 15, 1e-12);
    ck_slice(grid.categories[0][0], "b|c");
    ck_assert_uint_eq(cells.group_count, 0);
    log_end(log);
}
END_TEST

START_TEST(reported_rows_enter_the_cell_and_attempts_become_a_group)
{
    struct small_log *log = log_begin(1, 0, 0);
    struct grid grid;
    struct cells cells;
    log->panel.reported = log->reported;
    for (uint32_t i = 0; i < 3; i++)
        log->reported[log_row(log, 1, 0, 0.1 * (i + 1))] = i == 1;
    log->reported[log_row(log, 2, 0, 0.9)] = 1; /* a single row is no choice */
    log->reported[log_row(log, 3, 0, 0.5)] = -1;
    log->reported[log_row(log, 3, 0, 0.7)] = 0; /* nothing reported: all rows count */
    cells_of(log, false, &grid, &cells);
    ck_near(cells.score.value[0], 0.2, 0);
    ck_near(cells.score.value[2], 0.6, 1e-15);
    ck_assert_uint_eq(cells.group_count, 1);
    ck_assert_uint_eq(cells.group[0].count, 3);
    ck_assert_uint_eq(cells.group[0].reported, 1);
    log_end(log);
}
END_TEST

START_TEST(labels_are_numbered_in_byte_order_and_empty_is_zero)
{
    struct small_log *log = log_begin(1, 0, 2);
    struct grid grid;
    struct cells cells;
    log->label_name[1] = S("z");
    log->label_name[2] = S("y");
    for (uint32_t t = 0; t < 3; t++)
        log->label[log_row(log, t, 0, 0.5)] = t;
    cells_of(log, false, &grid, &cells);
    ck_assert_uint_eq(cells.label[0][0], 0);
    ck_assert_uint_eq(cells.label[0][1], 2);
    ck_assert_uint_eq(cells.label[0][2], 1);
    ck_assert_uint_eq(cells.label_count[0], 3);
    log_end(log);
}
END_TEST

TEST_MAIN("cells", systems_are_sorted_by_name_and_rounds_by_time,
          several_rows_of_a_cell_are_averaged_and_labels_joined,
          reported_rows_enter_the_cell_and_attempts_become_a_group,
          labels_are_numbered_in_byte_order_and_empty_is_zero)
