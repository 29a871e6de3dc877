/* POST /api/detect and /api/validate: a log in, a verdict out, one analysis billed. */
#include "api/detect_run.h"
#include "api/job_submit.h"
#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"
#include "call.h"
#include "idempotency.h"
#include "plans.h"
#include "rate.h"
#include "storage/storage.h"

#include <assert.h>

enum {
    EARLY_BODY_MAX = 128 * 1024, /* read on the loop, so that the cache can be asked; 1 ms */
    SHORT_LOG_MAX = 1024,        /* bytes of a log that the classic engine does in about 30 µs */
    VALIDATE_ARENA_MIN = 64 << 20,
};

/* --- formats --- */

static const struct detect_format formats[] = {
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
void detect_allow_report_style(struct call *call)
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

/* ST_NOT_FOUND: it was not paid for this month. */
static status ask_cache(struct call *call, struct detect_call *in, struct error *err)
{
    struct store_cache_entry entry;
    if (in->format->render || !in->input.use_cache)
        return detect_cache_find(call, in, &entry);
    TRY(detect_cache_answer(call, in, err));
    if (in->body.len == 0)
        return ST_OK;
    call->cached = true;
    call_skip_to_reply(call);
    return ST_OK;
}

/* Prefer: respond-async, of those whose plan has jobs; for others the preference is ignored, as
 * RFC 7240 allows. */
static bool goes_async(const struct call *call, const struct detect_call *in)
{
    return (call->route->flags & ROUTE_ANALYSIS) && call->user && call->plan->rank >= PLAN_PRO &&
           !in->format->render && job_wants_async(call);
}

static status order_begin(struct call *call, struct detect_call *in, struct error *err)
{
    in->order = arena_alloc(&call->arena, sizeof *in->order);
    if (!in->order)
        return arena_check(&call->arena, err);
    return job_order_begin(call, in->order, S("detect"), err);
}

/* A few rows, each counted once: no resampling, no permutations, no page to render. */
static bool is_short(const struct detect_call *in)
{
    return in->input.source == DETECT_CSV && !in->input.has_file &&
           in->input.text.len <= SHORT_LOG_MAX && in->input.options.engine == ENGINE_CLASSIC &&
           !in->input.options.bootstrap.run && !in->format->render;
}

static status detect_check(struct call *call, struct error *err)
{
    struct detect_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(read_format(call, in, err));
    (void)store_id_make(in->id, "ana", call->now_ms);
    if (goes_async(call, in))
        return order_begin(call, in, err);
    /* A form may hold archives, which take longer than their size says. */
    if (call->body.len > EARLY_BODY_MAX || slice_eq(call->content_type, S("multipart/form-data")))
        return rate_begin_analysis(call, err);
    TRY(read_input(call, in, err));
    if (in->input.validate_only)
        return ST_OK;
    status rc = ask_cache(call, in, err);
    if (call->skip_to_reply)
        return rc;
    if (rc == ST_NOT_FOUND) /* what was billed may be had again: too long to keep, other format */
        rc = rate_check_quota(call, err);
    if (rc != ST_OK)
        return rc;
    if (is_short(in))
        call_short_work(call);
    return rate_begin_analysis(call, err);
}

/* --- work --- */

/* {"valid":true,…}: what the log holds, without an analysis. */
static status validate(struct call *call, struct detect_call *in, struct arena *arena,
                       struct error *err)
{
    struct panel *panel;
    struct detect_logs_facts facts;
    struct buf out;
    struct json_out w;
    TRY(detect_input_panel(call, &in->input, arena, &panel, &facts, err));
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

static status validate_alone(struct call *call, struct detect_call *in, struct error *err)
{
    struct arena arena;
    arena_init(&arena, VALIDATE_ARENA_MIN + 4 * (call->body.len + (size_t)in->input.file_bytes));
    status rc = validate(call, in, &arena, err);
    arena_finish(&arena);
    return rc;
}

static status detect_work(struct call *call, struct error *err)
{
    struct detect_call *in = call->state;
    struct detect_hooks hooks = detect_call_hooks(call);
    if (call->short_work)
        hooks.parallel_for = NULL; /* the own thread never waits for workers */
    if (!in->is_read)
        TRY(read_input(call, in, err));
    if (in->input.validate_only)
        return validate_alone(call, in, err);
    if (in->order) {
        in->order->label = in->input.label;
        return ST_OK;
    }
    status rc = detect_compute(call, in, &hooks, err);
    if (rc == ST_CANCELLED && clock_mono_ms() >= call->deadline_ms)
        return error_code(err, ST_TIMEOUT, "deadline_exceeded",
                          "the analysis takes longer than a synchronous call may; submit it to "
                          "/api/jobs");
    return rc;
}

/* --- apply: bill, keep, remember --- */

static status detect_apply(struct call *call, struct error *err)
{
    struct detect_call *in = call->state;
    bool is_new;
    in->billed = 0;
    if (in->input.validate_only || !call->user)
        return ST_OK;
    if (in->order)
        return job_order_apply(call, in->order, err);
    TRY(idempotency_claim(call, err));
    TRY(detect_keep(call, in, &is_new));
    return is_new ? detect_bill(call, in, err) : ST_OK;
}

/* --- reply --- */

static status detect_reply(struct call *call, struct error *err)
{
    const struct detect_call *in = call->state;
    if (in->order && !in->input.validate_only)
        return job_order_reply(call, in->order, err);
    call->analyses_counted = in->billed;
    reply_header_u64(call, "Sleuth-Analyses-Counted", in->billed);
    if (in->analysis.report.len)
        reply_header(call, "Sleuth-Analysis-Id", in->analysis.id);
    else if (in->kept_id.len)
        reply_header(call, "Sleuth-Analysis-Id", in->kept_id);
    if (in->billed)
        rate_counted(call, in->month_used);
    if (!in->format->render || in->input.validate_only)
        return reply_bytes(call, 200, "application/json", in->body);
    if (in->format->render == report_html)
        detect_allow_report_style(call);
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
