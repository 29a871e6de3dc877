/* Reads Inspect logs: .eval (a ZIP of which only header.json, or the journal's start, is read) and
 * the .json form of the same log. A log without its header is a run that crashed. */
#include "import/import.h"

#include "archive.h"
#include "json.h"

#include "base/clock.h"

enum { INSPECT_VERSION_MIN = 1, INSPECT_VERSION_MAX = 2 };

struct inspect {
    struct import *import;
    const struct import_file *file;
    const struct json *log;
    int64_t time_ms;
    bool crashed;
    enum run_status status;
    bool single_score; /* results.scorer and results.metrics */
    struct fields_builder *fields;
    struct error *err;
};

static bool is_inspect_log(const struct json *log)
{
    const struct json *eval = json_find(log, "eval");
    return eval && json_find(eval, "task") && json_find(eval, "model");
}

static bool inspect_recognise(const struct import_file *file)
{
    if (file->json)
        return is_inspect_log(file->json);
    return slice_has_prefix(file->bytes, S("PK\x03\x04"));
}

/* --- finding the header in the ZIP
 * ------------------------------------------------------------------ */

struct header_search {
    struct arena *arena;
    slice header, start;
};

static bool is_header(slice name)
{
    return slice_eq(name, S("header.json")) || slice_eq(name, S("_journal/start.json"));
}

static status keep_header(void *context, slice name, slice bytes, struct error *err)
{
    struct header_search *search = context;
    slice copy = arena_copy(search->arena, bytes);
    if (slice_eq(name, S("header.json")))
        search->header = copy;
    else
        search->start = copy;
    return arena_check(search->arena, err);
}

static status open_zip(struct inspect *r)
{
    struct header_search search = {.arena = r->file->scratch};
    const struct archive_limits limits = {.entries_max = 1000000, /* one entry per sample */
                                          .entry_bytes_max = 16 << 20,
                                          .total_bytes_max = 32 << 20,
                                          .wanted = is_header};
    TRY(archive_each(r->file->bytes, &limits, keep_header, &search, r->err));
    r->crashed = search.header.len == 0;
    slice text = r->crashed ? search.start : search.header;
    if (text.len == 0)
        return error_set(
            r->err, ST_INVALID,
            "no Inspect log: expected header.json or _journal/start.json in the archive");
    TRY(json_parse(text, r->file->scratch, &r->log, r->err));
    if (is_inspect_log(r->log))
        return ST_OK;
    return error_set(r->err, ST_INVALID, "no Inspect log: expected eval.task and eval.model");
}

/* --- the run
 * --------------------------------------------------------------------------------------- */

static status check_version(struct inspect *r, slice *ret_version)
{
    uint64_t version = INSPECT_VERSION_MAX;
    const struct json *value = json_find(r->log, "version");
    *ret_version = import_text(value);
    if (value && (!json_to_u64(value, &version) || version < INSPECT_VERSION_MIN ||
                  version > INSPECT_VERSION_MAX))
        return error_set(r->err, ST_INVALID, "log version '%.*s' is not known: expected %d to %d",
                         SLICE_ARG(slice_sub(import_text(value), 0, 20)), INSPECT_VERSION_MIN,
                         INSPECT_VERSION_MAX);
    slice created = import_text(json_at(r->log, "eval.created"));
    if (!time_parse(created, &r->time_ms))
        return error_set(r->err, ST_INVALID, "no time of the run: expected eval.created");
    return ST_OK;
}

