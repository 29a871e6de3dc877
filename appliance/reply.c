/* Builds answers: JSON, ready bytes, headers, conditional requests; and what every answer carries.
 */
#include "reply.h"

#include "app.h"
#include "base/decimal.h"
#include "base/file.h"
#include "call.h"
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

/* Most answers fit at once; a buffer that grows copies. */
enum { JSON_BYTES_FIRST = 2048 };

static void body_reset(struct call *call)
{
    struct reply *reply = &call->reply;
    buf_finish(&reply->body);
    /* A heap buffer leaves copies behind when it grows; the arena is wiped as a whole. */
    if (call->route && (call->route->flags & ROUTE_SECRET))
        buf_init_arena(&reply->body, &call->arena, LIMIT_REPLY_BYTES);
    else
        buf_init(&reply->body, LIMIT_REPLY_BYTES);
    reply->bytes = (slice){NULL, 0};
    reply->content_type = NULL;
    reply->complete = false;
}

struct json_out *reply_json(struct call *call, int http_status)
{
    struct reply *reply = &call->reply;
    body_reset(call);
    reply->http_status = http_status;
    reply->content_type = "application/json";
    (void)buf_reserve(&reply->body, JSON_BYTES_FIRST);
    json_out_init(&reply->json, &reply->body, 0);
    json_object(&reply->json);
    return &reply->json;
}

status reply_end(struct call *call, struct error *err)
{
    struct reply *reply = &call->reply;
    while (reply->json.depth > 0)
        json_end(&reply->json);
    TRY(buf_check(&reply->body, err));
    reply->bytes = buf_slice(&reply->body);
    reply->complete = true;
    return ST_OK;
}

status reply_bytes(struct call *call, int http_status, const char *content_type, slice body)
{
    body_reset(call);
    call->reply.http_status = http_status;
    call->reply.content_type = content_type;
    call->reply.bytes = body;
    call->reply.complete = true;
    return ST_OK;
}

status reply_text(struct call *call, int http_status, slice text)
{
    return reply_bytes(call, http_status, "text/plain; charset=utf-8", text);
}

status reply_empty(struct call *call, int http_status)
{
    return reply_bytes(call, http_status, NULL, S(""));
}

status reply_redirect(struct call *call, int http_status, slice target)
{
    reply_header(call, "Location", target);
    return reply_empty(call, http_status);
}

status reply_stream(struct call *call, int http_status, const char *content_type,
                    const struct reply_stream *stream)
{
    assert(stream->next);
    TRY(reply_bytes(call, http_status, content_type, S("")));
    call->reply.stream = *stream;
    return ST_OK;
}

/* --- files --------------------------------------------------------------------------------------
 */

struct file_stream {
    int fd;
    uint64_t offset;
    uint64_t left;
};

/* Worker thread. */
static enum reply_next file_next(struct call *call, void *state, struct buf *chunk,
                                 int32_t *ret_wait_ms)
{
    struct file_stream *file = (struct file_stream *)state;
    size_t want = file->left < LIMIT_STREAM_CHUNK ? (size_t)file->left : LIMIT_STREAM_CHUNK;
    char *room = buf_reserve(chunk, want);
    (void)call;
    (void)ret_wait_ms;
    ssize_t n = room ? pread(file->fd, room, want, (off_t)file->offset) : -1;
    if (n <= 0 && want > 0) {
        chunk->overflow = true; /* shorter than it said: the answer is cut, not padded */
        return REPLY_END;
    }
    buf_grew(chunk, (size_t)n);
    file->offset += (uint64_t)n;
    file->left -= (uint64_t)n;
    return file->left > 0 ? REPLY_MORE : REPLY_END;
}

static void file_done(struct call *call, void *state)
{
    (void)call;
    fd_close(&((struct file_stream *)state)->fd);
}

