/* Reports of stored analyses in every format, and links that show one to people without an account.
 *
 * Formats other than JSON are rendered for their reader from the numbers that were kept
 * (kept_report.c). A link is a random token of which only a keyed hash is stored; an analysis has
 * one link at most, a new one replaces it. */
#include "api/analyses.h"
#include "api/detect_run.h"
#include "api/kept_report.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "config.h"
#include "credentials.h"

#include "api/analysis_reports_doc.h"

/* --- formats ---------------------------------------------------------------------------------- */

struct rendering {
    struct store_analysis row;
    struct kept_text text;
};

static status report_check(struct call *call, struct error *err)
{
    struct rendering *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return analysis_find(call, call_param(call, "id"), &in->row, err);
}

static status render(struct call *call, enum kept_format format, struct error *err)
{
    struct rendering *in = call->state;
    in->text.format = format;
    return kept_report_render(call, &in->row, &in->text, err);
}

static status html_work(struct call *call, struct error *err)
{
    return render(call, KEPT_HTML, err);
}

static status markdown_work(struct call *call, struct error *err)
{
    return render(call, KEPT_MARKDOWN, err);
}

static status csv_work(struct call *call, struct error *err)
{
    return render(call, KEPT_CSV, err);
}

static status reply_rendering(struct call *call, const char *type)
{
    const struct kept_text *text = &((const struct rendering *)call->state)->text;
    reply_header(call, "Content-Language", slice_of(lang_tag(text->lang)));
    return reply_bytes(call, 200, type, text->text);
}

static status html_reply(struct call *call, struct error *err)
{
    (void)err;
    detect_allow_report_style(call);
    return reply_rendering(call, "text/html; charset=utf-8");
}

static void name_file(struct call *call, const char *ending)
{
    const struct rendering *in = (const struct rendering *)call->state;
    reply_header(call, "Content-Disposition",
                 arena_printf(&call->arena, "inline; filename=\"" SLICE_FMT ".%s\"",
                              SLICE_ARG(in->row.id), ending));
}

static status markdown_reply(struct call *call, struct error *err)
{
    (void)err;
    name_file(call, "md");
    return reply_rendering(call, "text/markdown; charset=utf-8");
}

static status csv_reply(struct call *call, struct error *err)
{
    (void)err;
    name_file(call, "csv");
    return reply_rendering(call, "text/csv; charset=utf-8");
}

/* --- links ------------------------------------------------------------------------------------ */

enum { SHARE_SECONDS_MIN = 60, SHARE_SECONDS_MAX = 90 * 86400, SHARE_SECONDS = 7 * 86400 };

struct share {
    struct token_text token;
    struct store_analysis row;
    int64_t expires_ms;
};

static status share_check(struct call *call, struct error *err)
{
    struct share *in = call_state(call, sizeof *in);
    uint64_t seconds = SHARE_SECONDS;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(analysis_find(call, call_param(call, "id"), &in->row, err));
    if (!call->app->config->share_enabled)
        return error_code(err, ST_DISABLED, "share_disabled",
                          "links to reports are switched off on this appliance");
    TRY(body_read(call, err,
                  JSON_U64_OPT("expires_in", &seconds, SHARE_SECONDS_MIN, SHARE_SECONDS_MAX)));
    in->expires_ms = call->now_ms + (int64_t)seconds * 1000;
    token_make(call->app->auth, &in->token);
    return ST_OK;
}

