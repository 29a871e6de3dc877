/* Two stored analyses side by side: which settings, data and results differ. */
#include "api/tables.h"
#include "pages/page_data.h"

struct compare_view {
    const struct json *answer;
};

static status compare_work(struct call *call, struct error *err)
{
    struct compare_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view || !call_query(call, "ids").len)
        return ST_OK;
    return page_data_maybe(call, "/api/analyses/compare", NULL, &view->answer, err);
}

static void put_side(struct page *page, const struct json *side)
{
    slice label = page_member(side, "label");
    slice id = page_member(side, "id");
    page_raw(page, "<section class=\"card\"><h2><a href=\"/dashboard/analyses/");
    page_text(page, id);
    page_raw(page, "\">");
    page_text(page, label.len ? label : slice_sub(id, 0, 14));
    page_raw(page, "</a></h2><p>");
    page_project_verdict(page, page_member(side, "verdict"));
    page_raw(page, "</p></section>\n");
}

static void put_value(struct page *page, const struct json *value)
{
    page_raw(page, "<td>");
    if (!value || value->kind == JSON_NULL)
        page_raw(page, "–");
    else if (value->kind == JSON_BOOL)
        page_say(page, value->boolean ? N_("yes") : N_("no"));
    else if (value->kind == JSON_NUMBER) {
        page_raw(page, "<span title=\"");
        page_text(page, value->text);
        buf_printf(&page->out, "\">%.4g</span>", value->number);
    } else
        page_text(page, value->text);
    page_raw(page, "</td>");
}

static void put_differences(struct page *page, const struct json *list, const char *title)
{
    if (page_data_is_empty(list))
        return;
    page_element(page, "h2", NULL, title);
    page_raw(page, "<div class=\"scroll\" tabindex=\"0\"><table class=\"compare\"><thead><tr>");
    page_raw(page, "<th scope=\"col\">");
    page_say(page, N_("Field"));
    page_raw(page, "</th><th scope=\"col\">");
    page_say(page, N_("First"));
    page_raw(page, "</th><th scope=\"col\">");
    page_say(page, N_("Second"));
    page_raw(page, "</th></tr></thead><tbody>\n");
    for (const struct json *row = list->first; row; row = row->next) {
        page_raw(page, "<tr><th scope=\"row\"><code>");
        page_text(page, page_member(row, "field"));
        page_raw(page, "</code></th>");
        put_value(page, json_find(row, "a"));
        put_value(page, json_find(row, "b"));
        page_raw(page, "</tr>\n");
    }
    page_raw(page, "</tbody></table></div>\n");
}

static status compare_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct compare_view *view = call->state;
    const struct page_head head = {
        .title = N_("Compare two analyses"), .path = "/dashboard/analyses", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    if (!view->answer) {
        page_empty(&page, N_("Choose two analyses in the list."), "/dashboard/analyses",
                   N_("Analyses"));
        return page_close(&page, 200, err);
    }
    page_raw(&page, "<div class=\"two\">");
    put_side(&page, json_find(view->answer, "a"));
    put_side(&page, json_find(view->answer, "b"));
    page_raw(&page, "</div>");
    page_facts_open(&page);
    page_data_fact(&page, N_("Same result"), view->answer, "same_verdict", CELL_YES);
    page_data_fact(&page, N_("Same input"), view->answer, "same_input", CELL_YES);
    page_facts_close(&page);
    put_differences(&page, json_find(view->answer, "settings"), N_("Settings"));
    put_differences(&page, json_find(view->answer, "data"), N_("Data"));
    put_differences(&page, json_find(view->answer, "indicators"), N_("Results"));
    return page_close(&page, 200, err);
}

const struct route compare_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/compare", compare_work, compare_reply)};
