/* Ranks of the draws' statistics: one sort, then one pass over the runs of ties. */
#include "detect/engine.h"

void rank_draws(const double *value, size_t count, struct order_item *scratch, double *ret_p,
                uint32_t *ret_twice_midrank)
{
    const struct order_item *sorted = order_of(value, count, scratch);
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        end = order_ties_end(sorted, count, begin);
        double p = (double)(count - begin) / (double)count;
        uint32_t twice_midrank = (uint32_t)((count - end) + (count - begin));
        for (size_t i = begin; i < end; i++) {
            ret_p[sorted[i].index] = p;
            ret_twice_midrank[sorted[i].index] = twice_midrank;
        }
    }
}
