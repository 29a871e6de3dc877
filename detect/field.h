/* What one text field means as a number, by the rules of either engine. */
#ifndef DETECT_FIELD_H
#define DETECT_FIELD_H

#include "detect/detect.h"

enum field_kind {
    FIELD_NUMBER,
    FIELD_MISSING, /* an NA token of that engine */
    FIELD_FLAG,    /* True, true, TRUE, False, … → 1 or 0 */
    FIELD_PERCENT, /* "61.2%" → 0.612; calibrated engine only */
    FIELD_INFINITE,
    FIELD_TEXT, /* none of these */
};

/* Blanks around the text do not matter. *ret is NaN for missing and text. */
enum field_kind field_number(slice text, enum engine engine, double *ret);

/* Classic engine: text that pandas reads as missing, blanks included as they stand. */
bool field_is_missing(slice text, enum engine engine);

#endif
