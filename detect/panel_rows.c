/* The rows of a CSV log, one field after the other into its column: where reading spends its time.
 *
 * Compiled once for any processor, and once more by panel_rows_wide.c. */
#include "detect/csv_reader.h"
#include "detect/csv_split.h"

#ifndef ROWS
#define ROWS csv_reader_rows
#endif

/* Finds the ends of the fields of a row as most are: no quotes, as many fields as the header has,
 * LF or CRLF behind it. False for any other row, of which nothing is used up then. */
static inline bool plain_row(struct csv_reader *r)
{
    struct csv csv = r->csv;
    size_t last = r->header_count - 1;
    const char *p;
    for (size_t i = 0; i < last; i++) {
        p = next_special(&csv);
        if (p == csv.end || *p != csv.separator)
            return false;
        r->ends[i] = p;
    }
    p = next_special(&csv);
    r->ends[last] = p;
    if (p + 1 < csv.end && *p == '\r')
        p = next_special(&csv);
    if (p == csv.end || *p != '\n' || p - r->ends[last] > 1)
        return false;
    csv.at = p + 1;
    csv.row_line = csv.line++;
    r->csv = csv;
    return true;
}

/* The fields of a plain row; short numbers go straight into their columns. */
static void put_plain(struct csv_reader *r, const char *at)
{
    size_t row = r->builder->row_count;
    for (size_t i = 0; i < r->header_count; i++) {
        struct column *column = r->columns[i];
        const char *end = r->ends[i];
        size_t len = (size_t)(end - at);
        double value;
        if (column && column->plain && field_short_decimal(end, len, &value)) {
            column->values[row] = value;
            column->numbers++;
        } else if (column) {
            builder_put(r->builder, column, slice_make(at, len));
        }
        at = end + 1;
    }
}

/* The fields of any row, as csv_next_row has split it. */
static void put_fields(struct csv_reader *r, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (r->columns[i])
            builder_put(r->builder, r->columns[i], csv_reader_text(r, &r->fields[i]));
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
    enum csv_result got = CSV_ROW;
    while (got == CSV_ROW && r->builder->rc == ST_OK) { /* builder_finish tells why it is not */
        const char *start = r->csv.at;
        size_t count = 0;
        /* Numbers are read as words of eight bytes, of which a short one does not fill its own. */
        bool plain = r->header_count > 1 && start - r->text >= 8 && plain_row(r);
        if (!plain)
            got = csv_next_row(&r->csv, r->fields, r->header_count, &count);
        if (got != CSV_ROW)
            break;
        if (count > r->header_count)
            return csv_reader_too_many(r, count, err);
        panel_builder_row(r->builder, r->csv.row_line);
        if (r->builder->rc == ST_OK && plain)
            put_plain(r, start);
        else if (r->builder->rc == ST_OK)
            put_fields(r, count);
        tell_passed(r);
    }
    return got == CSV_UNTERMINATED ? csv_reader_unterminated(r, err) : ST_OK;
}
