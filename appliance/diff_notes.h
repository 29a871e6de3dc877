/* Collects what the runs of a comparison tell by themselves, one note per code and detail. */
#ifndef APPLIANCE_DIFF_NOTES_H
#define APPLIANCE_DIFF_NOTES_H

#include "diff.h"

enum { DIFF_NOTES_MAX = 200 }; /* different ones; more are in the warnings alone */

struct diff_note_rows {
    struct diff_note note;
    const struct ledger_row **rows;
    size_t count, cap;
};

struct diff_notes {
    struct arena *arena;
    struct diff_note_rows *at;
    size_t count;
};

/* `note` has code, detail, failed and seen. Rows come in the order of the ledger and are borrowed.
 */
status diff_notes_add(struct diff_notes *notes, const struct diff_note *note,
                      const struct ledger_row *row, struct error *err);
/* Counts runs and tasks, into diff->notes. */
status diff_notes_finish(struct diff_notes *notes, struct diff *diff, struct error *err);

#endif
