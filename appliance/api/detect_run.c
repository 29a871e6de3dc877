/* One detection: cache, panel, analysis, answer, history. */
#include "api/detect_run.h"

#include "api/kept_report.h"
#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "charge.h"
#include "config.h"
#include "diff_part.h"
#include "parallel.h"
#include "plans.h"
#include "rate.h"

#include <math.h>

enum {
    WORK_ARENA_MIN = 64 << 20,
    CACHE_BODY_MAX = 1 << 20,    /* longer answers are computed again, and not billed again */
    REPLY_BYTES_USUAL = 7 << 10, /* JSON report of a small log */
    EXPIRY_SPREAD = 1000,        /* entries of a month expire within 45 minutes after it */
};
#define MONTH_MS_MAX ((int64_t)31 * 86400000)

/* --- hooks --- */

static bool hook_cancelled(void *context)
{
    return call_cancelled(((struct call *)context));
}

static void hook_parallel(void *context, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    parallel_for(((struct call *)context)->app->workers, count, body, arg);
}

struct detect_hooks detect_call_hooks(struct call *call)
{
    return (struct detect_hooks){
        .ctx = call, .parallel_for = hook_parallel, .cancelled = hook_cancelled};
}

/* --- cache --- */

status detect_cache_find(struct call *call, const struct detect_call *in,
                         struct store_cache_entry *ret)
{
    if (!call->user)
        return ST_NOT_FOUND;
    TRY(store_cache_get(call->txn, call->user->id, &in->cache_hash, call->now_ms, &call->arena,
                        ret));
    return ret->month == store_month(call->now_ms) ? ST_OK : ST_NOT_FOUND;
}

/* The answer stands in the history, once; the cache holds those that are not kept there. */
static status cached_body(struct call *call, const struct store_cache_entry *entry, slice *ret)
{
    struct store_analysis row;
    int64_t ttl_ms = (int64_t)call->app->config->cache_ttl_hours * 3600000;
    *ret = entry->body;
    if (ttl_ms && call->now_ms - entry->created_ms >= ttl_ms)
        *ret = S("");
    else if (entry->body.len == 0 && entry->object.len) {
        status rc =
            store_analysis_get(call->txn, entry->user_id, entry->object, &call->arena, &row);
        if (rc != ST_OK)
            return rc == ST_NOT_FOUND ? ST_OK : rc;
        *ret = row.report;
    }
    return ST_OK;
}

/* The mark stands behind everything that users could write. */
static status mark_cached(struct call *call, slice body, slice *ret, struct error *err)
{
    static const slice mark = SLICE_INIT("\"from_cache\":false");
    struct buf out;
    size_t at = body.len - mark.len;
    while (at > 0 && !slice_has_prefix(slice_from(body, at), mark))
        at--;
    buf_init_arena(&out, &call->arena, body.len + 1);
    buf_put(&out, slice_sub(body, 0, at));
    buf_put_str(&out, "\"from_cache\":true");
    buf_put(&out, slice_from(body, at + mark.len));
    TRY(buf_check(&out, err));
    *ret = buf_slice(&out);
    return ST_OK;
}

status detect_cache_answer(struct call *call, struct detect_call *in, struct error *err)
{
    struct store_cache_entry entry;
    slice body;
    in->body = S("");
    TRY(detect_cache_find(call, in, &entry));
    TRY(cached_body(call, &entry, &body));
    in->kept_id = body.len && entry.body.len == 0 ? entry.object : S("");
    return body.len ? mark_cached(call, body, &in->body, err) : ST_OK;
}

/* --- work --- */

static const char *risk_of(const struct detect_report *report)
{
    if (!report->has_verdict)
        return risk_category(report->classic.risk);
    switch (report->verdict.kind) {
    case VERDICT_ADAPTIVE:
        return report->verdict.strength == STRENGTH_STRONG ? "high" : "medium";
    case VERDICT_NO_EVIDENCE:
    case VERDICT_FIXED:
        return "low";
    case VERDICT_INSUFFICIENT:
        break;
    }
    return "unknown";
}

/* What the history keeps in columns of its own. */
static void describe(struct call *call, struct detect_call *in, const struct detect_report *report)
{
    const struct classic *classic = &report->classic;
    in->analysis = (struct store_analysis){
        .id = slice_of(in->id),
        .user_id = call->user ? call->user->id : 0,
        .api_key_id = call->key ? call->key->id : 0,
        .label = in->input.label,
        .tags = in->input.tags,
        .job_id = in->job_id,
        .source = in->input.ledger     ? S("logs")
                  : in->input.has_file ? S("file")
                                       : S("upload"),
        .file_id = in->input.file_id,
        .engine = in->input.options.engine == ENGINE_CLASSIC ? S("classic") : S("calibrated"),
        .engine_version = S(DETECT_ENGINE_VERSION),
        .input_sha256 = slice_make(in->input_sha256.bytes, CRYPT_HASH_BYTES),
        .verdict = slice_of(report->has_verdict      ? verdict_slug(report->verdict.kind)
                            : classic->bias_detected ? "bias_detected"
                                                     : "no_bias_detected"),
        .risk = slice_of(risk_of(report)),
        .p_value =
            report->has_verdict && isfinite(report->verdict.p_value) ? report->verdict.p_value : 0,
        .cbs_score = isfinite(classic->cbs_score) ? classic->cbs_score : 0,
        .row_count = report->panel->row_count,
        .period_count = classic->period_count,
        .algorithm_count = report->panel->algorithms.count,
        .livemode = call->livemode,
        .created_ms = call->now_ms,
        .expires_ms = call->now_ms + (int64_t)call->plan->history_days * 86400000,
    };
}

static slice link(struct call *call, const struct detect_call *in, const char *suffix)
{
    return arena_printf(&call->arena, "/api/analyses/%s%s", in->id, suffix);
}

