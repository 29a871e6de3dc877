/* The copies in S3 as the machine's administrator sees them: `sleuth storage check|sync|gc`. */
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "body.h"
#include "config.h"
#include "replica.h"
#include "s3.h"

enum { STEP_MAX = 8, SKEW_MAX_S = 900 };

/* --- check --- */

struct check {
    struct replica_counts counts;
    int64_t skew_s;
};

static status empty_check(struct call *call, struct error *err)
{
    if (!call_state(call, sizeof(struct check)))
        return arena_check(&call->arena, err);
    return body_empty(call, err);
}

static status check_fetch(struct call *call, struct error *err)
{
    struct check *in = call->state;
    struct s3 s3 = {.outbound = call->app->outbound,
                    .config = call->app->config,
                    .cancelled = &call->cancelled};
    TRY(replica_count(call->app, &in->counts, err));
    if (!s3_is_on(&s3))
        return error_code(err, ST_DISABLED, "s3_off",
                          "no S3 service is configured, or this appliance is air-gapped");
    return s3_check(&s3, &in->skew_s, err);
}

static status check_reply(struct call *call, struct error *err)
{
    const struct check *in = call->state;
    const struct config *config = call->app->config;
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "reachable", true);
    json_key_str(w, "endpoint", config->s3_endpoint);
    json_key_str(w, "bucket", config->s3_bucket);
    json_key_str(w, "region", config->s3_region);
    json_key(w, "clock_skew_seconds");
    json_i64(w, in->skew_s);
    json_key_bool(w, "clock_ok", in->skew_s < SKEW_MAX_S && in->skew_s > -SKEW_MAX_S);
    json_key_u64(w, "blobs", in->counts.blobs);
    json_key_u64(w, "pending", in->counts.pending);
    json_key_u64(w, "pending_bytes", in->counts.pending_bytes);
    return reply_end(call, err);
}

/* --- sync: one step; the command line comes back with the cursor --- */

static status sync_check(struct call *call, struct error *err)
{
    slice cursor = S("");
    struct replica_step *step = call_state(call, sizeof *step);
    if (!step)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR_OPT("cursor", &cursor, 0, REPLICA_CURSOR_MAX - 1),
                  JSON_BOOL_OPT("verify", &step->verify)));
    memcpy(step->cursor, cursor.ptr, cursor.len);
    step->max = STEP_MAX;
    step->cancelled = &call->cancelled;
    return ST_OK;
}

static status sync_fetch(struct call *call, struct error *err)
{
    return replica_step(call->app, call->state, err);
}

static status sync_reply(struct call *call, struct error *err)
{
    const struct replica_step *step = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_u64(w, "sent", step->sent);
    json_key_u64(w, "bytes", step->bytes);
    json_key_u64(w, "verified", step->verified);
    json_key_u64(w, "repaired", step->repaired);
    json_key_u64(w, "restored", step->restored);
    json_key_u64(w, "unreadable", step->unreadable);
    json_key_str(w, "cursor", slice_of(step->cursor));
    return reply_end(call, err);
}

/* --- gc: one page --- */

struct gc {
    struct replica_gc gc;
    size_t uploads;
};

static status gc_check(struct call *call, struct error *err)
{
    slice token = S("");
    struct gc *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR_OPT("token", &token, 0, sizeof in->gc.token - 1),
                  JSON_BOOL_OPT("dry_run", &in->gc.dry_run)));
    memcpy(in->gc.token, token.ptr, token.len);
    return ST_OK;
}

static status gc_fetch(struct call *call, struct error *err)
{
    struct gc *in = call->state;
    struct s3 s3 = {.outbound = call->app->outbound,
                    .config = call->app->config,
                    .cancelled = &call->cancelled};
    bool is_first = in->gc.token[0] == '\0';
    TRY(replica_gc(call->app, &in->gc, err));
    if (!is_first || in->gc.dry_run)
        return ST_OK;
    return s3_uploads_abort(&s3, call->app->config->s3_prefix, &in->uploads, err);
}

