/* Reading a log from CSV: what header and rows share. Private to panel_csv.c and panel_rows*.c. */
#ifndef DETECT_CSV_READER_H
#define DETECT_CSV_READER_H

#include "detect/csv.h"
#include "detect/panel.h"

struct csv_reader {
    struct panel_builder *builder;
    const struct panel_options *options;
    struct arena *arena;
    struct csv csv;
    const char *text;         /* start of the log */
    struct csv_field *fields; /* [header_count] */
    const char **ends;        /* [header_count] of the fields of a plain row */
    slice *names;             /* header, as it will be known */
    struct column **columns;  /* [header_count]; NULL = not used */
    size_t header_count;
    size_t passed; /* bytes that options->passed was told of */
};

enum { CSV_READER_STEP = 4 << 20 }; /* bytes between two words to options->passed */

static inline slice csv_reader_text(struct csv_reader *r, const struct csv_field *field)
{
    return field->escaped ? csv_unescape(r->arena, field->raw) : field->raw;
}

status csv_reader_unterminated(const struct csv_reader *r, struct error *err);
status csv_reader_too_many(const struct csv_reader *r, size_t count, struct error *err);

/* panel_rows.c: all rows behind the header into the builder; _wide is the same for processors that
 * have HAS_WIDE_ROWS. */
status csv_reader_rows(struct csv_reader *r, struct error *err);
status csv_reader_rows_wide(struct csv_reader *r, struct error *err);

#endif
