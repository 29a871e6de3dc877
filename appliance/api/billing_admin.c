/* Billing as the machine's administrator sees it: the routes behind `sleuth billing`. */
#include "api/admin.h"
#include "api/billing_api.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "base/clock.h"
#include "billing.h"
#include "billing_sync.h"
#include "body.h"
#include "call.h"
#include "config.h"
#include "plans.h"
#include "stripe.h"
#include "stripe_sign.h"

enum { LINES_MAX = 2000, REASONS_MAX = 20, COUNT_PAGES = 50 };

/* --- status --- */

struct counts {
    uint64_t subscriptions, dirty, orphans;
    bool cut; /* more than were counted */
};

static bool count_dirty(const void *row, const void *arg)
{
    *(uint64_t *)(uintptr_t)arg += ((const struct store_stripe_sub *)row)->dirty;
    return true;
}

static status count_rows(struct call *call, struct counts *ret)
{
    struct store_page subs = {.keep = count_dirty, .arg = &ret->dirty};
    struct store_page orphans = {0};
    for (int i = 0; i < COUNT_PAGES; i++) {
        struct store_stripe_sub *rows;
        struct arena_mark mark = arena_mark(&call->arena);
        TRY(store_stripe_sub_list(call->txn, 0, &subs, &call->arena, &rows));
        ret->subscriptions += subs.count;
        if (subs.next.len == 0)
            break;
        subs.cursor = subs.next;
        ret->cut = i + 1 == COUNT_PAGES;
        (void)mark; /* the cursor lives in the arena */
    }
    struct store_billing_event *rows;
    TRY(store_orphan_list(call->txn, &orphans, &call->arena, &rows));
    ret->orphans = orphans.count;
    ret->cut |= orphans.next.len > 0;
    return ST_OK;
}

static void write_prices(struct call *call, struct json_out *w)
{
    struct billing_rules rules;
    billing_rules_init(&rules, call->app->config, call->app->plans, call->now_ms);
    json_key(w, "prices");
    json_object(w);
    for (int i = PLAN_PRO; i < PLAN_COUNT; i++)
        json_key_str(w, plan_slug((enum plan_rank)i), rules.price[i]);
    json_end(w);
}

static status status_check(struct call *call, struct error *err)
{
    struct counts counts = {0};
    const struct config *config = call->app->config;
    slice key = config->billing_stripe_secret_key;
    TRY(count_rows(call, &counts));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "mode", config->billing_mode);
    json_key_str(w, "api_base", config->billing_api_base);
    json_key_str(w, "api_version", S(STRIPE_VERSION));
    json_key_str(w, "secret_key",
                 key.len == 0                                 ? S("not set")
                 : slice_find(key, S("_live_"), &(size_t){0}) ? S("live")
                                                              : S("test"));
    json_key_bool(w, "webhook_secret",
                  stripe_secrets_usable(config->billing_stripe_webhook_secret));
    json_key_u64(w, "past_due_grace_days", (uint64_t)config->billing_past_due_grace_days);
    json_key_u64(w, "subscriptions", counts.subscriptions);
    json_key_u64(w, "in_doubt", counts.dirty);
    json_key_u64(w, "orphans", counts.orphans);
    json_key_bool(w, "complete", !counts.cut);
    write_prices(call, w);
    return reply_end(call, err);
}

/* --- link, replay --- */

struct admin_billing {
    struct store_user user;
    struct billing_rules rules;
    struct billing_result result;
    struct billing_event event;
    struct billing_sync sync;
    struct error why; /* of the first thing that failed */
    slice text;
    status failed;
};

static struct admin_billing *admin_state(struct call *call)
{
    struct admin_billing *in = call_state(call, sizeof *in);
    if (in)
        billing_rules_init(&in->rules, call->app->config, call->app->plans, call->now_ms);
    return in;
}

static status named_user(struct call *call, slice text, struct store_user *ret, struct error *err)
{
    uint64_t id;
    status rc = slice_to_u64(text, &id) ? store_user_get(call->txn, id, &call->arena, ret)
                                        : store_user_find(call->txn, text, &call->arena, ret);
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "user_not_found", "there is no user '%.*s'",
                          SLICE_ARG(slice_sub(text, 0, 80)));
    return rc;
}

