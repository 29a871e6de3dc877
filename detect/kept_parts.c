/* What a report is made of, field by field: options, log, classic block, verdict, grid, plots.
 *
 * New fields go to the end of their function; a field that changes its meaning raises KEPT_VERSION
 * (kept.c). KEPT_LAYOUT */
#include "detect/detect.h"
#include "detect/keeper.h"

static void real_fields(struct keeper *k, double *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        keep_real(k, fields[i]);
}

/* --- notes, options, panel ----------------------------------------------------------------------
 */

static void note_fields(struct keeper *k, void *row)
{
    struct note *note = row;
    keep_word(k, &note->code);
    keep_text(k, &note->subject);
    keep_text(k, &note->text[LANG_EN]);
    keep_text(k, &note->text[LANG_ZH]);
}

void keep_notes(struct keeper *k, struct notes *field)
{
    const struct note *items = field->items;
    KEEP_NUMBER(k, field->count);
    KEEP_LIST(k, items, field->count, note_fields);
    if (k->out)
        return;
    *field = (struct notes){.count = items ? field->count : 0};
    if (field->count && (field->items = arena_array(k->arena, field->count, sizeof *items)))
        memcpy(field->items, items, field->count * sizeof *items);
}

/* `hooks` are of the run; the preset is one of a table. */
void keep_options_fields(struct keeper *k, void *row)
{
    struct detect_options *o = row;
    slice preset = o->preset ? slice_of(o->preset->name) : S("");
    KEEP_ENUM(k, o->engine, ENGINE_CLASSIC);
    KEEP_NUMBER(k, o->seed);
    KEEP_NUMBER(k, o->draws);
    keep_real(k, &o->alpha);
    KEEP_FLAG(k, o->lower_is_better);
    KEEP_FLAG(k, o->bootstrap.run);
    KEEP_NUMBER(k, o->bootstrap.resamples);
    keep_real(k, &o->bootstrap.confidence);
    KEEP_ENUM(k, o->bootstrap.method, CI_BCA);
    KEEP_FLAG(k, o->bootstrap.include_samples);
    keep_bytes(k, o->weights, sizeof o->weights);
    keep_bytes(k, o->threshold, sizeof o->threshold);
    KEEP_ENUM(k, o->psi_scale, PSI_RELATIVE);
    keep_text(k, &preset);
    KEEP_NUMBER(k, o->attempts);
    keep_real(k, &o->score_stderr);
    if (!k->out)
        o->preset = preset.len ? preset_find(preset) : NULL;
}

/* What the reports say about the log; its columns are not kept. */
void keep_panel_fields(struct keeper *k, void *row)
{
    struct panel *panel = row;
    const slice *names = panel->algorithms.names;
    KEEP_NUMBER(k, panel->row_count);
    KEEP_NUMBER(k, panel->algorithms.count);
    KEEP_LIST(k, names, panel->algorithms.count, keep_text_row);
    KEEP_FLAG(k, panel->algorithms_numeric);
    KEEP_NUMBER(k, panel->setting_count);
    KEEP_NUMBER(k, panel->category_count);
    KEEP_ENUM(k, panel->engine, ENGINE_CLASSIC);
    keep_bytes(k, &panel->separator, 1);
    KEEP_NUMBER(k, panel->source_row_count);
    KEEP_NUMBER(k, panel->dropped_performance);
    KEEP_NUMBER(k, panel->dropped_time);
    if (k->out)
        return;
    panel->algorithms.count = names ? panel->algorithms.count : 0;
    panel->algorithms.names = arena_array(k->arena, panel->algorithms.count, sizeof *names);
    if (names && panel->algorithms.names)
        memcpy(panel->algorithms.names, names, panel->algorithms.count * sizeof *names);
    /* There are none: nothing may walk the columns of a panel that was kept. */
    panel->setting_count = panel->category_count = 0;
}

/* --- the classic block ------------------------------------------------------------------------ */

static void indicator_fields(struct keeper *k, void *row)
{
    struct indicator *i = row;
    keep_real(k, &i->score);
    keep_real(k, &i->normalized);
    keep_real(k, &i->threshold);
    KEEP_FLAG(k, i->exceeds_threshold);
    KEEP_FLAG(k, i->triggered);
    keep_real(k, &i->p_value);
    KEEP_FLAG(k, i->significant);
    keep_word(k, &i->reason);
}

static void algorithm_fields(struct keeper *k, void *row)
{
    struct classic_algorithm *a = row;
    keep_text(k, &a->name);
    KEEP_NUMBER(k, a->row_count);
    keep_real(k, &a->performance_mean);
    keep_real(k, &a->psi);
    keep_real(k, &a->rho_pc);
}

