/* What kind of value a field of a table holds, for previews and profiles; the analysis itself reads
 * fields by its own stricter rules (field.h). Pure. */
#ifndef DETECT_VALUE_TYPE_H
#define DETECT_VALUE_TYPE_H

#include "base/slice.h"

enum value_type {
    VALUE_EMPTY, /* blank, NA, NaN, null, None, "-" */
    VALUE_INTEGER,
    VALUE_NUMBER,
    VALUE_BOOLEAN, /* true, false, yes, no in any case */
    VALUE_TIME,    /* RFC 3339 date or time */
    VALUE_TEXT
};

/* ret: the number, or milliseconds of a time, or 0 and 1 of a boolean; else 0. */
enum value_type value_type_of(slice text, double *ret);
/* The type of a column that holds both. */
enum value_type value_type_join(enum value_type a, enum value_type b);
const char *value_type_name(enum value_type type); /* "integer" */

#endif
