/* Tests of choosing readers, and of the readers of tables: MLflow, W&B, OpenCompass, Every Eval
 * Ever. */
#include "lib/import_fixture.h"
#include "lib/zip_fixture.h"

static const struct ledger_row *only_row(const struct import_fixture *f)
{
    ck_assert_msg(f->ledger.row_count == 1, "%zu rows, %s", f->ledger.row_count,
                  f->ledger.excluded_count ? f->ledger.excluded[0].reason.ptr : "none refused");
    return &f->ledger.rows[0];
}

START_TEST(unknown_file_is_excluded_with_the_reason)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "x.json", S("{\"hello\":1}"));
    fixture_finish(&f);
    fixture_refused(&f, "no known evaluation log");
    fixture_end(&f);
}
END_TEST

START_TEST(mlflow_command_line_export)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(
        &f, "runs.csv",
        S("run_id,status,start_time,metrics.acc,params.lr,tags.mlflow.parentRunId,params.model\r\n"
          "a1,FINISHED,2026-01-02 03:04:05.678000+00:00,'-0.5,0.1,p1,m\r\n"));
    fixture_finish(&f);
    const struct ledger_row *row = only_row(&f);
    ck_assert_double_eq(row->value, -0.5);
    ck_slice(row->run_id, "a1");
    ck_slice(row->metric, "acc");
    ck_slice(row->system, "m");
    ck_slice(fields_find(&row->settings, S("sweep_parent"))->text, "p1");
    ck_slice(fields_find(&row->settings, S("lr"))->text, "0.1");
    fixture_end(&f);
}
END_TEST

START_TEST(mlflow_web_export_needs_the_metric)
{
    const slice csv =
        S("Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,lr,acc\n"
          "2026-01-02 03:04:05,5s,a1,run,LOCAL,x.py,bob,FAILED,0.1,0.7\n");
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "runs.csv", csv);
    fixture_refused(&f, "--metric");
    fixture_end(&f);
    fixture_begin(&f);
    f.options.metric = S("acc");
    fixture_read(&f, "runs.csv", csv);
    fixture_finish(&f);
    ck_assert_double_eq(only_row(&f)->value, 0.7);
    ck_assert_int_eq(only_row(&f)->status, RUN_FAILED);
    fixture_end(&f);
}
END_TEST

START_TEST(wandb_dictionaries_in_pythons_notation)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "project.csv",
                 S(",name,config,summary\n"
                   "0,run-1,\"{'lr': 0.1, 'model': 'm', 'on': True, 'note': \"\"it's\"\"}\","
                   "\"{'acc': 0.8, '_timestamp': 1767225600.25, '_step': 3}\"\n"));
    fixture_finish(&f);
    const struct ledger_row *row = only_row(&f);
    ck_assert_double_eq(row->value, 0.8);
    ck_assert_int_eq(row->time_ms, INT64_C(1767225600250));
    ck_slice(row->system, "m");
    ck_slice(fields_find(&row->settings, S("note"))->text, "it's");
    ck_slice(fields_find(&row->settings, S("on"))->text, "true");
    fixture_end(&f);
}
END_TEST

START_TEST(wandb_without_a_time_is_refused)
{
    struct import_fixture f;
    fixture_begin(&f);
    f.options.metric = S("acc");
    fixture_read(&f, "project.csv", S("name,state,acc,lr\nr1,finished,0.5,0.1\n"));
    fixture_refused(&f, "no time of the run");
    fixture_end(&f);
}
END_TEST

START_TEST(opencompass_summary_is_unpivoted)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "summary/summary_20260102_030405.csv",
                 S("dataset,version,metric,mode,m-1,m-2\n"
                   "mmlu,a1b2,accuracy,gen,61.25,-\nceval,-,-,-,-,-\n"));
    fixture_finish(&f);
    const struct ledger_row *row = only_row(&f);
    ck_slice(row->system, "m-1");
    ck_slice(row->task, "mmlu");
    ck_assert_double_eq(row->value, 61.25);
    ck_slice(protocol_of(row, "version")->text, "a1b2");
    ck_slice(protocol_of(row, "mode")->text, "gen");
    fixture_end(&f);
}
END_TEST

START_TEST(opencompass_result_with_error_is_a_failed_run)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "out/20260102_030405/results/m-1/mmlu.json",
                 S("{\"error\":\"out of memory\"}"));
    fixture_finish(&f);
    ck_assert_int_eq(only_row(&f)->status, RUN_FAILED);
    ck_slice(only_row(&f)->task, "mmlu");
    fixture_end(&f);
}
END_TEST

#define EEE(version)                                                                               \
    "{\"schema_version\":\"" version "\",\"evaluation_id\":\"e/1\",\"retrieved_timestamp\":"       \
    "\"1767225600\",\"source_metadata\":{},\"eval_library\":{\"name\":\"lm_eval\",\"version\":"    \
    "\"0.4.5\"},\"model_info\":{\"id\":\"acme/m\"},\"evaluation_results\":[{\"evaluation_name\":"  \
    "\"gsm8k\",\"source_data\":{\"dataset_name\":\"gsm8k\"},\"metric_config\":{"                   \
    "\"lower_is_better\":true},\"score_details\":{\"score\":0.4,\"uncertainty\":{"                 \
    "\"standard_error\":{\"value\":0.01},\"num_samples\":100}},\"generation_config\":{"            \
    "\"generation_args\":{\"temperature\":0}}}]}"

