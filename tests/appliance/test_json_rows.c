/* Tests of logs as JSON lines and as arrays: the same panel as the CSV gives. */
#include "json_rows.h"

#include "lib/main.h"

static struct arena arena;
static struct error err;
static struct row_errors errors;

static const struct panel *read_lines(const char *text)
{
    struct panel *panel = NULL;
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    ck_ok(json_rows(slice_of(text), &options, &arena, &panel, &errors, &err));
    return panel;
}

#define ROW(t, a, y, c)                                                                            \
    "{\"time_period\":" #t ",\"algorithm\":\"" a "\",\"performance\":" #y ",\"constraint_x\":" #c  \
    ",\"other\":{\"deep\":[1,2]}}"
#define FOUR(sep)                                                                                  \
    ROW(1, "A", 0.7, 10)                                                                           \
    sep ROW(1, "B", 0.6, 11) sep ROW(2, "A", 0.72, 12) sep ROW(2, "B", 0.61, 13)

static void check_panel(const struct panel *panel)
{
    ck_assert_uint_eq(panel->row_count, 4);
    ck_assert_uint_eq(panel->setting_count, 1);
    ck_slice(panel->settings[0].name, "constraint_x");
    ck_assert_double_eq(panel->settings[0].values[3], 13);
    ck_assert_double_eq(panel->performance[2], 0.72);
    ck_assert_uint_eq(panel->algorithms.count, 2);
}

START_TEST(lines_array_and_tree_give_the_same_panel)
{
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    const struct json *tree;
    struct panel *panel;
    arena_init(&arena, 16 << 20);
    check_panel(read_lines(FOUR("\n") "\n"));
    check_panel(read_lines("[" FOUR(",") "]"));
    ck_ok(json_parse(S("[" FOUR(",") "]"), &arena, &tree, &err));
    ck_ok(json_rows_from_tree(tree, &options, &arena, &panel, &errors, &err));
    check_panel(panel);
    arena_finish(&arena);
}
END_TEST

/* Fields are counted: a member that came twice hid one that another row lacked. */
START_TEST(a_member_that_comes_twice_is_refused)
{
    const char *text = "{\"time_period\":1,\"algorithm\":\"A\",\"performance\":0.6,"
                       "\"constraint_x\":1,\"performance\":0.6}\n"
                       "{\"time_period\":1,\"algorithm\":\"B\",\"constraint_x\":1}\n" ROW(
                           2, "A", 0.72, 12) "\n" ROW(2, "B", 0.61, 13);
    const struct panel_options options = {.engine = ENGINE_CLASSIC};
    struct panel *panel = NULL;
    arena_init(&arena, 16 << 20);
    ck_status(json_rows(slice_of(text), &options, &arena, &panel, &errors, &err), ST_INVALID);
    ck_assert_uint_ge(errors.count, 1);
    ck_assert_str_eq(errors.items[0].code, "named_twice");
    ck_assert_uint_eq(errors.items[0].line, 1);
    arena_finish(&arena);
}
END_TEST

START_TEST(what_is_no_row_is_refused_with_its_number)
{
    const char *wrong[] = {ROW(1, "A", 1, 1) "\n3", "[1]", "[[]]", "\"x\"", ROW(1, "A", 1, 1) "[]"};
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    arena_init(&arena, 16 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct panel *panel;
        ck_assert_msg(json_rows(slice_of(wrong[i]), &options, &arena, &panel, &errors, &err) ==
                          ST_INVALID,
                      "%s", wrong[i]);
        ck_assert_msg(strstr(err.text, "is not a JSON object"), "%s: %s", wrong[i], err.text);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(broken_json_is_refused)
{
    struct panel *panel;
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    arena_init(&arena, 16 << 20);
    ck_status(json_rows(S(ROW(1, "A", 1, 1) "\n{"), &options, &arena, &panel, &errors, &err),
              ST_INVALID);
    ck_assert_str_eq(err.code, "invalid_json");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("json_rows", lines_array_and_tree_give_the_same_panel,
          a_member_that_comes_twice_is_refused, what_is_no_row_is_refused_with_its_number,
          broken_json_is_refused)
