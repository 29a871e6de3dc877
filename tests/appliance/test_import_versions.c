/* One made-up sample of each format and version (tests/golden/imports) is read to what it says, and
 * another version of it is refused with what was expected. */
#include "lib/import_fixture.h"
#include "lib/zip_fixture.h"

#include "base/file.h"

#define DIR "tests/golden/imports/"

/* What one row of the sample says; 0 and NULL are not compared. */
struct sample {
    const char *file;
    const char *name; /* the path that the reader sees, NULL = the file */
    size_t rows;
    const char *run_id, *system, *task, *metric;
    double value, stderr_value;
    int64_t n, time_ms;
    enum run_direction direction;
    const char *protocol, *text; /* one field of it */
    const char *version;
};

enum { JAN_2 = 1767323045 };

/* clang-format off */
static const struct sample samples[] = {
    {.file = "lm_eval/0.3.0.json", .name = "out_2026-01-02T03-04-05.json", .rows = 2,
     .system = "pretrained=acme/m-1", .task = "arc_challenge", .metric = "acc", .value = 0.4,
     .stderr_value = 0.0143, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "num_fewshot",
     .text = "25", .version = "0.3"},
    {.file = "lm_eval/0.4.0.json", .name = "results_2026-01-02T03-04-05.json", .rows = 1,
     .system = "pretrained=acme/m-1", .task = "mmlu_law", .metric = "acc", .value = 0.55,
     .stderr_value = 0.02, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "git_hash",
     .text = "4600d6b", .version = "0.4"},
    {.file = "lm_eval/0.4.4.json", .rows = 2, .system = "acme/m-1", .task = "gsm8k",
     .metric = "exact_match,strict-match", .value = 0.41, .stderr_value = 0.0135, .n = 200,
     .time_ms = INT64_C(1767225600500), .direction = DIRECTION_HIGHER, .protocol = "limit",
     .text = "200.0", .version = "0.4"},
    {.file = "lm_eval/0.4.9.json", .rows = 2, .system = "acme/m-1", .task = "gsm8k",
     .metric = "exact_match,strict-match", .value = 0.41, .stderr_value = 0.0135, .n = 200,
     .time_ms = INT64_C(1767225600500), .direction = DIRECTION_HIGHER, .protocol = "n-shot",
     .text = "5", .version = "0.4.9"},
    {.file = "lm_eval/leaderboard.json", .name = "results_2026-01-02T03:04:05.567.json", .rows = 1,
     .system = "acme/m-1", .task = "gsm8k", .metric = "acc", .value = 0.31,
     .stderr_value = 0.0127, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "harness_commit",
     .text = "1409beb", .version = "leaderboard"},
    {.file = "inspect/1.json", .rows = 1, .run_id = "r1", .system = "openai/x", .task = "math",
     .metric = "match/accuracy", .value = 0.72, .stderr_value = 0.06, .n = 48,
     .time_ms = INT64_C(1770091506000), .protocol = "packages.inspect_ai", .text = "0.3.5",
     .version = "1"},
    {.file = "inspect/2-0.3.50.json", .rows = 1, .run_id = "e1", .system = "openai/x",
     .task = "math", .metric = "match/accuracy", .value = 0.72, .stderr_value = 0.06, .n = 48,
     .time_ms = INT64_C(1770091506000), .protocol = "revision.dirty", .text = "true", .version = "2"},
    {.file = "inspect/2-0.3.140.json", .rows = 1, .run_id = "e1", .system = "openai/x",
     .task = "math", .metric = "match/accuracy", .value = 0.72, .stderr_value = 0.06, .n = 48,
     .time_ms = INT64_C(1770091506000), .protocol = "solver", .text = "chain", .version = "2"},
    {.file = "opencompass/summary-0.1.csv", .name = "summary_20260102_030405.csv", .rows = 1,
     .system = "m-1", .task = "mmlu", .metric = "accuracy", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .protocol = "version", .text = "a1b2c3", .version = "summary"},
    {.file = "opencompass/summary-0.3.csv", .name = "summary_20260102_030405.csv", .rows = 1,
     .system = "m-1", .task = "mmlu", .metric = "accuracy", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .protocol = "mode", .text = "gen", .version = "summary"},
    {.file = "opencompass/summary-0.4.csv", .name = "summary_20260102_030405.csv", .rows = 2,
     .system = "m-1", .task = "mmlu", .metric = "naive_average", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .protocol = "version", .text = "a1b2c3", .version = "summary"},
    {.file = "opencompass/result-0.2.json", .name = "o/20260102_030405/results/m-1/mmlu.json",
     .rows = 1, .system = "m-1", .task = "mmlu", .metric = "accuracy", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .version = "result"},
    {.file = "opencompass/result-0.3.json", .name = "o/20260102_030405/results/m-1/mmlu.json",
     .rows = 1, .system = "m-1", .task = "mmlu", .metric = "accuracy", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .version = "result"},
    {.file = "opencompass/result-0.4.json", .name = "o/20260102_030405/results/m-1/mmlu.json",
     .rows = 2, .system = "m-1", .task = "mmlu", .metric = "type_score", .value = 61.25, .n = -1,
     .time_ms = JAN_2 * INT64_C(1000), .version = "result"},
    {.file = "mlflow/cli-1.30.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678), .protocol = "commit",
     .text = "abc1234", .version = "cli"},
    {.file = "mlflow/cli-2.9.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678), .protocol = "seed", .text = "7",
     .version = "cli"},
    {.file = "mlflow/cli-3.1.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678), .protocol = "seed", .text = "7",
     .version = "cli"},
    {.file = "mlflow/web-1.30.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "seed", .text = "7",
     .version = "web"},
    {.file = "mlflow/web-2.9.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "seed", .text = "7",
     .version = "web"},
    {.file = "mlflow/web-3.1.csv", .rows = 1, .run_id = "a1", .system = "m-1", .metric = "acc",
     .value = 0.5, .n = -1, .time_ms = JAN_2 * INT64_C(1000), .protocol = "seed", .text = "7",
     .version = "web"},
    {.file = "wandb/recipe-python.csv", .rows = 1, .run_id = "run-1", .system = "m-1",
     .task = "qa", .metric = "acc", .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678),
     .protocol = "seed", .text = "7", .version = "api"},
    {.file = "wandb/recipe-json.csv", .rows = 1, .run_id = "run-1", .system = "m-1",
     .task = "qa", .metric = "acc", .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678),
     .protocol = "seed", .text = "7", .version = "api"},
    {.file = "wandb/recipe-flat.csv", .rows = 1, .run_id = "run-1", .system = "m-1",
     .task = "qa", .metric = "acc", .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678),
     .protocol = "seed", .text = "7", .version = "table"},
    {.file = "wandb/page.csv", .rows = 1, .run_id = "run-1", .system = "m-1", .task = "qa",
     .metric = "acc", .value = 0.5, .n = -1, .time_ms = INT64_C(1767323045678), .protocol = "seed",
     .text = "7", .version = "table"},
    {.file = "eee/0.2.1.json", .rows = 1, .run_id = "e/1", .system = "acme/m-1", .task = "gsm8k",
     .metric = "score", .value = 0.4, .stderr_value = 0.01, .n = 100,
     .time_ms = INT64_C(1767323045678), .direction = DIRECTION_HIGHER,
     .protocol = "harness_version", .text = "0.4.5", .version = "0.2.1"},
    {.file = "eee/0.2.2.json", .rows = 1, .run_id = "e/1", .system = "acme/m-1", .task = "gsm8k",
     .metric = "score", .value = 0.4, .stderr_value = 0.01, .n = 100,
     .time_ms = INT64_C(1767323045678), .direction = DIRECTION_HIGHER,
     .protocol = "dataset_split", .text = "test", .version = "0.2.2"},
    {.file = "eee/0.3.0.json", .rows = 1, .run_id = "e/1", .system = "acme/m-1", .task = "gsm8k",
     .metric = "exact_match", .value = 0.4, .stderr_value = 0.01, .n = 100,
     .time_ms = INT64_C(1767323045678), .direction = DIRECTION_HIGHER,
     .protocol = "generate.temperature", .text = "0", .version = "0.3.0"},
};
/* clang-format on */

