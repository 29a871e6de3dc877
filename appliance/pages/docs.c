/* The documents of web/docs at /docs: a list, and one page per document in the reader's language.
 */
#include "api/tables.h"
#include "assets.h"
#include "pages/markdown.h"
#include "pages/page.h"

/* "docs/first-steps.md" → "first-steps"; empty for other assets and for translations. */
static slice doc_name(const struct asset *asset)
{
    slice name = asset->name;
    if (!slice_has_prefix(name, S("docs/")) || slice_has_suffix(name, S(".zh.md")))
        return S("");
    return slice_sub(name, 5, name.len - 5 - 3);
}

/* The document in that language, else in English; NULL when there is none. */
static const struct asset *doc_find(struct call *call, slice name, enum lang lang)
{
    slice zh = arena_printf(&call->arena, "docs/" SLICE_FMT ".zh.md", SLICE_ARG(name));
    slice en = arena_printf(&call->arena, "docs/" SLICE_FMT ".md", SLICE_ARG(name));
    const struct asset *asset = lang == LANG_ZH && zh.ptr ? asset_find(zh) : NULL;
    return asset || !en.ptr ? asset : asset_find(en);
}

static status list_reply(struct call *call, struct error *err)
{
    struct page page;
    size_t count;
    const struct asset *assets = asset_list(&count);
    const struct page_head head = {.title = N_("Documentation"), .path = "/docs"};
    page_open(&page, call, &head);
    page_raw(&page, "<ul>");
    for (size_t i = 0; i < count; i++) {
        slice name = doc_name(&assets[i]);
        const struct asset *doc = name.len ? doc_find(call, name, page.lang) : NULL;
        if (!doc)
            continue;
        page_raw(&page, "<li><a href=\"/docs/");
        page_text(&page, name);
        page_raw(&page, "\">");
        page_text(&page, markdown_title(doc->bytes));
        page_raw(&page, "</a></li>");
    }
    page_raw(&page, "<li><a href=\"/docs/api\">");
    page_say(&page, N_("API reference"));
    page_raw(&page, "</a></li></ul>");
    return page_close(&page, 200, err);
}

static status doc_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct asset *doc = doc_find(call, call_param(call, "name"), page_lang(call));
    const struct page_head head = {
        .title = N_("Documentation"), .path = "/docs", .no_heading = true};
    if (!doc)
        return error_set(err, ST_NOT_FOUND, "there is no such thing");
    page_open(&page, call, &head);
    page_raw(&page, "<article class=\"doc\">");
    markdown_html(&page.out, doc->bytes);
    page_raw(&page, "</article>");
    return page_close(&page, 200, err);
}

const struct route docs_routes[] = {
    {.method = METHOD_GET,
     .path = "/docs",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP,
     .reply = list_reply},
    {.method = METHOD_GET,
     .path = "/docs/:name",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP,
     .reply = doc_reply},
};
