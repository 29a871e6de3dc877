/* Tests of comparing runs: what breaks comparability, what is expected, what is unknown. */
#include "diff.h"

#include "lib/diff_fixture.h"

static int minute;

static struct ledger_row *run(struct import_fixture *f, const char *json_protocol)
{
    struct ledger_row *row;
    char text[2000];
    struct error err = {0};
    (void)snprintf(text, sizeof text,
                   "{\"run_id\":\"r%d\",\"time\":\"2026-01-01T00:%02d:00Z\",\"system\":\"s\","
                   "\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"n\":100,\"stderr\":0.05,"
                   "\"status\":\"completed\",\"protocol\":%s,\"settings\":{\"lr\":%d}}\n",
                   minute, minute, json_protocol, minute);
    minute++;
    ck_ok(ledger_read_jsonl(&f->ledger, slice_of(text), &err));
    row = &f->ledger.rows[f->ledger.row_count - 1];
    return row;
}

START_TEST(changed_harness_breaks_comparability_at_the_run_that_changed)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{\"lm_eval_version\":\"0.4.1\"}");
    (void)run(&f, "{\"lm_eval_version\":\"0.4.1\"}");
    (void)run(&f, "{\"lm_eval_version\":\"0.4.2\"}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert(!diff->comparable);
    ck_assert_uint_eq(diff->tasks[0].change_count, 3); /* lr twice, the harness once */
    const struct diff_change *change = &diff->tasks[0].changes[1];
    ck_slice(change->field, "lm_eval_version");
    ck_slice(change->from, "0.4.1");
    ck_slice(change->to, "0.4.2");
    ck_assert_str_eq(change->kind, "harness");
    ck_slice(change->row->run_id, "r2");
    fixture_end(&f);
}
END_TEST

START_TEST(settings_may_change_and_stay_comparable)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{\"limit\":null}");
    (void)run(&f, "{\"limit\":null}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert(diff->comparable);
    ck_assert_uint_eq(diff->change_count, 1);
    ck_assert_int_eq(diff->tasks[0].changes[0].effect, DIFF_EXPECTED);
    ck_assert_uint_eq(diff->warning_count, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(absent_field_is_unknown_and_not_unchanged)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{\"limit\":null,\"chat_template_sha\":\"aa\"}");
    (void)run(&f, "{\"limit\":null}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert(diff->comparable);
    const struct diff_change *change = &diff->tasks[0].changes[0];
    ck_assert_str_eq(change->kind, "unknown");
    ck_slice(change->from, "aa");
    ck_assert_ptr_null(change->to.ptr);
    fixture_end(&f);
}
END_TEST

START_TEST(used_limit_breaks_and_is_warned_about)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{\"limit\":null}");
    run(&f, "{\"limit\":50}")->n = 50;
    const struct diff *diff = fixture_diff(&f);
    ck_assert(!diff->comparable);
    ck_assert_uint_eq(diff->warning_count, 1);
    ck_assert_str_eq(diff->warnings[0].code, "limit_used");
    ck_assert_str_eq(diff->tasks[0].changes[0].kind, "samples");
    ck_assert_str_eq(diff->tasks[0].changes[1].kind, "limit");
    fixture_end(&f);
}
END_TEST

START_TEST(failed_run_is_counted_and_not_compared)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{\"prompt\":\"a\"}");
    run(&f, "{\"prompt\":\"b\"}")->status = RUN_FAILED;
    (void)run(&f, "{\"prompt\":\"a\"}");
    const struct diff *diff = fixture_diff(&f);
    ck_assert(diff->comparable);
    ck_assert_uint_eq(diff->tasks[0].failed_count, 1);
    ck_assert_uint_eq(diff->tasks[0].run_count, 2);
    ck_assert_str_eq(diff->warnings[0].code, "failed_runs");
    fixture_end(&f);
}
END_TEST

START_TEST(an_end_that_nobody_recorded_is_said)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)run(&f, "{}");
    run(&f, "{}")->status_assumed = true; /* counts, but not silently */
    const struct diff *diff = fixture_diff(&f);
    ck_assert(diff->comparable);
    ck_assert_uint_eq(diff->tasks[0].run_count, 2);
    ck_assert_uint_eq(diff->warning_count, 1);
    ck_assert_str_eq(diff->warnings[0].code, "status_unknown");
    fixture_end(&f);
}
END_TEST

TEST_MAIN("diff", an_end_that_nobody_recorded_is_said,
          changed_harness_breaks_comparability_at_the_run_that_changed,
          settings_may_change_and_stay_comparable, absent_field_is_unknown_and_not_unchanged,
          used_limit_breaks_and_is_warned_about, failed_run_is_counted_and_not_compared)
