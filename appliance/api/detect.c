/* POST /api/detect and /api/validate: a log in, a verdict out, one analysis billed. */
#include "api/detect_input.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "base/clock.h"
#include "body.h"
#include "call.h"
#include "idempotency.h"
#include "parallel.h"
#include "plans.h"
#include "rate.h"
#include "storage/storage.h"

#include <assert.h>
#include <math.h>

enum {
    EARLY_BODY_MAX = 128 * 1024, /* read on the loop, so that the cache can be asked; 1 ms */
    WORK_ARENA_MIN = 64 << 20,
    CACHE_BODY_MAX = 1 << 20,    /* longer answers are computed again, and not billed again */
    CACHE_BYTES_MAX = 256 << 20, /* all users together */
};

struct detect_call {
    struct detect_input input;
    bool is_read; /* input is filled */
    char id[STORE_ID_MAX];
    struct crypt_hash input_sha256, cache_hash;
    slice body; /* the answer in JSON: what the cache and the history keep */
    const struct detect_format *format;
    slice rendered; /* the answer in another format; empty with JSON */
    struct store_analysis analysis;
    uint32_t billed;     /* out of apply */
    uint64_t month_used; /* out of apply: billed and reserved this month */
};

/* --- formats --- */

typedef status render_fn(const struct detect_report *report, enum lang lang,
                         const struct report_context *context, struct buf *out, struct error *err);

static const struct detect_format {
    slice name;
    const char *content_type;
    render_fn *render; /* NULL = JSON alone, which is made in any case */
} formats[] = {
    {SLICE_INIT("json"), "application/json", NULL},
    {SLICE_INIT("fragment"), "text/html; charset=utf-8", report_html_fragment},
    {SLICE_INIT("html"), "text/html; charset=utf-8", report_html},
    {SLICE_INIT("text"), "text/plain; charset=utf-8", report_text},
    {SLICE_INIT("md"), "text/markdown; charset=utf-8", report_markdown},
    {SLICE_INIT("csv"), "text/csv; charset=utf-8", report_csv},
};

static status read_format(struct call *call, struct detect_call *in, struct error *err)
{
    slice wanted = call_query(call, "format");
    in->format = &formats[0];
    if (!wanted.ptr)
        return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        if (slice_eq(formats[i].name, wanted)) {
            in->format = &formats[i];
            return ST_OK;
        }
    call->problem.error = N_("Validation error");
    return error_code(err, ST_INVALID, "format_unknown",
                      "format must be one of json, fragment, html, text, md, csv");
}

/* A page of its own brings its style inline; the policy names the one sheet by its hash. */
static void allow_report_style(struct call *call)
{
    char hash[REPORT_STYLE_HASH_MAX];
    reply_header(call, "Content-Security-Policy",
                 arena_printf(&call->arena,
                              "default-src 'none'; style-src " SLICE_FMT
                              "; img-src data:; base-uri 'none'; frame-ancestors 'none'",
                              SLICE_ARG(report_html_style_hash(hash))));
}

/* --- read and look into the cache --- */

static status read_input(struct call *call, struct detect_call *in, struct error *err)
{
    TRY(detect_input_read(call, &call->arena, &in->input, err));
    if (call->route->flags & ROUTE_ANALYSIS)
        detect_input_hash(&in->input, &in->input_sha256, &in->cache_hash);
    else
        in->input.validate_only = true;
    in->is_read = true;
    return ST_OK;
}

/* Is there an entry of this user and month for exactly this request? */
static status cache_find(struct call *call, const struct detect_call *in,
                         struct store_cache_entry *ret)
{
    if (!call->user)
        return ST_NOT_FOUND;
    TRY(store_cache_get(call->txn, call->user->id, &in->cache_hash, call->now_ms, &call->arena,
                        ret));
    return ret->month == store_month(call->now_ms) ? ST_OK : ST_NOT_FOUND;
}

