/* Mechanism "reactive": the settings' innovations follow the level of the score, in either
 * direction, pooled or in one unit, against the other units or in the mean of all. */
#include "detect/kernel.h"

struct reactive_tally {
    lanes unit_max;
    struct sums pool[]; /* [p] own, then [p] specific */
};

static size_t reactive_statistics(const struct protocol *protocol,
                                  const char *ret_names[TEST_STATISTICS_MAX])
{
    size_t count = 0;
    if (protocol->setting_count == 0)
        return 0;
    ret_names[count++] = "react_pool";
    ret_names[count++] = "react_unit";
    if (protocol->specific)
        ret_names[count++] = "react_2way";
    if (protocol->common)
        ret_names[count++] = "react_common";
    return count;
}

static size_t reactive_bytes(const struct protocol *protocol)
{
    return sizeof(struct reactive_tally) + 2 * protocol->setting_count * sizeof(struct sums);
}

/* Adds count * r^2 of one setting. */
static void add_evidence(lanes *evidence, const struct sums *unit)
{
    lanes r;
    unit_r(unit, &r);
    for (size_t l = 0; l < LANES; l++)
        (*evidence)[l] += unit->count[l] * r[l] * r[l];
}

static void reactive_unit(const struct protocol *protocol, const struct block *block, size_t k,
                          void *memory)
{
    struct reactive_tally *tally = memory;
    size_t p = protocol->setting_count;
    bool against_mean = protocol->unit_count > 2;
    lanes level = {0}, centred = {0}; /* sums over the settings */
    struct sums unit;
    for (size_t j = 0; j < p; j++) {
        sums_of(&protocol->own[j], k, &block->level, &unit);
        sums_add(&tally->pool[j], &unit);
        add_evidence(&level, &unit);
        if (against_mean) {
            sums_of(&protocol->own[j], k, &block->centred, &unit);
            add_evidence(&centred, &unit);
        }
        if (protocol->specific) {
            sums_of(&protocol->specific[j], k, &block->centred, &unit);
            sums_add(&tally->pool[p + j], &unit);
        }
    }
    lanes_max(&tally->unit_max, &level);
    lanes_max(&tally->unit_max, &centred);
}

/* Largest N r^2 over the settings. */
static void largest_pooled(const struct sums *pool, size_t count, lanes *ret)
{
    *ret = (lanes){0};
    for (size_t j = 0; j < count; j++) {
        lanes r;
        pooled_r(&pool[j], &r);
        for (size_t l = 0; l < LANES; l++)
            r[l] = pool[j].count[l] * r[l] * r[l];
        lanes_max(ret, &r);
    }
}

static void largest_common(const struct protocol *protocol, const struct block *block, lanes *ret)
{
    *ret = (lanes){0};
    for (size_t j = 0; j < protocol->setting_count; j++) {
        struct sums sums;
        lanes evidence = {0};
        sums_of(&protocol->common[j], 0, &block->common, &sums);
        add_evidence(&evidence, &sums);
        lanes_max(ret, &evidence);
    }
}

static void reactive_finish(const struct protocol *protocol, const struct block *block,
                            void *memory, lanes ret[TEST_STATISTICS_MAX])
{
    struct reactive_tally *tally = memory;
    size_t p = protocol->setting_count, at = 2;
    largest_pooled(tally->pool, p, &ret[0]);
    ret[1] = tally->unit_max;
    if (protocol->specific)
        largest_pooled(tally->pool + p, p, &ret[at++]);
    if (protocol->common)
        largest_common(protocol, block, &ret[at]);
}

HOT const struct test test_reactive = {
    .mechanism = MECHANISM_REACTIVE,
    .statistics = reactive_statistics,
    .tally_bytes = reactive_bytes,
    .unit = reactive_unit,
    .finish = reactive_finish,
};
