/* Tests of turning a ledger into a panel: units, rounds, one metric per task, roles, directions. */
#include "ledger_panel.h"

#include "lib/import_fixture.h"

static void add(struct import_fixture *f, const char *json)
{
    struct error err = {0};
    ck_ok(ledger_read_jsonl(&f->ledger, slice_of(json), &err));
}

#define RUN(day, task, metric, value, more)                                                        \
    "{\"run_id\":\"r" day "\",\"time\":\"2026-01-" day "\",\"system\":\"s\",\"task\":\"" task      \
    "\",\"metric\":\"" metric "\",\"value\":" value "," more "}\n"

static struct panel *panel;
static struct ledger_panel_facts facts;

static status convert(struct import_fixture *f, struct error *err)
{
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    fixture_finish(f);
    return ledger_to_panel(&f->ledger, &options, &f->arena, &panel, &facts, err);
}

START_TEST(numbers_become_settings_and_names_become_labels)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f,
        RUN("01", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":5,\"prompt_id\":\"a\",\"seed\":1}"));
    add(&f,
        RUN("02", "t", "acc", "0.6", "\"protocol\":{\"n-shot\":8,\"prompt_id\":\"b\",\"seed\":2}"));
    ck_ok(convert(&f, &err));
    ck_assert_uint_eq(panel->row_count, 2);
    ck_assert_uint_eq(panel->setting_count, 1);
    ck_slice(panel->settings[0].name, "constraint_n-shot");
    ck_assert_double_eq(panel->settings[0].values[1], 8);
    ck_assert_uint_eq(panel->category_count, 2);
    ck_assert_double_eq(panel->time[1], 2);
    ck_slice(panel->algorithms.names[panel->algorithm[0]], "t");
    fixture_end(&f);
}
END_TEST

START_TEST(one_metric_speaks_for_a_task)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f, RUN("01", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":5}"));
    add(&f, RUN("02", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":6}"));
    add(&f, RUN("01", "t", "f1", "0.7", "\"protocol\":{\"n-shot\":5}"));
    ck_ok(convert(&f, &err));
    ck_assert_uint_eq(panel->row_count, 2);
    ck_assert_uint_eq(facts.metric_rows, 1);
    ck_assert_uint_eq(facts.unit_count, 1);
    fixture_end(&f);
}
END_TEST

START_TEST(failed_and_dev_runs_stay_out)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f, RUN("01", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":5}"));
    add(&f, RUN("02", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":6},\"status\":\"failed\""));
    add(&f, RUN("03", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":7},\"split\":\"dev\""));
    ck_ok(convert(&f, &err));
    ck_assert_uint_eq(panel->row_count, 1);
    ck_assert_uint_eq(facts.failed_rows, 1);
    ck_assert_uint_eq(facts.dev_rows, 1);
    fixture_end(&f);
}
END_TEST

START_TEST(only_development_runs_are_told_apart)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f, RUN("01", "t", "acc", "0.5", "\"protocol\":{\"n-shot\":5},\"split\":\"dev\""));
    ck_status(convert(&f, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "only_development");
    fixture_end(&f);
}
END_TEST

START_TEST(lower_is_better_is_negated_per_task)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f, RUN("01", "t", "loss", "0.5", "\"direction\":\"lower\",\"protocol\":{\"n-shot\":5}"));
    add(&f, RUN("01", "u", "acc", "0.7", "\"direction\":\"higher\",\"protocol\":{\"n-shot\":5}"));
    ck_ok(convert(&f, &err));
    ck_assert_double_eq(panel->performance[0], -0.5);
    ck_assert_double_eq(panel->performance[1], 0.7);
    ck_assert(facts.negated);
    fixture_end(&f);
}
END_TEST

START_TEST(logs_without_protocol_fields_are_refused)
{
    struct import_fixture f;
    struct error err = {0};
    fixture_begin(&f);
    add(&f, RUN("01", "t", "acc", "0.5", "\"settings\":{\"lr\":5}"));
    ck_status(convert(&f, &err), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "no protocol field"));
    fixture_end(&f);
}
END_TEST

TEST_MAIN("ledger_panel", numbers_become_settings_and_names_become_labels,
          one_metric_speaks_for_a_task, failed_and_dev_runs_stay_out,
          only_development_runs_are_told_apart, lower_is_better_is_negated_per_task,
          logs_without_protocol_fields_are_refused)
