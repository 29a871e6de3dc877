/* A user's own billing: buying a plan, the provider's portal, where the subscription stands,
 * invoices. */
#include "api/billing_api.h"

#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "billing.h"
#include "body.h"
#include "call.h"
#include "config.h"
#include "idempotency.h"
#include "plans.h"
#include "stripe.h"

#include <stdio.h>

status billing_enabled(const struct call *call, struct error *err)
{
    const struct config *config = call->app->config;
    if (slice_eq(config->billing_mode, S("stripe")) &&
        !slice_eq(config->outbound_mode, S("airgap")))
        return ST_OK;
    return error_code(err, ST_DISABLED, "billing_disabled",
                      "payments by card are not set up on this appliance");
}

slice billing_public_url(struct call *call, const char *tail)
{
    const struct config *config = call->app->config;
    slice base = config->http_public_url;
    if (base.len && base.ptr[base.len - 1] == '/')
        base.len--;
    if (base.len)
        return arena_printf(&call->arena, SLICE_FMT "%s", SLICE_ARG(base), tail);
    return arena_printf(&call->arena, "%s://" SLICE_FMT "%s", call->tls ? "https" : "http",
                        SLICE_ARG(call->host), tail);
}

static status own_subscription(struct call *call, struct store_subscription *ret)
{
    *ret = (struct store_subscription){0};
    status rc = store_subscription_get(call->txn, call->user->id, &call->arena, ret);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

/* --- checkout --- */

struct checkout {
    enum plan_rank rank;
    struct billing_rules rules;
    struct store_subscription old;
    slice key; /* for Stripe: one per click */
    slice session_id, url;
};

static status plan_for_sale(const struct call *call, slice slug, struct checkout *in,
                            struct error *err)
{
    const struct config *config = call->app->config;
    const struct plans *plans = call->app->plans;
    if (!plan_from_slug(slug, &in->rank) || in->rank == PLAN_FREE)
        return error_code(err, ST_INVALID, "invalid_plan",
                          "'%.*s' is not a plan that can be bought; those are pro and business",
                          SLICE_ARG(slug));
    if (in->rank == PLAN_ENTERPRISE)
        return error_code(err, ST_INVALID, "contact_sales",
                          "the enterprise plan comes by contract; please ask %.*s",
                          SLICE_ARG(config->billing_contact.len
                                        ? config->billing_contact
                                        : S("the administrator of this installation")));
    if (!plans->plan[in->rank].purchasable || in->rules.price[in->rank].len == 0)
        return error_code(err, ST_INVALID, "not_for_sale", "the plan '%s' is not for sale here",
                          plan_slug(in->rank));
    return ST_OK;
}

static status refuse_second(struct call *call, struct error *err)
{
    call_problem_members(call, S("\"portal\":\"/api/billing/portal\""));
    return error_code(err, ST_CONFLICT, "already_subscribed",
                      "there is a subscription already; change it in the customer portal");
}

/* Half of a hash names this click for Stripe: the client's own key, or this request. */
static slice click_key(struct call *call, enum plan_rank rank)
{
    struct crypt_hash hash;
    char hex[33];
    slice own = call_header(call, "idempotency-key");
    crypt_hash(&hash, (slice){0}, own.len ? own : call->request_id);
    return arena_printf(&call->arena, "chk-%llu-%s-" SLICE_FMT, (unsigned long long)call->user->id,
                        plan_slug(rank), SLICE_ARG(crypt_hex(hex, hash.bytes, 16)));
}

static status checkout_check(struct call *call, struct error *err)
{
    struct checkout *in = call_state(call, sizeof *in);
    slice plan;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(billing_enabled(call, err));
    TRY(body_read(call, err, JSON_STR("plan", &plan, 1, 20)));
    billing_rules_init(&in->rules, call->app->config, call->app->plans, call->now_ms);
    TRY(plan_for_sale(call, plan, in, err));
    TRY(own_subscription(call, &in->old));
    if (slice_eq(in->old.status, S("active")) || slice_eq(in->old.status, S("past_due")))
        return refuse_second(call, err);
    in->key = click_key(call, in->rank);
    return arena_check(&call->arena, err);
}

static slice checkout_form(struct call *call, const struct checkout *in)
{
    struct buf form;
    slice user = arena_printf(&call->arena, "%llu", (unsigned long long)call->user->id);
    slice plan = slice_of(plan_slug(in->rank));
    buf_init_arena(&form, &call->arena, STRIPE_FORM_MAX);
    stripe_form_add(&form, "mode", S("subscription"));
    if (in->old.customer_id.len)
        stripe_form_add(&form, "customer", in->old.customer_id);
    else
        stripe_form_add(&form, "customer_email", call->user->email);
    stripe_form_add(&form, "line_items[0][price]", in->rules.price[in->rank]);
    stripe_form_add(&form, "line_items[0][quantity]", S("1"));
    stripe_form_add(&form, "success_url",
                    billing_public_url(call, "/success?session_id={CHECKOUT_SESSION_ID}"));
    stripe_form_add(&form, "cancel_url", billing_public_url(call, "/pricing"));
    stripe_form_add(&form, "client_reference_id", user);
    stripe_form_add(&form, "metadata[user_id]", user);
    stripe_form_add(&form, "metadata[plan]", plan);
    stripe_form_add(&form, "subscription_data[metadata][user_id]", user);
    stripe_form_add(&form, "subscription_data[metadata][plan]", plan);
    return buf_slice(&form);
}

static slice member(const struct json *root, const char *name)
{
    const struct json *value = json_find(root, name);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static bool is_https(slice url)
{
    return slice_has_prefix(url, S("https://")) || slice_has_prefix(url, S("http://127.0.0.1:"));
}

static status checkout_fetch(struct call *call, struct error *err)
{
    struct checkout *in = call->state;
    struct stripe_answer answer;
    const struct stripe_request request = {.method = "POST",
                                           .path = S("/v1/checkout/sessions"),
                                           .form = checkout_form(call, in),
                                           .idempotency_key = in->key,
                                           .cancelled = &call->cancelled};
    TRY(stripe_problem(call, stripe_call(call->app, &request, &call->arena, &answer, err),
                       &answer));
    in->session_id = member(answer.root, "id");
    in->url = member(answer.root, "url");
    if (!stripe_id_ok(in->session_id, "cs_") || !is_https(in->url))
        return stripe_problem(call,
                              error_code(err, ST_UPSTREAM, "provider_error",
                                         "Stripe's answer names no page to pay on"),
                              &answer);
    return ST_OK;
}

static status checkout_apply(struct call *call, struct error *err)
{
    struct checkout *in = call->state;
    struct store_subscription row;
    TRY(idempotency_claim(call, err));
    TRY(own_subscription(call, &row));
    if (row.user_id == 0)
        row = (struct store_subscription){.user_id = call->user->id,
                                          .plan = S("free"),
                                          .status = S("incomplete"),
                                          .source = S("stripe"),
                                          .created_ms = call->now_ms};
    row.session_id = in->session_id;
    row.updated_ms = call->now_ms;
    TRY(store_subscription_put(call->txn, &row));
    return audit_note(call, "billing.checkout", audit_object(call, "user", call->user->id),
                      arena_printf(&call->arena, "plan=%s session=" SLICE_FMT, plan_slug(in->rank),
                                   SLICE_ARG(in->session_id)));
}

static status checkout_reply(struct call *call, struct error *err)
{
    const struct checkout *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "url", in->url);
    json_key_str(w, "session_id", in->session_id);
    return reply_end(call, err);
}

/* --- portal --- */

struct portal {
    struct store_subscription row;
    slice url;
};

static status portal_check(struct call *call, struct error *err)
{
    struct portal *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(billing_enabled(call, err));
    TRY(body_empty(call, err));
    TRY(own_subscription(call, &in->row));
    if (in->row.customer_id.len == 0)
        return error_code(err, ST_CONFLICT, "no_customer",
                          "nothing was bought yet, so there is no portal");
    return ST_OK;
}

static status portal_fetch(struct call *call, struct error *err)
{
    struct portal *in = call->state;
    struct stripe_answer answer;
    struct buf form;
    buf_init_arena(&form, &call->arena, STRIPE_FORM_MAX);
    stripe_form_add(&form, "customer", in->row.customer_id);
    stripe_form_add(&form, "return_url", billing_public_url(call, "/dashboard"));
    const struct stripe_request request = {.method = "POST",
                                           .path = S("/v1/billing_portal/sessions"),
                                           .form = buf_slice(&form),
                                           .idempotency_key =
                                               arena_printf(&call->arena, "prt-%llu-" SLICE_FMT,
                                                            (unsigned long long)call->user->id,
                                                            SLICE_ARG(call->request_id)),
                                           .cancelled = &call->cancelled};
    TRY(stripe_problem(call, stripe_call(call->app, &request, &call->arena, &answer, err),
                       &answer));
    in->url = member(answer.root, "url");
    if (!is_https(in->url))
        return stripe_problem(
            call, error_code(err, ST_UPSTREAM, "provider_error", "Stripe's answer names no portal"),
            &answer);
    return ST_OK;
}

static status portal_reply(struct call *call, struct error *err)
{
    const struct portal *in = call->state;
    json_key_str(reply_json(call, 200), "url", in->url);
    return reply_end(call, err);
}

/* --- where it stands --- */

static void write_granted(struct call *call, struct json_out *w)
{
    bool has = call->user->plan_source.len > 0;
    json_key_str(w, "status", has ? S("active") : S("none"));
    json_key_null(w, "current_period_start");
    json_key_time(w, "current_period_end", call->user->plan_until_ms);
    json_key_bool(w, "cancel_at_period_end", false);
    json_key_time(w, "created_at", has ? call->user->updated_ms : 0);
    json_key_null(w, "past_due_since");
    json_key_null(w, "grace_until");
    json_key_str(w, "source", call->user->plan_source);
}

static void write_bought(struct json_out *w, const struct store_subscription *row)
{
    json_key_str(w, "status", row->status);
    json_key_time(w, "current_period_start", row->period_start_ms);
    json_key_time(w, "current_period_end", row->period_end_ms);
    json_key_bool(w, "cancel_at_period_end", row->cancel_at_period_end);
    json_key_time(w, "created_at", row->created_ms);
    json_key_time(w, "past_due_since", row->past_due_ms);
    json_key_time(w, "grace_until", row->grace_until_ms);
    json_key_str(w, "source", row->source);
    json_key_str(w, "subscribed_plan", row->plan);
    json_key_time(w, "ended_at", row->ended_ms);
}

static status subscription_check(struct call *call, struct error *err)
{
    struct store_subscription row;
    TRY(own_subscription(call, &row));
    bool by_other = call->user->plan_source.len && !slice_eq(call->user->plan_source, S("stripe"));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "plan", slice_of(call->plan->slug));
    if (row.subscription_id.len && !by_other)
        write_bought(w, &row);
    else
        write_granted(call, w);
    return reply_end(call, err);
}

