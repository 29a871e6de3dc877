/* Walks the fields of a report to write them as bytes, or to read them back: kept.c says why.
 *
 * Each function takes the field where it stands, writes it or overwrites it. Reading beyond the end
 * of a struct leaves zeros, for an older program knew fewer fields; what no program can have
 * written sets is_bad. KEPT_LAYOUT */
#ifndef DETECT_KEEPER_H
#define DETECT_KEEPER_H

#include "base/arena.h"
#include "base/buf.h"

struct keeper {
    struct buf *out;     /* writing; NULL = reading */
    const char *at;      /* reading: the next byte … */
    const char *end;     /* … of this struct */
    struct arena *arena; /* reading: where everything goes */
    bool is_bad;         /* reading: bytes that no program wrote */
};

typedef void keep_fn(struct keeper *k, void *row);

/* Counts and flags: most take one byte. */
uint64_t keep_number(struct keeper *k, uint64_t value);
/* A field of any unsigned type; of an enumeration, whose last value is known; a bool. */
#define KEEP_NUMBER(k, field) ((field) = (__typeof__(field))keep_number((k), (uint64_t)(field)))
#define KEEP_ENUM(k, field, last)                                                                  \
    ((field) = (__typeof__(field))keep_choice((k), (unsigned)(field), (unsigned)(last)))
#define KEEP_FLAG(k, field) ((field) = keep_number((k), (field)) != 0)
unsigned keep_choice(struct keeper *k, unsigned value, unsigned last);

void keep_bytes(struct keeper *k, void *field, size_t count);
void keep_real(struct keeper *k, double *field);
void keep_text(struct keeper *k, slice *field);       /* a missing text is not an empty one */
void keep_word(struct keeper *k, const char **field); /* NUL-terminated, or NULL */

/* Arrays that may be absent; `count` is known from fields before them. */
#define KEEP_LIST(k, field, count, row)                                                            \
    ((field) = keep_list((k), (field), (count), sizeof *(field), (row)))
const void *keep_list(struct keeper *k, const void *rows, size_t count, size_t row_bytes,
                      keep_fn *row);
const double *keep_reals(struct keeper *k, const double *values, size_t count);
/* Reading: zeroed room for rows of which each takes a byte at least; NULL for none. */
void *keep_room(struct keeper *k, size_t count, size_t row_bytes);
void keep_number32_row(struct keeper *k, void *row); /* uint32_t */
void keep_text_row(struct keeper *k, void *row);     /* slice */

/* A struct behind its length, so that it may grow at its end. */
#define KEEP_PART(k, field, fields) keep_part((k), &(field), (fields))
void keep_part(struct keeper *k, void *row, keep_fn *fields);

/* --- what a report is made of (kept_parts.c) --- */

struct notes;
struct grid;

void keep_notes(struct keeper *k, struct notes *field);
void keep_options_fields(struct keeper *k, void *row); /* struct detect_options */
void keep_panel_fields(struct keeper *k, void *row);   /* struct panel, without its columns */
void keep_classic_fields(struct keeper *k, void *row); /* struct classic */
void keep_grid_fields(struct keeper *k, void *row);    /* struct grid */
/* struct verdict without grid and plots, and the plots over that grid */
void keep_verdict_fields(struct keeper *k, void *row);
void keep_plots(struct keeper *k, void *plots, const struct grid *grid);
void keep_changes(struct keeper *k,
                  void *plots); /* the rest of the plots, at the end of a report */

#endif
