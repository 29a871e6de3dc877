/* Says what drove the verdict, what is certain, what was not checked and what was assumed. */
#include "detect/wording.h"

#include "detect/number.h"

#include <math.h>

enum { FINDING_FIELDS_MAX = 8, FINDING_DIFFERENCES_MAX = 6, DRIVING_ROUNDS_MAX = 5 };

/* --- what drove it ---------------------------------------------------------------------------- */

static void explain_reactive(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    if (f->setting.len == 0 || !isfinite(f->setting_r))
        return;
    wording_say(w, &w->explanation,
                f->setting_r > 0
                    ? N_("“%s” followed the score: after results above their trend it was moved "
                         "up, after results below it down (r = %s).")
                    : N_("“%s” followed the score: after results below their trend it was moved "
                         "up, after results above it down (r = %s)."),
                wording_name(w, f->setting), wording_unit(w, f->setting_r));
}

static void explain_lose_shift(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    if (!isfinite(f->change_size_after_low) || !isfinite(f->change_size_after_high))
        return;
    wording_say(w, &w->explanation,
                N_("Settings changed more after worse results: mean change size %s after a score "
                   "below the median, %s after one above it."),
                wording_number(w, f->change_size_after_low),
                wording_number(w, f->change_size_after_high));
}

static void explain_ratchet(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    if (!isfinite(f->cosine_after_improvement) || !isfinite(f->cosine_after_decline))
        return;
    wording_say(w, &w->explanation,
                N_("Changes were kept when the score rose and taken back when it fell: mean "
                   "agreement of direction %s after a rise, %s after a fall (1 = same way on, -1 "
                   "= back)."),
                wording_unit(w, f->cosine_after_improvement),
                wording_unit(w, f->cosine_after_decline));
}

static void explain_switch(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    if (!isfinite(f->switch_rate_after_drop) || !isfinite(f->switch_rate_after_rise))
        return;
    wording_say(w, &w->explanation,
                N_("Labels were switched in %s of the steps after a drop of the score and in %s "
                   "after a rise."),
                wording_percent(w, f->switch_rate_after_drop),
                wording_percent(w, f->switch_rate_after_rise));
}

/* excess: 0 = the average rank that chance gives, 1 = always the best. */
static void explain_selective(struct wording *w)
{
    const struct selection *s = &w->report->verdict.selection;
    if (!s->present || !isfinite(s->excess))
        return;
    wording_say(w, &w->explanation,
                N_("In %s cases one of several attempts was reported; the reported ones lie %s of "
                   "the way from a chance pick to always the best (p %s)."),
                wording_count(w, s->groups), wording_percent(w, s->excess), wording_p(w, s->p));
}

/* "7, 9, 12": the numbers of the rounds that weigh most. */
static const char *driving_rounds(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    struct buf buf;
    buf_init_arena(&buf, w->arena, 256);
    double after = -INFINITY; /* in the order of time, which is easier to look up */
    for (size_t i = 0; i < f->round_count && i < DRIVING_ROUNDS_MAX; i++) {
        double next = INFINITY;
        for (size_t r = 0; r < f->round_count && r < DRIVING_ROUNDS_MAX; r++)
            if (f->rounds[r].time > after)
                next = fmin(next, f->rounds[r].time);
        if (i > 0)
            buf_put_str(&buf, w->lang == LANG_ZH ? "、" : ", ");
        number_sig(&buf, next, 6);
        after = next;
    }
    buf_put_byte(&buf, '\0');
    return buf.overflow ? "" : buf.ptr;
}

static void explain_where(struct wording *w)
{
    const struct facts *f = &w->report->verdict.facts;
    if (f->system.len && w->report->verdict.system_count > 1 &&
        wording_flags(&w->report->verdict, MECHANISM_REACTIVE))
        wording_say(w, &w->explanation, N_("“%s” shows it most (r = %s)."),
                    wording_name(w, f->system), wording_unit(w, f->system_r));
    if (f->round_count)
        wording_say(w, &w->explanation, N_("The changes before these rounds weigh most: %s."),
                    driving_rounds(w));
}

static void explain_detection(struct wording *w)
{
    static void (*const say[MECHANISM_COUNT])(struct wording *) = {
        explain_reactive, explain_lose_shift, explain_ratchet, explain_switch, explain_selective};
    const struct verdict *v = &w->report->verdict;
    size_t flagged = 0;
    for (int m = 0; m < MECHANISM_COUNT; m++)
        if (wording_flags(v, (enum mechanism)m)) {
            wording_say(w, &w->explanation, N_("Mechanism: %s (p %s, corrected for %s)."),
                        mechanism_name((enum mechanism)m, w->lang),
                        wording_p(w, v->mechanisms[m].p_holm),
                        tr(w->lang, N_("all mechanisms tested")));
            say[m](w);
            flagged++;
        }
    if (flagged == 0)
        wording_say(w, &w->explanation,
                    N_("No single mechanism stands out after correction; their combination does "
                       "(p %s)."),
                    wording_p(w, v->p_value));
    if (wording_is_panel(v))
        explain_where(w);
}

