/* Projects: the ledgers of a user that grow and are judged after every addition. */
#include "api/tables.h"
#include "pages/page_data.h"

struct projects_view {
    const struct json *answer;
};

static status projects_work(struct call *call, struct error *err)
{
    struct projects_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data_maybe(call, "/api/projects", NULL, &view->answer, err);
}

static void put_name(struct page *page, const struct json *row)
{
    page_raw(page, "<a href=\"/dashboard/projects/");
    page_text(page, page_member(row, "id"));
    page_raw(page, "\">");
    page_text(page, page_member(row, "name"));
    page_raw(page, "</a>");
    if (page_member_true(row, "frozen")) {
        page_raw(page, " ");
        page_tag(page, "neutral", N_("frozen"));
    }
}

static void put_verdict(struct page *page, const struct json *row)
{
    page_project_verdict(page, page_member(row, "verdict"));
}

static void put_open(struct page *page, const struct json *row)
{
    uint64_t open = page_member_u64(row, "deviations_open");
    if (open)
        page_raw(page, "<strong>");
    page_number(page, open);
    if (open)
        page_raw(page, "</strong>");
}

static void put_create(struct page *page)
{
    static const struct page_dialog dialog = {.name = "create",
                                              .title = N_("Create a project"),
                                              .send = "POST /api/projects",
                                              .done = "/dashboard/projects/{id}",
                                              .submit = N_("Create")};
    page_dialog_open(page, &dialog);
    page_field(page, &(struct page_field){.name = "name",
                                          .label = N_("Name"),
                                          .attributes = "maxlength=\"100\" required"});
    page_field(page, &(struct page_field){.name = "description",
                                          .label = N_("Description"),
                                          .attributes = "maxlength=\"2000\""});
    page_field(page, &(struct page_field){
                         .name = "task", .label = N_("Task"), .attributes = "maxlength=\"100\""});
    page_field(page, &(struct page_field){.name = "metric",
                                          .label = N_("Metric"),
                                          .attributes = "maxlength=\"100\""});
    page_dialog_close(page, &dialog);
}

/* Reviewers may look into the projects of everybody. */
static void put_scope(struct page *page)
{
    bool all = slice_eq(call_query(page->call, "scope"), S("all"));
    if (page->call->user->role < STORE_ROLE_REVIEWER)
        return;
    page_link(page, "?scope=own", all ? "button small plain" : "button small", N_("My projects"));
    page_raw(page, " ");
    page_link(page, "?scope=all", all ? "button small" : "button small plain",
              N_("Projects of everybody"));
}

static void put_projects(struct page *page, const struct json *answer)
{
    static const struct page_column columns[] = {
        {N_("Name"), CELL_CALL, NULL, put_name},
        {N_("Verdict"), CELL_CALL, NULL, put_verdict},
        {N_("#Rounds"), CELL_NUMBER, "rounds_total", NULL},
        {N_("#Open deviations"), CELL_CALL, NULL, put_open},
        {N_("#Reviews"), CELL_NUMBER, "reviews", NULL},
        {N_("Changed at"), CELL_TIME, "updated_at", NULL},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    const struct json *rows = json_find(answer, "projects");
    page_raw(page, "<p class=\"row\"><button type=\"button\" data-open=\"create\">");
    page_say(page, N_("Create a project"));
    page_raw(page, "</button>");
    put_scope(page);
    page_raw(page, "</p>");
    if (page_data_is_empty(rows))
        page_empty(page,
                   N_("A project keeps the rounds of one evaluation, compares them with a protocol "
                      "that was frozen before, and says after each addition what the log shows."),
                   NULL, NULL);
    else
        page_data_table(page, NULL, columns, rows);
    page_more(page, page_member(answer, "next_cursor"),
              slice_eq(call_query(page->call, "scope"), S("all")) ? S("scope=all") : S(""));
    put_create(page);
}

static status projects_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct projects_view *view = call->state;
    const struct page_head head = {
        .title = N_("Projects"), .path = "/dashboard/projects", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    if (view->answer)
        put_projects(&page, view->answer);
    else
        page_plan_needed(&page);
    return page_close(&page, 200, err);
}

const struct route projects_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/projects", projects_work, projects_reply)};
