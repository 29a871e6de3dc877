/* The dashboard's first page: use of this month against the plan, the trend of 30 days, recent
 * analyses, and what is wrong with the keys. */
#include "api/tables.h"
#include "app.h"
#include "pages/page.h"
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
    struct store_analysis *recent;
    size_t recent_count;
    struct store_api_key *keys;
    size_t key_count;
};

static bool add_day(void *arg, const struct store_usage_day *row)
{
    struct overview *o = arg;
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
    struct store_page recent = {.limit = RECENT_MAX, .newest_first = true};
    struct store_page keys = {.limit = STORE_PAGE_MAX};
    o->first_day = store_day(from);
    o->month_first_day = store_day(month);
    const struct store_usage_range range = {
        .user_id = user, .from_ms = from < month ? from : month, .to_ms = today + MS_PER_DAY};
    TRY(store_usage_days(call->txn, &range, add_day, o));
    TRY(store_analyses_get(call->txn, user, store_month(call->now_ms), &o->month));
    TRY(store_analysis_list(call->txn, user, &recent, &call->arena, &o->recent));
    TRY(store_key_list(call->txn, user, &keys, &call->arena, &o->keys));
    o->recent_count = recent.count;
    o->key_count = keys.count;
    (void)err;
    return ST_OK;
}

/* --- cards
 * ----------------------------------------------------------------------------------------- */

static void put_meter(struct page *page, uint64_t used, uint64_t limit)
{
    double share = limit ? (double)used / (double)limit : 1;
    const char *state = share >= 1 ? " full" : share >= 0.8 ? " warn" : "";
    buf_printf(
        &page->out,
        "<svg class=\"meter\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"%d %%\"><rect class=\"track\" width=\"100\" height=\"10\" rx=\"2\"/>"
        "<rect class=\"fill%s\" width=\"%.1f\" height=\"10\" rx=\"2\"/></svg>",
        (int)(share * 100), state, share > 1 ? 100.0 : share * 100);
}

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
        put_meter(page, used, plan->analyses_per_month);
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

/* --- trend
 * ----------------------------------------------------------------------------------------- */

static void put_trend_table(struct page *page, const struct overview *o)
{
    char date[TIME_TEXT_MAX];
    page_raw(page, "<details><summary>");
    page_say(page, N_("Show as table"));
    page_raw(page, "</summary><table><thead><tr><th scope=\"col\">");
    page_say(page, N_("Day"));
    page_raw(page, "</th><th scope=\"col\" class=\"num\">");
    page_say(page, N_("API calls"));
    page_raw(page, "</th></tr></thead><tbody>");
    for (size_t i = 0; i < TREND_DAYS; i++) {
        int64_t at = (int64_t)(o->first_day + i) * MS_PER_DAY;
        buf_printf(&page->out, "<tr><td>" SLICE_FMT "</td><td class=\"num\">",
                   SLICE_ARG(time_date(at, date)));
        page_number(page, o->calls[i]);
        page_raw(page, "</td></tr>");
    }
    page_raw(page, "</tbody></table></details>");
}

static void put_trend(struct page *page, const struct overview *o)
{
    uint64_t most = 1;
    for (size_t i = 0; i < TREND_DAYS; i++)
        most = o->calls[i] > most ? o->calls[i] : most;
    page_element(page, "h2", NULL, N_("The last 30 days"));
    buf_printf(&page->out,
               "<svg class=\"chart trend\" viewBox=\"0 0 600 120\" role=\"img\" aria-label=\"%s\">",
               tr(page->lang, N_("API calls per day, the last 30 days")));
    for (size_t i = 0; i < TREND_DAYS; i++) {
        double height = 100.0 * (double)o->calls[i] / (double)most;
        buf_printf(&page->out,
                   "<rect class=\"trend-bar\" x=\"%zu\" y=\"%.1f\" width=\"16\" height=\"%.1f\" "
                   "rx=\"2\"/>",
                   i * 20 + 2, 110 - height, height > 0 ? height : 1);
    }
    page_raw(page, "</svg>");
    put_trend_table(page, o);
}

/* --- recent analyses and first steps
 * --------------------------------------------------------------- */

static void put_recent(struct page *page, const struct overview *o)
{
    page_element(page, "h2", NULL, N_("Recent analyses"));
    page_raw(page, "<div class=\"scroll\"><table><thead><tr>");
    page_element(page, "th", NULL, N_("When"));
    page_element(page, "th", NULL, N_("Label"));
    page_element(page, "th", NULL, N_("Verdict"));
    page_raw(page, "</tr></thead><tbody>");
    for (size_t i = 0; i < o->recent_count; i++) {
        const struct store_analysis *a = &o->recent[i];
        page_raw(page, "<tr><td>");
        page_time(page, a->created_ms);
        page_raw(page, "</td><td><a href=\"/api/analyses/");
        page_text(page, a->id);
        page_raw(page, "\">");
        page_text(page, a->label.len ? a->label : a->id);
        page_raw(page, "</a></td><td>");
        page_verdict(page, a->verdict, a->risk);
        page_raw(page, "</td></tr>");
    }
    page_raw(page, "</tbody></table></div>");
}

static void put_first_steps(struct page *page)
{
    const struct call *call = page->call;
    page_element(page, "h2", NULL, N_("First steps"));
    page_raw(page, "<p>");
    page_say(page, N_("Create an API key, then send a log:"));
    page_raw(page,
             "</p><pre><code>export SLEUTH_KEY=sk_live_…\ncurl -H \"X-API-Key: $SLEUTH_KEY\" \\\n"
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
    put_trend(&page, o);
    if (o->recent_count)
        put_recent(&page, o);
    else
        put_first_steps(&page);
    return page_close(&page, 200, err);
}

const struct route overview_routes[] = {
    {.method = METHOD_GET,
     .path = "/dashboard",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED,
     .check = overview_check,
     .reply = overview_reply},
};
