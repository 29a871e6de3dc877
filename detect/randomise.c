/* The randomisation loop: every statistic for every draw, in blocks, in waves, on any threads.
 *
 * Who computes which block is fixed by its number, and each draw writes only its own column, so
 * the result does not depend on threads. Between waves, and inside of long blocks, the caller is
 * asked whether to go on. */
#include "detect/kernel.h"

#include <math.h>
#include <stdatomic.h>

enum { OPERATIONS_PER_SLICE = 1 << 21 }; /* about 2 ms */

/* --- Waves ---------------------------------------------------------------------------------------
 */

struct wave_part {
    const struct wave *wave;
    size_t begin; /* first block of this wave */
};

static void run_slot(void *arg, size_t slot)
{
    const struct wave_part *part = arg;
    size_t begin = part->begin + slot * part->wave->per_slot;
    size_t end = begin + part->wave->per_slot;
    end = end < part->wave->count ? end : part->wave->count;
    if (begin < end)
        part->wave->step(part->wave->ctx, slot, begin, end);
}

static bool is_cancelled(const struct detect_hooks *hooks)
{
    return hooks->cancelled && hooks->cancelled(hooks->ctx);
}

status wave_run(const struct wave *wave, const struct detect_hooks *hooks, struct error *err)
{
    size_t per_wave = wave->slots * wave->per_slot;
    for (size_t begin = 0; begin < wave->count; begin += per_wave) {
        struct wave_part part = {.wave = wave, .begin = begin};
        if (is_cancelled(hooks))
            return error_set(err, ST_CANCELLED, "the analysis was cancelled");
        if (hooks->progress)
            hooks->progress(hooks->ctx, wave->phase, begin, wave->count);
        if (hooks->parallel_for)
            hooks->parallel_for(hooks->ctx, wave->slots, run_slot, &part);
        for (size_t slot = 0; slot < wave->slots && !hooks->parallel_for; slot++)
            run_slot(&part, slot);
    }
    if (is_cancelled(hooks))
        return error_set(err, ST_CANCELLED, "the analysis was cancelled");
    return ST_OK;
}

size_t slots_for(size_t bytes_per_slot, size_t blocks)
{
    size_t slots = SLOT_BYTES_MAX / (bytes_per_slot + 1);
    slots = slots < SLOTS_MAX ? slots : SLOTS_MAX;
    slots = slots < blocks ? slots : blocks;
    return slots > 0 ? slots : 1;
}

size_t blocks_per_slot(size_t operations_per_block)
{
    size_t blocks = OPERATIONS_PER_SLICE / (operations_per_block + 1);
    return blocks > 0 ? blocks : 1;
}

/* --- The panel test ------------------------------------------------------------------------------
 */

struct live_test {
    const struct test *test;
    size_t first_statistic, statistic_count;
    size_t tally_offset, tally_bytes;
};

struct run {
    const struct protocol *protocol;
    const struct kernel *kernel;
    const struct detect_hooks *hooks;
    struct live_test live[MECHANISM_COUNT];
    size_t live_count, tally_bytes;
    struct block block[SLOTS_MAX];
    unsigned char *tally[SLOTS_MAX];
    struct outcome *outcome;
    size_t operations_per_unit;
    atomic_bool stop; /* set when cancelled inside a block; the wave then ends */
};

