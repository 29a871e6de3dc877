/* The calibrated verdict as JSON members (detect.md section 9). */
#include "detect/json_parts.h"

#include <math.h>

void json_put_sentences(struct json_out *out, const char *key, const struct sentences *list)
{
    json_key(out, key);
    json_array(out);
    for (size_t i = 0; i < list->count; i++)
        json_str(out, list->items[i]);
    json_end(out);
}

void json_put_slice(struct json_out *out, const char *key, slice text)
{
    if (text.len)
        json_key_str(out, key, text);
    else
        json_key_null(out, key);
}

void json_put_text(struct json_out *out, const char *key, const char *text)
{
    json_put_slice(out, key, slice_of(text));
}

void json_put_number(struct json_out *out, double value)
{
    if (fabs(value) < 9007199254740992.0 && value == floor(value))
        json_i64(out, (int64_t)value);
    else
        json_f64(out, value);
}

/* --- decision --------------------------------------------------------------------------------- */

static uint64_t flagged_count(const struct verdict *v)
{
    uint64_t count = 0;
    for (int m = 0; m < MECHANISM_COUNT; m++)
        count += v->mechanisms[m].presence == PRESENCE_COMPUTED && v->mechanisms[m].flagged;
    return count;
}

static enum risk verdict_risk(const struct verdict *v)
{
    switch (v->kind) {
    case VERDICT_ADAPTIVE:
        return v->strength == STRENGTH_STRONG ? RISK_HIGH : RISK_MEDIUM;
    case VERDICT_NO_EVIDENCE:
    case VERDICT_FIXED:
        return RISK_LOW;
    case VERDICT_INSUFFICIENT:
        break;
    }
    return RISK_UNKNOWN;
}

void json_put_verdict_decision(struct json_out *out, const struct wording *words)
{
    const struct verdict *v = &words->report->verdict;
    enum risk risk = verdict_risk(v);
    json_put_text(out, "risk_level", risk == RISK_UNKNOWN ? "Unknown" : risk_level(risk));
    json_put_text(out, "risk_category", risk == RISK_UNKNOWN ? "unknown" : risk_category(risk));
    json_key_bool(out, "bias_detected", v->kind == VERDICT_ADAPTIVE);
    json_key_u64(out, "indicators_triggered", flagged_count(v));
    json_key_null(out, "confidence");
    json_key_str(out, "interpretation", words->text);
    json_put_sentences(out, "recommendations", &words->next_steps);
}

/* --- the verdict block ------------------------------------------------------------------------ */

static void put_mechanisms(struct json_out *out, const struct verdict *v)
{
    json_key(out, "mechanisms");
    json_object(out);
    for (int m = 0; m < MECHANISM_COUNT; m++) {
        const struct mechanism_result *result = &v->mechanisms[m];
        const char *slug = mechanism_slug((enum mechanism)m);
        if (result->presence == PRESENCE_NULL)
            json_key_null(out, slug);
        if (result->presence != PRESENCE_COMPUTED)
            continue;
        json_key(out, slug);
        json_object(out);
        json_key_f64(out, "p", result->p);
        json_key_f64(out, "p_holm", result->p_holm);
        json_key_bool(out, "flagged", result->flagged);
        json_end(out);
    }
    json_end(out);
}

static void put_statistics(struct json_out *out, const struct verdict *v)
{
    json_key(out, "statistics");
    json_object(out);
    for (size_t i = 0; i < v->statistic_count; i++) {
        json_key(out, v->statistics[i].name);
        json_object(out);
        json_key_f64(out, "value", v->statistics[i].value);
        json_key_f64(out, "p", v->statistics[i].p);
        json_end(out);
    }
    json_end(out);
}

static void put_selection(struct json_out *out, const struct selection *s)
{
    if (!s->present) {
        json_key_null(out, "selection");
        return;
    }
    json_key(out, "selection");
    json_object(out);
    json_key_f64(out, "p", s->p);
    json_key_u64(out, "groups", s->groups);
    json_key_f64(out, "observed_over_max", s->observed_over_max);
    json_key_f64(out, "excess", s->excess);
    json_end(out);
}

static void put_coupling(struct json_out *out, const struct coupling *coupling)
{
    json_key(out, "coupling");
    json_object(out);
    json_key_f64(out, "p", coupling->p);
    json_key(out, "r");
    json_array(out);
    for (size_t i = 0; i < coupling->r_count; i++)
        json_f64(out, coupling->r[i]);
    json_end(out);
    json_key_bool(out, "flagged", coupling->flagged);
    json_end(out);
}

static void put_names(struct json_out *out, const char *key, const slice *names, size_t count)
{
    json_key(out, key);
    json_array(out);
    for (size_t i = 0; i < count; i++)
        json_str(out, names[i]);
    json_end(out);
}

static void put_shape(struct json_out *out, const struct verdict *v)
{
    json_key(out, "shape");
    json_object(out);
    json_key_u64(out, "K", v->system_count);
    json_key_u64(out, "T", v->round_count);
    json_key_u64(out, "p", v->setting_count);
    put_names(out, "used_constraints", v->used_constraints, v->used_count);
    put_names(out, "categorical", v->categorical, v->categorical_count);
    json_end(out);
}

