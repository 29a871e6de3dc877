/* The caller's stored analyses: list, show, label, delete, and the report under the appliance's
 * seal, which anybody can check without this appliance. */
#include "api/analyses.h"

#include "api/detect_input.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "base/clock.h"
#include "body.h"
#include "call.h"
#include "detect/detect.h"
#include "storage/storage.h"

#include <assert.h>
#include <string.h>

enum { CURSOR_MAX = 256 };

/* Rows are keyed by (user, id): another user's analysis is as absent as one that never was. */
status analysis_find(struct call *call, slice id, struct store_analysis *ret, struct error *err)
{
    status rc = id.len < STORE_ID_MAX
                    ? store_analysis_get(call->txn, call->user->id, id, &call->arena, ret)
                    : ST_NOT_FOUND;
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "analysis_not_found", "there is no such analysis");
    return rc;
}

static status find_own(struct call *call, struct store_analysis *ret, struct error *err)
{
    return analysis_find(call, call_param(call, "id"), ret, err);
}

/* --- members --- */

static void put_tags(struct json_out *w, slice tags)
{
    slice tag;
    json_key(w, "tags");
    json_array(w);
    while (tags.len && slice_split(&tags, ',', &tag))
        json_str(w, tag);
    json_end(w);
}

static void put_analysis(struct json_out *w, const struct store_analysis *row)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    bool hashed = row->input_sha256.len == CRYPT_HASH_BYTES;
    json_key_str(w, "id", row->id);
    json_key_str(w, "label", row->label);
    put_tags(w, row->tags);
    json_key_str(w, "source", row->source);
    json_key_str(w, "engine", row->engine);
    json_key_str(w, "engine_version", row->engine_version);
    json_key_str(w, "input_sha256",
                 hashed ? crypt_hex(hex, row->input_sha256.ptr, CRYPT_HASH_BYTES) : S(""));
    json_key_str(w, "verdict", row->verdict);
    json_key_str(w, "risk", row->risk);
    json_key_u64(w, "num_rows", row->row_count);
    json_key_u64(w, "num_periods", row->period_count);
    json_key_u64(w, "num_algorithms", row->algorithm_count);
    json_key_bool(w, "livemode", row->livemode);
    json_key_time(w, "created_at", row->created_ms);
    json_key_time(w, "expires_at", row->expires_ms);
}

static slice tag_of(struct call *call, const struct store_analysis *row)
{
    return rev_tag(call, (uint64_t)row->created_ms, row->rev);
}

/* --- list --- */

struct filter {
    slice label, tag, risk; /* NULL pointer = any */
    int64_t from_ms, to_ms; /* from <= created < to */
};

static bool has_tag(slice tags, slice wanted)
{
    slice tag;
    while (tags.len && slice_split(&tags, ',', &tag))
        if (slice_eq(tag, wanted))
            return true;
    return false;
}

static bool keep(const void *row, const void *arg)
{
    const struct store_analysis *analysis = row;
    const struct filter *filter = arg;
    return (!filter->label.ptr || slice_eq(filter->label, analysis->label)) &&
           (!filter->tag.ptr || has_tag(analysis->tags, filter->tag)) &&
           (!filter->risk.ptr || slice_eq(filter->risk, analysis->risk)) &&
           analysis->created_ms >= filter->from_ms && analysis->created_ms < filter->to_ms;
}

/* Row by row, for each record holds its whole report: a page of them would not fit the arena. */
static status put_rows(struct call *call, struct json_out *w, struct store_page *page,
                       struct error *err)
{
    char cursor[CURSOR_MAX];
    size_t limit = page->limit;
    for (size_t i = 0; i < limit; i++) {
        struct store_analysis *rows;
        struct arena_mark mark = arena_mark(&call->arena);
        page->limit = 1;
        TRY(store_analysis_list(call->txn, call->user->id, page, &call->arena, &rows));
        if (page->count) {
            json_object(w);
            put_analysis(w, rows);
            json_end(w);
        }
        assert(page->next.len < CURSOR_MAX);
        memcpy(cursor, page->next.ptr, page->next.len);
        page->cursor = slice_make(cursor, page->next.len);
        arena_rewind(&call->arena, mark);
        page->next = page->cursor;
        if (!page->count || !page->next.len)
            break;
    }
    page->limit = limit;
    page->next = arena_copy(&call->arena, page->next);
    return arena_check(&call->arena, err);
}

static status read_time(const struct call *call, const char *name, int64_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    if (!text.ptr || time_parse(text, ret))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_parameter",
                      "query parameter '%s' must be a date or a time, like 2026-11-23", name);
}

static status list_check(struct call *call, struct error *err)
{
    struct filter filter = {call_query(call, "label"), call_query(call, "tag"),
                            call_query(call, "risk"), 0, INT64_MAX};
    struct store_page page;
    TRY(read_time(call, "from", &filter.from_ms, err));
    TRY(read_time(call, "to", &filter.to_ms, err));
    TRY(page_from_query(call, &page, err));
    page.newest_first = true;
    page.keep = keep;
    page.arg = &filter;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "analyses");
    json_array(w);
    TRY(put_rows(call, w, &page, err));
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

/* --- show --- */

static status show_check(struct call *call, struct error *err)
{
    struct store_analysis row;
    TRY(find_own(call, &row, err));
    if (reply_etag(call, tag_of(call, &row)))
        return ST_OK;
    struct json_out *w = reply_json(call, 200);
    put_analysis(w, &row);
    json_key(w, "report");
    if (row.report.len)
        json_raw(w, row.report);
    else
        json_null(w);
    return reply_end(call, err);
}

