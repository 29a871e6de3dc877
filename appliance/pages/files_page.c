/* Files of the signed-in user: upload, first rows, analyse, download, delete. */
#include "api/tables.h"
#include "pages/page_data.h"

struct files_view {
    const struct json *answer, *preview;
};

static status files_work(struct call *call, struct error *err)
{
    struct files_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data(call, "/api/files", NULL, &view->answer, err);
}

static void put_name(struct page *page, const struct json *row)
{
    page_raw(page, "<a href=\"/dashboard/files/");
    page_text(page, page_member(row, "id"));
    page_raw(page, "\">");
    page_text(page, page_member(row, "name"));
    page_raw(page, "</a>");
}

static const struct page_dialog delete_dialog = {.name = "delete",
                                                 .title = N_("Delete this file?"),
                                                 .send = "DELETE /api/files/{id}",
                                                 .done = "/dashboard/files",
                                                 .submit = N_("Delete"),
                                                 .danger = true};

static void put_delete(struct page *page)
{
    page_dialog_open(page, &delete_dialog);
    page_raw(page, "<p><code data-text=\"name\"></code></p>");
    page_dialog_close(page, &delete_dialog);
}

static void put_actions(struct page *page, const struct json *row)
{
    page_opener(page, "delete", N_("Delete"), page_member(row, "id"), page_member(row, "name"));
}

static void put_upload(struct page *page)
{
    page_raw(page, "<form class=\"card\" data-form=\"upload\">");
    page_form_errors(page);
    page_raw(page, "<div class=\"field\"><label for=\"upload\">");
    page_say(page, N_("Upload files"));
    page_raw(page, "</label><input id=\"upload\" type=\"file\" multiple required></div>"
                   "<progress max=\"1\" value=\"0\" data-bar hidden></progress>"
                   "<p><button type=\"submit\">");
    page_say(page, N_("Upload"));
    page_raw(page, "</button> <span class=\"soft\" role=\"status\" data-status></span></p></form>");
}

static status files_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("Name"), CELL_CALL, NULL, put_name},
        {N_("#Size"), CELL_BYTES, "size", NULL},
        {N_("#Rows"), CELL_NUMBER, "rows", NULL},
        {N_("State"), CELL_WORD, "state", NULL},
        {N_("Uploaded"), CELL_TIME, "created_at", NULL},
        {"", CELL_CALL, NULL, put_actions},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct files_view *view = call->state;
    const struct page_head head = {.title = N_("Files"),
                                   .path = "/dashboard/files",
                                   .scripts = {"upload.js"},
                                   .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *rows = json_find(view->answer, "files");
    page_open(&page, call, &head);
    put_upload(&page);
    if (page_data_is_empty(rows))
        page_empty(&page, N_("Files are kept once and can be analysed again and again."), NULL,
                   NULL);
    else
        page_data_table(&page, NULL, columns, rows);
    page_more(&page, page_member(view->answer, "next_cursor"), S(""));
    put_delete(&page);
    return page_close(&page, 200, err);
}

/* --- one file
 * -------------------------------------------------------------------------------------- */

static status file_work(struct call *call, struct error *err)
{
    struct files_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data(call, "/api/files/:id", "", &view->answer, err));
    status rc = page_data(call, "/api/files/:id/preview", "rows=20", &view->preview, err);
    if (rc == ST_OK || rc == ST_INTERNAL || rc == ST_NO_MEMORY)
        return rc;
    view->preview = NULL; /* no table, or not complete: there is nothing to show */
    call->problem = (struct problem){0};
    error_clear(err);
    return ST_OK;
}

static void put_preview(struct page *page, const struct json *preview)
{
    const struct json *columns = json_find(preview, "columns");
    const struct json *rows = json_find(preview, "rows");
    page_element(page, "h2", NULL, N_("First rows"));
    page_raw(page, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for (const struct json *c = columns ? columns->first : NULL; c; c = c->next) {
        page_raw(page, "<th scope=\"col\">");
        page_text(page, page_member(c, "name"));
        page_raw(page, "<br><small>");
        page_text(page, page_member(c, "type"));
        page_raw(page, "</small></th>");
    }
    page_raw(page, "</tr></thead><tbody>\n");
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next) {
        page_raw(page, "<tr>");
        for (const struct json *cell = row->first; cell; cell = cell->next) {
            page_raw(page, "<td>");
            page_text(page, cell->text);
            page_raw(page, "</td>");
        }
        page_raw(page, "</tr>\n");
    }
    page_raw(page, "</tbody></table></div>\n");
}

static status file_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct files_view *view = call->state;
    const struct page_head head = {
        .title = N_("File"), .path = "/dashboard/files", .place = PLACE_APP, .no_heading = true};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *file = view->answer;
    page_open(&page, call, &head);
    page_raw(&page, "<h1>");
    page_text(&page, page_member(file, "name"));
    page_raw(&page, "</h1><p class=\"row\"><a class=\"button\" href=\"/dashboard/new?file=");
    page_text(&page, page_member(file, "id"));
    page_raw(&page, "\">");
    page_say(&page, N_("Analyse"));
    page_raw(&page, "</a><a class=\"button plain\" download href=\"/api/files/");
    page_text(&page, page_member(file, "id"));
    page_raw(&page, "/content\">");
    page_say(&page, N_("Download"));
    page_raw(&page, "</a>");
    page_opener(&page, "delete", N_("Delete"), page_member(file, "id"), page_member(file, "name"));
    page_raw(&page, "</p>");
    page_facts_open(&page);
    page_data_fact(&page, N_("Size"), file, "size", CELL_BYTES);
    page_data_fact(&page, N_("Rows"), file, "rows", CELL_NUMBER);
    page_data_fact(&page, N_("SHA-256"), file, "sha256", CELL_CODE);
    page_data_fact(&page, N_("Uploaded"), file, "created_at", CELL_TIME);
    page_facts_close(&page);
    if (view->preview)
        put_preview(&page, view->preview);
    put_delete(&page);
    return page_close(&page, 200, err);
}

const struct route files_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/files", files_work, files_reply),
    PAGE_DATA_ROUTE("/dashboard/files/:id", file_work, file_reply)};
