/* One request of libh2o as a call, and the call's answer as libh2o's response.
 *
 * Lifetime: the call has one reference of the engine and one of a small object in the request's
 * memory pool. When libh2o disposes of the request (answer sent, stream reset, connection lost)
 * that object tells us, on the loop thread; whatever runs elsewhere then comes home to nobody and
 * ends without being sent. Bodies of answers live in the call, so they outlast the sending. */
#include "h2o_glue.h"

#include "address.h"
#include "base/clock.h"
#include "config.h"
#include "peer.h"

#include <assert.h>
#include <stdlib.h>

/* --- end of a call ------------------------------------------------------------------------------
 */

void exchange_end(struct exchange *exchange)
{
    struct conn *conn = exchange->conn;
    assert(conn->inflight > 0);
    assert(!h2o_linklist_is_linked(&exchange->wait_link));
    conn->inflight--;
    conn->last_ms = clock_mono_ms();
    exchange->loop->exchanges--;
    conn_unref(conn);
    call_sent(exchange->call);
}

static void wake(struct exchange *exchange)
{
    h2o_linklist_unlink(&exchange->wait_link);
    if (exchange->streaming)
        stream_pump(exchange);
    else
        call_resume(exchange->call);
}

void exchange_wake_due(struct loop *loop, int64_t now_ms)
{
    h2o_linklist_t *node = loop->waiting.next;
    while (node != &loop->waiting) {
        struct exchange *exchange = H2O_STRUCT_FROM_MEMBER(struct exchange, wait_link, node);
        node = node->next;
        if (exchange->due_ms > now_ms)
            continue;
        wake(exchange);
        /* The step may have ended or added others: begin again, the list only gets shorter. */
        node = loop->waiting.next;
    }
}

/* libh2o: the request is over, for whatever reason. Loop thread. */
static void on_dispose(void *data)
{
    struct exchange *exchange = *(struct exchange **)data;
    struct call *call = exchange->call;
    exchange->req = NULL;
    if (call->stage != STAGE_DONE) {
        call_cancel(call);
        if (++exchange->conn->cancelled > LIMIT_CANCELS_PER_CONN)
            conn_cut(exchange->conn);
        if (h2o_linklist_is_linked(&exchange->wait_link))
            wake(exchange);
        else if (exchange->streaming && !exchange->pumping)
            exchange_end(exchange);
    }
    call_unref(call);
}

/* --- request → call -----------------------------------------------------------------------------
 */

static slice from_iovec(h2o_iovec_t iov)
{
    return slice_make(iov.base ? iov.base : "", iov.len);
}

/* HTTP/2 may send one cookie per field; handlers see the one line that HTTP/1 has. */
static void cookies_join(struct call *call, slice more)
{
    for (size_t i = 0; i < call->header_count; i++) {
        if (!slice_eq(call->headers[i].name, S("cookie")))
            continue;
        call->headers[i].value = arena_printf(&call->arena, "%.*s; %.*s",
                                              SLICE_ARG(call->headers[i].value), SLICE_ARG(more));
        return;
    }
}

static void headers_take(struct call *call, const h2o_headers_t *headers)
{
    bool cookie = false;
    call->headers =
        (struct call_pair *)arena_array(&call->arena, headers->size + 1, sizeof *call->headers);
    if (!call->headers)
        return;
    for (size_t i = 0; i < headers->size; i++) {
        slice name = from_iovec(*headers->entries[i].name);
        slice value = from_iovec(headers->entries[i].value);
        bool is_cookie = slice_eq(name, S("cookie"));
        if (is_cookie && cookie) {
            cookies_join(call, value);
            continue;
        }
        cookie = cookie || is_cookie;
        call->headers[call->header_count++] = (struct call_pair){name, value};
    }
}

static void client_set(struct call *call, const struct conn *conn)
{
    const struct config *config = call->app->config;
    slice peer = slice_of(conn->address);
    slice trusted = config ? config->http_trusted_proxies : S("");
    call->loopback = conn->loopback;
    if (conn->kind == LISTENER_ADMIN) {
        call->actor = ACTOR_HOST;
        call->actor_name = peer_actor(conn->uid, &call->arena);
        call->client_address = S("unix");
        return;
    }
    if (trusted.len > 0 && networks_contain(trusted, peer)) {
        peer = endpoint_client(peer, call_header(call, "x-forwarded-for"), trusted);
        call->loopback = endpoint_host_is_loopback(peer);
        if (slice_eq_nocase(call_header(call, "x-forwarded-proto"), S("https")))
            call->tls = true;
    }
    call->client_address = arena_copy(&call->arena, peer);
}

static void request_take(struct call *call, h2o_req_t *req, const struct conn *conn)
{
    slice path = from_iovec(req->path), rest = path;
    call->method = method_from(from_iovec(req->input.method));
    if (!slice_split(&rest, '?', &call->path))
        call->path = path;
    call->query_text = rest;
    call->body = from_iovec(req->entity);
    call->host = from_iovec(req->authority);
    call->tls = req->scheme == &H2O_URL_SCHEME_HTTPS;
    call->http_major = (uint8_t)(req->version >> 8);
    headers_take(call, &req->headers);
    client_set(call, conn);
}

