/* Reads results of lm-evaluation-harness: results_*.json of 0.4 ("metric,filter"), of 0.3 (plain
 * metric names), and the leaderboards' format ("harness|task|shots" with config_general).
 *
 * A group and its subtasks are never both counted: the group is left out when its parts are there.
 */
#include "import/import.h"

#include "json.h"

#include "base/clock.h"

enum lm_eval_format { FORMAT_04, FORMAT_03, FORMAT_LEADERBOARD };

struct lm_eval {
    struct import *import;
    const struct import_file *file;
    const struct json *root;
    enum lm_eval_format format;
    int64_t time_ms;
    slice system;
    struct error *err;
};

static const struct json *member(const struct json *object, slice name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *value = object->first; value; value = value->next)
        if (slice_eq(value->name, name))
            return value;
    return NULL;
}

static bool lm_eval_recognise(const struct import_file *file)
{
    const struct json *results = json_find(file->json, "results");
    return results && results->kind == JSON_OBJECT &&
           (json_find(file->json, "config_general") || json_find(file->json, "versions") ||
            json_find(file->json, "configs") || json_find(file->json, "lm_eval_version"));
}

/* --- the run
 * --------------------------------------------------------------------------------------- */

static status find_format(struct lm_eval *r)
{
    const struct json *results = json_find(r->root, "results");
    if (json_find(r->root, "config_general")) {
        r->format = FORMAT_LEADERBOARD;
        return ST_OK;
    }
    for (const struct json *task = results->first; task; task = task->next)
        for (const struct json *metric = task->first; metric; metric = metric->next) {
            double number;
            if (slice_eq(metric->name, S("alias")) || !import_number(metric, &number))
                continue;
            bool comma = slice_find_byte(metric->name, ',', NULL);
            if (comma || json_find(r->root, "config")) {
                r->format = comma ? FORMAT_04 : FORMAT_03;
                return ST_OK;
            }
        }
    return error_set(r->err, ST_INVALID,
                     "no scores found: expected results.<task>.\"metric,filter\" (0.4), "
                     "results.<task>.metric with config (0.3), or config_general (leaderboard)");
}

static status find_time(struct lm_eval *r)
{
    double seconds;
    if (import_number(json_find(r->root, "date"), &seconds) && seconds > 0 && seconds < 1e11) {
        r->time_ms = (int64_t)(seconds * 1000);
        return ST_OK;
    }
    /* never start_time: it is a performance counter, not a clock */
    if (import_time_in_name(r->file->path, &r->time_ms))
        return ST_OK;
    return error_set(
        r->err, ST_INVALID,
        "no time of the run: expected 'date' (unix seconds) or a time in the file name");
}

/* The harness invents eight letters when it cannot name a model: no identity across runs. */
static bool is_invented(slice name)
{
    if (name.len != 8)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}

static status find_system(struct lm_eval *r)
{
    const struct json *config = json_find(r->root, "config");
    const struct json *general = json_find(r->root, "config_general");
    slice name = import_text(json_find(general ? general : r->root, "model_name"));
    const struct json *args = json_find(config, "model_args");
    slice args_text = args && args->kind == JSON_STRING ? args->text : S("");
    bool named_in_args = name.len && slice_find(args_text, name, NULL);
    if (name.len && (named_in_args || !is_invented(name))) {
        r->system = name;
        return ST_OK;
    }
    if (args && args->kind == JSON_OBJECT)
        args_text = import_text(json_find(args, "pretrained"));
    if (args_text.len == 0)
        return error_set(r->err, ST_INVALID,
                         "no identity of the model: expected model_name or config.model_args");
    r->system = args_text;
    return ST_OK;
}

/* --- a task
 * ---------------------------------------------------------------------------------------- */

