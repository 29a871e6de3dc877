/* Says what the verdict decided: headline, answer, paragraph and next steps, in two languages. */
#include "detect/wording.h"

#include "detect/names.h"
#include "detect/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* --- small pieces of text in the arena -----------------------------------------------------------
 */

static const char *small_text(struct wording *w, const struct buf *buf)
{
    slice copy = arena_copy(w->arena, buf_slice(buf));
    return copy.ptr ? copy.ptr : "";
}

const char *wording_p(struct wording *w, double p)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, 64);
    number_p(&buf, p);
    return small_text(w, &buf);
}

const char *wording_p_cell(struct wording *w, double p)
{
    const char *text = wording_p(w, p);
    return text[0] == '=' ? text + 2 : text;
}

const char *wording_unit(struct wording *w, double value)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, 64);
    number_unit(&buf, value, 2);
    return small_text(w, &buf);
}

const char *wording_number(struct wording *w, double value)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, 64);
    number_sig(&buf, value, 3);
    return small_text(w, &buf);
}

const char *wording_percent(struct wording *w, double share)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, 64);
    number_fixed(&buf, share * 100, 0);
    buf_put_str(&buf, " %");
    return small_text(w, &buf);
}

const char *wording_count(struct wording *w, uint64_t value)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, 64);
    number_grouped(&buf, value);
    return small_text(w, &buf);
}

const char *wording_name(struct wording *w, slice name)
{
    slice shown = arena_copy(w->arena, name_shown(w->arena, name, NAME_COLUMNS_MAX));
    return shown.ptr ? shown.ptr : "";
}

/* A sentence never ends inside a character. */
static size_t whole_runes(const char *text, size_t len)
{
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

void wording_say(struct wording *w, struct sentences *list, const char *english, ...)
{
    char text[SENTENCE_BYTES_MAX];
    va_list args;
    va_start(args, english);
    int len = vsnprintf(text, sizeof text, tr(w->lang, english), args);
    va_end(args);
    if (len < 0 || list->count == SENTENCES_MAX)
        return;
    size_t kept = (size_t)len < sizeof text ? (size_t)len : whole_runes(text, sizeof text - 2);
    list->items[list->count++] = arena_copy(w->arena, slice_make(text, kept));
}

/* Joins sentences to a paragraph: a blank between them in English, nothing in Chinese. */
static slice paragraph(struct wording *w, const struct sentences *list)
{
    struct buf buf;
    buf_init_arena(&buf, w->arena, SENTENCES_MAX * SENTENCE_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0 && w->lang == LANG_EN)
            buf_put_byte(&buf, ' ');
        buf_put(&buf, list->items[i]);
    }
    return buf_slice(&buf);
}

/* --- tables of words -------------------------------------------------------------------------- */

const char *mechanism_name(enum mechanism mechanism, enum lang lang)
{
    static const char *const names[MECHANISM_COUNT] = {
        N_("Reaction to the score"), N_("Change after losses"), N_("Ratchet"), N_("Label switches"),
        N_("Selective reporting")};
    return tr(lang, names[mechanism]);
}

const char *mechanism_meaning(enum mechanism mechanism, enum lang lang)
{
    static const char *const meanings[MECHANISM_COUNT] = {
        N_("settings moved with the score of the round before"),
        N_("settings changed more after worse results"),
        N_("changes were kept after a better score and taken back after a worse one"),
        N_("prompt, version or another label was switched after worse results"),
        N_("of several attempts, the better ones were reported")};
    return tr(lang, meanings[mechanism]);
}

const char *indicator_title(enum indicator_id id)
{
    static const char *const titles[INDICATOR_COUNT] = {"PSI", "CCS", "rho_PC"};
    return titles[id];
}

const char *indicator_meaning(enum indicator_id id, enum lang lang)
{
    static const char *const meanings[INDICATOR_COUNT] = {
        N_("how far the mean settings move from period to period, in the settings' own units"),
        N_("how alike the settings are over all rows; 1 = constant"),
        N_("correlation of the score with the mean of the settings in a row")};
    return tr(lang, meanings[id]);
}

/* --- what flagged the log --------------------------------------------------------------------- */

bool wording_flags(const struct verdict *v, enum mechanism mechanism)
{
    return v->mechanisms[mechanism].presence == PRESENCE_COMPUTED &&
           v->mechanisms[mechanism].flagged;
}

