/* Health, readiness, version, what there is, counters: for operators and their tools. */
#include "api/ops.h"

#include "address.h"
#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "config.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"

enum {
    WRITER_STALE_MS = 5000, /* the writer's last sign of life */
    LOOP_STUCK_MS = 10000,
    MAP_FULL_PERCENT = 90,
    METRICS_BYTES_MAX = 4 << 20,
};

#define OPS_FLAGS (ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP | ROUTE_WHILE_DRAINING | ROUTE_NO_ALIAS)

/* --- health -------------------------------------------------------------------------------------
 */

static status health_reply(struct call *call, struct error *err)
{
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "status", S("ok"));
    json_key_str(w, "service", S("Sleuth Bias Detection API"));
    json_key_str(w, "version", slice_of(call->app->version));
    reply_cache(call, "no-store");
    return reply_end(call, err);
}

static status livez_reply(struct call *call, struct error *err)
{
    const struct server *server = call->app->server;
    bool alive = !server || server_beat_age_ms(server) < LOOP_STUCK_MS;
    struct json_out *w = reply_json(call, alive ? 200 : 503);
    json_key_str(w, "status", alive ? S("ok") : S("stuck"));
    reply_cache(call, "no-store");
    return reply_end(call, err);
}

/* --- readiness ----------------------------------------------------------------------------------
 */

static const char *writer_problem(struct app *app)
{
    struct store_writer_stats stats;
    if (!app->store)
        return NULL;
    store_writer_stats(app->store, &stats);
    if (stats.failed)
        return N_("a sync failed; restart");
    return clock_mono_ms() - stats.beat_mono_ms > WRITER_STALE_MS ? N_("no commit for 5 seconds")
                                                                  : NULL;
}

static const char *map_problem(const struct store_info *info)
{
    return info->map_bytes && info->used_bytes / (info->map_bytes / 100) >= MAP_FULL_PERCENT
               ? N_("nine tenths of the database's address space are used")
               : NULL;
}

static const char *disk_problem(const struct app *app, const struct store_info *info)
{
    uint64_t reserve = (uint64_t)app->config->storage_disk_reserve_mib << 20;
    return info->disk_free_bytes < reserve ? N_("free disk is below storage.disk_reserve_mib")
                                           : NULL;
}

void ops_conditions(struct app *app, struct ops_condition ret[static OPS_CONDITIONS])
{
    struct store_info info = {0};
    struct error err = {0};
    bool known = app->store && store_info_get(app->store, &info, &err) == ST_OK;
    bool draining = atomic_load_explicit(&app->draining, memory_order_relaxed);
    ret[0] = (struct ops_condition){"serving", draining ? N_("draining") : NULL};
    ret[1] = (struct ops_condition){"storage", app->store && !known ? N_("cannot be read") : NULL};
    ret[2] = (struct ops_condition){"writer", writer_problem(app)};
    ret[3] = (struct ops_condition){"map", known ? map_problem(&info) : NULL};
    ret[4] = (struct ops_condition){"disk", known ? disk_problem(app, &info) : NULL};
    ret[5] = (struct ops_condition){"workers", app->server && !app->workers ? "none" : NULL};
}

static void conditions_write(struct json_out *w,
                             const struct ops_condition conditions[OPS_CONDITIONS])
{
    json_key(w, "checks");
    json_object(w);
    for (size_t i = 0; i < OPS_CONDITIONS; i++)
        json_key_str(w, conditions[i].name,
                     conditions[i].problem ? slice_of(conditions[i].problem) : S("ok"));
    json_end(w);
}

static status readyz_reply(struct call *call, struct error *err)
{
    struct ops_condition conditions[OPS_CONDITIONS];
    bool ready = true;
    ops_conditions(call->app, conditions);
    for (size_t i = 0; i < OPS_CONDITIONS; i++)
        ready = ready && !conditions[i].problem;
    struct json_out *w = reply_json(call, ready ? 200 : 503);
    json_key_str(w, "status", ready ? S("ready") : S("not_ready"));
    if (!ready) {
        json_key(w, "reasons");
        json_array(w);
        for (size_t i = 0; i < OPS_CONDITIONS; i++)
            if (conditions[i].problem)
                json_str(w, slice_of(conditions[i].name));
        json_end(w);
        reply_header(call, "Retry-After", S("2"));
    }
    if (call_query(call, "verbose").ptr && (call->loopback || call->actor == ACTOR_HOST))
        conditions_write(w, conditions);
    reply_cache(call, "no-store");
    return reply_end(call, err);
}

/* --- what there is ------------------------------------------------------------------------------
 */

static status version_reply(struct call *call, struct error *err)
{
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "name", S("sleuth"));
    json_key_str(w, "version", slice_of(call->app->version));
    json_key_str(w, "api", S("v1"));
    reply_cache(call, "public, max-age=300");
    return reply_end(call, err);
}

static void endpoint_write(const struct route *route, void *data)
{
    struct json_out *w = (struct json_out *)data;
    if (route->need == NEED_HOST)
        return;
    json_object(w);
    json_key_str(w, "method", slice_of(method_name(route->method)));
    json_key_str(w, "path", slice_of(route->path));
    json_key_str(w, "description", slice_of(route->doc.summary ? route->doc.summary : ""));
    json_end(w);
}