status reply_file(struct call *call, int http_status, const char *content_type, int fd,
                  uint64_t offset, uint64_t length)
{
    struct file_stream *file = (struct file_stream *)arena_alloc(&call->arena, sizeof *file);
    if (!file) {
        fd_close(&fd);
        return ST_TOO_LARGE;
    }
    *file = (struct file_stream){.fd = fd, .offset = offset, .left = length};
    const struct reply_stream stream = {
        .next = file_next, .done = file_done, .state = file, .length = (int64_t)length};
    return reply_stream(call, http_status, content_type, &stream);
}

/* --- headers ------------------------------------------------------------------------------------
 */

static bool may_repeat(slice name)
{
    return slice_eq(name, S("set-cookie")) || slice_eq(name, S("link"));
}

static struct reply_header *header_find(struct reply *reply, slice name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (slice_eq(reply->headers[i].name, name))
            return &reply->headers[i];
    return NULL;
}

static void header_set(struct reply *reply, struct reply_header *into, struct reply_header header)
{
    if (!into) {
        assert(reply->header_count < LIMIT_REPLY_HEADERS);
        into = &reply->headers[reply->header_count++];
    }
    *into = header;
}

/* Another of a name that is not there yet; both literals, or in the arena. */
static void header_add(struct reply *reply, slice name, slice value)
{
    header_set(reply, NULL, (struct reply_header){.name = name, .value = value});
}

