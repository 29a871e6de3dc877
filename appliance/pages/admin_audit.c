/* The audit log, for administrators: newest first, and where its chain can be checked. */
#include "api/tables.h"
#include "pages/page_data.h"

struct audit_view {
    const struct json *answer;
};

static status audit_work(struct call *call, struct error *err)
{
    struct audit_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data(call, "/api/admin/audit", NULL, &view->answer, err);
}

static status audit_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("#No."), CELL_TEXT, "seq", NULL},        {N_("When"), CELL_TIME, "at", NULL},
        {N_("Who"), CELL_TEXT, "actor", NULL},       {N_("Action"), CELL_CODE, "action", NULL},
        {N_("Object"), CELL_CODE, "object", NULL},   {N_("Detail"), CELL_TEXT, "detail", NULL},
        {N_("Address"), CELL_TEXT, "address", NULL}, {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct audit_view *view = call->state;
    const struct page_head head = {
        .title = N_("Audit log"), .path = "/dashboard/admin/audit", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<p class=\"soft\">");
    page_say(&page, N_("Each entry carries a hash over the one before it. Check the chain on the "
                       "host:"));
    page_raw(&page, " <code>sleuth audit verify</code></p>");
    page_data_table(&page, NULL, columns, json_find(view->answer, "entries"));
    page_more(&page, page_member(view->answer, "next_cursor"), S(""));
    return page_close(&page, 200, err);
}

const struct route admin_audit_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/admin/audit", audit_work, audit_reply)};