/* psi_star is a mean step of logarithms, so e^psi_star is a factor: only when every setting is
 * positive, because others enter on their own scale (detect.md 3.1). */
static void explain_size(struct wording *w, const struct verdict *v)
{
    const struct grid *g = w->report->grid;
    if (v->used_count == 0 || !(v->psi_star > 0) || !g)
        return;
    for (size_t j = 0; j < g->setting_count; j++)
        for (size_t i = 0; i < g->system_count * g->round_count; i++)
            if (g->settings[j][i] <= 0)
                return;
    if (v->psi_star < 0.3)
        wording_say(w, &w->explanation, N_("The settings moved by about %s per round on average."),
                    wording_percent(w, exp(v->psi_star) - 1));
    else
        wording_say(w, &w->explanation,
                    N_("The settings moved by a factor of about %s per round on average."),
                    wording_number(w, exp(v->psi_star)));
}

void wording_explanation(struct wording *w)
{
    const struct detect_report *report = w->report;
    if (!report->has_verdict)
        return;
    const struct verdict *v = &report->verdict;
    if (v->kind == VERDICT_ADAPTIVE)
        explain_detection(w);
    else if (v->selection.present)
        explain_selective(w);
    explain_size(w, v);
    if (v->coupling.flagged)
        wording_say(w, &w->explanation,
                    N_("Beside the verdict: settings and score moved together in the same round "
                       "(p %s). The comparison over rounds is confounded: part of the score's "
                       "movement may be an effect of the settings."),
                    wording_p(w, v->coupling.p));
    if (isfinite(report->selection_optimism))
        wording_say(w, &w->explanation,
                    N_("With %s configurations tried and a standard error of %s, the best one "
                       "leads by about %s points through luck alone (assumes equal true scores, "
                       "independent normal errors, and that the best was reported)."),
                    wording_count(w, report->options.attempts),
                    wording_number(w, report->options.score_stderr),
                    wording_number(w, report->selection_optimism));
}

/* --- what is certain -------------------------------------------------------------------------- */

static bool same_label(slice a, slice b)
{
    return a.len == 0 || b.len == 0 || slice_eq(a, b);
}

/* Steps from one logged round of a system to its next, and how many of them changed. */
struct steps {
    uint64_t seen, changed;
    double low, high;
};

static struct steps count_setting(const struct grid *g, size_t setting)
{
    struct steps steps = {.low = INFINITY, .high = -INFINITY};
    for (size_t k = 0; k < g->system_count; k++) {
        double last = NAN;
        for (size_t t = 0; t < g->round_count; t++) {
            double value = grid_number(g, g->settings[setting], k * g->round_count + t);
            if (!isfinite(value))
                continue;
            steps.seen += isfinite(last);
            steps.changed += isfinite(last) && fabs(value - last) > 1e-12 * fabs(last);
            steps.low = fmin(steps.low, value);
            steps.high = fmax(steps.high, value);
            last = value;
        }
    }
    return steps;
}

static struct steps count_category(const struct grid *g, size_t category)
{
    struct steps steps = {.seen = 0};
    for (size_t k = 0; k < g->system_count; k++)
        for (size_t t = 1; t < g->round_count; t++) {
            slice before = g->categories[category][k * g->round_count + t - 1];
            slice now = g->categories[category][k * g->round_count + t];
            steps.seen += before.len > 0 && now.len > 0;
            steps.changed += !same_label(before, now);
        }
    return steps;
}

static void find_changes(struct wording *w, const struct grid *g)
{
    size_t said = 0;
    for (size_t j = 0; j < g->setting_count && said < FINDING_FIELDS_MAX; j++) {
        struct steps steps = count_setting(g, j);
        if (steps.changed == 0)
            continue;
        said++;
        wording_say(w, &w->findings, N_("“%s” changed in %s of %s steps, between %s and %s."),
                    wording_name(w, g->setting_names[j]), wording_count(w, steps.changed),
                    wording_count(w, steps.seen), wording_number(w, steps.low),
                    wording_number(w, steps.high));
    }
    for (size_t q = 0; q < g->category_count && said < FINDING_FIELDS_MAX; q++) {
        struct steps steps = count_category(g, q);
        if (steps.changed == 0)
            continue;
        said++;
        wording_say(w, &w->findings, N_("The label of “%s” changed in %s of %s steps."),
                    wording_name(w, g->category_names[q]), wording_count(w, steps.changed),
                    wording_count(w, steps.seen));
    }
}

