/* The report as JSON: canonical members first, then what varies from request to request.
 *
 * The canonical members depend only on input, options, language and engine version: the same
 * analysis gives the same bytes on every host of one architecture, which is what a seal signs and
 * `sleuth report recompute` compares. Order of members is part of that; new members go at the end
 * of their object. */
#include "detect/json_parts.h"

#include <assert.h>
#include <math.h>

enum { SCHEMA_VERSION = 1, SCRATCH_BYTES_MAX = 1 << 22 };

/* --- canonical members ---------------------------------------------------------------------------
 */

static void put_three(struct json_out *out, const char *key, const double values[static 3])
{
    static const char *const names[INDICATOR_COUNT] = {"psi", "ccs", "rho_pc"};
    json_key(out, key);
    json_object(out);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        json_key_f64(out, names[i], values[i]);
    json_end(out);
}

static void put_reading(struct json_out *out, const struct detect_report *report,
                        const struct report_context *context)
{
    const struct panel_options *reading = context ? context->panel_options : NULL;
    char separator[2] = {report->panel->separator, '\0'};
    json_put_text(out, "separator", separator);
    json_key(out, "map");
    json_array(out);
    for (size_t i = 0; reading && i < reading->map_count; i++) {
        json_object(out);
        json_key_str(out, "from", reading->map[i].from);
        json_key_str(out, "to", reading->map[i].to);
        json_end(out);
    }
    json_end(out);
}

/* Everything that the numbers depend on beside the input: enough to run the analysis again. */
static void put_options(struct json_out *out, const struct detect_report *report,
                        const struct report_context *context)
{
    static const char *const scales[] = {"raw", "zscore", "relative"};
    static const char *const methods[] = {"percentile", "bca"};
    const struct detect_options *o = &report->options;
    json_key(out, "options");
    json_object(out);
    json_key_str(out, "engine", o->engine == ENGINE_CLASSIC ? S("classic") : S("calibrated"));
    json_key_u64(out, "seed", o->seed);
    if (o->draws == DRAWS_AUTO)
        json_key_null(out, "draws");
    else
        json_key_u64(out, "draws", o->draws);
    json_key_f64(out, "alpha", o->alpha);
    json_key_bool(out, "lower_is_better", o->lower_is_better);
    json_key_bool(out, "run_bootstrap", o->bootstrap.run);
    json_key_u64(out, "n_bootstrap", o->bootstrap.resamples);
    json_key_f64(out, "confidence", o->bootstrap.confidence);
    json_key_str(out, "ci_method", slice_of(methods[o->bootstrap.method]));
    json_key_bool(out, "include_samples", o->bootstrap.include_samples);
    put_three(out, "weights", o->weights);
    put_three(out, "thresholds", o->threshold);
    json_key_str(out, "psi_scale", slice_of(scales[o->psi_scale]));
    json_put_text(out, "preset", o->preset ? o->preset->name : NULL);
    json_key_u64(out, "attempts", o->attempts);
    json_key_f64(out, "score_stderr", o->score_stderr);
    put_reading(out, report, context);
    json_end(out);
}

/* "psi_unit_dominated_by:constraint_dataset_size" for programs … */
static void put_warnings(struct json_out *out, const struct wording *words)
{
    const struct notes *notes = &words->report->warnings;
    json_key(out, "warnings");
    json_array(out);
    for (size_t i = 0; i < notes->count; i++) {
        slice subject = notes->items[i].subject;
        json_str(out, arena_printf(words->arena, "%s%s" SLICE_FMT, notes->items[i].code,
                                   subject.len ? ":" : "", SLICE_ARG(subject)));
    }
    json_end(out);
    json_key(out, "notes"); /* … and sentences for people */
    json_array(out);
    for (size_t i = 0; i < notes->count; i++) {
        json_object(out);
        json_key_str(out, "code", slice_of(notes->items[i].code));
        json_put_slice(out, "subject", notes->items[i].subject);
        json_key_str(out, "text", notes->items[i].text[words->lang]);
        json_end(out);
    }
    json_end(out);
}

static void put_canonical(struct json_out *out, const struct wording *words,
                          const struct report_context *context)
{
    const struct detect_report *report = words->report;
    json_key_u64(out, "schema_version", SCHEMA_VERSION);
    json_put_text(out, "engine", report->has_verdict ? "calibrated" : "classic");
    json_put_text(out, "engine_version", report->engine_version);
    json_put_text(out, "language", lang_tag(words->lang));
    json_put_slice(out, "input_sha256", context ? context->input_sha256 : (slice){NULL, 0});
    json_key_u64(out, "seed", report->options.seed);
    if (report->has_verdict)
        json_put_verdict_decision(out, words);
    else
        json_put_classic_decision(out, words);
    json_put_verdict(out, words);
    json_put_classic_numbers(out, words);
    json_put_classic_block(out, words);
    json_key_f64(out, "selection_optimism", report->selection_optimism);
    put_warnings(out, words);
    put_options(out, report, context);
}

/* --- what varies ------------------------------------------------------------------------------ */

static void put_given(struct json_out *out, const char *key, slice text)
{
    if (text.len)
        json_key_str(out, key, text);
}

static void put_part(struct json_out *out, const struct report_part *part)
{
    if (!part || !part->json.len)
        return;
    json_key(out, part->key);
    json_raw(out, part->json);
}

static void put_request(struct json_out *out, const struct report_context *context)
{
    put_given(out, "id", context->id);
    put_given(out, "created_at", context->created_at);
    put_given(out, "label", context->label);
    put_given(out, "input_name", context->input_name);
    put_given(out, "input_grade", context->grade);
    put_part(out, context->first);
    put_part(out, context->last);
    if (context->elapsed_ms >= 0)
        json_key_u64(out, "elapsed_ms", (uint64_t)context->elapsed_ms);
    json_key_bool(out, "from_cache", context->from_cache);
    json_key_bool(out, "livemode", context->livemode);
    if (context->link_self.len || context->link_html.len) {
        json_key(out, "links");
        json_object(out);
        put_given(out, "self", context->link_self);
        put_given(out, "report_html", context->link_html);
        json_end(out);
    }
}

static status render(const struct detect_report *report, enum lang lang,
                     const struct report_context *context, bool canonical, struct buf *out,
                     struct error *err)
{
    assert(report->panel);
    struct arena arena;
    struct wording words;
    struct json_out json;
    arena_init(&arena, SCRATCH_BYTES_MAX);
    wording_build(report, lang, &arena, &words);
    json_out_init(&json, out, 0);
    json_object(&json);
    put_canonical(&json, &words, context);
    if (context && !canonical)
        put_request(&json, context);
    json_end(&json);
    status rc = arena_check(&arena, err);
    arena_finish(&arena);
    return rc == ST_OK ? buf_check(out, err) : rc;
}

status report_json(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err)
{
    return render(report, lang, context, false, out, err);
}

status report_canonical(const struct detect_report *report, enum lang lang,
                        const struct report_context *context, struct buf *out, struct error *err)
{
    return render(report, lang, context, true, out, err);
}
