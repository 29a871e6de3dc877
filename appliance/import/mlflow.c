/* Reads MLflow's two CSV exports: of the command line (search_runs: run_id, metrics.*, params.*,
 * tags.*) and of the web page ("Start Time", "Run ID", then params, metrics and tags without
 * prefix, where only --metric tells which column is the score). */
#include "import/import.h"

#include "base/clock.h"

/* 1973 to 5138: what lies outside counts seconds, or nothing at all. */
static const uint64_t EPOCH_MS_MIN = UINT64_C(100000000000);
static const uint64_t EPOCH_MS_MAX = UINT64_C(100000000000000);

struct mlflow {
    struct import *import;
    const struct import_file *file;
    struct csv_rows rows;
    bool page; /* the web page's export */
    struct error *err;
};

static bool mlflow_recognise(const struct import_file *file)
{
    bool command_line = csv_header_has(file->bytes, "run_id") &&
                        csv_header_has(file->bytes, "start_time") &&
                        csv_header_has(file->bytes, "status");
    bool page = csv_header_has(file->bytes, "Start Time") && csv_header_has(file->bytes, "Run ID");
    return command_line || page;
}

/* Spreadsheet protection of the export: '-0.5 stands for -0.5. */
static slice unquoted(slice cell)
{
    bool guarded = cell.len > 1 && cell.ptr[0] == '\'' && cell.ptr[1] == '-';
    return guarded ? slice_from(cell, 1) : cell;
}

static status run_time(struct mlflow *r, int64_t *ret_ms)
{
    slice text = csv_rows_cell(&r->rows, r->page ? "Start Time" : "start_time");
    uint64_t epoch_ms;
    if (time_parse(text, ret_ms))
        return ST_OK;
    if (slice_to_u64(text, &epoch_ms) && epoch_ms > EPOCH_MS_MIN && epoch_ms < EPOCH_MS_MAX) {
        *ret_ms = (int64_t)epoch_ms;
        return ST_OK;
    }
    return error_set(r->err, ST_INVALID, "line %zu: start time '%.*s' is not a time", r->rows.line,
                     SLICE_ARG(slice_sub(text, 0, 40)));
}

static status run_status_of(struct mlflow *r, enum run_status *ret)
{
    static const struct {
        slice name;
        enum run_status state;
    } known[] = {{SLICE_INIT("FINISHED"), RUN_COMPLETED},
                 {SLICE_INIT("FAILED"), RUN_FAILED},
                 {SLICE_INIT("KILLED"), RUN_FAILED},
                 {SLICE_INIT("RUNNING"), RUN_RUNNING},
                 {SLICE_INIT("SCHEDULED"), RUN_RUNNING}};
    slice text = csv_rows_cell(&r->rows, r->page ? "Status" : "status");
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (slice_eq(text, known[i].name)) {
            *ret = known[i].state;
            return ST_OK;
        }
    return error_set(r->err, ST_INVALID,
                     "line %zu: status '%.*s' is not known: expected FINISHED, FAILED, KILLED, "
                     "RUNNING or SCHEDULED",
                     r->rows.line, SLICE_ARG(slice_sub(text, 0, 40)));
}

/* The part of a column name behind its prefix; empty when it has another one. */
static slice behind(slice name, slice prefix)
{
    return slice_has_prefix(name, prefix) ? slice_from(name, prefix.len) : S("");
}

