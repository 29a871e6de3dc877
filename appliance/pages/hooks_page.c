/* Webhooks of the signed-in user: the list, and one with its settings and what came of deliveries.
 */
#include "api/tables.h"
#include "app.h"
#include "config.h"
#include "pages/page_data.h"

struct hooks_view {
    const struct json *answer, *deliveries;
};

static const struct {
    const char *slug, *text;
} events[] = {
    {"job.finished", N_("a job has ended")},
    {"verdict.changed", N_("the verdict of a project has changed")},
    {"quota.threshold", N_("80 or 100 percent of the month's analyses are used")},
};

static void put_state(struct page *page, const struct json *row)
{
    if (!page_member_true(row, "enabled"))
        page_tag(page, "neutral", N_("switched off"));
    else if (page_member(row, "failing_since").len)
        page_tag(page, "high", N_("failing"));
    else
        page_tag(page, "low", N_("active"));
}

static void put_events(struct page *page, const struct json *row)
{
    slice list = page_member_list(page, row, "events");
    if (list.len)
        page_text(page, list);
    else
        page_say(page, N_("all"));
}

/* Nothing is sent while the administrator has not allowed it. */
static void put_switch(struct page *page)
{
    if (!page->call->app->config->hooks_enabled)
        page_element(page, "p", "notice warn",
                     N_("Notifications are switched off on this appliance (hooks.enabled). Ask "
                        "your administrator."));
}

static bool is_chosen(const struct json *hook, const char *slug)
{
    const struct json *list = json_find(hook, "events");
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (slice_eq(item->text, slice_of(slug)))
            return true;
    return false;
}

/* hook may be NULL. */
static void put_fields(struct page *page, const struct json *hook)
{
    page_field(page,
               &(struct page_field){.name = "url",
                                    .label = N_("Address"),
                                    .attributes = "type=\"url\" maxlength=\"2048\" required "
                                                  "placeholder=\"https://example.com/sleuth\"",
                                    .value = page_member(hook, "url")});
    page_raw(page, "<fieldset><legend>");
    page_say(page, N_("Events"));
    page_raw(page, "</legend>");
    for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
        buf_printf(&page->out,
                   "<label class=\"box\"><input type=\"checkbox\" name=\"events\" value=\"%s\"%s> "
                   "<code>%s</code> ",
                   events[i].slug, is_chosen(hook, events[i].slug) ? " checked" : "",
                   events[i].slug);
        page_say(page, events[i].text);
        page_raw(page, "</label>");
    }
    page_element(page, "p", "help", N_("None chosen means all."));
    page_raw(page, "</fieldset>");
}

/* --- list
 * ------------------------------------------------------------------------------------------ */

static status hooks_work(struct call *call, struct error *err)
{
    struct hooks_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data_maybe(call, "/api/hooks", NULL, &view->answer, err);
}

static void put_address(struct page *page, const struct json *row)
{
    page_raw(page, "<a href=\"/dashboard/hooks/");
    page_text(page, page_member(row, "id"));
    page_raw(page, "\">");
    page_text(page, page_member(row, "url"));
    page_raw(page, "</a>");
}

static void put_list(struct page *page, const struct json *answer)
{
    static const struct page_column columns[] = {
        {N_("Address"), CELL_CALL, NULL, put_address},
        {N_("Events"), CELL_CALL, NULL, put_events},
        {N_("State"), CELL_CALL, NULL, put_state},
        {N_("Last delivery"), CELL_TIME, "delivered_at", NULL},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    static const struct page_dialog dialog = {.name = "create",
                                              .title = N_("Add a webhook"),
                                              .send = "POST /api/hooks",
                                              .done = "reveal",
                                              .submit = N_("Add")};
    const struct json *rows = json_find(answer, "hooks");
    page_raw(page, "<p class=\"row\"><button type=\"button\" data-open=\"create\">");
    page_say(page, N_("Add a webhook"));
    page_raw(page, "</button></p>");
    if (page_data_is_empty(rows))
        page_empty(page,
                   N_("An address of yours is told when a job has ended or a verdict has changed. "
                      "Every message is signed."),
                   "/docs/jobs", N_("How messages are signed"));
    else
        page_data_table(page, NULL, columns, rows);
    page_more(page, page_member(answer, "next_cursor"), S(""));
    page_dialog_open(page, &dialog);
    put_fields(page, NULL);
    page_dialog_close(page, &dialog);
    page_reveal(page, N_("Save this secret now"), N_("Secret that signs messages"),
                "SLEUTH_HOOK_SECRET");
}

static status hooks_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct hooks_view *view = call->state;
    const struct page_head head = {
        .title = N_("Webhooks"), .path = "/dashboard/hooks", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    put_switch(&page);
    if (view->answer)
        put_list(&page, view->answer);
    else
        page_plan_needed(&page);
    return page_close(&page, 200, err);
}

/* --- one webhook
 * ----------------------------------------------------------------------------------- */

static status hook_work(struct call *call, struct error *err)
{
    struct hooks_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data(call, "/api/hooks/:id", "", &view->answer, err));
    return page_data(call, "/api/hooks/:id/deliveries", NULL, &view->deliveries, err);
}

