/* Mechanism "switch": categories (prompt, protocol version, judge) change more after worse results.
 */
#include "detect/kernel.h"

struct switch_tally {
    struct sums level, improvement;
    lanes level_max, improvement_max;
};

static size_t switch_statistics(const struct protocol *protocol,
                                const char *ret_names[TEST_STATISTICS_MAX])
{
    if (!protocol->changes.switch_count.value)
        return 0;
    ret_names[0] = "switch_lv";
    ret_names[1] = "switch_impr";
    ret_names[2] = "switch_unit";
    return 3;
}

static size_t switch_bytes(const struct protocol *protocol)
{
    return sizeof(struct switch_tally);
}

static void switch_unit(const struct protocol *protocol, const struct block *block, size_t k,
                        void *memory)
{
    struct switch_tally *tally = memory;
    struct sums unit;
    sums_of(&protocol->switch_level, k, &block->level, &unit);
    sums_add(&tally->level, &unit);
    tally_unit_max(&unit, k, &tally->level_max);
    sums_of(&protocol->switch_improvement, k, &block->improvement, &unit);
    sums_add(&tally->improvement, &unit);
    tally_unit_max(&unit, k, &tally->improvement_max);
}

static void switch_finish(const struct protocol *protocol, const struct block *block, void *memory,
                          lanes ret[TEST_STATISTICS_MAX])
{
    struct switch_tally *tally = memory;
    pooled_r(&tally->level, &ret[0]);
    ret[0] = -ret[0];
    pooled_r(&tally->improvement, &ret[1]);
    ret[1] = -ret[1];
    ret[2] = tally->level_max;
    lanes_max(&ret[2], &tally->improvement_max);
}

HOT const struct test test_switching = {
    .mechanism = MECHANISM_SWITCH,
    .statistics = switch_statistics,
    .tally_bytes = switch_bytes,
    .unit = switch_unit,
    .finish = switch_finish,
};
