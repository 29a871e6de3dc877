/* One new row against the frozen protocol: each change has its name. */
#include "lib/frozen.h"

#define WITH(fields) "{\"judge\":\"g\",\"limit\":null,\"seed\":1," fields "}"

START_TEST(each_change_is_named)
{
    static const struct {
        const char *kind;
        struct frozen_row row;
        const char *from, *to;
    } cases[] = {
        {"limit_changed", {.protocol = "{\"judge\":\"g\",\"limit\":9,\"seed\":1}"}, "null", "9"},
        {"judge_changed", {.protocol = "{\"judge\":\"x\",\"limit\":null,\"seed\":1}"}, "g", "x"},
        {"seed_changed", {.protocol = "{\"judge\":\"g\",\"limit\":null,\"seed\":2}"}, "1", "2"},
        {"field_missing", {.protocol = "{\"judge\":\"g\",\"limit\":null}"}, "1", NULL},
        {"field_added", {.protocol = WITH("\"new\":1")}, NULL, "1"},
        {"dirty_tree", {.protocol = WITH("\"revision.dirty\":true")}, NULL, "true"},
        {"threshold_changed", {.protocol = WITH("\"threshold\":0.7")}, NULL, "0.7"},
        {"task_added", {.task = "c"}, NULL, "c"},
        {"system_changed", {.lineage = "z"}, NULL, "z"},
        {"split_changed", {.split = "dev"}, NULL, "dev"},
        {"direction_changed", {.direction = "lower"}, "higher", "lower"},
        {"samples_fewer", {.n = 99}, "100", "99"},
        {"samples_more", {.n = 101}, "100", "101"},
        {"samples_unknown", {.n = -1}, "100", NULL},
        {"run_before_freeze", {.day = -1}, NULL, "2025-10-01T00:00:00Z"},
        {"run_failed", {.status = "failed", .value = "null"}, "completed", "failed"},
        {"run_unfinished", {.status = "running", .value = "null"}, "completed", "running"},
        {"score_missing", {.value = "null"}, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct frozen f;
        frozen_begin(&f, FROZEN_PLAN);
        (void)frozen_add(&f, true, cases[i].row);
        frozen_find(&f);
        frozen_expect(&f, 1, cases[i].kind);
        if (cases[i].from)
            ck_slice(f.found.at[0].from, cases[i].from);
        if (cases[i].to)
            ck_slice(f.found.at[0].to, cases[i].to);
        else
            ck_assert_ptr_null(f.found.at[0].to.ptr);
        frozen_end(&f);
    }
}
END_TEST

START_TEST(a_threshold_that_is_as_agreed_is_no_added_field)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, true, (struct frozen_row){.protocol = WITH("\"threshold\":0.8")});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    frozen_end(&f);
}
END_TEST

START_TEST(a_task_has_its_own_fields_and_samples)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, true, (struct frozen_row){.task = "b", .n = 50});
    frozen_find(&f);
    frozen_expect(&f, 1, "judge_changed"); /* task b has judge h */
    ck_slice(f.found.at[0].from, "h");
    frozen_end(&f);
}
END_TEST

START_TEST(a_run_may_not_be_older_than_one_before_it)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_ONE);
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1", .day = 5});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r2", .day = 5});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r3", .day = 4});
    frozen_find(&f);
    frozen_expect(&f, 1, "time_goes_back");
    frozen_end(&f);
}
END_TEST

START_TEST(periods_of_a_table_are_no_times)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_ONE);
    (void)frozen_add(&f, true, (struct frozen_row){.day = -1, .task = "table"});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    frozen_end(&f);
}
END_TEST

START_TEST(rounds_beyond_the_plan_are_told_one_by_one)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_ONE);
    for (int i = 1; i <= 7; i++)
        (void)frozen_add(
            &f, i > 3, (struct frozen_row){.run = arena_printf(&f.arena, "r%d", i).ptr, .day = i});
    frozen_find(&f);
    frozen_expect(&f, 2, "round_beyond_plan"); /* five were planned */
    frozen_end(&f);
}
END_TEST

TEST_MAIN("deviation_row", each_change_is_named, a_threshold_that_is_as_agreed_is_no_added_field,
          a_task_has_its_own_fields_and_samples, a_run_may_not_be_older_than_one_before_it,
          periods_of_a_table_are_no_times, rounds_beyond_the_plan_are_told_one_by_one)
