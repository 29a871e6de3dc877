/* The CLI's calls to an appliance on another host, through the one way out (outbound.h). */
#include "remote_http.h"

#include "config.h"
#include "limits.h"
#include "outbound.h"
#include "route.h"

#include <stdlib.h>

enum { ARENA_BYTES = 1 << 16, HEADERS_MAX = 8 };

struct remote {
    struct arena arena;   /* wiped: holds the key */
    struct config config; /* the defaults, with the server as our own public address */
    struct outbound *outbound;
    slice server; /* without a slash at its end */
    slice api_key;
};

static bool is_header_text(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return text.len > 0;
}

/* Scheme, host, port: a path would be lost, so it is refused. */
static status check_server(slice server, struct error *err)
{
    size_t at;
    bool https = slice_has_prefix(server, S("https://"));
    if (!https && !slice_has_prefix(server, S("http://")))
        return error_set(err, ST_INVALID, "'%.*s' is not an address like https://host:port",
                         SLICE_ARG(slice_sub(server, 0, 100)));
    if (slice_find_byte(slice_from(server, https ? 8 : 7), '/', &at))
        return error_set(err, ST_INVALID, "'%.*s': the server's address ends before the path",
                         SLICE_ARG(slice_sub(server, 0, 100)));
    return ST_OK;
}

static status fill(struct remote *remote, const struct remote_options *options, struct error *err)
{
    slice server = options->server;
    while (slice_has_suffix(server, S("/")))
        server.len--;
    TRY(check_server(server, err));
    if (!is_header_text(options->api_key))
        return error_set(err, ST_INVALID, "an API key is needed: one line of visible characters");
    remote->server = arena_copy(&remote->arena, server);
    remote->api_key = arena_copy(&remote->arena, options->api_key);
    slice ca_file = arena_copy(&remote->arena, options->ca_file);
    TRY(arena_check(&remote->arena, err));
    const struct config_flag flags[] = {
        {"http.public_url", "--server", remote->server},
        {"outbound.ca_file", "--ca-file", ca_file},
        {"outbound.mode", "--server", S("online")},
    };
    const struct config_inputs inputs = {.path = "/dev/null", /* not this host's file */
                                         .flags = flags,
                                         .flag_count = ARRAY_COUNT(flags)};
    TRY(config_load(&inputs, &remote->config, err));
    return outbound_create(&remote->config, &remote->outbound, err);
}

status remote_open(const struct remote_options *options, struct remote **ret, struct error *err)
{
    struct remote *remote = (struct remote *)calloc(1, sizeof *remote);
    if (!remote)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    arena_init(&remote->arena, ARENA_BYTES);
    remote->arena.wipe = true;
    status rc = fill(remote, options, err);
    if (rc != ST_OK)
        remote_close(&remote);
    else
        *ret = remote;
    return rc;
}

void remote_close(struct remote **ret)
{
    struct remote *remote = *ret;
    *ret = NULL;
    if (!remote)
        return;
    outbound_destroy(&remote->outbound);
    config_finish(&remote->config);
    arena_finish(&remote->arena);
    free(remote);
}

/* --- one call --------------------------------------------------------------------------------- */

static size_t fill_headers(const struct remote *remote, const struct host_request *request,
                           enum lang lang, struct outbound_header out[static HEADERS_MAX])
{
    size_t count = 0;
    out[count++] = (struct outbound_header){S("X-API-Key"), remote->api_key};
    out[count++] = (struct outbound_header){S("Accept-Language"), slice_of(lang_tag(lang))};
    if (request->body.len)
        out[count++] = (struct outbound_header){
            S("Content-Type"),
            request->content_type.len ? request->content_type : S("application/json")};
    if (request->accept.len)
        out[count++] = (struct outbound_header){S("Accept"), request->accept};
    if (request->idempotency_key.len)
        out[count++] = (struct outbound_header){S("Idempotency-Key"), request->idempotency_key};
    if (request->range.len)
        out[count++] = (struct outbound_header){S("Range"), request->range};
    return count;
}

/* Whoever waits for the appliance need not know why it cannot be reached, but may read it. */
static status unreachable(const struct remote *remote, status rc, struct error *err)
{
    if (rc != ST_UPSTREAM && rc != ST_BUSY)
        return rc;
    return error_wrap(err, ST_UNREACHABLE, "cannot reach '%.*s'", SLICE_ARG(remote->server));
}

status remote_call(struct remote *remote, const struct host_request *request, enum lang lang,
                   int timeout_ms, struct arena *arena, struct host_reply *ret, struct error *err)
{
    struct outbound_header headers[HEADERS_MAX];
    struct outbound_answer answer = {0};
    slice url = arena_printf(arena, SLICE_FMT SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(remote->server),
                             SLICE_ARG(request->path), request->query.len ? "?" : "",
                             SLICE_ARG(request->query));
    TRY(arena_check(arena, err));
    const struct outbound_request wire = {
        .purpose = OUTBOUND_SELF,
        .method = method_name(request->method),
        .url = url,
        .headers = headers,
        .header_count = fill_headers(remote, request, lang, headers),
        .body = request->body,
        .answer_max = LIMIT_REPLY_BYTES,
        .timeout_ms = timeout_ms,
    };
    status rc = outbound_call(remote->outbound, &wire, arena, &answer, err);
    if (rc != ST_OK)
        return unreachable(remote, rc, err);
    slice type = outbound_header(&answer, "content-type");
    *ret = (struct host_reply){.http_status = answer.http_status,
                               .content_type = type.ptr ? type : S(""),
                               .body = answer.body};
    return ST_OK;
}