static slice sample_bytes(struct import_fixture *f, const char *file)
{
    char path[256];
    slice bytes;
    struct error err = {0};
    (void)snprintf(path, sizeof path, DIR "%s", file);
    ck_ok(file_read(path, 1 << 20, &f->arena, &bytes, &err));
    return bytes;
}

static bool needs_metric(const char *file)
{
    return strstr(file, "web-") || strstr(file, "page") || strstr(file, "flat");
}

static const struct ledger_row *row_of(const struct import_fixture *f, const struct sample *s)
{
    ck_assert_msg(f->ledger.row_count == s->rows, "%s: %zu rows, %s", s->file, f->ledger.row_count,
                  f->ledger.excluded_count ? f->ledger.excluded[0].reason.ptr : "none refused");
    for (size_t i = 0; i < f->ledger.row_count; i++)
        if (slice_eq(f->ledger.rows[i].metric, slice_of(s->metric)))
            return &f->ledger.rows[i];
    ck_abort_msg("%s: no metric %s", s->file, s->metric);
}

static void check_text(slice actual, const char *expected)
{
    if (expected)
        ck_slice(actual, expected);
}

static void check_row(const struct import_fixture *f, const struct sample *s)
{
    const struct ledger_row *row = row_of(f, s);
    check_text(row->run_id, s->run_id);
    check_text(row->system, s->system);
    check_text(row->task, s->task);
    ck_assert_double_eq(row->value, s->value);
    ck_assert_int_eq(row->has_stderr, s->stderr_value > 0);
    if (row->has_stderr)
        ck_assert_double_eq(row->stderr_value, s->stderr_value);
    ck_assert_int_eq(row->n, s->n);
    ck_assert_int_eq(row->time_ms, s->time_ms);
    ck_assert_int_eq(row->direction, s->direction);
    ck_assert_int_eq(row->status, RUN_COMPLETED);
    if (s->protocol)
        ck_slice(protocol_of(row, s->protocol)->text, s->text);
    ck_slice(f->ledger.sources[0].version, s->version);
}

