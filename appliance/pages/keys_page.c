/* API keys: the table of the plan, and what can be done with each key (forms.js sends it). */
#include "api/tables.h"
#include "auth.h"
#include "credentials.h"
#include "pages/parts.h"
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
    page_tag(page, live ? "low" : "neutral",
             live              ? N_("active")
             : key->revoked_ms ? N_("revoked")
                               : N_("expired"));
}

static void put_scopes(struct page *page, const struct store_api_key *key)
{
    uint64_t bit;
    page_raw(page, "<span class=\"soft small\">");
    for (size_t i = 0, shown = 0; scope_at(i, &bit); i++)
        if (key->scopes & bit) {
            if (shown++)
                page_raw(page, ", ");
            page_text(page, slice_of(scope_at(i, NULL)));
        }
    if (key->cidrs.len) {
        page_raw(page, "<br>");
        page_text(page, key->cidrs);
    }
    page_raw(page, "</span>");
}

static void put_actions(struct page *page, const struct store_api_key *key)
{
    static const struct {
        const char *dialog, *text;
    } actions[] = {{"rename", N_("Rename")}, {"rotate", N_("Rotate")}, {"revoke", N_("Revoke")}};
    slice id = arena_printf(&page->call->arena, "%llu", (unsigned long long)key->id);
    if (!key_is_active(key, page->call->now_ms))
        return;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
        page_opener(page, actions[i].dialog, actions[i].text, id, key->name);
}

static void put_table(struct page *page, const struct key_list *list)
{
    static const char *const heads[] = {N_("Name"),
                                        N_("Key and scopes"),
                                        N_("Created"),
                                        N_("Last used"),
                                        N_("Expires"),
                                        N_("Status"),
                                        "",
                                        NULL};
    struct page_table table;
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < list->count; i++) {
        const struct store_api_key *key = &list->keys[i];
        page_table_row(page, &table);
        page_table_text(page, &table, key->name);
        if (!key->livemode)
            page_element(page, "span", "soft", N_(" (test)"));
        page_table_cell(page, &table);
        page_raw(page, "<code>");
        page_text(page, key->prefix);
        page_raw(page, "</code><br>");
        put_scopes(page, key);
        page_table_time(page, &table, key->created_ms);
        page_table_time(page, &table, key->last_used_ms);
        page_table_time(page, &table, key->expires_ms);
        page_table_cell(page, &table);
        put_state(page, key);
        page_table_cell(page, &table);
        put_actions(page, key);
    }
    page_table_close(page, &table);
}

/* --- dialogs
 * --------------------------------------------------------------------------------------- */

static void put_scope_boxes(struct page *page)
{
    uint64_t bit;
    page_raw(page, "<details><summary>");
    page_say(page, N_("Scopes, networks, mode"));
    page_raw(page, "</summary><fieldset><legend>");
    page_say(page, N_("Scopes"));
    page_raw(page, "</legend>");
    for (size_t i = 0; scope_at(i, &bit); i++)
        buf_printf(&page->out,
                   "<label class=\"box\"><input type=\"checkbox\" name=\"scopes\" "
                   "value=\"%s\"%s> <code>%s</code></label>",
                   scope_at(i, NULL), bit & SCOPES_DEFAULT ? " checked" : "", scope_at(i, NULL));
    page_raw(page, "</fieldset>");
    page_field(page, &(struct page_field){
                         .name = "allowed_cidrs",
                         .label = N_("Allowed networks"),
                         .attributes = "data-list placeholder=\"192.0.2.0/24\"",
                         .help = N_("Addresses or networks with commas between; empty = all.")});
    page_raw(page, "<div class=\"field\"><label class=\"box\"><input type=\"checkbox\" "
                   "name=\"livemode\" checked> ");
    page_say(page, N_("Live key; a test key is never billed"));
    page_raw(page, "</label></div></details>");
}

static void put_create_dialog(struct page *page)
{
    static const struct page_dialog dialog = {.name = "create",
                                              .title = N_("Create an API key"),
                                              .send = "POST /api/dashboard/keys",
                                              .done = "reveal",
                                              .submit = N_("Create")};
    page_dialog_open(page, &dialog);
    page_field(page, &(struct page_field){.name = "name",
                                          .label = N_("Name"),
                                          .attributes = "maxlength=\"100\" required"});
    page_field(page, &(struct page_field){.name = "expires_in_days",
                                          .label = N_("Expires after days"),
                                          .attributes = "type=\"number\" min=\"1\" max=\"3650\"",
                                          .value = S("90")});
    put_scope_boxes(page);
    page_dialog_close(page, &dialog);
}

static void put_rename_dialog(struct page *page)
{
    static const struct page_dialog dialog = {.name = "rename",
                                              .title = N_("Rename this key"),
                                              .send = "PATCH /api/dashboard/keys/{id}",
                                              .submit = N_("Save")};
    page_dialog_open(page, &dialog);
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, N_("Name"));
    page_raw(page, "<input name=\"name\" maxlength=\"100\" required></label></div>");
    page_dialog_close(page, &dialog);
}

static void put_confirm_dialog(struct page *page, const struct page_dialog *dialog,
                               const char *text)
{
    page_dialog_open(page, dialog);
    page_element(page, "p", NULL, text);
    page_confirm(page, N_("Type the name of the key to confirm:"));
    page_dialog_close(page, dialog);
}

static void put_dialogs(struct page *page)
{
    static const struct page_dialog revoke = {.name = "revoke",
                                              .title = N_("Revoke this key?"),
                                              .send = "DELETE /api/dashboard/keys/{id}",
                                              .submit = N_("Revoke"),
                                              .danger = true};
    static const struct page_dialog rotate = {.name = "rotate",
                                              .title = N_("Replace this key?"),
                                              .send = "POST /api/dashboard/keys/{id}/rotate",
                                              .done = "reveal",
                                              .submit = N_("Rotate")};
    put_create_dialog(page);
    put_rename_dialog(page);
    put_confirm_dialog(page, &revoke,
                       N_("Programs that use it are refused from their next request on."));
    put_confirm_dialog(page, &rotate, N_("You get a new key; the old one works for one more day."));
    page_reveal(page, N_("Save this key now"), N_("API key"), "SLEUTH_KEY");
}

static status keys_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct key_list *list = call->state;
    const struct page_head head = {
        .title = N_("API keys"), .path = "/dashboard/keys", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_raw(&page, "<p class=\"row\"><button type=\"button\" data-open=\"create\">");
    page_say(&page, N_("Create an API key"));
    page_raw(&page, "</button></p>");
    if (list->count)
        put_table(&page, list);
    else
        page_empty(&page, N_("Programs call the API with a key. You have none yet."), NULL, NULL);
    put_dialogs(&page);
    return page_close(&page, 200, err);
}

const struct route keys_page_routes[] = {PAGE_ROUTE("/dashboard/keys", keys_check, keys_reply)};
