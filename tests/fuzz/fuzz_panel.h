/* What every reader of logs promises of an accepted panel, for the fuzzers. */
#ifndef TESTS_FUZZ_FUZZ_PANEL_H
#define TESTS_FUZZ_FUZZ_PANEL_H

#include "detect/detect.h"

#include <math.h>
#include <stdlib.h>

/* Every index is in range, every kept number finite: what all later code relies on. */
static inline void fuzz_panel_check(const struct panel *panel)
{
    for (size_t row = 0; row < panel->row_count; row++) {
        if (!isfinite(panel->time[row]) || !isfinite(panel->performance[row]))
            abort();
        if (panel->algorithm[row] >= panel->algorithms.count)
            abort();
        for (size_t j = 0; j < panel->setting_count; j++)
            if (isinf(panel->settings[j].values[row]))
                abort();
        for (size_t c = 0; c < panel->category_count; c++)
            if (panel->categories[c].labels[row] >= panel->categories[c].table.count)
                abort();
    }
}

#endif
