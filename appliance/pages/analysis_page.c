/* One stored analysis: the report, and what can be done with it. */
#include "api/tables.h"
#include "app.h"
#include "auth.h"
#include "pages/parts.h"
#include "pages/stored_report.h"
#include "storage/storage.h"

enum { REPORT_TREE_MAX = 1 << 20 }; /* longer reports are offered as files only */

struct shown {
    struct store_analysis row;
    const struct json *report; /* NULL: not kept, or too long for a page */
};

static status analysis_check(struct call *call, struct error *err)
{
    struct shown *shown = call_state(call, sizeof *shown);
    if (call->actor != ACTOR_SESSION || !shown)
        return ST_OK;
    status rc = store_analysis_get(call->txn, call->user->id, call_param(call, "id"), &call->arena,
                                   &shown->row);
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "analysis_not_found", "there is no such analysis");
    if (rc != ST_OK)
        return rc;
    if (shown->row.report.len == 0 || shown->row.report.len > REPORT_TREE_MAX)
        return ST_OK;
    return json_parse(shown->row.report, &call->arena, &shown->report, err);
}

/* --- actions
 * --------------------------------------------------------------------------------------- */

static const struct page_dialog label_dialog = {.name = "label",
                                                .title = N_("Label and tags"),
                                                .send = "PATCH /api/analyses/{id}",
                                                .submit = N_("Save")};
static const struct page_dialog delete_dialog = {.name = "delete",
                                                 .title = N_("Delete this analysis?"),
                                                 .send = "DELETE /api/analyses/{id}",
                                                 .done = "/dashboard/analyses",
                                                 .submit = N_("Delete"),
                                                 .danger = true};

static void put_dialogs(struct page *page, const struct store_analysis *row)
{
    page_dialog_open(page, &label_dialog);
    page_field(page, &(struct page_field){.name = "label",
                                          .label = N_("Label"),
                                          .attributes = "maxlength=\"200\" data-keep",
                                          .value = row->label});
    page_field(page, &(struct page_field){.name = "tags",
                                          .label = N_("Tags"),
                                          .attributes = "data-list data-keep",
                                          .help = N_("Words with commas between."),
                                          .value = row->tags});
    page_dialog_close(page, &label_dialog);
    page_dialog_open(page, &delete_dialog);
    page_element(page, "p", NULL,
                 N_("The report goes away for good; what was billed stays billed."));
    page_dialog_close(page, &delete_dialog);
}

static void put_download(struct page *page, slice id, const char *suffix, const char *text)
{
    page_raw(page, "<a class=\"button plain small\" download href=\"/api/analyses/");
    page_text(page, id);
    buf_printf(&page->out, "/%s\">", suffix);
    page_say(page, text);
    page_raw(page, "</a> ");
}

static void put_actions(struct page *page, const struct store_analysis *row)
{
    page_raw(page, "<div class=\"row no-print\">");
    put_download(page, row->id, "report.json", N_("Sealed report (JSON)"));
    page_opener(page, "label", N_("Label and tags"), row->id, S(""));
    page_opener(page, "delete", N_("Delete"), row->id, S(""));
    page_raw(page, "</div>\n");
}

static void put_verify_help(struct page *page)
{
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    page_raw(page, "<details class=\"no-print\"><summary>");
    page_say(page, N_("Verify the sealed report"));
    page_raw(page, "</summary><p>");
    page_say(page, N_("Anybody can check it without this appliance:"));
    page_raw(page, "</p><pre tabindex=\"0\"><code>sleuth report verify report.json --key ");
    page_text(page, crypt_hex(hex, page->call->app->auth->signing_public, CRYPT_SIGN_PUBLIC_BYTES));
    page_raw(page, "\nsleuth report recompute report.json log.csv</code></pre></details>\n");
}

static void put_head_facts(struct page *page, const struct store_analysis *row)
{
    slice tags = row->tags;
    slice tag;
    page_raw(page, "<p class=\"soft\">");
    page_moment(page, row->created_ms);
    page_raw(page, " · ");
    page_sayf(page, N_("%llu rows"), (unsigned long long)row->row_count);
    while (tags.len && slice_split(&tags, ',', &tag)) {
        page_raw(page, " <span class=\"mark\">");
        page_text(page, tag);
        page_raw(page, "</span>");
    }
    page_raw(page, "</p>\n");
}

static status analysis_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct shown *shown = call->state;
    const struct page_head head = {.title = N_("Analysis"),
                                   .path = "/dashboard/analyses",
                                   .place = PLACE_APP,
                                   .no_heading = true,
                                   .with_report_style = true};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<h1>");
    if (shown->row.label.len)
        page_text(&page, shown->row.label);
    else
        page_say(&page, N_("Analysis"));
    page_raw(&page, "</h1>");
    put_head_facts(&page, &shown->row);
    put_actions(&page, &shown->row);
    if (shown->report)
        stored_report_put(&page, shown->report);
    else
        page_element(&page, "p", "notice",
                     N_("The report is too long for a page, or was not kept."));
    put_verify_help(&page);
    put_dialogs(&page, &shown->row);
    return page_close(&page, 200, err);
}

const struct route analysis_page_routes[] = {
    PAGE_ROUTE("/dashboard/analyses/:id", analysis_check, analysis_reply)};
