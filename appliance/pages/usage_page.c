/* Usage of the signed-in user: the month against the plan, trends, by endpoint and by key. */
#include "api/tables.h"
#include "api/usage_api.h"
#include "base/clock.h"
#include "pages/parts.h"
#include "plans.h"

#include <stdio.h>

enum { DAYS_MAX = 366, DAYS_DEFAULT = 30, DAY_MS = 86400000 };

struct usage_view {
    struct store_usage_range range;
    uint64_t days, first_day;
    uint64_t calls[DAYS_MAX], analyses[DAYS_MAX];
    struct usage_sums endpoints, keys;
    struct store_usage_month month;
    struct store_api_key *key_rows;
    size_t key_count;
};

static bool add_day(void *arg, const struct store_usage_day *row)
{
    struct usage_view *view = arg;
    if (!page_is_api(row->endpoint) || row->day < view->first_day ||
        row->day - view->first_day >= view->days)
        return true;
    view->calls[row->day - view->first_day] += row->calls;
    view->analyses[row->day - view->first_day] += row->analyses;
    return true;
}

static status usage_check(struct call *call, struct error *err)
{
    struct usage_view *view = call_state(call, sizeof *view);
    const struct call_query_range days = {.min = 1, .max = DAYS_MAX, .fallback = DAYS_DEFAULT};
    struct store_page keys = {.limit = STORE_PAGE_MAX};
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(call_query_u64(call, "days", &days, &view->days, err));
    int64_t today = time_day_start(call->now_ms);
    view->range = (struct store_usage_range){.user_id = call->user->id,
                                             .from_ms = today - (int64_t)(view->days - 1) * DAY_MS,
                                             .to_ms = today + DAY_MS};
    view->first_day = store_day(view->range.from_ms);
    TRY(store_usage_days(call->txn, &view->range, add_day, view));
    TRY(usage_sum(call, &view->range, GROUP_ENDPOINT, &view->endpoints, err));
    TRY(usage_sum(call, &view->range, GROUP_KEY, &view->keys, err));
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &view->month));
    TRY(store_key_list(call->txn, call->user->id, &keys, &call->arena, &view->key_rows));
    view->key_count = keys.count;
    return ST_OK;
}

static void put_limit(struct page *page, const char *title, uint64_t used, uint64_t limit)
{
    page_card_open(page, title);
    page_raw(page, "<p class=\"big\">");
    page_number(page, used);
    page_raw(page, " <span class=\"soft\">/ ");
    if (limit == PLAN_UNLIMITED)
        page_raw(page, "∞");
    else
        page_number(page, limit);
    page_raw(page, "</span></p>");
    if (limit != PLAN_UNLIMITED)
        page_meter(page, limit ? (double)used / (double)limit : 1);
    page_card_close(page);
}

static void put_period(struct page *page, uint64_t shown)
{
    static const uint64_t periods[] = {7, 30, 90, 365};
    page_raw(page, "<p class=\"row no-print\">");
    for (size_t i = 0; i < ARRAY_COUNT(periods); i++) {
        buf_printf(&page->out, "<a class=\"button small%s\" href=\"?days=%llu\"%s>",
                   periods[i] == shown ? "" : " plain", (unsigned long long)periods[i],
                   periods[i] == shown ? " aria-current=\"true\"" : "");
        page_sayf(page, N_("%llu days"), (unsigned long long)periods[i]);
        page_raw(page, "</a>");
    }
    page_raw(page, "</p>\n");
}

static void put_milliseconds(struct page *page, const struct store_hist *hist, double q)
{
    buf_printf(&page->out, "%.3g ms", (double)store_hist_quantile_us(hist, q) / 1000);
}

static void put_counts(struct page *page, struct page_table *table, const struct usage_row *row)
{
    page_table_number(page, table, row->calls);
    page_table_number(page, table, row->analyses);
    page_table_number(page, table, row->errors);
    page_table_cell(page, table);
    put_milliseconds(page, &row->latency, 0.5);
    page_table_cell(page, table);
    put_milliseconds(page, &row->latency, 0.95);
}

