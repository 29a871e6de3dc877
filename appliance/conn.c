/* Connections: acceptance under a cap, registry, and the sweep that ends old and idle ones.
 *
 * libh2o (with our patches) cuts uploads and downloads that make no progress. It neither limits how
 * long a request may be handled nor has a call to close a connection. So each loop keeps its own
 * registry, looks at it once a second, and shuts the socket down: the loop then sees its end and
 * closes it as usual. */
#include "h2o_glue.h"
#include "metrics.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/time.h>

enum {
    IDLE_MAX_MS = LIMIT_REQUEST_AGE_MS, /* no request for this long, whatever frames arrive */
};

struct conn *conn_of(h2o_req_t *req)
{
    return (struct conn *)req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

void conn_unref(struct conn *conn)
{
    assert(conn->refs > 0);
    if (--conn->refs == 0)
        free(conn);
}

void conn_cut(struct conn *conn)
{
    if (conn->fd < 0)
        return;
    (void)shutdown(conn->fd, SHUT_RDWR); /* fails only when the peer was faster */
    conn->fd = -1;
    metrics_connections(conn->loop->server->app->metrics, 0, 0, 1);
}

static struct crowd *crowd_of(struct server *server, enum listener_kind kind)
{
    return kind == LISTENER_ADMIN ? &server->hosts : &server->clients;
}

static bool crowd_is_full(struct crowd *crowd)
{
    return atomic_load_explicit(&crowd->open, memory_order_relaxed) >= crowd->max;
}

void listeners_update(struct loop *loop)
{
    struct server *server = loop->server;
    bool open =
        atomic_load_explicit(&server->accepting, memory_order_acquire) && loop->drain_begin_ms == 0;
    for (size_t i = 0; i < loop->listener_count; i++) {
        h2o_socket_t *sock = loop->listeners[i].sock;
        bool wanted = open && !crowd_is_full(crowd_of(server, loop->listeners[i].kind));
        if (wanted && !h2o_socket_is_reading(sock))
            h2o_socket_read_start(sock, conn_accept);
        else if (!wanted && h2o_socket_is_reading(sock))
            h2o_socket_read_stop(sock);
    }
}

static void conn_closed(void *data)
{
    struct conn *conn = (struct conn *)data;
    struct server *server = conn->loop->server;
    struct crowd *crowd = crowd_of(server, conn->kind);
    conn->sock = NULL;
    conn->fd = -1;
    h2o_linklist_unlink(&conn->link);
    conn_unref(conn);
    metrics_connections(server->app->metrics, 0, 1, 0);
    unsigned before = atomic_fetch_sub_explicit(&crowd->open, 1, memory_order_relaxed);
    if (before == crowd->max) /* the others may accept again */
        for (unsigned i = 0; i < server->loop_count; i++)
            loop_poke(&server->loops[i]);
}

static void peer_describe(struct conn *conn)
{
    struct sockaddr_storage peer = {0};
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (conn->kind == LISTENER_ADMIN) {
        conn->uid = UINT32_MAX;
        if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
            conn->uid = cred.uid;
        conn->loopback = true;
        return;
    }
    if (h2o_socket_getpeername(conn->sock, (struct sockaddr *)&peer) > 0)
        (void)endpoint_host(&peer, conn->address); /* empty when unknown */
    conn->loopback = endpoint_host_is_loopback(slice_of(conn->address));
}

static void conn_open(struct listener *listener, h2o_socket_t *sock)
{
    struct loop *loop = listener->loop;
    struct conn *conn = (struct conn *)calloc(1, sizeof *conn);
    if (!conn) {
        h2o_socket_close(sock);
        return;
    }
    struct crowd *crowd = crowd_of(loop->server, listener->kind);
    (void)atomic_fetch_add_explicit(&crowd->open, 1, memory_order_relaxed);
    metrics_connections(loop->server->app->metrics, 1, 0, 0);
    conn->loop = loop;
    conn->sock = sock;
    conn->fd = h2o_socket_get_fd(sock);
    conn->refs = 1;
    conn->kind = listener->kind;
    conn->last_ms = clock_mono_ms();
    peer_describe(conn);
    h2o_linklist_insert(&loop->conns, &conn->link);
    sock->on_close.cb = conn_closed;
    sock->on_close.data = conn;
    h2o_accept(&listener->accept, sock);
}

void conn_accept(h2o_socket_t *listening, const char *err)
{
    struct listener *listener = (struct listener *)listening->data;
    struct server *server = listener->loop->server;
    if (err)
        return;
    for (int i = 0; i < LIMIT_ACCEPTS_PER_TURN; i++) {
        if (crowd_is_full(crowd_of(server, listener->kind)))
            break;
        h2o_socket_t *sock = h2o_evloop_socket_accept(listening);
        if (!sock)
            break;
        conn_open(listener, sock);
    }
}

/* --- sweeps -------------------------------------------------------------------------------------
 */

struct sweep {
    int64_t now_s; /* wall clock, as libh2o stamps requests */
};

/* A request that is still being received, handled or sent after its time. */
static int request_sweep(h2o_req_t *req, void *data)
{
    const struct sweep *sweep = (const struct sweep *)data;
    int64_t begin_s = req->timestamps.request_begin_at.tv_sec;
    bool stream = req->_generator && req->res.content_length == SIZE_MAX;
    int64_t max_s = (stream ? LIMIT_STREAM_AGE_MS : LIMIT_REQUEST_AGE_MS) / 1000;
    if (begin_s != 0 && sweep->now_s - begin_s > max_s)
        conn_cut(conn_of(req));
    return 0;
}

void conn_sweep(struct loop *loop, int64_t now_ms)
{
    struct timeval wall;
    (void)gettimeofday(&wall, NULL); /* cannot fail */
    struct sweep sweep = {.now_s = wall.tv_sec};
    h2o_globalconf_t *conf = &loop->server->conf;
    (void)conf->http1.callbacks.foreach_request(&loop->ctx, request_sweep, &sweep);
    (void)conf->http2.callbacks.foreach_request(&loop->ctx, request_sweep, &sweep);
    for (h2o_linklist_t *node = loop->conns.next; node != &loop->conns; node = node->next) {
        struct conn *conn = H2O_STRUCT_FROM_MEMBER(struct conn, link, node);
        if (conn->fd < 0)
            continue;
        if (conn->inflight == 0 && now_ms - conn->last_ms > IDLE_MAX_MS)
            conn_cut(conn);
    }
}