/* Draws, exactness and whitening exist only when the panel test ran. */
static void put_test(struct json_out *out, const struct verdict *v)
{
    if (v->tested) {
        json_key_u64(out, "draws", v->draws);
        json_key_bool(out, "exact", v->exact);
    } else {
        json_key_null(out, "draws");
        json_key_null(out, "exact");
    }
    json_key_u64(out, "seed", v->seed);
    if (v->tested) {
        json_key_bool(out, "whitened", v->whitened);
        json_key(out, "ar");
        json_array(out);
        json_f64(out, v->ar[0]);
        json_f64(out, v->ar[1]);
        json_end(out);
    } else {
        json_key_null(out, "whitened");
        json_key_null(out, "ar");
    }
}

static void put_sensitivity(struct json_out *out, const struct verdict *v)
{
    json_key_u64(out, "n_eff", v->n_eff);
    json_key_f64(out, "mde_partial_r", v->mde_partial_r);
    json_key_f64(out, "psi_star", v->psi_star);
    if (v->psi_star_ci.defined) {
        json_key(out, "psi_star_ci");
        json_object(out);
        json_key_f64(out, "ci_low", v->psi_star_ci.low);
        json_key_f64(out, "ci_high", v->psi_star_ci.high);
        json_end(out);
    } else {
        json_key_null(out, "psi_star_ci");
    }
}

static void put_drivers(struct json_out *out, const struct verdict *v)
{
    json_key(out, "drivers");
    json_object(out);
    json_put_slice(out, "setting", v->facts.setting);
    json_key_f64(out, "setting_r", v->facts.setting.len ? v->facts.setting_r : NAN);
    json_put_slice(out, "system", v->facts.system);
    json_key_f64(out, "system_r", v->facts.system.len ? v->facts.system_r : NAN);
    json_key(out, "rounds");
    json_array(out);
    for (size_t i = 0; i < v->facts.round_count; i++)
        json_put_number(out, v->facts.rounds[i].time);
    json_end(out);
    json_end(out);
}

static void put_differences(struct json_out *out, const struct verdict *v)
{
    json_key(out, "differences");
    json_array(out);
    for (size_t i = 0; i < v->difference_count; i++) {
        json_object(out);
        json_key_str(out, "field", v->differences[i].field);
        json_key_str(out, "system", v->differences[i].system);
        json_key_str(out, "values", v->differences[i].values);
        json_end(out);
    }
    json_end(out);
}

static void put_warnings(struct json_out *out, const struct verdict *v)
{
    json_key(out, "warnings");
    json_array(out);
    for (size_t i = 0; v->warnings && i < v->warnings->count; i++)
        json_str(out, slice_of(v->warnings->items[i].code));
    json_end(out);
}

static void put_measured(struct json_out *out, const struct verdict *v)
{
    const struct report_measured *m = report_measured(v->system_count, v->round_count);
    if (!m) {
        json_key_null(out, "measured");
        return;
    }
    json_key(out, "measured");
    json_object(out);
    json_key_u64(out, "rounds", m->rounds);
    json_key_u64(out, "systems_low", m->systems_low);
    json_key_u64(out, "systems_high", m->systems_high);
    json_key_u64(out, "honest_count", m->honest_count);
    json_key_f64(out, "false_positive_rate", m->false_positive_rate);
    json_key_u64(out, "circular_count", m->circular_count);
    json_key_f64(out, "power", m->power);
    json_key_str(out, "corpus", m->corpus);
    json_end(out);
}

static void put_words(struct json_out *out, const struct wording *words)
{
    json_key_str(out, "headline", slice_of(words->headline));
    json_key_str(out, "answer", slice_of(words->answer));
    json_key_str(out, "text", words->text);
    json_put_sentences(out, "explanation", &words->explanation);
    json_put_sentences(out, "findings", &words->findings);
    json_put_sentences(out, "not_checked", &words->unchecked);
    json_put_sentences(out, "next_steps", &words->next_steps);
    json_put_sentences(out, "assumptions", &words->assumptions);
}

void json_put_verdict(struct json_out *out, const struct wording *words)
{
    if (!words->report->has_verdict) {
        json_key_null(out, "verdict");
        return;
    }
    const struct verdict *v = &words->report->verdict;
    json_key(out, "verdict");
    json_object(out);
    json_put_text(out, "verdict", verdict_slug(v->kind));
    json_put_text(out, "reason", reason_slug(v->reason));
    json_put_text(out, "strength", strength_slug(v->strength));
    json_key_f64(out, "p_value", v->p_value);
    json_key_f64(out, "p_panel", v->p_panel);
    json_key_f64(out, "alpha", v->alpha);
    put_test(out, v);
    put_mechanisms(out, v);
    put_statistics(out, v);
    put_selection(out, &v->selection);
    put_coupling(out, &v->coupling);
    put_sensitivity(out, v);
    put_shape(out, v);
    put_drivers(out, v);
    put_differences(out, v);
    put_warnings(out, v);
    put_measured(out, v);
    put_words(out, words);
    json_end(out);
}
