/* A report that is rendered later: its bytes, and back. Part of detect/detect.h.
 *
 * All renderers give the same text for a report and for what was read back from its bytes; only the
 * samples of a bootstrap are left out, which stand in the JSON report alone. Bytes that an older
 * program wrote are read: what it did not know is zero. */
#ifndef DETECT_KEPT_H
#define DETECT_KEPT_H

#include "base/arena.h"
#include "detect/render.h"

struct report_kept {
    enum lang lang; /* it was asked for in */
    struct detect_report report;
    struct report_context context; /* id, times, input, label, grade, runs; the rest is empty */
    bool has_first;
    struct report_part first[2]; /* in front of the sections, by language */
};

/* Appends the bytes; a buffer that is too small shows as ST_TOO_LARGE. */
status report_to_bytes(const struct report_kept *kept, struct buf *out, struct error *err);
/* Everything is copied into the arena. context.first is left to the caller, who knows the language.
 * ST_CORRUPT (code report_not_kept: by a program that this one does not understand). */
status report_from_bytes(slice bytes, struct arena *arena, struct report_kept *ret,
                         struct error *err);

#endif
