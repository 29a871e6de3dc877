/* Row-wise building: columns that appear late, types, dropped rows, roles, limits. */
#include "detect/panel.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct panel_options options;
static struct panel_builder *builder;
static struct panel *panel;

static void setup(enum engine engine)
{
    arena_init(&arena, 1 << 24);
    options = (struct panel_options){.engine = engine};
    ck_ok(panel_builder_begin(&options, &arena, &builder, &err));
}

static void put_row(size_t line, double time, slice algorithm, double performance)
{
    panel_builder_row(builder, line);
    panel_builder_number(builder, S("time_period"), time);
    panel_builder_text(builder, S("algorithm"), algorithm);
    panel_builder_number(builder, S("performance"), performance);
}

START_TEST(names_have_the_roles_of_their_engine)
{
    ck_assert_int_eq(column_role(S("constraint_x"), ENGINE_CLASSIC), ROLE_SETTING);
    ck_assert_int_eq(column_role(S("temperature"), ENGINE_CALIBRATED), ROLE_SETTING);
    ck_assert_int_eq(column_role(S("temperature"), ENGINE_CLASSIC), ROLE_NONE);
    ck_assert_int_eq(column_role(S("judge_model"), ENGINE_CALIBRATED), ROLE_CATEGORY);
    ck_assert_int_eq(column_role(S("reported"), ENGINE_CALIBRATED), ROLE_REPORTED);
    ck_assert_int_eq(column_role(S("Performance"), ENGINE_CALIBRATED), ROLE_NONE);
}
END_TEST

START_TEST(a_column_that_appears_late_is_missing_before)
{
    setup(ENGINE_CALIBRATED);
    put_row(1, 1, S("a"), 0.5);
    put_row(2, 2, S("a"), 0.6);
    panel_builder_number(builder, S("temperature"), 0.7);
    panel_builder_text(builder, S("prompt_id"), S(" v1 "));
    panel_builder_text(builder, S("comment"), S("not used"));
    put_row(3, 3, S("b"), 0.7);
    panel_builder_flag(builder, S("constraint_flag"), true);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_uint_eq(panel->row_count, 3);
    ck_assert_uint_eq(panel->setting_count, 2);
    ck_slice(panel->settings[0].name, "constraint_flag"); /* prefixed ones come first */
    ck_assert_uint_eq(panel->settings[0].missing_count, 2);
    ck_assert_double_eq(panel->settings[0].values[2], 1);
    ck_assert(isnan(panel->settings[1].values[0]));
    ck_assert_double_eq(panel->settings[1].values[1], 0.7);
    ck_assert_uint_eq(panel->category_count, 1);
    ck_assert_uint_eq(panel->categories[0].labels[0], 0);
    ck_slice(panel->categories[0].table.names[panel->categories[0].labels[1]], "v1");
    ck_assert_uint_eq(panel->categories[0].labels[2], 0);
    ck_assert_uint_eq(panel->line[2], 3);
    ck_assert_ptr_null(panel->reported);
}
END_TEST

START_TEST(rows_without_score_or_time_are_dropped_and_counted)
{
    setup(ENGINE_CALIBRATED);
    put_row(1, 1, S("only-here"), NAN);
    panel_builder_number(builder, S("constraint_c"), 1);
    put_row(2, NAN, S("b"), 0.5);
    put_row(3, 3, S("a"), 0.5);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_uint_eq(panel->row_count, 1);
    ck_assert_uint_eq(panel->source_row_count, 3);
    ck_assert_uint_eq(panel->dropped_performance, 1);
    ck_assert_uint_eq(panel->dropped_time, 1);
    ck_assert_uint_eq(panel->algorithms.count, 1); /* a dropped row brings no system */
    ck_slice(panel->algorithms.names[0], "a");
    ck_assert(isnan(panel->settings[0].values[0]));
    ck_assert_uint_eq(panel->notes.count, 2);
}
END_TEST

START_TEST(rows_before_the_first_score_are_dropped)
{
    setup(ENGINE_CALIBRATED);
    panel_builder_row(builder, 1); /* names neither score nor time */
    panel_builder_text(builder, S("algorithm"), S("a"));
    panel_builder_number(builder, S("constraint_c"), 1);
    put_row(2, 1, S("a"), 0.5);
    panel_builder_number(builder, S("constraint_c"), 2);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_uint_eq(panel->row_count, 1);
    ck_assert_uint_eq(panel->dropped_performance, 1);
    ck_assert(panel->settings[0].values[0] > 1.9);
}
END_TEST

START_TEST(a_row_without_a_system_does_not_join_the_next_one)
{
    setup(ENGINE_CALIBRATED);
    panel_builder_row(builder, 1);
    panel_builder_number(builder, S("time_period"), 1);
    panel_builder_number(builder, S("performance"), 0.5);
    panel_builder_number(builder, S("constraint_c"), 1);
    put_row(2, 1, S("a"), 0.5);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_uint_eq(panel->algorithms.count, 2);
    ck_slice(panel->algorithms.names[panel->algorithm[0]], "");
    ck_slice(panel->algorithms.names[panel->algorithm[1]], "a");
}
END_TEST