START_TEST(every_version_is_read_to_what_it_says)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct sample *s = &samples[i];
        struct import_fixture f;
        fixture_begin(&f);
        if (needs_metric(s->file))
            f.options.metric = S("acc");
        fixture_read(&f, s->name ? s->name : s->file, sample_bytes(&f, s->file));
        fixture_finish(&f);
        check_row(&f, s);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(inspect_archives_say_the_same_as_their_headers)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct zip_fixture zip = {0};
        struct import_fixture f;
        if (strncmp(samples[i].file, "inspect/", 8) != 0)
            continue;
        fixture_begin(&f);
        zip_add(&zip, S("header.json"), i % 2 ? ZIP_ZSTD : ZIP_STORED,
                sample_bytes(&f, samples[i].file));
        fixture_read(&f, "log.eval", zip_end(&zip));
        fixture_finish(&f);
        check_row(&f, &samples[i]);
        fixture_end(&f);
        buf_finish(&zip.bytes);
    }
}
END_TEST

/* --- wrong versions ------------------------------------------------------------------------- */

/* A sample with one text replaced by another: what no reader can know. */
static const struct {
    const char *file, *name, *metric, *from, *to, *reason;
} wrong[] = {
    {"lm_eval/0.4.4.json", NULL, NULL, "\"results\":{\"gsm8k\"",
     "\"results\":{},\"old\":{\"gsm8k\"", "metric,filter"},
    {"lm_eval/0.4.4.json", NULL, NULL, "\"date\"", "\"moment\"", "expected 'date' (unix seconds)"},
    {"lm_eval/0.3.0.json", "out.json", NULL, "", "", "expected 'date' (unix seconds)"},
    {"inspect/1.json", NULL, NULL, "\"version\":1", "\"version\":0", "expected 1 to 2"},
    {"inspect/2-0.3.50.json", NULL, NULL, "\"version\":2", "\"version\":3", "expected 1 to 2"},
    {"inspect/2-0.3.50.json", NULL, NULL, "\"scores\"", "\"points\"", "expected results.scores"},
    {"inspect/2-0.3.50.json", NULL, NULL, "\"success\"", "\"done\"",
     "status 'done' is not known: expected success, error, cancelled or started"},
    {"opencompass/summary-0.1.csv", "s_20260102_030405.csv", NULL, "mode,m-1", "mode", "no models"},
    {"opencompass/summary-0.1.csv", "s_20260102_030405.csv", NULL, ",gen,", ",61.2,",
     "'61.2' is no mode like gen or ppl"},
    {"opencompass/summary-0.1.csv", "s_20260102_030405.csv", NULL, "mmlu,a1b2c3", "mmlu,-",
     "no runs found"},
    {"opencompass/summary-0.1.csv", "summary.csv", NULL, "", "", "summary_20260102_030405.csv"},
    {"opencompass/result-0.2.json", "o/20260102_030405/results/m/d.json", NULL, "61.25", "null",
     "expected a number per metric"},
    {"mlflow/cli-2.9.csv", NULL, NULL, "metrics.acc", "acc", "expected columns metrics.<name>"},
    {"mlflow/cli-2.9.csv", NULL, NULL, "FINISHED", "DONE", "expected FINISHED, FAILED, KILLED"},
    {"mlflow/cli-3.1.csv", NULL, NULL, "1767323045678", "1767323045", "is not a time"},
    {"mlflow/web-2.9.csv", NULL, NULL, "", "", "--metric"},
    {"mlflow/web-1.30.csv", NULL, "f1", "", "", "no column 'f1'"},
    {"mlflow/web-1.30.csv", NULL, "acc", "seed,acc", "acc,acc", "two columns are named 'acc'"},
    {"wandb/recipe-flat.csv", NULL, "acc", "created_at", "created_on", "expected _timestamp"},
    {"wandb/recipe-flat.csv", NULL, "f1", "", "", "no column 'f1'"},
    {"wandb/recipe-flat.csv", NULL, "acc", "finished", "over", "expected finished, failed"},
    {"wandb/recipe-json.csv", NULL, NULL, "\"{\"\"model", "\"[]\",\"{\"\"model",
     "more than 3 fields"},
    {"wandb/recipe-python.csv", NULL, NULL, "{'model': 'm-1', 'seed': 7, 'task': 'qa'}", "7",
     "dictionaries"},
    {"eee/0.3.0.json", NULL, NULL, "0.3.0", "0.4.0", "schema version '0.4.0' is not known"},
    {"eee/0.3.0.json", NULL, NULL, "\"0.3.0\"", "\"0.3.x\"", "expected 0.2 or 0.3"},
    {"eee/0.2.1.json", NULL, NULL, "\"score\":0.4", "\"point\":0.4", "score_details.score"},
};

