/* The calibrated analysis from panel to verdict, step by step. */
#include "detect/engine.h"

#include <math.h>

enum {
    RESIDUALS_MIN = 6,
    DRAWS_DEFAULT = 1999,
    DRAWS_LARGE = 499, /* for panels beyond LARGE_PANEL values */
    LARGE_PANEL = 2000000,
};

/* --- Warnings ------------------------------------------------------------------------------------
 */

struct tie {
    size_t low, high, finite;
};

static struct tie count_ties(const struct plane *score)
{
    double low = INFINITY, high = -INFINITY;
    struct tie tie = {0};
    for (size_t i = 0; i < score->rows * score->columns; i++) {
        if (!isfinite(score->value[i]))
            continue;
        low = fmin(low, score->value[i]);
        high = fmax(high, score->value[i]);
        tie.finite++;
    }
    for (size_t i = 0; i < score->rows * score->columns; i++) {
        tie.low += score->value[i] <= low; /* false for missing values */
        tie.high += score->value[i] >= high;
    }
    return tie;
}

static void warn_ceiling(const struct cells *cells, struct arena *arena, struct notes *notes)
{
    struct tie tie = count_ties(&cells->score);
    size_t most = tie.low > tie.high ? tie.low : tie.high;
    if (most < 2 || most * 10 < tie.finite)
        return;
    note_add(notes, arena, "ceiling_effect", (slice){0},
             "%zu of %zu scores tie at the largest or smallest value; on such logs false alarms "
             "are more frequent than the level says (10 to 15 %% at 5 %%)",
             most, tie.finite);
}

static void warn_protocol(const struct protocol *protocol, struct arena *arena, struct notes *notes)
{
    if (protocol->setting_count > 0 && !protocol->quadratic_removed)
        note_add(notes, arena, "quadratic_effect_not_removed", (slice){0},
                 "the log is too short to remove a curved effect of the settings on the score: "
                 "only the direct reaction of the protocol to the score was tested");
    if (protocol->anchors.skipped)
        note_add(notes, arena, "anchors_skipped", (slice){0},
                 "more than %d rounds: returning to the best setting so far was not tested",
                 ANCHOR_PERIODS_MAX);
    if (protocol->anchors.units_left_out)
        note_add(notes, arena, "anchors_reduced", (slice){0},
                 "returning to the best setting so far was tested for the %zu systems that "
                 "change most",
                 protocol->anchors.unit_count);
}

/* --- Steps ---------------------------------------------------------------------------------------
 */

static struct series *series_of(struct arena *arena, const struct plane *planes, size_t count)
{
    struct series *series = planes ? arena_array(arena, count, sizeof *series) : NULL;
    for (size_t j = 0; j < count && series && !arena->overflow; j++)
        series[j] = series_make(arena, &planes[j], 0);
    return series;
}

static void make_series(struct arena *arena, struct protocol *ret)
{
    size_t p = ret->setting_count;
    ret->own = series_of(arena, ret->innovations.own, p);
    ret->specific = series_of(arena, ret->innovations.specific, p);
    ret->common = series_of(arena, ret->innovations.common, p);
    if (p > 0 && !arena->overflow) {
        ret->size_level = series_make(arena, &ret->changes.size_residual, 0);
        ret->size_improvement = series_make(arena, &ret->changes.size_residual, 1);
        ret->cosine = series_make(arena, &ret->changes.cosine, 1);
    }
    if (ret->changes.switch_count.value && !arena->overflow) {
        ret->switch_level = series_make(arena, &ret->changes.switch_residual, 0);
        ret->switch_improvement = series_make(arena, &ret->changes.switch_residual, 1);
    }
}

