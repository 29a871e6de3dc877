/* Mechanism "ratchet": keep going where it got better, turn back where it got worse, stay near the
 * setting of the best result so far. */
#include "detect/engine.h"

#include <math.h>

struct tally {
    struct sums turn;
    double anchor[LANES]; /* sum of the centred ranks of the best rounds so far */
};

static size_t ratchet_statistics(const struct protocol *protocol,
                                 const char *ret_names[TEST_STATISTICS_MAX])
{
    if (protocol->setting_count == 0)
        return 0;
    ret_names[0] = "ratchet_cos";
    ret_names[1] = "ratchet_best";
    return protocol->anchors.skipped ? 1 : 2;
}

static size_t ratchet_bytes(const struct protocol *protocol)
{
    return sizeof(struct tally);
}

/* One draw: follows the best round so far (the first of equals) and adds its anchor rank. */
static double anchor_sum(const struct protocol *protocol, const struct block *block, size_t k,
                         size_t lane)
{
    const struct anchors *anchors = &protocol->anchors;
    size_t periods = anchors->period_count, slot = anchors->slot[k], best = 0;
    const int32_t *order = protocol->side->order + block->unit[k * LANES + lane] * periods;
    int32_t best_order = order[block->period[lane]];
    double sum = 0;
    for (size_t t = 1; t + 1 < periods; t++) {
        int32_t now = order[block->period[t * LANES + lane]];
        best = now > best_order ? t : best;
        best_order = now > best_order ? now : best_order;
        double rank = *anchor_at(anchors, slot, t, best);
        sum += isfinite(rank) ? rank : 0;
    }
    return sum;
}

static void ratchet_unit(const struct protocol *protocol, const struct block *block, size_t k,
                         void *memory)
{
    struct tally *tally = memory;
    struct sums unit;
    sums_of(&protocol->cosine, k, &block->improvement, &unit);
    sums_add(&tally->turn, &unit);
    if (protocol->anchors.skipped || protocol->anchors.slot[k] == UINT32_MAX)
        return;
    for (size_t l = 0; l < LANES; l++)
        tally->anchor[l] += anchor_sum(protocol, block, k, l);
}

static void ratchet_finish(const struct protocol *protocol, const struct block *block, void *memory,
                           lanes ret[TEST_STATISTICS_MAX])
{
    struct tally *tally = memory;
    pooled_r(&tally->turn, &ret[0]);
    for (size_t l = 0; l < LANES && !protocol->anchors.skipped; l++)
        ret[1][l] = -tally->anchor[l];
}

const struct test test_ratchet = {
    .mechanism = MECHANISM_RATCHET,
    .needs_quadratic = true,
    .statistics = ratchet_statistics,
    .tally_bytes = ratchet_bytes,
    .unit = ratchet_unit,
    .finish = ratchet_finish,
};