static size_t aligned(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

static void list_tests(struct run *run)
{
    struct outcome *outcome = run->outcome;
    for (size_t i = 0; i < run->kernel->test_count; i++) {
        const struct test *test = run->kernel->test[i];
        const char **names = outcome->name + outcome->statistic_count;
        bool computed = !test->needs_quadratic || run->protocol->quadratic_removed;
        size_t count = computed ? test->statistics(run->protocol, names) : 0;
        if (count == 0)
            continue;
        size_t bytes = aligned(test->tally_bytes(run->protocol));
        run->live[run->live_count++] =
            (struct live_test){.test = test,
                               .first_statistic = outcome->statistic_count,
                               .statistic_count = count,
                               .tally_offset = run->tally_bytes,
                               .tally_bytes = bytes};
        for (size_t s = 0; s < count; s++)
            outcome->mechanism[outcome->statistic_count++] = test->mechanism;
        run->tally_bytes += bytes;
    }
}

/* Asks for cancellation about every millisecond of a long block. */
static bool goes_on(struct run *run, size_t *operations)
{
    *operations += run->operations_per_unit;
    if (*operations >= OPERATIONS_PER_SLICE) {
        *operations = 0;
        if (is_cancelled(run->hooks))
            atomic_store_explicit(&run->stop, true, memory_order_relaxed); /* only a hint */
    }
    return !atomic_load_explicit(&run->stop, memory_order_relaxed);
}

static void write_statistics(struct run *run, const struct live_test *live,
                             const struct block *block, const lanes *value)
{
    size_t draws = run->outcome->draw_count;
    for (size_t s = 0; s < live->statistic_count; s++) {
        double *column = run->outcome->value + (live->first_statistic + s) * draws;
        for (size_t l = 0; l < LANES && block->first_draw + l < draws; l++)
            column[block->first_draw + l] = round9(value[s][l]);
    }
}

static void run_block(struct run *run, struct block *block, unsigned char *tally, size_t number)
{
    size_t operations = 0;
    run->kernel->begin(block, number * LANES);
    memset(tally, 0, run->tally_bytes);
    for (size_t k = 0; k < run->protocol->unit_count; k++) {
        run->kernel->load(block, k);
        for (size_t i = 0; i < run->live_count; i++)
            run->live[i].test->unit(run->protocol, block, k, tally + run->live[i].tally_offset);
        if (!goes_on(run, &operations))
            return;
    }
    for (size_t i = 0; i < run->live_count; i++) {
        lanes value[TEST_STATISTICS_MAX] = {{0}};
        run->live[i].test->finish(run->protocol, block, tally + run->live[i].tally_offset, value);
        write_statistics(run, &run->live[i], block, value);
    }
}

static void run_blocks(void *ctx, size_t slot, size_t begin, size_t end)
{
    struct run *run = ctx;
    for (size_t number = begin; number < end; number++)
        run_block(run, &run->block[slot], run->tally[slot], number);
}

static size_t operations_per_unit(const struct protocol *protocol)
{
    return protocol->period_count * LANES * (3 * protocol->setting_count + 8);
}

status randomise(const struct protocol *protocol, const struct draws *draws,
                 const struct detect_hooks *hooks, struct arena *arena, struct outcome *ret,
                 struct error *err)
{
    struct run run = {
        .protocol = protocol, .kernel = kernel_choose(), .hooks = hooks, .outcome = ret};
    *ret = (struct outcome){.draw_count = draws->count};
    run.operations_per_unit = operations_per_unit(protocol);
    list_tests(&run);
    size_t blocks = (draws->count + LANES - 1) / LANES;
    struct wave wave = {
        .count = blocks,
        .per_slot = blocks_per_slot(run.operations_per_unit * protocol->unit_count),
        .slots = slots_for(block_bytes(protocol->side) + run.tally_bytes, blocks),
        .phase = "permutation",
        .ctx = &run,
        .step = run_blocks,
    };
    ret->value = arena_array(arena, ret->statistic_count * draws->count, sizeof *ret->value);
    struct arena_mark mark = arena_mark(arena);
    for (size_t slot = 0; slot < wave.slots; slot++) {
        run.block[slot] = block_make(arena, protocol->side, draws, /* shift= */ 0);
        run.tally[slot] = arena_alloc(arena, run.tally_bytes);
    }
    TRY(arena_check(arena, err));
    TRY(wave_run(&wave, hooks, err));
    arena_rewind(arena, mark);
    return ST_OK;
}