static status invoices_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_invoice *rows;
    TRY(page_from_query(call, &page, err));
    TRY(store_invoice_list(call->txn, call->user->id, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "invoices");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        json_key_str(w, "id", rows[i].id);
        json_key_str(w, "status", rows[i].status);
        json_key_u64(w, "amount_cents", rows[i].amount_cents);
        json_key_str(w, "currency", rows[i].currency);
        json_key_str(w, "reason", rows[i].reason);
        json_key_str(w, "url", rows[i].url);
        json_key_time(w, "created_at", rows[i].created_ms);
        json_key_time(w, "period_end", rows[i].period_end_ms);
        json_key_time(w, "next_attempt_at", rows[i].next_attempt_ms);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

/* clang-format off */
#define URL_SCHEMA "{\"type\":\"object\",\"required\":[\"url\"],\"properties\":{\"url\":{\"type\":\"string\"},\"session_id\":{\"type\":\"string\"}}}"
#define TIME_OR_NULL "{\"oneOf\":[{\"$ref\":\"#/components/schemas/Time\"},{\"type\":\"null\"}]}"
static const struct route_param invoice_params[] = {
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false}, {0}};

const struct route billing_routes[] = {
    {.method = METHOD_POST, .path = "/api/billing/checkout", .need = NEED_SESSION, .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT,
     .check = checkout_check, .fetch = checkout_fetch, .apply = checkout_apply, .reply = checkout_reply,
     .doc = {.summary = N_("Begin to buy a plan: a page of Stripe to pay on"),
             .details = N_("The plan counts when Stripe says that it is paid, not when the browser comes back."),
             .tag = "Billing", .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"plan\"],\"properties\":{\"plan\":{\"enum\":[\"pro\",\"business\"]}}}",
             .request_example = "{\"plan\":\"pro\"}", .response = URL_SCHEMA,
             .response_example = "{\"url\":\"https://checkout.stripe.com/c/pay/cs_1\",\"session_id\":\"cs_1\"}",
             .errors = "400 401 403 409 415 422 429 501 502 503"}},
    {.method = METHOD_POST, .path = "/api/billing/portal", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .check = portal_check, .fetch = portal_fetch, .reply = portal_reply,
     .doc = {.summary = N_("Stripe's portal: change or cancel the plan, cards, invoices"), .tag = "Billing", .response = URL_SCHEMA, .errors = "400 401 403 409 415 429 501 502 503"}},
    {.method = METHOD_GET, .path = "/api/billing/subscription", .need = NEED_KEY, .scope = SCOPE_BILLING_READ, .flags = ROUTE_STRICT, .check = subscription_check,
     .doc = {.summary = N_("Where your plan comes from and until when it counts"), .tag = "Billing",
             .response = "{\"type\":\"object\",\"required\":[\"plan\",\"status\",\"current_period_start\",\"current_period_end\",\"cancel_at_period_end\",\"source\"],\"properties\":{\"plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"status\":{\"enum\":[\"none\",\"active\",\"past_due\",\"incomplete\",\"canceled\",\"expired\"]},\"current_period_start\":" TIME_OR_NULL ",\"current_period_end\":" TIME_OR_NULL ",\"cancel_at_period_end\":{\"type\":\"boolean\"},\"created_at\":" TIME_OR_NULL ",\"past_due_since\":" TIME_OR_NULL ",\"grace_until\":" TIME_OR_NULL ",\"source\":{\"enum\":[\"\",\"stripe\",\"license\",\"manual\"]},\"subscribed_plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"ended_at\":" TIME_OR_NULL "}}",
             .errors = "401 403 429"}},
    {.method = METHOD_GET, .path = "/api/billing/invoices", .need = NEED_KEY, .scope = SCOPE_BILLING_READ, .flags = ROUTE_STRICT, .check = invoices_check,
     .doc = {.summary = N_("Your invoices, as Stripe told them"), .tag = "Billing", .params = invoice_params,
             .response = "{\"type\":\"object\",\"required\":[\"invoices\",\"next_cursor\"],\"properties\":{\"invoices\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}",
             .errors = "400 401 403 429"}},
};
/* clang-format on */
