/* Coupling, the part that runs for every draw: sums over the units, then the largest |r|. */
#include "detect/kernel.h"

#include <math.h>

/* |r| sqrt(count) into the maximum. */
static void raise_to(lanes *maximum, const lanes *r, const lanes *count)
{
    for (size_t l = 0; l < LANES; l++) {
        double value = fabs((*r)[l]) * sqrt((*count)[l]);
        (*maximum)[l] = value > (*maximum)[l] ? value : (*maximum)[l];
    }
}

HOT void coupling_unit(const struct protocol *protocol, const struct block *block, size_t k,
                       struct sums *pool)
{
    struct sums unit;
    for (size_t j = 0; j < protocol->setting_count; j++) {
        sums_of(&protocol->own[j], k, &block->level, &unit);
        sums_add(&pool[j], &unit);
        if (!protocol->specific)
            continue;
        sums_of(&protocol->specific[j], k, &block->centred, &unit);
        sums_add(&pool[protocol->setting_count + j], &unit);
    }
}

HOT void coupling_finish(const struct protocol *protocol, const struct block *block,
                         const struct sums *pool, lanes *ret)
{
    *ret = (lanes){0};
    for (size_t j = 0; j < protocol->setting_count; j++) {
        lanes r;
        pooled_r(&pool[j], &r);
        raise_to(ret, &r, &pool[j].count);
        if (protocol->specific) {
            pooled_r(&pool[protocol->setting_count + j], &r);
            raise_to(ret, &r, &pool[protocol->setting_count + j].count);
        }
        if (protocol->common) {
            struct sums sums;
            sums_of(&protocol->common[j], 0, &block->common, &sums);
            unit_r(&sums, &r);
            raise_to(ret, &r, &sums.count);
        }
    }
}