START_TEST(every_eval_ever_of_both_versions_and_no_other)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "a.json", S(EEE("0.2.1")));
    fixture_finish(&f);
    const struct ledger_row *row = only_row(&f);
    ck_slice(row->system, "acme/m");
    ck_assert_int_eq(row->direction, DIRECTION_LOWER);
    ck_assert_int_eq(row->n, 100);
    ck_slice(protocol_of(row, "harness_version")->text, "0.4.5");
    fixture_end(&f);
    fixture_begin(&f);
    fixture_read(&f, "a.json", S(EEE("0.3.0")));
    ck_assert_uint_eq(f.ledger.row_count, 1);
    fixture_end(&f);
    fixture_begin(&f);
    fixture_read(&f, "a.json", S(EEE("1.0.0")));
    fixture_refused(&f, "schema version '1.0.0' is not known");
    fixture_end(&f);
}
END_TEST

/* More values than a tree holds, in the members that nobody reads. */
START_TEST(samples_and_answers_do_not_fill_the_tree)
{
    struct import_fixture f;
    struct buf text;
    fixture_begin(&f);
    buf_init_arena(&text, &f.arena, 8 << 20);
    buf_put_str(&text, "{\"accuracy\":61.25,\"details\":{\"0\":{\"pred\":[0");
    for (int i = 0; i < 150000; i++)
        buf_put_str(&text, ",1");
    buf_put_str(&text, "]}},\"details2\":[1],\"type_score\":50}");
    fixture_read(&f, "out/20260102_030405/results/m-1/mmlu.json", buf_slice(&text));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 2);
    ck_assert_double_eq(f.ledger.rows[0].value, 61.25);
    ck_assert_double_eq(f.ledger.rows[1].value, 50);
    fixture_end(&f);
}
END_TEST

START_TEST(a_suite_of_a_thousand_tasks_is_read)
{
    struct import_fixture f;
    struct buf text;
    fixture_begin(&f);
    buf_init_arena(&text, &f.arena, 8 << 20);
    buf_put_str(&text, "{\"results\":{");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%s\"task%d\":{\"acc,none\":0.%03d}", i ? "," : "", i, i);
    buf_put_str(&text, "},\"versions\":{},\"model_name\":\"a/b\",\"date\":1767225600}");
    fixture_read(&f, "results.json", buf_slice(&text));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 1000);
    fixture_end(&f);
}
END_TEST

START_TEST(hostile_archives_are_refused_with_the_reason)
{
    static const struct {
        const char *name, *reason;
        size_t zeros;
    } cases[] = {{"../a.json", "unsafe name", 1},
                 {"/etc/a.json", "unsafe name", 1},
                 {"a/../../b.json", "unsafe name", 1},
                 {"a.json", "more than 200 times its size", IMPORT_FILE_BYTES_MAX}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct import_fixture f;
        struct zip_fixture zip = {0};
        fixture_begin(&f);
        zip_add_zeros(&zip, slice_of(cases[i].name), cases[i].zeros);
        fixture_read(&f, "logs.zip", zip_end(&zip));
        fixture_refused(&f, cases[i].reason);
        fixture_end(&f);
        buf_finish(&zip.bytes);
    }
}
END_TEST

START_TEST(hand_made_table_is_grade_c)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.csv",
                 S("time_period,algorithm,performance,constraint_compute\n"
                   "1,A,0.5,10\n2,A,0.6,20\n"));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 2);
    ck_assert_int_eq(f.ledger.grade, 'C');
    ck_slice(protocol_of(&f.ledger.rows[1], "constraint_compute")->text, "20");
    ck_assert_uint_eq(f.ledger.rows[1].round, 2);
    fixture_end(&f);
}
END_TEST

START_TEST(archive_of_logs_is_unpacked_and_bad_entries_excluded)
{
    struct import_fixture f;
    struct zip_fixture zip = {0};
    fixture_begin(&f);
    zip_add(&zip, S("a.json"), ZIP_STORED, S(EEE("0.2.1")));
    zip_add(&zip, S("b.json"), ZIP_STORED, S("{"));
    zip_add(&zip, S("readme.txt"), ZIP_STORED, S("x"));
    fixture_read(&f, "logs.zip", zip_end(&zip));
    fixture_finish(&f);
    ck_slice(only_row(&f)->source_path, "logs.zip!a.json");
    ck_assert_uint_eq(f.ledger.excluded_count, 1);
    fixture_end(&f);
    buf_finish(&zip.bytes);
}
END_TEST

START_TEST(a_bad_row_takes_back_the_whole_file)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.csv", S("time_period,algorithm,performance\n1,A,0.5\n2,A,good\n"));
    fixture_refused(&f, "line 3, column 'performance': 'good' is not a number");
    fixture_end(&f);
}
END_TEST

TEST_MAIN("import", unknown_file_is_excluded_with_the_reason, mlflow_command_line_export,
          mlflow_web_export_needs_the_metric, wandb_dictionaries_in_pythons_notation,
          wandb_without_a_time_is_refused, opencompass_summary_is_unpivoted,
          opencompass_result_with_error_is_a_failed_run,
          every_eval_ever_of_both_versions_and_no_other, hand_made_table_is_grade_c,
          samples_and_answers_do_not_fill_the_tree, a_suite_of_a_thousand_tasks_is_read,
          hostile_archives_are_refused_with_the_reason,
          archive_of_logs_is_unpacked_and_bad_entries_excluded, a_bad_row_takes_back_the_whole_file)
