/* Users of the appliance, for administrators: plans, roles, limits, links, removal. */
#include "api/tables.h"
#include "pages/page_data.h"
#include "plans.h"

struct users_view {
    const struct json *answer;
};

static status users_work(struct call *call, struct error *err)
{
    struct users_view *view = call_state(call, sizeof *view);
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    return page_data(call, "/api/admin/users", NULL, &view->answer, err);
}

/* --- the table
 * ------------------------------------------------------------------------------------ */

static void put_who(struct page *page, const struct json *row)
{
    page_text(page, page_member(row, "email"));
    page_raw(page, "<br><span class=\"soft small\">");
    page_text(page, page_member(row, "name"));
    page_raw(page, "</span>");
}

static void put_state(struct page *page, const struct json *row)
{
    bool on = page_member_true(row, "enabled");
    page_tag(page, on ? "low" : "neutral", on ? N_("enabled") : N_("disabled"));
    if (page_member_true(row, "totp_enabled")) {
        page_raw(page, " ");
        page_tag(page, "neutral", N_("second factor"));
    }
}

static void put_actions(struct page *page, const struct json *row)
{
    slice id = page_member(row, "id");
    slice email = page_member(row, "email");
    buf_printf(
        &page->out,
        "<button type=\"button\" class=\"small plain\" data-open=\"change\" data-id=\"" SLICE_FMT
        "\" data-enabled=\"%s\" data-role=\"",
        SLICE_ARG(id), page_member_true(row, "enabled") ? "true" : "false");
    page_text(page, page_member(row, "role"));
    page_raw(page, "\" data-plan=\"");
    page_text(page, page_member(row, "plan"));
    page_raw(page, "\" data-name=\"");
    page_text(page, email);
    page_raw(page, "\">");
    page_say(page, N_("Change"));
    page_raw(page, "</button> ");
    page_opener(page, "link", N_("Password link"), id, email);
    page_opener(page, "sessions", N_("End sessions"), id, email);
    page_opener(page, "remove", N_("Delete"), id, email);
}

/* --- dialogs
 * --------------------------------------------------------------------------------------- */

static const struct page_option plan_options[] = {{"free", "free"},
                                                  {"pro", "pro"},
                                                  {"business", "business"},
                                                  {"enterprise", "enterprise"},
                                                  {NULL, NULL}};

static void put_create(struct page *page)
{
    static const struct page_option roles[] = {
        {"user", N_("user")}, {"reviewer", N_("reviewer")}, {NULL, NULL}};
    static const struct page_dialog dialog = {.name = "create",
                                              .title = N_("Create a user"),
                                              .send = "POST /api/admin/users",
                                              .submit = N_("Create")};
    page_dialog_open(page, &dialog);
    page_field(page, &(struct page_field){.name = "email",
                                          .label = N_("E-mail"),
                                          .attributes = "type=\"email\" required"});
    page_field(page, &(struct page_field){
                         .name = "name", .label = N_("Name"), .attributes = "maxlength=\"100\""});
    page_select(page, &(struct page_field){.name = "plan", .label = N_("Plan")}, plan_options);
    page_select(page, &(struct page_field){.name = "role", .label = N_("Role")}, roles);
    page_element(page, "p", "soft", N_("The user cannot sign in before a password link was used."));
    page_dialog_close(page, &dialog);
}

static void put_invite(struct page *page)
{
    static const struct page_dialog dialog = {.name = "invite",
                                              .title = N_("Invite somebody"),
                                              .send = "POST /api/admin/invites",
                                              .done = "reveal",
                                              .submit = N_("Make a link")};
    page_dialog_open(page, &dialog);
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, N_("E-mail"));
    page_raw(page, "<input name=\"email\" type=\"email\" required></label></div>");
    page_dialog_close(page, &dialog);
}