/* HTTP/2 has names in lower case only. */
static slice name_lower(struct call *call, slice name)
{
    size_t i = 0;
    while (i < name.len && !(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'))
        i++;
    return i == name.len ? name : arena_lower(&call->arena, name);
}

/* A line break in a value would let its author write headers of his own. */
static bool value_is_safe(slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '\r' || value.ptr[i] == '\n' || value.ptr[i] == '\0')
            return false;
    return true;
}

static void header_put(struct call *call, const char *literal, slice value, bool sticky)
{
    struct reply *reply = &call->reply;
    slice name = name_lower(call, slice_of(literal));
    if (!value_is_safe(value))
        return;
    value = arena_copy(&call->arena, value);
    if (!value.ptr || !name.ptr)
        return;
    struct reply_header *into = may_repeat(name) ? NULL : header_find(reply, name);
    header_set(reply, into, (struct reply_header){.name = name, .value = value, .sticky = sticky});
}

void reply_header_kept(struct call *call, slice name, slice value)
{
    struct reply *reply = &call->reply;
    header_set(reply, header_find(reply, name),
               (struct reply_header){.name = name, .value = value, .sticky = true});
}

void reply_header(struct call *call, const char *name, slice value)
{
    header_put(call, name, value, /* sticky= */ false);
}

void reply_header_sticky(struct call *call, const char *name, slice value)
{
    header_put(call, name, value, /* sticky= */ true);
}

void reply_header_u64(struct call *call, const char *name, uint64_t value)
{
    char text[DECIMAL_TEXT_MAX];
    reply_header(call, name, slice_make(text, decimal_u64(value, text)));
}

void reply_cache(struct call *call, const char *directives)
{
    reply_header(call, "Cache-Control", slice_of(directives));
}

void reply_reset(struct call *call)
{
    struct reply *reply = &call->reply;
    size_t kept = 0;
    for (size_t i = 0; i < reply->header_count; i++)
        if (reply->headers[i].sticky)
            reply->headers[kept++] = reply->headers[i];
    reply->header_count = kept;
    body_reset(call);
    if (reply->stream.done)
        reply->stream.done(call, reply->stream.state);
    reply->stream = (struct reply_stream){0};
}

/* --- conditional requests -----------------------------------------------------------------------
 */

/* True when the list (`"a", W/"b"` or `*`) names the tag. RFC 9110 section 13.1. */
static bool etag_list_has(slice list, slice tag)
{
    slice item;
    while (slice_split(&list, ',', &item)) {
        item = slice_trim(item);
        if (slice_eq(item, S("*")))
            return true;
        if (slice_has_prefix(item, S("W/")))
            item = slice_from(item, 2);
        if (item.len == tag.len + 2 && slice_eq(slice_sub(item, 1, tag.len), tag))
            return true;
    }
    return false;
}

bool reply_etag(struct call *call, slice tag)
{
    struct buf quoted;
    buf_init_arena(&quoted, &call->arena, tag.len + 2);
    buf_put_byte(&quoted, '"');
    buf_put(&quoted, tag);
    buf_put_byte(&quoted, '"');
    reply_header(call, "etag", buf_slice(&quoted));
    slice wanted = call_header(call, "if-none-match");
    if (!wanted.ptr || !etag_list_has(wanted, tag))
        return false;
    return reply_empty(call, 304) == ST_OK;
}

bool reply_if_match(const struct call *call, slice tag)
{
    slice wanted = call_header(call, "if-match");
    return !wanted.ptr || etag_list_has(wanted, tag);
}

/* --- what every answer carries ------------------------------------------------------------------
 */

static void cors_set(struct call *call)
{
    const struct config *config = call->app->config;
    slice origin = call_header(call, "origin"), allowed, item;
    if (!config || !origin.ptr || config->cors_origins.len == 0)
        return;
    reply_header(call, "Vary", S("Accept-Language, Origin"));
    allowed = config->cors_origins;
    while (config_list_next(&allowed, &item)) {
        if (!slice_eq(item, origin))
            continue;
        reply_header(call, "Access-Control-Allow-Origin", origin);
        reply_header(call, "Access-Control-Expose-Headers",
                     S("X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
                       "X-RateLimit-Resource, RateLimit, RateLimit-Policy, Retry-After, "
                       "X-Request-Id, ETag, Link, Sleuth-Analyses-Counted, Sleuth-Quota-Warning"));
        if (call->method != METHOD_OPTIONS)
            return;
        reply_header(call, "Access-Control-Allow-Methods", S("GET, POST, PUT, PATCH, DELETE"));
        reply_header(call, "Access-Control-Allow-Headers",
                     S("X-API-Key, Authorization, Content-Type, Idempotency-Key, If-Match, "
                       "If-None-Match, Prefer, X-Request-Id, Accept-Language"));
        reply_header(call, "Access-Control-Max-Age", S("600"));
    }
}

/* Unless the handler has said something else. */
static void header_default(struct reply *reply, slice name, slice value)
{
    if (!header_find(reply, name))
        header_add(reply, name, value);
}

static void cache_default(struct call *call)
{
    if (header_find(&call->reply, S("cache-control")))
        return;
    bool secret = call->route && (call->route->flags & ROUTE_SECRET);
    if (secret || call->actor == ACTOR_SESSION || call->reply.http_status >= 400)
        header_add(&call->reply, S("cache-control"), S("no-store"));
    else
        header_add(&call->reply, S("cache-control"), S("private, no-cache"));
}

static void security_set(struct call *call)
{
    static const char page_policy[] =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    bool page = call->route ? (call->route->flags & ROUTE_HTML) != 0
                            : slice_has_prefix(slice_of(call->reply.content_type), S("text/html"));
    struct reply *reply = &call->reply;
    header_default(reply, S("x-content-type-options"), S("nosniff"));
    header_default(reply, S("referrer-policy"), S("same-origin"));
    header_default(reply, S("content-security-policy"),
                   page ? slice_of(page_policy) : S("default-src 'none'; frame-ancestors 'none'"));
    if (page) {
        reply_header(call, "Cross-Origin-Opener-Policy", S("same-origin"));
        reply_header(call, "Permissions-Policy", S("camera=(), microphone=(), geolocation=()"));
    }
    if (call->tls)
        header_default(reply, S("strict-transport-security"), S("max-age=31536000"));
}

void reply_finish(struct call *call)
{
    struct reply *reply = &call->reply;
    assert(reply->complete);
    header_default(reply, S("x-request-id"), call->request_id);
    header_default(reply, S("vary"), S("Accept-Language"));
    if (reply->content_type)
        header_default(reply, S("content-language"), slice_of(lang_tag(call->lang)));
    cors_set(call);
    cache_default(call);
    security_set(call);
    call->bytes_out = reply->bytes.len;
}
