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
    for (size_t k = 0; k < score->rows; k++) {
        const double *row = plane_row(score, k);
        for (size_t t = 0; t < score->columns; t++) {
            if (!isfinite(row[t]))
                continue;
            low = fmin(low, row[t]);
            high = fmax(high, row[t]);
            tie.finite++;
        }
    }
    for (size_t k = 0; k < score->rows; k++) {
        const double *row = plane_row(score, k);
        for (size_t t = 0; t < score->columns; t++) {
            tie.low += row[t] <= low; /* false for missing values */
            tie.high += row[t] >= high;
        }
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

/* Everything that the draws leave fixed. */
static void make_protocol(struct analysis *analysis, const struct settings *moving,
                          struct arena *arena)
{
    struct protocol *protocol = &analysis->protocol;
    size_t units = analysis->cells->unit_count, periods = analysis->cells->period_count;
    *protocol = (struct protocol){.unit_count = units,
                                  .period_count = periods,
                                  .setting_count = moving->count,
                                  .settings = *moving,
                                  .work = analysis->work};
    protocol->innovations = moving->count == analysis->usable.count
                                ? analysis->usable_innovations
                                : innovations_make(arena, moving, &analysis->work);
    if (!arena->overflow)
        protocol->changes =
            changes_make(arena, units, periods, moving, &analysis->live, &analysis->work);
    if (!arena->overflow)
        protocol->anchors =
            anchors_make(arena, moving, units, periods, protocol->innovations.specific != NULL);
}

/* A small residual is also kept as it is before whitening. */
static void keep_residual(const struct plane *residual, struct arena *arena, struct verdict *ret)
{
    size_t cells = residual->rows * residual->columns;
    double *kept = cells <= PLANE_KEPT_MAX ? arena_array_raw(arena, cells, sizeof *kept) : NULL;
    if (kept)
        memcpy(kept, residual->value, cells * sizeof *kept);
    ret->plots.residual = kept;
}

/* E; analysis->tested tells whether there is enough of it. */
static void make_residual(struct analysis *analysis, struct arena *arena, struct arena *scratch,
                          struct verdict *ret)
{
    const struct cells *cells = analysis->cells;
    struct settings *moving = &analysis->protocol.settings;
    struct nuisance nuisance = nuisance_make(scratch, &cells->score, moving, &analysis->live);
    if (scratch->overflow)
        return;
    analysis->protocol.quadratic_removed = nuisance.quadratic_removed;
    struct plane residual =
        score_residual(scratch, &cells->score, moving, &analysis->live, &nuisance);
    if (scratch->overflow)
        return;
    analysis->tested = plane_finite_count(&residual) >= RESIDUALS_MIN;
    if (analysis->tested) {
        keep_residual(&residual, arena, ret);
        explain_answers(analysis, &residual, arena, ret);
    }
    struct whitening whitening = whiten(scratch, &residual);
    analysis->side = score_side_make(scratch, &residual);
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

/* The draws, and of the first one what moves with what: while the protocol's series are open. */
static status draw(struct analysis *analysis, const struct detect_hooks *hooks,
                   struct arena *windows, struct arena *scratch, struct error *err)
{
    struct protocol *protocol = &analysis->protocol;
    protocol_open(windows, protocol, analysis->side.complete);
    TRY(arena_check(windows, err));
    TRY(randomise(protocol, &analysis->draws, hooks, scratch, &analysis->outcome, err));
    analysis->strongest = find_strongest(analysis, windows);
    return arena_check(windows, err);
}

/* What the report keeps goes to `arena`, all else to `scratch`. */
static status panel_test(struct analysis *analysis, const struct settings *moving,
                         const struct detect_hooks *hooks, struct arena *arena,
                         struct arena *scratch, struct verdict *ret, struct error *err)
{
    make_protocol(analysis, moving, scratch);
    if (!scratch->overflow)
        make_residual(analysis, arena, scratch, ret);
    TRY(arena_check(scratch, err));
    if (!analysis->tested)
        return ST_OK;
    warn_protocol(&analysis->protocol, arena, ret->warnings);
    struct arena windows;
    arena_init_within(&windows, arena);
    status rc = draw(analysis, hooks, &windows, scratch, err);
    arena_finish(&windows);
    TRY(rc);
    analysis->combined = combine(scratch, &analysis->outcome);
    TRY(arena_check(scratch, err));
    put_statistics(analysis, arena, ret);
    explain(analysis, arena, ret);
    return arena_check(arena, err);
}

static status run_panel_test(struct analysis *analysis, const struct settings *moving,
                             const struct detect_options *options, struct arena *arena,
                             struct verdict *ret, struct error *err)
{
    struct arena scratch;
    arena_init_within(&scratch, arena);
    status rc = panel_test(analysis, moving, &options->hooks, arena, &scratch, ret, err);
    arena_finish(&scratch);
    return rc;
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
    analysis->work = workspace_make(arena, cells->period_count);
    analysis->usable = settings_usable(arena, cells);
    TRY(arena_check(arena, err));
    analysis->usable_innovations = innovations_make(arena, &analysis->usable, &analysis->work);
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
    *ret = (struct verdict){.p_panel = NAN,
                            .alpha = options->alpha,
                            .seed = options->seed,
                            .warnings = warnings,
                            .facts = facts_unknown()};
    TRY(arena_check(arena, err));
    TRY(prepare(&analysis, &cells, options, arena, ret, err));
    struct settings moving = settings_moving(arena, &analysis.usable);
    uint32_t draws = choose_draws(options, &cells, arena, warnings);
    analysis.moves = moving.count > 0 || analysis.live.count > 0;
    analysis.draws = draws_make(cells.unit_count, cells.period_count, draws, options->seed);
    if (analysis.moves)
        TRY(run_panel_test(&analysis, &moving, options, arena, ret, err));
    TRY(coupling_test(&analysis, options, draws, arena, &ret->coupling, err));
    ret->selection = selection_test(arena, cells.group, cells.group_count);
    ret->psi_star = psi_star(arena, &analysis.usable, options->seed, &ret->psi_star_ci);
    verdict_decide(&analysis, arena, ret);
    return arena_check(arena, err);
}
