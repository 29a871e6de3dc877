/* "What changed between the runs" as a section of a report, in every format, bounded. */
#ifndef APPLIANCE_DIFF_PART_H
#define APPLIANCE_DIFF_PART_H

#include "detect/detect.h"
#include "diff.h"

enum {
    DIFF_PART_CHANGES_MAX = 100, /* shown in a report; `sleuth diff` shows all */
    DIFF_PART_TASKS_MAX = 50,
    DIFF_PART_BYTES_MAX = 256 << 10, /* of one format */
};

/* Changes of the system's own settings are expected and left out; what matters most comes first
 * when there are too many: whatever makes scores incomparable. Member "changes" in JSON. Lives in
 * the arena. */
status diff_part(const struct diff *diff, enum lang lang, struct arena *arena,
                 struct report_part *ret, struct error *err);

#endif
