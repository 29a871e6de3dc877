/* The account of the signed-in user: name and language, password, sessions. */
#include "api/tables.h"
#include "pages/parts.h"
#include "present.h"
#include "storage/storage.h"

struct account_view {
    struct store_session *sessions;
    size_t count;
};

static status account_check(struct call *call, struct error *err)
{
    struct account_view *view = call_state(call, sizeof *view);
    struct store_page page = {.limit = STORE_PAGE_MAX, .newest_first = true};
    (void)err;
    if (call->actor != ACTOR_SESSION || !view)
        return ST_OK;
    TRY(store_session_list(call->txn, call->user->id, &page, &call->arena, &view->sessions));
    view->count = page.count;
    return ST_OK;
}

static const char *role_text(uint64_t role)
{
    return role == STORE_ROLE_ADMIN      ? N_("administrator")
           : role == STORE_ROLE_REVIEWER ? N_("reviewer")
                                         : N_("user");
}

static void put_profile(struct page *page)
{
    static const struct page_option languages[] = {{"en", "English"}, {"zh", "中文"}, {NULL, NULL}};
    const struct store_user *user = page->call->user;
    page_card_open(page, N_("Profile"));
    page_facts_open(page);
    page_fact(page, N_("E-mail"), user->email);
    page_fact(page, N_("Role"), slice_of(tr(page->lang, role_text(user->role))));
    page_fact_time(page, N_("Member since"), user->created_ms);
    page_facts_close(page);
    page_form_open(page, "PATCH /api/me", NULL, NULL);
    page_field(page, &(struct page_field){.name = "name",
                                          .label = N_("Name"),
                                          .attributes =
                                              "maxlength=\"100\" autocomplete=\"name\" data-keep",
                                          .help = N_("Stands under your reviews."),
                                          .value = user->name});
    page_select(page,
                &(struct page_field){.name = "language",
                                     .label = N_("Language"),
                                     .value = user->language.len ? user->language
                                                                 : slice_of(lang_tag(page->lang))},
                languages);
    page_form_close(page, N_("Save"));
    page_card_close(page);
}

static void put_password(struct page *page)
{
    page_card_open(page, N_("Password"));
    page_form_open(page, "POST /api/auth/password", NULL, NULL);
    page_raw(page, "<input class=\"sr\" type=\"text\" autocomplete=\"username\" tabindex=\"-1\" "
                   "aria-hidden=\"true\" value=\"");
    page_text(page, page->call->user->email);
    page_raw(page, "\">");
    page_field(page,
               &(struct page_field){
                   .name = "old_password",
                   .label = N_("Old password"),
                   .attributes = "type=\"password\" autocomplete=\"current-password\" required"});
    page_field(page,
               &(struct page_field){
                   .name = "new_password",
                   .label = N_("New password"),
                   .attributes = "type=\"password\" autocomplete=\"new-password\" "
                                 "minlength=\"12\" required",
                   .help = N_("At least 12 characters. Long and unusual beats complicated.")});
    page_element(page, "p", "soft", N_("A new password ends all other sessions; keys stay."));
    page_form_close(page, N_("Change the password"));
    page_card_close(page);
}

/* --- sessions
 * -------------------------------------------------------------------------------------- */

static const struct page_dialog end_dialog = {.name = "end",
                                              .title = N_("End this session?"),
                                              .send = "DELETE /api/auth/sessions/{id}",
                                              .submit = N_("End it"),
                                              .danger = true};
static const struct page_dialog others_dialog = {.name = "others",
                                                 .title = N_("End all other sessions?"),
                                                 .send = "DELETE /api/auth/sessions",
                                                 .submit = N_("End them"),
                                                 .danger = true};

