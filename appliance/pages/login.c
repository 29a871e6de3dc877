/* Sign in; and sign up where the installation allows it. The forms are sent by account.js as JSON.
 */
#include "api/tables.h"
#include "app.h"
#include "config.h"
#include "pages/page.h"

static void put_input(struct page *page, const char *name, const char *label,
                      const char *attributes)
{
    buf_printf(&page->out, "<div class=\"field\"><label for=\"%s\">", name);
    page_say(page, label);
    buf_printf(&page->out, "</label><input id=\"%s\" name=\"%s\" %s></div>", name, name,
               attributes);
}

static void put_error_place(struct page *page)
{
    page_raw(page, "<div class=\"notice error\" role=\"alert\" data-error hidden></div>");
    page_raw(page, "<noscript><p class=\"notice warn\">");
    page_say(page, N_("Signing in needs JavaScript; reports and documents do not."));
    page_raw(page, "</p></noscript>");
}

static status login_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {
        .title = N_("Sign in"), .path = "/login", .scripts = {"account.js"}};
    page_open(&page, call, &head);
    page_raw(&page, "<form data-form=\"login\" novalidate>");
    put_error_place(&page);
    put_input(&page, "email", N_("E-mail"),
              "type=\"email\" autocomplete=\"username\" required autofocus");
    put_input(&page, "password", N_("Password"),
              "type=\"password\" autocomplete=\"current-password\" required");
    page_raw(&page, "<div data-totp hidden>");
    put_input(&page, "totp", N_("Code of your authenticator app, or a recovery code"),
              "autocomplete=\"one-time-code\" maxlength=\"20\"");
    page_raw(&page, "</div><p class=\"row\"><button type=\"submit\">");
    page_say(&page, N_("Sign in"));
    page_raw(&page, "</button></p></form>");
    if (slice_eq(call->app->config->auth_signup, S("open"))) {
        page_raw(&page, "<p><a href=\"/signup\">");
        page_say(&page, N_("Create an account"));
        page_raw(&page, "</a></p>");
    } else {
        page_element(&page, "p", "soft",
                     N_("No account, or password forgotten? Ask the administrator of this "
                        "installation."));
    }
    return page_close(&page, 200, err);
}

static status signup_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {
        .title = N_("Create an account"), .path = "/signup", .scripts = {"account.js"}};
    if (slice_eq(call->app->config->auth_signup, S("closed")))
        return error_set(err, ST_NOT_FOUND, "there is no such thing");
    page_open(&page, call, &head);
    page_raw(&page, "<form data-form=\"signup\" novalidate>");
    put_error_place(&page);
    put_input(&page, "email", N_("E-mail"), "type=\"email\" autocomplete=\"username\" required");
    put_input(&page, "password", N_("Password"),
              "type=\"password\" autocomplete=\"new-password\" minlength=\"12\" required");
    page_element(&page, "p", "soft",
                 N_("At least 12 characters. Long and unusual beats complicated."));
    page_raw(&page, "<p><button type=\"submit\">");
    page_say(&page, N_("Create an account"));
    page_raw(&page, "</button></p></form>");
    return page_close(&page, 200, err);
}

/* The link of an administrator: the token stands behind '#', so it reaches no log. */
static status reset_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {
        .title = N_("Set a new password"), .path = "/reset", .scripts = {"account.js"}};
    page_open(&page, call, &head);
    page_raw(&page, "<form data-form=\"reset\" novalidate>");
    put_error_place(&page);
    put_input(&page, "password", N_("New password"),
              "type=\"password\" autocomplete=\"new-password\" minlength=\"12\" required");
    page_element(&page, "p", "soft",
                 N_("At least 12 characters. Long and unusual beats complicated."));
    page_raw(&page, "<p><button type=\"submit\">");
    page_say(&page, N_("Set the password"));
    page_raw(&page, "</button></p></form>");
    return page_close(&page, 200, err);
}

const struct route login_routes[] = {PAGE_ROUTE("/login", NULL, login_reply),
                                     PAGE_ROUTE("/signup", NULL, signup_reply),
                                     PAGE_ROUTE("/reset", NULL, reset_reply)};
