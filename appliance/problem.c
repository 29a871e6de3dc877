/* The one error body, and which HTTP status stands for which status.
 *
 * One body satisfies three readers: `error` and `message` (the plan's clients), `error` and
 * `details` (the first service's clients), and type, title, status, detail, instance (RFC 9457). */
#include "app.h"
#include "call.h"
#include "config.h"
#include "log.h"
#include "pages/page.h"
#include "reply.h"

#include <assert.h>
#include <stdio.h>

/* What building the error needs although the arena may be exhausted. */
enum { PROBLEM_ARENA_BYTES = 32768 };

int reply_http_status(enum status_code rc)
{
    assert(rc < STATUS_COUNT);
    switch (rc) {
    case ST_OK:
        return 200;
    case ST_INVALID:
        return 400;
    case ST_UNAUTHENTICATED:
        return 401;
    case ST_FORBIDDEN:
    case ST_PLAN:
        return 403;
    case ST_NOT_FOUND:
        return 404;
    case ST_METHOD:
        return 405;
    case ST_NOT_ACCEPTABLE:
        return 406;
    case ST_CONFLICT:
    case ST_LOCKED:
        return 409;
    case ST_GONE:
        return 410;
    case ST_PRECONDITION:
        return 412;
    case ST_TOO_LARGE:
        return 413;
    case ST_MEDIA_TYPE:
        return 415;
    case ST_RANGE:
        return 416;
    case ST_LIMIT:
    case ST_TIMEOUT: /* the analysis is too long for a synchronous call: the input's matter */
    case ST_VERIFY:
        return 422;
    case ST_RATE:
    case ST_QUOTA:
        return 429;
    case ST_IO:
    case ST_CORRUPT:
    case ST_CONFIG:
    case ST_INTERNAL:
    case STATUS_COUNT:
        return 500;
    case ST_DISABLED:
    case ST_UNSUPPORTED:
        return 501;
    case ST_UNREACHABLE:
    case ST_UPSTREAM:
        return 502;
    case ST_CANCELLED:
    case ST_BUSY:
    case ST_NOT_SET_UP:
    case ST_NO_MEMORY:
        return 503;
    case ST_FULL:
        return 507;
    }
    return 500;
}

/* Every status that we send, with its reason phrase (RFC 9110) and the default "error" text. */
static const struct {
    int http_status;
    const char *reason;
    const char *error;
} reasons[] = {
    {200, "OK", NULL},
    {201, "Created", NULL},
    {202, "Accepted", NULL},
    {204, "No Content", NULL},
    {206, "Partial Content", NULL},
    {302, "Found", NULL},
    {303, "See Other", NULL},
    {304, "Not Modified", NULL},
    {308, "Permanent Redirect", NULL},
    {400, "Bad Request", N_("Invalid request")},
    {401, "Unauthorized", N_("Authentication required")},
    {403, "Forbidden", N_("Not allowed")},
    {404, "Not Found", N_("Not found")},
    {405, "Method Not Allowed", N_("Method not allowed")},
    {406, "Not Acceptable", N_("Not acceptable")},
    {409, "Conflict", N_("Conflict")},
    {410, "Gone", N_("Gone")},
    {412, "Precondition Failed", N_("Changed meanwhile")},
    {413, "Content Too Large", N_("File too large")},
    {415, "Unsupported Media Type", N_("Unsupported media type")},
    {416, "Range Not Satisfiable", N_("Range not satisfiable")},
    {422, "Unprocessable Content", N_("Cannot be processed")},
    {428, "Precondition Required", N_("Precondition required")},
    {429, "Too Many Requests", N_("Rate limit exceeded")},
    {500, "Internal Server Error", N_("Internal server error")},
    {501, "Not Implemented", N_("Not available here")},
    {502, "Bad Gateway", N_("Another service failed")},
    {503, "Service Unavailable", N_("Service unavailable")},
    {507, "Insufficient Storage", N_("Storage full")},
};

const char *reply_reason(int http_status)
{
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
        if (reasons[i].http_status == http_status)
            return reasons[i].reason;
    return "Unknown";
}

static const char *default_error(int http_status)
{
    for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
        if (reasons[i].http_status == http_status && reasons[i].error)
            return reasons[i].error;
    return N_("Error");
}

/* Causes inside of the appliance are for its log; the machine's administrator may see them. */
static bool is_internal(const struct call *call, int http_status)
{
    return call->actor != ACTOR_HOST && (http_status == 500 || http_status == 507);
}

static slice problem_text(const struct call *call, enum status_code rc, const struct error *err,
                          int http_status)
{
    if (http_status == 500 && is_internal(call, http_status))
        return slice_of(tr(call->lang, N_("See request_id in the server log")));
    if (is_internal(call, http_status) || err->text[0] == '\0')
        return slice_of(tr(call->lang, status_text(rc)));
    return slice_of(call->lang == LANG_ZH && err->text_zh[0] ? err->text_zh : err->text);
}