static void constraint_fields(struct keeper *k, void *row)
{
    struct classic_constraint *c = row;
    keep_text(k, &c->name);
    KEEP_NUMBER(k, c->count);
    KEEP_NUMBER(k, c->missing_count);
    KEEP_NUMBER(k, c->outlier_count);
    double *const values[] = {&c->mean, &c->std,         &c->min,     &c->max,
                              &c->cv,   &c->correlation, &c->p_value, &c->psi_share};
    real_fields(k, values, ARRAY_COUNT(values));
}

/* The samples are in the JSON report alone. */
static void bootstrap_fields(struct keeper *k, void *row)
{
    struct bootstrap_stat *stat = row;
    double *const values[] = {&stat->mean, &stat->median, &stat->std, &stat->ci_lower,
                              &stat->ci_upper};
    real_fields(k, values, ARRAY_COUNT(values));
    KEEP_NUMBER(k, stat->successful);
    KEEP_NUMBER(k, stat->failures);
}

static void period_fields(struct keeper *k, void *row)
{
    struct classic_period *p = row;
    keep_real(k, &p->time);
    KEEP_NUMBER(k, p->row_count);
    keep_real(k, &p->performance_mean);
    keep_real(k, &p->step);
    keep_real(k, &p->consistency);
}

static void classic_numbers(struct keeper *k, struct classic *c)
{
    KEEP_FLAG(k, c->defined);
    keep_real(k, &c->cbs_score);
    KEEP_ENUM(k, c->risk, RISK_UNKNOWN);
    KEEP_FLAG(k, c->bias_detected);
    KEEP_NUMBER(k, c->indicators_triggered);
    keep_real(k, &c->confidence);
    keep_real(k, &c->spearman);
    keep_real(k, &c->spearman_p);
    keep_real(k, &c->partial_rho);
    keep_real(k, &c->partial_p);
    KEEP_NUMBER(k, c->row_count);
    KEEP_FLAG(k, c->bootstrapped);
}

void keep_classic_fields(struct keeper *k, void *row)
{
    struct classic *c = row;
    for (int i = 0; i < INDICATOR_COUNT; i++)
        KEEP_PART(k, c->indicator[i], indicator_fields);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        KEEP_PART(k, c->bootstrap[i], bootstrap_fields);
    classic_numbers(k, c);
    KEEP_NUMBER(k, c->period_count);
    KEEP_NUMBER(k, c->algorithm_count);
    KEEP_NUMBER(k, c->constraint_count);
    c->period_values = keep_reals(k, c->period_values, c->period_count);
    KEEP_LIST(k, c->algorithms, c->algorithm_count, algorithm_fields);
    KEEP_LIST(k, c->constraints, c->constraint_count, constraint_fields);
    const struct classic_period *from = c->periods;
    KEEP_LIST(k, from, c->period_count, period_fields);
    struct classic_period *to = NULL;
    if (!k->out && from && (to = arena_array(k->arena, c->period_count, sizeof *to)))
        memcpy(to, from, c->period_count * sizeof *to);
    for (size_t t = 0; (k->out ? from : to) && t < c->period_count; t++) {
        const double *means =
            keep_reals(k, k->out ? from[t].constraint_mean : NULL, c->constraint_count);
        if (to)
            to[t].constraint_mean = means;
    }
    if (!k->out)
        c->periods = to;
}

/* --- the verdict ------------------------------------------------------------------------------ */

static void mechanism_fields(struct keeper *k, void *row)
{
    struct mechanism_result *m = row;
    KEEP_ENUM(k, m->presence, PRESENCE_COMPUTED);
    keep_real(k, &m->p);
    keep_real(k, &m->p_holm);
    KEEP_FLAG(k, m->flagged);
}

static void statistic_fields(struct keeper *k, void *row)
{
    struct statistic *s = row;
    keep_word(k, &s->name);
    KEEP_ENUM(k, s->mechanism, MECHANISM_COUNT - 1);
    keep_real(k, &s->value);
    keep_real(k, &s->p);
}

static void difference_fields(struct keeper *k, void *row)
{
    struct difference *d = row;
    keep_text(k, &d->field);
    keep_text(k, &d->system);
    keep_text(k, &d->values);
}

static void driving_fields(struct keeper *k, void *row)
{
    struct driving_round *r = row;
    KEEP_NUMBER(k, r->transition);
    keep_real(k, &r->time);
    keep_real(k, &r->contribution);
}

static void facts_fields(struct keeper *k, void *row)
{
    struct facts *f = row;
    double *const values[] = {
        &f->setting_r,
        &f->system_r,
        &f->change_rate_after_low,
        &f->change_rate_after_high,
        &f->change_size_after_low,
        &f->change_size_after_high,
        &f->cosine_after_improvement,
        &f->cosine_after_decline,
        &f->switch_rate_after_drop,
        &f->switch_rate_after_rise,
    };
    keep_text(k, &f->setting);
    keep_text(k, &f->system);
    KEEP_NUMBER(k, f->round_count);
    KEEP_LIST(k, f->rounds, f->round_count, driving_fields);
    real_fields(k, values, ARRAY_COUNT(values));
}

