/* One project: the newest verdict first, then deviations, reviews, history, additions, protocol. */
#include "pages/project_page.h"

#include "api/tables.h"
#include "storage/storage.h"

struct project_view {
    const struct json *project, *verdicts, *deviations, *reviews, *rounds, *attempts;
    const struct json *freeze; /* NULL: not frozen */
};

static status project_work(struct call *call, struct error *err)
{
    struct project_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data(call, "/api/projects/:id", "", &view->project, err));
    TRY(page_data(call, "/api/projects/:id/verdicts", "limit=50", &view->verdicts, err));
    TRY(page_data(call, "/api/projects/:id/deviations", "limit=100", &view->deviations, err));
    TRY(page_data(call, "/api/projects/:id/reviews", "limit=50", &view->reviews, err));
    TRY(page_data(call, "/api/projects/:id/rounds", "limit=50", &view->rounds, err));
    TRY(page_data(call, "/api/projects/:id/attempts", "", &view->attempts, err));
    return page_data_maybe(call, "/api/projects/:id/freeze", "", &view->freeze, err);
}

void page_project_verdict(struct page *page, slice verdict)
{
    bool found = slice_eq(verdict, S("adaptive_protocol_detected"));
    if (verdict.len)
        page_verdict(page, verdict, found ? S("high") : S("low"));
    else
        page_raw(page, "—");
}

/* --- verdict
 * --------------------------------------------------------------------------------------- */

static void put_fact(struct page *page, const char *term, slice value)
{
    if (!value.len)
        return;
    page_raw(page, "<div>");
    page_element(page, "dt", NULL, term);
    page_raw(page, "<dd>");
    page_text(page, value);
    page_raw(page, "</dd></div>");
}

static void put_counted(struct page *page, const struct json *summary)
{
    page_raw(page, "<p>");
    page_sayf(
        page,
        N_("Counted runs: %llu; failed: %llu; on development data: %llu. Looks so far: %llu."),
        (unsigned long long)page_member_u64(summary, "runs.counted"),
        (unsigned long long)page_member_u64(summary, "runs.failed"),
        (unsigned long long)page_member_u64(summary, "runs.development"),
        (unsigned long long)page_member_u64(summary, "sequential.looks"));
    page_raw(page, "</p>");
}

/* Certain findings stand before the statistical sentence. */
static void put_certain(struct page *page, const struct json *project, const struct json *summary)
{
    uint64_t open = page_member_u64(project, "deviations_open");
    const struct json *comparable = json_find(summary, "comparable");
    page_raw(page, "<ul class=\"plain\">");
    if (open) {
        page_raw(page, "<li><strong>");
        if (open == 1)
            page_say(page, N_("One deviation from the frozen protocol is not approved."));
        else
            page_sayf(page, N_("%llu deviations from the frozen protocol are not approved."),
                      (unsigned long long)open);
        page_raw(page, "</strong></li>");
    } else if (page_member_true(project, "frozen")) {
        page_element(page, "li", NULL, N_("No open deviation from the frozen protocol."));
    } else {
        page_element(page, "li", NULL,
                     N_("No protocol was frozen: nothing says what had been planned."));
    }
    if (comparable && comparable->kind == JSON_BOOL && !comparable->boolean)
        page_element(page, "li", NULL,
                     N_("Some runs measure different things and cannot be compared."));
    page_raw(page, "</ul>");
}

static void put_verdict(struct page *page, const struct project_view *view)
{
    const struct json *rows = json_find(view->verdicts, "verdicts");
    const struct json *newest = rows ? rows->first : NULL;
    const struct json *summary = json_find(newest, "summary");
    bool found = slice_eq(page_member(newest, "verdict"), S("adaptive_protocol_detected"));
    buf_printf(&page->out, "<div class=\"rp\"><section class=\"verdict %s\"><p class=\"ask\">",
               found ? "strong" : "neutral");
    page_say(page, N_("Newest verdict"));
    page_raw(page, "</p><h2 class=\"head\">");
    page_text(page, page_member(summary, page->lang == LANG_ZH ? "text.zh" : "text.en"));
    page_raw(page, "</h2>");
    put_certain(page, view->project, summary);
    put_counted(page, summary);
    page_raw(page, "<dl class=\"facts\">");
    put_fact(page, N_("p over all looks"), page_member(summary, "sequential.p_value"));
    put_fact(page, N_("Level"), page_member(summary, "sequential.alpha"));
    put_fact(page, N_("Rounds"), page_member(newest, "rounds_total"));
    put_fact(page, N_("Input grade"), page_member(summary, "grade"));
    page_raw(page, "</dl></section></div>\n");
}

