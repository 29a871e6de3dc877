/* The reference for programs and people: the OpenAPI document, and a page per problem code. */
#include "api/tables.h"
#include "app.h"
#include "body.h"
#include "openapi.h"

/* --- /openapi.json --- */

static status openapi_check(struct call *call, struct error *err)
{
    struct buf out;
    struct crypt_hash hash;
    char tag[33];
    buf_init_arena(&out, &call->arena, OPENAPI_BYTES_MAX);
    TRY(openapi_write(call->app->plans, call->app->version, call->lang, &out, err));
    crypt_hash(&hash, S(""), buf_slice(&out));
    reply_cache(call, "public, max-age=300");
    if (reply_etag(call, crypt_hex(tag, hash.bytes, 16)))
        return ST_OK;
    return reply_bytes(call, 200, "application/json", buf_slice(&out));
}

/* --- /problems/:code --- */

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

static status problem_check(struct call *call, struct error *err)
{
    struct buf page;
    slice code = call_param(call, "code");
    const char *text = problem_text(code);
    if (!text)
        return error_code(err, ST_NOT_FOUND, "not_found", "there is no such thing");
    buf_init_arena(&page, &call->arena, 16384);
    buf_printf(&page, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width\"><title>",
               lang_tag(call->lang));
    buf_put_html(&page, code);
    buf_put_str(&page, " - Sleuth</title></head><body><main><h1><code>");
    buf_put_html(&page, code);
    buf_put_str(&page, "</code></h1><p>");
    buf_put_html(&page, slice_of(tr(call->lang, text)));
    buf_put_str(&page, "</p></main></body></html>\n");
    TRY(buf_check(&page, err));
    reply_cache(call, "public, max-age=300");
    return reply_bytes(call, 200, "text/html; charset=utf-8", buf_slice(&page));
}

/* clang-format off */
const struct route problems_routes[] = {
    {.method = METHOD_GET, .path = "/openapi.json", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP, .check = openapi_check,
     .doc = {.summary = N_("This document"), .tag = "Operations", .response = "{\"type\":\"object\"}", .errors = "304"}},
    {.method = METHOD_GET, .path = "/problems/:code", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_HTML | ROUTE_BEFORE_SETUP, .check = problem_check,
     .doc = {.summary = N_("What a problem code means"), .tag = "Operations", .response = "{\"type\":\"string\"}", .response_type = "text/html", .errors = "404"}},
};
/* clang-format on */
