/* Splits CSV text into rows of fields at memory speed (RFC 4180, and what spreadsheets make of it).
 *
 * Nothing is copied: fields are views into the text. 64 bytes at a time become one bit mask of the
 * bytes that matter (separator, quote, line ends), so the cost per field does not grow with its
 * length. Time is linear in the text whatever the quotes do. */
#ifndef DETECT_CSV_H
#define DETECT_CSV_H

#include "base/arena.h"

struct csv_field {
    slice raw;    /* the field; without its outer quotes */
    bool escaped; /* raw still holds quotes: read it through csv_unescape */
};

struct csv {
    const char *at;    /* start of the next field */
    const char *end;   /* behind the text */
    const char *block; /* the 64 bytes that mask describes */
    uint64_t mask;     /* bytes of the block that matter and are not used up */
    char separator;
    size_t line;     /* 1-based line of `at` */
    size_t row_line; /* line where the last row started */
};

enum csv_result {
    CSV_ROW,
    CSV_END,
    CSV_UNTERMINATED, /* the text ends inside quotes that opened in the row at row_line */
};

/* text is borrowed until the last row is read; a UTF-8 byte order mark is skipped. */
void csv_begin(struct csv *csv, slice text, char separator);

/* The next row that is not blank. *ret_count is the number of fields in the row, of which the
 * first `cap` (at least 1) are stored. A row ends at LF, CRLF or CR. */
enum csv_result csv_row(struct csv *csv, struct csv_field *fields, size_t cap, size_t *ret_count);

/* Doubled quotes become one, the closing quote goes; {NULL, 0} when the arena is full. */
slice csv_unescape(struct arena *arena, slice raw);

/* Which of , ; tab | occurs most often in the first line, outside of quotes; ',' when none does. */
char csv_separator_guess(slice text);

/* The line ends in the text plus one: never less than the number of rows. */
size_t csv_rows_bound(slice text);

#endif
