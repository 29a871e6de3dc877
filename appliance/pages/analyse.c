/* The web app: a new analysis, for users in the dashboard and, where that is allowed, for visitors.
 */
#include "api/tables.h"
#include "app.h"
#include "config.h"
#include "pages/analyse_form.h"
#include "pages/parts.h"
#include "plans.h"
#include "storage/storage.h"

static status analyse_check(struct call *call, struct error *err)
{
    int64_t *left = call_state(call, sizeof *left);
    struct store_usage_month month;
    (void)err;
    if (!left)
        return ST_OK;
    *left = call->actor == ACTOR_SESSION ? ANALYSE_LEFT_UNLIMITED : ANALYSE_VISITOR;
    if (call->actor != ACTOR_SESSION || call->plan->analyses_per_month == PLAN_UNLIMITED)
        return ST_OK;
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &month));
    uint64_t used = month.analyses + month.reserved;
    uint64_t max = call->plan->analyses_per_month;
    *left = used < max ? (int64_t)(max - used) : 0;
    return ST_OK;
}

static status new_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("New analysis"),
                                   .path = "/dashboard/new",
                                   .scripts = {"analyse.js"},
                                   .place = PLACE_APP,
                                   .with_report_style = true};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    analyse_form_put(&page, *(const int64_t *)call->state);
    return page_close(&page, 200, err);
}

static status app_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("Analyse a log"),
                                   .path = "/app",
                                   .scripts = {"analyse.js"},
                                   .with_report_style = true};
    page_open(&page, call, &head);
    page_element(&page, "p", "lead soft",
                 N_("One row per round and system: time_period, algorithm, performance, and the "
                    "settings as constraint_… columns."));
    if (call->actor == ACTOR_SESSION || call->app->config->auth_open_demo) {
        analyse_form_put(&page, *(const int64_t *)call->state);
    } else {
        page_raw(&page, "<div class=\"notice\"><p>");
        page_say(&page, N_("This installation asks visitors to sign in first."));
        page_raw(&page, " <a href=\"/login?next=/dashboard/new\">");
        page_say(&page, N_("Sign in"));
        page_raw(&page, "</a></p></div>");
    }
    return page_close(&page, 200, err);
}

const struct route analyse_routes[] = {PAGE_ROUTE("/dashboard/new", analyse_check, new_reply),
                                       PAGE_ROUTE("/app", analyse_check, app_reply),
                                       PAGE_ROUTE("/zh/app", analyse_check, app_reply),
                                       PAGE_ROUTE("/en/app", analyse_check, app_reply)};
