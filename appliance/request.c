/* What a handler reads: turns the transport's raw request into the members of struct call.
 *
 * Nothing here trusts the client: every list has its cap, every escape is checked, and what is
 * wrong becomes the call's result, so that even a broken request gets the one error body. */
#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "config.h"
#include "query.h"
#include "transport.h"

#include <assert.h>
#include <stdio.h>

enum { BODY_DEFAULT_MAX = 1 << 20, REQUEST_ID_LEN = 26 };

/* --- accessors ----------------------------------------------------------------------------------
 */

void *call_state(struct call *call, size_t bytes)
{
    assert(!call->state);
    call->state = arena_alloc(&call->arena, bytes);
    return call->state;
}

static slice pair_find(const struct call_pair *pairs, size_t count, slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(pairs[i].name, name))
            return pairs[i].value;
    return (slice){NULL, 0};
}

slice call_header(const struct call *call, const char *name)
{
    return pair_find(call->headers, call->header_count, slice_of(name));
}

slice call_query(const struct call *call, const char *name)
{
    return pair_find(call->query, call->query_count, slice_of(name));
}

slice call_param(const struct call *call, const char *name)
{
    slice value = pair_find(call->params, call->param_count, slice_of(name));
    assert(value.ptr);
    return value;
}

status call_query_u64(const struct call *call, const char *name,
                      const struct call_query_range *range, uint64_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    uint64_t value = range->fallback;
    if (text.ptr && (!slice_to_u64(text, &value) || value < range->min || value > range->max))
        return error_code(err, ST_INVALID, "invalid_parameter",
                          "query parameter '%s' must be a whole number from %llu to %llu", name,
                          (unsigned long long)range->min, (unsigned long long)range->max);
    *ret = value;
    return ST_OK;
}

status call_param_u64(const struct call *call, const char *name, uint64_t *ret, struct error *err)
{
    if (slice_to_u64(call_param(call, name), ret))
        return ST_OK;
    return error_set(err, ST_NOT_FOUND, "there is no such thing");
}

void call_skip_to_reply(struct call *call)
{
    assert(call->stage == STAGE_CHECK);
    call->skip_to_reply = true;
}

void call_short_work(struct call *call)
{
    assert(call->stage == STAGE_CHECK);
    call->short_work = true;
}

void call_answered(struct call *call)
{
    assert(call->stage == STAGE_CHECK);
    assert(call->reply.complete);
    call->answered = true;
}

void call_recheck(struct call *call, int32_t after_ms)
{
    assert(call->stage == STAGE_CHECK);
    assert(after_ms >= 0);
    call->recheck_ms = after_ms;
}

bool call_cancelled(const struct call *call)
{
    if (atomic_load_explicit(&call->cancelled, memory_order_relaxed))
        return true;
    return call->deadline_ms && clock_mono_ms() > call->deadline_ms;
}

void call_problem_members(struct call *call, slice json_members)
{
    call->problem.members = arena_copy(&call->arena, json_members);
}

/* --- request id, type, language -----------------------------------------------------------------
 */

static bool is_request_id(slice text)
{
    if (text.len == 0 || text.len > LIMIT_REQUEST_ID_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

/* 48 bits of time and 80 random ones in Crockford's base 32, so that ids sort by time. */
static slice request_id_make(struct arena *arena, int64_t now_ms)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    unsigned char random[REQUEST_ID_LEN - 10];
    char *text = (char *)arena_array_raw(arena, REQUEST_ID_LEN, 1);
    if (!text)
        return S("");
    uint64_t time = (uint64_t)now_ms;
    for (int i = 9; i >= 0; i--, time >>= 5)
        text[i] = alphabet[time & 31];
    crypt_random_name(random, sizeof random);
    for (size_t i = 10; i < REQUEST_ID_LEN; i++)
        text[i] = alphabet[random[i - 10] & 31];
    return slice_make(text, REQUEST_ID_LEN);
}

static slice media_type(struct arena *arena, slice header)
{
    slice type = {NULL, 0};
    if (!slice_split(&header, ';', &type))
        return S("");
    slice lower = arena_lower(arena, slice_trim(type));
    return lower.ptr ? lower : S("");
}

static void identity_set(struct call *call)
{
    slice id = call_header(call, "x-request-id");
    call->request_id = is_request_id(id) ? arena_copy(&call->arena, id)
                                         : request_id_make(&call->arena, call->now_ms);
    call->content_type = media_type(&call->arena, call_header(call, "content-type"));
    call->lang = lang_from_accept(call_header(call, "accept-language"));
}

/* --- limits and route ---------------------------------------------------------------------------
 */

static status headers_check(const struct call *call, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < call->header_count; i++)
        bytes += call->headers[i].name.len + call->headers[i].value.len;
    if (bytes <= LIMIT_HEADER_BYTES)
        return ST_OK;
    return error_code(err, ST_INVALID, "headers_too_large", "the request's headers exceed %d bytes",
                      LIMIT_HEADER_BYTES);
}

