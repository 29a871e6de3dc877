/* Tests of what every row must keep: names, text, numbers, and a ledger that reads back. */
#include "lib/import_fixture.h"

#define CLI  "run_id,status,start_time,metrics.acc,params.lr,params.model\n"
#define TIME "2026-01-02 03:04:05"

static void refused(const char *path, slice bytes, const char *reason)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, path, bytes);
    fixture_finish(&f);
    fixture_refused(&f, reason);
    fixture_end(&f);
}

START_TEST(rows_without_a_name_or_with_bytes_are_refused)
{
    refused("r.csv", S(CLI ",FINISHED," TIME ",0.5,1,m\n"), "the run has no id");
    refused("r.csv", S(CLI "a\xFF,FINISHED," TIME ",0.5,1,m\n"), "not valid UTF-8");
    refused("log.csv", S("time_period,algorithm,performance\n1,,0.5\n"), "a row has no system");
    refused("log.csv", S("time_period,algorithm,performance\n1,a\xFF,0.5\n"),
            "the system of a row is not UTF-8 text");
    refused("log.json",
            S("{\"version\":2,\"status\":\"success\",\"eval\":{\"created\":\"2026-02-03\","
              "\"task\":\"t\",\"model\":null},\"results\":{\"scores\":[{\"name\":\"s\",\"metrics\":"
              "{\"accuracy\":{\"value\":1}}}]}}"),
            "a row has no system");
}
END_TEST

START_TEST(numbers_beyond_all_measure_are_refused)
{
    refused("r.csv", S(CLI "a,FINISHED," TIME ",1e301,1,m\n"), "beyond all measure");
    refused("log.csv", S("time_period,algorithm,performance\n-8e5,a,0.5\n"), "is not a number");
}
END_TEST

START_TEST(cut_and_shifted_tables_are_refused)
{
    refused("r.csv", S(CLI "a,FINISHED," TIME ",0.5,1,m"), "the last line has no end");
    refused("r.csv", S(CLI "a,FINISHED," TIME ",0.5\n"), "4 fields, but the header has 6");
    refused("r.csv", S(CLI "a,FINISHED," TIME ",0,5,1,m\n"), "more than 6 fields");
}
END_TEST

/* Each of these is a number to people; what JSON cannot say is written anew. */
START_TEST(numbers_of_tables_read_back_from_the_ledger)
{
    static const char *const cells[][2] = {
        {"5", "5"},  {"-0.50", "-0.50"}, {"1e-4", "1e-4"}, {"05", "5"},
        {"+1", "1"}, {".5", "0.5"},      {"5.", "5"},      {"-.5e1", "-5"},
        {"0", "0"},  {"1E+2", "1E+2"},   {"-", "-"},       {"1e999", "1e999"}};
    for (size_t i = 0; i < ARRAY_COUNT(cells); i++) {
        struct import_fixture f, back;
        struct buf out;
        char text[200];
        fixture_begin(&f);
        (void)snprintf(text, sizeof text, CLI "a,FINISHED," TIME ",0.5,%s,m\n", cells[i][0]);
        fixture_read(&f, "r.csv", slice_of(text));
        fixture_finish(&f);
        ck_assert_uint_eq(f.ledger.row_count, 1);
        ck_slice(fields_find(&f.ledger.rows[0].settings, S("lr"))->text, cells[i][1]);
        buf_init_arena(&out, &f.arena, 10000);
        ledger_write_jsonl(&f.ledger, &out);
        fixture_begin(&back);
        fixture_read(&back, "l.jsonl", buf_slice(&out));
        ck_assert_uint_eq(back.ledger.row_count, 1);
        fixture_end(&back);
        fixture_end(&f);
    }
}
END_TEST

#define LM(n, stderr)                                                                              \
    "{\"results\":{\"t\":{\"acc,none\":0.5,\"acc_stderr,none\":" stderr "}},\"versions\":{},"      \
    "\"n-samples\":{\"t\":{\"effective\":" n "}},\"model_name\":\"a/b\",\"date\":1767225600}"

START_TEST(counts_are_whole_and_spreads_not_negative_or_unknown)
{
    static const struct {
        slice text;
        int64_t n;
        bool spread;
    } cases[] = {
        {SLICE_INIT(LM("100", "0.01")), 100, true},
        {SLICE_INIT(LM("\"100\"", "\"0.01\"")), 100, true},
        {SLICE_INIT(LM("1e300", "-0.01")), -1, false},
        {SLICE_INIT(LM("0.5", "null")), -1, false},
        {SLICE_INIT(LM("-1", "[]")), -1, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct import_fixture f;
        fixture_begin(&f);
        fixture_read(&f, "r.json", cases[i].text);
        ck_assert_uint_eq(f.ledger.row_count, 1);
        ck_assert_int_eq(f.ledger.rows[0].n, cases[i].n);
        ck_assert_int_eq(f.ledger.rows[0].has_stderr, cases[i].spread);
        fixture_end(&f);
    }
}
END_TEST

/* Runs without scores and the first day of the epoch stay readable. */
START_TEST(crashed_runs_and_period_zero_read_back)
{
    struct import_fixture f, back;
    struct buf out;
    struct error err = {0};
    fixture_begin(&f);
    fixture_read(&f, "r.csv", S(CLI "a,FAILED," TIME ",,1,m\n"));
    fixture_read(&f, "log.csv", S("time_period,algorithm,performance\n0,A,0.5\n"));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 2);
    buf_init_arena(&out, &f.arena, 10000);
    ledger_write_jsonl(&f.ledger, &out);
    fixture_begin(&back);
    ck_ok(ledger_read_jsonl(&back.ledger, buf_slice(&out), &err));
    ck_assert_uint_eq(back.ledger.row_count, 2);
    ck_assert_int_eq(back.ledger.rows[0].status, RUN_FAILED);
    ck_assert_int_eq(back.ledger.rows[1].time_ms, 0);
    fixture_end(&back);
    fixture_end(&f);
}
END_TEST

START_TEST(a_standard_error_belongs_to_the_mean_only)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(
        &f, "log.json",
        S("{\"version\":2,\"status\":\"success\",\"eval\":{\"created\":\"2026-02-03\","
          "\"task\":\"t\",\"model\":\"m\",\"eval_id\":\"e\"},\"results\":{\"scores\":[{"
          "\"name\":\"s\",\"metrics\":{\"accuracy\":{\"value\":0.5},\"f1\":{\"value\":0.4},"
          "\"stderr\":{\"value\":0.01}}}]}}"));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 2);
    ck_slice(f.ledger.rows[0].metric, "s/accuracy");
    ck_assert(f.ledger.rows[0].has_stderr);
    ck_assert(!f.ledger.rows[1].has_stderr);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("import_check", rows_without_a_name_or_with_bytes_are_refused,
          numbers_beyond_all_measure_are_refused, cut_and_shifted_tables_are_refused,
          numbers_of_tables_read_back_from_the_ledger,
          counts_are_whole_and_spreads_not_negative_or_unknown,
          crashed_runs_and_period_zero_read_back, a_standard_error_belongs_to_the_mean_only)