bool wording_is_selective(const struct verdict *v)
{
    return wording_flags(v, MECHANISM_SELECTIVE);
}

bool wording_is_panel(const struct verdict *v)
{
    for (int m = 0; m < MECHANISM_SELECTIVE; m++)
        if (wording_flags(v, (enum mechanism)m))
            return true;
    return !wording_is_selective(v); /* no single mechanism: the combination of the panel's */
}

/* --- headline and answer ---------------------------------------------------------------------- */

static const char *headline_of(const struct detect_report *report)
{
    if (!report->has_verdict)
        return report->classic.bias_detected ? N_("Classic indicators flag this log (uncalibrated)")
                                             : N_("Classic indicators stay quiet (uncalibrated)");
    const struct verdict *v = &report->verdict;
    switch (v->kind) {
    case VERDICT_ADAPTIVE:
        return wording_is_panel(v) ? N_("The test settings followed the results")
                                   : N_("The better attempts were the ones reported");
    case VERDICT_NO_EVIDENCE:
        return N_("No such pattern found, within the limits below");
    case VERDICT_FIXED:
        return N_("The recorded settings never changed");
    case VERDICT_INSUFFICIENT:
        break;
    }
    if (v->reason == REASON_DIFFERS_BETWEEN_SYSTEMS)
        return N_("Cannot tell: the systems were tested under different settings");
    if (v->reason == REASON_DIFFERS_WITHIN_ROUNDS)
        return N_("Cannot tell: settings differ inside a round");
    return N_("Cannot tell: not enough data");
}

const char *report_headline(const struct detect_report *report, enum lang lang)
{
    return tr(lang, headline_of(report));
}

static void fill_answer(struct wording *w)
{
    const struct detect_report *report = w->report;
    w->headline = report_headline(report, w->lang);
    w->icon = "?";
    w->answer = N_("Cannot tell");
    w->answer_why = N_("this log does not hold enough to answer; that is not an all-clear");
    if (!report->has_verdict) {
        w->answer_why = N_("the classic indicators are not calibrated; ask the calibrated engine");
    } else if (report->verdict.kind == VERDICT_ADAPTIVE) {
        w->icon = "!";
        w->tone = report->verdict.strength == STRENGTH_STRONG ? TONE_STRONG : TONE_MODERATE;
        w->answer = N_("Not as it stands");
        w->answer_why = N_("first repeat the test on data that was not used in these rounds");
    } else if (report->verdict.kind == VERDICT_NO_EVIDENCE) {
        w->icon = "○";
        w->answer = N_("With conditions");
        w->answer_why = N_("only within the limits named here; weaker effects could be missed");
    } else if (report->verdict.kind == VERDICT_FIXED) {
        w->icon = "=";
        w->answer = N_("With conditions");
        w->answer_why = N_("only as far as the recorded settings go");
    }
    w->answer = tr(w->lang, w->answer);
    w->answer_why = tr(w->lang, w->answer_why);
}

/* --- the verdict in sentences ----------------------------------------------------------------- */

/* p in words that people weigh correctly: counts in 1,000 logs, or one in so many. */
static void say_frequency(struct wording *w, struct sentences *list, double p)
{
    double per_thousand = p * 1000;
    if (p < 1e-6) { /* finer odds would claim more than a model of attempts can know */
        wording_say(w, list, N_("An honest log would show this less than once in 1,000,000."));
    } else if (per_thousand < 1) {
        double odds = 1 / p; /* p >= 1e-6 */
        double digits = pow(10, floor(log10(odds)) - 1);
        wording_say(w, list, N_("An honest log would show this about once in %s."),
                    wording_count(w, (uint64_t)(round(odds / digits) * digits)));
    } else if (per_thousand < 1.5) {
        wording_say(w, list, N_("An honest log would show this about once in 1,000."));
    } else {
        wording_say(w, list, N_("An honest log would show this about %s times in 1,000."),
                    wording_count(w, (uint64_t)round(per_thousand)));
    }
}

