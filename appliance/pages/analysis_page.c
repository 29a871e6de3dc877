/* One stored analysis: the report, and what can be done with it.
 *
 * The full report can be had as a page of its own; its main part stands here, in the language of
 * the page. The oldest analyses have only the words of their JSON, which stored_report.c lays out.
 */
#include "api/tables.h"
#include "app.h"
#include "auth.h"
#include "pages/page_data.h"
#include "pages/stored_report.h"
#include "plans.h"
#include "reading.h"
#include "storage/storage.h"

enum { REPORT_TREE_MAX = 1 << 20 }; /* longer reports are offered as files only */

struct shown {
    struct store_analysis row;
    slice html;                /* main part of the full report; empty = not kept */
    bool is_chinese;           /* the html */
    const struct json *report; /* without html; NULL: too long for a page, or not kept */
};

static status find(struct call *call, struct shown *shown, struct error *err)
{
    struct reading reading;
    TRY(reading_begin(call, &reading, err));
    status rc = store_analysis_get(reading.txn, call->user->id, call_param(call, "id"),
                                   &call->arena, &shown->row);
    status end = reading_end(&reading, err);
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "analysis_not_found", "there is no such analysis");
    return rc == ST_OK ? end : rc;
}

/* What stands inside of <main> of a report that this appliance made. */
static slice main_part(slice page)
{
    static const slice open = SLICE_INIT("<main id=\"rp-main\">");
    size_t begin, end;
    if (!slice_find(page, open, &begin) || !slice_find(page, S("</main>"), &end))
        return S("");
    begin += open.len;
    return begin < end ? slice_sub(page, begin, end - begin) : S("");
}

static status analysis_work(struct call *call, struct error *err)
{
    slice page;
    struct shown *shown = call_state(call, sizeof *shown);
    if (call->actor != ACTOR_SESSION || !shown)
        return ST_OK;
    TRY(find(call, shown, err));
    const char *query = page_lang(call) == LANG_ZH ? "lang=zh" : "lang=en";
    if (page_answer(call, "/api/analyses/:id/report.html", query, &page, err) == ST_OK) {
        shown->html = main_part(page);
        shown->is_chinese = slice_find(slice_sub(page, 0, 100), S("<html lang=\"zh"), &(size_t){0});
    }
    call->problem = (struct problem){0};
    error_clear(err);
    if (shown->html.len || shown->row.report.len == 0 || shown->row.report.len > REPORT_TREE_MAX)
        return arena_check(&call->arena, err);
    return json_parse(shown->row.report, &call->arena, &shown->report, err);
}

/* --- actions
 * --------------------------------------------------------------------------------------- */

static const struct page_dialog label_dialog = {.name = "label",
                                                .title = N_("Label and tags"),
                                                .send = "PATCH /api/analyses/{id}",
                                                .submit = N_("Save")};
static const struct page_dialog share_dialog = {.name = "share",
                                                .title = N_("Share this report"),
                                                .send = "POST /api/analyses/{id}/share",
                                                .done = "reveal",
                                                .submit = N_("Make a link")};
static const struct page_option share_times[] = {
    {"86400", N_("one day")}, {"604800", N_("one week")}, {"2592000", N_("30 days")}, {NULL, NULL}};
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
    page_dialog_open(page, &share_dialog);
    page_element(page, "p", NULL,
                 N_("Whoever has the link reads this report without an account. A new link ends "
                    "the one before."));
    page_select(page,
                &(struct page_field){
                    .name = "expires_in", .label = N_("Valid for"), .attributes = "data-number"},
                share_times);
    page_dialog_close(page, &share_dialog);
    page_reveal(page, N_("Pass this link on"), N_("Link"), NULL);
    page_dialog_open(page, &delete_dialog);
    page_element(page, "p", NULL,
                 N_("The report goes away for good; what was billed stays billed."));
    page_dialog_close(page, &delete_dialog);
}

static void put_download(struct page *page, slice id, const char *suffix, const char *text)
{
    page_raw(page, "<a class=\"button plain small\" download href=\"/api/analyses/");
    page_text(page, id);
    buf_printf(&page->out, "/%s?lang=%s\">", suffix, lang_tag(page->lang));
    page_say(page, text);
    page_raw(page, "</a> ");
}

static void put_share(struct page *page, const struct store_analysis *row)
{
    if (page->call->plan->rank >= PLAN_BUSINESS && page_data_has("/api/analyses/:id/share"))
        page_opener(page, "share", N_("Share"), row->id, S(""));
    if (!page_data_has("/api/analyses/compare"))
        return;
    page_raw(page, "<a class=\"button plain small\" href=\"/dashboard/analyses?with=");
    page_text(page, row->id);
    page_raw(page, "\">");
    page_say(page, N_("Compare"));
    page_raw(page, "</a> ");
}

static void put_actions(struct page *page, const struct shown *shown)
{
    const struct store_analysis *row = &shown->row;
    page_raw(page, "<div class=\"row no-print\">");
    put_download(page, row->id, "report.json", N_("Sealed report (JSON)"));
    if (shown->html.len) {
        put_download(page, row->id, "report.html", "HTML");
        put_download(page, row->id, "report.md", "Markdown");
        put_download(page, row->id, "report.csv", "CSV");
    }
    page_raw(page, "<button type=\"button\" class=\"small plain\" data-print hidden>");
    page_say(page, N_("Print"));
    page_raw(page, "</button> ");
    put_share(page, row);
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

/* The full report brings the one h1 of the page. */
static void put_title(struct page *page, const struct shown *shown)
{
    const char *tag = shown->html.len ? "p" : "h1";
    buf_printf(&page->out, "<%s class=\"title\">", tag);
    if (shown->row.label.len)
        page_text(page, shown->row.label);
    else
        page_say(page, N_("Analysis"));
    buf_printf(&page->out, "</%s>", tag);
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
    put_title(&page, shown);
    put_head_facts(&page, &shown->row);
    put_actions(&page, shown);
    if (shown->html.len) {
        page_raw(&page, shown->is_chinese ? "<div class=\"rp\" lang=\"zh-CN\">"
                                          : "<div class=\"rp\" lang=\"en\">");
        buf_put(&page.out, shown->html); /* made and escaped by this appliance */
        page_raw(&page, "</div>");
    } else if (shown->report)
        stored_report_put(&page, shown->report);
    else
        page_element(&page, "p", "notice",
                     N_("The report is too long for a page, or was not kept."));
    put_verify_help(&page);
    put_dialogs(&page, &shown->row);
    return page_close(&page, 200, err);
}

const struct route analysis_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/analyses/:id", analysis_work, analysis_reply)};
