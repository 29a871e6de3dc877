/* What a problem code means, at /problems/:code; and errors for people who look at a page. */
#include "api/tables.h"
#include "app.h"
#include "pages/parts.h"

static const struct {
    const char *code;
    const char *text;
} problems[] = {
#define PROBLEM(code, text) {code, text},
#include "problems.def"
#undef PROBLEM
#define X(status_, slug, text) {slug, text},
    STATUS_MAP(X)
#undef X
};

static const char *problem_text(slice code)
{
    for (size_t i = 0; i < ARRAY_COUNT(problems); i++)
        if (slice_eq(code, slice_of(problems[i].code)))
            return problems[i].text;
    return NULL;
}

static status problem_reply(struct call *call, struct error *err)
{
    struct page page;
    slice code = call_param(call, "code");
    const char *text = problem_text(code);
    const struct page_head head = {
        .title = N_("What an error means"), .path = "/problems", .no_heading = true};
    if (!text)
        return error_code(err, ST_NOT_FOUND, "not_found", "there is no such thing");
    page_open(&page, call, &head);
    page_raw(&page, "<h1><code>");
    page_text(&page, code);
    page_raw(&page, "</code></h1>");
    page_element(&page, "p", "lead", text);
    page_raw(&page, "<p>");
    page_link(&page, "/docs/api", NULL, N_("API reference"));
    page_raw(&page, "</p>");
    reply_cache(call, "private, no-cache");
    return page_close(&page, 200, err);
}

/* Messages begin in lower case, for they stand behind others elsewhere. */
static void put_sentence(struct page *page, slice text)
{
    if (text.len && text.ptr[0] >= 'a' && text.ptr[0] <= 'z') {
        buf_put_byte(&page->out, (char)(text.ptr[0] - 'a' + 'A'));
        text = slice_from(text, 1);
    }
    page_text(page, text);
}

status page_problem(struct call *call, int http_status, slice title, slice text)
{
    struct page page;
    struct error ignored;
    const struct page_head head = {.title = N_("Error"), .path = "", .no_heading = true};
    page_open(&page, call, &head);
    buf_printf(&page.out, "<div class=\"empty\"><p class=\"soft num\">%d</p><h1>", http_status);
    page_text(&page, title);
    page_raw(&page, "</h1><p>");
    put_sentence(&page, text);
    page_raw(&page, "</p><p class=\"row\">");
    page_link(&page, call->actor == ACTOR_SESSION ? "/dashboard" : "/", "button",
              call->actor == ACTOR_SESSION ? N_("Overview") : N_("To the first page"));
    page_raw(&page, "</p><p class=\"soft\">");
    page_say(&page, N_("Request"));
    page_raw(&page, " <code>");
    page_text(&page, call->request_id);
    page_raw(&page, "</code></p></div>");
    return page_close(&page, http_status, &ignored);
}

/* clang-format off */
const struct route problem_page_routes[] = {
    {.method = METHOD_GET, .path = "/problems/:code", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_HTML | ROUTE_BEFORE_SETUP, .reply = problem_reply,
     .doc = {.summary = N_("What a problem code means"), .tag = "Operations", .response = "{\"type\":\"string\"}", .response_type = "text/html", .errors = "404"}},
};
/* clang-format on */