static status gc_apply(struct call *call, struct error *err)
{
    const struct gc *in = call->state;
    (void)err;
    if (in->gc.dry_run || in->gc.deleted + in->uploads == 0)
        return ST_OK;
    return audit_note(call, "storage.gc", S("s3"),
                      arena_printf(&call->arena, "%llu objects deleted, %zu uploads aborted",
                                   (unsigned long long)in->gc.deleted, in->uploads));
}

static status gc_reply(struct call *call, struct error *err)
{
    const struct gc *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_u64(w, "objects", in->gc.objects);
    json_key_u64(w, "deleted", in->gc.deleted);
    json_key_u64(w, "uploads_aborted", in->uploads);
    json_key_bool(w, "dry_run", in->gc.dry_run);
    json_key_str(w, "token", slice_of(in->gc.token));
    return reply_end(call, err);
}

/* --- link --- */

static status link_check(struct call *call, struct error *err)
{
    struct s3 s3 = {.outbound = call->app->outbound, .config = call->app->config};
    struct store_blob row;
    struct crypt_hash sha256;
    char key[S3_KEY_MAX];
    uint64_t seconds;
    slice link;
    const struct call_query_range range = {.min = 1, .max = 604800, .fallback = 300};
    TRY(call_query_u64(call, "seconds", &range, &seconds, err));
    status rc = ST_NOT_FOUND;
    if (crypt_hex_decode(sha256.bytes, sizeof sha256.bytes, call_param(call, "sha256")))
        rc = store_blob_get(call->txn, &sha256, &call->arena, &row);
    if (rc == ST_NOT_FOUND || (rc == ST_OK && row.replicated_ms == 0))
        return error_code(err, ST_NOT_FOUND, "s3_no_object", "the object is not in the store");
    TRY(rc);
    TRY(s3_link(&s3, s3_blob_key(s3.config, &sha256, key), (uint32_t)seconds, call->now_ms,
                &call->arena, &link, err));
    json_key_str(reply_json(call, 200), "url", link);
    return reply_end(call, err);
}

/* clang-format off */
#define DOC_LINK {.summary = N_("A link to a copy in the object store"), .tag = "Host", .response = "{\"type\":\"object\",\"required\":[\"url\"]}", .errors = "404"}
#define DOC_CHECK {.summary = N_("Can the object store be reached, and what is not copied yet?"), .tag = "Host", .response = "{\"type\":\"object\"}", .errors = "409 500 502 503"}
#define DOC_SYNC {.summary = N_("Copy some of what waits; compare copies"), .tag = "Host", .request = "{\"type\":\"object\",\"properties\":{\"cursor\":{\"type\":\"string\"},\"verify\":{\"type\":\"boolean\"}}}", .response = "{\"type\":\"object\"}", .errors = "500 502 503"}
#define DOC_GC {.summary = N_("Delete copies that nothing refers to"), .tag = "Host", .request = "{\"type\":\"object\",\"properties\":{\"token\":{\"type\":\"string\"},\"dry_run\":{\"type\":\"boolean\"}}}", .response = "{\"type\":\"object\"}", .errors = "500 502 503"}

const struct route storage_routes[] = {
    {.method = METHOD_POST, .path = "/api/host/storage/check", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = empty_check,
     .fetch = check_fetch, .reply = check_reply, .doc = DOC_CHECK},
    {.method = METHOD_POST, .path = "/api/host/storage/sync", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = sync_check,
     .fetch = sync_fetch, .reply = sync_reply, .doc = DOC_SYNC},
    {.method = METHOD_POST, .path = "/api/host/storage/gc", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = gc_check,
     .fetch = gc_fetch, .apply = gc_apply, .reply = gc_reply, .doc = DOC_GC},
    {.method = METHOD_GET, .path = "/api/host/storage/link/:sha256", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS | ROUTE_SECRET, .check = link_check,
     .doc = DOC_LINK},
};
/* clang-format on */