/* The rows of a matrix, each an array of K * T. */
/* Numbers by cell, also of a grid that holds them by row. */
static const double *cell_numbers(struct keeper *k, const struct grid *g, const double *values,
                                  size_t cells)
{
    if (!k->out || !g->row)
        return keep_reals(k, values, cells);
    keep_number(k, values != NULL);
    for (size_t i = 0; values && i < cells; i++) {
        double value = grid_number(g, values, i);
        keep_real(k, &value);
    }
    return values;
}

static void cell_counts(struct keeper *k, struct grid *g, size_t cells)
{
    if (!k->out || !g->row) {
        KEEP_LIST(k, g->row_counts, cells, keep_number32_row);
        return;
    }
    keep_number(k, true);
    for (size_t i = 0; i < cells; i++)
        keep_number(k, grid_has_rows(g, i));
}

static void setting_rows(struct keeper *k, struct grid *g, size_t cells)
{
    const double **to = k->out ? NULL : keep_room(k, g->setting_count, sizeof *to);
    for (size_t j = 0; (k->out || to) && j < g->setting_count; j++) {
        const double *values = cell_numbers(k, g, k->out ? g->settings[j] : NULL, cells);
        if (to)
            to[j] = values;
    }
    if (!k->out)
        g->settings = to;
}

static void category_rows(struct keeper *k, struct grid *g, size_t cells)
{
    const slice **to = k->out ? NULL : keep_room(k, g->category_count, sizeof *to);
    for (size_t j = 0; (k->out || to) && j < g->category_count; j++) {
        const slice *labels = k->out ? g->categories[j] : NULL;
        KEEP_LIST(k, labels, cells, keep_text_row);
        if (to)
            to[j] = labels;
    }
    if (!k->out)
        g->categories = to;
}

static size_t cell_count(struct keeper *k, const struct grid *g)
{
    if (!k->out && (g->system_count > PANEL_CELLS_MAX || g->round_count > PANEL_CELLS_MAX ||
                    g->system_count * g->round_count > PANEL_CELLS_MAX))
        k->is_bad = true;
    return k->is_bad ? 0 : g->system_count * g->round_count;
}

void keep_grid_fields(struct keeper *k, void *row)
{
    struct grid *g = row;
    KEEP_NUMBER(k, g->system_count);
    KEEP_NUMBER(k, g->round_count);
    KEEP_NUMBER(k, g->setting_count);
    KEEP_NUMBER(k, g->category_count);
    size_t cells = cell_count(k, g);
    KEEP_LIST(k, g->systems, g->system_count, keep_text_row);
    g->rounds = keep_reals(k, g->rounds, g->round_count);
    g->performance = cell_numbers(k, g, g->performance, cells);
    cell_counts(k, g, cells);
    KEEP_LIST(k, g->setting_names, g->setting_count, keep_text_row);
    setting_rows(k, g, cells);
    KEEP_LIST(k, g->category_names, g->category_count, keep_text_row);
    category_rows(k, g, cells);
}

static void cloud_fields(struct keeper *k, void *row)
{
    struct change_cloud *c = row;
    KEEP_NUMBER(k, c->stride);
    for (int side = 0; side < 2; side++) {
        KEEP_NUMBER(k, c->count[side]);
        k->is_bad |= c->count[side] > CHANGE_DOTS_MAX;
        for (size_t i = 0; i < c->count[side] && !k->is_bad; i++) {
            keep_real(k, &c->x[side][i]);
            keep_real(k, &c->y[side][i]);
        }
        keep_real(k, &c->sum[side]);
        keep_real(k, &c->total[side]);
    }
    keep_real(k, &c->most);
}

void keep_changes(struct keeper *k, void *row)
{
    struct plots *plots = row;
    bool has_changes = plots->changes != NULL;
    KEEP_FLAG(k, has_changes);
    if (!has_changes)
        return;
    struct change_cloud *room = k->out ? NULL : arena_alloc(k->arena, sizeof *room);
    struct change_cloud cloud = k->out ? *plots->changes : (struct change_cloud){0};
    KEEP_PART(k, cloud, cloud_fields);
    if (room)
        *room = cloud;
    if (!k->out)
        plots->changes = room;
}