/* The stored answer, marked as such. The mark stands behind everything that users could write. */
static status answer_from_cache(struct call *call, const struct store_cache_entry *entry,
                                struct error *err)
{
    static const slice mark = SLICE_INIT("\"from_cache\":false");
    struct buf out;
    size_t at = entry->body.len - mark.len;
    while (at > 0 && !slice_has_prefix(slice_from(entry->body, at), mark))
        at--;
    buf_init_arena(&out, &call->arena, entry->body.len + 1);
    buf_put(&out, slice_sub(entry->body, 0, at));
    buf_put_str(&out, "\"from_cache\":true");
    buf_put(&out, slice_from(entry->body, at + mark.len));
    TRY(buf_check(&out, err));
    struct detect_call *in = call->state;
    in->body = buf_slice(&out);
    call->cached = true;
    call_skip_to_reply(call);
    return ST_OK;
}

static status detect_check(struct call *call, struct error *err)
{
    struct store_cache_entry entry;
    struct detect_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(read_format(call, in, err));
    (void)store_id_make(in->id, "ana", call->now_ms);
    if (call->body.len > EARLY_BODY_MAX)
        return rate_begin_analysis(call, err);
    TRY(read_input(call, in, err));
    if (in->input.validate_only)
        return ST_OK;
    status rc = cache_find(call, in, &entry);
    if (rc == ST_OK && entry.body.len && !in->format->render)
        return answer_from_cache(call, &entry, err);
    if (rc == ST_NOT_FOUND) /* what was billed may be had again: too long to keep, other format */
        rc = rate_check_quota(call, err);
    if (rc != ST_OK)
        return rc;
    return rate_begin_analysis(call, err);
}

/* --- work --- */

static bool hook_cancelled(void *context)
{
    return call_cancelled(((struct call *)context));
}

static void hook_parallel(void *context, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    parallel_for(((struct call *)context)->app->workers, count, body, arg);
}

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
        .source = S("upload"),
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

static status render(struct call *call, struct detect_call *in, const struct detect_report *report,
                     struct error *err)
{
    char sha256[2 * CRYPT_HASH_BYTES + 1];
    char time[TIME_TEXT_MAX];
    struct buf out;
    bool kept = in->input.store && call->user;
    const struct report_context context = {
        .id = slice_of(in->id),
        .created_at = time_rfc3339(call->now_ms, time),
        .input_sha256 = crypt_hex(sha256, in->input_sha256.bytes, CRYPT_HASH_BYTES),
        .label = in->input.label,
        .link_self = kept ? link(call, in, "") : S(""),
        .link_html = kept ? link(call, in, "/report.html") : S(""),
        .panel_options = &in->input.panel,
        .elapsed_ms = (clock_mono_us() - call->begin_us) / 1000,
        .livemode = call->livemode,
    };
    buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
    TRY(report_json(report, in->input.lang, &context, &out, err));
    TRY(buf_check(&out, err));
    in->body = buf_slice(&out);
    if (in->format->render) {
        buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
        TRY(in->format->render(report, in->input.lang, &context, &out, err));
        TRY(buf_check(&out, err));
        in->rendered = buf_slice(&out);
    }
    in->analysis.elapsed_us = (uint64_t)(clock_mono_us() - call->begin_us);
    return ST_OK;
}

static status run(struct call *call, struct detect_call *in, struct arena *arena, struct error *err)
{
    struct panel *panel;
    struct detect_report *report;
    TRY(detect_input_panel(call, &in->input, arena, &panel, err));
    in->input.options.hooks = (struct detect_hooks){
        .ctx = call, .parallel_for = hook_parallel, .cancelled = hook_cancelled};
    TRY(detect_run(panel, &in->input.options, arena, &report, err));
    describe(call, in, report);
    return render(call, in, report, err);
}

/* {"valid":true,…}: what the log holds, without an analysis. */
static status validate(struct call *call, struct detect_call *in, struct arena *arena,
                       struct error *err)
{
    struct panel *panel;
    struct buf out;
    struct json_out w;
    TRY(detect_input_panel(call, &in->input, arena, &panel, err));
    buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
    json_out_init(&w, &out, 0);
    json_object(&w);
    json_key_bool(&w, "valid", true);
    json_key(&w, "data_stats");
    json_object(&w);
    json_key_u64(&w, "num_rows", panel->row_count);
    json_key_u64(&w, "num_algorithms", panel->algorithms.count);
    json_key_u64(&w, "num_settings", panel->setting_count);
    json_key_u64(&w, "num_categories", panel->category_count);
    json_end(&w);
    json_key(&w, "warnings");
    json_array(&w);
    for (size_t i = 0; i < panel->notes.count; i++) {
        json_object(&w);
        json_key_str(&w, "code", slice_of(panel->notes.items[i].code));
        json_key_str(&w, "message", panel->notes.items[i].text[in->input.lang]);
        json_end(&w);
    }
    json_end(&w);
    json_key(&w, "errors");
    json_array(&w);
    json_end(&w);
    json_end(&w);
    in->body = buf_slice(&out);
    return buf_check(&out, err);
}

