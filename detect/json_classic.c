/* The classic numbers and the classic decision as JSON members (classic.md 1.5). */
#include "detect/json_parts.h"

#include <math.h>

/* --- indicators ----------------------------------------------------------------------------------
 */

static void put_indicator(struct json_out *out, const struct wording *words, enum indicator_id id)
{
    static const char *const keys[INDICATOR_COUNT] = {"psi", "ccs", "rho_pc"};
    const struct classic *classic = &words->report->classic;
    const struct indicator *indicator = &classic->indicator[id];
    bool known = isfinite(indicator->score);
    json_key(out, keys[id]);
    json_object(out);
    json_key_f64(out, "score", indicator->score);
    json_key_f64(out, "normalized", indicator->normalized);
    json_key_f64(out, "threshold", indicator->threshold);
    json_key_bool(out, "exceeds_threshold", indicator->exceeds_threshold);
    json_key_bool(out, "triggered", indicator->triggered);
    if (id == INDICATOR_RHO_PC) {
        json_key_f64(out, "p_value", indicator->p_value);
        json_key_bool(out, "significant", indicator->significant);
    }
    json_put_text(out, "interpretation", known ? classic_band(classic, id, words->lang) : NULL);
    if (!known)
        json_put_text(out, "reason", indicator->reason ? indicator->reason : "undefined");
    json_end(out);
}

/* --- data ------------------------------------------------------------------------------------- */

static void put_algorithm(struct json_out *out, const struct panel *panel, slice name)
{
    int64_t number;
    if (!name.ptr)
        json_null(out);
    else if (panel->algorithms_numeric && slice_to_i64(name, &number))
        json_i64(out, number);
    else
        json_str(out, name);
}

static void put_data_stats(struct json_out *out, const struct detect_report *report)
{
    const struct classic *classic = &report->classic;
    const struct panel *panel = report->panel;
    const double *times = classic->period_values;
    size_t time_count = classic->period_count;
    if (time_count == 0 && report->grid) {
        times = report->grid->rounds;
        time_count = report->grid->round_count;
    }
    json_key(out, "data_stats");
    json_object(out);
    json_key_u64(out, "num_rows", panel->row_count);
    json_key_u64(out, "num_algorithms", panel->algorithms.count);
    json_key_u64(out, "num_periods", time_count);
    json_key(out, "algorithms");
    json_array(out);
    for (size_t i = 0; i < panel->algorithms.count; i++)
        put_algorithm(out, panel, panel->algorithms.names[i]);
    json_end(out);
    json_key(out, "time_periods");
    json_array(out);
    for (size_t i = 0; i < time_count; i++)
        json_put_number(out, times[i]);
    json_end(out);
    json_end(out);
}

/* --- bootstrap -------------------------------------------------------------------------------- */

static void put_bootstrap_stat(struct json_out *out, const char *key,
                               const struct bootstrap_stat *stat)
{
    json_key(out, key);
    json_object(out);
    json_key_f64(out, "mean", stat->mean);
    json_key_f64(out, "median", stat->median);
    json_key_f64(out, "std", stat->std);
    json_key_f64(out, "ci_lower", stat->ci_lower);
    json_key_f64(out, "ci_upper", stat->ci_upper);
    if (stat->samples) {
        json_key(out, "samples");
        json_array(out);
        for (size_t i = 0; i < stat->successful; i++)
            json_f64(out, stat->samples[i]);
        json_end(out);
    }
    json_end(out);
}

static void put_bootstrap(struct json_out *out, const struct detect_report *report)
{
    static const char *const keys[INDICATOR_COUNT] = {"psi", "ccs", "rho_pc"};
    const struct bootstrap_stat *stats = report->classic.bootstrap;
    json_key(out, "bootstrap");
    json_object(out);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        put_bootstrap_stat(out, keys[i], &stats[i]);
    json_key(out, "summary");
    json_object(out);
    json_key_u64(out, "n_iterations", report->options.bootstrap.resamples);
    json_key_f64(out, "confidence_level", report->options.bootstrap.confidence);
    json_key(out, "successful_samples");
    json_object(out);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        json_key_u64(out, keys[i], stats[i].successful);
    json_end(out);
    json_key(out, "failures");
    json_object(out);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        json_key_u64(out, keys[i], stats[i].failures);
    json_end(out);
    json_end(out);
    json_end(out);
}

/* --- breakdowns ------------------------------------------------------------------------------- */

static void put_period(struct json_out *out, const struct classic *classic, size_t i)
{
    const struct classic_period *period = &classic->periods[i];
    json_object(out);
    json_key(out, "time_period");
    json_put_number(out, period->time);
    json_key_u64(out, "rows", period->row_count);
    json_key_f64(out, "performance_mean", period->performance_mean);
    json_key_f64(out, "psi_step", period->step);
    json_key_f64(out, "ccs", period->consistency);
    json_key(out, "constraint_means");
    json_array(out); /* in the order of per_constraint: names may repeat */
    for (size_t j = 0; j < classic->constraint_count && period->constraint_mean; j++)
        json_f64(out, period->constraint_mean[j]);
    json_end(out);
    json_end(out);
}