/* Where version 2.0 kept every step and residual, which are drawn as a cloud. */
static struct change_cloud *cloud_of_steps(struct keeper *k, const struct grid *grid,
                                           const double *sizes, const double *residual)
{
    size_t steps = grid->round_count > 1 ? grid->round_count - 1 : 0;
    size_t all = grid->system_count * steps;
    struct change_cloud *cloud = all > 0 ? arena_alloc(k->arena, sizeof *cloud) : NULL;
    if (!cloud || !grid->rounds)
        return NULL;
    cloud->stride = (all + CHANGE_DOTS_MAX - 1) / CHANGE_DOTS_MAX;
    for (size_t i = 0; i < all; i++)
        change_cloud_add(cloud, i, grid->rounds[i % steps + 1],
                         residual[i / steps * grid->round_count + i % steps], sizes[i]);
    return cloud;
}

void keep_plots(struct keeper *k, void *plots, const struct grid *grid)
{
    struct plots *p = plots;
    size_t cells = cell_count(k, grid);
    size_t steps = grid->round_count ? cells - grid->system_count : 0;
    const double *sizes = keep_reals(k, NULL, cells ? steps : 0);
    const double *residual = keep_reals(k, NULL, cells);
    if (!k->out)
        p->changes = sizes && residual ? cloud_of_steps(k, grid, sizes, residual) : NULL;
    KEEP_NUMBER(k, p->scatter_count);
    p->scatter_x = keep_reals(k, p->scatter_x, p->scatter_count);
    p->scatter_y = keep_reals(k, p->scatter_y, p->scatter_count);
    KEEP_LIST(k, p->scatter_system, p->scatter_count, keep_number32_row);
    KEEP_NUMBER(k, p->null_bins);
    KEEP_LIST(k, p->null_counts, p->null_bins, keep_number32_row);
    keep_real(k, &p->null_low);
    keep_real(k, &p->null_high);
    keep_real(k, &p->null_observed);
}

static void verdict_numbers(struct keeper *k, struct verdict *v)
{
    KEEP_ENUM(k, v->kind, VERDICT_FIXED);
    KEEP_ENUM(k, v->reason, REASON_DIFFERS_WITHIN_ROUNDS);
    KEEP_ENUM(k, v->strength, STRENGTH_STRONG);
    keep_real(k, &v->p_value);
    keep_real(k, &v->p_panel);
    keep_real(k, &v->alpha);
    KEEP_NUMBER(k, v->draws);
    KEEP_FLAG(k, v->exact);
    KEEP_FLAG(k, v->tested);
    KEEP_NUMBER(k, v->seed);
    KEEP_NUMBER(k, v->n_eff);
    keep_real(k, &v->mde_partial_r);
    keep_real(k, &v->psi_star);
    KEEP_FLAG(k, v->psi_star_ci.defined);
    keep_real(k, &v->psi_star_ci.low);
    keep_real(k, &v->psi_star_ci.high);
    KEEP_FLAG(k, v->whitened);
    keep_bytes(k, v->ar, sizeof v->ar);
    KEEP_NUMBER(k, v->system_count);
    KEEP_NUMBER(k, v->round_count);
    KEEP_NUMBER(k, v->setting_count);
    KEEP_NUMBER(k, v->rounds_needed);
}

static void coupling(struct keeper *k, struct verdict *v)
{
    KEEP_FLAG(k, v->selection.present);
    keep_real(k, &v->selection.p);
    keep_real(k, &v->selection.observed_over_max);
    keep_real(k, &v->selection.excess);
    KEEP_NUMBER(k, v->selection.groups);
    keep_real(k, &v->coupling.p);
    KEEP_NUMBER(k, v->coupling.r_count);
    v->coupling.r = keep_reals(k, v->coupling.r, v->coupling.r_count);
    KEEP_FLAG(k, v->coupling.flagged);
}

void keep_verdict_fields(struct keeper *k, void *row)
{
    struct verdict *v = row;
    verdict_numbers(k, v);
    for (int m = 0; m < MECHANISM_COUNT; m++)
        KEEP_PART(k, v->mechanisms[m], mechanism_fields);
    KEEP_NUMBER(k, v->statistic_count);
    KEEP_LIST(k, v->statistics, v->statistic_count, statistic_fields);
    coupling(k, v);
    KEEP_NUMBER(k, v->used_count);
    KEEP_LIST(k, v->used_constraints, v->used_count, keep_text_row);
    KEEP_NUMBER(k, v->categorical_count);
    KEEP_LIST(k, v->categorical, v->categorical_count, keep_text_row);
    KEEP_NUMBER(k, v->difference_count);
    KEEP_LIST(k, v->differences, v->difference_count, difference_fields);
    KEEP_PART(k, v->facts, facts_fields);
    struct notes warnings = k->out && v->warnings ? *v->warnings : (struct notes){0};
    keep_notes(k, &warnings);
    if (!k->out && (v->warnings = arena_alloc(k->arena, sizeof *v->warnings)))
        *v->warnings = warnings;
}