/* --- tables
 * ---------------------------------------------------------------------------------------- */

static void put_verdict_cell(struct page *page, const struct json *row)
{
    page_project_verdict(page, page_member(row, "verdict"));
}

static void put_sequential(struct page *page, const struct json *row)
{
    page_text(page, page_member(row, "summary.sequential.p_value"));
}

static void put_deviation(struct page *page, const struct json *row)
{
    page_text(page, page_member(row, "text"));
    page_raw(page, " <code>");
    page_text(page, page_member(row, "field"));
    page_raw(page, "</code>");
}

static void put_approval(struct page *page, const struct json *row)
{
    slice number = page_member(row, "number");
    if (!page_member_true(row, "approved")) {
        page_tag(page, "high", N_("open"));
        page_raw(page, " ");
        if (page->call->user->role >= STORE_ROLE_REVIEWER)
            page_opener(page, "approve", N_("Approve"), number, page_member(row, "text"));
        return;
    }
    page_text(page, page_member(row, "approver"));
    page_raw(page, ": ");
    page_text(page, page_member(row, "reason"));
}

static void put_decision(struct page *page, const struct json *row)
{
    static const struct {
        slice slug;
        const char *text;
    } words[] = {{SLICE_INIT("accept"), N_("accept")},
                 {SLICE_INIT("dispute"), N_("dispute")},
                 {SLICE_INIT("sign"), N_("sign")},
                 {SLICE_INIT("comment"), N_("comment")}};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (slice_eq(words[i].slug, page_member(row, "decision")))
            page_tag(page, slice_eq(words[i].slug, S("dispute")) ? "high" : "neutral",
                     words[i].text);
}

static void put_tables(struct page *page, const struct project_view *view)
{
    static const struct page_column deviations[] = {
        {N_("#No."), CELL_TEXT, "number", NULL},
        {N_("Deviation"), CELL_CALL, NULL, put_deviation},
        {N_("Planned"), CELL_TEXT, "from", NULL},
        {N_("Found"), CELL_TEXT, "to", NULL},
        {N_("Run"), CELL_TEXT, "run_id", NULL},
        {N_("Approval"), CELL_CALL, NULL, put_approval},
        {NULL, CELL_TEXT, NULL, NULL}};
    static const struct page_column reviews[] = {{N_("Decision"), CELL_CALL, NULL, put_decision},
                                                 {N_("Verdict"), CELL_TEXT, "verdict_number", NULL},
                                                 {N_("Who"), CELL_TEXT, "reviewer", NULL},
                                                 {N_("Role"), CELL_WORD, "role", NULL},
                                                 {N_("Comment"), CELL_TEXT, "comment", NULL},
                                                 {N_("When"), CELL_TIME, "created_at", NULL},
                                                 {NULL, CELL_TEXT, NULL, NULL}};
    static const struct page_column verdicts[] = {
        {N_("#No."), CELL_TEXT, "number", NULL},
        {N_("Verdict"), CELL_CALL, NULL, put_verdict_cell},
        {N_("#Rounds"), CELL_NUMBER, "rounds_total", NULL},
        {N_("#p over all looks"), CELL_CALL, NULL, put_sequential},
        {N_("When"), CELL_TIME, "created_at", NULL},
        {NULL, CELL_TEXT, NULL, NULL}};
    static const struct page_column rounds[] = {
        {N_("#No."), CELL_TEXT, "number", NULL},       {N_("Source"), CELL_WORD, "source", NULL},
        {N_("Input grade"), CELL_TEXT, "grade", NULL}, {N_("#Rows"), CELL_NUMBER, "rows", NULL},
        {N_("When"), CELL_TIME, "created_at", NULL},   {NULL, CELL_TEXT, NULL, NULL}};
    static const struct page_column attempts[] = {
        {N_("Test set"), CELL_TEXT, "test_set", NULL},
        {N_("Line of development"), CELL_TEXT, "lineage", NULL},
        {N_("#Attempts"), CELL_NUMBER, "attempts", NULL},
        {N_("#Budget"), CELL_NUMBER, "budget", NULL},
        {NULL, CELL_TEXT, NULL, NULL}};
    const struct {
        const char *title;
        const struct page_column *columns;
        const struct json *rows;
    } tables[] = {{N_("Deviations"), deviations, json_find(view->deviations, "deviations")},
                  {N_("Reviews"), reviews, json_find(view->reviews, "reviews")},
                  {N_("History of verdicts"), verdicts, json_find(view->verdicts, "verdicts")},
                  {N_("Additions"), rounds, json_find(view->rounds, "rounds")},
                  {N_("Attempts"), attempts, json_find(view->attempts, "attempts")}};
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        if (page_data_is_empty(tables[i].rows))
            continue;
        page_element(page, "h2", NULL, tables[i].title);
        page_data_table(page, NULL, tables[i].columns, tables[i].rows);
    }
}