START_TEST(many_rows_keep_their_values_while_columns_grow)
{
    setup(ENGINE_CALIBRATED);
    for (size_t i = 0; i < 5000; i++) {
        put_row(i + 1, (double)i, i % 2 ? S("a") : S("b"), (double)i / 5000);
        panel_builder_number(builder, S("constraint_c"), (double)(i * i));
    }
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_uint_eq(panel->row_count, 5000);
    for (size_t i = 0; i < 5000; i++) {
        ck_assert_double_eq(panel->time[i], (double)i);
        ck_assert_double_eq(panel->performance[i], (double)i / 5000);
        ck_assert_double_eq(panel->settings[0].values[i], (double)(i * i));
        ck_assert_uint_eq(panel->algorithm[i], i % 2);
        ck_assert_uint_eq(panel->line[i], i + 1);
    }
}
END_TEST

START_TEST(numbers_serve_as_names_and_labels)
{
    setup(ENGINE_CALIBRATED);
    panel_builder_row(builder, 1);
    panel_builder_number(builder, S("time_period"), 1);
    panel_builder_number(builder, S("algorithm"), 7);
    panel_builder_text(builder, S("performance"), S("61.5%"));
    panel_builder_number(builder, S("protocol_version"), 1.5);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_slice(panel->algorithms.names[0], "7");
    ck_slice(panel->categories[0].table.names[1], "1.5");
    ck_assert_double_eq(panel->performance[0], 0.615);
}
END_TEST

START_TEST(a_map_renames_and_sets_the_old_column_aside)
{
    const struct column_map map = {S("accuracy"), S("performance")};
    setup(ENGINE_CALIBRATED);
    options.map = &map;
    options.map_count = 1;
    put_row(1, 1, S("a"), 0.1); /* this performance is set aside */
    panel_builder_number(builder, S("accuracy"), 0.9);
    panel_builder_number(builder, S("constraint_c"), 1);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    ck_assert_double_eq(panel->performance[0], 0.9);
}
END_TEST

START_TEST(infinite_numbers_are_refused_with_their_place)
{
    static struct row_errors errors;
    setup(ENGINE_CALIBRATED);
    put_row(1, 1, S("a"), 0.5);
    panel_builder_number(builder, S("constraint_c"), 3);
    put_row(2, 2, S("a"), 0.5);
    panel_builder_number(builder, S("constraint_c"), INFINITY);
    ck_status(panel_builder_end(builder, &panel, &errors, &err), ST_INVALID);
    ck_assert_uint_eq(errors.total, 1);
    ck_assert_uint_eq(errors.items[0].line, 2);
    ck_slice(errors.items[0].column, "constraint_c");
    ck_assert_str_eq(errors.items[0].code, "not_finite");
}
END_TEST

START_TEST(the_row_limit_of_the_plan_holds)
{
    setup(ENGINE_CALIBRATED);
    options.rows_max = 2;
    for (size_t i = 0; i < 2; i++)
        put_row(i, (double)i, S("a"), 0.5);
    panel_builder_flag(builder, S("reported"), true);
    ck_ok(panel_builder_end(builder, &panel, NULL, &err));
    setup(ENGINE_CALIBRATED);
    options.rows_max = 2;
    for (size_t i = 0; i < 3; i++)
        put_row(i, (double)i, S("a"), 0.5);
    ck_status(panel_builder_end(builder, &panel, NULL, &err), ST_LIMIT);
    ck_assert_str_eq(err.code, "rows");
}
END_TEST

START_TEST(a_full_arena_is_an_error_not_a_crash)
{
    for (size_t cap = 1 << 14; cap < 1 << 18; cap += 1999) {
        arena_init(&arena, cap);
        options = (struct panel_options){.engine = ENGINE_CALIBRATED};
        if (panel_builder_begin(&options, &arena, &builder, &err) == ST_OK) {
            for (size_t i = 0; i < 3000; i++) {
                char name[32];
                put_row(i, (double)i, slice_make(name, (size_t)snprintf(name, 32, "n%zu", i)), 0.5);
                panel_builder_number(builder, S("constraint_c"), 1);
            }
            ck_status(panel_builder_end(builder, &panel, NULL, &err), ST_TOO_LARGE);
        }
        arena_finish(&arena);
    }
}
END_TEST

TEST_MAIN("panel", names_have_the_roles_of_their_engine,
          a_column_that_appears_late_is_missing_before,
          rows_without_score_or_time_are_dropped_and_counted,
          rows_before_the_first_score_are_dropped,
          a_row_without_a_system_does_not_join_the_next_one,
          many_rows_keep_their_values_while_columns_grow, numbers_serve_as_names_and_labels,
          a_map_renames_and_sets_the_old_column_aside,
          infinite_numbers_are_refused_with_their_place, the_row_limit_of_the_plan_holds,
          a_full_arena_is_an_error_not_a_crash)
