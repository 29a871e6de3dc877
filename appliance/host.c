/* Chooses between the running server and this process, and runs the CLI's calls there. */
#include "host.h"

#include "app.h"
#include "call.h"
#include "json.h"
#include "outbound.h"
#include "peer.h"
#include "privilege.h"
#include "remote_http.h"
#include "storage/storage.h"
#include "transport.h"
#include "unix_http.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_DEFAULT_MS = 60000, ARENA_BYTES = 1 << 20 };

struct host {
    struct host_options options;
    struct arena arena; /* socket path, actor */
    const char *socket; /* remote: the owner's; NULL = local */
    const char *data_dir;
    struct host_local local;
    struct remote *remote; /* on another host; the members above are empty then */
};

/* --- opening ------------------------------------------------------------------------------------
 */

/* True when a process owns the directory and tells its socket. */
static bool owner_look(struct host *host, slice data_dir, struct error *err)
{
    struct store_owner owner;
    if (store_owner_get(data_dir.ptr, &host->arena, &owner, err) != ST_OK || owner.socket.len == 0)
        return false;
    host->socket = owner.socket.ptr;
    return true;
}

static status local_open(struct host *host, const struct app_options *options, struct error *err)
{
    struct host_local *local = &host->local;
    TRY(app_open(options, /* writer= */ false, &local->app, err));
    local->actor = peer_actor(getuid(), &host->arena);
    local->lang = host->options.lang;
    return store_reader_create(local->app->store, &local->reader, err);
}

static status choose(struct host *host, struct error *err)
{
    const struct app_options options = {.config_path = host->options.config_path,
                                        .data_dir = host->options.data_dir,
                                        .run_dir = host->options.run_dir,
                                        .must_exist = host->options.must_exist};
    struct error ignored;
    slice data_dir;
    TRY(app_data_dir(&options, &host->arena, &data_dir, err));
    if (owner_look(host, data_dir, &ignored))
        return ST_OK;
    struct privilege privilege;
    host->data_dir = arena_copy(&host->arena, data_dir).ptr;
    TRY(arena_check(&host->arena, err));
    TRY(privilege_drop(host->data_dir, &privilege, err));
    status rc = local_open(host, &options, err);
    privilege_regain(&privilege);
    /* A server that started between the two looks owns it now. */
    if (rc == ST_LOCKED && owner_look(host, data_dir, &ignored))
        return ST_OK;
    return rc;
}

status host_open(const struct host_options *options, struct host **ret, struct error *err)
{
    struct host *host = (struct host *)calloc(1, sizeof *host);
    if (!host)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    host->options = *options;
    if (host->options.timeout_ms <= 0)
        host->options.timeout_ms = TIMEOUT_DEFAULT_MS;
    arena_init(&host->arena, ARENA_BYTES);
    const struct remote_options remote = {options->server, options->api_key, options->ca_file};
    status rc = options->server.len ? remote_open(&remote, &host->remote, err) : choose(host, err);
    if (rc != ST_OK) {
        host_close(&host);
        return rc;
    }
    *ret = host;
    return ST_OK;
}

void host_close(struct host **ret)
{
    struct host *host = *ret;
    *ret = NULL;
    if (!host)
        return;
    struct privilege privilege = {0};
    if (host->data_dir && privilege_drop(host->data_dir, &privilege, NULL) != ST_OK)
        privilege = (struct privilege){0}; /* closing needs no particular user */
    remote_close(&host->remote);
    store_reader_destroy(&host->local.reader);
    app_close(&host->local.app);
    privilege_regain(&privilege);
    arena_finish(&host->arena);
    free(host);
}

bool host_is_remote(const struct host *host)
{
    return host->socket != NULL || host->remote != NULL;
}

/* --- one call -----------------------------------------------------------------------------------
 */