/* "Firefox on Linux" out of a User-Agent; its beginning when nothing is known in it. */
static void put_agent(struct page *page, slice agent)
{
    static const struct {
        slice mark;
        const char *name;
    } browsers[] = {{SLICE_INIT("Edg/"), "Edge"},
                    {SLICE_INIT("OPR/"), "Opera"},
                    {SLICE_INIT("Firefox/"), "Firefox"},
                    {SLICE_INIT("Chrome/"), "Chrome"},
                    {SLICE_INIT("Safari/"), "Safari"}},
      systems[] = {{SLICE_INIT("Windows"), "Windows"}, {SLICE_INIT("Android"), "Android"},
                   {SLICE_INIT("iPhone"), "iPhone"},   {SLICE_INIT("iPad"), "iPad"},
                   {SLICE_INIT("Mac OS X"), "macOS"},  {SLICE_INIT("Linux"), "Linux"}};
    size_t b = 0, s = 0;
    while (b < ARRAY_COUNT(browsers) && !slice_find(agent, browsers[b].mark, &(size_t){0}))
        b++;
    while (s < ARRAY_COUNT(systems) && !slice_find(agent, systems[s].mark, &(size_t){0}))
        s++;
    if (b < ARRAY_COUNT(browsers) && s < ARRAY_COUNT(systems))
        buf_printf(&page->out, "%s, %s", browsers[b].name, systems[s].name);
    else
        page_text(page, slice_sub(agent, 0, 60));
}

static void put_session(struct page *page, struct page_table *table,
                        const struct store_session *session)
{
    page_table_row(page, table);
    page_table_cell(page, table);
    put_agent(page, session->agent);
    page_table_text(page, table, session->address);
    page_table_cell(page, table);
    page_moment(page, session->created_ms);
    page_table_cell(page, table);
    page_moment(page, session->seen_ms);
    page_table_cell(page, table);
    if (slice_eq(session->id, page->call->session->id))
        page_tag(page, "low", N_("this one"));
    else
        page_opener(page, "end", N_("End"), session->id, S(""));
}

static void put_sessions(struct page *page, const struct account_view *view)
{
    static const char *const heads[] = {
        N_("Browser"), N_("Address"), N_("Signed in"), N_("Last seen"), "", NULL};
    struct page_table table;
    page_element(page, "h2", NULL, N_("Sessions"));
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < view->count; i++)
        put_session(page, &table, &view->sessions[i]);
    page_table_close(page, &table);
    if (view->count > 1) {
        page_raw(page, "<p>");
        page_opener(page, "others", N_("End all other sessions"), S(""), S(""));
        page_raw(page, "</p>");
    }
    page_dialog_open(page, &end_dialog);
    page_element(page, "p", NULL, N_("Whoever uses it must sign in again."));
    page_dialog_close(page, &end_dialog);
    page_dialog_open(page, &others_dialog);
    page_element(page, "p", NULL, N_("Whoever uses them must sign in again."));
    page_dialog_close(page, &others_dialog);
}

/* --- second factor, data, end
 * ------------------------------------------------------------------- */

static const struct page_dialog totp_first = {.name = "totp",
                                              .title = N_("Switch on the second factor"),
                                              .send = "POST /api/auth/totp/enable",
                                              .done = "dialog:totp-code",
                                              .submit = N_("Go on")};
static const struct page_dialog totp_second = {.name = "totp-code",
                                               .title = N_("Add this to your app"),
                                               .send = "POST /api/auth/totp/enable",
                                               .done = "dialog:totp-recovery",
                                               .submit = N_("Switch on")};
static const struct page_dialog totp_off = {.name = "totp-off",
                                            .title = N_("Switch off the second factor"),
                                            .send = "POST /api/auth/totp/disable",
                                            .submit = N_("Switch off"),
                                            .danger = true};

static void put_password_again(struct page *page)
{
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, N_("Password"));
    page_raw(page, "<input type=\"password\" name=\"password\" "
                   "autocomplete=\"current-password\" required></label></div>");
}

static void put_code(struct page *page, const char *name)
{
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, N_("Code"));
    buf_printf(&page->out,
               "<input name=\"%s\" inputmode=\"numeric\" autocomplete=\"one-time-code\" "
               "required></label></div>",
               name);
}

