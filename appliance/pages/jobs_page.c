/* Jobs of the signed-in user: the list, and one job with its progress (job.js follows it). */
#include "api/tables.h"
#include "pages/page_data.h"

struct jobs_view {
    const struct json *answer;
};

static const struct {
    slice slug;
    const char *text, *tag;
} states[] = {
    {SLICE_INIT("queued"), N_("waiting"), "neutral"},
    {SLICE_INIT("running"), N_("running"), "low"},
    {SLICE_INIT("succeeded"), N_("done"), "low"},
    {SLICE_INIT("failed"), N_("failed"), "high"},
    {SLICE_INIT("cancelled"), N_("cancelled"), "neutral"},
    {SLICE_INIT("expired"), N_("expired"), "neutral"},
};

static void put_state(struct page *page, const struct json *row)
{
    for (size_t i = 0; i < ARRAY_COUNT(states); i++)
        if (slice_eq(states[i].slug, page_member(row, "state")))
            page_tag(page, states[i].tag, states[i].text);
}

static void put_job(struct page *page, const struct json *row)
{
    slice label = page_member(row, "label");
    slice id = page_member(row, "id");
    page_raw(page, "<a href=\"/dashboard/jobs/");
    page_text(page, id);
    page_raw(page, "\">");
    page_text(page, label.len ? label : slice_sub(id, 0, 14));
    page_raw(page, "</a>");
}

/* --- list
 * ------------------------------------------------------------------------------------------ */

static status jobs_work(struct call *call, struct error *err)
{
    struct jobs_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data(call, "/api/jobs", NULL, &view->answer, err);
}

static status jobs_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("Job"), CELL_CALL, NULL, put_job},
        {N_("Kind"), CELL_TEXT, "kind", NULL},
        {N_("State"), CELL_CALL, NULL, put_state},
        {N_("#Progress in percent"), CELL_TEXT, "progress.percent", NULL},
        {N_("#Counted"), CELL_NUMBER, "analyses_counted", NULL},
        {N_("Submitted"), CELL_TIME, "created_at", NULL},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct jobs_view *view = call->state;
    const struct page_head head = {
        .title = N_("Jobs"), .path = "/dashboard/jobs", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *rows = json_find(view->answer, "jobs");
    page_open(&page, call, &head);
    if (page_data_is_empty(rows))
        page_empty(&page, N_("Long analyses run in the background as jobs. There are none now."),
                   "/dashboard/new", N_("New analysis"));
    else
        page_data_table(&page, NULL, columns, rows);
    page_more(&page, page_member(view->answer, "next_cursor"), S(""));
    return page_close(&page, 200, err);
}

/* --- one job
 * --------------------------------------------------------------------------------------- */

static status job_work(struct call *call, struct error *err)
{
    struct jobs_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data(call, "/api/jobs/:id", "", &view->answer, err);
}

static bool is_live(const struct json *job)
{
    slice state = page_member(job, "state");
    return slice_eq(state, S("queued")) || slice_eq(state, S("running"));
}

/* The words of the states, for the script. */
static void put_words(struct page *page)
{
    page_raw(page, "<ul hidden data-words>");
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        page_raw(page, "<li data-word=\"");
        page_text(page, states[i].slug);
        page_raw(page, "\">");
        page_say(page, states[i].text);
        page_raw(page, "</li>");
    }
    page_raw(page, "<li data-word=\"left\">");
    page_say(page, N_("about {seconds} s left"));
    page_raw(page, "</li></ul>\n");
}

static void put_progress(struct page *page, const struct json *job)
{
    slice percent = page_member(job, "progress.percent");
    page_raw(page, "<div data-job=\"");
    page_text(page, page_member(job, "id"));
    page_raw(page, "\"");
    page_raw(page, is_live(job) ? " data-live>" : ">");
    page_raw(page, "<p>");
    put_state(page, job);
    page_raw(page, "</p>");
    if (is_live(job)) {
        page_raw(page, "<progress max=\"100\" data-bar");
        if (percent.len) {
            page_raw(page, " value=\"");
            page_text(page, percent);
            page_raw(page, "\"");
        }
        page_raw(page, "></progress><p role=\"status\" class=\"soft\" data-phase>");
        page_text(page, page_member(job, "progress.phase"));
        page_raw(page, "</p>");
    }
    page_raw(page, "</div>\n");
}

