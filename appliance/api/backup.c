/* Backups, for the machine's administrator and for administrators over HTTP: start one, see how it
 * goes. Over HTTP no passphrase is taken and no path is told. */
#include "backup_task.h"

#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"

struct create {
    slice blobs, recipient, passphrase;
    uint64_t rate_mib;
};

static bool is_host(const struct call *call)
{
    return call->route->need == NEED_HOST;
}

static status create_check(struct call *call, struct error *err)
{
    struct create *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    in->rate_mib = UINT64_MAX;
    in->blobs = S("include");
    if (is_host(call))
        TRY(body_read(call, err, JSON_STR_OPT("blobs", &in->blobs, 1, 10),
                      JSON_STR_OPT("recipient", &in->recipient, 1, BACKUP_KEY_TEXT_MAX),
                      JSON_STR_OPT("passphrase", &in->passphrase, 8, BACKUP_PASSPHRASE_MAX),
                      JSON_U64_OPT("rate_mib", &in->rate_mib, 0, 100000)));
    else
        TRY(body_read(call, err, JSON_STR_OPT("blobs", &in->blobs, 1, 10)));
    if (!slice_eq(in->blobs, S("include")) && !slice_eq(in->blobs, S("refs")))
        return error_set(err, ST_INVALID, "blobs must be 'include' or 'refs'");
    return ST_OK;
}

/* Fetch pool: makes directories and perhaps, without a server, the whole backup. */
static status create_fetch(struct call *call, struct error *err)
{
    const struct create *in = call->state;
    const struct backup_order order = {
        .recipient = in->recipient,
        .passphrase = in->passphrase,
        .without_blobs = slice_eq(in->blobs, S("refs")),
        .rate_mib = in->rate_mib,
        .actor = call->actor_name,
        .now_ms = call->now_ms,
    };
    return backup_task_start(call->app->backup, &order, err);
}

static void time_put(struct json_out *w, const char *name, int64_t at_ms)
{
    char text[TIME_TEXT_MAX];
    if (at_ms)
        json_key_str(w, name, time_rfc3339(at_ms, text));
    else
        json_key_null(w, name);
}

static void facts_put(struct json_out *w, const struct store_backup_facts *facts)
{
    json_key_u64(w, "file_bytes", facts->file_bytes);
    json_key_u64(w, "database_bytes", facts->database_bytes);
    json_key_u64(w, "blobs", facts->blobs);
    json_key_u64(w, "blob_bytes", facts->blob_bytes);
    json_key_u64(w, "blobs_missing", facts->blobs_missing);
    json_key_u64(w, "blobs_damaged", facts->blobs_damaged);
    json_key_u64(w, "users", facts->users);
    json_key_u64(w, "api_keys", facts->api_keys);
    json_key_u64(w, "analyses", facts->analyses);
    json_key_u64(w, "copy_ms", (uint64_t)facts->copy_ms);
    json_key_u64(w, "check_ms", (uint64_t)facts->check_ms);
}

static status state_reply(struct call *call, struct error *err)
{
    struct backup_state *state = arena_alloc(&call->arena, sizeof *state);
    if (!state)
        return arena_check(&call->arena, err);
    backup_task_state(call->app->backup, state);
    struct json_out *w = reply_json(call, state->running ? 202 : 200);
    json_key_bool(w, "running", state->running);
    if (state->known)
        json_key_str(w, "name", slice_of(state->name));
    else
        json_key_null(w, "name");
    if (is_host(call) && state->known)
        json_key_str(w, "path", slice_of(state->path));
    time_put(w, "started_at", state->started_ms);
    time_put(w, "ended_at", state->ended_ms);
    time_put(w, "last_success_at",
             atomic_load_explicit(&call->app->backup_ms, memory_order_relaxed));
    if (state->known && !state->running && state->rc != ST_OK) {
        json_key_str(w, "error_code", slice_of(status_slug(state->rc)));
        json_key_str(w, "error",
                     slice_of(call->lang == LANG_ZH ? state->err.text_zh : state->err.text));
    }
    if (state->known && !state->running && state->rc == ST_OK)
        facts_put(w, &state->facts);
    return reply_end(call, err);
}

/* clang-format off */
#define STATE_SCHEMA "{\"type\":\"object\",\"required\":[\"running\",\"name\",\"started_at\",\"ended_at\",\"last_success_at\"],\"properties\":{" \
    "\"running\":{\"type\":\"boolean\"},\"name\":{\"type\":[\"string\",\"null\"]},"                \
    "\"started_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"                    \
    "\"ended_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"                      \
    "\"last_success_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"               \
    "\"error_code\":{\"type\":\"string\"},\"error\":{\"type\":\"string\"},"                        \
    "\"file_bytes\":{\"type\":\"integer\"},\"users\":{\"type\":\"integer\"},\"blobs_missing\":{\"type\":\"integer\"},\"blobs_damaged\":{\"type\":\"integer\"}}}"
#define BLOBS_SCHEMA "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"blobs\":{\"type\":\"string\",\"enum\":[\"include\",\"refs\"],\"default\":\"include\"}}}"
#define DOC_HOST_CREATE {.summary = N_("Start a backup"), .tag = "Host", .request = "{\"type\":\"object\"}", .response = STATE_SCHEMA, .success = 202, .errors = "400 409 503"}
#define DOC_HOST_STATE {.summary = N_("How the backup goes"), .tag = "Host", .response = STATE_SCHEMA, .errors = "503"}
#define DOC_CREATE {.summary = N_("Start a backup of the appliance"), .tag = "Administration",     \
    .details = N_("Made in the appliance's backup directory, sealed to the configured public key or else to the master key, read back and checked before it gets its name. Ask GET on the same path how it went."), \
    .request = BLOBS_SCHEMA, .request_example = "{\"blobs\":\"include\"}", .response = STATE_SCHEMA, .success = 202, .errors = "400 401 403 409 415 429 503"}
#define DOC_STATE {.summary = N_("State and outcome of the newest backup"), .tag = "Administration", .response = STATE_SCHEMA, .errors = "202 401 403 429"}

const struct route backup_routes[] = {
    {.method = METHOD_POST, .path = "/api/host/backup", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_SECRET | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .check = create_check, .fetch = create_fetch, .reply = state_reply, .doc = DOC_HOST_CREATE},
    {.method = METHOD_GET, .path = "/api/host/backup", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS,
     .reply = state_reply, .doc = DOC_HOST_STATE},
    {.method = METHOD_POST, .path = "/api/admin/backup", .need = NEED_ADMIN,
     .flags = ROUTE_STRICT | ROUTE_UNCOUNTED,
     .check = create_check, .fetch = create_fetch, .reply = state_reply, .doc = DOC_CREATE},
    {.method = METHOD_GET, .path = "/api/admin/backup", .need = NEED_ADMIN,
     .flags = ROUTE_STRICT | ROUTE_UNCOUNTED,
     .reply = state_reply, .doc = DOC_STATE},
};
/* clang-format on */
