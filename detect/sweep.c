/* The loop over blocks of draws and units: in waves, on any threads, window by window.
 *
 * Who computes which block is fixed by its number, and each block writes only its own results, so
 * they do not depend on threads; units are added in their order, so they do not depend on windows.
 * Between waves the caller is asked whether to go on. */
#include "detect/engine.h"

enum {
    OPERATIONS_PER_SLICE = 1 << 21, /* about 2 ms */
    TALLY_BYTES_MAX = 1 << 20,      /* kept from window to window */
    WINDOW_BYTES = 1 << 20,         /* at least, and some for each cell of the log */
    WINDOW_BYTES_PER_CELL = 4,
};

struct pass { /* of some blocks over the units of one window */
    const struct sweep *sweep;
    size_t first, count;         /* blocks */
    size_t unit_begin, unit_end; /* units */
    unsigned char *tally;
    size_t tally_stride;
    bool tally_per_slot; /* else one for each block */
};

struct wave {
    const struct pass *pass;
    size_t begin; /* first block, counted from that of the pass */
};

static void run_block(const struct pass *pass, size_t slot, size_t number)
{
    const struct sweep *sweep = pass->sweep;
    size_t place = pass->tally_per_slot ? slot : number;
    unsigned char *tally = pass->tally + place * pass->tally_stride;
    size_t block = pass->first + number;
    if (pass->unit_begin == 0)
        memset(tally, 0, sweep->tally_bytes);
    sweep->begin(sweep->ctx, slot, block);
    for (size_t k = pass->unit_begin; k < pass->unit_end; k++) {
        if (!sweep->unit(sweep->ctx, slot, k, tally))
            return;
    }
    if (pass->unit_end == sweep->unit_count)
        sweep->finish(sweep->ctx, slot, block, tally);
}

static void run_slot(void *arg, size_t slot)
{
    const struct wave *wave = arg;
    size_t per_slot = wave->pass->sweep->per_slot;
    size_t begin = wave->begin + slot * per_slot, end = begin + per_slot;
    end = end < wave->pass->count ? end : wave->pass->count;
    for (size_t number = begin; number < end; number++)
        run_block(wave->pass, slot, number);
}

static status check_cancelled(const struct detect_hooks *hooks, struct error *err)
{
    if (hooks->cancelled && hooks->cancelled(hooks->ctx))
        return error_set(err, ST_CANCELLED, "the analysis was cancelled");
    return ST_OK;
}

/* done: block passes before this one, of `total`. */
static status run_pass(const struct pass *pass, size_t done, size_t total,
                       const struct detect_hooks *hooks, struct error *err)
{
    const struct sweep *sweep = pass->sweep;
    for (size_t begin = 0; begin < pass->count; begin += sweep->slots * sweep->per_slot) {
        struct wave wave = {.pass = pass, .begin = begin};
        TRY(check_cancelled(hooks, err));
        if (hooks->progress)
            hooks->progress(hooks->ctx, sweep->phase, done + begin, total);
        if (hooks->parallel_for)
            hooks->parallel_for(hooks->ctx, sweep->slots, run_slot, &wave);
        for (size_t slot = 0; slot < sweep->slots && !hooks->parallel_for; slot++)
            run_slot(&wave, slot);
    }
    return check_cancelled(hooks, err);
}

/* The blocks of `pass` over all windows. */
static status run_windows(struct pass *pass, size_t done, size_t total,
                          const struct detect_hooks *hooks, struct error *err)
{
    const struct sweep *sweep = pass->sweep;
    for (size_t unit = 0; unit < sweep->unit_count; unit += sweep->unit_max) {
        size_t end = unit + sweep->unit_max;
        pass->unit_begin = unit;
        pass->unit_end = end < sweep->unit_count ? end : sweep->unit_count;
        if (sweep->unit_max < sweep->unit_count)
            sweep->load(sweep->ctx, unit);
        TRY(run_pass(pass, done, total, hooks, err));
        done += pass->count;
    }
    return ST_OK;
}

status sweep_run(const struct sweep *sweep, const struct detect_hooks *hooks, struct arena *arena,
                 struct error *err)
{
    size_t windows = (sweep->unit_count + sweep->unit_max - 1) / sweep->unit_max;
    size_t stride = (sweep->tally_bytes + 63) & ~(size_t)63; /* as lanes are aligned */
    size_t most = TALLY_BYTES_MAX / (stride + 1) + sweep->slots * sweep->per_slot;
    struct pass pass = {.sweep = sweep, .tally_stride = stride, .tally_per_slot = windows == 1};
    size_t batch = windows == 1 || most > sweep->block_count ? sweep->block_count : most;
    struct arena_mark mark = arena_mark(arena);
    pass.tally = arena_array(arena, windows == 1 ? sweep->slots : batch, stride);
    TRY(arena_check(arena, err));
    for (size_t first = 0; first < sweep->block_count; first += batch) {
        size_t left = sweep->block_count - first;
        pass.first = first;
        pass.count = left < batch ? left : batch;
        TRY(run_windows(&pass, first * windows, sweep->block_count * windows, hooks, err));
    }
    arena_rewind(arena, mark);
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

size_t window_units(size_t unit_count, size_t bytes_per_unit, size_t cells)
{
    size_t units = (WINDOW_BYTES + WINDOW_BYTES_PER_CELL * cells) / (bytes_per_unit + 1);
    units = units < unit_count ? units : unit_count;
    return units > 0 ? units : 1;
}
