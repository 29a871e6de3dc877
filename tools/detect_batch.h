/* Many logs at once: one line each, p-values corrected for their number. */
#ifndef TOOLS_DETECT_BATCH_H
#define TOOLS_DETECT_BATCH_H

#include "tools/detection.h"

/* Analyses all words of the command. A log that fails is a line of its own, and the failure of the
 * command when the others are done. */
status batch_run(struct analyst *analyst, const struct detect_settings *settings,
                 enum report_format format, struct error *err);

/* Benjamini and Hochberg (1995): q[i] = the smallest rate of false discoveries at which p[i] is
 * one; p in [0, 1]. rank is scratch of the same length. */
void bh_adjust(const double *p, double *q, size_t *rank, size_t count);

#endif
