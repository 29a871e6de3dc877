/* Billing of the signed-in user: plan, subscription, invoices, and the way to the provider. */
#include "api/tables.h"
#include "app.h"
#include "config.h"
#include "pages/page_data.h"
#include "plans.h"

struct billing_view {
    const struct json *subscription, *invoices; /* NULL: billing is not done here */
};

static status billing_work(struct call *call, struct error *err)
{
    struct billing_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data_maybe(call, "/api/billing/subscription", "", &view->subscription, err));
    return page_data_maybe(call, "/api/billing/invoices", "", &view->invoices, err);
}

static void put_plan(struct page *page, const struct json *subscription)
{
    static const struct {
        slice status;
        const char *text, *tag;
    } words[] = {
        {SLICE_INIT("active"), N_("active"), "low"},
        {SLICE_INIT("trialing"), N_("on trial"), "low"},
        {SLICE_INIT("past_due"), N_("payment is late"), "high"},
        {SLICE_INIT("canceled"), N_("ended"), "neutral"},
        {SLICE_INIT("none"), N_("no subscription"), "neutral"},
    };
    slice status_slug = page_member(subscription, "status");
    page_card_open(page, N_("Plan"));
    page_raw(page, "<p class=\"big\">");
    page_text(page, page->call->plan->name);
    page_raw(page, "</p><p>");
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (slice_eq(words[i].status, status_slug))
            page_tag(page, words[i].tag, words[i].text);
    page_raw(page, "</p>");
    page_facts_open(page);
    page_data_fact(page, N_("Period began"), subscription, "current_period_start", CELL_TIME);
    page_data_fact(page, N_("Period ends"), subscription, "current_period_end", CELL_TIME);
    page_data_fact(page, N_("Payment late since"), subscription, "past_due_since", CELL_TIME);
    page_data_fact(page, N_("Kept until"), subscription, "grace_until", CELL_TIME);
    page_data_fact(page, N_("Origin"), subscription, "source", CELL_WORD);
    page_facts_close(page);
    if (page_member_true(subscription, "cancel_at_period_end"))
        page_element(page, "p", "notice warn",
                     N_("The subscription ends with this period; the plan stays until then."));
    page_card_close(page);
}

/* A form without fields: the answer holds the provider's address. */
static void put_portal(struct page *page)
{
    page_card_open(page, N_("Payment"));
    page_element(page, "p", NULL,
                 N_("Cards, addresses and cancelling are handled by the payment provider; this "
                    "appliance never sees a card."));
    page_form_open(page, "POST /api/billing/portal", "answer:url", NULL);
    page_form_close(page, N_("Manage payment"));
    page_card_close(page);
}

static void put_amount(struct page *page, const struct json *row)
{
    uint64_t cents = page_member_u64(row, "amount_cents");
    buf_printf(&page->out, "%llu.%02llu ", (unsigned long long)(cents / 100),
               (unsigned long long)(cents % 100));
    page_text(page, page_member(row, "currency"));
}

static void put_invoice_link(struct page *page, const struct json *row)
{
    slice url = page_member(row, "url");
    if (!slice_has_prefix(url, S("https://")))
        return;
    page_raw(page, "<a rel=\"noreferrer\" href=\"");
    page_text(page, url);
    page_raw(page, "\">");
    page_say(page, N_("Open"));
    page_raw(page, "</a>");
}

static status billing_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("Date"), CELL_TIME, "created_at", NULL}, {N_("#Amount"), CELL_CALL, NULL, put_amount},
        {N_("State"), CELL_TEXT, "status", NULL},    {N_("Invoice"), CELL_CODE, "id", NULL},
        {"", CELL_CALL, NULL, put_invoice_link},     {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct billing_view *view = call->state;
    const struct page_head head = {
        .title = N_("Billing"), .path = "/dashboard/billing", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *rows = json_find(view->invoices, "invoices");
    page_open(&page, call, &head);
    page_raw(&page, "<div class=\"two\">");
    put_plan(&page, view->subscription);
    if (slice_eq(call->app->config->billing_mode, S("stripe")))
        put_portal(&page);
    page_raw(&page, "</div><p>");
    page_link(&page, "/pricing", "button plain", N_("Compare plans"));
    page_raw(&page, "</p>");
    if (!page_data_is_empty(rows)) {
        page_element(&page, "h2", NULL, N_("Invoices"));
        page_data_table(&page, NULL, columns, rows);
    }
    return page_close(&page, 200, err);
}

const struct route billing_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/billing", billing_work, billing_reply)};
