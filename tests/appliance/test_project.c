/* Ledgers of projects: kept, loaded, merged; the state of the sequential test. */
#include "project.h"

#include "lib/temp_store.h"

static struct temp_store t;
static struct arena arena;
static const struct ledger_options plain;

#define ROW(run, day, value)                                                                       \
    "{\"run_id\":\"" run "\",\"time\":\"2026-01-0" day "T00:00:00Z\",\"system\":\"s\",\"task\":"   \
    "\"t\",\"metric\":\"m\",\"value\":" value ",\"protocol\":{\"seed\":1},\"source\":{\"path\":"   \
    "\"x\",\"sha256\":\"ab\"}}\n"

static struct ledger read_rows(const char *text)
{
    struct ledger ledger;
    struct error err = {0};
    ledger_init(&ledger, &arena);
    ck_ok(ledger_read_jsonl(&ledger, slice_of(text), &err));
    ck_ok(ledger_finish(&ledger, &plain, &err));
    return ledger;
}

START_TEST(the_state_survives_and_an_empty_one_is_the_beginning)
{
    struct error err = {0};
    struct project_state state = {
        .tests = 3, .rounds = 17, .p_value = 0.125, .spent = 0.75, .detected = 2};
    struct project_state back;
    arena_init(&arena, 1 << 20);
    struct store_project project = {.look_count = 3};
    ck_ok(project_state_read(&project, &arena, &back, &err));
    ck_assert_double_eq(back.p_value, 1);
    ck_assert_uint_eq(back.rounds, 0);
    project.state = project_state_text(&state, &arena);
    ck_ok(project_state_read(&project, &arena, &back, &err));
    ck_assert_uint_eq(back.tests, 3);
    ck_assert_uint_eq(back.rounds, 17);
    ck_assert_double_eq(back.p_value, 0.125);
    ck_assert_double_eq(back.spent, 0.75);
    ck_assert_uint_eq(back.detected, 2);
    arena_finish(&arena);
}
END_TEST

START_TEST(merging_takes_what_is_new_and_marks_it)
{
    struct error err = {0};
    size_t added;
    arena_init(&arena, 16 << 20);
    struct ledger ledger = read_rows(ROW("a", "1", "0.5"));
    struct ledger addition = read_rows(ROW("a", "1", "0.5") ROW("b", "2", "0.6"));
    addition.rows[0].source_path = S("copied/elsewhere");
    addition.rows[0].source_sha256 = S("cd");
    ck_ok(project_merge(&ledger, &addition, &added, &err));
    ck_assert_uint_eq(added, 1);
    ck_ok(ledger_finish(&ledger, &plain, &err));
    ck_assert_uint_eq(ledger.row_count, 2);
    ck_assert(!ledger.rows[0].is_new);
    ck_assert(ledger.rows[1].is_new);
    ck_assert_uint_eq(project_rounds_total(&ledger), 2);
    arena_finish(&arena);
}
END_TEST

/* The same run and file with another score must not take the place of what is there. */
START_TEST(what_came_first_stays)
{
    struct error err = {0};
    size_t added;
    arena_init(&arena, 16 << 20);
    struct ledger ledger = read_rows(ROW("a", "1", "0.5"));
    struct ledger addition = read_rows(ROW("a", "1", "0.9"));
    ck_ok(project_merge(&ledger, &addition, &added, &err));
    ck_ok(ledger_finish(&ledger, &plain, &err));
    ck_assert_uint_eq(added, 1);
    ck_assert_uint_eq(ledger.row_count, 2);
    arena_finish(&arena);
}
END_TEST

START_TEST(additions_are_loaded_in_order_and_a_missing_one_is_corrupt)
{
    struct error err = {0};
    char id[STORE_ID_MAX];
    struct ledger ledger;
    temp_open(&t);
    arena_init(&arena, 16 << 20);
    struct store_project project = {
        .id = S("prj_a"), .user_id = 3, .round_count = 2, .grade = S("C")};
    struct store_round one = {.id = store_sub_id(id, project.id, 1),
                              .user_id = 3,
                              .rows = S(ROW("a", "1", "0.5") ROW("b", "2", "0.5"))};
    ck_status(store_project_add(temp_write(&t), &project), ST_OK);
    ck_status(store_round_add(temp_write(&t), &one), ST_OK);
    ledger_init(&ledger, &arena);
    ck_ok(project_load(temp_write(&t), &project, 1, &ledger, &err));
    ck_assert_uint_eq(ledger.row_count, 2);
    ck_assert_int_eq(ledger.grade, 'C');
    ck_status(project_load(temp_write(&t), &project, 2, &ledger, &err), ST_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "round 2 of project 'prj_a' is missing"));
    temp_abort(&t);
    arena_finish(&arena);
    temp_close(&t);
}
END_TEST

START_TEST(what_makes_a_round_has_names)
{
    struct store_project project = {0};
    ck_assert_int_eq(project_round_by(&project), ROUND_BY_RUN);
    for (int i = ROUND_BY_RUN; i <= ROUND_BY_COMMIT; i++) {
        project.round_by = slice_of(round_by_name((enum round_by)i));
        ck_assert_int_eq(project_round_by(&project), i);
    }
}
END_TEST

TEST_MAIN("project", the_state_survives_and_an_empty_one_is_the_beginning,
          merging_takes_what_is_new_and_marks_it, what_came_first_stays,
          additions_are_loaded_in_order_and_a_missing_one_is_corrupt, what_makes_a_round_has_names)
