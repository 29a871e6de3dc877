/* Tests of the Inspect reader: ZIP and JSON logs, crashed runs, unknown versions. */
#include "lib/import_fixture.h"
#include "lib/zip_fixture.h"

#define HEADER(version, state)                                                                     \
    "{\"version\":" version ",\"status\":\"" state "\",\"eval\":{\"run_id\":\"r1\","               \
    "\"eval_id\":\"e1\",\"created\":\"2026-02-03T04:05:06+00:00\",\"task\":\"math\","              \
    "\"task_version\":1,\"model\":\"openai/x\",\"dataset\":{\"name\":\"MATH\",\"samples\":500},"   \
    "\"config\":{\"limit\":50,\"epochs\":1},\"packages\":{\"inspect_ai\":\"0.3.50\"},"             \
    "\"revision\":{\"type\":\"git\",\"commit\":\"abc\",\"dirty\":true},"                           \
    "\"model_generate_config\":{\"temperature\":0.5}},"                                            \
    "\"plan\":{\"steps\":[{\"solver\":\"generate\"}],\"config\":{}},"                              \
    "\"results\":{\"total_samples\":50,\"completed_samples\":48,\"scores\":[{\"name\":\"match\","  \
    "\"reducer\":\"mean\",\"metrics\":{\"accuracy\":{\"name\":\"accuracy\",\"value\":0.72},"       \
    "\"stderr\":{\"name\":\"stderr\",\"value\":0.06}}}]}}"

static void check_row(const struct import_fixture *f)
{
    ck_assert_uint_eq(f->ledger.row_count, 1);
    const struct ledger_row *row = &f->ledger.rows[0];
    ck_slice(row->run_id, "e1");
    ck_slice(row->task, "math");
    ck_slice(row->metric, "match/accuracy");
    ck_assert_double_eq(row->value, 0.72);
    ck_assert_double_eq(row->stderr_value, 0.06);
    ck_assert_int_eq(row->n, 48);
    ck_assert_int_eq(row->status, RUN_COMPLETED);
    ck_slice(protocol_of(row, "limit")->text, "50");
    ck_slice(protocol_of(row, "packages.inspect_ai")->text, "0.3.50");
    ck_slice(protocol_of(row, "revision.dirty")->text, "true");
    ck_slice(protocol_of(row, "generate.temperature")->text, "0.5");
    ck_assert(slice_has_prefix(protocol_of(row, "plan_steps")->text, S("sha256:")));
}

START_TEST(zip_log_is_read_from_its_header)
{
    struct import_fixture f;
    struct zip_fixture zip = {0};
    fixture_begin(&f);
    zip_add(&zip, S("_journal/start.json"), ZIP_STORED, S("{}"));
    zip_add(&zip, S("samples/1_epoch_1.json"), ZIP_STORED, S("{}"));
    zip_add(&zip, S("header.json"), ZIP_ZSTD, S(HEADER("2", "success")));
    fixture_read(&f, "logs/2026_math.eval", zip_end(&zip));
    fixture_finish(&f);
    check_row(&f);
    fixture_end(&f);
    buf_finish(&zip.bytes);
}
END_TEST

START_TEST(json_log_of_version_1_gives_the_same_row)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.json", S(HEADER("1", "success")));
    fixture_finish(&f);
    check_row(&f);
    fixture_end(&f);
}
END_TEST

START_TEST(log_without_header_is_a_crashed_run)
{
    struct import_fixture f;
    struct zip_fixture zip = {0};
    fixture_begin(&f);
    zip_add(&zip, S("_journal/start.json"), ZIP_STORED,
            S("{\"version\":2,\"eval\":{\"run_id\":\"r9\",\"created\":\"2026-02-03T04:05:06Z\","
              "\"task\":\"math\",\"model\":\"m\",\"config\":{}},\"plan\":{}}"));
    fixture_read(&f, "crashed.eval", zip_end(&zip));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 1);
    ck_assert_int_eq(f.ledger.rows[0].status, RUN_FAILED);
    ck_assert(!f.ledger.rows[0].has_value);
    ck_assert_uint_eq(f.ledger.rows[0].round, 0);
    fixture_end(&f);
    buf_finish(&zip.bytes);
}
END_TEST

START_TEST(failed_run_keeps_its_scores_but_counts_no_round)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.json", S(HEADER("2", "error")));
    fixture_finish(&f);
    ck_assert_int_eq(f.ledger.rows[0].status, RUN_FAILED);
    ck_assert_uint_eq(f.ledger.rows[0].round, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(unknown_version_is_refused_with_what_was_expected)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.json", S(HEADER("7", "success")));
    fixture_finish(&f);
    fixture_refused(&f, "log version '7' is not known: expected 1 to 2");
    fixture_end(&f);
}
END_TEST

START_TEST(success_without_scores_is_refused)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "log.json",
                 S("{\"version\":2,\"status\":\"success\",\"eval\":{\"created\":\"2026-02-03\","
                   "\"task\":\"t\",\"model\":\"m\"},\"results\":{}}"));
    fixture_finish(&f);
    fixture_refused(&f, "no scores found");
    fixture_end(&f);
}
END_TEST

START_TEST(a_judge_is_known_by_its_name_and_its_settings_by_their_hash)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(
        &f, "log.json",
        S("{\"version\":2,\"status\":\"success\",\"eval\":{\"run_id\":\"r\",\"created\":"
          "\"2026-01-01T00:00:00Z\",\"task\":\"t\",\"model\":\"m\",\"model_roles\":{"
          "\"grader\":{\"model\":\"openai/g\",\"config\":{},\"base_url\":null},"
          "\"critic\":{\"model\":\"openai/g\",\"config\":{\"temperature\":1}}}},"
          "\"results\":{\"scores\":[{\"name\":\"s\",\"metrics\":{\"a\":{\"value\":1}}}]}}"));
    fixture_finish(&f);
    const struct ledger_row *row = &f.ledger.rows[0];
    ck_slice(protocol_of(row, "model_roles.grader")->text, "openai/g");
    ck_assert(
        slice_has_prefix(protocol_of(row, "model_roles.critic")->text, S("openai/g sha256:")));
    fixture_end(&f);
}
END_TEST

TEST_MAIN("inspect", a_judge_is_known_by_its_name_and_its_settings_by_their_hash,
          zip_log_is_read_from_its_header, json_log_of_version_1_gives_the_same_row,
          log_without_header_is_a_crashed_run, failed_run_keeps_its_scores_but_counts_no_round,
          unknown_version_is_refused_with_what_was_expected, success_without_scores_is_refused)