/* The link that is there, if any, ends. */
static status unlink_token(struct call *call, const struct store_analysis *row)
{
    struct crypt_hash hash;
    if (row->share_hash.len != CRYPT_HASH_BYTES)
        return ST_OK;
    memcpy(hash.bytes, row->share_hash.ptr, CRYPT_HASH_BYTES);
    status rc = store_token_del(call->txn, &hash);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status share_apply(struct call *call, struct error *err)
{
    struct share *in = call->state;
    const slice hash = slice_make(in->token.hash.bytes, CRYPT_HASH_BYTES);
    TRY(analysis_find(call, in->row.id, &in->row, err));
    TRY(unlink_token(call, &in->row));
    in->row.share_hash = hash;
    TRY(store_token_put(call->txn, &(struct store_token){.hash = hash,
                                                         .kind = STORE_TOKEN_SHARE,
                                                         .user_id = call->user->id,
                                                         .object = in->row.id,
                                                         .created_ms = call->now_ms,
                                                         .expires_ms = in->expires_ms}));
    TRY(store_analysis_put(call->txn, &in->row));
    return audit_note(call, "analysis.share", in->row.id, S(""));
}

static status share_reply(struct call *call, struct error *err)
{
    const struct share *in = call->state;
    slice base = call->app->config->http_public_url;
    while (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    struct json_out *w = reply_json(call, 201);
    json_key_str(
        w, "url",
        arena_printf(&call->arena, SLICE_FMT "/shared/%s", SLICE_ARG(base), in->token.text));
    json_key_time(w, "expires_at", in->expires_ms);
    return reply_end(call, err);
}

static status revoke_apply(struct call *call, struct error *err)
{
    struct store_analysis row;
    TRY(analysis_find(call, call_param(call, "id"), &row, err));
    if (row.share_hash.len == 0)
        return ST_OK;
    TRY(unlink_token(call, &row));
    row.share_hash = S("");
    TRY(store_analysis_put(call->txn, &row));
    return audit_note(call, "analysis.unshare", row.id, S(""));
}

static status revoke_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

/* --- the page that a link shows --------------------------------------------------------------- */

static status gone(struct error *err)
{
    return error_code(err, ST_NOT_FOUND, "link_not_found",
                      "this link does not exist, has expired or was revoked");
}

static status shared_check(struct call *call, struct error *err)
{
    struct rendering *in = call_state(call, sizeof *in);
    struct store_token token;
    struct crypt_hash hash;
    if (!in)
        return arena_check(&call->arena, err);
    slice text = call_param(call, "token");
    if (!call->app->config->share_enabled || !token_well_formed(text))
        return gone(err);
    credential_hash(call->app->auth, text, &hash);
    status rc =
        store_token_get(call->txn, STORE_TOKEN_SHARE, &hash, call->now_ms, &call->arena, &token);
    if (rc == ST_OK)
        rc = store_analysis_get(call->txn, token.user_id, token.object, &call->arena, &in->row);
    if (rc == ST_OK && !slice_eq(in->row.share_hash, slice_make(hash.bytes, CRYPT_HASH_BYTES)))
        rc = ST_NOT_FOUND;
    return rc == ST_NOT_FOUND ? gone(err) : rc;
}

static status shared_reply(struct call *call, struct error *err)
{
    TRY(html_reply(call, err));
    reply_header(call, "X-Robots-Tag", S("noindex, nofollow"));
    reply_cache(call, "no-store");
    return ST_OK;
}

#define REPORT_ROUTE(ending, format, docs)                                                         \
    {                                                                                              \
        .method = METHOD_GET, .path = "/api/analyses/:id/report." ending, .need = NEED_KEY,        \
        .scope = SCOPE_DETECT, .flags = ROUTE_STRICT, .check = report_check,                       \
        .work = format##_work, .reply = format##_reply, .doc = docs                                \
    }

const struct route analysis_reports_routes[] = {
    REPORT_ROUTE("html", html, DOC_HTML),
    REPORT_ROUTE("md", markdown, DOC_MARKDOWN),
    REPORT_ROUTE("csv", csv, DOC_CSV),
    {.method = METHOD_POST,
     .path = "/api/analyses/:id/share",
     .need = NEED_KEY,
     .plan_min = PLAN_BUSINESS,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = share_check,
     .apply = share_apply,
     .reply = share_reply,
     .doc = DOC_SHARE},
    {.method = METHOD_DELETE,
     .path = "/api/analyses/:id/share",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = report_check,
     .apply = revoke_apply,
     .reply = revoke_reply,
     .doc = DOC_REVOKE},
    {.method = METHOD_GET,
     .path = "/shared/:token",
     .need = NEED_NOTHING,
     .flags = ROUTE_NO_ALIAS | ROUTE_SECRET,
     .check = shared_check,
     .work = html_work,
     .reply = shared_reply,
     .doc = DOC_SHARED},
};
