/* Writes the summary of a judgement. */
#include "project_verdict.h"

static void put_slug(struct json_out *w, const char *key, const char *slug)
{
    if (slug)
        json_key_str(w, key, slice_of(slug));
    else
        json_key_null(w, key);
}

static void put_texts(struct json_out *w, const struct judgement *judgement)
{
    json_key(w, "text");
    json_object(w);
    json_key_str(w, "en", slice_of(judgement_headline(judgement, LANG_EN)));
    json_key_str(w, "zh", slice_of(judgement_headline(judgement, LANG_ZH)));
    json_end(w);
}

/* Which rule, where it stands, and what this look could spend. */
static void put_sequential(struct json_out *w, const struct judgement *judgement,
                           const struct verdict_context *context)
{
    json_key(w, "sequential");
    json_object(w);
    json_key_str(w, "rule", slice_of(judgement_rule(context->planned_rounds)));
    json_key_f64(w, "alpha", JUDGEMENT_ALPHA);
    json_key(w, "planned_rounds");
    if (context->planned_rounds)
        json_u64(w, context->planned_rounds);
    else
        json_null(w);
    json_key_u64(w, "looks", judgement->state.tests);
    json_key_bool(w, "tested", judgement->tested);
    json_key_f64(w, "level", judgement->level);
    json_key_f64(w, "spent", JUDGEMENT_ALPHA * judgement->state.spent);
    json_key_f64(w, "p_value", judgement->state.p_value);
    json_key(w, "detected_at");
    if (judgement->state.detected)
        json_u64(w, judgement->state.detected);
    else
        json_null(w);
    json_key_str(w, "source", S("Lan and DeMets (1983); Kim and DeMets (1987)"));
    json_end(w);
}

static void put_runs(struct json_out *w, const struct ledger_panel_facts *facts)
{
    json_key(w, "runs");
    json_object(w);
    json_key_u64(w, "counted", facts->run_rows);
    json_key_u64(w, "failed", facts->failed_rows);
    json_key_u64(w, "development", facts->dev_rows);
    json_key_u64(w, "units", facts->unit_count);
    json_end(w);
}

void verdict_summary(struct json_out *w, const struct judgement *judgement,
                     const struct verdict_context *context)
{
    const struct detect_report *report = judgement->report;
    json_object(w);
    json_key_str(w, "verdict", slice_of(judgement->verdict));
    put_slug(w, "reason", judgement->reason);
    put_slug(w, "strength", report ? strength_slug(report->verdict.strength) : NULL);
    put_texts(w, judgement);
    json_key_f64(w, "p_value", judgement->p_value);
    json_key_u64(w, "number", context->number);
    json_key_u64(w, "additions", context->additions);
    json_key_u64(w, "rounds_total", judgement->rounds_total);
    json_key_u64(w, "rows", context->rows);
    put_sequential(w, judgement, context);
    json_key_bool(w, "comparable", judgement->diff->comparable);
    json_key_u64(w, "changes", judgement->diff->change_count);
    put_runs(w, &judgement->facts);
    json_key_str(w, "grade", context->grade);
    json_key_bool(w, "frozen", context->frozen);
    json_key_u64(w, "deviations_new", context->deviations_new);
    json_key_u64(w, "deviations_open", context->deviations_open);
    json_key_str(w, "engine_version", S(DETECT_ENGINE_VERSION));
    json_end(w);
}
