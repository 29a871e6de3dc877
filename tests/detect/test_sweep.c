/* The loop over blocks and units: every unit once and in order, in any windows, for any slots. */
#include "small_log.h"

enum { BLOCKS = 23, UNITS = 10 };

struct seen {
    size_t slots, loaded, stop_at;
    size_t result[BLOCKS]; /* the units of a block as decimal digits of its tally */
    size_t finished[BLOCKS], begun;
    size_t progress, last_done;
};

static void load(void *ctx, size_t unit)
{
    struct seen *seen = ctx;
    seen->loaded = unit;
}

static void begin(void *ctx, size_t slot, size_t block)
{
    struct seen *seen = ctx;
    ck_assert_uint_lt(slot, seen->slots);
    ck_assert_uint_lt(block, BLOCKS);
    seen->begun++;
}

static bool unit(void *ctx, size_t slot, size_t k, void *tally)
{
    struct seen *seen = ctx;
    size_t *digits = tally;
    ck_assert_uint_ge(k, seen->loaded);
    *digits = *digits * 10 + k;
    return true;
}

static void finish(void *ctx, size_t slot, size_t block, void *tally)
{
    struct seen *seen = ctx;
    seen->result[block] = *(size_t *)tally;
    seen->finished[block]++;
}

static void progress(void *ctx, const char *phase, size_t done, size_t total)
{
    struct seen *seen = ctx;
    ck_assert_uint_lt(done, total);
    ck_assert_uint_ge(done, seen->last_done);
    seen->last_done = done;
    seen->progress++;
}

static bool cancelled(void *ctx)
{
    const struct seen *seen = ctx;
    return seen->stop_at > 0 && seen->begun >= seen->stop_at;
}

static status run(struct seen *seen, size_t unit_max, size_t tally_bytes)
{
    struct arena arena;
    struct error err;
    struct detect_hooks hooks = {.ctx = seen, .progress = progress, .cancelled = cancelled};
    struct sweep sweep = {.block_count = BLOCKS,
                          .unit_count = UNITS,
                          .unit_max = unit_max,
                          .tally_bytes = tally_bytes,
                          .per_slot = 2,
                          .slots = seen->slots,
                          .ctx = seen,
                          .load = load,
                          .begin = begin,
                          .unit = unit,
                          .finish = finish};
    arena_init(&arena, 8 << 20);
    status rc = sweep_run(&sweep, &hooks, &arena, &err);
    ck_assert_uint_eq(arena.used_bytes, rc == ST_OK ? 0 : arena.used_bytes);
    arena_finish(&arena);
    return rc;
}

START_TEST(every_block_meets_every_unit_in_order)
{
    for (size_t unit_max = 1; unit_max <= UNITS; unit_max++) {
        for (size_t slots = 1; slots <= 3; slots++) {
            struct seen seen = {.slots = slots};
            ck_assert_int_eq(run(&seen, unit_max, sizeof(size_t)), ST_OK);
            for (size_t b = 0; b < BLOCKS; b++) {
                ck_assert_uint_eq(seen.finished[b], 1);
                ck_assert_uint_eq(seen.result[b], 123456789);
            }
            ck_assert_uint_eq(seen.begun, BLOCKS * ((UNITS + unit_max - 1) / unit_max));
        }
    }
}
END_TEST

/* Tallies too large to keep all of them: blocks in batches, each through all windows. */
START_TEST(large_tallies_are_kept_for_some_blocks_at_a_time)
{
    struct seen seen = {.slots = 1};
    ck_assert_int_eq(run(&seen, 4, 300 << 10), ST_OK);
    for (size_t b = 0; b < BLOCKS; b++)
        ck_assert_uint_eq(seen.result[b], 123456789);
    ck_assert_uint_gt(seen.progress, 3);
}
END_TEST

START_TEST(a_cancelled_sweep_stops_between_waves)
{
    struct seen seen = {.slots = 2, .stop_at = 9};
    ck_assert_int_eq(run(&seen, UNITS, sizeof(size_t)), ST_CANCELLED);
    ck_assert_uint_lt(seen.begun, 9 + 4);
}
END_TEST

START_TEST(windows_hold_one_unit_at_least_and_grow_with_the_log)
{
    ck_assert_uint_eq(window_units(100, SIZE_MAX - 1, 1000), 1);
    ck_assert_uint_eq(window_units(5, 1000, 1000), 5);
    ck_assert_uint_gt(window_units(100, 1 << 20, 4000000), window_units(100, 1 << 20, 100000));
}
END_TEST

TEST_MAIN("sweep", every_block_meets_every_unit_in_order,
          large_tallies_are_kept_for_some_blocks_at_a_time, a_cancelled_sweep_stops_between_waves,
          windows_hold_one_unit_at_least_and_grow_with_the_log)
