/* Usage of the caller: statistics of the dashboard, sums, daily sums as a file. */
#include "api/usage_api.h"

#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "body.h"
#include "plans.h"
#include "present.h"

enum { TREND_DAYS = 30, EXPORT_ROWS_MAX = 20000, DAY_MS = 86400000 };

/* --- sums --- */

static status date_query(const struct call *call, const char *name, int64_t fallback_ms,
                         int64_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    *ret = fallback_ms;
    if (!text.ptr || time_parse(text, ret))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_field", "parameter '%s' must be a date", name);
}

status usage_range(const struct call *call, uint64_t user_id, struct store_usage_range *ret,
                   struct error *err)
{
    int64_t today = time_day_start(call->now_ms);
    int64_t from;
    int64_t to;
    TRY(date_query(call, "from", today - (int64_t)(TREND_DAYS - 1) * DAY_MS, &from, err));
    TRY(date_query(call, "to", today, &to, err));
    if (from > to || to - from > (int64_t)USAGE_RANGE_DAYS_MAX * DAY_MS)
        return error_code(err, ST_INVALID, "invalid_field",
                          "parameter '%s' must be a date", "from");
    *ret = (struct store_usage_range){.user_id = user_id,
                                      .from_ms = time_day_start(from),
                                      .to_ms = time_day_start(to) + DAY_MS};
    return ST_OK;
}

static bool same_group(enum usage_group group, const struct usage_row *row,
                       const struct store_usage_day *day)
{
    switch (group) {
    case GROUP_DAY:
        return row->day == day->day;
    case GROUP_ENDPOINT:
        return slice_eq(row->endpoint, day->endpoint);
    case GROUP_KEY:
        return row->api_key_id == day->api_key_id;
    case GROUP_USER:
        return row->user_id == day->user_id;
    }
    return false;
}

static bool add_day(void *arg, const struct store_usage_day *day)
{
    struct usage_sums *sums = arg;
    struct usage_row *row = NULL;
    for (size_t i = sums->count; i-- > 0 && !row;) /* neighbours come together: from the end */
        if (same_group(sums->group, &sums->rows[i], day))
            row = &sums->rows[i];
    if (!row && sums->count == USAGE_GROUPS_MAX) {
        sums->full = true;
        return false;
    }
    if (!row) {
        row = &sums->rows[sums->count++];
        *row = (struct usage_row){.day = day->day,
                                  .user_id = day->user_id,
                                  .api_key_id = day->api_key_id,
                                  .endpoint = arena_copy(&sums->call->arena, day->endpoint)};
    }
    row->calls += day->calls;
    row->analyses += day->analyses;
    row->errors += day->errors;
    row->cached += day->cached;
    store_hist_merge(&row->latency, &day->latency);
    return true;
}

status usage_sum(struct call *call, const struct store_usage_range *range, enum usage_group group,
                 struct usage_sums *ret, struct error *err)
{
    *ret = (struct usage_sums){.group = group, .call = call};
    ret->rows = arena_array(&call->arena, USAGE_GROUPS_MAX, sizeof *ret->rows);
    if (!ret->rows)
        return arena_check(&call->arena, err);
    TRY(store_usage_days(call->txn, range, add_day, ret));
    if (ret->full)
        return error_code(err, ST_LIMIT, "too_many_rows", "more than %d rows; ask for fewer days",
                          USAGE_GROUPS_MAX);
    return arena_check(&call->arena, err);
}

void usage_present(struct json_out *w, const struct usage_row *row, enum usage_group group)
{
    char text[TIME_TEXT_MAX];
    switch (group) {
    case GROUP_DAY:
        json_key_str(w, "date", time_date((int64_t)row->day * DAY_MS, text));
        break;
    case GROUP_ENDPOINT:
        json_key_str(w, "endpoint", row->endpoint);
        break;
    case GROUP_KEY:
        json_key_u64(w, "api_key_id", row->api_key_id);
        break;
    case GROUP_USER:
        json_key_u64(w, "user_id", row->user_id);
        break;
    }
    json_key_u64(w, "requests", row->calls);
    json_key_u64(w, "analyses", row->analyses);
    json_key_u64(w, "errors", row->errors);
    json_key_f64(w, "p50_ms", (double)store_hist_quantile_us(&row->latency, 0.5) / 1000);
    json_key_f64(w, "p95_ms", (double)store_hist_quantile_us(&row->latency, 0.95) / 1000);
}

static void rows_write(struct json_out *w, const char *name, const struct usage_sums *sums)
{
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < sums->count; i++) {
        json_object(w);
        usage_present(w, &sums->rows[i], sums->group);
        json_end(w);
    }
    json_end(w);
}

/* --- GET /api/usage --- */

