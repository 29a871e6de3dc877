/* Tests of groups of tasks: what is the same is put together, what differs is not hidden. */
#include "diff.h"

#include "lib/diff_fixture.h"

static struct import_fixture f;

/* Three runs of a task; the second one has another judge, and a limit cuts the third. */
static void task(const char *name, int samples, const char *judge)
{
    char text[3000];
    struct error err = {0};
    size_t used = 0;
    for (int i = 1; i <= 3; i++)
        used += (size_t)snprintf(
            text + used, sizeof text - used,
            "{\"run_id\":\"r%d\",\"time\":\"2026-01-0%d\",\"system\":\"s\",\"task\":\"%s\","
            "\"metric\":\"acc\",\"value\":0.5,\"n\":%d,\"protocol\":{\"judge\":\"%s\"}}\n",
            i, i, name, i == 3 ? 100 : samples, i == 1 ? "old" : judge);
    ck_ok(ledger_read_jsonl(&f.ledger, slice_of(text), &err));
}

START_TEST(tasks_that_changed_alike_are_one_group_with_ranges)
{
    fixture_begin(&f);
    task("a", 1319, "new");
    task("b", 1172, "new");
    task("c", 1500, "new");
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->task_count, 3); /* JSON keeps them all */
    ck_assert_uint_eq(diff->group_count, 1);
    const struct diff_group *group = &diff->groups[0];
    ck_assert_uint_eq(group->task_count, 3);
    ck_assert_uint_eq(group->change_count, 2);
    ck_slice(group->changes[0].field, "judge");
    ck_slice(group->changes[1].from, "1172–1500");
    ck_slice(group->changes[1].to, "100");
    ck_slice(diff->tasks[1].changes[1].from, "1172"); /* the task's own value stays */
    fixture_end(&f);
}
END_TEST

START_TEST(another_value_of_a_protocol_field_is_another_group)
{
    fixture_begin(&f);
    task("a", 1319, "new");
    task("b", 1319, "newer");
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->group_count, 2);
    ck_slice(diff->groups[1].changes[0].to, "newer");
    fixture_end(&f);
}
END_TEST

START_TEST(hashes_of_tasks_vary_without_splitting_the_group)
{
    struct error err = {0};
    fixture_begin(&f);
    ck_ok(ledger_read_jsonl(
        &f.ledger,
        S("{\"run_id\":\"r1\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"a\",\"metric\":"
          "\"m\",\"value\":1,\"protocol\":{\"task_hash\":\"1a\"}}\n"
          "{\"run_id\":\"r2\",\"time\":\"2026-01-02\",\"system\":\"s\",\"task\":\"a\",\"metric\":"
          "\"m\",\"value\":1,\"protocol\":{\"task_hash\":\"2a\"}}\n"
          "{\"run_id\":\"r1\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"b\",\"metric\":"
          "\"m\",\"value\":1,\"protocol\":{\"task_hash\":\"1b\"}}\n"
          "{\"run_id\":\"r2\",\"time\":\"2026-01-02\",\"system\":\"s\",\"task\":\"b\",\"metric\":"
          "\"m\",\"value\":1,\"protocol\":{\"task_hash\":\"2b\"}}\n"),
        &err));
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->group_count, 1);
    ck_assert_ptr_eq(diff->groups[0].changes[0].from.ptr, diff_varies.ptr);
    ck_slice(diff_value_text(diff_varies, LANG_EN), "(another in each task)");
    fixture_end(&f);
}
END_TEST

START_TEST(least_effect_decides_what_is_compared)
{
    struct error err = {0};
    fixture_begin(&f);
    task("a", 100, "new");
    task("b", 100, "new");
    f.ledger.rows[0].stderr_value = 0.1; /* a note in task a only */
    f.ledger.rows[1].stderr_value = 0.9;
    f.ledger.rows[0].has_stderr = f.ledger.rows[1].has_stderr = true;
    struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->group_count, 2);
    ck_ok(diff_group_tasks(diff, DIFF_BREAKS, &f.arena, &err));
    ck_assert_uint_eq(diff->group_count, 1);
    ck_assert_uint_eq(diff->groups[0].change_count, 1);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("diff_group", tasks_that_changed_alike_are_one_group_with_ranges,
          another_value_of_a_protocol_field_is_another_group,
          hashes_of_tasks_vary_without_splitting_the_group, least_effect_decides_what_is_compared)
