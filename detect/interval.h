/* Bootstrap samples to mean, median, spread and a percentile or BCa interval. */
#ifndef DETECT_INTERVAL_H
#define DETECT_INTERVAL_H

#include "detect/detect.h"

struct summary {
    const struct bootstrap_options *options;
    double estimate;     /* of the log itself */
    double acceleration; /* NaN = percentile interval */
    double *scratch;     /* [resamples] */
};

/* samples[0..resamples), NaN = failed → statistics of the others, which end up sorted in front.
 * Percentile: numpy's linear quantiles. BCa: Efron 1987, JASA 82:171. */
void interval_summarise(const struct summary *in, double *samples, struct bootstrap_stat *ret);

#endif
