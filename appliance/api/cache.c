/* The cache of results: the caller's own entries, and everybody's for administrators and the host.
 */
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "body.h"
#include "call.h"
#include "storage/storage.h"

/* --- clear ------------------------------------------------------------------------------------ */

struct clearing {
    uint64_t user_id; /* 0 = everybody */
    uint64_t cleared; /* out of apply */
};

static status clear_check(struct call *call, struct error *err)
{
    struct clearing *in = call_state(call, sizeof *in);
    slice scope = call_query(call, "scope");
    if (!in)
        return arena_check(&call->arena, err);
    in->user_id = call->user ? call->user->id : 0;
    if (!scope.ptr || slice_eq(scope, S("own")))
        return ST_OK;
    if (!slice_eq(scope, S("all")))
        return error_code(err, ST_INVALID, "invalid_parameter", "scope must be own or all");
    if (call->actor != ACTOR_SESSION || call->user->role != STORE_ROLE_ADMIN)
        return error_code(err, ST_FORBIDDEN, "role_required", "this needs the role '%s'", "admin");
    in->user_id = 0;
    return ST_OK;
}

static status clear_apply(struct call *call, struct error *err)
{
    struct clearing *in = (struct clearing *)call->state;
    (void)err;
    TRY(store_cache_clear(call->txn, in->user_id, &in->cleared));
    return audit_note(call, "cache.clear",
                      in->user_id ? audit_object(call, "user", in->user_id) : S("all"), S(""));
}

static status clear_reply(struct call *call, struct error *err)
{
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "status", S("success"));
    json_key_str(w, "message", slice_of(tr(call->lang, N_("Cache cleared successfully"))));
    json_key_u64(w, "cleared", ((const struct clearing *)call->state)->cleared);
    return reply_end(call, err);
}

/* --- the host --------------------------------------------------------------------------------- */

static status host_list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_cache_entry *rows;
    uint64_t count, bytes;
    TRY(page_from_query(call, &page, err));
    page.limit = page.limit < 10 ? page.limit : 10; /* an entry may hold a MiB */
    TRY(store_cache_list(call->txn, 0, &page, &call->arena, &rows));
    TRY(store_cache_size(call->txn, &count, &bytes));
    struct json_out *w = reply_json(call, 200);
    json_key_u64(w, "total_entries", count);
    json_key_u64(w, "total_bytes", bytes);
    json_key(w, "entries");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        json_key_u64(w, "user_id", rows[i].user_id);
        json_key_str(w, "analysis", rows[i].object);
        json_key_u64(w, "bytes", rows[i].body.len);
        json_key_time(w, "created_at", rows[i].created_ms);
        json_key_time(w, "expires_at", rows[i].expires_ms);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

/* ?user=17, or everybody. */
static status host_clear_check(struct call *call, struct error *err)
{
    const struct call_query_range ids = {.min = 1, .max = UINT64_MAX, .fallback = 0};
    struct clearing *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return call_query_u64(call, "user", &ids, &in->user_id, err);
}

/* clang-format off */
#define CLEARED "{\"type\":\"object\",\"required\":[\"status\",\"message\",\"cleared\"],\"properties\":{\"status\":{\"const\":\"success\"},\"message\":{\"type\":\"string\"},\"cleared\":{\"type\":\"integer\"}}}"
static const struct route_param clear_params[] = {
    {"scope", "query", "{\"enum\":[\"own\",\"all\"],\"default\":\"own\"}", N_("all: everybody's entries, for administrators"), false},
    {0},
};
static const struct route_param host_clear_params[] = {
    {"user", "query", "{\"type\":\"integer\",\"minimum\":1}", N_("only this user's entries"), false},
    {0},
};
#define DOC_CLEAR {.summary = N_("Forget cached results"), .tag = "Detection",                     \
    .details = N_("The next analysis of the same log is computed and counted again."),             \
    .params = clear_params, .response = CLEARED, .errors = "400 401 403 429"}
#define DOC_HOST_LIST {.summary = N_("Cached results of all users"), .tag = "Host", .response = "{\"type\":\"object\",\"required\":[\"entries\",\"total_entries\",\"total_bytes\",\"next_cursor\"]}", .errors = "400 503"}
#define DOC_HOST_CLEAR {.summary = N_("Forget cached results of one user or of all"), .tag = "Host", .params = host_clear_params, .response = CLEARED, .errors = "400 503"}
/* clang-format on */

const struct route cache_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/cache/clear",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .check = clear_check,
     .apply = clear_apply,
     .reply = clear_reply,
     .doc = DOC_CLEAR},
    {.method = METHOD_GET,
     .path = "/api/host/cache",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .check = host_list_check,
     .doc = DOC_HOST_LIST},
    {.method = METHOD_POST,
     .path = "/api/host/cache/clear",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .check = host_clear_check,
     .apply = clear_apply,
     .reply = clear_reply,
     .doc = DOC_HOST_CLEAR},
};
