/* POST /api/analyze_zenodo and GET /api/zenodo/summary: records of Zenodo, analysed and described.
 */
#include "api/tables.h"
#include "api/zenodo_run.h"
#include "app.h"
#include "audit.h"
#include "base/clock.h"
#include "body.h"
#include "idempotency.h"
#include "rate.h"

/* --- analyse --- */

static status analyze_check(struct call *call, struct error *err)
{
    const struct json *root = NULL;
    struct zenodo_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    (void)store_id_make(in->detect.id, "ana", call->now_ms);
    if (slice_trim(call->body).len > 0)
        TRY(json_parse(call->body, &call->arena, &root, err));
    if (root && root->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_json", "the body must be a JSON object");
    TRY(zenodo_call_read(call, root, in, err));
    return rate_begin_analysis(call, err);
}

static status analyze_fetch(struct call *call, struct error *err)
{
    return zenodo_call_fetch(call, call->state, err);
}

static status analyze_work(struct call *call, struct error *err)
{
    const struct detect_hooks hooks = detect_call_hooks(call);
    return zenodo_call_compute(call, call->state, &hooks, err);
}

static status analyze_apply(struct call *call, struct error *err)
{
    struct zenodo_call *in = call->state;
    bool is_new;
    in->detect.billed = 0;
    TRY(idempotency_claim(call, err));
    TRY(zenodo_call_keep(call, in, &is_new, err));
    if (in->got.is_new && in->got.row.fetched_ms == call->now_ms)
        TRY(audit_note(call, "dataset.fetch",
                       arena_printf(&call->arena, "dataset:%.*s", SLICE_ARG(in->got.row.id)),
                       in->got.row.source));
    return is_new ? detect_bill(call, &in->detect, err) : ST_OK;
}

static status analyze_reply(struct call *call, struct error *err)
{
    const struct zenodo_call *in = call->state;
    (void)err;
    call->analyses_counted = in->detect.billed;
    reply_header_u64(call, "Sleuth-Analyses-Counted", in->detect.billed);
    if (in->detect.billed)
        rate_counted(call, in->detect.month_used);
    return reply_bytes(call, 200, "application/json", in->body);
}

/* --- summary --- */

enum { DESCRIPTION_CHARS = 300 }; /* as upstream cuts it */

struct summary {
    struct dataset_want want;
    struct dataset_got got;
};

static status summary_check(struct call *call, struct error *err)
{
    struct summary *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    slice given = call_query(call, "source");
    TRY(zenodo_source_text(call, given.ptr ? given : S(""), &in->want.source, err));
    in->want.record_only = true;
    in->want.cancelled = &call->cancelled;
    return ST_OK;
}

static status summary_fetch(struct call *call, struct error *err)
{
    struct summary *in = call->state;
    status rc = dataset_obtain(call->app, &in->want, call->now_ms, &call->arena, &in->got, err);
    return rc == ST_OK ? ST_OK : zenodo_problem(call, rc, &in->got, err);
}

/* Cut at a character, not inside of one. */
static slice shortened(struct call *call, slice text)
{
    size_t at = 0;
    for (size_t chars = 0; chars < DESCRIPTION_CHARS && at < text.len; chars++) {
        size_t rune = utf8_rune(slice_from(text, at), NULL);
        at += rune ? rune : 1;
    }
    if (at >= text.len)
        return text;
    return arena_printf(&call->arena, "%.*s...", (int)at, text.ptr);
}

static slice or_na(slice text)
{
    return text.len > 0 ? text : S("N/A");
}

static void put_names(struct json_out *w, const char *key, const slice *names, size_t count)
{
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < count; i++)
        json_str(w, names[i]);
    json_end(w);
}

static void put_files(struct json_out *w, const struct zenodo_record *record)
{
    json_key(w, "files");
    json_array(w);
    for (size_t i = 0; i < record->file_count; i++) {
        json_object(w);
        json_key_str(w, "key", record->files[i].key);
        json_key_u64(w, "size", record->files[i].size);
        json_key_str(w, "type", record->files[i].type);
        json_key_str(w, "checksum", record->files[i].md5.len > 0 ? record->files[i].md5 : S("N/A"));
        json_end(w);
    }
    json_end(w);
}

static status summary_reply(struct call *call, struct error *err)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    const struct summary *in = call->state;
    const struct zenodo_record *record = &in->got.record;
    const struct store_dataset *row = &in->got.row;
    bool is_here = row->id.len > 0;
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "doi", or_na(record->doi));
    json_key_str(w, "record_id", record->id);
    json_key_str(w, "title", or_na(record->title));
    put_names(w, "creators", record->creators, record->creator_count);
    json_key_str(w, "publication_date", or_na(record->publication_date));
    json_key_str(w, "description", shortened(call, or_na(record->description)));
    put_names(w, "keywords", record->keywords, record->keyword_count);
    put_files(w, record);
    json_key_str(w, "access_right", or_na(record->access_right));
    json_key_str(w, "license", or_na(record->license));
    json_key_str(w, "version", or_na(record->version));
    json_key_str(w, "concept_doi", or_na(record->concept_doi));
    json_key_str(w, "checksum", is_here ? row->md5 : S("N/A"));
    json_key_str(w, "sha256",
                 is_here ? crypt_hex(hex, row->sha256.ptr, CRYPT_HASH_BYTES) : S("N/A"));
    json_key_bool(w, "cached", is_here);
    json_key_time(w, "fetched_at", row->fetched_ms);
    json_key_str(w, "source", in->got.asked ? S("online") : or_na(row->origin));
    return reply_end_tagged(call, err);
}

#include "api/zenodo_doc.h"

const struct route zenodo_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/analyze_zenodo",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_ANALYSIS | ROUTE_IDEMPOTENT,
     .check = analyze_check,
     .fetch = analyze_fetch,
     .work = analyze_work,
     .apply = analyze_apply,
     .reply = analyze_reply,
     .doc = DOC_ANALYZE},
    {.method = METHOD_GET,
     .path = "/api/zenodo/summary",
     .need = NEED_KEY,
     .scope = SCOPE_DATASETS_READ,
     .check = summary_check,
     .fetch = summary_fetch,
     .reply = summary_reply,
     .doc = DOC_SUMMARY},
};
