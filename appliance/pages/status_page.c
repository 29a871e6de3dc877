/* How this installation is doing: conditions, uptime, what waits; for everybody signed in. */
#include "api/ops.h"
#include "api/tables.h"
#include "app.h"
#include "base/clock.h"
#include "pages/parts.h"
#include "storage/storage.h"

#include <stdio.h>

struct status_view {
    struct store_hist latency; /* of the user's own calls today */
    uint64_t calls, errors;
    uint64_t jobs_queued, jobs_running;
};

static bool add_day(void *arg, const struct store_usage_day *row)
{
    struct status_view *view = arg;
    view->calls += row->calls;
    view->errors += row->errors;
    store_hist_merge(&view->latency, &row->latency);
    return true;
}

static status status_check(struct call *call, struct error *err)
{
    struct status_view *view = call_state(call, sizeof *view);
    (void)err;
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    const struct store_usage_range today = {.user_id = call->user->id,
                                            .from_ms = time_day_start(call->now_ms),
                                            .to_ms = time_day_start(call->now_ms) + 86400000};
    TRY(store_usage_days(call->txn, &today, add_day, view));
    return store_job_count(call->txn, &view->jobs_queued, &view->jobs_running);
}

static void put_conditions(struct page *page)
{
    static const char *const heads[] = {N_("Part"), N_("State"), NULL};
    static const struct {
        const char *name, *text;
    } names[] = {
        {"serving", N_("Takes requests")},    {"storage", N_("Database")},
        {"writer", N_("Writes are durable")}, {"map", N_("Room in the database")},
        {"disk", N_("Room on the disk")},     {"workers", N_("Workers for analyses")},
    };
    struct ops_condition conditions[OPS_CONDITIONS];
    struct page_table table;
    ops_conditions(page->call->app, conditions);
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < OPS_CONDITIONS; i++) {
        const char *text = conditions[i].name;
        for (size_t j = 0; j < ARRAY_COUNT(names); j++)
            if (slice_eq(slice_of(names[j].name), slice_of(conditions[i].name)))
                text = names[j].text;
        page_table_row(page, &table);
        page_table_cell(page, &table);
        page_say(page, text);
        page_table_cell(page, &table);
        page_tag(page, conditions[i].problem ? "high" : "low",
                 conditions[i].problem ? conditions[i].problem : N_("in order"));
    }
    page_table_close(page, &table);
}

static void put_uptime(struct page *page)
{
    int64_t seconds = (clock_mono_ms() - page->call->app->start_mono_ms) / 1000;
    page_card_open(page, N_("Running for"));
    page_raw(page, "<p class=\"big\">");
    if (seconds >= 172800)
        page_sayf(page, N_("%lld days"), (long long)(seconds / 86400));
    else if (seconds >= 7200)
        page_sayf(page, N_("%lld hours"), (long long)(seconds / 3600));
    else
        page_sayf(page, N_("%lld minutes"), (long long)(seconds / 60));
    page_raw(page, "</p><p class=\"soft\">Sleuth ");
    page_text(page, slice_of(page->call->app->version));
    page_raw(page, "</p>");
    page_card_close(page);
}

static void put_numbers(struct page *page, const struct status_view *view)
{
    page_raw(page, "<div class=\"grid\">");
    put_uptime(page);
    page_card_open(page, N_("Your calls today"));
    buf_printf(&page->out, "<p class=\"big\">%.3g ms</p><p class=\"soft\">",
               (double)store_hist_quantile_us(&view->latency, 0.95) / 1000);
    page_sayf(page, N_("95 %% of %llu calls took less; %llu failed"),
              (unsigned long long)view->calls, (unsigned long long)view->errors);
    page_raw(page, "</p>");
    page_card_close(page);
    page_card_open(page, N_("Queue"));
    page_raw(page, "<p class=\"big\">");
    page_number(page, view->jobs_queued);
    page_raw(page, "</p><p class=\"soft\">");
    page_sayf(page, N_("jobs wait, %llu run, %u requests in work"),
              (unsigned long long)view->jobs_running,
              (unsigned)atomic_load_explicit(&page->call->app->calls_inflight,
                                             memory_order_relaxed)); /* a number to look at */
    page_raw(page, "</p>");
    page_card_close(page);
    page_raw(page, "</div>\n");
}

static status status_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("Status"), .path = "/status", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    put_numbers(&page, call->state);
    put_conditions(&page);
    return page_close(&page, 200, err);
}

const struct route status_page_routes[] = {PAGE_ROUTE("/status", status_check, status_reply)};