static slice replaced(struct import_fixture *f, slice text, const char *from, const char *to)
{
    struct buf out;
    size_t at = 0;
    buf_init_arena(&out, &f->arena, text.len + 256);
    if (*from)
        ck_assert(slice_find(text, slice_of(from), &at));
    buf_put(&out, slice_sub(text, 0, at));
    buf_put_str(&out, to);
    buf_put(&out, slice_from(text, at + strlen(from)));
    return buf_slice(&out);
}

START_TEST(wrong_versions_are_refused_with_what_was_expected)
{
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct import_fixture f;
        fixture_begin(&f);
        f.options.metric = slice_of(wrong[i].metric);
        slice text = sample_bytes(&f, wrong[i].file);
        fixture_read(&f, wrong[i].name ? wrong[i].name : wrong[i].file,
                     replaced(&f, text, wrong[i].from, wrong[i].to));
        fixture_finish(&f);
        ck_assert_msg(f.ledger.excluded_count == 1, "%s with '%s' was read", wrong[i].file,
                      wrong[i].to);
        fixture_refused(&f, wrong[i].reason);
        fixture_end(&f);
    }
}
END_TEST

TEST_MAIN("import_versions", every_version_is_read_to_what_it_says,
          inspect_archives_say_the_same_as_their_headers,
          wrong_versions_are_refused_with_what_was_expected)