/* A cap of the process or of the connection is reached. Health and the host's verbs pass. */
static bool is_overloaded(const struct call *call, const struct conn *conn)
{
    const struct app *app = call->app;
    if (call->actor == ACTOR_HOST || (call->route && (call->route->flags & ROUTE_WHILE_DRAINING)))
        return false;
    return conn->inflight > LIMIT_INFLIGHT_PER_CONN ||
           atomic_load_explicit(&app->calls_inflight, memory_order_relaxed) >
               LIMIT_CALLS_INFLIGHT ||
           atomic_load_explicit(&app->body_bytes, memory_order_relaxed) > LIMIT_BODIES_BYTES;
}

static struct exchange *exchange_create(h2o_req_t *req, struct loop *loop, struct conn *conn)
{
    struct call *call = call_create(loop->server->app, &transport_loop);
    if (!call)
        return NULL;
    struct exchange *exchange = (struct exchange *)arena_alloc(&call->arena, sizeof *exchange);
    if (!exchange) {
        call_unref(call);
        return NULL;
    }
    struct exchange **hook =
        (struct exchange **)h2o_mem_alloc_shared(&req->pool, sizeof *hook, on_dispose);
    *hook = exchange;
    call_ref(call);
    *exchange = (struct exchange){.call = call, .req = req, .conn = conn, .loop = loop};
    call->carrier = exchange;
    call->reader = loop->reader;
    call->principals = loop->principals;
    conn->refs++;
    conn->inflight++;
    conn->last_ms = clock_mono_ms();
    loop->exchanges++;
    return exchange;
}

int exchange_on_req(h2o_handler_t *handler, h2o_req_t *req)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, ctx, req->conn->ctx);
    struct conn *conn = conn_of(req);
    (void)handler;
    if (conn->kind == LISTENER_REDIRECT)
        return redirect_send(req, loop->server->app->config->http_public_url);
    struct exchange *exchange = exchange_create(req, loop, conn);
    if (!exchange) {
        h2o_send_error_503(req, "Service Unavailable", "out of memory", 0);
        return 0;
    }
    struct call *call = exchange->call;
    request_take(call, req, conn);
    call_prepare(call, conn->kind == LISTENER_ADMIN);
    if (call->result == ST_OK && is_overloaded(call, conn))
        call->result = error_set(&call->err, ST_BUSY, "the server is busy; try again in a moment");
    call_begin(call);
    return 0;
}

void exchange_on_message(struct exchange *exchange)
{
    if (exchange->call->stage == STAGE_SENDING)
        stream_deliver(exchange);
    else
        call_resume(exchange->call);
}

/* --- answer → response --------------------------------------------------------------------------
 */

static h2o_iovec_t to_iovec(slice text)
{
    return (h2o_iovec_t){.base = (char *)(uintptr_t)text.ptr, .len = text.len};
}

/* Names and values stay where they are: the call lives until libh2o disposes of the request. */
static void headers_give(h2o_req_t *req, const struct reply *reply)
{
    h2o_headers_t *headers = &req->res.headers;
    h2o_iovec_t *names =
        (h2o_iovec_t *)h2o_mem_alloc_pool(&req->pool, LIMIT_REPLY_HEADERS * sizeof *names);
    h2o_vector_reserve(&req->pool, headers, headers->size + reply->header_count);
    for (size_t i = 0; i < reply->header_count; i++) {
        slice name = reply->headers[i].name;
        const h2o_token_t *token = h2o_lookup_token(name.ptr, name.len);
        names[i] = to_iovec(name);
        headers->entries[headers->size++] = (h2o_header_t){
            .name = token ? (h2o_iovec_t *)(uintptr_t)&token->buf : &names[i],
            .value = to_iovec(reply->headers[i].value),
        };
    }
}

static void response_fill(struct exchange *exchange)
{
    h2o_req_t *req = exchange->req;
    const struct reply *reply = &exchange->call->reply;
    req->res.status = reply->http_status;
    req->res.reason = reply_reason(reply->http_status);
    if (reply->content_type)
        h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                       reply->content_type, strlen(reply->content_type));
    headers_give(req, reply);
    if (reply->stream.next)
        req->res.content_length =
            reply->stream.length >= 0 ? (size_t)reply->stream.length : SIZE_MAX;
    else if (reply->http_status != 204 && reply->http_status != 304)
        req->res.content_length = reply->bytes.len;
}

static void transport_send(struct call *call)
{
    struct exchange *exchange = (struct exchange *)call->carrier;
    h2o_req_t *req = exchange->req;
    if (!req) {
        exchange_end(exchange);
        return;
    }
    response_fill(exchange);
    if (call->reply.stream.next && call->method != METHOD_HEAD) {
        stream_begin(exchange);
        return;
    }
    static h2o_generator_t whole = {NULL, NULL};
    slice bytes = call->method == METHOD_HEAD ? S("") : call->reply.bytes;
    h2o_iovec_t iov = to_iovec(bytes);
    call_ref(call); /* libh2o may dispose of the request while it sends */
    h2o_start_response(req, &whole);
    h2o_send(req, &iov, bytes.len > 0, H2O_SEND_STATE_FINAL);
    exchange_end(exchange);
    call_unref(call);
}

static void transport_resume(struct call *call)
{
    struct exchange *exchange = (struct exchange *)call->carrier;
    h2o_multithread_send_message(&exchange->loop->inbox, &exchange->message);
}

static void transport_wait(struct call *call, int32_t ms)
{
    struct exchange *exchange = (struct exchange *)call->carrier;
    loop_wait(exchange->loop, exchange, ms);
}

const struct transport transport_loop = {
    .resume = transport_resume,
    .wait = transport_wait,
    .send = transport_send,
};
