/* Row errors: private helpers of the readers. Notes are public (detect.h). */
#ifndef DETECT_NOTES_H
#define DETECT_NOTES_H

#include "detect/detect.h"

/* Where a bad value stands. */
struct place {
    size_t line;
    slice column;
    slice value;
};

/* Counts the error and keeps it while there is room; errors may be NULL. Texts live in arena. */
void row_error_add(struct row_errors *errors, struct arena *arena, const char *code,
                   const struct place *place, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Cut to at most max bytes at a character boundary. */
slice text_cut(slice text, size_t max);

#endif