static slice problem_type(struct call *call, const char *code)
{
    const struct config *config = call->app->config;
    if (call->problem.type)
        return slice_of(call->problem.type);
    if (config && config->http_public_url.len > 0)
        return arena_printf(&call->arena, "%.*s/problems/%s", SLICE_ARG(config->http_public_url),
                            code);
    return arena_printf(&call->arena, "/problems/%s", code);
}

static void body_write(struct call *call, const char *code, slice text)
{
    struct json_out *w = &call->reply.json;
    const char *error = tr(call->lang, call->problem.error);
    const char *title = call->problem.title ? tr(call->lang, call->problem.title) : error;
    json_key_str(w, "error", slice_of(error));
    json_key_str(w, "message", text);
    json_key_str(w, "details", text);
    json_key_str(w, "code", slice_of(code));
    json_key_str(w, "type", problem_type(call, code));
    json_key_str(w, "title", slice_of(title));
    json_key_u64(w, "status", (uint64_t)call->reply.http_status);
    json_key_str(w, "detail", text);
    json_key_str(
        w, "instance",
        arena_printf(&call->arena, "urn:sleuth:request:%.*s", SLICE_ARG(call->request_id)));
    json_key_str(w, "request_id", call->request_id);
}

static void headers_write(struct call *call, const char *code, slice text)
{
    int http_status = call->reply.http_status;
    if (http_status == 503 && call->problem.retry_after_s == 0)
        call->problem.retry_after_s = LIMIT_RETRY_AFTER_S;
    if (call->problem.retry_after_s > 0)
        reply_header_u64(call, "Retry-After", (uint64_t)call->problem.retry_after_s);
    if (http_status != 401)
        return;
    bool missing = strcmp(code, "missing_api_key") == 0 || strcmp(code, "unauthenticated") == 0;
    if (missing || slice_find_byte(text, '"', &(size_t){0}) || call->lang != LANG_EN)
        reply_header(call, "WWW-Authenticate",
                     missing ? S("Bearer realm=\"sleuth\"")
                             : S("Bearer realm=\"sleuth\", error=\"invalid_token\""));
    else
        reply_header(call, "WWW-Authenticate",
                     arena_printf(&call->arena,
                                  "Bearer realm=\"sleuth\", error=\"invalid_token\", "
                                  "error_description=\"%.*s\"",
                                  SLICE_ARG(text)));
}

static void failure_log(const struct call *call, enum status_code rc, const struct error *err)
{
    log_error("call_failed", F_STR("id", call->request_id),
              F_CSTR("route", call->route ? call->route->path : "-"),
              F_CSTR("status", status_slug(rc)), F_CSTR("error", err->text));
}

/* A browser that looks at a page, not a program that calls the API. */
static bool wants_page(const struct call *call)
{
    bool is_page = call->route ? call->route->flags & ROUTE_HTML
                               : !slice_has_prefix(call->path, S("/api/")) &&
                                     !slice_has_prefix(call->path, S("/v1/"));
    return is_page && call->method == METHOD_GET &&
           slice_find(call_header(call, "accept"), S("text/html"), &(size_t){0});
}

void reply_error(struct call *call, enum status_code rc, const struct error *err)
{
    assert(rc != ST_OK);
    call->arena.cap_bytes += PROBLEM_ARENA_BYTES;
    call->arena.overflow = false;
    reply_reset(call);
    struct problem *problem = &call->problem;
    int http_status = problem->http_status ? problem->http_status : reply_http_status(rc);
    const char *code = err->code ? err->code : status_slug(rc);
    if (http_status == 500 || http_status == 507)
        failure_log(call, rc, err);
    if (!problem->error || http_status == 500)
        problem->error = default_error(http_status);

    bool is_page = wants_page(call);
    if (is_page)
        call->lang = page_lang(call); /* also that of the cookie and of ?lang= */
    slice text = problem_text(call, rc, err, http_status);
    if (is_page &&
        page_problem(call, http_status, slice_of(tr(call->lang, problem->error)), text) == ST_OK) {
        headers_write(call, code, text);
        return;
    }
    (void)reply_json(call, http_status);
    body_write(call, code, text);
    if (problem->members.len > 0) {
        buf_put_byte(&call->reply.body, ',');
        buf_put(&call->reply.body, problem->members);
    }
    headers_write(call, code, text);
    if (slice_find(call_header(call, "accept"), S("application/problem+json"), &(size_t){0}))
        call->reply.content_type = "application/problem+json";
    struct error ignored;
    if (reply_end(call, &ignored) != ST_OK)
        (void)reply_text(call, http_status, S("error\n")); /* always ST_OK */
}
