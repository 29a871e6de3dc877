/* Mechanism "ratchet": keep going where it got better, turn back where it got worse, stay near the
 * setting of the best result so far. */
#include "detect/kernel.h"

#include <math.h>

struct ratchet_tally {
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
    return sizeof(struct ratchet_tally);
}

/* Each draw follows the best round so far (the first of equals) and adds its anchor rank. */
static void add_anchors(const struct protocol *protocol, const struct block *block, size_t k,
                        double sum[static LANES])
{
    const struct anchors *anchors = &protocol->anchors;
    size_t periods = anchors->period_count;
    const double *rank = anchor_at(anchors, anchors->slot[k], 0, 0);
    const int32_t *order = protocol->side->order;
    uint32_t row[LANES]; /* where the unit's places begin in `order` */
    int32_t best[LANES] = {0}, best_order[LANES];
    double total[LANES] = {0};
    for (size_t l = 0; l < LANES; l++) {
        row[l] = block->unit[k * LANES + l] * (uint32_t)periods;
        best_order[l] = order[row[l] + block->period[l]];
    }
    for (size_t t = 1; t + 1 < periods; t++) {
        const uint32_t *period = block->period + t * LANES;
        rank += t; /* of round t: anchor_at(…, t, 0) */
        for (size_t l = 0; l < LANES; l++) {
            int32_t now = order[row[l] + period[l]];
            best[l] = now > best_order[l] ? (int32_t)t : best[l];
            best_order[l] = now > best_order[l] ? now : best_order[l];
            total[l] += rank[best[l]];
        }
    }
    for (size_t l = 0; l < LANES; l++)
        sum[l] += total[l];
}

static void ratchet_unit(const struct protocol *protocol, const struct block *block, size_t k,
                         void *memory)
{
    struct ratchet_tally *tally = memory;
    struct sums unit;
    sums_of(&protocol->cosine, k, &block->improvement, &unit);
    sums_add(&tally->turn, &unit);
    if (protocol->anchors.skipped || protocol->anchors.slot[k] == UINT32_MAX)
        return;
    add_anchors(protocol, block, k, tally->anchor);
}

static void ratchet_finish(const struct protocol *protocol, const struct block *block, void *memory,
                           lanes ret[TEST_STATISTICS_MAX])
{
    struct ratchet_tally *tally = memory;
    pooled_r(&tally->turn, &ret[0]);
    for (size_t l = 0; l < LANES && !protocol->anchors.skipped; l++)
        ret[1][l] = -tally->anchor[l];
}

HOT const struct test test_ratchet = {
    .mechanism = MECHANISM_RATCHET,
    .needs_quadratic = true,
    .statistics = ratchet_statistics,
    .tally_bytes = ratchet_bytes,
    .unit = ratchet_unit,
    .finish = ratchet_finish,
};
