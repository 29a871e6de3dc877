/* A share of simulated logs, and its upper bound. */
#ifndef TESTS_VALIDATE_RATE_H
#define TESTS_VALIDATE_RATE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct rate {
    size_t hits, total;
};

static inline double share(struct rate rate)
{
    return rate.total > 0 ? (double)rate.hits / (double)rate.total : NAN;
}

/* One-sided 95 % bound of a binomial share. Source: Wilson 1927, JASA 22, 209-212. */
static inline double wilson_upper(struct rate rate)
{
    const double z = 1.6448536269514722;
    double n = (double)rate.total, p = share(rate);
    double middle = p + z * z / (2 * n);
    double spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (middle + spread) / (1 + z * z / n);
}

static inline void count(struct rate *rate, bool hit)
{
    rate->hits += hit;
    rate->total++;
}

static inline void add(struct rate *to, struct rate rate)
{
    to->hits += rate.hits;
    to->total += rate.total;
}

#endif
