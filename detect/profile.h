/* A profile of any CSV: what each column holds, what looks wrong, what could leak the result.
 *
 * Deterministic and pure: counts and correlations, no guesses about meaning beyond column names.
 * It does not replace the analysis of a log (detect.h); it tells what to look at before. */
#ifndef DETECT_PROFILE_H
#define DETECT_PROFILE_H

#include "detect/detect.h"
#include "detect/value_type.h"

enum {
    PROFILE_COLUMNS_MAX = 500,
    PROFILE_CELLS_MAX = 8000000, /* 8 bytes each */
    PROFILE_DISTINCT_MAX = 1000, /* counted up to here */
    PROFILE_NOTES_MAX = 100,     /* of each kind */
};

struct profile_column {
    slice name;
    enum value_type type;
    size_t present, missing, mixed; /* mixed: text among numbers */
    size_t distinct;                /* PROFILE_DISTINCT_MAX = that many or more */
    size_t outliers;                /* beyond 3 interquartile ranges from the quartiles */
    double min, max, mean, sd;      /* NaN unless numeric */
    double r_target;                /* Pearson with the target; NaN when undefined */
    const double *values;           /* [row_count], NaN = no number */
    uint64_t hash;                  /* of all texts in order */
};

struct profile {
    size_t row_count, column_count;
    size_t short_rows, duplicate_rows;
    size_t target; /* index; column_count = none was recognised */
    struct profile_column *columns;
    struct notes quality, bias; /* findings, in order of columns */
};

/* csv is borrowed for the call. ST_INVALID (csv_parse, empty_csv), ST_LIMIT (profile_cells). */
status profile_csv(slice csv, struct arena *arena, struct profile **ret, struct error *err);

#endif
