/* The appliance itself, for administrators: storage, backups, licence, configuration. */
#include "api/tables.h"
#include "app.h"
#include "pages/page_data.h"
#include "storage/storage.h"

struct system_view {
    const struct json *config, *license, *backup; /* license, backup: NULL = not here */
    struct store_info info;
    struct store_writer_stats writer;
};

static status system_work(struct call *call, struct error *err)
{
    struct system_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(page_data(call, "/api/admin/config", "", &view->config, err));
    TRY(page_data_maybe(call, "/api/admin/license", "", &view->license, err));
    if (call->app->backup)
        TRY(page_data_maybe(call, "/api/admin/backup", "", &view->backup, err));
    store_writer_stats(call->app->store, &view->writer);
    return store_info_get(call->app->store, &view->info, err);
}

static void fact_bytes(struct page *page, const char *term, uint64_t bytes)
{
    page_element(page, "dt", NULL, term);
    page_raw(page, "<dd>");
    page_bytes(page, bytes);
    page_raw(page, "</dd>");
}

static void put_storage(struct page *page, const struct system_view *view)
{
    const struct store_info *info = &view->info;
    page_card_open(page, N_("Storage"));
    page_facts_open(page);
    fact_bytes(page, N_("Database file"), info->file_bytes);
    fact_bytes(page, N_("In use"), info->used_bytes - info->free_bytes);
    fact_bytes(page, N_("Free on the disk"), info->disk_free_bytes);
    page_fact(page, N_("File system"), slice_of(info->file_system));
    page_fact(page, N_("Durable"), slice_of(tr(page->lang, info->durable ? N_("yes") : N_("no"))));
    page_fact_number(page, N_("Schema"), info->schema);
    page_fact_number(page, N_("Commits"), view->writer.batches);
    page_element(page, "dt", NULL, N_("Slowest commit"));
    buf_printf(&page->out, "<dd>%.1f ms</dd>", (double)view->writer.max_commit_us / 1000);
    page_facts_close(page);
    page_card_close(page);
}

static void put_backup(struct page *page, const struct json *backup)
{
    bool running = page_member_true(backup, "running");
    page_card_open(page, N_("Backup"));
    if (page_member(backup, "error").len) {
        page_raw(page, "<p class=\"notice error\">");
        page_text(page, page_member(backup, "error"));
        page_raw(page, "</p>");
    }
    if (running)
        page_element(page, "p", "notice", N_("A backup is being made; load the page again."));
    page_facts_open(page);
    page_data_fact(page, N_("Newest"), backup, "name", CELL_CODE);
    page_data_fact(page, N_("Last success"), backup, "last_success_at", CELL_TIME);
    page_data_fact(page, N_("Size"), backup, "file_bytes", CELL_BYTES);
    page_data_fact(page, N_("Users"), backup, "users", CELL_NUMBER);
    page_data_fact(page, N_("Missing files"), backup, "blobs_missing", CELL_NUMBER);
    page_facts_close(page);
    page_element(page, "p", "soft",
                 N_("Sealed, read back and checked before it gets its name. Restoring is done on "
                    "the host."));
    page_form_open(page, "POST /api/admin/backup", NULL, NULL);
    page_form_close(page, N_("Make a backup now"));
    page_card_close(page);
}

static void put_license(struct page *page, const struct json *license)
{
    const struct json *warnings = json_find(license, "warnings");
    page_card_open(page, N_("Licence"));
    for (const struct json *item = warnings ? warnings->first : NULL; item; item = item->next) {
        page_raw(page, "<p class=\"notice warn\">");
        page_text(page, item->text);
        page_raw(page, "</p>");
    }
    page_facts_open(page);
    page_data_fact(page, N_("How plans are sold"), license, "mode", CELL_TEXT);
    page_data_fact(page, N_("State"), license, "state", CELL_TEXT);
    page_data_fact(page, N_("Licensee"), license, "license.licensee", CELL_TEXT);
    page_data_fact(page, N_("Plan"), license, "license.plan", CELL_TEXT);
    page_data_fact(page, N_("Seats"), license, "license.seats", CELL_NUMBER);
    page_data_fact(page, N_("Seats used"), license, "seats_used", CELL_NUMBER);
    page_data_fact(page, N_("Valid from"), license, "license.not_before", CELL_TIME);
    page_data_fact(page, N_("Valid until"), license, "license.not_after", CELL_TIME);
    page_data_fact(page, N_("This machine"), license, "host_id", CELL_CODE);
    page_facts_close(page);
    page_raw(page, "<form novalidate data-send=\"POST /api/admin/license\" data-raw=\"license\">");
    page_form_errors(page);
    page_text_area(page, &(struct page_field){.name = "license",
                                              .label = N_("Install a licence"),
                                              .attributes = "required rows=\"3\"",
                                              .help = N_("Paste the text of the file.")});
    page_form_close(page, N_("Install"));
    page_card_close(page);
}

static status system_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {{N_("Option"), CELL_CODE, "name", NULL},
                                                 {N_("Value"), CELL_TEXT, "value", NULL},
                                                 {N_("Origin"), CELL_WORD, "origin", NULL},
                                                 {N_("Place"), CELL_TEXT, "where", NULL},
                                                 {NULL, CELL_TEXT, NULL, NULL}};
    struct page page;
    const struct system_view *view = call->state;
    const struct page_head head = {
        .title = N_("System"), .path = "/dashboard/admin/system", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<div class=\"two\">");
    put_storage(&page, view);
    if (view->backup)
        put_backup(&page, view->backup);
    if (view->license)
        put_license(&page, view->license);
    page_raw(&page, "</div>");
    page_element(&page, "h2", NULL, N_("Configuration"));
    page_element(&page, "p", "soft",
                 N_("Changed on the host, in the configuration file; secrets are not shown."));
    page_data_table(&page, NULL, columns, json_find(view->config, "options"));
    return page_close(&page, 200, err);
}

const struct route admin_system_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/admin/system", system_work, system_reply)};