static void put_end(struct page *page, const struct json *job)
{
    slice analysis = page_member(job, "analysis_id");
    slice id = page_member(job, "id");
    if (page_member(job, "error.message").len) {
        page_raw(page, "<p class=\"notice error\">");
        page_text(page, page_member(job, "error.message"));
        page_raw(page, "</p>");
    }
    page_raw(page, "<p class=\"row\">");
    if (analysis.len) {
        page_raw(page, "<a class=\"button\" href=\"/dashboard/analyses/");
        page_text(page, analysis);
        page_raw(page, "\">");
        page_say(page, N_("Read the result"));
        page_raw(page, "</a>");
    } else if (slice_eq(page_member(job, "state"), S("succeeded"))) {
        page_raw(page, "<a class=\"button\" download href=\"/api/jobs/");
        page_text(page, id);
        page_raw(page, "/result\">");
        page_say(page, N_("Download the result"));
        page_raw(page, "</a>");
    }
    if (is_live(job))
        page_opener(page, "cancel", N_("Cancel the job"), id, S(""));
    else if (!slice_eq(page_member(job, "state"), S("succeeded")))
        page_opener(page, "again", N_("Try again"), id, S(""));
    page_raw(page, "</p>\n");
}

static void put_dialogs(struct page *page)
{
    static const struct page_dialog cancel = {.name = "cancel",
                                              .title = N_("Cancel this job?"),
                                              .send = "DELETE /api/jobs/{id}",
                                              .submit = N_("Cancel the job"),
                                              .danger = true};
    static const struct page_dialog again = {.name = "again",
                                             .title = N_("Try this job again?"),
                                             .send = "POST /api/jobs/{id}/retry",
                                             .done = "/dashboard/jobs",
                                             .submit = N_("Try again")};
    page_dialog_open(page, &cancel);
    page_element(page, "p", NULL, N_("It ends within a second; nothing is counted."));
    page_dialog_close(page, &cancel);
    page_dialog_open(page, &again);
    page_element(page, "p", NULL, N_("The same work is submitted as a new job."));
    page_dialog_close(page, &again);
}

static status job_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct jobs_view *view = call->state;
    const struct page_head head = {
        .title = N_("Job"), .path = "/dashboard/jobs", .scripts = {"job.js"}, .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    const struct json *job = view->answer;
    page_open(&page, call, &head);
    put_progress(&page, job);
    put_end(&page, job);
    page_facts_open(&page);
    page_data_fact(&page, N_("Label"), job, "label", CELL_TEXT);
    page_data_fact(&page, N_("Kind"), job, "kind", CELL_TEXT);
    page_data_fact(&page, N_("Id"), job, "id", CELL_CODE);
    page_data_fact(&page, N_("Place in the queue"), job, "position", CELL_NUMBER);
    page_data_fact(&page, N_("Submitted"), job, "created_at", CELL_TIME);
    page_data_fact(&page, N_("Started"), job, "started_at", CELL_TIME);
    page_data_fact(&page, N_("Finished"), job, "finished_at", CELL_TIME);
    page_data_fact(&page, N_("Attempts"), job, "attempts", CELL_NUMBER);
    page_data_fact(&page, N_("Analyses counted"), job, "analyses_counted", CELL_NUMBER);
    page_facts_close(&page);
    put_words(&page);
    put_dialogs(&page);
    return page_close(&page, 200, err);
}

const struct route jobs_page_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/jobs", jobs_work, jobs_reply),
    PAGE_DATA_ROUTE("/dashboard/jobs/:id", job_work, job_reply)};