/* Everything that the draws leave fixed. */
static void make_protocol(struct analysis *analysis, const struct settings *moving,
                          struct arena *arena)
{
    struct protocol *protocol = &analysis->protocol;
    size_t units = analysis->cells->unit_count, periods = analysis->cells->period_count;
    *protocol = (struct protocol){.unit_count = units,
                                  .period_count = periods,
                                  .setting_count = moving->count,
                                  .settings = *moving};
    protocol->innovations = moving->count == analysis->usable.count
                                ? analysis->usable_innovations
                                : innovations_make(arena, moving);
    if (!arena->overflow)
        protocol->changes = changes_make(arena, units, periods, moving, &analysis->live);
    if (!arena->overflow)
        protocol->anchors =
            anchors_make(arena, moving, units, periods, protocol->innovations.specific != NULL);
    if (!arena->overflow)
        make_series(arena, protocol);
}

/* E; analysis->tested tells whether there is enough of it. */
static void make_residual(struct analysis *analysis, struct arena *arena, struct verdict *ret)
{
    const struct cells *cells = analysis->cells;
    struct settings *moving = &analysis->protocol.settings;
    struct nuisance nuisance = nuisance_make(arena, &cells->score, moving, &analysis->live);
    if (arena->overflow)
        return;
    analysis->protocol.quadratic_removed = nuisance.quadratic_removed;
    analysis->raw_residual =
        score_residual(arena, &cells->score, moving, &analysis->live, &nuisance);
    struct plane whitened = plane_make(arena, cells->unit_count, cells->period_count);
    if (arena->overflow)
        return;
    analysis->tested = plane_finite_count(&analysis->raw_residual) >= RESIDUALS_MIN;
    memcpy(whitened.value, analysis->raw_residual.value,
           whitened.rows * whitened.columns * sizeof(double));
    struct whitening whitening = whiten(arena, &whitened);
    analysis->side = score_side_make(arena, &whitened);
    analysis->protocol.side = &analysis->side;
    ret->whitened = analysis->tested && whitening.applied;
    ret->ar[0] = analysis->tested ? whitening.ar[0] : 0;
    ret->ar[1] = analysis->tested ? whitening.ar[1] : 0;
}

static void put_statistics(const struct analysis *analysis, struct arena *arena,
                           struct verdict *ret)
{
    const struct outcome *outcome = &analysis->outcome;
    struct statistic *list = arena_array(arena, outcome->statistic_count, sizeof *list);
    for (size_t s = 0; s < outcome->statistic_count && list; s++)
        list[s] = (struct statistic){.name = outcome->name[s],
                                     .mechanism = outcome->mechanism[s],
                                     .value = outcome->value[s * outcome->draw_count],
                                     .p = analysis->combined.p_statistic[s]};
    ret->statistics = list;
    ret->statistic_count = list ? outcome->statistic_count : 0;
    ret->tested = true;
    ret->p_panel = analysis->combined.p_panel;
    ret->draws = (uint32_t)analysis->draws.count;
    ret->exact = analysis->draws.exact;
}

static status panel_test(struct analysis *analysis, const struct settings *moving,
                         const struct detect_options *options, uint32_t draws, struct arena *arena,
                         struct verdict *ret, struct error *err)
{
    const struct cells *cells = analysis->cells;
    make_protocol(analysis, moving, arena);
    if (!arena->overflow)
        make_residual(analysis, arena, ret);
    TRY(arena_check(arena, err));
    if (!analysis->tested)
        return ST_OK;
    warn_protocol(&analysis->protocol, arena, ret->warnings);
    analysis->draws = draws_make(cells->unit_count, cells->period_count, draws, options->seed);
    TRY(randomise(&analysis->protocol, &analysis->draws, &options->hooks, arena, &analysis->outcome,
                  err));
    analysis->combined = combine(arena, &analysis->outcome);
    TRY(arena_check(arena, err));
    put_statistics(analysis, arena, ret);
    return arena_check(arena, err);
}