static status link_check(struct call *call, struct error *err)
{
    struct admin_billing *in = admin_state(call);
    slice user;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("user", &user, 1, STORE_EMAIL_MAX),
                  JSON_STR("customer", &in->text, 1, STRIPE_ID_MAX)));
    if (!stripe_id_ok(in->text, "cus_"))
        return error_code(err, ST_INVALID, "invalid_field", "a customer is named 'cus_…'");
    return named_user(call, user, &in->user, err);
}

static status link_apply(struct call *call, struct error *err)
{
    struct admin_billing *in = call->state;
    TRY(billing_bind(call->txn, &in->rules, in->user.id, in->text, &call->arena, &in->result, err));
    return audit_note(call, "billing.link", audit_object(call, "user", in->user.id), in->text);
}

static status result_reply(struct call *call, struct error *err)
{
    const struct admin_billing *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "outcome", slice_of(billing_outcome_name(in->result.outcome)));
    json_key_u64(w, "user_id", in->result.user_id);
    json_key_u64(w, "redriven", in->result.redriven);
    billing_alert(&in->result, in->event.id);
    return reply_end(call, err);
}

static status replay_check(struct call *call, struct error *err)
{
    struct admin_billing *in = admin_state(call);
    struct store_billing_event stored;
    slice id;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("event", &id, 1, STRIPE_ID_MAX)));
    status rc = store_event_get(call->txn, id, &call->arena, &stored);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (rc == ST_NOT_FOUND || stored.payload.len == 0)
        return error_code(err, ST_NOT_FOUND, "event_not_found",
                          "there is no event '%.*s' with its body here", SLICE_ARG(id));
    return billing_event_read(stored.payload, &call->arena, &in->event, err);
}

static status replay_apply(struct call *call, struct error *err)
{
    struct admin_billing *in = call->state;
    return billing_event_replay(call->txn, &in->rules, &in->event, &call->arena, &in->result, err);
}

/* --- sync --- */

static status sync_check(struct call *call, struct error *err)
{
    struct admin_billing *in = admin_state(call);
    slice user = S("");
    if (!in)
        return arena_check(&call->arena, err);
    TRY(billing_enabled(call, err));
    TRY(body_read(call, err, JSON_STR_OPT("user", &user, 1, STORE_EMAIL_MAX)));
    return user.len ? named_user(call, user, &in->user, err) : ST_OK;
}

static status sync_fetch(struct call *call, struct error *err)
{
    struct admin_billing *in = call->state;
    if (in->user.id == 0)
        in->failed = billing_catch_up(call->app, &in->sync, &in->why);
    if (in->failed == ST_OK)
        in->failed = billing_sync_subscriptions(call->app, in->user.id, &in->sync, &in->why);
    if (in->failed == ST_OK || in->sync.asked || in->sync.events)
        return ST_OK; /* some of it was done: the answer tells */
    *err = in->why;
    return stripe_problem(call, in->failed, &(struct stripe_answer){0});
}

static status sync_reply(struct call *call, struct error *err)
{
    const struct admin_billing *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_u64(w, "asked", in->sync.asked);
    json_key_u64(w, "changed", in->sync.changed);
    json_key_u64(w, "failed", in->sync.failed);
    json_key_u64(w, "events", in->sync.events);
    json_key_u64(w, "applied", in->sync.applied);
    if (in->failed != ST_OK)
        json_key_str(w, "problem",
                     slice_of(call->lang == LANG_ZH ? in->why.text_zh : in->why.text));
    return reply_end(call, err);
}

/* --- import of captured events --- */

struct import {
    struct billing_rules rules;
    uint64_t by_outcome[OUTCOME_CONFLICT + 1];
    uint64_t lines, refused;
    struct {
        uint64_t line;
        char text[ERROR_TEXT_MAX];
    } reasons[REASONS_MAX];
};

static status import_check(struct call *call, struct error *err)
{
    struct import *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    const struct config *config = call->app->config;
    if (!stripe_secrets_usable(config->billing_stripe_webhook_secret))
        return error_code(err, ST_CONFLICT, "no_webhook_secret",
                          "billing.stripe_webhook_secret is not set: nothing can be verified");
    billing_rules_init(&in->rules, config, call->app->plans, call->now_ms);
    return ST_OK;
}

static void import_refuse(const struct call *call, struct import *in, const struct error *why)
{
    if (in->refused < REASONS_MAX) {
        in->reasons[in->refused].line = in->lines;
        memcpy(in->reasons[in->refused].text, call->lang == LANG_ZH ? why->text_zh : why->text,
               ERROR_TEXT_MAX);
    }
    in->refused++;
}

