/* API keys: the table of the plan, and what can be done with each key (keys.js sends it). */
#include "api/tables.h"
#include "pages/page.h"
#include "plans.h"
#include "present.h"
#include "storage/storage.h"

struct key_list {
    struct store_api_key *keys;
    size_t count;
};

static status keys_check(struct call *call, struct error *err)
{
    struct key_list *list = call_state(call, sizeof *list);
    struct store_page page = {.limit = STORE_PAGE_MAX, .newest_first = true};
    (void)err;
    if (call->actor != ACTOR_SESSION || !list)
        return ST_OK;
    TRY(store_key_list(call->txn, call->user->id, &page, &call->arena, &list->keys));
    list->count = page.count;
    return ST_OK;
}

static void put_state(struct page *page, const struct store_api_key *key)
{
    bool live = key_is_active(key, page->call->now_ms);
    const char *text = live ? N_("active") : key->revoked_ms ? N_("revoked") : N_("expired");
    buf_printf(&page->out, "<span class=\"tag %s\">", live ? "low" : "neutral");
    page_say(page, text);
    page_raw(page, "</span>");
}

static void put_actions(struct page *page, const struct store_api_key *key)
{
    if (!key_is_active(key, page->call->now_ms))
        return;
    static const struct {
        const char *action, *text;
    } actions[] = {{"rotate", N_("Rotate")}, {"revoke", N_("Revoke")}};
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        buf_printf(
            &page->out,
            "<button type=\"button\" class=\"small plain\" data-key-%s=\"%llu\" data-name=\"",
            actions[i].action, (unsigned long long)key->id);
        page_text(page, key->name);
        page_raw(page, "\">");
        page_say(page, actions[i].text);
        page_raw(page, "</button> ");
    }
}

static void put_row(struct page *page, const struct store_api_key *key)
{
    page_raw(page, "<tr><td>");
    page_text(page, key->name);
    if (!key->livemode)
        page_element(page, "span", "soft", N_(" (test)"));
    page_raw(page, "</td><td><code>");
    page_text(page, key->prefix);
    page_raw(page, "</code></td><td>");
    page_time(page, key->created_ms);
    page_raw(page, "</td><td>");
    page_time(page, key->last_used_ms);
    page_raw(page, "</td><td>");
    page_time(page, key->expires_ms);
    page_raw(page, "</td><td>");
    put_state(page, key);
    page_raw(page, "</td><td>");
    put_actions(page, key);
    page_raw(page, "</td></tr>\n");
}

static void put_table(struct page *page, const struct key_list *list)
{
    static const char *const heads[] = {N_("Name"),    N_("Key"),    N_("Created"), N_("Last used"),
                                        N_("Expires"), N_("Status"), N_("Actions")};
    page_raw(page, "<div class=\"scroll\"><table><thead><tr>");
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
        page_raw(page, "<th scope=\"col\">");
        page_say(page, heads[i]);
        page_raw(page, "</th>");
    }
    page_raw(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < list->count; i++)
        put_row(page, &list->keys[i]);
    page_raw(page, "</tbody></table></div>\n");
}

/* Name and expiry; the secret appears once, in the reveal panel that keys.js fills. */
static void put_create_dialog(struct page *page)
{
    page_raw(
        page,
        "<dialog data-dialog=\"create\" aria-labelledby=\"create-title\"><form method=\"dialog\" "
        "data-form=\"key-create\"><h2 id=\"create-title\">");
    page_say(page, N_("Create an API key"));
    page_raw(page, "</h2><div class=\"notice error\" role=\"alert\" data-error hidden></div>"
                   "<div class=\"field\"><label for=\"key-name\">");
    page_say(page, N_("Name"));
    page_raw(page, "</label><input id=\"key-name\" name=\"name\" maxlength=\"100\" required></div>"
                   "<div class=\"field\"><label for=\"key-days\">");
    page_say(page, N_("Expires after days"));
    page_raw(page,
             "</label><input id=\"key-days\" name=\"expires_in_days\" type=\"number\" min=\"1\" "
             "max=\"3650\" value=\"90\"></div><p class=\"row\"><button type=\"submit\">");
    page_say(page, N_("Create"));
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-close>");
    page_say(page, N_("Cancel"));
    page_raw(page, "</button></p></form></dialog>\n");
}

static void put_reveal_dialog(struct page *page)
{
    page_raw(
        page,
        "<dialog data-dialog=\"reveal\" aria-labelledby=\"reveal-title\"><h2 id=\"reveal-title\">");
    page_say(page, N_("Save this key now"));
    page_raw(page, "</h2>");
    page_element(page, "p", "notice warn", N_("It will not be shown again."));
    page_raw(page, "<p class=\"secret\"><label class=\"sr\" for=\"secret\">");
    page_say(page, N_("API key"));
    page_raw(
        page,
        "</label><input id=\"secret\" readonly data-secret><button type=\"button\" data-copy>");
    page_say(page, N_("Copy"));
    page_raw(page, "</button></p><p role=\"status\" data-copied hidden>");
    page_say(page, N_("Copied."));
    page_raw(page,
             "</p><p class=\"row\"><a class=\"button plain\" data-env download=\"sleuth.env\">");
    page_say(page, N_("Download .env"));
    page_raw(page, "</a><button type=\"button\" data-saved>");
    page_say(page, N_("I saved it"));
    page_raw(page, "</button></p></dialog>\n");
}

static void put_confirm_dialog(struct page *page)
{
    page_raw(
        page,
        "<dialog data-dialog=\"confirm\" aria-labelledby=\"confirm-title\"><form method=\"dialog\" "
        "data-form=\"key-confirm\"><h2 id=\"confirm-title\"><span data-if=\"revoke\">");
    page_say(page, N_("Revoke this key?"));
    page_raw(page, "</span><span data-if=\"rotate\">");
    page_say(page, N_("Replace this key?"));
    page_raw(page, "</span></h2><div class=\"notice error\" role=\"alert\" data-error hidden></div>"
                   "<p data-if=\"revoke\">");
    page_say(page, N_("Programs that use it are refused from their next request on."));
    page_raw(page, "</p><p data-if=\"rotate\">");
    page_say(page, N_("You get a new key; the old one works for one more day."));
    page_raw(page, "</p><div class=\"field\"><label for=\"confirm-name\">");
    page_say(page, N_("Type the name of the key to confirm"));
    page_raw(page,
             ": <code data-wanted></code></label><input id=\"confirm-name\" autocomplete=\"off\" "
             "required></div><p class=\"row\"><button type=\"submit\" class=\"danger\">");
    page_say(page, N_("Confirm"));
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-close>");
    page_say(page, N_("Cancel"));
    page_raw(page, "</button></p></form></dialog>\n");
}

static status keys_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("API keys"),
                                   .path = "/dashboard/keys",
                                   .scripts = {"keys.js"},
                                   .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<p class=\"row\"><button type=\"button\" data-open=\"create\">");
    page_say(&page, N_("Create an API key"));
    page_raw(&page, "</button></p>");
    put_table(&page, call->state);
    put_create_dialog(&page);
    put_reveal_dialog(&page);
    put_confirm_dialog(&page);
    return page_close(&page, 200, err);
}

const struct route keys_page_routes[] = {
    {.method = METHOD_GET,
     .path = "/dashboard/keys",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED,
     .check = keys_check,
     .reply = keys_reply},
};
