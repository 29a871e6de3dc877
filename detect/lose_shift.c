/* Mechanism "lose-shift": the protocol changes more after a worse result. */
#include "detect/kernel.h"

struct shift_tally {
    struct sums level, improvement;
    lanes unit_max;
};

static size_t lose_shift_statistics(const struct protocol *protocol,
                                    const char *ret_names[TEST_STATISTICS_MAX])
{
    if (protocol->setting_count == 0)
        return 0;
    ret_names[0] = "shift_lv";
    ret_names[1] = "shift_unit";
    ret_names[2] = "shift_impr";
    return 3;
}

static size_t lose_shift_bytes(const struct protocol *protocol)
{
    return sizeof(struct shift_tally);
}

static void lose_shift_unit(const struct protocol *protocol, const struct block *block, size_t k,
                            void *memory)
{
    struct shift_tally *tally = memory;
    struct sums unit;
    sums_of(&protocol->size_level, k, &block->level, &unit);
    sums_add(&tally->level, &unit);
    tally_unit_max(&unit, k, &tally->unit_max);
    sums_of(&protocol->size_improvement, k, &block->improvement, &unit);
    sums_add(&tally->improvement, &unit);
}

static void lose_shift_finish(const struct protocol *protocol, const struct block *block,
                              void *memory, lanes ret[TEST_STATISTICS_MAX])
{
    struct shift_tally *tally = memory;
    pooled_r(&tally->level, &ret[0]);
    ret[0] = -ret[0];
    ret[1] = tally->unit_max;
    pooled_r(&tally->improvement, &ret[2]);
    ret[2] = -ret[2];
}

HOT const struct test test_lose_shift = {
    .mechanism = MECHANISM_LOSE_SHIFT,
    .needs_quadratic = true,
    .statistics = lose_shift_statistics,
    .tally_bytes = lose_shift_bytes,
    .unit = lose_shift_unit,
    .finish = lose_shift_finish,
};
