/* The frame of every page and the few ways to put text on it; see page.h. */
#include "pages/page.h"
#include "pages/parts.h"

#include "app.h"
#include "assets.h"
#include "cookie.h"
#include "storage/storage.h"

#include "base/clock.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* --- text
 * ------------------------------------------------------------------------------------------ */

void page_raw(struct page *page, const char *markup)
{
    buf_put_str(&page->out, markup);
}

void page_text(struct page *page, slice text)
{
    buf_put_html(&page->out, text);
}

void page_say(struct page *page, const char *english)
{
    page_text(page, slice_of(tr(page->lang, english)));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void page_sayf(struct page *page, const char *english, ...)
{
    char text[512];
    va_list args;
    va_start(args, english);
    (void)vsnprintf(text, sizeof text, tr(page->lang, english), args);
    va_end(args);
    page_text(page, slice_of(text));
}
#pragma GCC diagnostic pop

void page_element(struct page *page, const char *tag, const char *class_name, const char *english)
{
    buf_printf(&page->out, "<%s", tag);
    if (class_name)
        buf_printf(&page->out, " class=\"%s\"", class_name);
    buf_put_byte(&page->out, '>');
    page_say(page, english);
    buf_printf(&page->out, "</%s>", tag);
}

void page_number(struct page *page, uint64_t number)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_put_byte(&page->out, ',');
        buf_put_byte(&page->out, digits[i]);
    }
}

void page_time(struct page *page, int64_t unix_ms)
{
    char full[TIME_TEXT_MAX], date[TIME_TEXT_MAX];
    if (unix_ms == 0) {
        page_raw(page, "—");
        return;
    }
    buf_printf(&page->out, "<time datetime=\"" SLICE_FMT "\">" SLICE_FMT "</time>",
               SLICE_ARG(time_rfc3339(unix_ms, full)), SLICE_ARG(time_date(unix_ms, date)));
}

void page_verdict(struct page *page, slice verdict, slice risk)
{
    static const struct {
        slice verdict;
        const char *text;
    } words[] = {
        {SLICE_INIT("adaptive_protocol_detected"), N_("adaptive protocol")},
        {SLICE_INIT("no_evidence"), N_("no evidence found")},
        {SLICE_INIT("insufficient_data"), N_("cannot tell")},
        {SLICE_INIT("fixed_protocol"), N_("fixed protocol")},
    };
    const char *text = NULL;
    const char *tag = slice_eq(risk, S("high"))     ? "high"
                      : slice_eq(risk, S("medium")) ? "medium"
                                                    : "neutral";
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (slice_eq(words[i].verdict, verdict))
            text = words[i].text;
    buf_printf(&page->out, "<span class=\"tag %s\">", tag);
    if (text)
        page_say(page, text);
    else
        page_text(page, verdict);
    page_raw(page, "</span>");
}

/* --- language
 * -------------------------------------------------------------------------------------- */

enum lang page_lang(const struct call *call)
{
    enum lang lang = call->lang;
    slice query = call_query(call, "lang");
    if (slice_has_prefix(call->path, S("/zh/")) || slice_eq(call->path, S("/zh")))
        return LANG_ZH;
    if (slice_has_prefix(call->path, S("/en/")) || slice_eq(call->path, S("/en")))
        return LANG_EN;
    if (query.ptr)
        return lang_from_tag(query);
    slice cookie = cookie_find(call_header(call, "cookie"), "sleuth_lang");
    if (cookie.ptr)
        return lang_from_tag(cookie);
    if (call->actor == ACTOR_SESSION && call->user->language.len)
        lang = lang_from_tag(call->user->language);
    return lang;
}

/* --- navigation
 * ------------------------------------------------------------------------------------ */

struct nav_entry {
    const char *path;
    const char *text;
};

static const struct nav_entry public_nav[] = {
    {"/app", N_("Analyse")},
    {"/pricing", N_("Plans")},
    {"/docs", N_("Documentation")},
};

/* A text without a path begins a group. */
/* clang-format off */
static const struct nav_entry app_nav[] = {
    {"/dashboard", N_("Overview")},
    {"/dashboard/new", N_("New analysis")},
    {"/dashboard/analyses", N_("Analyses")},
    {"/dashboard/projects", N_("Projects")},
    {NULL, N_("Data and work")},
    {"/dashboard/datasets", N_("Data sets")},
    {"/dashboard/files", N_("Files")},
    {"/dashboard/jobs", N_("Jobs")},
    {NULL, N_("Access and account")},
    {"/dashboard/keys", N_("API keys")},
    {"/dashboard/hooks", N_("Webhooks")},
    {"/dashboard/usage", N_("Usage statistics")},
    {"/dashboard/billing", N_("Billing")},
    {"/dashboard/account", N_("Account")},
    {"/status", N_("Status")},
};
/* clang-format on */

