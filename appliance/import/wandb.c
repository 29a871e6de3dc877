/* Reads Weights & Biases exports: one flat row per run (config and summary side by side, with
 * --metric naming the score), or three columns name, config, summary with dictionaries as text, as
 * the recipes of its API write them (JSON or Python's notation). */
#include "import/import.h"

#include "json.h"

#include "base/clock.h"

struct wandb {
    struct import *import;
    const struct import_file *file;
    struct csv_rows rows;
    bool dictionaries;
    struct error *err;
};

static bool wandb_recognise(const struct import_file *file)
{
    if (!csv_header_has(file->bytes, "name") && !csv_header_has(file->bytes, "Name"))
        return false;
    return (csv_header_has(file->bytes, "config") && csv_header_has(file->bytes, "summary")) ||
           csv_header_has(file->bytes, "state") || csv_header_has(file->bytes, "State") ||
           csv_header_has(file->bytes, "_timestamp");
}

/* --- Python's notation
 * ------------------------------------------------------------------------------- */

static bool is_word(slice text, size_t at, slice word)
{
    return slice_eq(slice_sub(text, at, word.len), word);
}

/* Copies one quoted Python string as a JSON string; returns the index behind it. */
static size_t put_python_string(struct buf *out, slice text, size_t at)
{
    char quote = text.ptr[at++];
    buf_put_byte(out, '"');
    for (; at < text.len && text.ptr[at] != quote; at++) {
        char c = text.ptr[at];
        if (c == '\\' && at + 1 < text.len && text.ptr[at + 1] == '\'') {
            buf_put_byte(out, '\'');
            at++;
        } else if (c == '\\' && at + 1 < text.len) {
            buf_put(out, slice_sub(text, at, 2));
            at++;
        } else if (c == '"') {
            buf_put_str(out, "\\\"");
        } else {
            buf_put_byte(out, c);
        }
    }
    buf_put_byte(out, '"');
    return at + 1;
}

/* {'lr': 0.1, 'on': True, 'x': None, 'n': nan} → JSON; what is still wrong the JSON reader refuses.
 */
static slice python_to_json(struct arena *arena, slice text)
{
    static const struct {
        slice python, json;
    } words[] = {{SLICE_INIT("True"), SLICE_INIT("true")},
                 {SLICE_INIT("False"), SLICE_INIT("false")},
                 {SLICE_INIT("None"), SLICE_INIT("null")},
                 {SLICE_INIT("nan"), SLICE_INIT("null")}};
    struct buf out;
    buf_init_arena(&out, arena, text.len * 2 + 64);
    for (size_t at = 0; at < text.len;) {
        size_t before = at;
        if (text.ptr[at] == '\'' || text.ptr[at] == '"') {
            at = put_python_string(&out, text, at);
            continue;
        }
        for (size_t i = 0; i < ARRAY_COUNT(words) && at == before; i++)
            if (is_word(text, at, words[i].python)) {
                buf_put(&out, words[i].json);
                at += words[i].python.len;
            }
        if (at == before)
            buf_put_byte(&out, text.ptr[at++]);
    }
    return buf_slice(&out);
}

static status parse_dictionary(struct wandb *r, const char *column, const struct json **ret)
{
    slice text = csv_rows_cell(&r->rows, column);
    struct error ignored;
    if (json_parse(text, r->file->scratch, ret, &ignored) == ST_OK)
        return ST_OK;
    status rc = json_parse(python_to_json(r->file->scratch, text), r->file->scratch, ret, r->err);
    return rc == ST_OK ? rc : error_wrap(r->err, rc, "line %zu, column '%s'", r->rows.line, column);
}

/* --- rows
 * ------------------------------------------------------------------------------------------ */

/* States of W&B's run page; ret_told: the export has a column for them at all. */
static status run_status_of(struct wandb *r, enum run_status *ret, bool *ret_told)
{
    static const struct {
        slice name;
        enum run_status state;
    } known[] = {{SLICE_INIT("finished"), RUN_COMPLETED}, {SLICE_INIT("failed"), RUN_FAILED},
                 {SLICE_INIT("crashed"), RUN_FAILED},     {SLICE_INIT("killed"), RUN_FAILED},
                 {SLICE_INIT("preempted"), RUN_FAILED},   {SLICE_INIT("preempting"), RUN_RUNNING},
                 {SLICE_INIT("running"), RUN_RUNNING},    {SLICE_INIT("pending"), RUN_RUNNING}};
    size_t column;
    *ret_told =
        csv_rows_column(&r->rows, "state", &column) || csv_rows_column(&r->rows, "State", &column);
    *ret = RUN_COMPLETED;
    if (!*ret_told)
        return ST_OK;
    slice text = r->rows.cells[column];
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (slice_eq_nocase(text, known[i].name)) {
            *ret = known[i].state;
            return ST_OK;
        }
    return error_set(r->err, ST_INVALID,
                     "line %zu: state '%.*s' is not known: expected finished, failed, crashed, "
                     "killed, preempted, preempting, running or pending",
                     r->rows.line, SLICE_ARG(slice_sub(text, 0, 40)));
}

/* "_timestamp" in seconds, or "created_at" as text, from the summary or the row itself. */
static status run_time(struct wandb *r, const struct json *summary, int64_t *ret_ms)
{
    double seconds;
    slice cell = csv_rows_cell(&r->rows, "_timestamp");
    slice created = csv_rows_cell(&r->rows, "created_at");
    if (created.len == 0)
        created = csv_rows_cell(&r->rows, "Created");
    bool stamped =
        import_number(json_find(summary, "_timestamp"), &seconds) || slice_to_f64(cell, &seconds);
    if (stamped && seconds > 0 && seconds < 1e11) {
        *ret_ms = (int64_t)(seconds * 1000);
        return ST_OK;
    }
    if (time_parse(created, ret_ms))
        return ST_OK;
    return error_set(r->err, ST_INVALID,
                     "line %zu: no time of the run: expected _timestamp or created_at",
                     r->rows.line);
}

