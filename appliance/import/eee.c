/* Reads the Every Eval Ever schema, 0.2.1 and 0.3.0: one file per model with evaluation_results. */
#include "import/import.h"

#include "import/eee_write.h"

#include "json.h"

#include "base/clock.h"

struct eee {
    struct import *import;
    const struct import_file *file;
    const struct json *root;
    struct error *err;
};

/* One object, or one per line as eee_write.c writes them. */
static bool eee_recognise(const struct import_file *file)
{
    slice line;
    slice text = file->bytes;
    if (file->json)
        return json_find(file->json, "schema_version") &&
               json_find(file->json, "evaluation_results");
    return slice_split(&text, '\n', &line) && slice_has_prefix(line, S("{\"schema_version\":")) &&
           slice_find(line, S("\"evaluation_results\":"), NULL);
}

/* 0.2.x and 0.3.x */
static bool is_known_version(slice version)
{
    uint64_t patch;
    bool ours = slice_has_prefix(version, S("0.2.")) || slice_has_prefix(version, S("0.3."));
    return ours && slice_to_u64(slice_from(version, 4), &patch);
}

/* Times are texts: seconds since the epoch, or RFC 3339. */
static bool parse_time(const struct json *value, int64_t *ret_ms)
{
    double seconds;
    if (import_number(value, &seconds) && seconds > 0 && seconds < 1e11) {
        *ret_ms = (int64_t)(seconds * 1000);
        return true;
    }
    return time_parse(import_text(value), ret_ms);
}

/* The result's own time, else the file's; only where neither is there the time of collecting it,
 * which the row says. A time that is there but is none is not replaced by another one. */
static status find_time(struct eee *r, const struct json *result, int64_t *ret_ms,
                        bool *ret_retrieved)
{
    const struct json *time = json_find(result, "evaluation_timestamp");
    if (!time || time->kind == JSON_NULL)
        time = json_find(r->root, "evaluation_timestamp");
    *ret_retrieved = !time || time->kind == JSON_NULL;
    if (*ret_retrieved)
        time = json_find(r->root, "retrieved_timestamp");
    if (parse_time(time, ret_ms))
        return ST_OK;
    return error_set(r->err, ST_INVALID,
                     "no time of the run: expected evaluation_timestamp or retrieved_timestamp");
}

static void add_fields(struct eee *r, const struct json *result, struct fields_builder *b)
{
    import_field(r->import, b, "harness", r->root, "eval_library.name");
    import_field(r->import, b, "harness_version", r->root, "eval_library.version");
    import_field(r->import, b, "dataset_name", result, "source_data.dataset_name");
    import_field(r->import, b, "dataset_repo", result, "source_data.hf_repo");
    import_field(r->import, b, "dataset_split", result, "source_data.hf_split");
    import_field(r->import, b, "judge", result, "metric_config.llm_scoring");
    import_flatten(r->import, b, S("generate"),
                   json_at(result, "generation_config.generation_args"));
    import_flatten(r->import, b, S(""), json_at(result, "generation_config.additional_details"));
    import_field(r->import, b, "inference_platform", r->root, "model_info.inference_platform");
    import_flatten(r->import, b, S("model"), json_at(r->root, "model_info.additional_details"));
}

static void read_score(const struct json *result, struct ledger_row *row)
{
    const struct json *details = json_find(result, "score_details");
    const struct json *lower = json_at(result, "metric_config.lower_is_better");
    row->has_value = import_number(json_find(details, "score"), &row->value);
    row->has_stderr =
        import_number(json_at(details, "uncertainty.standard_error.value"), &row->stderr_value);
    row->n = import_count(json_at(details, "uncertainty.num_samples"));
    if (lower && lower->kind == JSON_BOOL)
        row->direction = lower->boolean ? DIRECTION_LOWER : DIRECTION_HIGHER;
}