static const struct nav_entry admin_nav[] = {
    {NULL, N_("Administration")},
    {"/dashboard/admin/users", N_("Users")},
    {"/dashboard/admin/audit", N_("Audit log")},
    {"/dashboard/admin/system", N_("System")},
};

static void nav_link(struct page *page, const struct nav_entry *entry, const char *here)
{
    bool current = slice_eq(slice_of(entry->path), slice_of(here));
    buf_printf(&page->out, "<a href=\"%s\"%s>", entry->path,
               current ? " aria-current=\"page\"" : "");
    page_say(page, entry->text);
    page_raw(page, "</a>");
}

static void put_top_bar(struct page *page, const char *here)
{
    const struct call *call = page->call;
    enum lang other = page->lang == LANG_ZH ? LANG_EN : LANG_ZH;
    buf_printf(
        &page->out,
        "<header class=\"bar\"><div class=\"wrap\"><a class=\"brand\" href=\"/\">"
        "<img src=\"%s\" alt=\"\" width=\"26\" height=\"26\">Sleuth</a><nav aria-label=\"%s\">",
        asset_path("icon.svg"), tr(page->lang, N_("Main")));
    for (size_t i = 0; i < ARRAY_COUNT(public_nav); i++)
        nav_link(page, &public_nav[i], here);
    page_raw(page, "</nav><div class=\"end\">");
    buf_printf(&page->out,
               "<button type=\"button\" class=\"link\" data-theme-toggle hidden>%s</button>"
               "<a href=\"?lang=%s\" lang=\"%s\" hreflang=\"%s\" data-lang=\"%s\">%s</a>",
               tr(page->lang, N_("Dark or light")), lang_tag(other), lang_tag(other),
               lang_tag(other), lang_tag(other), other == LANG_ZH ? "中文" : "English");
    if (call->actor == ACTOR_SESSION)
        buf_printf(&page->out,
                   "<a href=\"/dashboard\">%s</a>"
                   "<button type=\"button\" class=\"small plain\" data-sign-out>%s</button>",
                   tr(page->lang, N_("Dashboard")), tr(page->lang, N_("Sign out")));
    else
        buf_printf(&page->out, "<a class=\"button small\" href=\"/login\">%s</a>",
                   tr(page->lang, N_("Sign in")));
    page_raw(page, "</div></div></header>\n");
}

static void put_nav_group(struct page *page, const struct nav_entry *entries, size_t count,
                          const char *here)
{
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].path) {
            page_raw(page, "<li class=\"group\">");
            page_say(page, entries[i].text);
        } else {
            page_raw(page, "<li>");
            nav_link(page, &entries[i], here);
        }
        page_raw(page, "</li>");
    }
}

static void put_side_bar(struct page *page, const char *here)
{
    buf_printf(&page->out, "<div class=\"side\"><nav aria-label=\"%s\">",
               tr(page->lang, N_("Dashboard")));
    page_raw(page, "<ul>");
    put_nav_group(page, app_nav, ARRAY_COUNT(app_nav), here);
    if (page->call->actor == ACTOR_SESSION && page->call->user->role == STORE_ROLE_ADMIN)
        put_nav_group(page, admin_nav, ARRAY_COUNT(admin_nav), here);
    page_raw(page, "</ul></nav><div>\n");
}

/* Sensitive changes ask for the password again; forms.js opens this and repeats the change. */
static void put_reauth(struct page *page)
{
    static const struct page_dialog dialog = {.name = "reauth",
                                              .title = N_("Your password again"),
                                              .send = "POST /api/auth/reauth",
                                              .submit = N_("Go on")};
    page_dialog_open(page, &dialog);
    page_element(page, "p", NULL,
                 N_("Sensitive changes need a password that was entered within the last 15 "
                    "minutes."));
    page_field(page,
               &(struct page_field){
                   .name = "password",
                   .label = N_("Password"),
                   .attributes = "type=\"password\" autocomplete=\"current-password\" required"});
    page_dialog_close(page, &dialog);
}