static status detect_work(struct call *call, struct error *err)
{
    struct detect_call *in = call->state;
    struct arena arena;
    if (!in->is_read)
        TRY(read_input(call, in, err));
    arena_init(&arena, WORK_ARENA_MIN + 4 * call->body.len);
    status rc =
        in->input.validate_only ? validate(call, in, &arena, err) : run(call, in, &arena, err);
    arena_finish(&arena);
    if (rc == ST_CANCELLED && clock_mono_ms() >= call->deadline_ms)
        return error_code(err, ST_TIMEOUT, "deadline_exceeded",
                          "the analysis takes longer than a synchronous call may; submit it to "
                          "/api/jobs");
    return rc;
}

/* --- apply: bill, keep, remember --- */

static status bill(struct call *call, struct detect_call *in, struct error *err)
{
    const struct store_spend spend = {
        .user_id = call->user->id,
        .api_key_id = call->key ? call->key->id : 0,
        .endpoint = slice_of(call->route->path),
        .at_ms = call->now_ms,
        .count = 1,
        .limit = call->plan->analyses_per_month,
    };
    status rc = store_analyses_add(call->txn, &spend, &in->month_used);
    if (rc == ST_QUOTA)
        return rate_refuse_quota(call, err);
    in->billed = rc == ST_OK;
    return rc;
}

static status remember(struct call *call, const struct detect_call *in)
{
    const struct store_cache_entry entry = {
        .user_id = call->user->id,
        .hash = slice_make(in->cache_hash.bytes, CRYPT_HASH_BYTES),
        .object = slice_of(in->id),
        .month = store_month(call->now_ms),
        .body = in->body.len <= CACHE_BODY_MAX ? in->body : S(""),
        .created_ms = call->now_ms,
        .expires_ms = time_next_month_start(call->now_ms),
    };
    return store_cache_put(call->txn, &entry, CACHE_BYTES_MAX);
}

static status detect_apply(struct call *call, struct error *err)
{
    struct detect_call *in = call->state;
    struct store_cache_entry entry;
    in->billed = 0;
    if (in->input.validate_only || !call->user)
        return ST_OK;
    TRY(idempotency_claim(call, err));
    status rc = cache_find(call, in, &entry);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (rc == ST_NOT_FOUND && call->livemode)
        TRY(bill(call, in, err));
    if (in->input.store) {
        in->analysis.report = in->body;
        TRY(store_analysis_put(call->txn, &in->analysis));
    }
    return rc == ST_NOT_FOUND && call->livemode ? remember(call, in) : ST_OK;
}

/* --- reply --- */

static status detect_reply(struct call *call, struct error *err)
{
    const struct detect_call *in = call->state;
    (void)err;
    call->analyses_counted = in->billed;
    reply_header_u64(call, "Sleuth-Analyses-Counted", in->billed);
    if (in->billed)
        rate_counted(call, in->month_used);
    if (!in->format->render || in->input.validate_only)
        return reply_bytes(call, 200, "application/json", in->body);
    if (in->format->render == report_html)
        allow_report_style(call);
    return reply_bytes(call, 200, in->format->content_type, in->rendered);
}

#include "api/detect_doc.h"

const struct route detect_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/detect",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_ANALYSIS | ROUTE_IDEMPOTENT | ROUTE_DEMO,
     .body_max = LIMIT_BODY_BYTES,
     .check = detect_check,
     .work = detect_work,
     .apply = detect_apply,
     .reply = detect_reply,
     .doc = DOC_DETECT},
    {.method = METHOD_POST,
     .path = "/api/validate",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_DEMO,
     .body_max = LIMIT_BODY_BYTES,
     .check = detect_check,
     .work = detect_work,
     .reply = detect_reply,
     .doc = DOC_VALIDATE},
};