static bool is_page_column(slice name)
{
    static const char *const names[] = {"Start Time",  "Duration",    "Run ID", "Name",
                                        "Source Type", "Source Name", "User",   "Status"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (slice_eq(name, slice_of(names[i])))
            return true;
    return false;
}

static void add_fields(struct mlflow *r, struct fields_builder *b)
{
    slice metric = r->import->options->metric;
    for (size_t i = 0; i < r->rows.column_count; i++) {
        slice column = r->rows.header[i];
        slice cell = unquoted(r->rows.cells[i]);
        slice param = behind(column, S("params."));
        slice tag = behind(column, S("tags."));
        if (r->page && !is_page_column(column) && !slice_eq(column, metric))
            import_cell(r->import, b, column, cell);
        else if (param.len)
            import_cell(r->import, b, param, cell);
        else if (slice_eq(tag, S("mlflow.parentRunId")))
            import_cell(r->import, b, S("sweep_parent"), cell);
        else if (slice_eq(tag, S("mlflow.source.git.commit")))
            import_cell(r->import, b, S("commit"), cell);
        else if (tag.len && !slice_has_prefix(tag, S("mlflow.")))
            import_cell(r->import, b, tag, cell);
    }
}

/* First of several columns that has something in this row. */
static slice first_of(struct mlflow *r, const char *const *names, size_t count, slice fallback)
{
    for (size_t i = 0; i < count; i++) {
        slice cell = csv_rows_cell(&r->rows, names[i]);
        if (cell.len)
            return cell;
    }
    return fallback;
}

static status add_row(struct mlflow *r, slice metric, slice cell,
                      const struct fields_builder *fields)
{
    static const char *const systems[] = {
        "params.model", "params.model_name",   "tags.model", "model",
        "model_name",   "tags.mlflow.runName", "Name"};
    static const char *const tasks[] = {"tags.task",    "params.task",    "task",
                                        "tags.dataset", "params.dataset", "dataset"};
    struct ledger_row *row;
    enum run_status state = RUN_FAILED;
    int64_t time_ms;
    double value = 0;
    slice run_id = csv_rows_cell(&r->rows, r->page ? "Run ID" : "run_id");
    TRY(run_time(r, &time_ms));
    TRY(run_status_of(r, &state));
    if (run_id.len == 0)
        return error_set(r->err, ST_INVALID, "line %zu: the run has no id", r->rows.line);
    bool known = slice_to_f64(unquoted(cell), &value);
    if (cell.len && !known)
        return error_set(r->err, ST_INVALID, "line %zu, column '%.*s': '%.*s' is not a number",
                         r->rows.line, SLICE_ARG(slice_sub(metric, 0, 60)),
                         SLICE_ARG(slice_sub(cell, 0, 40)));
    TRY(import_row(r->import, r->file, run_id, time_ms, &row, r->err));
    row->system = import_copy(r->import, first_of(r, systems, ARRAY_COUNT(systems), S("model")));
    row->task = import_copy(r->import, first_of(r, tasks, ARRAY_COUNT(tasks), S("experiment")));
    row->metric = import_copy(r->import, metric);
    row->value = value;
    row->has_value = known;
    row->status = state;
    if (r->page)
        row->note = import_copy(r->import, S("time without zone, read as UTC"));
    return ledger_assign_roles(row, fields, r->import->options, r->import->ledger->arena, r->err);
}

static status add_run(struct mlflow *r)
{
    slice wanted = r->import->options->metric;
    struct fields_builder *fields = arena_alloc(r->file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(r->file->scratch, r->err);
    add_fields(r, fields);
    if (r->page) {
        size_t column = 0;
        TRY(csv_rows_only_column(&r->rows, wanted, &column, r->err));
        return add_row(r, wanted, r->rows.cells[column], fields);
    }
    size_t before = r->import->ledger->row_count;
    for (size_t i = 0; i < r->rows.column_count; i++) {
        slice metric = behind(r->rows.header[i], S("metrics."));
        if (metric.len && (r->rows.cells[i].len || slice_eq(metric, wanted)))
            TRY(add_row(r, metric, r->rows.cells[i], fields));
    }
    if (r->import->ledger->row_count > before)
        return ST_OK;
    return add_row(r, S(""), S(""), fields); /* a run without scores tells that somebody tried */
}

static status check_columns(struct mlflow *r)
{
    slice metric = r->import->options->metric;
    bool any_metric = false;
    size_t column;
    for (size_t i = 0; i < r->rows.column_count; i++)
        any_metric = any_metric || behind(r->rows.header[i], S("metrics.")).len;
    if (!r->page && !any_metric)
        return error_set(r->err, ST_INVALID, "no scores found: expected columns metrics.<name>");
    if (!r->page)
        return ST_OK;
    if (metric.len == 0)
        return error_set(
            r->err, ST_INVALID,
            "this export does not tell scores from parameters: name the score with --metric");
    return csv_rows_only_column(&r->rows, metric, &column, r->err);
}

static status mlflow_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct mlflow r = {.import = import, .file = file, .err = err};
    status rc = ST_OK;
    TRY(csv_rows_begin_export(&r.rows, file->bytes, file->scratch, err));
    r.page = csv_header_has(file->bytes, "Run ID");
    TRY(check_columns(&r));
    while (csv_rows_next(&r.rows, &rc, err))
        TRY(add_run(&r));
    if (rc != ST_OK)
        return rc;
    return import_source(import, file, "mlflow", r.page ? S("web") : S("cli"), err);
}

const struct importer importer_mlflow = {
    .format = "mlflow", .recognise = mlflow_recognise, .read = mlflow_read};