static void say_adaptive(struct wording *w, struct sentences *list)
{
    const struct verdict *v = &w->report->verdict;
    const char *p = wording_p(w, v->p_value);
    if (wording_is_panel(v) && wording_is_selective(v))
        wording_say(w, list,
                    N_("The test settings followed the results in this log, and the better "
                       "attempts were the ones reported (p %s)."),
                    p);
    else if (wording_is_selective(v))
        wording_say(w, list,
                    N_("Where this log holds several attempts, the better ones were reported more "
                       "often than chance allows (p %s)."),
                    p);
    else
        wording_say(w, list, N_("The test settings followed the results in this log (p %s)."), p);
    struct sentences frequency = {.count = 0};
    say_frequency(w, &frequency, v->p_value);
    if (frequency.count)
        w->frequency = list->items[list->count++] = frequency.items[0];
    wording_say(w, list, N_("This is not proof of intent, nor that the final score is wrong."));
    wording_say(w, list,
                N_("Do not use this score for a release without a run on data that was "
                   "not used in these rounds."));
    w->strength =
        slice_of(tr(w->lang, v->strength == STRENGTH_STRONG ? N_("strong") : N_("moderate")));
}

static bool quadratic_rule(const struct verdict *v)
{
    return v->mechanisms[MECHANISM_LOSE_SHIFT].presence == PRESENCE_NULL;
}

static void say_no_evidence(struct wording *w, struct sentences *list)
{
    const struct verdict *v = &w->report->verdict;
    wording_say(w, list,
                N_("No such pattern found: this test did not see the settings follow the results "
                   "(p %s)."),
                wording_p(w, v->p_value));
    if (isfinite(v->mde_partial_r))
        wording_say(w, list, N_("This log could miss effects weaker than |r| = %s."),
                    wording_unit(w, v->mde_partial_r));
    if (quadratic_rule(v))
        wording_say(w, list,
                    N_("Only the direct reaction of the protocol to the score was tested."));
    wording_say(w, list, N_("Attempts that were not logged cannot be seen."));
}

static void say_insufficient(struct wording *w, struct sentences *list)
{
    const struct verdict *v = &w->report->verdict;
    switch (v->reason) {
    case REASON_TOO_FEW_ROUNDS:
        if (v->rounds_needed > v->round_count)
            wording_say(w, list,
                        N_("This log cannot answer the question: %zu rounds, about %zu needed."),
                        v->round_count, v->rounds_needed);
        else
            wording_say(w, list,
                        N_("This log cannot answer the question: it has too few complete rounds "
                           "(%zu) for its systems."),
                        v->round_count);
        break;
    case REASON_TOO_FEW_RESIDUALS:
        wording_say(w, list,
                    N_("This log cannot answer the question: too few scores vary and have "
                       "all their settings."));
        break;
    case REASON_NO_DRAWS:
        wording_say(w, list,
                    N_("This run cannot answer the question: it drew fewer than 100 "
                       "permutations."));
        break;
    case REASON_DIFFERS_BETWEEN_SYSTEMS:
        wording_say(w, list,
                    N_("This log cannot answer the question: the settings differ between "
                       "the systems and never change within one."));
        wording_say(w, list, N_("A difference in score may be a difference in settings."));
        break;
    case REASON_DIFFERS_WITHIN_ROUNDS:
        wording_say(w, list,
                    N_("This log cannot answer the question: rows of the same system and "
                       "round were measured under different settings."));
        break;
    case REASON_NONE:
        wording_say(w, list, N_("This log cannot answer the question."));
        break;
    }
    if (w->findings.count)
        wording_say(w, list, N_("Certain findings are below."));
}

static void say_classic(struct wording *w, struct sentences *list)
{
    const struct classic *c = &w->report->classic;
    if (!c->defined)
        wording_say(w, list, N_("The classic indicators are not defined for this log."));
    else
        wording_say(w, list, N_("%u of 3 classic indicators are beyond their thresholds."),
                    c->indicators_triggered);
    wording_say(w, list,
                N_("They depend on the units of the settings and are not calibrated: how "
                   "often they raise a false alarm on a log like this is unknown."));
}