static uint32_t choose_draws(const struct detect_options *options, const struct cells *cells,
                             struct arena *arena, struct notes *notes)
{
    if (options->draws != DRAWS_AUTO)
        return options->draws;
    size_t settings = cells->setting_count > 0 ? cells->setting_count : 1;
    if (cells->unit_count * cells->period_count * settings <= LARGE_PANEL)
        return DRAWS_DEFAULT;
    note_add(notes, arena, "draws_lowered", (slice){0},
             "the log is large: %d permutations instead of %d", DRAWS_LARGE, DRAWS_DEFAULT);
    return DRAWS_LARGE;
}

static void put_shape(const struct analysis *analysis, struct arena *arena, struct verdict *ret)
{
    const struct cells *cells = analysis->cells;
    slice *used = arena_array(arena, analysis->usable.count, sizeof *used);
    for (size_t j = 0; j < analysis->usable.count && used; j++)
        used[j] = cells->grid->setting_names[analysis->usable.source[j]];
    ret->system_count = cells->unit_count;
    ret->round_count = cells->period_count;
    ret->setting_count = cells->setting_count;
    ret->used_constraints = used;
    ret->used_count = used ? analysis->usable.count : 0;
    ret->categorical = cells->grid->category_names;
    ret->categorical_count = cells->category_count;
}

static void put_sensitivity(const struct analysis *analysis, struct verdict *ret)
{
    const struct cells *cells = analysis->cells;
    bool common = cells->unit_count > 1 && analysis->usable.count > 0 &&
                  !analysis->usable_innovations.specific;
    ret->n_eff = effective_count(&cells->score, common);
    ret->mde_partial_r = minimum_detectable_r(ret->n_eff, ret->alpha);
    ret->rounds_needed = rounds_needed(cells->unit_count, common);
}

/* Cells, settings and everything about them that needs no draws. */
static status prepare(struct analysis *analysis, struct cells *cells,
                      const struct detect_options *options, struct arena *arena,
                      struct verdict *ret, struct error *err)
{
    TRY(cells_make(analysis->panel, options->lower_is_better, arena, &ret->grid, cells, err));
    analysis->cells = cells;
    analysis->usable = settings_usable(arena, cells);
    TRY(arena_check(arena, err));
    analysis->usable_innovations = innovations_make(arena, &analysis->usable);
    analysis->live = categories_live(arena, cells);
    TRY(arena_check(arena, err));
    put_shape(analysis, arena, ret);
    put_sensitivity(analysis, ret);
    warn_ceiling(cells, arena, ret->warnings);
    return arena_check(arena, err);
}

status engine_run(const struct panel *panel, const struct detect_options *options,
                  struct arena *arena, struct verdict *ret, struct error *err)
{
    struct analysis analysis = {.panel = panel};
    struct cells cells;
    struct notes *warnings = arena_alloc(arena, sizeof *warnings);
    *ret = (struct verdict){
        .p_panel = NAN, .alpha = options->alpha, .seed = options->seed, .warnings = warnings};
    TRY(arena_check(arena, err));
    TRY(prepare(&analysis, &cells, options, arena, ret, err));
    struct settings moving = settings_moving(arena, &analysis.usable);
    uint32_t draws = choose_draws(options, &cells, arena, warnings);
    analysis.moves = moving.count > 0 || analysis.live.count > 0;
    if (analysis.moves)
        TRY(panel_test(&analysis, &moving, options, draws, arena, ret, err));
    if (analysis.moves && moving.count == analysis.usable.count) { /* the very same planes */
        analysis.usable_innovations.own_series = analysis.protocol.own;
        analysis.usable_innovations.specific_series = analysis.protocol.specific;
        analysis.usable_innovations.common_series = analysis.protocol.common;
    }
    TRY(coupling_test(&cells, &analysis.usable_innovations, options, draws, arena, &ret->coupling,
                      err));
    ret->selection = selection_test(arena, cells.group, cells.group_count);
    ret->psi_star = psi_star(arena, &analysis.usable, options->seed, &ret->psi_star_ci);
    verdict_decide(&analysis, arena, ret);
    explain(&analysis, arena, ret);
    return arena_check(arena, err);
}
