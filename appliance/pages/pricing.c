/* The plans of this installation, rendered from the same table as /api/plans. */
#include "api/tables.h"
#include "app.h"
#include "billing.h"
#include "config.h"
#include "pages/parts.h"
#include "plans.h"

static void put_limit(struct page *page, uint64_t number, const char *what)
{
    page_raw(page, "<li><strong class=\"num\">");
    if (number == PLAN_UNLIMITED)
        page_say(page, N_("unlimited"));
    else
        page_number(page, number);
    page_raw(page, "</strong> ");
    page_say(page, what);
    page_raw(page, "</li>");
}

static void put_room(struct page *page, uint64_t bytes)
{
    page_raw(page, "<li><strong class=\"num\">");
    if (bytes == PLAN_UNLIMITED)
        page_say(page, N_("unlimited"));
    else
        page_bytes(page, bytes);
    page_raw(page, "</strong> ");
    page_say(page, N_("file storage"));
    page_raw(page, "</li>");
}

static void put_price(struct page *page, const struct plan *plan)
{
    page_raw(page, "<p><span class=\"big\">");
    if (plan->rank == PLAN_ENTERPRISE)
        page_say(page, N_("By contract"));
    else
        buf_printf(&page->out, "$%llu", (unsigned long long)(plan->price_cents / 100));
    page_raw(page, "</span> ");
    if (plan->rank != PLAN_ENTERPRISE)
        page_say(page, N_("per month"));
    page_raw(page, "</p>");
}

/* What the visitor can do about a plan here and now. */
static void put_action(struct page *page, const struct plan *plan)
{
    const struct call *call = page->call;
    struct billing_rules rules;
    billing_rules_init(&rules, call->app->config, call->app->plans, call->now_ms);
    bool cards =
        slice_eq(call->app->config->billing_mode, S("stripe")) && rules.price[plan->rank].len > 0;
    if (call->actor == ACTOR_SESSION && call->plan->rank == plan->rank)
        page_element(page, "p", "tag low", N_("Current plan"));
    else if (plan->purchasable && cards)
        buf_printf(&page->out, "<p><button type=\"button\" data-checkout=\"%s\">%s</button></p>",
                   plan->slug, tr(page->lang, N_("Subscribe")));
    else if (plan->rank == PLAN_FREE)
        page_element(page, "p", "soft", N_("Included with every account."));
    else
        page_element(page, "p", "soft", N_("Ask the administrator of this installation."));
}

static void put_plan(struct page *page, const struct plan *plan)
{
    bool featured = plan->rank == PLAN_PRO;
    buf_printf(&page->out, "<section class=\"card plan%s\"><h2>", featured ? " featured" : "");
    page_text(page, plan->name);
    page_raw(page, "</h2>");
    put_price(page, plan);
    page_raw(page, "<ul>");
    put_limit(page, plan->analyses_per_month, N_("analyses per calendar month"));
    put_limit(page, plan->per_minute, N_("requests per minute"));
    put_limit(page, plan->per_day, N_("requests per day"));
    put_limit(page, plan->rows_max, N_("rows in one analysis"));
    put_limit(page, plan->n_bootstrap_max, N_("resamples or draws in one analysis"));
    put_room(page, plan->file_bytes_max);
    put_limit(page, plan->keys_max, N_("active API keys"));
    put_limit(page, plan->history_days, N_("days of history"));
    page_raw(page, "</ul>");
    put_action(page, plan);
    page_raw(page, "</section>\n");
}

static void put_questions(struct page *page)
{
    static const struct {
        const char *question, *answer;
    } entries[] = {
        {N_("What counts as an analysis?"),
         N_("One completed detection: a call of /api/detect with a result, one item of a batch, or "
            "one finished job. Errors, validation, cancelled jobs, repeated requests with the same "
            "idempotency key and cached results of the same input in the same month do not "
            "count.")},
        {N_("Do denied requests count?"), N_("No. A request that is refused consumes nothing.")},
        {N_("When do quotas start again?"),
         N_("Monthly quotas on the first day of the month, daily limits at midnight, both in UTC. "
            "An upgrade keeps what was used and raises the limit at once.")},
        {N_("What happens to my data after a downgrade or an expired licence?"),
         N_("Nothing is deleted or locked. Limits of the lower plan apply.")},
        {N_("Does it work without the internet?"),
         N_("Yes. The appliance opens no connection that its administrator has not configured; "
            "plans then come from a signed licence file.")},
    };
    page_element(page, "h2", NULL, N_("Questions"));
    for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
        page_raw(page, "<details class=\"card\"><summary>");
        page_say(page, entries[i].question);
        page_raw(page, "</summary>");
        page_element(page, "p", NULL, entries[i].answer);
        page_raw(page, "</details>\n");
    }
}

static status pricing_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("Plans"), .path = "/pricing"};
    page_open(&page, call, &head);
    if (!slice_eq(call->app->config->billing_mode, S("stripe")))
        page_element(&page, "p", "notice",
                     N_("These are the limits of this installation. Cards are not accepted here; "
                        "plans are assigned by the administrator or by licence."));
    page_raw(&page, "<div class=\"grid plans\">");
    for (int rank = PLAN_FREE; rank < PLAN_COUNT; rank++)
        put_plan(&page, &call->app->plans->plan[rank]);
    page_raw(&page, "</div>");
    put_questions(&page);
    reply_cache(call, "private, no-cache");
    return page_close(&page, 200, err);
}

#define PRICING(route_path)                                                                        \
    {                                                                                              \
        .method = METHOD_GET, .path = route_path, .need = NEED_NOTHING,                            \
        .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED, .reply = pricing_reply             \
    }

const struct route pricing_routes[] = {PRICING("/pricing"), PRICING("/zh/pricing"),
                                       PRICING("/en/pricing")};
