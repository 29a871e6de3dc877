/* The API reference at /docs/api, rendered from the route table: works offline, copies as commands.
 */
#include "api/tables.h"
#include "pages/page.h"

static bool is_documented(const struct route *route)
{
    return route->doc.summary && route->need != NEED_HOST && !(route->flags & ROUTE_HTML);
}

static const char *need_text(enum need need)
{
    switch (need) {
    case NEED_NOTHING:
        return N_("public");
    case NEED_KEY:
        return N_("API key or session");
    case NEED_SESSION:
        return N_("session");
    case NEED_REVIEWER:
        return N_("session of a reviewer");
    case NEED_ADMIN:
        return N_("session of an administrator");
    case NEED_HOST:
    case NEED_UNDECLARED:
        break;
    }
    return "";
}

static void put_example(struct page *page, const char *title, const char *json)
{
    if (!json)
        return;
    page_raw(page, "<details><summary>");
    page_say(page, title);
    page_raw(page, "</summary><pre tabindex=\"0\"><code>");
    page_text(page, slice_of(json));
    page_raw(page, "</code></pre></details>");
}

static void put_params(struct page *page, const struct route_param *param)
{
    if (!param || !param->name)
        return;
    page_raw(page, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    page_element(page, "th", NULL, N_("Parameter"));
    page_element(page, "th", NULL, N_("Meaning"));
    page_raw(page, "</tr></thead><tbody>");
    for (; param->name; param++) {
        page_raw(page, "<tr><td><code>");
        page_text(page, slice_of(param->name));
        page_raw(page, "</code></td><td>");
        page_say(page, param->text);
        page_raw(page, "</td></tr>");
    }
    page_raw(page, "</tbody></table></div>");
}

static void put_command(struct page *page, const struct route *route)
{
    page_raw(page, "<details><summary>curl</summary><pre tabindex=\"0\"><code>curl -X ");
    page_text(page, slice_of(method_name(route->method)));
    if (route->need == NEED_KEY)
        page_raw(page, " -H &quot;X-API-Key: $SLEUTH_KEY&quot;");
    if (route->doc.request_example) {
        page_raw(page, " --json '");
        page_text(page, slice_of(route->doc.request_example));
        page_raw(page, "'");
    }
    page_raw(page, page->call->tls ? " https://" : " http://");
    page_text(page, page->call->host);
    page_text(page, slice_of(route->path));
    page_raw(page, "</code></pre></details>");
}

static void put_route(const struct route *route, void *data)
{
    struct page *page = data;
    if (!is_documented(route))
        return;
    page_raw(page, "<section class=\"card\"><h2><code>");
    page_text(page, slice_of(method_name(route->method)));
    page_raw(page, " ");
    page_text(page, slice_of(route->path));
    page_raw(page, "</code></h2>");
    page_element(page, "p", NULL, route->doc.summary);
    page_raw(page, "<p class=\"soft\">");
    page_say(page, need_text(route->need));
    if (route->doc.errors) {
        page_raw(page, " · ");
        page_text(page, slice_of(route->doc.errors));
    }
    page_raw(page, "</p>");
    put_params(page, route->doc.params);
    put_command(page, route);
    put_example(page, N_("Request"), route->doc.request_example);
    put_example(page, N_("Answer"), route->doc.response_example);
    page_raw(page, "</section>\n");
}

static status reference_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("API reference"), .path = "/docs"};
    page_open(&page, call, &head);
    page_raw(&page, "<p>");
    page_say(&page, N_("The same as a document for programs:"));
    page_raw(&page, " <a href=\"/openapi.json\">/openapi.json</a></p>");
    route_each(put_route, &page);
    reply_cache(call, "public, max-age=300");
    return page_close(&page, 200, err);
}

const struct route reference_routes[] = {
    {.method = METHOD_GET,
     .path = "/docs/api",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP,
     .reply = reference_reply},
};
