/* What a row must keep, whichever reader made it: it has a run, a system and a task, its numbers
 * are numbers, and the ledger that is written from it reads back. A file with another row is
 * refused. */
#include "import/import.h"

#include "json.h"

#include <math.h>

enum { RUN_ID_MAX = 256, NAME_MAX_BYTES = 1024, METRIC_MAX = 256 };

static const double VALUE_MAX = 1e300;
static const double COUNT_MAX = 1e15; /* samples; every whole number up to it is a double */

/* Years 1 to 9999: what RFC 3339 can say. */
static const int64_t TIME_MIN_MS = INT64_C(-62135596800000);
static const int64_t TIME_MAX_MS = INT64_C(253402300799999);

static bool is_plain(slice text)
{
    return slice_is_utf8(text) && !slice_find_byte(text, '\0', NULL);
}

static status check_text(const char *what, slice text, size_t min, size_t max, struct error *err)
{
    if (text.len < min)
        return error_set(err, ST_INVALID, "a row has no %s", what);
    if (text.len > max)
        return error_set(err, ST_INVALID, "%s '%.*s…' is longer than %zu bytes", what,
                         SLICE_ARG(slice_sub(text, 0, 40)), max);
    if (!is_plain(text))
        return error_set(err, ST_INVALID, "the %s of a row is not UTF-8 text", what);
    return ST_OK;
}

static status check_fields(const struct ledger_fields *fields, struct error *err)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct ledger_field *field = &fields->at[i];
        if (field->name.len > JSON_KEY_MAX || !is_plain(field->name))
            return error_set(err, ST_INVALID, "a field's name is longer than %d bytes or not text",
                             JSON_KEY_MAX);
        if (!slice_is_utf8(field->text))
            return error_set(err, ST_INVALID, "field '%.*s' is not UTF-8 text",
                             SLICE_ARG(slice_sub(field->name, 0, 60)));
    }
    return ST_OK;
}

static status check_numbers(const struct ledger_row *row, struct error *err)
{
    if (row->has_value && !(fabs(row->value) <= VALUE_MAX))
        return error_set(err, ST_INVALID, "task '%.*s': the score is beyond all measure",
                         SLICE_ARG(slice_sub(row->task, 0, 60)));
    if (row->time_ms < TIME_MIN_MS || row->time_ms > TIME_MAX_MS)
        return error_set(err, ST_INVALID, "the time of a run lies outside of the years 1 to 9999");
    return ST_OK;
}

status import_check_rows(struct import *import, size_t first, struct error *err)
{
    if (import->ledger->row_count == first)
        return error_set(err, ST_INVALID, "no runs found: the file is empty behind its heading");
    for (size_t i = first; i < import->ledger->row_count; i++) {
        struct ledger_row *row = &import->ledger->rows[i];
        TRY(check_text("run id", row->run_id, 1, RUN_ID_MAX, err));
        TRY(check_text("system", row->system, 1, NAME_MAX_BYTES, err));
        TRY(check_text("task", row->task, 1, NAME_MAX_BYTES, err));
        TRY(check_text("metric", row->metric, row->has_value ? 1 : 0, METRIC_MAX, err));
        TRY(check_numbers(row, err));
        TRY(check_fields(&row->protocol, err));
        TRY(check_fields(&row->settings, err));
        bool spread = row->has_stderr && row->stderr_value >= 0 && row->stderr_value <= VALUE_MAX;
        row->has_stderr = spread; /* a negative spread is none */
    }
    return ST_OK;
}

/* --- numbers ---------------------------------------------------------------------------------- */

int64_t import_count(const struct json *value)
{
    double n;
    if (!import_number(value, &n) || !(n >= 0) || n > COUNT_MAX || n != floor(n))
        return -1;
    return (int64_t)n;
}

/* "05", "+1" and ".5" are numbers to people, but not to JSON. */
static bool is_json_number(slice text)
{
    size_t at = text.len && text.ptr[0] == '-';
    size_t digits = 0;
    size_t point;
    slice whole = slice_from(text, at);
    while (digits < whole.len && whole.ptr[digits] >= '0' && whole.ptr[digits] <= '9')
        digits++;
    if (digits == 0 || (digits > 1 && whole.ptr[0] == '0') || text.len > JSON_NUMBER_MAX)
        return false;
    if (!slice_find_byte(whole, '.', &point))
        return true;
    return point + 1 < whole.len && whole.ptr[point + 1] >= '0' && whole.ptr[point + 1] <= '9';
}

void import_cell(struct import *import, struct fields_builder *b, slice name, slice cell)
{
    double number;
    if (cell.len == 0)
        return; /* not recorded */
    if (!slice_to_f64(cell, &number))
        fields_add_text(b, name, cell);
    else if (is_json_number(cell))
        fields_add(b, name,
                   (struct ledger_field){.text = cell, .number = number, .kind = FIELD_NUMBER});
    else
        fields_add_number(b, import->ledger->arena, name, number);
}
