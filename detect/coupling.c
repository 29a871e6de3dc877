/* Coupling: settings and score of the same round move together. Advisory, never part of the
 * verdict.
 *
 * A real effect of a budget on the score shows here by design; it says that scores of different
 * rounds are not comparable, not that anybody reacted to them. */
#include "detect/kernel.h"

#include <math.h>

#define COUPLING_SEED UINT64_C(0x5DEECE66D)

enum { RESIDUALS_MIN = 6 };

struct run {
    struct protocol protocol; /* counts, innovations and their series only */
    const struct kernel *kernel;
    struct block block[SLOTS_MAX];
    double *value; /* [draws] */
    size_t draw_count;
    double *first_r; /* [setting_count] of draw 0 */
};

static void keep_first_r(struct run *run, const struct sums *pool)
{
    for (size_t j = 0; j < run->protocol.setting_count; j++) {
        lanes r;
        pooled_r(&pool[j], &r);
        run->first_r[j] = r[0];
    }
}

static void begin_block(void *ctx, size_t slot, size_t number)
{
    struct run *run = ctx;
    run->kernel->begin(&run->block[slot], number * LANES);
}

static bool add_unit(void *ctx, size_t slot, size_t k, void *pool)
{
    struct run *run = ctx;
    run->kernel->load(&run->block[slot], k);
    run->kernel->coupling_unit(&run->protocol, &run->block[slot], k, pool);
    return true;
}

static void finish_block(void *ctx, size_t slot, size_t number, void *pool)
{
    struct run *run = ctx;
    lanes value;
    run->kernel->coupling_finish(&run->protocol, &run->block[slot], pool, &value);
    if (number == 0)
        keep_first_r(run, pool);
    for (size_t l = 0; l < LANES && number * LANES + l < run->draw_count; l++)
        run->value[number * LANES + l] = round9(value[l]);
}

static void load_units(void *ctx, size_t unit)
{
    struct run *run = ctx;
    protocol_load(&run->protocol, unit);
}

static status run_draws(struct run *run, const struct score_side *side, const struct draws *draws,
                        const struct detect_hooks *hooks, struct arena *arena, struct error *err)
{
    size_t blocks = (draws->count + LANES - 1) / LANES, periods = draws->period_count;
    size_t settings = run->protocol.setting_count;
    size_t operations = run->protocol.unit_count * periods * LANES * (3 * settings + 4);
    struct sweep sweep = {
        .block_count = blocks,
        .unit_count = run->protocol.unit_count,
        .unit_max = run->protocol.unit_max,
        .tally_bytes = 2 * settings * sizeof(struct sums),
        .per_slot = blocks_per_slot(operations),
        .slots = slots_for(block_bytes(side) + 2 * settings * sizeof(struct sums), blocks),
        .phase = "coupling",
        .ctx = run,
        .load = load_units,
        .begin = begin_block,
        .unit = add_unit,
        .finish = finish_block,
    };
    run->draw_count = draws->count;
    run->value = arena_array(arena, draws->count, sizeof *run->value);
    for (size_t slot = 0; slot < sweep.slots; slot++)
        run->block[slot] = block_make(arena, side, draws, /* shift= */ 1);
    TRY(arena_check(arena, err));
    return sweep_run(&sweep, hooks, arena, err);
}

/* E without any column that depends on the protocol, whitened. */
static struct plane unadjusted_residual(struct arena *arena, const struct cells *cells)
{
    const struct settings no_settings = {0};
    const struct categories no_categories = {0};
    struct nuisance nuisance = nuisance_make(arena, &cells->score, &no_settings, &no_categories);
    struct plane residual = {0};
    if (!arena->overflow)
        residual = score_residual(arena, &cells->score, &no_settings, &no_categories, &nuisance);
    if (!arena->overflow)
        (void)whiten(arena, &residual); /* whether it was needed does not matter here */
    return residual;
}

static double share_at_least_first(const double *value, size_t count)
{
    size_t at_least = 0;
    for (size_t b = 0; b < count; b++)
        at_least += value[b] >= value[0];
    return (double)at_least / (double)count;
}

status coupling_test(const struct analysis *analysis, const struct detect_options *options,
                     uint32_t draws, struct arena *arena, struct coupling *ret, struct error *err)
{
    const struct cells *cells = analysis->cells;
    const struct innovations *innovations = &analysis->usable_innovations;
    double *r = arena_array(arena, innovations->count, sizeof *r);
    *ret = (struct coupling){.p = 1, .r = r, .r_count = innovations->count};
    struct arena_mark mark = arena_mark(arena);
    TRY(arena_check(arena, err));
    double moving = 0;
    for (size_t j = 0; j < innovations->count; j++)
        moving += plane_sum_squares(&innovations->own[j]);
    if (!(moving > 1e-18))
        return ST_OK;
    struct plane residual = unadjusted_residual(arena, cells);
    TRY(arena_check(arena, err));
    if (plane_finite_count(&residual) < RESIDUALS_MIN)
        return ST_OK;
    struct run run = {
        .protocol = {.unit_count = cells->unit_count,
                     .period_count = cells->period_count,
                     .setting_count = innovations->count,
                     .innovations = *innovations,
                     .work = analysis->work},
        .kernel = kernel_choose(),
        .first_r = r,
    };
    struct score_side side = score_side_make(arena, &residual);
    struct draws permutations =
        draws_make(cells->unit_count, cells->period_count, draws, options->seed ^ COUPLING_SEED);
    protocol_open(arena, &run.protocol, side.complete);
    TRY(arena_check(arena, err));
    TRY(run_draws(&run, &side, &permutations, &options->hooks, arena, err));
    ret->p = share_at_least_first(run.value, run.draw_count);
    ret->flagged = ret->p <= options->alpha;
    arena_rewind(arena, mark);
    return ST_OK;
}