static void find_differences(struct wording *w, const struct verdict *v)
{
    for (size_t i = 0; i < v->difference_count && i < FINDING_DIFFERENCES_MAX; i++)
        wording_say(w, &w->findings, N_("“%s” was tested with “%s” = %s."),
                    wording_name(w, v->differences[i].system),
                    wording_name(w, v->differences[i].field),
                    wording_name(w, v->differences[i].values));
    if (v->difference_count > FINDING_DIFFERENCES_MAX)
        wording_say(w, &w->findings, N_("… and %s more differences; the table holds all."),
                    wording_count(w, v->difference_count - FINDING_DIFFERENCES_MAX));
}

void wording_findings(struct wording *w)
{
    const struct detect_report *report = w->report;
    if (report->grid)
        find_changes(w, report->grid);
    if (report->has_verdict) {
        find_differences(w, &report->verdict);
        if (report->verdict.selection.present)
            wording_say(w, &w->findings,
                        N_("Several attempts were logged and exactly one reported in %s cases."),
                        wording_count(w, report->verdict.selection.groups));
    }
    const struct panel *panel = report->panel;
    if (panel && panel->dropped_performance + panel->dropped_time > 0)
        wording_say(w, &w->findings, N_("%s of %s rows were left out: no score or no time."),
                    wording_count(w, panel->dropped_performance + panel->dropped_time),
                    wording_count(w, panel->source_row_count));
}

/* --- what was not checked --------------------------------------------------------------------- */

void wording_unchecked(struct wording *w)
{
    struct sentences *list = &w->unchecked;
    const struct detect_report *report = w->report;
    if (!report->has_verdict)
        wording_say(w, list,
                    N_("Whether the settings followed the results: the classic indicators "
                       "do not test that."));
    wording_say(w, list,
                N_("Attempts that were never logged. If only the best of several runs was "
                   "written down, this file looks the same as an honest one."));
    if (report->has_verdict &&
        report->verdict.mechanisms[MECHANISM_LOSE_SHIFT].presence == PRESENCE_NULL)
        wording_say(w, list,
                    N_("Whether settings changed more after losses or were kept after wins: with "
                       "so few rounds the curved effect of the settings cannot be removed."));
    wording_say(w, list,
                N_("Plans that were made after looking at earlier results which are not "
                   "in this log."));
    if (report->has_verdict)
        wording_say(w, list,
                    N_("A search that follows only the part of the score that the settings "
                       "themselves explain; it is detected weakly."));
    wording_say(w, list,
                N_("Whether the scores are right, and whether test data was used in "
                   "training."));
}

/* --- what was assumed ------------------------------------------------------------------------- */

void wording_assumptions(struct wording *w)
{
    struct sentences *list = &w->assumptions;
    const struct verdict *v = &w->report->verdict;
    if (!w->report->has_verdict)
        return;
    wording_say(w, list,
                N_("Tested hypothesis: given everything planned beforehand, the settings "
                   "of a round do not depend on the random part of earlier results."));
    wording_say(w, list,
                N_("Before testing, trends, differences between systems, and effects of the "
                   "settings on the score (up to cubes where the rounds allow) are removed."));
    if (v->tested && v->exact)
        wording_say(w, list, N_("p is exact: all %s re-orderings were counted; level %s."),
                    wording_count(w, v->draws), wording_unit(w, v->alpha));
    else if (v->tested)
        wording_say(w, list, N_("p comes from %s re-orderings of the log (seed %s); level %s."),
                    wording_count(w, v->draws), wording_count(w, v->seed),
                    wording_unit(w, v->alpha));
    wording_say(w, list,
                N_("Rows mean what their headers say; nothing outside the file was "
                   "consulted."));
}

slice wording_measured(struct wording *w)
{
    const struct verdict *v = &w->report->verdict;
    const struct report_measured *m = report_measured(v->system_count, v->round_count);
    if (!m)
        return slice_of(tr(w->lang, N_("How often the engine errs on logs of exactly this shape "
                                       "has not been measured.")));
    return arena_printf(
        w->arena,
        tr(w->lang, N_("Measured on simulated logs of %zu rounds and %zu to %zu systems: %s of "
                       "%zu honest ones were flagged, %s of %zu circular ones found (%.*s).")),
        m->rounds, m->systems_low, m->systems_high, wording_percent(w, m->false_positive_rate),
        m->honest_count, wording_percent(w, m->power), m->circular_count, SLICE_ARG(m->corpus));
}
