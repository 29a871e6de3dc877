/* What the engine was measured to do on simulated logs of the shape at hand. */
#include "detect/measured.def"

#include "detect/render.h"

#include <math.h>

static const struct report_measured table[] = {
#define M(low, high, rounds_, honest, fpr, circular, found)                                        \
    {.systems_low = (low),                                                                         \
     .systems_high = (high),                                                                       \
     .rounds = (rounds_),                                                                          \
     .honest_count = (honest),                                                                     \
     .false_positive_rate = (fpr),                                                                 \
     .circular_count = (circular),                                                                 \
     .power = (found),                                                                             \
     .corpus = SLICE_INIT(MEASURED_CORPUS)},
    MEASURED(M)
#undef M
};

const struct report_measured *report_measured(size_t systems, size_t rounds)
{
    const struct report_measured *nearest = NULL;
    double least = log(1.5); /* a shape that is further away says nothing */
    for (size_t i = 0; i < ARRAY_COUNT(table) && rounds > 0; i++) {
        const struct report_measured *row = &table[i];
        double distance = fabs(log((double)rounds / (double)row->rounds));
        if (systems < row->systems_low || systems > row->systems_high || distance >= least)
            continue;
        nearest = row;
        least = distance;
    }
    return nearest;
}
