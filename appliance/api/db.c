/* The database as the machine's administrator sees it: `sleuth db status` and `sleuth db check`. */
#include "api/tables.h"
#include "app.h"
#include "body.h"
#include "call.h"
#include "storage/storage.h"

enum { MESSAGES_MAX = 100 };

/* --- status --- */

static status status_check(struct call *call, struct error *err)
{
    struct store_info info;
    TRY(store_info_get(call->app->store, &info, err));
    struct json_out *w = reply_json(call, 200);
    json_key_u64(w, "schema", info.schema);
    json_key_u64(w, "file_bytes", info.file_bytes);
    json_key_u64(w, "used_bytes", info.used_bytes);
    json_key_u64(w, "free_bytes", info.free_bytes);
    json_key_u64(w, "map_bytes", info.map_bytes);
    json_key_u64(w, "disk_free_bytes", info.disk_free_bytes);
    json_key_str(w, "file_system", slice_of(info.file_system));
    json_key_bool(w, "durable", info.durable);
    json_key_u64(w, "readers_used", info.readers_used);
    json_key_u64(w, "readers_max", info.readers_max);
    json_key_u64(w, "oldest_reader_lag", info.oldest_reader_lag);
    json_key_u64(w, "transactions", info.txn_id);
    json_key_u64(w, "sandbox_landlock", (uint64_t)call->app->fenced_files);
    json_key_bool(w, "sandbox_seccomp", call->app->fenced_calls);
    return reply_end(call, err);
}

/* --- check --- */

struct db_check {
    struct arena *arena;
    struct store_check check;
    slice messages[MESSAGES_MAX];
    size_t message_count;
};

static void problem_take(void *arg, const struct error *what)
{
    struct db_check *state = arg;
    if (state->message_count < MESSAGES_MAX)
        state->messages[state->message_count++] = arena_copy(state->arena, slice_of(what->text));
}

static status check_check(struct call *call, struct error *err)
{
    struct db_check *state = call_state(call, sizeof *state);
    if (!state)
        return arena_check(&call->arena, err);
    TRY(body_empty(call, err));
    state->arena = &call->arena;
    state->check.problem = problem_take;
    state->check.arg = state;
    return ST_OK;
}

static status check_work(struct call *call, struct error *err)
{
    struct db_check *state = call->state;
    return store_check(call->app->store, &state->check, err);
}

static status check_reply(struct call *call, struct error *err)
{
    const struct db_check *state = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "ok", state->check.problems == 0);
    json_key_u64(w, "pages", state->check.pages);
    json_key_u64(w, "values", state->check.values);
    json_key_u64(w, "problems", state->check.problems);
    json_key(w, "messages");
    json_array(w);
    for (size_t i = 0; i < state->message_count; i++)
        json_str(w, state->messages[i]);
    json_end(w);
    return reply_end(call, err);
}

/* clang-format off */
#define DOC_STATUS {.summary = N_("Size and state of the database"), .tag = "Host", .response = "{\"type\":\"object\"}", .errors = "503"}
#define DOC_CHECK {.summary = N_("Check every page, seal and sum of the database"), .tag = "Host", .response = "{\"type\":\"object\",\"required\":[\"ok\",\"pages\",\"values\",\"problems\",\"messages\"]}", .errors = "503"}
/* clang-format on */

const struct route db_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/host/db",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .check = status_check,
     .doc = DOC_STATUS},
    {.method = METHOD_POST,
     .path = "/api/host/db/check",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .check = check_check,
     .work = check_work,
     .reply = check_reply,
     .doc = DOC_CHECK},
};