static void put_totp_dialogs(struct page *page)
{
    page_dialog_open(page, &totp_first);
    page_element(page, "p", NULL,
                 N_("Signing in then asks for a code of an app beside the password."));
    put_password_again(page);
    page_dialog_close(page, &totp_first);
    page_dialog_open(page, &totp_second);
    page_raw(page, "<input type=\"hidden\" name=\"password\"><p>");
    page_say(page, N_("Point the camera of your app at this, or enter the key by hand."));
    page_raw(page, "</p><svg class=\"qr\" data-qr=\"otpauth_qr\" role=\"img\" aria-label=\"");
    page_say(page, N_("QR code with the key"));
    page_raw(page, "\"><path/></svg><p>");
    page_say(page, N_("Key"));
    page_raw(page, ": <code data-text=\"secret\"></code></p><p class=\"soft small\"><code "
                   "data-text=\"otpauth_uri\"></code></p>");
    put_code(page, "code");
    page_dialog_close(page, &totp_second);
    page_raw(page, "<dialog data-dialog=\"totp-recovery\" aria-labelledby=\"dlg-rec\"><h2 "
                   "id=\"dlg-rec\">");
    page_say(page, N_("Keep these codes"));
    page_raw(page, "</h2>");
    page_element(page, "p", "notice warn",
                 N_("Each works once when the app is lost. They are not shown again."));
    page_raw(page, "<pre data-text=\"recovery_codes\" tabindex=\"0\"></pre>"
                   "<p><a class=\"button\" href=\"/dashboard/account\">");
    page_say(page, N_("I saved them"));
    page_raw(page, "</a></p></dialog>");
    page_dialog_open(page, &totp_off);
    put_password_again(page);
    put_code(page, "code");
    page_dialog_close(page, &totp_off);
}

static void put_second_factor(struct page *page)
{
    bool on = page->call->user->totp_secret.len > 0;
    page_card_open(page, N_("Second factor"));
    page_raw(page, "<p>");
    page_tag(page, on ? "low" : "neutral", on ? N_("on") : N_("off"));
    page_raw(page, "</p><p>");
    page_opener(page, on ? "totp-off" : "totp", on ? N_("Switch off") : N_("Switch on"), S(""),
                S(""));
    page_raw(page, "</p>");
    page_card_close(page);
}

static void put_data(struct page *page)
{
    static const struct page_dialog dialog = {.name = "remove",
                                              .title = N_("Delete your account?"),
                                              .send = "DELETE /api/me",
                                              .done = "/",
                                              .submit = N_("Delete everything"),
                                              .danger = true};
    page_card_open(page, N_("Your data"));
    page_raw(page, "<p class=\"row\"><a class=\"button plain small\" download "
                   "href=\"/api/me/export\">");
    page_say(page, N_("Download everything"));
    page_raw(page, "</a>");
    page_opener(page, "remove", N_("Delete the account"), S(""), page->call->user->email);
    page_raw(page, "</p>");
    page_card_close(page);
    page_dialog_open(page, &dialog);
    page_element(page, "p", "notice warn",
                 N_("Keys, analyses, projects and files go away for good."));
    page_confirm(page, N_("Type the address to confirm:"));
    put_password_again(page);
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, N_("Code, when the second factor is on"));
    page_raw(page, "<input name=\"totp\" inputmode=\"numeric\" "
                   "autocomplete=\"one-time-code\"></label></div>");
    page_dialog_close(page, &dialog);
}

static status account_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {
        .title = N_("Account"), .path = "/dashboard/account", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<div class=\"two\">");
    put_profile(&page);
    put_password(&page);
    put_second_factor(&page);
    put_data(&page);
    page_raw(&page, "</div>");
    put_totp_dialogs(&page);
    put_sessions(&page, call->state);
    return page_close(&page, 200, err);
}

const struct route account_page_routes[] = {
    PAGE_ROUTE("/dashboard/account", account_check, account_reply)};
