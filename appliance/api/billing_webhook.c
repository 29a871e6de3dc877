/* The webhook of Stripe: signature first, then once and in one transaction, never a call outside.
 */
#include "api/billing_api.h"

#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "billing.h"
#include "call.h"
#include "config.h"
#include "log.h"
#include "rate.h"
#include "stripe_sign.h"

enum { PER_SECOND = 50 };

struct webhook {
    struct billing_event event;
    struct billing_rules rules;
    struct billing_result result;
};

void billing_alert(const struct billing_result *result, slice event_id)
{
    if (result->outcome == OUTCOME_LIVEMODE)
        log_warn("billing_wrong_mode", F_STR("id", event_id));
    if (result->outcome == OUTCOME_CONFLICT)
        log_warn("billing_customer_conflict", F_STR("id", event_id),
                 F_U64("user", result->user_id));
    if (result->unknown_price)
        log_warn("billing_unknown_price", F_STR("id", event_id), F_U64("user", result->user_id));
    if (result->unknown_status)
        log_warn("billing_unknown_status", F_STR("id", event_id), F_U64("user", result->user_id));
    if (result->two_live)
        log_warn("billing_two_subscriptions", F_STR("id", event_id),
                 F_U64("user", result->user_id));
    if (result->dirty)
        log_info("billing_to_reconcile", F_STR("id", event_id), F_U64("user", result->user_id));
}

/* Of this process, not by address: all of Stripe's calls come from a few. */
static status check_rate(struct call *call, struct error *err)
{
    struct rate_limit limit = {.kind = RATE_WEBHOOK, .id = 1, .max = PER_SECOND, .window_ms = 1000};
    struct rate_ask ask = {
        .limits = &limit, .count = 1, .mono_ms = clock_mono_ms(), .wall_ms = call->now_ms};
    if (!call->app->rate || rate_take(call->app->rate, &ask) == RATE_ADMITTED)
        return ST_OK;
    call->problem.retry_after_s = 1;
    return error_set(err, ST_RATE, "more than %d events in one second", PER_SECOND);
}

static status check_signature(struct call *call, struct error *err)
{
    const struct config *config = call->app->config;
    const struct stripe_signed in = {.header = call_header(call, "stripe-signature"),
                                     .body = call->body,
                                     .secrets = config->billing_stripe_webhook_secret,
                                     .now_s = call->now_ms / 1000};
    status rc = stripe_signature_check(&in, err);
    if (rc == ST_OK)
        return rc;
    call->problem.error = N_("Invalid signature");
    log_warn("webhook_refused", F_CSTR("why", err->text), F_STR("address", call->client_address));
    return rc;
}

static status webhook_check(struct call *call, struct error *err)
{
    struct webhook *in = call_state(call, sizeof *in);
    const struct config *config = call->app->config;
    if (!in)
        return arena_check(&call->arena, err);
    if (!slice_eq(config->billing_mode, S("stripe")))
        return error_code(err, ST_NOT_FOUND, "not_found", "there is no such thing");
    TRY(check_rate(call, err));
    TRY(check_signature(call, err));
    billing_rules_init(&in->rules, config, call->app->plans, call->now_ms);
    return billing_event_read(call->body, &call->arena, &in->event, err);
}

static status webhook_apply(struct call *call, struct error *err)
{
    struct webhook *in = call->state;
    return billing_event_apply(call->txn, &in->rules, &in->event, &call->arena, &in->result, err);
}

static status webhook_reply(struct call *call, struct error *err)
{
    const struct webhook *in = call->state;
    const struct billing_result *result = &in->result;
    billing_alert(result, in->event.id);
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "status", S("success"));
    if (result->outcome != OUTCOME_APPLIED)
        json_key_bool(w, billing_outcome_name(result->outcome), true);
    return reply_end(call, err);
}

/* clang-format off */
#define WEBHOOK(route_path, documented) \
    {.method = METHOD_POST, .path = route_path, .need = NEED_NOTHING, .flags = ROUTE_UNCOUNTED | ROUTE_NO_ALIAS, \
     .check = webhook_check, .apply = webhook_apply, .reply = webhook_reply, .doc = documented}
#define DOC {.summary = N_("Stripe tells what happened to a subscription"), \
    .details = N_("Authenticated by the Stripe-Signature header over the raw body, within 300 s of this clock on both sides. An event is applied once, whatever the order and the number of copies. Answers 404 unless billing.mode is stripe."), \
    .tag = "Billing", .request = "{\"type\":\"object\",\"required\":[\"id\",\"type\",\"created\",\"data\"]}", \
    .response = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"success\"},\"duplicate\":{\"type\":\"boolean\"},\"stale\":{\"type\":\"boolean\"},\"orphan\":{\"type\":\"boolean\"},\"ignored\":{\"type\":\"boolean\"},\"livemode\":{\"type\":\"boolean\"},\"conflict\":{\"type\":\"boolean\"}}}", \
    .response_example = "{\"status\":\"success\"}", .errors = "400 404 413 429 503"}

const struct route billing_webhook_routes[] = {WEBHOOK("/api/billing/webhook", DOC), WEBHOOK("/api/webhooks/stripe", DOC), WEBHOOK("/webhook", DOC)};
/* clang-format on */