/* {"header":"t=…,v1=…","body":"<as received>","received_at":n}: the signature is as old as it was
 * when the relay received it. */
static status import_line(struct call *call, struct import *in, slice line, struct error *err)
{
    struct billing_event event;
    struct billing_result result;
    slice header, body;
    uint64_t received_s = 0;
    const struct config *config = call->app->config;
    TRY(json_read(line, &call->arena, err, JSON_STR("header", &header, 1, 4096),
                  JSON_STR("body", &body, 1, BILLING_PAYLOAD_MAX),
                  JSON_U64("received_at", &received_s, 1, 4102444800.0)));
    const struct stripe_signed sign = {.header = header,
                                       .body = body,
                                       .secrets = config->billing_stripe_webhook_secret,
                                       .now_s = (int64_t)received_s};
    TRY(stripe_signature_check(&sign, err));
    TRY(billing_event_read(body, &call->arena, &event, err));
    TRY(billing_event_apply(call->txn, &in->rules, &event, &call->arena, &result, err));
    in->by_outcome[result.outcome]++;
    return ST_OK;
}

static status import_apply(struct call *call, struct error *err)
{
    struct import *in = call->state;
    slice rest = call->body;
    slice line;
    const struct billing_rules rules = in->rules;
    *in = (struct import){.rules = rules}; /* it may run again */
    while (slice_split(&rest, '\n', &line)) {
        struct error why = {0};
        in->lines++;
        if (slice_trim(line).len == 0)
            continue;
        if (in->lines > LINES_MAX)
            return error_code(err, ST_LIMIT, "too_many_lines", "more than %d lines at once",
                              LINES_MAX);
        status rc = import_line(call, in, line, &why);
        if (rc == ST_INVALID)
            import_refuse(call, in, &why);
        else if (rc != ST_OK) {
            *err = why;
            return rc;
        }
    }
    return audit_note(call, "billing.import", S("events"),
                      arena_printf(&call->arena, "lines=%llu applied=%llu refused=%llu",
                                   (unsigned long long)in->lines,
                                   (unsigned long long)in->by_outcome[OUTCOME_APPLIED],
                                   (unsigned long long)in->refused));
}

static status import_reply(struct call *call, struct error *err)
{
    const struct import *in = call->state;
    struct json_out *w = reply_json(call, 200);
    for (size_t i = 0; i < ARRAY_COUNT(in->by_outcome); i++)
        json_key_u64(w, billing_outcome_name((enum billing_outcome)i), in->by_outcome[i]);
    json_key_u64(w, "refused", in->refused);
    json_key(w, "reasons");
    json_array(w);
    for (size_t i = 0; i < in->refused && i < REASONS_MAX; i++) {
        json_object(w);
        json_key_u64(w, "line", in->reasons[i].line);
        json_key_str(w, "reason", slice_of(in->reasons[i].text));
        json_end(w);
    }
    json_end(w);
    return reply_end(call, err);
}

/* --- do the prices at Stripe fit the plans? --- */

struct price_check {
    slice price, problem; /* problem empty: it fits */
};
struct prices_check {
    struct billing_rules rules;
    struct price_check rows[PLAN_COUNT];
};

static status prices_check_check(struct call *call, struct error *err)
{
    struct prices_check *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(billing_enabled(call, err));
    TRY(body_empty(call, err));
    billing_rules_init(&in->rules, call->app->config, call->app->plans, call->now_ms);
    return ST_OK;
}

static slice price_problem(struct call *call, const struct plan *plan, const struct json *price)
{
    uint64_t cents = 0;
    const struct json *active = json_find(price, "active");
    const struct json *currency = json_find(price, "currency");
    const struct json *interval = json_at(price, "recurring.interval");
    if (!active || !active->boolean)
        return slice_of(tr(call->lang, N_("the price is not active at Stripe")));
    if (!json_to_u64(json_find(price, "unit_amount"), &cents) || cents != plan->price_cents)
        return slice_of(tr(call->lang, N_("the amount differs from the plan's price")));
    if (!currency || !slice_eq_nocase(currency->text, plan->currency))
        return slice_of(tr(call->lang, N_("the currency differs from the plan's")));
    if (!interval || !slice_eq(interval->text, plan->interval))
        return slice_of(tr(call->lang, N_("the interval differs from the plan's")));
    return S("");
}