/* Empty fields change nothing. */
static void put_change(struct page *page)
{
    static const struct page_option states[] = {
        {"true", N_("enabled")}, {"false", N_("disabled")}, {NULL, NULL}};
    static const struct page_option roles[] = {{"user", N_("user")},
                                               {"reviewer", N_("reviewer")},
                                               {"admin", N_("administrator")},
                                               {NULL, NULL}};
    static const struct page_dialog dialog = {.name = "change",
                                              .title = N_("Change a user"),
                                              .send = "PATCH /api/admin/users/{id}",
                                              .submit = N_("Save")};
    page_dialog_open(page, &dialog);
    page_raw(page, "<p><code data-text=\"name\"></code></p><div class=\"two\"><div>");
    page_raw(page, "<label>");
    page_say(page, N_("Plan"));
    page_raw(page, "<select name=\"plan\">");
    for (size_t i = 0; plan_options[i].value; i++)
        buf_printf(&page->out, "<option>%s</option>", plan_options[i].value);
    page_raw(page, "</select></label>");
    page_field(page, &(struct page_field){.name = "plan_until",
                                          .label = N_("Plan ends on"),
                                          .attributes = "type=\"date\""});
    page_field(page, &(struct page_field){.name = "plan_note",
                                          .label = N_("Note"),
                                          .attributes = "maxlength=\"200\""});
    page_raw(page, "</div><div><label>");
    page_say(page, N_("Role"));
    page_raw(page, "<select name=\"role\">");
    for (size_t i = 0; roles[i].value; i++) {
        buf_printf(&page->out, "<option value=\"%s\">", roles[i].value);
        page_say(page, roles[i].text);
        page_raw(page, "</option>");
    }
    page_raw(page, "</select></label>");
    page_select(
        page,
        &(struct page_field){.name = "enabled", .label = N_("State"), .attributes = "data-boolean"},
        states);
    page_field(page, &(struct page_field){.name = "analyses_per_month",
                                          .label = N_("Analyses per month"),
                                          .attributes = "type=\"number\" min=\"0\"",
                                          .help = N_("0 takes the plan's number again.")});
    page_raw(page, "</div></div>");
    page_dialog_close(page, &dialog);
}

static void put_dangers(struct page *page)
{
    static const struct page_dialog link = {.name = "link",
                                            .title = N_("A link to set a new password"),
                                            .send = "POST /api/admin/users/{id}/reset-link",
                                            .done = "reveal",
                                            .submit = N_("Make a link")};
    static const struct page_dialog sessions = {.name = "sessions",
                                                .title = N_("End all sessions of this user?"),
                                                .send = "DELETE /api/admin/users/{id}/sessions",
                                                .submit = N_("End them"),
                                                .danger = true};
    static const struct page_dialog remove = {.name = "remove",
                                              .title = N_("Delete this user?"),
                                              .send = "DELETE /api/admin/users/{id}",
                                              .submit = N_("Delete"),
                                              .danger = true};
    page_dialog_open(page, &link);
    page_element(page, "p", NULL, N_("It works once and for one hour. Old passwords end with it."));
    page_dialog_close(page, &link);
    page_dialog_open(page, &sessions);
    page_element(page, "p", NULL, N_("Whoever uses them must sign in again."));
    page_dialog_close(page, &sessions);
    page_dialog_open(page, &remove);
    page_element(page, "p", "notice warn",
                 N_("Keys, analyses, projects and files of this user go away for good; the sums of "
                    "usage stay under a number."));
    page_confirm(page, N_("Type the address to confirm:"));
    page_dialog_close(page, &remove);
    page_reveal(page, N_("Pass this link on"), N_("Link"), NULL);
}

static status users_reply(struct call *call, struct error *err)
{
    static const struct page_column columns[] = {
        {N_("User"), CELL_CALL, NULL, put_who},
        {N_("Role"), CELL_WORD, "role", NULL},
        {N_("Plan"), CELL_TEXT, "plan", NULL},
        {N_("State"), CELL_CALL, NULL, put_state},
        {N_("Last sign-in"), CELL_TIME, "last_login_at", NULL},
        {"", CELL_CALL, NULL, put_actions},
        {NULL, CELL_TEXT, NULL, NULL},
    };
    struct page page;
    const struct users_view *view = call->state;
    const struct page_head head = {
        .title = N_("Users"), .path = "/dashboard/admin/users", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<p class=\"row\"><button type=\"button\" data-open=\"create\">");
    page_say(&page, N_("Create a user"));
    page_raw(&page, "</button><button type=\"button\" class=\"plain\" data-open=\"invite\">");
    page_say(&page, N_("Invite somebody"));
    page_raw(&page, "</button></p>");
    page_data_table(&page, NULL, columns, json_find(view->answer, "users"));
    page_more(&page, page_member(view->answer, "next_cursor"), S(""));
    put_create(&page);
    put_invite(&page);
    put_change(&page);
    put_dangers(&page);
    return page_close(&page, 200, err);
}

const struct route admin_users_routes[] = {
    PAGE_DATA_ROUTE("/dashboard/admin/users", users_work, users_reply)};