static status usage_check(struct call *call, struct error *err)
{
    struct store_usage_range range;
    struct usage_sums sums;
    char from[TIME_TEXT_MAX];
    char to[TIME_TEXT_MAX];
    slice by = call_query(call, "group_by");
    enum usage_group group = GROUP_DAY;
    if (slice_eq(by, S("endpoint")))
        group = GROUP_ENDPOINT;
    else if (slice_eq(by, S("key")))
        group = GROUP_KEY;
    else if (by.ptr && !slice_eq(by, S("day")))
        return error_code(err, ST_INVALID, "invalid_field",
                          "parameter 'group_by' must be day, endpoint or key");
    TRY(usage_range(call, call->user->id, &range, err));
    TRY(usage_sum(call, &range, group, &sums, err));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "from", time_date(range.from_ms, from));
    json_key_str(w, "to", time_date(range.to_ms - DAY_MS, to));
    rows_write(w, "rows", &sums);
    return reply_end_tagged(call, err);
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
    rows_write(w, "by_endpoint", &endpoints);
    rows_write(w, "by_key", &keys);
    return reply_end_tagged(call, err);
}

/* --- GET /api/usage/export: day sums as CSV or JSON lines --- */

/* A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
static void csv_cell(struct buf *out, slice text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]);
    buf_put_byte(out, '"');
    if (formula)
        buf_put_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_byte(out, '"');
        buf_put_byte(out, text.ptr[i]);
    }
    buf_put_byte(out, '"');
}

struct export {
    struct buf out;
    bool csv;
    size_t rows;
};

static bool export_day(void *arg, const struct store_usage_day *day)
{
    struct export *e = arg;
    char date[TIME_TEXT_MAX];
    slice when = time_date((int64_t)day->day * DAY_MS, date);
    if (++e->rows > EXPORT_ROWS_MAX)
        return false;
    if (e->csv) {
        buf_put(&e->out, when);
        buf_printf(&e->out, ",%llu,", (unsigned long long)day->api_key_id);
        csv_cell(&e->out, day->endpoint);
        buf_printf(&e->out, ",%llu,%llu,%llu\r\n", (unsigned long long)day->calls,
                   (unsigned long long)day->analyses, (unsigned long long)day->errors);
        return true;
    }
    struct json_out w;
    json_out_init(&w, &e->out, 0);
    json_object(&w);
    json_key_str(&w, "date", when);
    json_key_u64(&w, "api_key_id", day->api_key_id);
    json_key_str(&w, "endpoint", day->endpoint);
    json_key_u64(&w, "requests", day->calls);
    json_key_u64(&w, "analyses", day->analyses);
    json_key_u64(&w, "errors", day->errors);
    json_end(&w);
    buf_put_byte(&e->out, '\n');
    return true;
}

static status export_check(struct call *call, struct error *err)
{
    struct store_usage_range range;
    struct export e = {.csv = !slice_eq(call_query(call, "format"), S("jsonl"))};
    TRY(usage_range(call, call->user->id, &range, err));
    buf_init_arena(&e.out, &call->arena, LIMIT_CALL_ARENA_BYTES);
    if (e.csv)
        buf_put_str(&e.out, "date,api_key_id,endpoint,requests,analyses,errors\r\n");
    TRY(store_usage_days(call->txn, &range, export_day, &e));
    TRY(buf_check(&e.out, err));
    if (e.rows > EXPORT_ROWS_MAX)
        return error_code(err, ST_LIMIT, "too_many_rows", "more than %d rows; ask for fewer days",
                          EXPORT_ROWS_MAX);
    reply_header(call, "Content-Disposition",
                 e.csv ? S("attachment; filename=\"usage.csv\"")
                       : S("attachment; filename=\"usage.jsonl\""));
    return reply_bytes(call, 200, e.csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
                       buf_slice(&e.out));
}

/* clang-format off */
#define RANGE {"from", "query", "{\"type\":\"string\"}", N_("first day, UTC"), false}, \
              {"to", "query", "{\"type\":\"string\"}", N_("last day, UTC"), false}
static const struct route_param usage_params[] = {RANGE,
    {"group_by", "query", "{\"enum\":[\"day\",\"endpoint\",\"key\"]}", N_("what a row stands for"), false}, {0}};
static const struct route_param export_params[] = {RANGE,
    {"format", "query", "{\"enum\":[\"csv\",\"jsonl\"]}", N_("CSV or JSON lines"), false}, {0}};

const struct route usage_routes[] = {
    {.method = METHOD_GET, .path = "/api/dashboard/stats", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .check = stats_check,
     .doc = {.summary = N_("Usage this month, in total, and over 30 days"), .tag = "Usage", .response = "#Stats", .errors = "304 401 403 429"}},
    {.method = METHOD_GET, .path = "/api/usage", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .check = usage_check,
     .doc = {.summary = N_("Sums of your requests and analyses"), .tag = "Usage", .params = usage_params, .response = "#Usage", .errors = "304 400 401 403 422"}},
    {.method = METHOD_GET, .path = "/api/usage/export", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .check = export_check,
     .doc = {.summary = N_("Your daily sums as a file"), .tag = "Usage", .params = export_params, .response = "{\"type\":\"string\"}", .response_type = "text/csv", .errors = "400 401 403 422"}},
};
/* clang-format on */