static status prices_check_fetch(struct call *call, struct error *err)
{
    struct prices_check *in = call->state;
    const struct plans *plans = call->app->plans;
    for (int i = PLAN_PRO; i < PLAN_COUNT; i++) {
        struct stripe_answer answer;
        slice price = in->rules.price[i];
        in->rows[i].price = price;
        if (price.len == 0)
            continue;
        if (!stripe_id_ok(price, "price_")) {
            in->rows[i].problem = slice_of(tr(call->lang, N_("this is no price id")));
            continue;
        }
        const struct stripe_request request = {
            .method = "GET",
            .path = arena_printf(&call->arena, "/v1/prices/" SLICE_FMT, SLICE_ARG(price))};
        status rc = stripe_call(call->app, &request, &call->arena, &answer, err);
        if (rc == ST_UPSTREAM && answer.http_status == 404)
            in->rows[i].problem = slice_of(tr(call->lang, N_("Stripe knows no such price")));
        else if (rc != ST_OK)
            return stripe_problem(call, rc, &answer);
        else
            in->rows[i].problem = price_problem(call, &plans->plan[i], answer.root);
    }
    error_clear(err);
    return ST_OK;
}

static status prices_check_reply(struct call *call, struct error *err)
{
    const struct prices_check *in = call->state;
    bool ok = true;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "plans");
    json_array(w);
    for (int i = PLAN_PRO; i < PLAN_COUNT; i++) {
        json_object(w);
        json_key_str(w, "plan", slice_of(plan_slug((enum plan_rank)i)));
        json_key_str(w, "price", in->rows[i].price);
        json_key_str(w, "problem", in->rows[i].problem);
        json_end(w);
        ok = ok && in->rows[i].problem.len == 0;
    }
    json_end(w);
    json_key_bool(w, "ok", ok);
    return reply_end(call, err);
}

/* clang-format off */
#define OBJECT "{\"type\":\"object\"}"
#define ADMIN_POST .method = METHOD_POST, .need = NEED_HOST, .flags = ROUTE_STRICT
#define BODY(required, members) "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required "],\"properties\":{" members "}}"

const struct route billing_admin_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/billing", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = status_check,
     .doc = {.summary = N_("How billing is set up, and what waits"), .tag = "Administration", .response = OBJECT, .errors = "401 403 429"}},
    {ADMIN_POST, .path = "/api/admin/billing/link", .check = link_check, .apply = link_apply, .reply = result_reply,
     .doc = {.summary = N_("Tie a customer of Stripe to a user"), .tag = "Host", .request = BODY("\"user\",\"customer\"", "\"user\":{\"type\":\"string\"},\"customer\":{\"type\":\"string\"}"), .response = OBJECT, .errors = "400 404 409 415"}},
    {ADMIN_POST, .path = "/api/admin/billing/replay", .check = replay_check, .apply = replay_apply, .reply = result_reply,
     .doc = {.summary = N_("Apply a stored event again"), .tag = "Host", .request = BODY("\"event\"", "\"event\":{\"type\":\"string\"}"), .response = OBJECT, .errors = "400 404 415"}},
    {ADMIN_POST, .path = "/api/admin/billing/sync", .check = sync_check, .fetch = sync_fetch, .reply = sync_reply,
     .doc = {.summary = N_("Ask Stripe how subscriptions stand, and for missed events"), .tag = "Host", .request = BODY("", "\"user\":{\"type\":\"string\"}"), .response = OBJECT, .errors = "400 404 415 501 502 503"}},
    {ADMIN_POST, .path = "/api/admin/billing/import", .body_max = 8 << 20, .check = import_check, .apply = import_apply, .reply = import_reply,
     .doc = {.summary = N_("Apply events that a relay captured elsewhere"), .tag = "Host", .request = BODY("\"header\",\"body\",\"received_at\"", "\"header\":{\"type\":\"string\"},\"body\":{\"type\":\"string\"},\"received_at\":{\"type\":\"integer\"}"), .request_types = "application/x-ndjson", .response = OBJECT, .errors = "400 409 413"}},
    {ADMIN_POST, .path = "/api/admin/billing/plans-check", .check = prices_check_check, .fetch = prices_check_fetch, .reply = prices_check_reply,
     .doc = {.summary = N_("Compare the prices at Stripe with the plans"), .tag = "Host", .response = OBJECT, .errors = "400 415 501 502 503"}},
};
/* clang-format on */
