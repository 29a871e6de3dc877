/* The panel while it is being built: columns that grow, one open row, errors that stick.
 *
 * Private to panel*.c. A column exists once its header (CSV) or its first value (rows) was seen;
 * its values for earlier rows are missing. */
#ifndef DETECT_PANEL_H
#define DETECT_PANEL_H

#include "detect/detect.h"
#include "detect/field.h"
#include "detect/intern.h"
#include "detect/notes.h"

enum column_role {
    ROLE_NONE, /* not used by the analysis */
    ROLE_TIME,
    ROLE_ALGORITHM,
    ROLE_PERFORMANCE,
    ROLE_SETTING,
    ROLE_CATEGORY,
    ROLE_REPORTED,
};

struct column {
    slice name;
    enum column_role role;
    bool prefixed;    /* constraint_* */
    double *values;   /* numeric roles: [row_cap] */
    uint32_t *labels; /* algorithm, category: [row_cap] */
    size_t named_in;  /* number of the last row that named it; the public row interface only */
    bool plain;       /* numeric, and the first number was seen: further ones are only stored */
    struct intern table;
    size_t numbers, flags, percents, texts, infinities; /* fields of each kind so far */
    struct place first_percent, first_plain;            /* for mixed percent columns */
};

struct panel_builder {
    const struct panel_options *options;
    struct arena *arena;
    struct column *columns; /* used ones only */
    size_t column_count, column_cap;
    size_t cursor; /* index behind the last column that was looked up by name */
    size_t first_of[ROLE_REPORTED + 1]; /* per role: index + 1 of its first column; 0 = none */
    uint32_t *lines;
    size_t row_count; /* complete rows; the open row is written at this index */
    size_t row_cap;
    bool row_open;
    bool rows_are_complete; /* the reader puts every column of every row itself */
    slice algorithm_name;   /* of the open row: interned only if the row is kept */
    bool algorithm_missing;
    size_t line;
    size_t source_row_count, dropped_performance, dropped_time;
    char separator;
    char *slab; /* one block for all columns of a log whose size is known */
    size_t slab_bytes;
    struct notes notes;
    struct row_errors *errors;
    status rc; /* first failure; nothing happens after it */
    struct error err;
};

/* Name → role by the rules of the engine. */
enum column_role column_role(slice name, enum engine engine);

/* A builder with room for row_cap rows (grows beyond). */
struct panel_builder *builder_create(const struct panel_options *options, struct arena *arena,
                                     size_t row_cap);
/* Adds a column of that role; NULL when the arena is full or there are too many (builder->rc). */
struct column *builder_column(struct panel_builder *builder, slice name, enum column_role role);
/* Takes the memory of so many numeric and label columns at once. */
void builder_reserve(struct panel_builder *builder, size_t numeric, size_t labelled);
/* The first column of that role, or NULL. */
struct column *builder_first(const struct panel_builder *builder, enum column_role role);
/* Puts a text field of the open row. The text is borrowed until the row is closed. */
void builder_put(struct panel_builder *builder, struct column *column, slice text);
/* The open row has no value in that column. */
void builder_put_missing(struct panel_builder *builder, struct column *column);
void builder_close_row(struct panel_builder *builder);

/* panel_check.c: completeness, upstream's checks, percent, notes; then the finished panel. */
status builder_finish(struct panel_builder *builder, struct panel **ret, struct error *err);

#endif
