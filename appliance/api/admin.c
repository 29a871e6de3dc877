/* What the administrator reads about the whole appliance: usage and configuration. */
#include "api/tables.h"
#include "api/usage_api.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"
#include "config.h"
#include "reading.h"

/* --- usage of all users --- */

static status usage_check(struct call *call, struct error *err)
{
    struct usage_question question;
    uint64_t user;
    const struct call_query_range users = {.max = UINT64_MAX};
    TRY(call_query_u64(call, "user", &users, &user, err));
    TRY(usage_question_read(call, user, /* may_group_users= */ true, &question, err));
    return usage_answer(call, &question, err);
}

/* Billed analyses stand twice: as the month's counter and in the day sums. They must agree. */
struct reconcile {
    struct store_txn *txn;
    uint64_t users, analyses, wrong;
};

static bool add_analyses(void *arg, const struct store_usage_day *day)
{
    *(uint64_t *)arg += day->analyses;
    return true;
}

static bool reconcile_month(void *arg, const struct store_usage_month *month)
{
    struct reconcile *r = arg;
    uint64_t sum = 0;
    struct civil first = {
        .year = (int)(month->month / 12), .month = (int)(month->month % 12) + 1, .day = 1};
    int64_t from = civil_to_ms(&first);
    const struct store_usage_range range = {
        .user_id = month->user_id, .from_ms = from, .to_ms = time_next_month_start(from)};
    if (store_usage_days(r->txn, &range, add_analyses, &sum) != ST_OK)
        return false; /* the transaction keeps the reason */
    r->users++;
    r->analyses += month->analyses;
    r->wrong += sum != month->analyses;
    return true;
}

/* Every sum there is: work, with a snapshot of its own. */
static status verify_work(struct call *call, struct error *err)
{
    struct reading reading;
    struct reconcile *r = call_state(call, sizeof *r);
    if (!r)
        return arena_check(&call->arena, err);
    TRY(reading_begin(call, &reading, err));
    r->txn = reading.txn;
    status rc = store_usage_months(reading.txn, 0, reconcile_month, r);
    status end = reading_end(&reading, err);
    return rc != ST_OK ? rc : end;
}

static status verify_reply(struct call *call, struct error *err)
{
    const struct reconcile *r = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "ok", r->wrong == 0);
    json_key_u64(w, "users", r->users);
    json_key_u64(w, "analyses", r->analyses);
    json_key_u64(w, "differences", r->wrong);
    return reply_end(call, err);
}

/* --- configuration --- */

static const char *origin_name(enum config_origin_kind kind)
{
    switch (kind) {
    case ORIGIN_DEFAULT:
        return "default";
    case ORIGIN_FILE:
        return "file";
    case ORIGIN_ENVIRONMENT:
        return "environment";
    case ORIGIN_FLAG:
        break;
    }
    return "flag";
}

static status config_check(struct call *call, struct error *err)
{
    const struct config *config = call->app->config;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "options");
    json_array(w);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        json_object(w);
        json_key_str(
            w, "name",
            arena_printf(&call->arena, "%s.%s", config_options[i].section, config_options[i].key));
        json_key_str(w, "value", config_text(config, i, &call->arena));
        json_key_str(w, "origin", slice_of(origin_name(config->origin[i].kind)));
        json_key_str(w, "where", config->origin[i].where);
        json_end(w);
    }
    json_end(w);
    return reply_end(call, err);
}

/* clang-format off */
static const struct route_param usage_params[] = {
    {"from", "query", "{\"type\":\"string\"}", N_("first day, UTC"), false},
    {"to", "query", "{\"type\":\"string\"}", N_("last day, UTC"), false},
    {"user", "query", "{\"type\":\"integer\",\"minimum\":0}", N_("number of one user"), false},
    {"group_by", "query", "{\"enum\":[\"day\",\"hour\",\"endpoint\",\"key\",\"status\",\"user\"]}", N_("what a row stands for"), false},
    {"tz", "query", "{\"type\":\"string\"}", N_("UTC, or an offset in whole hours such as +08:00; up to 31 days then"), false}, {0}};
#define CHECKED "{\"type\":\"object\",\"required\":[\"ok\"],\"properties\":{\"ok\":{\"type\":\"boolean\"}}}"

const struct route admin_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/usage", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = usage_check,
     .doc = {.summary = N_("Sums of requests and analyses of all users"), .tag = "Administration", .params = usage_params, .response = "#Usage", .errors = "304 400 401 403 422 429"}},
    {.method = METHOD_GET, .path = "/api/admin/usage/verify", .need = NEED_HOST, .flags = ROUTE_STRICT, .work = verify_work, .reply = verify_reply,
     .doc = {.summary = N_("Compare billed analyses with the sums of usage"), .tag = "Administration", .response = CHECKED, .errors = "404"}},
    {.method = METHOD_GET, .path = "/api/admin/config", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = config_check,
     .doc = {.summary = N_("Read the configuration and where each value came from"), .tag = "Administration", .response = "{\"type\":\"object\"}", .errors = "401 403 429"}},
};
/* clang-format on */