/* What changed between the runs stands in front: it is certain, and needs no statistics. */
static status make_changes(struct call *call, const struct detect_call *in, enum lang lang,
                           struct report_part *ret, struct error *err)
{
    struct diff *diff;
    *ret = (struct report_part){0};
    if (!in->input.ledger)
        return ST_OK;
    TRY(diff_ledger(in->input.ledger, &call->arena, &diff, err));
    return diff_part(diff, lang, &call->arena, ret, err);
}

/* The history shows the report later, in the language of its reader, when the panel is gone. */
static status keep_report(struct call *call, struct detect_call *in,
                          const struct detect_report *report, const struct report_context *context,
                          struct error *err)
{
    struct report_kept kept = {.lang = in->input.lang,
                               .report = *report,
                               .context = *context,
                               .has_first = in->input.ledger != NULL};
    enum lang other = in->input.lang == LANG_ZH ? LANG_EN : LANG_ZH;
    kept.first[in->input.lang] = *context->first;
    TRY(make_changes(call, in, other, &kept.first[other], err));
    return kept_report_make(call, &kept, &in->analysis, err);
}

static status render(struct call *call, struct detect_call *in, const struct detect_report *report,
                     const struct detect_logs_facts *facts, struct error *err)
{
    char sha256[2 * CRYPT_HASH_BYTES + 1];
    char time[TIME_TEXT_MAX];
    struct buf out;
    struct report_part changes;
    bool kept = in->input.store && call->user;
    TRY(make_changes(call, in, in->input.lang, &changes, err));
    const struct report_context context = {
        .id = slice_of(in->id),
        .created_at = time_rfc3339(call->now_ms, time),
        .input_sha256 = crypt_hex(sha256, in->input_sha256.bytes, CRYPT_HASH_BYTES),
        .label = in->input.label,
        .grade = slice_of(facts->grade),
        .first = &changes,
        .runs = in->input.ledger ? &facts->runs : NULL,
        .link_self = kept ? link(call, in, "") : S(""),
        .link_html = kept ? link(call, in, "/report.html") : S(""),
        .panel_options = &in->input.panel,
        .elapsed_ms = (clock_mono_us() - call->begin_us) / 1000,
        .livemode = call->livemode,
    };
    buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
    (void)buf_reserve(&out, REPLY_BYTES_USUAL); /* instead of growing into it six times */
    TRY(report_json(report, in->input.lang, &context, &out, err));
    TRY(buf_check(&out, err));
    in->body = buf_slice(&out);
    if (in->format && in->format->render) {
        buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
        TRY(in->format->render(report, in->input.lang, &context, &out, err));
        TRY(buf_check(&out, err));
        in->rendered = buf_slice(&out);
    }
    if (kept)
        TRY(keep_report(call, in, report, &context, err));
    in->analysis.elapsed_us = (uint64_t)(clock_mono_us() - call->begin_us);
    return ST_OK;
}

static status run(struct call *call, struct detect_call *in, const struct detect_hooks *hooks,
                  struct arena *arena, struct error *err)
{
    struct panel *panel;
    struct detect_report *report;
    struct detect_logs_facts facts;
    TRY(detect_input_panel(call, &in->input, arena, &panel, &facts, err));
    in->input.options.hooks = *hooks;
    TRY(detect_run(panel, &in->input.options, arena, &report, err));
    describe(call, in, report);
    return render(call, in, report, &facts, err);
}

status detect_compute(struct call *call, struct detect_call *in, const struct detect_hooks *hooks,
                      struct error *err)
{
    struct arena arena;
    arena_init(&arena, WORK_ARENA_MIN + 4 * (call->body.len + (size_t)in->input.file_bytes));
    status rc = run(call, in, hooks, &arena, err);
    arena_finish(&arena);
    return rc;
}

/* --- apply --- */

/* Entries expire after the month that they were paid for, the later the later they came: then new
 * ones are neighbours in the order of expiry, and a batch of them writes one page of it. */
static int64_t expiry(int64_t now_ms)
{
    int64_t month_end = time_next_month_start(now_ms);
    return month_end + (now_ms - (month_end - MONTH_MS_MAX)) / EXPIRY_SPREAD;
}

static status remember(struct call *call, const struct detect_call *in)
{
    bool kept = in->input.store && call->user;
    const struct store_cache_entry entry = {
        .user_id = call->user->id,
        .hash = slice_make(in->cache_hash.bytes, CRYPT_HASH_BYTES),
        .object = in->body.len > CACHE_BODY_MAX ? S("") : slice_of(in->id),
        .month = store_month(call->now_ms),
        .body = kept || in->body.len > CACHE_BODY_MAX ? S("") : in->body,
        .created_ms = call->now_ms,
        .expires_ms = expiry(call->now_ms),
    };
    return store_cache_put(call->txn, &entry, (uint64_t)call->app->config->cache_max_mib << 20);
}

status detect_keep(struct call *call, struct detect_call *in, bool *ret_is_new)
{
    struct store_cache_entry entry;
    *ret_is_new = false;
    if (!call->user)
        return ST_OK;
    status rc = detect_cache_find(call, in, &entry);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (in->input.store) {
        in->analysis.report = in->body;
        in->analysis.cache_hash = slice_make(in->cache_hash.bytes, CRYPT_HASH_BYTES);
        TRY(store_analysis_put(call->txn, &in->analysis));
    }
    *ret_is_new = rc == ST_NOT_FOUND && call->livemode;
    return *ret_is_new ? remember(call, in) : ST_OK;
}

status detect_bill(struct call *call, struct detect_call *in, struct error *err)
{
    TRY(charge_analysis(call, &in->month_used, err));
    in->billed = 1;
    return ST_OK;
}
