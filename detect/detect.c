/* One analysis from panel to report: classic block, calibrated verdict, warnings. */
#include "detect/detect.h"
#include "detect/frame.h"

#include <assert.h>
#include <math.h>

enum { PLOT_ROWS_MAX = 20000 };

static void notes_append(struct notes *to, struct arena *arena, const struct notes *from)
{
    for (size_t i = 0; i < from->count; i++) {
        size_t at = to->count;
        note_add(to, arena, from->items[i].code, S(""), "%s", ""); /* makes room */
        if (to->count > at)
            to->items[at] = from->items[i];
    }
}

/* PSI adds up raw units: say so when one constraint makes up nearly all of it. */
static void warn_of_units(struct detect_report *report, struct arena *arena)
{
    const struct classic *classic = &report->classic;
    if (report->options.psi_scale != PSI_RAW || classic->constraint_count < 2)
        return;
    for (size_t j = 0; j < classic->constraint_count; j++) {
        const struct classic_constraint *c = &classic->constraints[j];
        if (c->psi_share > 0.9)
            note_add(&report->warnings, arena, "psi_unit_dominated_by", c->name,
                     "PSI comes almost alone from '%.*s', because it has the largest unit",
                     SLICE_ARG(c->name));
    }
}

static status run_calibrated(struct detect_report *report, struct arena *arena, struct error *err)
{
    TRY(engine_run(report->panel, &report->options, arena, &report->verdict, err));
    report->has_verdict = true;
    report->grid = &report->verdict.grid;
    notes_append(&report->warnings, arena, report->verdict.warnings);
    return ST_OK;
}

/* The classic block needs no cells; only the plots do, of logs that fit into a picture. */
static status add_grid(struct detect_report *report, struct arena *arena, struct error *err)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    if (!grid || report->panel->row_count > PLOT_ROWS_MAX)
        return arena_check(arena, err);
    TRY(grid_build(report->panel, arena, grid, err));
    report->grid = grid;
    return ST_OK;
}

status detect_run(const struct panel *panel, const struct detect_options *options,
                  struct arena *arena, struct detect_report **ret, struct error *err)
{
    assert(panel && options && ret);
    TRY(detect_options_check(options, err));
    struct detect_report *report = arena_alloc(arena, sizeof *report);
    if (!report)
        return arena_check(arena, err);
    report->panel = panel;
    report->options = *options;
    report->engine_version = DETECT_ENGINE_VERSION;
    report->selection_optimism = selection_optimism(options->attempts, options->score_stderr);
    notes_append(&report->warnings, arena, &panel->notes);
    TRY(classic_build(panel, &report->options, arena, &report->classic, err));
    warn_of_units(report, arena);
    if (options->engine == ENGINE_CALIBRATED)
        TRY(run_calibrated(report, arena, err));
    else
        TRY(add_grid(report, arena, err));
    report->options.hooks = (struct detect_hooks){0};
    TRY(arena_check(arena, err));
    *ret = report;
    return ST_OK;
}

int detect_exit_code(const struct detect_report *report)
{
    bool found = report->has_verdict ? report->verdict.kind == VERDICT_ADAPTIVE
                                     : report->classic.bias_detected;
    return found ? 1 : 0;
}
