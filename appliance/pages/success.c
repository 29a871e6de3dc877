/* Where the browser comes back to after paying. The address proves nothing: the page says what the
 * provider says, or that its word is awaited. */
#include "api/tables.h"
#include "app.h"
#include "billing_sync.h"
#include "config.h"
#include "pages/page.h"
#include "plans.h"
#include "stripe.h"

enum outcome { RESULT_WAITING, RESULT_CONFIRMED, RESULT_UNKNOWN };

struct success {
    enum outcome outcome;
    slice session_id;
    enum plan_rank plan;
};

static void look_stored(struct call *call, struct success *in)
{
    struct store_subscription row;
    if (store_subscription_get(call->txn, call->user->id, &call->arena, &row) != ST_OK)
        return;
    if (slice_eq(row.session_id, in->session_id) && slice_eq(row.status, S("active")) &&
        plan_from_slug(row.plan, &in->plan))
        in->outcome = RESULT_CONFIRMED;
}

static status success_check(struct call *call, struct error *err)
{
    struct success *in = call_state(call, sizeof *in);
    const struct config *config = call->app->config;
    if (!in)
        return arena_check(&call->arena, err);
    in->session_id = call_query(call, "session_id");
    if (call->actor != ACTOR_SESSION || !slice_eq(config->billing_mode, S("stripe")) ||
        !stripe_id_ok(in->session_id, "cs_"))
        in->outcome = RESULT_UNKNOWN;
    else
        look_stored(call, in);
    if (in->outcome != RESULT_WAITING)
        call_skip_to_reply(call);
    return ST_OK;
}

/* A provider that does not answer is not the visitor's problem: the webhook will come. */
static status success_fetch(struct call *call, struct error *err)
{
    struct success *in = call->state;
    bool confirmed = false;
    status rc = billing_sync_session(call->app, call->user->id, in->session_id, &confirmed, err);
    if (rc == ST_NOT_FOUND)
        in->outcome = RESULT_UNKNOWN;
    if (rc == ST_OK && confirmed)
        in->outcome = RESULT_CONFIRMED;
    error_clear(err);
    return ST_OK;
}

static void put_confirmed(struct page *page)
{
    page_element(page, "p", "notice",
                 N_("Thank you. The payment is confirmed and the new limits "
                    "apply from now on."));
    page_raw(page, "<p><a class=\"button\" href=\"/dashboard\">");
    page_say(page, N_("To the dashboard"));
    page_raw(page, "</a></p>");
}

static void put_waiting(struct page *page)
{
    page_element(page, "p", "notice warn",
                 N_("The payment provider has not confirmed the payment yet. This page looks again "
                    "every few seconds; you can also leave it, nothing is lost."));
    reply_header(page->call, "Refresh", S("4"));
}

static void put_unknown(struct page *page)
{
    page_element(page, "p", "notice warn",
                 N_("This address belongs to no purchase of yours. Your plan is shown in the "
                    "dashboard."));
    page_raw(page, "<p><a href=\"/pricing\">");
    page_say(page, N_("Compare plans"));
    page_raw(page, "</a></p>");
}

static status success_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct success *in = call->state;
    const struct page_head head = {.title = N_("Your purchase"), .path = "/success"};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    if (in->outcome == RESULT_CONFIRMED)
        put_confirmed(&page);
    else if (in->outcome == RESULT_WAITING)
        put_waiting(&page);
    else
        put_unknown(&page);
    reply_cache(call, "no-store");
    return page_close(&page, 200, err);
}

const struct route success_routes[] = {
    {.method = METHOD_GET,
     .path = "/success",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED,
     .check = success_check,
     .fetch = success_fetch,
     .reply = success_reply},
};
