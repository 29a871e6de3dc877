/* Reads OpenCompass: the summary table (dataset, version, metric, mode, then one column per model)
 * and the JSON of one data set (results/<model>/<dataset>.json). Scores come in percent. */
#include "import/import.h"

#include "json.h"

struct table {
    struct import *import;
    const struct import_file *file;
    struct csv_rows rows;
    int64_t time_ms;
    struct error *err;
};

enum { FIRST_MODEL_COLUMN = 4 };

static bool table_recognise(const struct import_file *file)
{
    return slice_has_prefix(file->bytes, S("dataset,version,metric,mode"));
}

/* Hashes and modes are text even where they look like numbers; an empty cell is unknown. */
static void add_text(struct fields_builder *b, const char *name, slice cell)
{
    if (cell.len)
        fields_add_text(b, slice_of(name), cell);
}

/* A word ("gen", "ppl", "mixed"), or nothing. */
static bool is_mode(slice cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        char c = cell.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || (c != '_' && c != '-')))
            return false;
    }
    return true;
}

static status add_score(struct table *t, size_t column)
{
    struct ledger_row *row;
    double value;
    slice cell = t->rows.cells[column];
    if (cell.len == 0 || slice_eq(cell, S("-")))
        return ST_OK; /* not measured */
    if (!slice_to_f64(cell, &value))
        return error_set(t->err, ST_INVALID, "line %zu, column '%.*s': '%.*s' is not a number",
                         t->rows.line, SLICE_ARG(slice_sub(t->rows.header[column], 0, 60)),
                         SLICE_ARG(slice_sub(cell, 0, 40)));
    slice mode = csv_rows_cell(&t->rows, "mode");
    if (!is_mode(mode))
        return error_set(t->err, ST_INVALID,
                         "line %zu, column 'mode': '%.*s' is no mode like gen or ppl; are the "
                         "columns shifted?",
                         t->rows.line, SLICE_ARG(slice_sub(mode, 0, 40)));
    struct fields_builder *fields = arena_alloc(t->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(t->file->scratch, t->err);
    add_text(fields, "version", csv_rows_cell(&t->rows, "version"));
    add_text(fields, "mode", mode);
    TRY(import_row(t->import, t->file, S(""), t->time_ms, &row, t->err));
    row->system = import_copy(t->import, t->rows.header[column]);
    row->task = import_copy(t->import, csv_rows_cell(&t->rows, "dataset"));
    row->metric = import_copy(t->import, csv_rows_cell(&t->rows, "metric"));
    row->value = value;
    row->has_value = true;
    row->note = import_copy(t->import, S("as logged, in percent unless the metric says otherwise"));
    return ledger_assign_roles(row, fields, t->import->options, t->import->ledger->arena, t->err);
}

static status table_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct table t = {.import = import, .file = file, .err = err};
    status rc = ST_OK;
    if (!import_time_in_name(file->path, &t.time_ms))
        return error_set(
            err, ST_INVALID,
            "no time of the run: expected a file name like summary_20260102_030405.csv");
    TRY(csv_rows_begin_export(&t.rows, file->bytes, file->scratch, err));
    if (t.rows.column_count <= FIRST_MODEL_COLUMN)
        return error_set(
            err, ST_INVALID,
            "no models: expected dataset, version, metric, mode and one column per model");
    while (csv_rows_next(&t.rows, &rc, err)) {
        if (slice_eq(csv_rows_cell(&t.rows, "version"), S("-")))
            continue; /* headings and data sets that were not run */
        for (size_t i = FIRST_MODEL_COLUMN; i < t.rows.column_count; i++)
            TRY(add_score(&t, i));
    }
    if (rc != ST_OK)
        return rc;
    return import_source(import, file, "opencompass", S("summary"), err);
}

const struct importer importer_opencompass_table = {
    .format = "opencompass", .recognise = table_recognise, .read = table_read};

/* --- one data set
 * --------------------------------------------------------------------------------- */

/* "…/20260102_030405/results/<model>/<dataset>.json" → model and data set; false for other paths.
 */
static bool path_names(slice path, slice *ret_model, slice *ret_dataset)
{
    slice before = S("");
    slice model = S("");
    slice part;
    slice rest = path;
    while (slice_split(&rest, '/', &part)) {
        if (!rest.ptr)
            break;
        before = model;
        model = part;
    }
    bool ours = slice_eq(before, S("results")) && model.len && slice_has_suffix(part, S(".json"));
    *ret_model = model;
    *ret_dataset = slice_sub(part, 0, part.len > 5 ? part.len - 5 : 0);
    return ours;
}

static bool result_recognise(const struct import_file *file)
{
    slice model, dataset;
    return file->json && file->json->kind == JSON_OBJECT &&
           path_names(file->path, &model, &dataset) && !json_find(file->json, "schema_version");
}

static status result_row(struct import *import, const struct import_file *file,
                         struct ledger_row **ret, struct error *err)
{
    slice model, dataset;
    int64_t time_ms;
    if (!path_names(file->path, &model, &dataset) || !import_time_in_name(file->path, &time_ms))
        return error_set(err, ST_INVALID,
                         "no time of the run: expected a path like "
                         "20260102_030405/results/<model>/<dataset>.json");
    TRY(import_row(import, file, S(""), time_ms, ret, err));
    (*ret)->system = import_copy(import, model);
    (*ret)->task = import_copy(import, dataset);
    return arena_check(import->ledger->arena, err);
}

static status result_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct ledger_row *row;
    size_t scores = 0;
    const struct json *error = json_find(file->json, "error");
    if (error && error->kind != JSON_NULL) {
        TRY(result_row(import, file, &row, err));
        row->status = RUN_FAILED;
        return import_source(import, file, "opencompass", S("result"), err);
    }
    for (const struct json *value = file->json->first; value; value = value->next) {
        double number;
        if (!import_number(value, &number)) /* "details" and the like */
            continue;
        TRY(result_row(import, file, &row, err));
        row->metric = import_copy(import, value->name);
        row->value = number;
        row->has_value = true;
        scores++;
    }
    if (scores == 0)
        return error_set(err, ST_INVALID,
                         "no scores found: expected a number per metric, or 'error'");
    return import_source(import, file, "opencompass", S("result"), err);
}

const struct importer importer_opencompass_json = {
    .format = "opencompass", .recognise = result_recognise, .read = result_read};