static status find_status(struct inspect *r)
{
    slice text = import_text(json_find(r->log, "status"));
    const struct json *invalidated = json_find(r->log, "invalidated");
    bool failed = slice_eq(text, S("error")) || slice_eq(text, S("cancelled"));
    if (invalidated && invalidated->kind != JSON_BOOL && invalidated->kind != JSON_NULL)
        return error_set(r->err, ST_INVALID, "expected invalidated to be true or false");
    if (!failed && !r->crashed && !slice_eq(text, S("success")) && !slice_eq(text, S("started")))
        return error_set(r->err, ST_INVALID,
                         "status '%.*s' is not known: expected success, error, cancelled or "
                         "started",
                         SLICE_ARG(slice_sub(text, 0, 40)));
    if (failed || r->crashed || (invalidated && invalidated->boolean))
        r->status = RUN_FAILED;
    else
        r->status = slice_eq(text, S("success")) ? RUN_COMPLETED : RUN_RUNNING;
    return ST_OK;
}

static bool is_empty(const struct json *value)
{
    return value->kind == JSON_NULL ||
           ((value->kind == JSON_OBJECT || value->kind == JSON_ARRAY) && !value->first);
}

/* Anything of a model's settings that is not its name and not empty. */
static bool has_settings(const struct json *model)
{
    for (const struct json *member = model->first; member; member = member->next)
        if (!slice_eq(member->name, S("model")) && !is_empty(member))
            return true;
    return false;
}

/* "openai/g", and the hash of its settings where it has some: a reader knows the judge by its name,
 * and every change shows. */
static void add_role(struct inspect *r, const struct json *role)
{
    struct arena *arena = r->import->ledger->arena;
    slice name = arena_printf(arena, "model_roles." SLICE_FMT, SLICE_ARG(role->name));
    slice model = import_text(json_find(role, "model"));
    if (model.len == 0)
        model = import_hash(r->import, role);
    else if (has_settings(role))
        model = arena_printf(arena, SLICE_FMT " " SLICE_FMT, SLICE_ARG(model),
                             SLICE_ARG(import_hash(r->import, role)));
    if (name.ptr)
        fields_add_text(r->fields, name, model);
}

static void add_roles(struct inspect *r)
{
    const struct json *roles = json_at(r->log, "eval.model_roles");
    if (!roles || roles->kind != JSON_OBJECT)
        return;
    for (const struct json *role = roles->first; role; role = role->next)
        add_role(r, role);
}

