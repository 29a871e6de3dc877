/* Tests of notes on runs: one line for many runs, with true counts. */
#include "diff_notes.h"

#include "lib/diff_fixture.h"

static struct import_fixture f;

static void row(const char *run, int minute, const char *task, const char *rest)
{
    char text[1000];
    struct error err = {0};
    (void)snprintf(text, sizeof text,
                   "{\"run_id\":\"%s\",\"time\":\"2026-01-01T00:%02d:00Z\",\"system\":\"s\","
                   "\"task\":\"%s\",\"metric\":\"acc\",\"value\":0.5,\"source\":{\"path\":\"p\","
                   "\"sha256\":\"ab\"},%s%s}\n",
                   run, minute, task, strstr(rest, "status") ? "" : "\"status\":\"completed\",",
                   rest);
    ck_ok(ledger_read_jsonl(&f.ledger, slice_of(text), &err));
}

static void check_note(const struct diff *diff, size_t at, enum lang lang, const char *expected)
{
    struct buf out;
    ck_assert_uint_lt(at, diff->note_count);
    buf_init_arena(&out, &f.arena, 1000);
    diff_note_put(&out, &diff->notes[at], lang);
    ck_slice(buf_slice(&out), expected);
}

START_TEST(runs_and_tasks_are_counted_once)
{
    fixture_begin(&f);
    for (int i = 1; i <= 3; i++) {
        const char *runs[] = {"", "a", "b", "c"};
        row(runs[i], i, "gsm8k", "\"protocol\":{\"limit\":100}");
        row(runs[i], i, "arc", "\"protocol\":{\"limit\":100}");
    }
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->warning_count, 6); /* JSON keeps them all */
    ck_assert_uint_eq(diff->note_count, 1);
    ck_assert_uint_eq(diff->notes[0].run_count, 3);
    check_note(diff, 0, LANG_EN,
               "3 runs from 'a' to 'c', 2 tasks: only a part of the test set was scored (limit "
               "100)");
    check_note(diff, 0, LANG_ZH,
               "3 次运行（'a' 至 'c'），2 个任务：只评测了测试集的一部分（limit 100）");
    fixture_end(&f);
}
END_TEST

START_TEST(one_and_two_runs_are_named_and_limits_kept_apart)
{
    fixture_begin(&f);
    row("a", 1, "t", "\"protocol\":{\"limit\":50}");
    row("b", 2, "t", "\"protocol\":{\"limit\":100}");
    row("c", 3, "t", "\"protocol\":{\"limit\":100}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->note_count, 2);
    check_note(diff, 0, LANG_EN,
               "run 'a', task 't': only a part of the test set was scored (limit 50)");
    check_note(diff, 1, LANG_EN,
               "runs 'b' and 'c', task 't': only a part of the test set was scored (limit 100)");
    fixture_end(&f);
}
END_TEST

START_TEST(a_dirty_tree_and_failed_runs_have_their_own_lines)
{
    fixture_begin(&f);
    row("a", 1, "t", "\"protocol\":{\"revision.dirty\":true}");
    row("b", 2, "t", "\"status\":\"failed\",\"protocol\":{}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->note_count, 2);
    check_note(diff, 0, LANG_EN, "run 'a': the working tree had changes that no commit records");
    check_note(diff, 1, LANG_EN, "task 't': 1 of 2 runs did not complete and do not count");
    check_note(diff, 1, LANG_ZH, "任务 't'：有 1 次（共 2 次）运行未完成，不计入轮次");
    fixture_end(&f);
}
END_TEST

START_TEST(a_row_without_status_counts_and_is_said)
{
    fixture_begin(&f);
    row("a", 1, "t", "\"status\":null,\"protocol\":{}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->tasks[0].run_count, 1);
    check_note(diff, 0, LANG_EN, "run 'a': no state is recorded, taken as completed");
    fixture_end(&f);
}
END_TEST

START_TEST(counts_go_on_where_the_list_of_warnings_ends)
{
    fixture_begin(&f);
    for (int i = 0; i < DIFF_WARNINGS_MAX + 200; i++) {
        char run[16];
        (void)snprintf(run, sizeof run, "r%d", i);
        row(run, i % 60, "t", "\"protocol\":{\"limit\":1}");
    }
    const struct diff *diff = fixture_diff(&f);
    ck_assert_uint_eq(diff->warning_count, DIFF_WARNINGS_MAX);
    ck_assert_uint_eq(diff->notes[0].run_count, DIFF_WARNINGS_MAX + 200);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("diff_notes", runs_and_tasks_are_counted_once,
          one_and_two_runs_are_named_and_limits_kept_apart,
          a_dirty_tree_and_failed_runs_have_their_own_lines,
          a_row_without_status_counts_and_is_said, counts_go_on_where_the_list_of_warnings_ends)