static void add_run_fields(struct lm_eval *r, struct fields_builder *b)
{
    static const struct {
        const char *name, *path;
    } fields[] = {
        {"limit", "config.limit"},
        {"num_fewshot", "config.num_fewshot"},
        {"gen_kwargs", "config.gen_kwargs"},
        {"random_seed", "config.random_seed"},
        {"numpy_seed", "config.numpy_seed"},
        {"torch_seed", "config.torch_seed"},
        {"fewshot_seed", "config.fewshot_seed"},
        {"chat_template_sha", "chat_template_sha"},
        {"system_instruction_sha", "system_instruction_sha"},
        {"fewshot_as_multiturn", "fewshot_as_multiturn"},
        {"lm_eval_version", "lm_eval_version"},
        {"transformers_version", "transformers_version"},
        {"git_hash", "git_hash"},
        {"model", "config.model"},
        {"model_args", "config.model_args"},
        {"model_sha", "config.model_sha"},
        {"model_dtype", "config.model_dtype"},
        {"harness_commit", "config_general.lighteval_sha"},
        {"model_sha", "config_general.model_sha"},
        {"model_dtype", "config_general.model_dtype"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        import_field(r->import, b, fields[i].name, r->root, fields[i].path);
}

/* Newer versions put the model's arguments into metadata: that part is not the task's. */
static void add_task_config(struct lm_eval *r, struct fields_builder *b, const struct json *config)
{
    struct buf all;
    if (!config || config->kind != JSON_OBJECT)
        return;
    buf_init_arena(&all, r->file->scratch, 1 << 20);
    for (const struct json *value = config->first; value; value = value->next)
        if (!slice_eq(value->name, S("metadata"))) {
            buf_put(&all, import_hash(r->import, value));
            buf_put(&all, value->name);
        }
    struct json text = {.kind = JSON_STRING, .text = buf_slice(&all)};
    fields_add_text(b, S("task_config_sha256"), import_hash(r->import, &text));
}

static void add_task_fields(struct lm_eval *r, struct fields_builder *b, slice task)
{
    static const struct {
        const char *name, *table;
    } fields[] = {{"n-shot", "n-shot"}, {"task_version", "versions"}, {"task_hash", "task_hashes"}};
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        const struct json *value = member(json_find(r->root, fields[i].table), task);
        if (value && value->kind != JSON_ARRAY && value->kind != JSON_OBJECT)
            ledger_field_from_json(b, slice_of(fields[i].name), value);
    }
    add_task_config(r, b, member(json_find(r->root, "configs"), task));
}

static int64_t sample_count(struct lm_eval *r, slice task)
{
    const struct json *samples = member(json_find(r->root, "n-samples"), task);
    return import_count(json_find(samples, "effective"));
}

static enum run_direction direction_of(struct lm_eval *r, slice task, slice metric)
{
    const struct json *higher =
        member(member(json_find(r->root, "higher_is_better"), task), metric);
    if (!higher || higher->kind != JSON_BOOL)
        return DIRECTION_UNKNOWN;
    return higher->boolean ? DIRECTION_HIGHER : DIRECTION_LOWER;
}

/* "acc,none" → metric "acc", filter "none". The leaderboards' task "harness|gsm8k|5" → "gsm8k". */
static slice task_name(struct lm_eval *r, slice name)
{
    slice part = name;
    if (r->format != FORMAT_LEADERBOARD)
        return name;
    (void)slice_split(&name, '|', &part);
    if (name.ptr && slice_split(&name, '|', &part))
        return part;
    return part;
}

static bool is_stderr(slice name)
{
    slice metric;
    (void)slice_split(&name, ',', &metric);
    return slice_has_suffix(metric, S("_stderr"));
}

static const struct json *stderr_of(struct lm_eval *r, const struct json *task, slice metric,
                                    slice filter)
{
    slice name = filter.len
                     ? arena_printf(r->file->scratch, SLICE_FMT "_stderr," SLICE_FMT,
                                    SLICE_ARG(metric), SLICE_ARG(filter))
                     : arena_printf(r->file->scratch, SLICE_FMT "_stderr", SLICE_ARG(metric));
    return name.ptr ? member(task, name) : NULL;
}

static status add_metric(struct lm_eval *r, const struct json *task, const struct json *value,
                         struct fields_builder *shared)
{
    struct ledger_row *row;
    double number;
    slice rest = value->name;
    slice metric;
    if (is_stderr(value->name) || !import_number(value, &number))
        return ST_OK;
    (void)slice_split(&rest, ',', &metric);
    slice filter = rest.ptr ? rest : S("");
    struct fields_builder *fields = arena_alloc(r->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(r->file->scratch, r->err);
    *fields = *shared;
    if (filter.len)
        fields_add_text(fields, S("filter"), filter);
    TRY(import_row(r->import, r->file, S(""), r->time_ms, &row, r->err));
    row->system = import_copy(r->import, r->system);
    row->task = import_copy(r->import, task_name(r, task->name));
    /* Two filters of one metric are two lines: "exact_match,strict-match". */
    bool plain = filter.len == 0 || slice_eq(filter, S("none"));
    row->metric = import_copy(r->import, plain ? metric : value->name);
    row->value = number;
    row->has_value = true;
    row->has_stderr = import_number(stderr_of(r, task, metric, filter), &row->stderr_value);
    row->n = sample_count(r, task->name);
    row->direction = direction_of(r, task->name, metric);
    return ledger_assign_roles(row, fields, r->import->options, r->import->ledger->arena, r->err);
}

/* Names beside the scores of a task that are not metrics. */
static bool is_no_metric(slice name)
{
    return slice_eq(name, S("name")) || slice_eq(name, S("alias")) ||
           slice_eq(name, S("sample_len")) || slice_eq(name, S("sample_count"));
}

static status add_task(struct lm_eval *r, const struct json *task)
{
    struct fields_builder *fields = arena_alloc(r->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(r->file->scratch, r->err);
    add_run_fields(r, fields);
    add_task_fields(r, fields, task->name);
    for (const struct json *value = task->first; value; value = value->next)
        if (!is_no_metric(value->name))
            TRY(add_metric(r, task, value, fields));
    return ST_OK;
}

/* A group with at least one subtask among the results is their summary. */
static bool is_group(struct lm_eval *r, slice name)
{
    const struct json *results = json_find(r->root, "results");
    const struct json *subtasks = json_find(r->root, "group_subtasks");
    const struct json *parts = member(subtasks, name);
    if (!subtasks) /* up to 0.4.2 only "groups" tells them apart */
        return member(json_find(r->root, "groups"), name) != NULL;
    if (!parts || parts->kind != JSON_ARRAY)
        return false;
    for (const struct json *part = parts->first; part; part = part->next)
        if (!slice_eq(part->text, name) && member(results, part->text))
            return true;
    return false;
}

static slice version_of(struct lm_eval *r)
{
    slice version = import_text(json_find(r->root, "lm_eval_version"));
    static const char *const names[] = {"0.4", "0.3", "leaderboard"};
    return version.len ? version : slice_of(names[r->format]);
}

static status lm_eval_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct lm_eval r = {.import = import, .file = file, .root = file->json, .err = err};
    size_t rows_before = import->ledger->row_count;
    TRY(find_format(&r));
    TRY(find_time(&r));
    TRY(find_system(&r));
    for (const struct json *task = json_find(r.root, "results")->first; task; task = task->next) {
        bool summary = slice_eq(task->name, S("all")) && r.format == FORMAT_LEADERBOARD;
        if (task->kind == JSON_OBJECT && !summary && !is_group(&r, task->name))
            TRY(add_task(&r, task));
    }
    if (import->ledger->row_count == rows_before)
        return error_set(err, ST_INVALID, "no scores found: expected numbers in results.<task>");
    return import_source(import, file, "lm-eval", version_of(&r), err);
}

const struct importer importer_lm_eval = {
    .format = "lm-eval", .recognise = lm_eval_recognise, .read = lm_eval_read};