static const struct page_dialog test_dialog = {.name = "test",
                                               .title = N_("Send a test message?"),
                                               .send = "POST /api/hooks/{id}/test",
                                               .submit = N_("Send it")};
static const struct page_dialog delete_dialog = {.name = "delete",
                                                 .title = N_("Delete this webhook?"),
                                                 .send = "DELETE /api/hooks/{id}",
                                                 .done = "/dashboard/hooks",
                                                 .submit = N_("Delete"),
                                                 .danger = true};

static void put_actions(struct page *page, slice id)
{
    page_raw(page, "<p class=\"row\">");
    page_opener(page, "test", N_("Send a test message"), id, S(""));
    page_opener(page, "delete", N_("Delete"), id, S(""));
    page_raw(page, "</p>\n");
    page_dialog_open(page, &test_dialog);
    page_element(page, "p", NULL, N_("What came of it appears under the deliveries."));
    page_dialog_close(page, &test_dialog);
    page_dialog_open(page, &delete_dialog);
    page_element(page, "p", NULL, N_("What was not delivered yet is dropped."));
    page_dialog_close(page, &delete_dialog);
}

static void put_settings(struct page *page, const struct json *hook)
{
    static const struct page_option states[] = {
        {"true", N_("active")}, {"false", N_("switched off")}, {NULL, NULL}};
    slice send = arena_printf(&page->call->arena, "PATCH /api/hooks/" SLICE_FMT,
                              SLICE_ARG(page_member(hook, "id")));
    page_card_open(page, N_("Settings"));
    page_form_open(page, send.ptr, NULL, NULL);
    put_fields(page, hook);
    page_select(
        page,
        &(struct page_field){.name = "enabled",
                             .label = N_("State"),
                             .attributes = "data-boolean",
                             .value = page_member_true(hook, "enabled") ? S("true") : S("false")},
        states);
    page_form_close(page, N_("Save"));
    page_card_close(page);
}

static void put_deliveries(struct page *page, const struct json *answer)
{
    static const struct page_column columns[] = {
        {N_("Event"), CELL_CODE, "type", NULL},
        {N_("Made at"), CELL_TIME, "created_at", NULL},
        {N_("#Attempts"), CELL_NUMBER, "attempts", NULL},
        {N_("#Answer"), CELL_NUMBER, "status", NULL},
        {N_("Error"), CELL_TEXT, "error", NULL},
        {N_("Next attempt"), CELL_TIME, "next_attempt_at", NULL},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    const struct json *rows = json_find(answer, "deliveries");
    page_element(page, "h2", NULL, N_("Deliveries"));
    if (page_data_is_empty(rows))
        page_empty(page, N_("Nothing was sent yet."), NULL, NULL);
    else
        page_data_table(page, NULL, columns, rows);
    page_more(page, page_member(answer, "next_cursor"), S(""));
}

static status hook_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct hooks_view *view = call->state;
    const struct page_head head = {
        .title = N_("Webhook"), .path = "/dashboard/hooks", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *hook = view->answer;
    page_open(&page, call, &head);
    put_switch(&page);
    page_raw(&page, "<p>");
    put_state(&page, hook);
    page_raw(&page, "</p>");
    page_facts_open(&page);
    page_data_fact(&page, N_("Address"), hook, "url", CELL_CODE);
    page_data_fact(&page, N_("Created"), hook, "created_at", CELL_TIME);
    page_data_fact(&page, N_("Last delivery"), hook, "delivered_at", CELL_TIME);
    page_data_fact(&page, N_("Failing since"), hook, "failing_since", CELL_TIME);
    page_facts_close(&page);
    put_actions(&page, page_member(hook, "id"));
    put_settings(&page, hook);
    put_deliveries(&page, view->deliveries);
    return page_close(&page, 200, err);
}

const struct route hooks_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/hooks", hooks_work, hooks_reply),
    PAGE_DATA_ROUTE("/dashboard/hooks/:id", hook_work, hook_reply)};
