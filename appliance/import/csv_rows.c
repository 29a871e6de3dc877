/* Rows of a small CSV with a header line, for tables that evaluation tools export (RFC 4180).
 *
 * detect/csv.c is the fast reader of measurement columns; this one gives text cells. */
#include "import/import.h"

/* A quoted cell from its opening quote; *ret_used counts up to and with the closing one. */
static status quoted_cell(const struct csv_rows *rows, slice *ret, size_t *ret_used,
                          struct error *err)
{
    slice rest = rows->rest;
    struct buf text;
    buf_init_arena(&text, rows->arena, rest.len);
    for (size_t at = 1; at < rest.len; at++) {
        bool quote = rest.ptr[at] == '"';
        bool doubled = quote && at + 1 < rest.len && rest.ptr[at + 1] == '"';
        if (quote && !doubled) {
            *ret = buf_slice(&text);
            *ret_used = at + 1;
            return ST_OK;
        }
        at += doubled;
        buf_put_byte(&text, rest.ptr[at]);
    }
    return error_set(err, ST_INVALID, "line %zu: a quoted field is not closed", rows->line);
}

/* One cell; rows->rest is left behind its separator. ret_last: it ended its row. */
static status take_cell(struct csv_rows *rows, slice *ret, bool *ret_last, struct error *err)
{
    slice *rest = &rows->rest;
    size_t at = 0;
    if (rest->len && rest->ptr[0] == '"') {
        TRY(quoted_cell(rows, ret, &at, err));
    } else {
        while (at < rest->len && rest->ptr[at] != ',' && rest->ptr[at] != '\n')
            at++;
        *ret = slice_trim(slice_sub(*rest, 0, at));
    }
    if (at < rest->len && rest->ptr[at] == '\r')
        at++;
    *ret_last = at >= rest->len || rest->ptr[at] == '\n';
    if (!*ret_last && rest->ptr[at] != ',')
        return error_set(err, ST_INVALID, "line %zu: text behind a closing quote", rows->line);
    *rest = slice_from(*rest, at + 1);
    return ST_OK;
}

static status take_row(struct csv_rows *rows, slice *cells, size_t max, size_t *ret_count,
                       struct error *err)
{
    bool last = false;
    size_t count = 0;
    rows->line++;
    while (!last) {
        slice cell;
        TRY(take_cell(rows, &cell, &last, err));
        if (count == max)
            return error_set(err, ST_INVALID, "line %zu: more than %zu fields", rows->line, max);
        cells[count++] = cell;
    }
    *ret_count = count;
    return ST_OK;
}

static slice without_mark(slice text)
{
    return slice_has_prefix(text, S("\xEF\xBB\xBF")) ? slice_from(text, 3) : text;
}

status csv_rows_begin(struct csv_rows *rows, slice text, struct arena *arena, struct error *err)
{
    *rows = (struct csv_rows){.rest = without_mark(text), .arena = arena};
    rows->header = arena_array(arena, CSV_COLUMNS_MAX, sizeof *rows->header);
    if (!rows->header)
        return arena_check(arena, err);
    TRY(take_row(rows, rows->header, CSV_COLUMNS_MAX, &rows->column_count, err));
    rows->cells = arena_array(arena, rows->column_count, sizeof *rows->cells);
    return arena_check(arena, err);
}

status csv_rows_begin_export(struct csv_rows *rows, slice text, struct arena *arena,
                             struct error *err)
{
    if (!slice_is_utf8(text))
        return error_set(err, ST_INVALID, "the text is not valid UTF-8; save the file as UTF-8");
    TRY(csv_rows_begin(rows, text, arena, err));
    if (!slice_has_suffix(text, S("\n")) && !slice_has_suffix(text, S("\"")))
        return error_set(err, ST_INVALID,
                         "the last line has no end: expected a newline; was the file cut?");
    rows->whole = true;
    return ST_OK;
}

bool csv_rows_next(struct csv_rows *rows, status *ret, struct error *err)
{
    size_t count = 0;
    *ret = ST_OK;
    while (rows->rest.len && (rows->rest.ptr[0] == '\n' || rows->rest.ptr[0] == '\r')) {
        rows->line += rows->rest.ptr[0] == '\n';
        rows->rest = slice_from(rows->rest, 1);
    }
    if (rows->rest.len == 0)
        return false;
    *ret = take_row(rows, rows->cells, rows->column_count, &count, err);
    for (size_t i = count; i < rows->column_count; i++)
        rows->cells[i] = S("");
    if (*ret == ST_OK && rows->whole && count != rows->column_count)
        *ret = error_set(err, ST_INVALID, "line %zu: %zu fields, but the header has %zu",
                         rows->line, count, rows->column_count);
    return *ret == ST_OK;
}

bool csv_rows_column(const struct csv_rows *rows, const char *name, size_t *ret)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if (slice_eq(rows->header[i], slice_of(name))) {
            *ret = i;
            return true;
        }
    return false;
}

status csv_rows_only_column(const struct csv_rows *rows, slice name, size_t *ret, struct error *err)
{
    size_t seen = 0;
    for (size_t i = 0; i < rows->column_count; i++)
        if (slice_eq(rows->header[i], name) && seen++ == 0)
            *ret = i;
    if (seen == 1)
        return ST_OK;
    return error_set(err, ST_INVALID, seen ? "two columns are named '%.*s'" : "no column '%.*s'",
                     SLICE_ARG(slice_sub(name, 0, 60)));
}

slice csv_rows_cell(const struct csv_rows *rows, const char *name)
{
    size_t column;
    return csv_rows_column(rows, name, &column) ? rows->cells[column] : S("");
}

bool csv_header_has(slice text, const char *name)
{
    slice line, cell;
    text = without_mark(text);
    if (!slice_split(&text, '\n', &line))
        return false;
    while (slice_split(&line, ',', &cell)) {
        cell = slice_trim(cell);
        if (cell.len >= 2 && cell.ptr[0] == '"')
            cell = slice_sub(cell, 1, cell.len - 2);
        if (slice_eq(cell, slice_of(name)))
            return true;
    }
    return false;
}