static void put_endpoints(struct page *page, const struct usage_view *view)
{
    static const char *const heads[] = {N_("Endpoint"),
                                        N_("#Requests"),
                                        N_("#Analyses"),
                                        N_("#Errors"),
                                        N_("#Median"),
                                        N_("#95th percentile"),
                                        NULL};
    struct page_table table;
    page_element(page, "h2", NULL, N_("By endpoint"));
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < view->endpoints.count; i++) {
        const struct usage_row *row = &view->endpoints.rows[i];
        if (!page_is_api(row->endpoint))
            continue;
        page_table_row(page, &table);
        page_table_cell(page, &table);
        page_raw(page, "<code>");
        page_text(page, row->endpoint);
        page_raw(page, "</code>");
        put_counts(page, &table, row);
    }
    page_table_close(page, &table);
}

static void put_key_name(struct page *page, const struct usage_view *view, uint64_t id)
{
    for (size_t i = 0; i < view->key_count; i++)
        if (view->key_rows[i].id == id) {
            page_text(page, view->key_rows[i].name);
            page_raw(page, " <code>");
            page_text(page, view->key_rows[i].prefix);
            page_raw(page, "</code>");
            return;
        }
    page_say(page, id ? N_("a key of the past") : N_("browser, views of pages included"));
}

static void put_keys(struct page *page, const struct usage_view *view)
{
    static const char *const heads[] = {N_("Key"),     N_("#Requests"), N_("#Analyses"),
                                        N_("#Errors"), N_("#Median"),   N_("#95th percentile"),
                                        NULL};
    struct page_table table;
    page_element(page, "h2", NULL, N_("By key"));
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < view->keys.count; i++) {
        page_table_row(page, &table);
        page_table_cell(page, &table);
        put_key_name(page, view, view->keys.rows[i].api_key_id);
        put_counts(page, &table, &view->keys.rows[i]);
    }
    page_table_close(page, &table);
}

static void put_export(struct page *page, const struct usage_view *view)
{
    static const struct {
        const char *format, *text;
    } formats[] = {{"csv", N_("Daily sums (CSV)")}, {"jsonl", N_("Daily sums (JSON lines)")}};
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    slice first = time_date(view->range.from_ms, from);
    slice last = time_date(view->range.to_ms - DAY_MS, to);
    page_element(page, "h2", NULL, N_("Export"));
    page_raw(page, "<p class=\"row\">");
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        buf_printf(&page->out,
                   "<a class=\"button plain small\" download href=\"/api/usage/export?format=%s"
                   "&amp;from=" SLICE_FMT "&amp;to=" SLICE_FMT "\">",
                   formats[i].format, SLICE_ARG(first), SLICE_ARG(last));
        page_say(page, formats[i].text);
        page_raw(page, "</a>");
    }
    page_raw(page, "</p>\n");
}

static status usage_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct usage_view *view = call->state;
    const struct page_head head = {
        .title = N_("Usage statistics"), .path = "/dashboard/usage", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<div class=\"grid\">");
    put_limit(&page, N_("Analyses this month"), view->month.analyses + view->month.reserved,
              call->plan->analyses_per_month);
    put_limit(&page, N_("API calls today"), view->calls[view->days - 1], call->plan->per_day);
    page_raw(&page, "</div>");
    put_period(&page, view->days);
    page_element(&page, "h2", NULL, N_("API calls per day"));
    page_trend(&page, &(struct page_trend){N_("API calls"), view->calls, (size_t)view->days,
                                           view->first_day});
    page_element(&page, "h2", NULL, N_("Analyses per day"));
    page_trend(&page, &(struct page_trend){N_("Analyses"), view->analyses, (size_t)view->days,
                                           view->first_day});
    put_endpoints(&page, view);
    put_keys(&page, view);
    put_export(&page, view);
    return page_close(&page, 200, err);
}

const struct route usage_page_routes[] = {PAGE_ROUTE("/dashboard/usage", usage_check, usage_reply)};