static void fill_text(struct wording *w)
{
    struct sentences list = {.count = 0};
    if (!w->report->has_verdict) {
        say_classic(w, &list);
    } else {
        switch (w->report->verdict.kind) {
        case VERDICT_ADAPTIVE:
            say_adaptive(w, &list);
            break;
        case VERDICT_NO_EVIDENCE:
            say_no_evidence(w, &list);
            break;
        case VERDICT_INSUFFICIENT:
            say_insufficient(w, &list);
            break;
        case VERDICT_FIXED:
            wording_say(w, &list,
                        N_("Every recorded protocol field is the same in all %s rows, so the "
                           "recorded settings did not follow anything."),
                        wording_count(w, w->report->panel ? w->report->panel->row_count : 0));
            wording_say(w, &list,
                        N_("Settings and attempts that were not recorded cannot be seen."));
            break;
        }
    }
    w->text = paragraph(w, &list);
}

/* --- next steps ------------------------------------------------------------------------------- */

static void steps_adaptive(struct wording *w, struct sentences *list)
{
    const struct verdict *v = &w->report->verdict;
    const struct facts *facts = &v->facts;
    wording_say(w, list,
                N_("Fix the settings, then run the final system once on data that was not "
                   "used in these rounds; report that score."));
    if (wording_flags(v, MECHANISM_REACTIVE) && facts->setting.len)
        wording_say(w, list, N_("Ask who changed “%s” between the rounds named above, and why."),
                    wording_name(w, facts->setting));
    else if (wording_flags(v, MECHANISM_SWITCH))
        wording_say(w, list,
                    N_("Ask who switched the labels between the rounds named above, and why."));
    else if (wording_is_panel(v))
        wording_say(w, list,
                    N_("Ask who changed the settings between the rounds named above, and why."));
    if (wording_is_selective(v))
        wording_say(w, list, N_("Report all attempts, or the mean of a number fixed beforehand."));
    wording_say(w, list, N_("Until then, publish this report together with the score."));
}

static void steps_insufficient(struct wording *w, struct sentences *list)
{
    switch (w->report->verdict.reason) {
    case REASON_DIFFERS_BETWEEN_SYSTEMS:
        wording_say(w, list, N_("Test the systems again under the same settings."));
        break;
    case REASON_DIFFERS_WITHIN_ROUNDS:
        wording_say(w, list,
                    N_("Keep one setting per system and round, or mark with a column "
                       "“reported” which attempt counts."));
        break;
    case REASON_NO_DRAWS:
        wording_say(w, list, N_("Run the analysis again with 1,999 draws."));
        break;
    case REASON_TOO_FEW_RESIDUALS:
        wording_say(w, list, N_("Complete the missing scores and settings in the log."));
        break;
    case REASON_TOO_FEW_ROUNDS:
    case REASON_NONE:
        wording_say(w, list,
                    N_("Go on logging every round, failed ones too, and run the analysis "
                       "again when there are enough."));
        break;
    }
    wording_say(w, list, N_("Do not read this result as an all-clear."));
}

static void fill_next_steps(struct wording *w)
{
    struct sentences *list = &w->next_steps;
    const struct verdict *v = &w->report->verdict;
    if (!w->report->has_verdict) {
        wording_say(w, list,
                    N_("Run the calibrated engine on the same log before deciding anything."));
        return;
    }
    if (v->kind == VERDICT_ADAPTIVE)
        steps_adaptive(w, list);
    else if (v->kind == VERDICT_INSUFFICIENT)
        steps_insufficient(w, list);
    else if (v->kind == VERDICT_FIXED)
        wording_say(w, list,
                    N_("Check that the log records everything that could be moved: "
                       "prompt, judge, data version, seeds, number of attempts."));
    else if (isfinite(v->mde_partial_r))
        wording_say(w, list,
                    N_("When you quote the score, quote the limit too: effects weaker than |r| = "
                       "%s could be missed."),
                    wording_unit(w, v->mde_partial_r));
    if (v->kind != VERDICT_INSUFFICIENT)
        wording_say(w, list,
                    N_("Before the next series, freeze the protocol and log every "
                       "attempt, failed ones too."));
}

void wording_build(const struct detect_report *report, enum lang lang, struct arena *arena,
                   struct wording *ret)
{
    *ret = (struct wording){.report = report, .lang = lang, .arena = arena};
    fill_answer(ret);
    wording_findings(ret);
    fill_text(ret);
    wording_explanation(ret);
    wording_unchecked(ret);
    fill_next_steps(ret);
    wording_assumptions(ret);
}