/* Guards against pages of other origins that resolve a name of theirs to this address. */
static status host_check(const struct call *call, struct error *err)
{
    const struct config *config = call->app->config;
    if (!config || config->http_hosts.len == 0)
        return ST_OK;
    slice allowed = config->http_hosts, item, name = call->host, host;
    if (name.len > 0 && name.ptr[0] == '[') {
        size_t end;
        if (slice_find_byte(name, ']', &end))
            name = slice_sub(name, 0, end + 1);
    } else if (slice_split(&name, ':', &host)) {
        name = host;
    }
    while (config_list_next(&allowed, &item))
        if (slice_eq_nocase(item, name) || slice_eq_nocase(item, call->host))
            return ST_OK;
    return error_code(err, ST_INVALID, "host_not_allowed",
                      "this appliance is not served under the name '%.*s' (http.hosts)",
                      SLICE_ARG(slice_sub(call->host, 0, 100)));
}

static status params_decode(struct call *call, const struct route_match *match, struct error *err)
{
    for (size_t i = 0; i < match->param_count; i++) {
        struct call_pair *into = &call->params[call->param_count++];
        into->name = match->params[i].name;
        if (!percent_decode(&call->arena, match->params[i].value, false, &into->value))
            return error_set(err, ST_NOT_FOUND, "there is no such thing");
    }
    return ST_OK;
}

static status not_found(struct call *call, struct error *err)
{
    call->problem.error = N_("Not found");
    return error_set(
        err, ST_NOT_FOUND,
        "The requested endpoint does not exist. See /api/info for available endpoints.");
}

static status route_set(struct call *call, bool is_host, struct error *err)
{
    struct route_match match;
    char allow[ROUTE_ALLOW_MAX];

    route_find(call->method, call->path, is_host, &match);
    if (!match.path_known)
        return not_found(call, err);
    if (!match.route)
        reply_header_sticky(call, "Allow", route_allow(&match, allow));
    if (!match.route && call->method == METHOD_OPTIONS) {
        TRY(reply_empty(call, 204));
        call->answered = true;
        return ST_OK;
    }
    if (!match.route) {
        call->problem.error = N_("Method not allowed");
        return error_set(err, ST_METHOD, "This endpoint allows %.*s.",
                         SLICE_ARG(route_allow(&match, allow)));
    }
    call->route = match.route;
    return params_decode(call, &match, err);
}

size_t call_body_max(const struct call *call)
{
    return call->route && call->route->body_max ? call->route->body_max : BODY_DEFAULT_MAX;
}

static status body_check(struct call *call, struct error *err)
{
    size_t max = call_body_max(call);
    if (call->body.len <= max)
        return ST_OK;
    call->problem.error = N_("File too large");
    return error_set(err, ST_TOO_LARGE, "Maximum file size is %zuMB", max >> 20);
}

static status prepare(struct call *call, bool is_host, struct error *err)
{
    TRY(headers_check(call, err));
    if (!is_host)
        TRY(host_check(call, err));
    if (call->path.len + call->query_text.len > LIMIT_PATH_BYTES)
        return not_found(call, err);
    TRY(query_parse(call->query_text, &call->arena, call->query, &call->query_count, err));
    TRY(route_set(call, is_host, err)); /* its page of "not found" heeds ?lang= */
    TRY(body_check(call, err));
    return arena_check(&call->arena, err);
}

void call_prepare(struct call *call, bool is_host)
{
    const struct config *config = call->app->config;
    int64_t budget_ms = config ? config->detect_sync_deadline_ms : LIMIT_SYNC_DEADLINE_MS;
    call->deadline_ms = clock_mono_ms() + budget_ms;
    call->bytes_in = call->body.len;
    call->body_held = call->body.len;
    if (call->body.len)
        (void)atomic_fetch_add_explicit(&call->app->body_bytes, call->body.len,
                                        memory_order_relaxed);
    identity_set(call);
    if (call->result == ST_OK)
        call->result = prepare(call, is_host, &call->err);
}

/* --- leaving the thread -------------------------------------------------------------------------
 */

/* libh2o frees the body of a reset HTTP/2 stream at once, while a worker may still read it. */
status call_detach(struct call *call, struct error *err)
{
    if (call->detached)
        return ST_OK;
    struct arena *arena = &call->arena;
    arena->cap_bytes += call->body.len + LIMIT_HEADER_BYTES + LIMIT_PATH_BYTES;
    call->body = arena_copy(arena, call->body);
    call->path = arena_copy(arena, call->path);
    call->query_text = arena_copy(arena, call->query_text);
    call->host = arena_copy(arena, call->host);
    call->request_id = arena_copy(arena, call->request_id);
    for (size_t i = 0; i < call->header_count; i++) {
        call->headers[i].name = arena_copy(arena, call->headers[i].name);
        call->headers[i].value = arena_copy(arena, call->headers[i].value);
    }
    call->detached = true;
    return arena_check(arena, err);
}
