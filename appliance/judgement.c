/* Judges a project once more, at the level that is left for this look. */
#include "judgement.h"

#include "detect/sequential.h"

#include <math.h>
#include <stdlib.h>

enum {
    DRAWS_LEAST = 1999,
    DRAWS_MOST = 99999,
    DRAWS_SPARE = 10,          /* a p-value can fall this factor below the level */
    DRAW_CELLS_MAX = 20000000, /* draws times rows: keeps a look within seconds */
};
/* A look spends many draws only where few say that it might reject. It rejects when both p-values
 * are small enough, so never more often than the second one alone; what it misses thereby is a true
 * p-value far below the level of which 2,000 draws say more than this. */
#define SCREEN_P    0.02
#define LEVEL_LEAST 1e-9 /* stands for "nothing can be spent": no permutation test reaches it */

const char *judgement_rule(uint64_t planned_rounds)
{
    return planned_rounds ? "spending_planned" : "spending_open_end";
}

/* What was judged when this look is over. Without a plan a look at more of the same rounds, such as
 * another system's, counts as one round more. */
static uint64_t rounds_after(const struct judgement_input *in, uint32_t rounds_total)
{
    bool same = rounds_total <= in->state.rounds;
    return same && in->planned_rounds == 0 ? in->state.rounds + 1 : rounds_total;
}

static double share_of(const struct judgement_input *in, uint64_t rounds)
{
    if (in->replay_level > 0)
        return in->replay_level / JUDGEMENT_ALPHA;
    if (rounds <= in->state.rounds)
        return 0;
    return sequential_share((size_t)in->state.rounds, (size_t)rounds, (size_t)in->planned_rounds);
}

static uint32_t draws_for(double level, size_t rows)
{
    double most = fmin(DRAWS_MOST, (double)DRAW_CELLS_MAX / (double)(rows ? rows : 1));
    double wanted = level > LEVEL_LEAST ? ceil(DRAWS_SPARE / level) : DRAWS_LEAST;
    return (uint32_t)fmax(fmin(wanted, most), DRAWS_LEAST);
}

/* What a ledger without a panel says: no test, but a look at what changed. */
static void no_panel(struct judgement *ret, const struct error *why)
{
    ret->why = *why;
    ret->verdict = verdict_slug(VERDICT_INSUFFICIENT);
    ret->reason = why->code ? why->code : "nothing_to_test";
}

static void decide(const struct judgement_input *in, struct judgement *ret)
{
    const struct verdict *verdict = &ret->report->verdict;
    ret->verdict = verdict_slug(verdict->kind);
    ret->reason = reason_slug(verdict->reason);
    ret->tested = ret->share > 0 &&
                  (verdict->kind == VERDICT_ADAPTIVE || verdict->kind == VERDICT_NO_EVIDENCE);
    if (verdict->kind == VERDICT_ADAPTIVE || verdict->kind == VERDICT_NO_EVIDENCE)
        ret->p_value = verdict->p_value;
    if (ret->tested) {
        ret->state.tests++;
        ret->state.rounds = rounds_after(in, ret->rounds_total);
        ret->state.spent += ret->share;
        ret->state.p_value = fmin(ret->state.p_value, fmin(1, verdict->p_value / ret->share));
    }
    if (ret->tested && verdict->kind == VERDICT_ADAPTIVE && !ret->state.detected)
        ret->state.detected = in->number;
    if (ret->state.detected) { /* later rounds do not take it back */
        ret->verdict = verdict_slug(VERDICT_ADAPTIVE);
        ret->reason = NULL;
    }
}

/* The engine also answers logs that are too short when their p-value is overwhelming. A look that
 * can only ever reject would spend nothing when it does not, so projects wait until the log is long
 * enough: whether it is shows at a level that no p-value reaches. */
static status without_shortcut(const struct panel *panel, struct detect_options options,
                               struct arena *arena, struct detect_report **report,
                               struct error *err)
{
    struct detect_report *plain;
    options.alpha = LEVEL_LEAST;
    options.draws = DRAWS_LEAST;
    TRY(detect_run(panel, &options, arena, &plain, err));
    if (plain->verdict.kind == VERDICT_INSUFFICIENT)
        *report = plain;
    return ST_OK;
}

static bool might_reject(const struct verdict *verdict)
{
    return verdict->kind != VERDICT_INSUFFICIENT && verdict->p_value <= SCREEN_P;
}

static status test_panel(const struct judgement_input *in, const struct panel *panel,
                         struct arena *arena, struct judgement *ret, struct error *err)
{
    struct detect_report *report;
    struct detect_options options = detect_options_default();
    uint32_t draws = draws_for(ret->level, panel->row_count);
    options.alpha = ret->level > LEVEL_LEAST ? ret->level : LEVEL_LEAST;
    options.draws = DRAWS_LEAST;
    options.hooks = in->hooks;
    TRY(detect_run(panel, &options, arena, &report, err));
    if (draws > options.draws && might_reject(&report->verdict)) {
        options.draws = draws;
        TRY(detect_run(panel, &options, arena, &report, err));
    }
    if (report->verdict.kind == VERDICT_ADAPTIVE)
        TRY(without_shortcut(panel, options, arena, &report, err));
    ret->report = report;
    decide(in, ret);
    return ST_OK;
}

/* A finding about the rows, as opposed to a limit or a shortage. */
static bool is_finding(enum status_code rc)
{
    return rc == ST_INVALID;
}

status judge(const struct judgement_input *in, struct arena *arena, struct judgement *ret,
             struct error *err)
{
    struct panel *panel;
    struct diff *diff;
    struct panel_options *reading = arena_alloc(arena, sizeof *reading);
    if (!reading)
        return arena_check(arena, err);
    *reading = (struct panel_options){.engine = ENGINE_CALIBRATED, .rows_max = in->rows_max};
    *ret = (struct judgement){.state = in->state, .reading = reading, .p_value = NAN};
    ret->rounds_total = project_rounds_total(in->ledger);
    ret->share = share_of(in, rounds_after(in, ret->rounds_total));
    ret->level = in->replay_level > 0 ? in->replay_level : JUDGEMENT_ALPHA * ret->share;
    TRY(diff_ledger(in->ledger, arena, &diff, err));
    ret->diff = diff;
    status rc = ledger_to_panel(in->ledger, reading, arena, &panel, &ret->facts, err);
    if (is_finding(rc)) {
        no_panel(ret, err);
        error_clear(err);
        if (ret->state.detected)
            ret->verdict = verdict_slug(VERDICT_ADAPTIVE);
        return ST_OK;
    }
    if (rc != ST_OK)
        return rc;
    return test_panel(in, panel, arena, ret, err);
}

const char *judgement_headline(const struct judgement *judgement, enum lang lang)
{
    bool adaptive_now = judgement->report && judgement->report->verdict.kind == VERDICT_ADAPTIVE;
    if (judgement->state.detected && !adaptive_now)
        return tr(lang, N_("The test settings followed the results at an earlier look; later "
                           "rounds do not take that back."));
    if (!judgement->report)
        return lang == LANG_ZH ? judgement->why.text_zh : judgement->why.text;
    return report_headline(judgement->report, lang);
}
