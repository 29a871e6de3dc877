/* The dashboard's first page: use of this month against the plan, the trend of 30 days, recent
 * analyses, and what is wrong with the keys. */
#include "api/tables.h"
#include "app.h"
#include "pages/analysis_rows.h"
#include "pages/parts.h"
#include "plans.h"
#include "storage/storage.h"

#include "base/clock.h"

enum { TREND_DAYS = 30, RECENT_MAX = 5, EXPIRING_DAYS = 14 };
static const int64_t MS_PER_DAY = INT64_C(86400000);

struct overview {
    struct store_usage_month month;
    uint64_t calls[TREND_DAYS]; /* oldest first */
    uint64_t calls_this_month;
    uint64_t first_day, month_first_day;
    struct analysis_rows recent;
    struct store_api_key *keys;
    size_t key_count;
};

static bool add_day(void *arg, const struct store_usage_day *row)
{
    struct overview *o = arg;
    if (!page_is_api(row->endpoint))
        return true;
    if (row->day >= o->first_day && row->day - o->first_day < TREND_DAYS)
        o->calls[row->day - o->first_day] += row->calls;
    if (row->day >= o->month_first_day)
        o->calls_this_month += row->calls;
    return true;
}

static status overview_check(struct call *call, struct error *err)
{
    struct overview *o = call_state(call, sizeof *o);
    if (call->actor != ACTOR_SESSION || !o)
        return ST_OK;
    uint64_t user = call->user->id;
    int64_t today = time_day_start(call->now_ms);
    int64_t from = today - (TREND_DAYS - 1) * MS_PER_DAY;
    int64_t month = time_month_start(call->now_ms);
    struct store_page keys = {.limit = STORE_PAGE_MAX};
    o->first_day = store_day(from);
    o->month_first_day = store_day(month);
    const struct store_usage_range range = {
        .user_id = user, .from_ms = from < month ? from : month, .to_ms = today + MS_PER_DAY};
    TRY(store_usage_days(call->txn, &range, add_day, o));
    TRY(store_analyses_get(call->txn, user, store_month(call->now_ms), &o->month));
    TRY(analysis_rows_read(call, &(struct analysis_filter){.label = S("")}, S(""), RECENT_MAX,
                           &o->recent, err));
    TRY(store_key_list(call->txn, user, &keys, &call->arena, &o->keys));
    o->key_count = keys.count;
    return ST_OK;
}

/* --- cards
 * ----------------------------------------------------------------------------------------- */

static void put_use(struct page *page, const struct overview *o)
{
    const struct plan *plan = page->call->plan;
    uint64_t used = o->month.analyses + o->month.reserved;
    page_raw(page, "<section class=\"card\">");
    page_element(page, "h2", NULL, N_("Analyses this month"));
    page_raw(page, "<p class=\"big\">");
    page_number(page, used);
    page_raw(page, " <span class=\"soft\">/ ");
    if (plan->analyses_per_month == PLAN_UNLIMITED)
        page_raw(page, "∞");
    else
        page_number(page, plan->analyses_per_month);
    page_raw(page, "</span></p>");
    if (plan->analyses_per_month != PLAN_UNLIMITED)
        page_meter(page,
                   plan->analyses_per_month ? (double)used / (double)plan->analyses_per_month : 1);
    page_raw(page, "<p class=\"soft\">");
    page_say(page, N_("Starts again on"));
    page_raw(page, " ");
    page_time(page, time_next_month_start(page->call->now_ms));
    page_raw(page, "</p></section>");
}

static void put_plan_card(struct page *page, const struct overview *o)
{
    page_raw(page, "<section class=\"card\">");
    page_element(page, "h2", NULL, N_("API calls this month"));
    page_raw(page, "<p class=\"big\">");
    page_number(page, o->calls_this_month);
    page_raw(page, "</p><p>");
    page_say(page, N_("Plan"));
    page_raw(page, ": <strong>");
    page_text(page, page->call->plan->name);
    page_raw(page, "</strong> · <a href=\"/pricing\">");
    page_say(page, N_("Compare plans"));
    page_raw(page, "</a></p></section>");
}

static void put_key_health(struct page *page, const struct overview *o)
{
    size_t active = 0, unused = 0, expiring = 0;
    int64_t now = page->call->now_ms;
    for (size_t i = 0; i < o->key_count; i++) {
        const struct store_api_key *key = &o->keys[i];
        bool live = key->revoked_ms == 0 && (key->expires_ms == 0 || key->expires_ms > now);
        active += live;
        unused += live && key->last_used_ms == 0;
        expiring += live && key->expires_ms && key->expires_ms - now < EXPIRING_DAYS * MS_PER_DAY;
    }
    page_raw(page, "<section class=\"card\">");
    page_element(page, "h2", NULL, N_("API keys"));
    page_raw(page, "<p class=\"big\">");
    page_number(page, active);
    page_raw(page, "</p><p>");
    page_sayf(page, N_("%zu never used, %zu expire within %d days"), unused, expiring,
              EXPIRING_DAYS);
    page_raw(page, " · <a href=\"/dashboard/keys\">");
    page_say(page, N_("Manage keys"));
    page_raw(page, "</a></p></section>");
}

/* --- recent analyses and first steps
 * --------------------------------------------------------------- */

static void put_recent(struct page *page, const struct overview *o)
{
    page_element(page, "h2", NULL, N_("Recent analyses"));
    analysis_rows_put(page, &o->recent);
    page_raw(page, "<p>");
    page_link(page, "/dashboard/analyses", NULL, N_("All analyses"));
    page_raw(page, "</p>");
}

static void put_first_steps(struct page *page)
{
    const struct call *call = page->call;
    page_element(page, "h2", NULL, N_("First steps"));
    page_raw(page, "<p>");
    page_say(page, N_("Create an API key, then send a log:"));
    page_raw(page, "</p><pre tabindex=\"0\"><code>export SLEUTH_KEY=sk_live_…\ncurl -H "
                   "\"X-API-Key: $SLEUTH_KEY\" \\\n"
                   "     -H \"Content-Type: text/csv\" --data-binary @log.csv \\\n     ");
    page_raw(page, call->tls ? "https://" : "http://");
    page_text(page, call->host);
    page_raw(
        page,
        "/api/detect</code></pre><p class=\"row\"><a class=\"button\" href=\"/dashboard/keys\">");
    page_say(page, N_("Create an API key"));
    page_raw(page, "</a><a class=\"button plain\" href=\"/dashboard/new\">");
    page_say(page, N_("Analyse a log here"));
    page_raw(page, "</a></p>");
}

static status overview_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct overview *o = call->state;
    const struct page_head head = {
        .title = N_("Overview"), .path = "/dashboard", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<div class=\"grid\">");
    put_use(&page, o);
    put_plan_card(&page, o);
    put_key_health(&page, o);
    page_raw(&page, "</div>");
    page_element(&page, "h2", NULL, N_("The last 30 days"));
    page_trend(&page, &(struct page_trend){.title = N_("API calls"),
                                           .values = o->calls,
                                           .count = TREND_DAYS,
                                           .first_day = o->first_day});
    if (o->recent.count)
        put_recent(&page, o);
    else
        put_first_steps(&page);
    return page_close(&page, 200, err);
}

const struct route overview_routes[] = {PAGE_ROUTE("/dashboard", overview_check, overview_reply)};
