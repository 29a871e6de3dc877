/* The randomisation of the panel test: every statistic for every draw.
 *
 * Each draw writes only its own column of the statistics. */
#include "detect/kernel.h"

#include <math.h>
#include <stdatomic.h>

enum { OPERATIONS_PER_QUESTION = 1 << 21 }; /* about a millisecond inside of a long block */

struct live_test {
    const struct test *test;
    size_t first_statistic, statistic_count;
    size_t tally_offset, tally_bytes;
};

struct run {
    struct protocol *protocol;
    const struct kernel *kernel;
    const struct detect_hooks *hooks;
    struct live_test live[MECHANISM_COUNT];
    size_t live_count, tally_bytes;
    struct block block[SLOTS_MAX];
    size_t operations[SLOTS_MAX]; /* since the last question whether to go on */
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
    if (*operations >= OPERATIONS_PER_QUESTION) {
        *operations = 0;
        if (run->hooks->cancelled && run->hooks->cancelled(run->hooks->ctx))
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

static void begin_block(void *ctx, size_t slot, size_t number)
{
    struct run *run = ctx;
    run->operations[slot] = 0;
    run->kernel->begin(&run->block[slot], number * LANES);
}

static bool add_unit(void *ctx, size_t slot, size_t k, void *tally)
{
    struct run *run = ctx;
    struct block *block = &run->block[slot];
    run->kernel->load(block, k);
    for (size_t i = 0; i < run->live_count; i++)
        run->live[i].test->unit(run->protocol, block, k,
                                (unsigned char *)tally + run->live[i].tally_offset);
    return goes_on(run, &run->operations[slot]);
}

static void finish_block(void *ctx, size_t slot, size_t number, void *tally)
{
    struct run *run = ctx;
    struct block *block = &run->block[slot];
    for (size_t i = 0; i < run->live_count; i++) {
        lanes value[TEST_STATISTICS_MAX] = {{0}};
        run->live[i].test->finish(run->protocol, block,
                                  (unsigned char *)tally + run->live[i].tally_offset, value);
        write_statistics(run, &run->live[i], block, value);
    }
}

static void load_units(void *ctx, size_t unit)
{
    const struct run *run = ctx;
    protocol_load(run->protocol, unit);
}

static size_t operations_per_unit(const struct protocol *protocol)
{
    return protocol->period_count * LANES * (3 * protocol->setting_count + 8);
}

status randomise(struct protocol *protocol, const struct draws *draws,
                 const struct detect_hooks *hooks, struct arena *arena, struct outcome *ret,
                 struct error *err)
{
    struct run run = {
        .protocol = protocol, .kernel = kernel_choose(), .hooks = hooks, .outcome = ret};
    *ret = (struct outcome){.draw_count = draws->count};
    run.operations_per_unit = operations_per_unit(protocol);
    list_tests(&run);
    size_t blocks = (draws->count + LANES - 1) / LANES;
    struct sweep sweep = {
        .block_count = blocks,
        .unit_count = protocol->unit_count,
        .unit_max = protocol->unit_max,
        .tally_bytes = run.tally_bytes,
        .per_slot = blocks_per_slot(run.operations_per_unit * protocol->unit_count),
        .slots = slots_for(block_bytes(protocol->side) + run.tally_bytes, blocks),
        .phase = "permutation",
        .ctx = &run,
        .load = load_units,
        .begin = begin_block,
        .unit = add_unit,
        .finish = finish_block,
    };
    ret->value = arena_array(arena, ret->statistic_count * draws->count, sizeof *ret->value);
    struct arena_mark mark = arena_mark(arena);
    for (size_t slot = 0; slot < sweep.slots; slot++)
        run.block[slot] = block_make(arena, protocol->side, draws, /* shift= */ 0);
    TRY(arena_check(arena, err));
    TRY(sweep_run(&sweep, hooks, arena, err));
    arena_rewind(arena, mark);
    return ST_OK;
}