static slice first_cell(struct wandb *r, const char *a, const char *b)
{
    slice cell = csv_rows_cell(&r->rows, a);
    return cell.len ? cell : csv_rows_cell(&r->rows, b);
}

/* One score of a run; config and summary are NULL in the flat form. */
struct score {
    slice metric;
    double value;
    bool known;
    const struct json *config, *summary;
    const struct fields_builder *fields;
};

static status add_row(struct wandb *r, const struct score *score)
{
    struct ledger_row *row;
    enum run_status state = RUN_FAILED;
    bool told;
    int64_t time_ms;
    const struct json *config = score->config;
    TRY(run_time(r, score->summary, &time_ms));
    TRY(run_status_of(r, &state, &told));
    slice name = first_cell(r, "name", "Name");
    slice id = first_cell(r, "id", "ID");
    slice model = import_text(json_find(config, "model"));
    slice task = import_text(json_find(config, "task"));
    if (model.len == 0)
        model = first_cell(r, "model", "model_name");
    if (task.len == 0)
        task = first_cell(r, "task", "dataset");
    if (id.len == 0 && name.len == 0)
        return error_set(r->err, ST_INVALID, "line %zu: the run has no name", r->rows.line);
    TRY(import_row(r->import, r->file, id.len ? id : name, time_ms, &row, r->err));
    row->system = import_copy(r->import, model.len ? model : S("model"));
    row->task = import_copy(r->import, task.len ? task : S("project"));
    row->metric = import_copy(r->import, score->metric);
    row->value = score->value;
    row->has_value = score->known;
    row->status = state;
    if (!told)
        row->note = import_copy(r->import, S("state not exported, taken as finished"));
    row->status_assumed = !told;
    return ledger_assign_roles(row, score->fields, r->import->options, r->import->ledger->arena,
                               r->err);
}

static status add_from_dictionaries(struct wandb *r, struct fields_builder *fields)
{
    const struct json *config;
    const struct json *summary;
    slice wanted = r->import->options->metric;
    size_t before = r->import->ledger->row_count;
    TRY(parse_dictionary(r, "config", &config));
    TRY(parse_dictionary(r, "summary", &summary));
    if (config->kind != JSON_OBJECT || summary->kind != JSON_OBJECT)
        return error_set(r->err, ST_INVALID,
                         "line %zu: expected config and summary to be dictionaries", r->rows.line);
    import_flatten(r->import, fields, S(""), config);
    for (const struct json *value = summary->first; value; value = value->next) {
        double number;
        bool skipped = !import_number(value, &number) || value->name.len == 0 ||
                       value->name.ptr[0] == '_' || (wanted.len && !slice_eq(value->name, wanted));
        if (!skipped)
            TRY(add_row(r, &(struct score){value->name, number, true, config, summary, fields}));
    }
    if (r->import->ledger->row_count > before)
        return ST_OK;
    /* a run without scores tells that somebody tried */
    return add_row(r, &(struct score){wanted, 0, false, config, summary, fields});
}

static bool is_book_keeping(slice name)
{
    static const char *const names[] = {"name",    "Name", "state",      "State",
                                        "id",      "ID",   "created_at", "Created",
                                        "Runtime", "User", "Tags",       "Notes"};
    if (name.len == 0 || name.ptr[0] == '_')
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (slice_eq(name, slice_of(names[i])))
            return true;
    return false;
}

static status add_from_columns(struct wandb *r, struct fields_builder *fields)
{
    slice metric = r->import->options->metric;
    size_t score_column = 0;
    double value = 0;
    for (size_t i = 0; i < r->rows.column_count; i++) {
        slice column = r->rows.header[i];
        if (!slice_eq(column, metric) && !is_book_keeping(column))
            import_cell(r->import, fields, column, r->rows.cells[i]);
    }
    TRY(csv_rows_only_column(&r->rows, metric, &score_column, r->err));
    slice score = r->rows.cells[score_column];
    bool known = slice_to_f64(score, &value);
    if (score.len && !known && !slice_eq_nocase(score, S("nan")))
        return error_set(r->err, ST_INVALID, "line %zu, column '%.*s': '%.*s' is not a number",
                         r->rows.line, SLICE_ARG(slice_sub(metric, 0, 60)),
                         SLICE_ARG(slice_sub(score, 0, 40)));
    return add_row(r, &(struct score){metric, value, known, NULL, NULL, fields});
}

static status wandb_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct wandb r = {.import = import, .file = file, .err = err};
    size_t column;
    status rc = ST_OK;
    TRY(csv_rows_begin_export(&r.rows, file->bytes, file->scratch, err));
    r.dictionaries =
        csv_rows_column(&r.rows, "config", &column) && csv_rows_column(&r.rows, "summary", &column);
    if (!r.dictionaries && import->options->metric.len == 0)
        return error_set(
            err, ST_INVALID,
            "this export does not tell scores from parameters: name the score with --metric");
    while (csv_rows_next(&r.rows, &rc, err)) {
        struct fields_builder *fields = arena_alloc(file->scratch, sizeof *fields);
        if (!fields)
            return arena_check(file->scratch, err);
        TRY(r.dictionaries ? add_from_dictionaries(&r, fields) : add_from_columns(&r, fields));
    }
    if (rc != ST_OK)
        return rc;
    return import_source(import, file, "wandb", r.dictionaries ? S("api") : S("table"), err);
}

const struct importer importer_wandb = {
    .format = "wandb", .recognise = wandb_recognise, .read = wandb_read};
