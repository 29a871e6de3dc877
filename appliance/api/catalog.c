/* What everybody may read: plans, presets, sample logs; and where the caller's limits stand. */
#include "api/tables.h"
#include "app.h"
#include "assets.h"
#include "base/clock.h"
#include "body.h"
#include "config.h"
#include "detect/detect.h"
#include "plans.h"
#include "present.h"
#include "rate.h"

#include <stdio.h>

/* --- plans --- */

/* A plan is for sale when cards are taken and it has a price at the payment provider. */
static bool can_be_bought(const struct call *call, const struct plan *plan)
{
    const struct config *config = call->app->config;
    slice price = plan->stripe_price;
    if (plan->rank == PLAN_PRO && config->billing_price_pro.len)
        price = config->billing_price_pro;
    if (plan->rank == PLAN_BUSINESS && config->billing_price_business.len)
        price = config->billing_price_business;
    return plan->purchasable && price.len && slice_eq(config->billing_mode, S("stripe"));
}

static status plans_check(struct call *call, struct error *err)
{
    const struct plans *plans = call->app->plans;
    struct json_out *w = reply_json(call, 200);
    reply_cache(call, "public, max-age=300");
    json_key(w, "plans");
    json_array(w);
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        struct plan plan = plans->plan[i];
        plan.purchasable = can_be_bought(call, &plan);
        json_object(w);
        present_plan(w, &plan);
        json_end(w);
    }
    json_end(w);
    return reply_end_tagged(call, err);
}

/* --- limits --- */

static void counter(struct json_out *w, const char *name, uint64_t used, uint64_t max,
                    int64_t reset_ms)
{
    json_key(w, name);
    json_object(w);
    json_key_u64(w, "used", used);
    present_quota(w, used, max);
    json_key_time(w, "reset_at", reset_ms);
    json_end(w);
}

/* Live counters, without counting this call. */
static status limits_check(struct call *call, struct error *err)
{
    struct store_usage_month month;
    uint64_t id = call->user->id;
    struct rate_limit limits[] = {
        {.kind = RATE_USER, .id = id, .max = call->plan->per_minute, .window_ms = RATE_MINUTE_MS},
        {.kind = RATE_USER, .id = id, .max = call->plan->per_day},
    };
    struct rate_ask ask = {.home = id, .limits = limits, .count = ARRAY_COUNT(limits),
                           .mono_ms = clock_mono_ms(), .wall_ms = call->now_ms};
    TRY(store_analyses_get(call->txn, id, store_month(call->now_ms), &month));
    if (call->app->rate)
        rate_look(call->app->rate, &ask);
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "plan", slice_of(call->plan->slug));
    present_limits(w, call->plan);
    json_key(w, "counters");
    json_object(w);
    counter(w, "minute", limits[0].used, call->plan->per_minute,
            call->now_ms + limits[0].wait_ms);
    counter(w, "day", limits[1].used, call->plan->per_day, call->now_ms + limits[1].wait_ms);
    counter(w, "analyses", month.analyses + month.reserved, call->plan->analyses_per_month,
            time_next_month_start(call->now_ms));
    json_end(w);
    return reply_end(call, err);
}

/* --- presets and samples --- */

static status presets_check(struct call *call, struct error *err)
{
    size_t count;
    const struct preset *presets = preset_table(&count);
    struct json_out *w = reply_json(call, 200);
    json_key(w, "presets");
    json_array(w);
    for (size_t i = 0; i < count; i++) {
        json_object(w);
        json_key_str(w, "name", slice_of(presets[i].name));
        json_key_str(w, "meaning", slice_of(tr(call->lang, presets[i].meaning)));
        json_key_f64(w, "alpha", presets[i].alpha);
        json_key(w, "thresholds");
        json_object(w);
        json_key_f64(w, "psi", presets[i].threshold[INDICATOR_PSI]);
        json_key_f64(w, "ccs", presets[i].threshold[INDICATOR_CCS]);
        json_key_f64(w, "rho_pc", presets[i].threshold[INDICATOR_RHO_PC]);
        json_end(w);
        json_end(w);
    }
    json_end(w);
    return reply_end_tagged(call, err);
}

/* {"samples":[…]}, or the log itself with ?name=. */
static status sample_check(struct call *call, struct error *err)
{
    size_t count;
    const struct asset *assets = asset_list(&count);
    slice wanted = call_query(call, "name");
    slice folder = S("samples/");
    struct json_out *w = wanted.ptr ? NULL : reply_json(call, 200);
    if (w) {
        json_key(w, "samples");
        json_array(w);
    }
    for (size_t i = 0; i < count; i++) {
        if (!slice_has_prefix(assets[i].name, folder))
            continue;
        slice name = slice_from(assets[i].name, folder.len);
        if (wanted.ptr && slice_eq(name, wanted))
            return reply_bytes(call, 200, "text/csv; charset=utf-8", assets[i].bytes);
        if (!w)
            continue;
        json_object(w);
        json_key_str(w, "name", name);
        json_key_u64(w, "size", assets[i].bytes.len);
        json_key_str(w, "csv_data", assets[i].bytes);
        json_end(w);
    }
    if (!w)
        return error_code(err, ST_NOT_FOUND, "sample_not_found", "there is no such sample");
    json_end(w);
    return reply_end_tagged(call, err);
}

/* clang-format off */
static const struct route_param sample_params[] = {
    {"name", "query", "{\"type\":\"string\"}", N_("name of one sample, to get its bytes"), false},
    {0},
};

const struct route catalog_routes[] = {
    {.method = METHOD_GET, .path = "/api/plans", .need = NEED_NOTHING, .check = plans_check,
     .flags = ROUTE_STRICT, .doc = {.summary = N_("The plans: limits, features, prices"), .tag = "Plans",
     .response = "{\"type\":\"object\",\"required\":[\"plans\"],\"properties\":{\"plans\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Plan\"}}}}", .errors = "304"}},
    {.method = METHOD_GET, .path = "/api/limits", .need = NEED_KEY, .check = limits_check,
     .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .doc = {.summary = N_("Your limits and what is used of them now"), .tag = "Plans",
     .response = "#Limits", .errors = "401 403"}},
    {.method = METHOD_GET, .path = "/api/presets", .need = NEED_NOTHING, .check = presets_check,
     .flags = ROUTE_STRICT, .doc = {.summary = N_("Named sets of thresholds"), .tag = "Detection",
     .response = "{\"type\":\"object\",\"required\":[\"presets\"],\"properties\":{\"presets\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}", .errors = "304"}},
    {.method = METHOD_GET, .path = "/api/sample", .need = NEED_NOTHING, .check = sample_check,
     .flags = ROUTE_STRICT, .doc = {.summary = N_("Sample logs to try"), .tag = "Detection", .params = sample_params,
     .response = "{\"type\":\"object\",\"properties\":{\"samples\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}", .errors = "304 404"}},
};
/* clang-format on */
