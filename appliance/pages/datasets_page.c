/* Data sets of the appliance: fetched from Zenodo or imported from bundles; licence and citation.
 */
#include "api/tables.h"
#include "app.h"
#include "config.h"
#include "pages/page_data.h"

struct datasets_view {
    const struct json *answer;
    slice citation;
};

static status datasets_work(struct call *call, struct error *err)
{
    struct datasets_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data_maybe(call, "/api/datasets", NULL, &view->answer, err);
}

static void put_name(struct page *page, const struct json *row)
{
    slice title = page_member(row, "title");
    page_raw(page, "<a href=\"/dashboard/datasets/");
    page_text(page, page_member(row, "id"));
    page_raw(page, "\">");
    page_text(page, title.len ? title : page_member(row, "name"));
    page_raw(page, "</a><br><span class=\"soft small\">");
    page_text(page, page_member(row, "file_key"));
    if (page_member(row, "doi").len)
        page_raw(page, " · ");
    page_text(page, page_member(row, "doi"));
    page_raw(page, "</span>");
}

/* A link with the id of the data set between the two halves of its address. */
static void put_way(struct page *page, const struct json *row, const char *before,
                    const char *after, const char *text)
{
    buf_printf(&page->out, "<a class=\"button small plain\" href=\"%s", before);
    page_text(page, page_member(row, "id"));
    buf_printf(&page->out, "%s\">", after);
    page_say(page, text);
    page_raw(page, "</a> ");
}

static void put_ways(struct page *page, const struct json *row)
{
    put_way(page, row, "/dashboard/new?source=dataset:", "", N_("Analyse"));
    put_way(page, row, "/dashboard/datasets/", "#citation", N_("Citation"));
}

static void put_fetch(struct page *page)
{
    static const struct page_dialog dialog = {.name = "fetch",
                                              .title = N_("Fetch a data set"),
                                              .send = "POST /api/datasets/fetch",
                                              .submit = N_("Fetch")};
    page_dialog_open(page, &dialog);
    page_field(page, &(struct page_field){.name = "source",
                                          .label = N_("Source"),
                                          .attributes = "required maxlength=\"1000\" "
                                                        "placeholder=\"zenodo:17637303\"",
                                          .help = N_("A record of Zenodo by its number or DOI.")});
    page_field(page, &(struct page_field){.name = "file_key",
                                          .label = N_("File of the record"),
                                          .help = N_("Empty when it has one table only.")});
    page_dialog_close(page, &dialog);
}

static status datasets_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("Data set"), CELL_CALL, NULL, put_name},
        {N_("Version"), CELL_TEXT, "version", NULL},
        {N_("Licence"), CELL_TEXT, "license", NULL},
        {N_("#Size"), CELL_BYTES, "size", NULL},
        {N_("Origin"), CELL_WORD, "origin", NULL},
        {N_("Fetched"), CELL_TIME, "fetched_at", NULL},
        {"", CELL_CALL, NULL, put_ways},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct datasets_view *view = call->state;
    const struct page_head head = {
        .title = N_("Data sets"), .path = "/dashboard/datasets", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *rows = json_find(view->answer, "datasets");
    page_open(&page, call, &head);
    page_raw(&page, "<p class=\"row\"><button type=\"button\" data-open=\"fetch\">");
    page_say(&page, N_("Fetch a data set"));
    page_raw(&page, "</button></p>");
    if (page_data_is_empty(rows))
        page_empty(&page,
                   N_("Published data sets are kept here with their checksums, licence and "
                      "citation. Without the internet they come as signed bundles."),
                   NULL, NULL);
    else
        page_data_table(&page, NULL, columns, rows);
    page_more(&page, page_member(view->answer, "next_cursor"), S(""));
    put_fetch(&page);
    return page_close(&page, 200, err);
}

/* --- one data set
 * ---------------------------------------------------------------------------------- */

static status dataset_work(struct call *call, struct error *err)
{
    struct datasets_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data(call, "/api/datasets/:id", "", &view->answer, err));
    return page_answer(call, "/api/datasets/:id/citation", "format=bibtex", &view->citation, err);
}

static status dataset_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct datasets_view *view = call->state;
    const struct page_head head = {.title = N_("Data set"),
                                   .path = "/dashboard/datasets",
                                   .place = PLACE_APP,
                                   .no_heading = true};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *set = view->answer;
    slice title = page_member(set, "title");
    page_open(&page, call, &head);
    page_raw(&page, "<h1>");
    page_text(&page, title.len ? title : page_member(set, "name"));
    page_raw(&page, "</h1>");
    page_raw(&page, "<p>");
    put_way(&page, set, "/dashboard/new?source=dataset:", "", N_("Analyse this data set"));
    page_raw(&page, "</p>\n");
    page_facts_open(&page);
    page_data_fact(&page, N_("Source"), set, "source", CELL_CODE);
    page_data_fact(&page, N_("File"), set, "file_key", CELL_TEXT);
    page_data_fact(&page, N_("Version"), set, "version", CELL_TEXT);
    page_data_fact(&page, N_("DOI"), set, "doi", CELL_CODE);
    page_data_fact(&page, N_("Licence"), set, "license", CELL_TEXT);
    page_data_fact(&page, N_("Published"), set, "publication_date", CELL_TEXT);
    page_data_fact(&page, N_("Size"), set, "size", CELL_BYTES);
    page_data_fact(&page, N_("SHA-256"), set, "sha256", CELL_CODE);
    page_data_fact(&page, N_("MD5"), set, "md5", CELL_CODE);
    page_data_fact(&page, N_("Origin"), set, "origin", CELL_WORD);
    page_data_fact(&page, N_("Fetched"), set, "fetched_at", CELL_TIME);
    page_facts_close(&page);
    page_raw(&page, "<h2 id=\"citation\">");
    page_say(&page, N_("Citation"));
    page_raw(&page, "</h2>");
    page_raw(&page, "<pre tabindex=\"0\"><code>");
    page_text(&page, view->citation);
    page_raw(&page, "</code></pre>");
    return page_close(&page, 200, err);
}

const struct route datasets_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/datasets", datasets_work, datasets_reply),
    PAGE_DATA_ROUTE("/dashboard/datasets/:id", dataset_work, dataset_reply)};
