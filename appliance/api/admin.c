/* What the administrator reads about the whole appliance: usage, audit log, configuration. */
#include "api/tables.h"
#include "api/usage_api.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"
#include "config.h"

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

static status verify_check(struct call *call, struct error *err)
{
    struct reconcile r = {.txn = call->txn};
    TRY(store_usage_months(call->txn, 0, reconcile_month, &r));
    TRY(store_txn_status(call->txn));
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "ok", r.wrong == 0);
    json_key_u64(w, "users", r.users);
    json_key_u64(w, "analyses", r.analyses);
    json_key_u64(w, "differences", r.wrong);
    return reply_end(call, err);
}

/* --- audit log --- */

static void hash_write(struct json_out *w, const char *name, slice hash)
{
    char text[2 * CRYPT_HASH_BYTES + 1];
    if (hash.len == CRYPT_HASH_BYTES)
        json_key_str(w, name, crypt_hex(text, hash.ptr, hash.len));
    else
        json_key_null(w, name);
}

static status audit_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_audit *rows;
    TRY(page_from_query(call, &page, err));
    page.newest_first = !slice_eq(call_query(call, "order"), S("oldest"));
    TRY(store_audit_list(call->txn, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "entries");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        json_key_u64(w, "seq", rows[i].seq);
        json_key_time(w, "at", rows[i].at_ms);
        json_key_str(w, "actor", rows[i].actor);
        json_key_str(w, "action", rows[i].action);
        json_key_str(w, "object", rows[i].object);
        json_key_str(w, "detail", rows[i].detail);
        json_key_str(w, "address", rows[i].address);
        json_key_str(w, "request_id", rows[i].request_id);
        hash_write(w, "prev_hash", rows[i].prev_hash);
        hash_write(w, "hash", rows[i].hash);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

static status audit_verify_check(struct call *call, struct error *err)
{
    uint64_t count = 0;
    struct error why = {0};
    status rc = store_audit_verify(call->txn, &count, &why);
    if (rc != ST_OK && rc != ST_VERIFY)
        return rc;
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "ok", rc == ST_OK);
    json_key_u64(w, "entries", count);
    if (rc != ST_OK)
        json_key_str(w, "problem", slice_of(call->lang == LANG_ZH ? why.text_zh : why.text));
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
#define PAGE {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", N_("rows of one page"), false}, \
             {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false}
static const struct route_param audit_params[] = {PAGE,
    {"order", "query", "{\"enum\":[\"newest\",\"oldest\"]}", N_("which entries come first"), false}, {0}};
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
    {.method = METHOD_GET, .path = "/api/admin/usage/verify", .need = NEED_HOST, .flags = ROUTE_STRICT, .check = verify_check,
     .doc = {.summary = N_("Compare billed analyses with the sums of usage"), .tag = "Administration", .response = CHECKED, .errors = "404"}},
    {.method = METHOD_GET, .path = "/api/admin/audit", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = audit_check,
     .doc = {.summary = N_("Read the audit log"), .tag = "Administration", .params = audit_params, .response = "{\"type\":\"object\",\"required\":[\"entries\"],\"properties\":{\"entries\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}", .errors = "400 401 403 429"}},
    {.method = METHOD_GET, .path = "/api/admin/audit/verify", .need = NEED_HOST, .flags = ROUTE_STRICT, .check = audit_verify_check,
     .doc = {.summary = N_("Check the hash chain of the audit log"), .tag = "Administration", .response = CHECKED, .errors = "404"}},
    {.method = METHOD_GET, .path = "/api/admin/config", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = config_check,
     .doc = {.summary = N_("Read the configuration and where each value came from"), .tag = "Administration", .response = "{\"type\":\"object\"}", .errors = "401 403 429"}},
};
/* clang-format on */