static status add_result(struct eee *r, const struct json *result)
{
    struct ledger_row *row;
    int64_t time_ms;
    bool retrieved;
    struct fields_builder *fields = arena_alloc(r->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(r->file->scratch, r->err);
    TRY(find_time(r, result, &time_ms, &retrieved));
    TRY(import_row(r->import, r->file, import_text(json_find(r->root, "evaluation_id")), time_ms,
                   &row, r->err));
    slice model = import_text(json_at(r->root, "model_info.id"));
    slice metric = import_text(json_at(result, "metric_config.metric_name"));
    slice task = import_text(json_find(result, "evaluation_name"));
    row->system = import_copy(r->import,
                              model.len ? model : import_text(json_at(r->root, "model_info.name")));
    row->task = import_copy(r->import, task);
    row->metric = import_copy(r->import, metric.len ? metric : S("score"));
    if (retrieved)
        row->note =
            import_copy(r->import, S("time of the run unknown, read from retrieved_timestamp"));
    read_score(result, row);
    if (!row->has_value || row->system.len == 0 || row->task.len == 0)
        return error_set(r->err, ST_INVALID,
                         "expected model_info.id, evaluation_name and score_details.score");
    add_fields(r, result, fields);
    return ledger_assign_roles(row, fields, r->import->options, r->import->ledger->arena, r->err);
}

/* --- what we wrote ourselves ------------------------------------------------------------------ */

/* Is that score among the rows from `first` on? */
static bool has_row(const struct ledger *ledger, size_t first, const struct json *result)
{
    double score;
    slice task = import_text(json_find(result, "evaluation_name"));
    slice metric = import_text(json_at(result, "metric_config.metric_name"));
    if (!import_number(json_at(result, "score_details.score"), &score))
        return false;
    for (size_t i = first; i < ledger->row_count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        if (row->has_value && row->value <= score && row->value >= score &&
            slice_eq(row->task, task) && slice_eq(row->metric, metric))
            return true;
    }
    return false;
}

/* The rows say more than the schema can, but never something else. */
static status check_results(struct eee *r, const struct json *results, size_t first)
{
    const struct ledger *ledger = r->import->ledger;
    size_t scored = 0, seen = 0;
    for (size_t i = first; i < ledger->row_count; i++)
        scored += ledger->rows[i].has_value;
    for (const struct json *result = results->first; result; result = result->next, seen++) {
        slice task = import_text(json_find(result, "evaluation_name"));
        if (!has_row(ledger, first, result))
            return error_set(r->err, ST_INVALID,
                             "the score of '%.*s' is not the one in the ledger inside of the file",
                             SLICE_ARG(slice_sub(task, 0, 60)));
    }
    if (seen != scored)
        return error_set(r->err, ST_INVALID,
                         "the file holds %zu scores, the ledger inside of it %zu", seen, scored);
    return ST_OK;
}

static status read_ledger(struct eee *r, const struct json *results, slice lines)
{
    size_t first = r->import->ledger->row_count;
    TRY(ledger_read_jsonl(r->import->ledger, lines, r->err));
    return check_results(r, results, first);
}

/* --- objects ---------------------------------------------------------------------------------- */

static status read_object(struct import *import, const struct import_file *file,
                          const struct json *root, struct error *err)
{
    struct eee r = {.import = import, .file = file, .root = root, .err = err};
    slice version = import_text(json_find(r.root, "schema_version"));
    const struct json *results = json_find(r.root, "evaluation_results");
    if (!is_known_version(version))
        return error_set(err, ST_INVALID, "schema version '%.*s' is not known: expected 0.2 or 0.3",
                         SLICE_ARG(slice_sub(version, 0, 20)));
    if (!results || results->kind != JSON_ARRAY)
        return error_set(err, ST_INVALID, "expected evaluation_results as a list");
    const struct json *lines = json_at(r.root, "source_metadata.additional_details");
    lines = json_find(lines, EEE_LEDGER_MEMBER);
    if (lines && lines->kind == JSON_STRING)
        return read_ledger(&r, results, lines->text);
    if (!results->first)
        return error_set(err, ST_INVALID, "no scores found: evaluation_results is empty");
    for (const struct json *result = results->first; result; result = result->next)
        TRY(add_result(&r, result));
    return ST_OK;
}

static status read_lines(struct import *import, const struct import_file *file, struct error *err)
{
    slice line;
    slice text = file->bytes;
    for (size_t number = 1; slice_split(&text, '\n', &line); number++) {
        const struct json *root;
        struct arena_mark mark = arena_mark(file->scratch);
        if (slice_trim(line).len == 0)
            continue;
        status rc = json_parse(line, file->scratch, &root, err);
        if (rc == ST_OK)
            rc = read_object(import, file, root, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "line %zu", number);
        arena_rewind(file->scratch, mark);
    }
    return ST_OK;
}

static status eee_read(struct import *import, const struct import_file *file, struct error *err)
{
    TRY(file->json ? read_object(import, file, file->json, err) : read_lines(import, file, err));
    slice version = import_text(json_find(file->json, "schema_version"));
    return import_source(import, file, "every-eval-ever", version.len ? version : S("0.3"), err);
}

const struct importer importer_eee = {
    .format = "every-eval-ever", .recognise = eee_recognise, .read = eee_read};