/* --- the sealed report --- */

/* The stored answer begins with the canonical members; the id is the first that is not. A quote
 * inside of a text is escaped, so no label can look like it. */
static status canonical_of(struct call *call, const struct store_analysis *row, slice *ret,
                           struct error *err)
{
    slice mark = arena_printf(&call->arena, ",\"id\":\"" SLICE_FMT "\"", SLICE_ARG(row->id));
    for (size_t at = row->report.len; mark.len && at-- > 0;)
        if (slice_has_prefix(slice_from(row->report, at), mark)) {
            *ret =
                arena_printf(&call->arena, SLICE_FMT "}", SLICE_ARG(slice_sub(row->report, 0, at)));
            return arena_check(&call->arena, err);
        }
    return error_code(err, ST_CONFLICT, "report_not_kept",
                      "the report of this analysis is not kept in a form that can be sealed");
}

static status sealed_check(struct call *call, struct error *err)
{
    struct store_analysis row;
    struct buf out;
    slice canonical;
    char time[TIME_TEXT_MAX];
    TRY(find_own(call, &row, err));
    TRY(canonical_of(call, &row, &canonical, err));
    const struct report_context context = {
        .id = row.id, .created_at = time_rfc3339(call->now_ms, time), .label = row.label};
    buf_init_arena(&out, &call->arena, canonical.len + 4096);
    TRY(report_seal_canonical(canonical, &context, call->app->auth->signing_secret, &out, err));
    return reply_bytes(call, 200, "application/json", buf_slice(&out));
}

static status signing_key_check(struct call *call, struct error *err)
{
    const unsigned char *key = call->app->auth->signing_public;
    char id[REPORT_KEY_ID_BYTES + 1];
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    struct json_out *w = reply_json(call, 200);
    reply_cache(call, "public, max-age=300");
    json_key_str(w, "algorithm", S("Ed25519"));
    json_key_str(w, "key_id", report_key_id(id, key));
    json_key_str(w, "public_key", crypt_hex(hex, key, CRYPT_SIGN_PUBLIC_BYTES));
    return reply_end_tagged(call, err);
}

/* --- change --- */

struct change {
    struct store_analysis row;
    slice label, tags;
    bool has_label, has_tags;
};

static status change_check(struct call *call, struct error *err)
{
    struct change *in = call_state(call, sizeof *in);
    const struct json *tags = NULL;
    if (!in)
        return arena_check(&call->arena, err);
    const struct json_member members[] = {
        {"label", WANT_STR, false, &in->label, 0, DETECT_LABEL_MAX, &in->has_label},
        {"tags", WANT_TREE, false, &tags, 0, 0, &in->has_tags},
    };
    TRY(find_own(call, &in->row, err));
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    if (in->has_tags)
        TRY(detect_tags_read(&call->arena, tags, &in->tags, err));
    return check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err);
}

static status change_apply(struct call *call, struct error *err)
{
    struct change *in = call->state;
    TRY(find_own(call, &in->row, err));
    TRY(check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err));
    if (in->has_label)
        in->row.label = in->label;
    if (in->has_tags)
        in->row.tags = in->tags;
    return store_analysis_put(call->txn, &in->row);
}

static status change_reply(struct call *call, struct error *err)
{
    const struct change *in = call->state;
    put_analysis(reply_json(call, 200), &in->row);
    reply_header(
        call, "etag",
        arena_printf(&call->arena, "\"" SLICE_FMT "\"", SLICE_ARG(tag_of(call, &in->row))));
    return reply_end(call, err);
}

/* --- delete --- */

static status delete_check(struct call *call, struct error *err)
{
    struct store_analysis row;
    TRY(find_own(call, &row, err));
    return check_rev(call, (uint64_t)row.created_ms, row.rev, err);
}

/* The link that shows it ends with it. */
static status unlink_report(struct call *call, const struct store_analysis *row)
{
    struct crypt_hash hash;
    if (row->share_hash.len != CRYPT_HASH_BYTES)
        return ST_OK;
    memcpy(hash.bytes, row->share_hash.ptr, CRYPT_HASH_BYTES);
    status rc = store_token_del(call->txn, &hash);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status delete_apply(struct call *call, struct error *err)
{
    struct store_analysis row;
    TRY(find_own(call, &row, err));
    TRY(check_rev(call, (uint64_t)row.created_ms, row.rev, err));
    TRY(store_cache_forget(call->txn, call->user->id, row.cache_hash));
    TRY(unlink_report(call, &row));
    TRY(store_analysis_del(call->txn, call->user->id, row.id));
    return audit_note(call, "analysis.delete", row.id, S(""));
}

static status delete_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

#include "api/analyses_doc.h"

const struct route analyses_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/analyses",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = list_check,
     .doc = DOC_LIST},
    {.method = METHOD_GET,
     .path = "/api/analyses/:id",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = show_check,
     .doc = DOC_SHOW},
    {.method = METHOD_PATCH,
     .path = "/api/analyses/:id",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = change_check,
     .apply = change_apply,
     .reply = change_reply,
     .doc = DOC_CHANGE},
    {.method = METHOD_DELETE,
     .path = "/api/analyses/:id",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = delete_check,
     .apply = delete_apply,
     .reply = delete_reply,
     .doc = DOC_DELETE},
    {.method = METHOD_GET,
     .path = "/api/analyses/:id/report.json",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = sealed_check,
     .doc = DOC_SEALED},
    {.method = METHOD_GET,
     .path = "/.well-known/sleuth-signing-key",
     .need = NEED_NOTHING,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP,
     .check = signing_key_check,
     .doc = DOC_SIGNING_KEY},
};