/* app.js shows it two minutes before an idle session ends. */
static void put_timeout(struct page *page)
{
    const struct store_session *session = page->call->session;
    if (!session)
        return;
    buf_printf(&page->out,
               "<div class=\"notice warn toast\" role=\"alert\" data-idle-ms=\"%lld\" hidden><p>",
               (long long)session->idle_ms);
    page_say(page, N_("You will be signed out in two minutes because nothing was done here."));
    page_raw(page, "</p><button type=\"button\" class=\"small\" data-stay>");
    page_say(page, N_("Stay signed in"));
    page_raw(page, "</button></div>\n");
}

/* --- frame
 * ----------------------------------------------------------------------------------------- */

static void put_head(struct page *page, const struct page_head *head)
{
    buf_printf(&page->out,
               "<!doctype html>\n<html lang=\"%s\"%s><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
               page->lang == LANG_ZH ? "zh-CN" : "en",
               page->call->actor == ACTOR_SESSION ? " data-signed-in" : "");
    page_say(page, head->title);
    buf_printf(&page->out,
               " · Sleuth</title><link rel=\"icon\" href=\"%s\" type=\"image/svg+xml\">"
               "<link rel=\"stylesheet\" href=\"%s\">",
               asset_path("icon.svg"), asset_path("style.css"));
    if (head->with_report_style)
        page_raw(page, "<link rel=\"stylesheet\" href=\"/assets/report.css\">");
    buf_printf(&page->out, "<script type=\"module\" src=\"%s\"></script>", asset_path("app.js"));
    if (head->place == PLACE_APP)
        buf_printf(&page->out, "<script type=\"module\" src=\"%s\"></script>",
                   asset_path("forms.js"));
    for (size_t i = 0; i < ARRAY_COUNT(head->scripts) && head->scripts[i]; i++)
        buf_printf(&page->out, "<script type=\"module\" src=\"%s\"></script>",
                   asset_path(head->scripts[i]));
    page_raw(page,
             head->place == PLACE_APP ? "</head>\n<body class=\"with-side\">" : "</head>\n<body>");
}

void page_open(struct page *page, struct call *call, const struct page_head *head)
{
    *page = (struct page){.call = call, .lang = page_lang(call), .place = head->place};
    buf_init_arena(&page->out, &call->arena, PAGE_BYTES_MAX);
    put_head(page, head);
    page_raw(page, "<a class=\"skip\" href=\"#main\">");
    page_say(page, N_("Skip to the content"));
    page_raw(page, "</a>");
    put_top_bar(page, head->path);
    page_raw(page, "<main id=\"main\"><div class=\"wrap\">\n");
    if (page->place == PLACE_APP)
        put_side_bar(page, head->path);
    if (!head->no_heading)
        page_element(page, "h1", NULL, head->title);
}

status page_close(struct page *page, int http_status, struct error *err)
{
    static const struct nav_entry links[] = {
        {"/docs", N_("Documentation")}, {"/openapi.json", "OpenAPI"}, {"/pricing", N_("Plans")}};
    if (page->place == PLACE_APP) {
        put_reauth(page);
        put_timeout(page);
        page_raw(page, "</div></div>");
    }
    page_raw(page, "</div></main>\n<footer><div class=\"wrap\"><ul>");
    for (size_t i = 0; i < ARRAY_COUNT(links); i++) {
        page_raw(page, "<li>");
        nav_link(page, &links[i], "");
        page_raw(page, "</li>");
    }
    buf_printf(&page->out, "<li>Sleuth %s</li></ul></div></footer></body></html>\n",
               page->call->app->version);
    TRY(buf_check(&page->out, err));
    reply_header(page->call, "Content-Language", slice_of(lang_tag(page->lang)));
    reply_header(page->call, "Vary", S("Accept-Language, Cookie"));
    return reply_bytes(page->call, http_status, "text/html; charset=utf-8", buf_slice(&page->out));
}

bool page_is_api(slice endpoint)
{
    return slice_has_prefix(endpoint, S("/api/"));
}

bool page_signed_in(struct call *call)
{
    if (call->actor == ACTOR_SESSION)
        return true;
    slice target = arena_printf(&call->arena, "/login?next=" SLICE_FMT, SLICE_ARG(call->path));
    (void)reply_redirect(call, 303, target); /* a full arena fails the call by itself */
    return false;
}
