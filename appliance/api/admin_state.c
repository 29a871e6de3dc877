/* What the administrator sees of the machinery: storage and events of the billing.
 *
 * Lists show who, what and when, never what an event carried. */
#include "api/tables.h"
#include "app.h"
#include "body.h"

/* --- storage --- */

static status storage_check(struct call *call, struct error *err)
{
    struct store_info info = {0};
    struct store_writer_stats writer = {0};
    uint64_t cached;
    uint64_t cached_bytes;
    TRY(store_info_get(call->app->store, &info, err));
    TRY(store_cache_size(call->txn, &cached, &cached_bytes));
    store_writer_stats(call->app->store, &writer);
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "file_system", slice_of(info.file_system));
    json_key_bool(w, "durable", info.durable);
    json_key_u64(w, "schema", info.schema);
    json_key_u64(w, "file_bytes", info.file_bytes);
    json_key_u64(w, "used_bytes", info.used_bytes);
    json_key_u64(w, "free_bytes", info.free_bytes);
    json_key_u64(w, "map_bytes", info.map_bytes);
    json_key_u64(w, "disk_free_bytes", info.disk_free_bytes);
    json_key_u64(w, "readers_used", info.readers_used);
    json_key_u64(w, "readers_max", info.readers_max);
    json_key_u64(w, "oldest_reader_lag", info.oldest_reader_lag);
    json_key_u64(w, "commits", writer.batches);
    json_key_f64(w, "last_commit_ms", (double)writer.last_commit_us / 1000);
    json_key_f64(w, "slowest_commit_ms", (double)writer.max_commit_us / 1000);
    json_key_u64(w, "cached_results", cached);
    json_key_u64(w, "cached_bytes", cached_bytes);
    return reply_end(call, err);
}

/* --- events --- */

static status events_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_billing_event *rows;
    TRY(page_from_query(call, &page, err));
    page.newest_first = true;
    TRY(store_event_list(call->txn, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "events");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        json_key_str(w, "id", rows[i].id);
        json_key_str(w, "type", rows[i].type);
        json_key_u64(w, "user_id", rows[i].user_id);
        json_key_str(w, "outcome", rows[i].outcome);
        json_key_time(w, "created_at", rows[i].created_ms);
        json_key_time(w, "seen_at", rows[i].seen_ms);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

/* clang-format off */
#define PAGE {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", N_("rows of one page"), false}, \
             {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false}
static const struct route_param page_params[] = {PAGE, {0}};
#define TIME "{\"$ref\":\"#/components/schemas/Time\"}"
#define LIST(name, required, members, more) "{\"type\":\"object\",\"required\":[\"" name "\",\"next_cursor\"],\"properties\":{\"" name "\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[" required "],\"properties\":{" members "}}}," more "\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"
#define STORAGE "{\"type\":\"object\",\"required\":[\"file_system\",\"durable\",\"file_bytes\",\"used_bytes\",\"map_bytes\",\"disk_free_bytes\"],\"properties\":{\"file_system\":{\"type\":\"string\"},\"durable\":{\"type\":\"boolean\"}},\"additionalProperties\":{\"type\":\"number\"}}"

const struct route admin_state_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/storage", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = storage_check,
     .doc = {.summary = N_("How full the storage is and how fast it commits"), .tag = "Administration", .response = STORAGE, .errors = "401 403 429"}},
    {.method = METHOD_GET, .path = "/api/admin/events", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = events_check,
     .doc = {.summary = N_("Events of the billing: which came, what became of them"), .tag = "Administration", .params = page_params,
     .response = LIST("events", "\"id\",\"type\",\"outcome\"", "\"id\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},\"user_id\":{\"type\":\"integer\"},\"outcome\":{\"type\":\"string\"},\"created_at\":" TIME ",\"seen_at\":" TIME, ""), .errors = "400 401 403 429"}},
};
/* clang-format on */