/* --- protocol and actions
 * -------------------------------------------------------------------------- */

static void put_protocol(struct page *page, const struct json *freeze)
{
    const struct json *protocol = json_at(freeze, "record.report.protocol");
    page_element(page, "h2", NULL, N_("Frozen protocol"));
    page_facts_open(page);
    page_data_fact(page, N_("Frozen at"), freeze, "frozen_at", CELL_TIME);
    page_data_fact(page, N_("Metric"), freeze, "record.report.metric", CELL_TEXT);
    page_data_fact(page, N_("Planned rounds"), freeze, "record.report.planned_rounds", CELL_NUMBER);
    page_data_fact(page, N_("Threshold of the score"), freeze, "record.report.threshold",
                   CELL_TEXT);
    for (const struct json *item = protocol ? protocol->first : NULL; item; item = item->next) {
        page_raw(page, "<dt><code>");
        page_text(page, item->name);
        page_raw(page, "</code></dt><dd>");
        page_text(page, item->kind == JSON_NULL   ? S("null")
                        : item->kind == JSON_BOOL ? item->boolean ? S("true") : S("false")
                                                  : item->text);
        page_raw(page, "</dd>");
    }
    page_data_fact(page, N_("SHA-256"), freeze, "sha256", CELL_CODE);
    page_facts_close(page);
}

/* The newest verdict for auditors and for people, in the language of the page. */
static void put_reports(struct page *page, slice id)
{
    static const struct {
        const char *format, *text;
    } forms[] = {{"json", N_("Sealed report (JSON)")}, {"html", "HTML"}, {"md", "Markdown"}};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        page_raw(page, "<a class=\"button plain small\" download href=\"/api/projects/");
        page_text(page, id);
        buf_printf(&page->out, "/report?format=%s&amp;lang=%s\">", forms[i].format,
                   lang_tag(page->lang));
        page_say(page, forms[i].text);
        page_raw(page, "</a> ");
    }
}

static void put_actions(struct page *page, const struct json *project)
{
    slice name = page_member(project, "name");
    page_raw(page, "<div class=\"row no-print\"><button type=\"button\" data-open=\"add\">");
    page_say(page, N_("Add rounds"));
    page_raw(page, "</button>");
    if (!page_member_true(project, "frozen") && page_member_u64(project, "additions") == 0)
        page_opener(page, "freeze", N_("Freeze the protocol"), S(""), S(""));
    if (page_member_u64(project, "verdicts")) {
        page_opener(page, "review", N_("Review"), S(""), S(""));
        put_reports(page, page_member(project, "id"));
    }
    page_opener(page, "change", N_("Change"), S(""), S(""));
    page_opener(page, "remove", N_("Delete"), S(""), name);
    page_raw(page, "</div>\n");
}

static status project_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct project_view *view = call->state;
    const struct page_head head = {.title = N_("Project"),
                                   .path = "/dashboard/projects",
                                   .scripts = {"project.js"},
                                   .place = PLACE_APP,
                                   .no_heading = true,
                                   .with_report_style = true};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<h1>");
    page_text(&page, page_member(view->project, "name"));
    page_raw(&page, "</h1><p>");
    page_text(&page, page_member(view->project, "description"));
    page_raw(&page, "</p>");
    put_actions(&page, view->project);
    if (page_member_u64(view->project, "verdicts"))
        put_verdict(&page, view);
    else
        page_empty(
            &page,
            N_("No rounds yet. Freeze the protocol first: what was planned can only be shown "
               "when it was written down before."),
            NULL, NULL);
    put_tables(&page, view);
    if (view->freeze)
        put_protocol(&page, view->freeze);
    project_dialogs_put(&page, view->project);
    return page_close(&page, 200, err);
}

const struct route project_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/projects/:id", project_work, project_reply)};
