/* Usage of the caller: sums, and the statistics of the dashboard. */
#include "api/usage_api.h"

#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"
#include "plans.h"
#include "present.h"

enum { TREND_DAYS = 30, DAY_MS = 86400000 };

/* --- GET /api/usage --- */

static status usage_check(struct call *call, struct error *err)
{
    struct usage_question question;
    TRY(usage_question_read(call, call->user->id, /* may_group_users= */ false, &question, err));
    return usage_answer(call, &question, err);
}

/* --- GET /api/dashboard/stats --- */

/* All 30 days, the ones without a call too. */
static void trend_write(struct json_out *w, const struct usage_sums *days, int64_t now_ms)
{
    char text[TIME_TEXT_MAX];
    uint64_t today = store_day(now_ms);
    json_key(w, "daily_trend");
    json_array(w);
    for (uint64_t day = today - (TREND_DAYS - 1); day <= today; day++) {
        uint64_t count = 0;
        for (size_t i = 0; i < days->count; i++)
            if (days->rows[i].day == day)
                count = days->rows[i].calls;
        json_object(w);
        json_key_str(w, "date", time_date((int64_t)day * DAY_MS, text));
        json_key_u64(w, "count", count);
        json_end(w);
    }
    json_end(w);
}

struct totals {
    uint64_t all, month, month_errors;
    uint64_t month_first_day;
    struct store_hist month_latency;
};

static bool add_total(void *arg, const struct store_usage_day *day)
{
    struct totals *t = arg;
    t->all += day->calls;
    if (day->day >= t->month_first_day) {
        t->month += day->calls;
        t->month_errors += day->errors;
        store_hist_merge(&t->month_latency, &day->latency);
    }
    return true;
}

void usage_analyses_write(const struct call *call, struct json_out *w,
                          const struct store_usage_month *month)
{
    uint64_t used = month->analyses + month->reserved;
    uint64_t max = call->plan->analyses_per_month;
    json_key(w, "analyses");
    json_object(w);
    json_key_u64(w, "monthly", month->analyses);
    present_quota(w, used, max);
    json_key_time(w, "reset_at", time_next_month_start(call->now_ms));
    json_end(w);
}

static status stats_check(struct call *call, struct error *err)
{
    struct store_usage_range range = {.user_id = call->user->id, .to_ms = call->now_ms + DAY_MS};
    struct totals totals = {.month_first_day = store_day(time_month_start(call->now_ms))};
    struct usage_sums days;
    struct usage_sums endpoints;
    struct usage_sums keys;
    struct store_usage_month month;
    TRY(store_usage_days(call->txn, &range, add_total, &totals));
    range.from_ms = time_day_start(call->now_ms) - (int64_t)(TREND_DAYS - 1) * DAY_MS;
    TRY(usage_sum(call, &range, GROUP_DAY, &days, err));
    TRY(usage_sum(call, &range, GROUP_ENDPOINT, &endpoints, err));
    TRY(usage_sum(call, &range, GROUP_KEY, &keys, err));
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &month));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "plan", slice_of(call->plan->slug));
    json_key(w, "usage");
    json_object(w);
    json_key_u64(w, "monthly", totals.month);
    json_key_u64(w, "total", totals.all);
    trend_write(w, &days, call->now_ms);
    json_end(w);
    usage_analyses_write(call, w, &month);
    present_limits(w, call->plan);
    json_key_u64(w, "errors_monthly", totals.month_errors);
    json_key_f64(w, "p95_ms", (double)store_hist_quantile_us(&totals.month_latency, 0.95) / 1000);
    usage_rows_write(w, "by_endpoint", &endpoints);
    usage_rows_write(w, "by_key", &keys);
    return reply_end_tagged(call, err);
}

/* clang-format off */
#define RANGE {"from", "query", "{\"type\":\"string\"}", N_("first day, UTC"), false}, \
              {"to", "query", "{\"type\":\"string\"}", N_("last day, UTC"), false}
static const struct route_param usage_params[] = {RANGE,
    {"group_by", "query", "{\"enum\":[\"day\",\"hour\",\"endpoint\",\"key\",\"status\"]}", N_("what a row stands for"), false},
    {"tz", "query", "{\"type\":\"string\"}", N_("UTC, or an offset in whole hours such as +08:00; up to 31 days then"), false}, {0}};
const struct route usage_routes[] = {
    {.method = METHOD_GET, .path = "/api/dashboard/stats", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .check = stats_check,
     .doc = {.summary = N_("Usage this month, in total, and over 30 days"), .tag = "Usage", .response = "#Stats", .errors = "304 401 403 429"}},
    {.method = METHOD_GET, .path = "/api/usage", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .check = usage_check,
     .doc = {.summary = N_("Sums of your requests and analyses"), .tag = "Usage", .params = usage_params, .response = "#Usage", .errors = "304 400 401 403 422"}},
};
/* clang-format on */