static status info_reply(struct call *call, struct error *err)
{
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "name", S("Sleuth Bias Detection API"));
    json_key_str(w, "service", S("Sleuth Bias Detection API"));
    json_key_str(w, "version", slice_of(call->app->version));
    json_key_str(w, "description",
                 S("Says with calibrated evidence whether the test protocol followed the results"));
    json_key_str(w, "documentation", S("/docs"));
    json_key_str(w, "openapi", S("/openapi.json"));
    json_key_bool(w, "set_up", atomic_load(&call->app->set_up));
    json_key(w, "endpoints");
    json_array(w);
    route_each(endpoint_write, w);
    json_end(w);
    reply_cache(call, "public, max-age=300");
    return reply_end(call, err);
}

static status robots_reply(struct call *call, struct error *err)
{
    (void)err;
    reply_cache(call, "public, max-age=86400");
    return reply_text(call, 200, S("User-agent: *\nDisallow: /\n"));
}

/* --- counters -----------------------------------------------------------------------------------
 */

static status metrics_check(struct call *call, struct error *err)
{
    const struct config *config = call->app->config;
    slice header = call_header(call, "authorization"), scheme;
    if (call->actor == ACTOR_HOST || networks_contain(config->metrics_allow, call->client_address))
        return ST_OK;
    if (config->metrics_token.len > 0 && slice_split(&header, ' ', &scheme) && header.ptr &&
        slice_eq_nocase(scheme, S("Bearer")) && header.len == config->metrics_token.len &&
        crypt_equal(header.ptr, config->metrics_token.ptr, header.len))
        return ST_OK;
    return error_set(err, ST_UNAUTHENTICATED,
                     "metrics are for the networks of metrics.allow, or with metrics.token");
}

static status metrics_reply(struct call *call, struct error *err)
{
    struct buf text;
    if (!call->app->metrics)
        return error_set(err, ST_UNSUPPORTED, "only a running server has metrics");
    buf_init_arena(&text, &call->arena, METRICS_BYTES_MAX);
    metrics_text(call->app, &text);
    TRY(buf_check(&text, err));
    reply_cache(call, "no-store");
    return reply_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8", buf_slice(&text));
}

/* --- the table ----------------------------------------------------------------------------------
 */

#define STATUS_SCHEMA                                                                              \
    "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"type\":"         \
    "\"string\"}}}"

const struct route ops_routes[] = {
    {METHOD_GET, "/health", NEED_NOTHING, .flags = OPS_FLAGS, .reply = health_reply,
     .doc = {.summary = N_("Answers while the process lives"),
             .tag = "Operations",
             .response = "{\"type\":\"object\",\"required\":[\"status\",\"service\",\"version\"],"
                         "\"properties\":{\"status\":{\"const\":\"ok\"},"
                         "\"service\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"}}}",
             .response_example = "{\"status\":\"ok\",\"service\":\"Sleuth Bias Detection API\","
                                 "\"version\":\"1.0.0\"}"}},
    {METHOD_GET, "/livez", NEED_NOTHING, .flags = OPS_FLAGS, .reply = livez_reply,
     .doc = {.summary = N_("Whether the event loops turn"),
             .tag = "Operations",
             .response = STATUS_SCHEMA,
             .response_example = "{\"status\":\"ok\"}",
             .errors = "503"}},
    {METHOD_GET, "/readyz", NEED_NOTHING, .flags = OPS_FLAGS, .reply = readyz_reply,
     .doc = {.summary = N_("Whether requests can be served: storage, disk, workers, not draining"),
             .tag = "Operations",
             .params = (const struct route_param[]){{"verbose", "query", "{\"type\":\"string\"}",
                                                     N_("shows every check, to callers on the "
                                                        "same machine"),
                                                     false},
                                                    {0}},
             .response = STATUS_SCHEMA,
             .response_example = "{\"status\":\"ready\"}",
             .errors = "503"}},
    {METHOD_GET, "/version", NEED_NOTHING, .flags = OPS_FLAGS, .reply = version_reply,
     .doc = {.summary = N_("Version of the program and of its API"),
             .tag = "Operations",
             .response = "{\"type\":\"object\",\"required\":[\"name\",\"version\",\"api\"],"
                         "\"properties\":{\"name\":{\"type\":\"string\"},\"version\":{\"type\":"
                         "\"string\"},\"api\":{\"type\":\"string\"}}}",
             .response_example = "{\"name\":\"sleuth\",\"version\":\"1.0.0\",\"api\":\"v1\"}"}},
    {METHOD_GET, "/api/info", NEED_NOTHING,
     .flags = ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP | ROUTE_WHILE_DRAINING, .reply = info_reply,
     .doc = {.summary = N_("What this service is and which endpoints it has"),
             .tag = "Operations",
             .response =
                 "{\"type\":\"object\",\"required\":[\"name\",\"version\",\"endpoints\"],"
                 "\"properties\":{\"name\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},"
                 "\"endpoints\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}",
             .response_example = "{\"name\":\"Sleuth Bias Detection API\",\"version\":\"1.0.0\","
                                 "\"endpoints\":[{\"method\":\"POST\",\"path\":\"/api/detect\","
                                 "\"description\":\"…\"}]}"}},
    {METHOD_GET, "/metrics", NEED_NOTHING, .flags = OPS_FLAGS, .check = metrics_check,
     .reply = metrics_reply,
     .doc = {.summary = N_("Counters and gauges for Prometheus"),
             .tag = "Operations",
             .response = "{\"type\":\"string\"}",
             .response_type = "text/plain",
             .errors = "401"}},
    {METHOD_GET, "/robots.txt", NEED_NOTHING, .flags = OPS_FLAGS, .reply = robots_reply,
     .doc = {.summary = N_("Asks crawlers to stay out"),
             .tag = "Operations",
             .response = "{\"type\":\"string\"}",
             .response_type = "text/plain"}},
};
