/* Intervals from bootstrap samples. */
#include "detect/interval.h"

#include "detect/stats.h"

#include <math.h>

/* The share of the sorted samples that BCa takes for the nominal share. */
static double bca_share(double nominal, double z0, double acceleration)
{
    double w = z0 + stats_normal_quantile(nominal);
    return stats_normal_cdf(z0 + w / (1 - acceleration * w));
}

/* z0 = Phi^-1 of the share of samples below the estimate, ties counted half (Efron 1987). */
static double bias_correction(const double *sorted, size_t count, double estimate)
{
    double below = 0;
    for (size_t i = 0; i < count; i++)
        below += sorted[i] < estimate ? 1 : sorted[i] > estimate ? 0 : 0.5;
    double share = below / (double)count;
    double edge = 0.5 / (double)count;
    return stats_normal_quantile(share < edge ? edge : share > 1 - edge ? 1 - edge : share);
}

void interval_summarise(const struct summary *in, double *samples, struct bootstrap_stat *ret)
{
    size_t resamples = in->options->resamples;
    size_t count = 0;
    *ret = (struct bootstrap_stat){NAN, NAN, NAN, NAN, NAN, 0, 0, NULL};
    for (size_t b = 0; b < resamples; b++)
        if (!isnan(samples[b]))
            samples[count++] = samples[b];
    ret->successful = count;
    ret->failures = resamples - count;
    if (count == 0)
        return;
    struct moments m = stats_moments(samples, count);
    stats_sort(samples, in->scratch, count);
    double low = (1 - in->options->confidence) / 2;
    double high = 1 - low;
    if (in->options->method == CI_BCA && !isnan(in->acceleration) && !isnan(in->estimate)) {
        double z0 = bias_correction(samples, count, in->estimate);
        low = bca_share(low, z0, in->acceleration);
        high = bca_share(high, z0, in->acceleration);
    }
    ret->mean = m.mean;
    ret->median = stats_quantile(samples, count, 0.5);
    ret->std = stats_std(&m, 0);
    ret->ci_lower = stats_quantile(samples, count, low);
    ret->ci_upper = stats_quantile(samples, count, high);
}