static void put_constraint(struct json_out *out, const struct classic_constraint *constraint)
{
    json_object(out);
    json_key_str(out, "name", constraint->name);
    json_key_u64(out, "count", constraint->count);
    json_key_u64(out, "missing", constraint->missing_count);
    json_key_u64(out, "outliers", constraint->outlier_count);
    json_key_f64(out, "mean", constraint->mean);
    json_key_f64(out, "std", constraint->std);
    json_key_f64(out, "min", constraint->min);
    json_key_f64(out, "max", constraint->max);
    json_key_f64(out, "cv", constraint->cv);
    json_key_f64(out, "correlation", constraint->correlation);
    json_key_f64(out, "p_value", constraint->p_value);
    json_key_f64(out, "psi_share", constraint->psi_share);
    json_end(out);
}

static void put_breakdowns(struct json_out *out, const struct detect_report *report)
{
    const struct classic *classic = &report->classic;
    json_key(out, "per_period");
    json_array(out);
    for (size_t i = 0; i < classic->period_count && classic->periods; i++)
        put_period(out, classic, i);
    json_end(out);
    json_key(out, "per_algorithm");
    json_array(out);
    for (size_t i = 0; i < classic->algorithm_count && classic->algorithms; i++) {
        const struct classic_algorithm *algorithm = &classic->algorithms[i];
        json_object(out);
        json_key(out, "algorithm");
        put_algorithm(out, report->panel, algorithm->name);
        json_key_u64(out, "rows", algorithm->row_count);
        json_key_f64(out, "performance_mean", algorithm->performance_mean);
        json_key_f64(out, "psi", algorithm->psi);
        json_key_f64(out, "rho_pc", algorithm->rho_pc);
        json_end(out);
    }
    json_end(out);
    json_key(out, "per_constraint");
    json_array(out);
    for (size_t i = 0; i < classic->constraint_count && classic->constraints; i++)
        put_constraint(out, &classic->constraints[i]);
    json_end(out);
}

void json_put_classic_numbers(struct json_out *out, const struct wording *words)
{
    const struct detect_report *report = words->report;
    for (int i = 0; i < INDICATOR_COUNT; i++)
        put_indicator(out, words, (enum indicator_id)i);
    json_key_f64(out, "cbs_score", report->classic.cbs_score);
    json_key(out, "weights");
    json_array(out);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        json_f64(out, report->options.weights[i]);
    json_end(out);
    put_data_stats(out, report);
    if (report->classic.bootstrapped)
        put_bootstrap(out, report);
    put_breakdowns(out, report);
}

/* --- the decision ----------------------------------------------------------------------------- */

/* With an undefined indicator there is no composite, and then no risk either (decisions: null). */
static void put_outcome(struct json_out *out, const struct classic *classic)
{
    bool scored = classic->defined && isfinite(classic->cbs_score);
    json_put_text(out, "risk_level", scored ? risk_level(classic->risk) : NULL);
    json_put_text(out, "risk_category", scored ? risk_category(classic->risk) : NULL);
    if (!classic->defined) {
        json_key_null(out, "bias_detected");
        json_key_null(out, "indicators_triggered");
        json_key_null(out, "confidence");
        return;
    }
    json_key_bool(out, "bias_detected", classic->bias_detected);
    json_key_u64(out, "indicators_triggered", classic->indicators_triggered);
    json_key_f64(out, "confidence", classic->confidence);
}

static void put_interpretation(struct json_out *out, const struct wording *words)
{
    struct buf text;
    buf_init_arena(&text, words->arena, 16384);
    classic_interpretation(&words->report->classic, words->lang, &text);
    json_put_slice(out, "interpretation", buf_slice(&text));
    json_key(out, "recommendations");
    json_array(out);
    const char *item;
    for (size_t i = 0;
         i < 16 && (item = classic_recommendation(&words->report->classic, i, words->lang)); i++)
        json_str(out, slice_of(item));
    json_end(out);
}

void json_put_classic_decision(struct json_out *out, const struct wording *words)
{
    put_outcome(out, &words->report->classic);
    put_interpretation(out, words);
}

void json_put_classic_block(struct json_out *out, const struct wording *words)
{
    json_key(out, "classic");
    json_object(out);
    json_key_str(out, "note", S("uncalibrated"));
    put_outcome(out, &words->report->classic);
    put_interpretation(out, words);
    json_key_f64(out, "spearman", words->report->classic.spearman);
    json_key_f64(out, "partial_rho", words->report->classic.partial_rho);
    json_end(out);
}