static void add_fields(struct inspect *r)
{
    static const struct {
        const char *name, *path;
    } fields[] = {
        {"task_version", "eval.task_version"},
        {"task_args", "eval.task_args"},
        {"solver", "eval.solver"},
        {"solver_args", "eval.solver_args"},
        {"scorers", "eval.scorers"},
        {"dataset", "eval.dataset.name"},
        {"dataset_samples", "eval.dataset.samples"},
        {"limit", "eval.config.limit"},
        {"sample_id", "eval.config.sample_id"},
        {"eval_epochs", "eval.config.epochs"},
        {"epochs_reducer", "eval.config.epochs_reducer"},
        {"message_limit", "eval.config.message_limit"},
        {"token_limit", "eval.config.token_limit"},
        {"time_limit", "eval.config.time_limit"},
        {"working_limit", "eval.config.working_limit"},
        {"plan_steps", "plan.steps"},
        {"plan_config", "plan.config"},
        {"log_updates", "log_updates"},
        {"config_updates", "config_updates"},
    };
    static const struct {
        const char *prefix, *path;
    } objects[] = {
        {"packages", "eval.packages"},
        {"generate", "eval.model_generate_config"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        import_field(r->import, r->fields, fields[i].name, r->log, fields[i].path);
    for (size_t i = 0; i < ARRAY_COUNT(objects); i++)
        import_flatten(r->import, r->fields, slice_of(objects[i].prefix),
                       json_at(r->log, objects[i].path));
    add_roles(r);
    import_field(r->import, r->fields, "revision.commit", r->log, "eval.revision.commit");
    import_field(r->import, r->fields, "revision.dirty", r->log, "eval.revision.dirty");
}

/* --- rows
 * ------------------------------------------------------------------------------------------ */

static status add_row(struct inspect *r, struct ledger_row **ret, struct fields_builder *fields)
{
    slice run_id = import_text(json_at(r->log, "eval.run_id"));
    slice eval_id = import_text(json_at(r->log, "eval.eval_id"));
    struct ledger_row *row;
    TRY(import_row(r->import, r->file, eval_id.len ? eval_id : run_id, r->time_ms, &row, r->err));
    row->system = import_copy(r->import, import_text(json_at(r->log, "eval.model")));
    row->task = import_copy(r->import, import_text(json_at(r->log, "eval.task")));
    row->status = r->status;
    *ret = row;
    return ledger_assign_roles(row, fields, r->import->options, r->import->ledger->arena, r->err);
}

static bool is_spread(slice name)
{
    return slice_eq(name, S("stderr")) || slice_eq(name, S("std")) || slice_eq(name, S("var")) ||
           slice_has_prefix(name, S("bootstrap_std"));
}

/* A scorer's standard error is the one of its mean; beside other metrics it says nothing of them.
 */
static const struct json *stderr_of(const struct json *metrics, const struct json *metric)
{
    bool mean = slice_eq(metric->name, S("accuracy")) || slice_eq(metric->name, S("mean"));
    for (const struct json *m = metrics->first; m && !mean; m = m->next)
        if (m != metric && !is_spread(m->name))
            return NULL;
    return json_at(metrics, "stderr.value");
}

static status add_metric(struct inspect *r, const struct json *score, const struct json *metric)
{
    struct ledger_row *row;
    double number;
    if (is_spread(metric->name) || !import_number(json_find(metric, "value"), &number))
        return ST_OK;
    struct fields_builder *fields = arena_alloc(r->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(r->file->scratch, r->err);
    *fields = *r->fields;
    import_field(r->import, fields, "reducer", score, "reducer");
    TRY(add_row(r, &row, fields));
    slice scorer = import_text(json_at(score, r->single_score ? "scorer.name" : "name"));
    row->metric = arena_printf(r->import->ledger->arena, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(scorer),
                               SLICE_ARG(metric->name));
    row->value = number;
    row->has_value = true;
    row->has_stderr =
        import_number(stderr_of(json_find(score, "metrics"), metric), &row->stderr_value);
    row->n = import_count(json_at(r->log, "results.completed_samples"));
    return arena_check(r->import->ledger->arena, r->err);
}

static status add_score(struct inspect *r, const struct json *score)
{
    const struct json *metrics = json_find(score, "metrics");
    if (!metrics || metrics->kind != JSON_OBJECT)
        return ST_OK;
    for (const struct json *m = metrics->first; m; m = m->next)
        TRY(add_metric(r, score, m));
    return ST_OK;
}

static status add_scores(struct inspect *r)
{
    size_t before = r->import->ledger->row_count;
    const struct json *results = json_find(r->log, "results");
    const struct json *scores = json_find(results, "scores");
    r->single_score = !scores && json_find(results, "scorer"); /* version 1: one, not in a list */
    if (r->single_score)
        TRY(add_score(r, results));
    for (const struct json *score = scores ? scores->first : NULL; score; score = score->next)
        TRY(add_score(r, score));
    if (r->import->ledger->row_count > before)
        return ST_OK;
    if (r->status == RUN_COMPLETED)
        return error_set(r->err, ST_INVALID,
                         "no scores found: expected results.scores[].metrics.<name>.value");
    struct ledger_row *row; /* a run without scores still tells that somebody tried */
    return add_row(r, &row, r->fields);
}

static status inspect_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct inspect r = {.import = import, .file = file, .log = file->json, .err = err};
    slice version;
    r.fields = arena_alloc(file->scratch, sizeof *r.fields);
    if (!r.fields)
        return arena_check(file->scratch, err);
    if (!r.log)
        TRY(open_zip(&r));
    TRY(check_version(&r, &version));
    TRY(find_status(&r));
    add_fields(&r);
    TRY(add_scores(&r));
    return import_source(import, file, "inspect", version, err);
}

const struct importer importer_inspect = {
    .format = "inspect", .recognise = inspect_recognise, .read = inspect_read};
