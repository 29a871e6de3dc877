/* The rows of a CSV log, one field after the other into its column: where reading spends its time.
 *
 * Compiled once for any processor, and once more by panel_rows_wide.c. */
#include "detect/csv_reader.h"
#include "detect/csv_split.h"

#ifndef ROWS
#define ROWS csv_reader_rows
#endif

/* The fields of one row into their columns; the open row is written at index `row`. */
static void put_fields(struct csv_reader *r, size_t count)
{
    size_t row = r->builder->row_count;
    for (size_t i = 0; i < count; i++) {
        struct column *column = r->columns[i];
        const struct csv_field *field = &r->fields[i];
        const char *end = field->raw.ptr + field->raw.len;
        double value;
        if (!column)
            continue;
        if (column->plain && !field->escaped && end - r->text >= 8 &&
            field_short_decimal(end, field->raw.len, &value)) {
            column->values[row] = value;
            column->numbers++;
        } else {
            builder_put(r->builder, column, csv_reader_text(r, field));
        }
    }
    for (size_t i = count; i < r->header_count; i++) /* a short row is padded */
        if (r->columns[i])
            builder_put_missing(r->builder, r->columns[i]);
}

/* For mapped files: what was read may go. */
static void tell_passed(struct csv_reader *r)
{
    size_t at = (size_t)(r->csv.at - r->text);
    if (!r->options->passed || at < r->passed + CSV_READER_STEP)
        return;
    r->options->passed(r->options->passed_ctx, r->passed, at - r->passed);
    r->passed = at;
}

status ROWS(struct csv_reader *r, struct error *err)
{
    size_t count = 0;
    enum csv_result got;
    while ((got = csv_next_row(&r->csv, r->fields, r->header_count, &count)) == CSV_ROW) {
        if (count > r->header_count)
            return csv_reader_too_many(r, count, err);
        panel_builder_row(r->builder, r->csv.row_line);
        if (r->builder->rc == ST_OK)
            put_fields(r, count);
        if (r->builder->rc != ST_OK)
            break; /* builder_finish tells why */
        tell_passed(r);
    }
    return got == CSV_UNTERMINATED ? csv_reader_unterminated(r, err) : ST_OK;
}