static void call_fill(struct call *call, const struct host_local *local,
                      const struct host_request *request)
{
    static const struct call_pair names[] = {
        {SLICE_INIT("accept-language"), SLICE_INIT("")},
        {SLICE_INIT("content-type"), SLICE_INIT("application/json")},
        {SLICE_INIT("accept"), SLICE_INIT("")},
        {SLICE_INIT("idempotency-key"), SLICE_INIT("")},
        {SLICE_INIT("range"), SLICE_INIT("")},
    };
    call->method = request->method;
    call->path = request->path;
    call->query_text = request->query;
    call->body = request->body;
    call->host = S("localhost");
    call->client_address = S("unix");
    call->loopback = true;
    call->actor = ACTOR_HOST;
    call->actor_name = local->actor;
    call->reader = local->reader;
    call->headers =
        (struct call_pair *)arena_array(&call->arena, ARRAY_COUNT(names), sizeof *call->headers);
    if (!call->headers)
        return;
    memcpy(call->headers, names, sizeof names);
    call->headers[0].value = slice_of(lang_tag(local->lang));
    if (request->content_type.len > 0)
        call->headers[1].value = request->content_type;
    if (request->accept.len > 0)
        call->headers[2].value = request->accept;
    call->header_count = 3; /* the others only when they say something */
    if (request->idempotency_key.len > 0)
        call->headers[call->header_count++] =
            (struct call_pair){names[3].name, request->idempotency_key};
    if (request->range.len > 0)
        call->headers[call->header_count++] = (struct call_pair){names[4].name, request->range};
}

static status answer_copy(const struct call *call, struct arena *arena, struct host_reply *ret,
                          struct error *err)
{
    const struct reply *reply = &call->reply;
    ret->http_status = reply->http_status;
    ret->content_type = slice_of(reply->content_type);
    ret->body = arena_copy(arena, reply->bytes);
    return arena_check(arena, err);
}

status host_call_local(const struct host_local *local, const struct host_request *request,
                       struct arena *arena, struct host_reply *ret, struct error *err)
{
    struct call *call = call_create(local->app, &transport_inline);
    if (!call)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    call_fill(call, local, request);
    call_prepare(call, /* is_host= */ true);
    if (call->route && call->route->fetch && !local->app->outbound) /* a failure: airgapped */
        (void)outbound_create(local->app->config, &local->app->outbound, err);
    call_run_inline(call);
    status rc = answer_copy(call, arena, ret, err);
    call_unref(call);
    return rc;
}

status host_call(struct host *host, const struct host_request *request, struct arena *arena,
                 struct host_reply *ret, struct error *err)
{
    if (host->remote)
        return remote_call(host->remote, request, host->options.lang, host->options.timeout_ms,
                           arena, ret, err);
    if (!host->socket) {
        struct privilege privilege;
        TRY(privilege_drop(host->data_dir, &privilege, err));
        status rc = host_call_local(&host->local, request, arena, ret, err);
        privilege_regain(&privilege);
        return rc;
    }
    return unix_http_call(host->socket, request, host->options.lang, host->options.timeout_ms,
                          arena, ret, err);
}

/* --- what an error answer means -----------------------------------------------------------------
 */

/* The status whose slug or HTTP status the answer carries. */
static status status_of(int http_status, slice code)
{
    for (enum status_code rc = ST_OK + 1; rc < STATUS_COUNT; rc++)
        if (slice_eq(code, slice_of(status_slug(rc))))
            return rc;
    if (slice_eq(code, S("checksum_mismatch")) || slice_eq(code, S("signature_invalid")))
        return ST_VERIFY; /* 422 has other meanings, too */
    if (slice_eq(code, S("s3_refused")))
        return ST_CONFIG;                         /* so has 500 */
    if (http_status == 500 || http_status == 503) /* several statuses share these */
        return http_status == 500 ? ST_INTERNAL : ST_BUSY;
    for (enum status_code rc = ST_OK + 1; rc < STATUS_COUNT; rc++)
        if (reply_http_status(rc) == http_status)
            return rc;
    return ST_UPSTREAM;
}

static slice member_text(const struct json *object, const char *name)
{
    const struct json *member = json_find(object, name);
    return member && member->kind == JSON_STRING ? member->text : S("");
}

status host_status(const struct host_reply *reply, struct error *err)
{
    struct arena arena;
    const struct json *body = NULL;
    struct error ignored;
    if (reply->http_status < 400)
        return ST_OK;
    arena_init(&arena, ARENA_BYTES);
    if (json_parse(reply->body, &arena, &body, &ignored) != ST_OK)
        body = NULL;
    slice text = member_text(body, "message");
    status rc = status_of(reply->http_status, member_text(body, "code"));
    if (text.len == 0)
        rc = error_set(err, rc, "the server answered with status %d", reply->http_status);
    else
        rc = error_set(err, rc, "%.*s", SLICE_ARG(text));
    arena_finish(&arena);
    return rc;
}
