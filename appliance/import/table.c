/* Reads a hand-made table (time_period, algorithm, performance, constraint_*) and our own ledgers
 * (JSON lines). A table has no times: its periods become days after the epoch, and the grade is C.
 */
#include "import/import.h"

#include "json.h"

static const int64_t MS_PER_DAY = INT64_C(86400000);

static bool table_recognise(const struct import_file *file)
{
    return csv_header_has(file->bytes, "time_period") && csv_header_has(file->bytes, "algorithm") &&
           csv_header_has(file->bytes, "performance");
}

static bool is_key_column(slice name)
{
    return slice_eq(name, S("time_period")) || slice_eq(name, S("algorithm")) ||
           slice_eq(name, S("performance")) || slice_eq(name, S("reported"));
}

static void add_fields(struct import *import, const struct csv_rows *rows, struct fields_builder *b)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (!is_key_column(rows->header[i]))
            import_cell(import, b, rows->header[i], rows->cells[i]);
    }
}

static status add_row(struct import *import, const struct import_file *file,
                      const struct csv_rows *rows, struct error *err)
{
    struct ledger_row *row;
    double period;
    slice period_text = csv_rows_cell(rows, "time_period");
    slice score = csv_rows_cell(rows, "performance");
    struct fields_builder *fields = arena_alloc(file->scratch, sizeof *fields);
    if (!fields)
        return arena_check(file->scratch, err);
    if (!slice_to_f64(period_text, &period) || period < -7e5 || period > 2.9e6)
        return error_set(err, ST_INVALID, "line %zu, column 'time_period': '%.*s' is not a number",
                         rows->line, SLICE_ARG(slice_sub(period_text, 0, 40)));
    slice id = arena_printf(file->scratch, "line %zu", rows->line);
    TRY(import_row(import, file, id, (int64_t)(period * (double)MS_PER_DAY), &row, err));
    row->system = import_copy(import, csv_rows_cell(rows, "algorithm"));
    row->task = import_copy(import, S("table"));
    row->metric = import_copy(import, S("performance"));
    row->has_value = slice_to_f64(score, &row->value);
    if (score.len && !row->has_value)
        return error_set(err, ST_INVALID, "line %zu, column 'performance': '%.*s' is not a number",
                         rows->line, SLICE_ARG(slice_sub(score, 0, 40)));
    add_fields(import, rows, fields);
    return ledger_assign_roles(row, fields, import->options, import->ledger->arena, err);
}

static status table_read(struct import *import, const struct import_file *file, struct error *err)
{
    struct csv_rows rows;
    status rc = ST_OK;
    TRY(csv_rows_begin(&rows, file->bytes, file->scratch, err));
    while (csv_rows_next(&rows, &rc, err))
        TRY(add_row(import, file, &rows, err));
    if (rc != ST_OK)
        return rc;
    import->ledger->grade = 'C';
    return import_source(import, file, "table", S("csv"), err);
}

const struct importer importer_table = {
    .format = "table", .recognise = table_recognise, .read = table_read};

/* --- our own ledger
 * --------------------------------------------------------------------------------- */

static bool ledger_recognise(const struct import_file *file)
{
    slice line;
    slice text = file->bytes;
    if (!slice_split(&text, '\n', &line))
        return false;
    return slice_has_prefix(line, S("{\"run_id\":")) && slice_find(line, S("\"protocol\":"), NULL);
}

static status ledger_read(struct import *import, const struct import_file *file, struct error *err)
{
    TRY(ledger_read_jsonl(import->ledger, file->bytes, err));
    return import_source(import, file, "ledger", S("1"), err);
}

const struct importer importer_ledger = {
    .format = "ledger", .recognise = ledger_recognise, .read = ledger_read};
