/* The event-loop threads: listeners, messages from other threads, ticks, graceful end. */
#include "loop.h"

#include "base/clock.h"
#include "base/file.h"
#include "h2o_glue.h"
#include "log.h"
#include "metrics.h"
#include "principal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, TURN_MAX_MS = 1000 };

/* --- messages and waits -------------------------------------------------------------------------
 */

void loop_poke(struct loop *loop)
{
    if (!atomic_exchange_explicit(&loop->poked, true, memory_order_acq_rel))
        h2o_multithread_send_message(&loop->inbox, &loop->poke);
}

static void on_inbox(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, inbox, receiver);
    while (!h2o_linklist_is_empty(messages)) {
        h2o_multithread_message_t *message =
            H2O_STRUCT_FROM_MEMBER(h2o_multithread_message_t, link, messages->next);
        h2o_linklist_unlink(&message->link);
        if (message == &loop->poke)
            atomic_store_explicit(&loop->poked, false, memory_order_release);
        else
            exchange_on_message(H2O_STRUCT_FROM_MEMBER(struct exchange, message, message));
    }
}

static void on_wait_tick(h2o_timeout_entry_t *entry)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, wait_tick, entry);
    exchange_wake_due(loop, clock_mono_ms());
    if (!h2o_linklist_is_empty(&loop->waiting) && !h2o_timeout_is_linked(entry))
        h2o_timeout_link(loop->ctx.loop, &loop->ctx.hundred_ms_timeout, entry);
}

void loop_wait(struct loop *loop, struct exchange *exchange, int32_t ms)
{
    assert(!h2o_linklist_is_linked(&exchange->wait_link));
    /* Never due at once: whoever asks again without end must not hold the loop. */
    exchange->due_ms = clock_mono_ms() + (ms < LIMIT_RECHECK_MS_MIN ? LIMIT_RECHECK_MS_MIN : ms);
    h2o_linklist_insert(&loop->waiting, &exchange->wait_link);
    if (!h2o_timeout_is_linked(&loop->wait_tick))
        h2o_timeout_link(loop->ctx.loop, &loop->ctx.hundred_ms_timeout, &loop->wait_tick);
}

static void on_tick(h2o_timeout_entry_t *entry)
{
    struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, tick, entry);
    conn_sweep(loop, clock_mono_ms());
    if (loop->reader)
        principals_sweep(loop->principals, store_identity(loop->server->app->store),
                         clock_mono_ms());
    h2o_timeout_link(loop->ctx.loop, &loop->ctx.one_sec_timeout, entry);
}

/* --- the thread ---------------------------------------------------------------------------------
 */

static void tls_adopt(struct loop *loop)
{
    SSL_CTX *ctx = atomic_load_explicit(&loop->server->ssl_ctx, memory_order_acquire);
    for (size_t i = 0; i < loop->listener_count; i++)
        if (loop->listeners[i].kind == LISTENER_TLS)
            loop->listeners[i].accept.ssl_ctx = ctx;
}

static void cut_all(struct loop *loop)
{
    loop->forced = true;
    for (h2o_linklist_t *node = loop->conns.next; node != &loop->conns; node = node->next)
        conn_cut(H2O_STRUCT_FROM_MEMBER(struct conn, link, node));
}

static void drain_begin(struct loop *loop)
{
    loop->drain_begin_ms = clock_mono_ms();
    listeners_update(loop);
    for (size_t i = 0; i < loop->listener_count; i++)
        h2o_socket_close(loop->listeners[i].sock);
    loop->listener_count = 0;
    h2o_context_request_shutdown(&loop->ctx); /* GOAWAY; HTTP/1 closes after its answer */
}

/* A request whose headers or body are still coming: it is no call yet, but no idleness either.
 * HTTP/1 keeps a request at hand for the next one, HTTP/2 only for open streams. */
static int receiving_mark(h2o_req_t *req, void *data)
{
    if (req->version >= 0x200 || req->timestamps.request_begin_at.tv_sec != 0)
        conn_of(req)->receiving_ms = *(const int64_t *)data;
    return 0;
}

/* An idle HTTP/1 connection would stay for its whole keep-alive time. */
static void drain_idle(struct loop *loop)
{
    int64_t mark_ms = clock_mono_ms();
    h2o_globalconf_t *conf = &loop->server->conf;
    (void)conf->http1.callbacks.foreach_request(&loop->ctx, receiving_mark, &mark_ms);
    (void)conf->http2.callbacks.foreach_request(&loop->ctx, receiving_mark, &mark_ms);
    for (h2o_linklist_t *node = loop->conns.next; node != &loop->conns; node = node->next) {
        struct conn *conn = H2O_STRUCT_FROM_MEMBER(struct conn, link, node);
        int64_t now_ms = clock_mono_ms();
        if (conn->inflight == 0 && conn->receiving_ms != mark_ms && now_ms - conn->last_ms > 200 &&
            !h2o_socket_is_writing(conn->sock))
            conn_cut(conn);
    }
}

/* True when the loop may end: no connection left, or their time is over. */
static bool drain_step(struct loop *loop)
{
    struct server *server = loop->server;
    int64_t age_ms = clock_mono_ms() - loop->drain_begin_ms;
    if (h2o_linklist_is_empty(&loop->conns) && loop->exchanges == 0)
        return true;
    if (age_ms > 300)
        drain_idle(loop);
    bool force = atomic_load_explicit(&server->forcing, memory_order_relaxed);
    if (!loop->forced && (force || age_ms > server->drain_ms)) {
        cut_all(loop);
        loop->drain_begin_ms = clock_mono_ms() - server->drain_ms;
        return false;
    }
    return loop->forced && age_ms > server->drain_ms + LIMIT_FORCE_MS;
}

static void turn_measure(struct loop *loop)
{
    int64_t now_us = clock_mono_us();
    int64_t busy_us = now_us - (int64_t)h2o_evloop_woke_at(loop->ctx.loop);
    atomic_store_explicit(&loop->beat_ms, now_us / 1000, memory_order_relaxed);
    metrics_loop_turn(loop->server->app->metrics, busy_us);
}

static void loop_run(struct loop *loop)
{
    for (;;) {
        bool draining = loop->drain_begin_ms != 0;
        /* -1 only says that a signal came: never a reason to end. */
        (void)h2o_evloop_run(loop->ctx.loop, draining ? 50 : TURN_MAX_MS);
        turn_measure(loop);
        tls_adopt(loop);
        if (!draining && atomic_load_explicit(&loop->server->draining, memory_order_acquire))
            drain_begin(loop);
        else if (draining && drain_step(loop))
            return;
        listeners_update(loop);
    }
}

/* --- binding ------------------------------------------------------------------------------------
 */

static int bind_tcp(struct listener_options *options)
{
    int on = 1;
    int fd = socket(options->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* bind tells the outcome */
    options->address_len = sizeof options->address;
    socklen_t len = options->address.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                          : sizeof(struct sockaddr_in6);
    if (bind(fd, (struct sockaddr *)&options->address, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&options->address, &options->address_len) != 0) {
        int number = errno;
        fd_close(&fd);
        errno = number;
    }
    return fd;
}

static int bind_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >=
        sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)unlink(path); /* left by a killed process: we hold the directory's lock */
    mode_t mask = umask(0117);
    int rc = bind(fd, (struct sockaddr *)&address, sizeof address);
    int number = errno;
    (void)umask(mask);
    if (rc != 0 || listen(fd, LIMIT_ADMIN_CONNECTIONS) != 0) {
        number = rc != 0 ? number : errno;
        fd_close(&fd);
        errno = number;
    }
    return fd;
}

void server_url(const struct server *server, size_t index, char text[static SERVER_URL_MAX])
{
    const struct listener_options *listener = &server->listeners[index];
    char where[ENDPOINT_TEXT_MAX];
    if (listener->kind == LISTENER_ADMIN)
        (void)snprintf(text, SERVER_URL_MAX, "unix");
    else
        (void)snprintf(text, SERVER_URL_MAX, "%s://%.*s",
                       listener->kind == LISTENER_TLS ? "https" : "http",
                       SLICE_ARG(endpoint_text(&listener->address, where)));
}

static status bind_one(struct server *server, const struct listener_options *options,
                       struct error *err)
{
    size_t index = server->listener_count;
    char url[SERVER_URL_MAX];
    assert(index < LIMIT_LISTENERS);
    server->listeners[index] = *options;
    int fd = options->fd;
    if (options->kind == LISTENER_ADMIN) {
        fd = bind_unix(options->path);
        (void)snprintf(server->admin_path, sizeof server->admin_path, "%s", options->path);
        if (fd < 0)
            return error_set(err, ST_CONFIG, "cannot listen on '%s': %s", options->path,
                             errno_text(errno));
    } else if (fd < 0) {
        fd = bind_tcp(&server->listeners[index]);
        int number = errno;
        server_url(server, index, url);
        if (fd < 0)
            return error_set(err, ST_CONFIG, "cannot listen on '%s': %s", url, errno_text(number));
    }
    server->listener_fds[index] = fd;
    server->listener_count++;
    return ST_OK;
}

/* --- creation and end ---------------------------------------------------------------------------
 */

static void conf_fill(struct server *server)
{
    h2o_globalconf_t *conf = &server->conf;
    h2o_config_init(conf);
    conf->server_name = h2o_iovec_init(H2O_STRLIT("sleuth"));
    conf->max_request_entity_size = LIMIT_BODY_BYTES;
    conf->handshake_timeout = LIMIT_HANDSHAKE_MS;
    conf->http1.req_timeout = LIMIT_REQUEST_READ_MS;
    conf->http1.upgrade_to_http2 = 0; /* h2c never */
    conf->min_body_rate = LIMIT_BODY_RATE;
    conf->write_timeout = LIMIT_WRITE_STALL_MS;
    conf->http2.idle_timeout = LIMIT_IDLE_MS;
    conf->http2.graceful_shutdown_timeout = (uint64_t)server->drain_ms;
    conf->http2.max_concurrent_requests_per_connection = LIMIT_STREAMS_PER_CONN;
    h2o_hostconf_t *host =
        h2o_config_register_host(conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_handler_t *handler = h2o_create_handler(path, sizeof *handler);
    handler->on_req = exchange_on_req;
    refusal_register(path);
    refusal_register(&host->fallback_path);
}

static status listeners_attach(struct loop *loop, struct error *err)
{
    struct server *server = loop->server;
    for (size_t i = 0; i < server->listener_count; i++) {
        enum listener_kind kind = server->listeners[i].kind;
        if (kind == LISTENER_ADMIN && loop->index != 0)
            continue;
        /* epoll wants a descriptor per loop; the kernel wakes whoever is free. */
        int fd = fcntl(server->listener_fds[i], F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
            return error_set(err, ST_IO, "cannot share a listening socket: %s", errno_text(errno));
        struct listener *listener = &loop->listeners[loop->listener_count++];
        listener->loop = loop;
        listener->kind = kind;
        listener->accept = (h2o_accept_ctx_t){.ctx = &loop->ctx, .hosts = server->conf.hosts};
        listener->sock = h2o_evloop_socket_create(loop->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
        listener->sock->data = listener;
    }
    return ST_OK;
}

/* Loop thread: libh2o keeps its free lists per thread, in the thread that made a socket. */
static status loop_init(struct loop *loop, struct error *err)
{
    struct server *server = loop->server;
    loop->tick.cb = on_tick;
    loop->wait_tick.cb = on_wait_tick;
    h2o_linklist_init_anchor(&loop->conns);
    h2o_linklist_init_anchor(&loop->waiting);
    h2o_context_init(&loop->ctx, h2o_evloop_create(), &server->conf);
    h2o_multithread_register_receiver(loop->ctx.queue, &loop->inbox, on_inbox);
    atomic_store_explicit(&loop->beat_ms, clock_mono_ms(), memory_order_relaxed);
    if (server->app->store)
        TRY(store_reader_create(server->app->store, &loop->reader, err));
    loop->principals = principals_create();
    TRY(listeners_attach(loop, err));
    tls_adopt(loop);
    h2o_timeout_link(loop->ctx.loop, &loop->ctx.one_sec_timeout, &loop->tick);
    return ST_OK;
}

/* Loop thread. False when connections or calls are left behind (a forced stop): libh2o cannot free
 * those. */
static bool loop_finish(struct loop *loop)
{
    store_reader_destroy(&loop->reader);
    if (!h2o_linklist_is_empty(&loop->conns) || loop->exchanges > 0)
        return false;
    principals_destroy(&loop->principals);
    h2o_timeout_unlink(&loop->tick);
    if (h2o_timeout_is_linked(&loop->wait_tick))
        h2o_timeout_unlink(&loop->wait_tick);
    if (h2o_timeout_is_linked(&loop->ctx.http2._graceful_shutdown_timeout))
        h2o_timeout_unlink(&loop->ctx.http2._graceful_shutdown_timeout);
    /* Sockets closed in the last turn are freed in the next; a late poke is taken, too. */
    (void)h2o_evloop_run(loop->ctx.loop, 0);
    h2o_multithread_unregister_receiver(loop->ctx.queue, &loop->inbox);
    h2o_multithread_queue_t *queue = loop->ctx.queue;
    h2o_context_dispose(&loop->ctx);
    free(queue); /* which libh2o forgets */
    h2o_evloop_destroy(loop->ctx.loop);
    return true;
}

static void *loop_main(void *arg)
{
    struct loop *loop = (struct loop *)arg;
    struct server *server = loop->server;
    char name[16];
    (void)snprintf(name, sizeof name, "loop-%u", loop->index);
    (void)pthread_setname_np(pthread_self(), name); /* for top(1) */
    loop->started = loop_init(loop, &loop->err);
    (void)pthread_barrier_wait(&server->ready);
    if (loop->started != ST_OK)
        return NULL; /* the process ends */
    loop_run(loop);
    (void)atomic_fetch_add_explicit(&server->loops_done, 1, memory_order_release);
    /* Others may still send messages here: free nothing before server_destroy says so. */
    (void)pthread_barrier_wait(&server->end);
    loop->clean = loop_finish(loop);
    return NULL;
}

/* Connections stay below the limit of descriptors: at its end libh2o spins. */
static status connections_cap(struct server *server, unsigned wanted, struct error *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* less stays usable */
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return error_set(err, ST_IO, "cannot read the limit of descriptors: %s", errno_text(errno));
    rlim_t reserve = limit.rlim_cur > 2 * LIMIT_FD_RESERVE ? LIMIT_FD_RESERVE : limit.rlim_cur / 2;
    rlim_t free_fds = limit.rlim_cur - reserve;
    if (free_fds < 8)
        return error_set(err, ST_CONFIG, "the limit of %llu open files is too low",
                         (unsigned long long)limit.rlim_cur);
    server->clients.max = wanted < free_fds ? wanted : (unsigned)free_fds;
    server->hosts.max = LIMIT_ADMIN_CONNECTIONS;
    return ST_OK;
}

static status server_fill(struct server *server, const struct server_options *options,
                          struct error *err)
{
    TRY(connections_cap(server, options->connections_max, err));
    for (size_t i = 0; i < options->listener_count; i++)
        TRY(bind_one(server, &options->listeners[i], err));
    for (unsigned i = 0; i < options->loops; i++) {
        server->loops[i].server = server;
        server->loops[i].index = i;
        int rc = pthread_create(&server->loops[i].thread, NULL, loop_main, &server->loops[i]);
        if (rc != 0)
            return error_set(err, ST_NO_MEMORY, "cannot start a loop thread: %s", errno_text(rc));
        server->loop_count++;
    }
    (void)pthread_barrier_wait(&server->ready);
    for (unsigned i = 0; i < options->loops; i++) {
        if (server->loops[i].started == ST_OK)
            continue;
        if (err)
            *err = server->loops[i].err;
        return server->loops[i].started;
    }
    return ST_OK;
}

status server_create(struct app *app, const struct server_options *options, struct server **ret,
                     struct error *err)
{
    assert(options->loops >= 1);
    assert(options->loops <= LIMIT_LOOPS);
    struct server *server = (struct server *)calloc(1, sizeof *server);
    if (!server)
        return error_set(err, ST_NO_MEMORY, "cannot create the server");
    server->app = app;
    server->drain_ms = options->drain_ms;
    atomic_store(&server->ssl_ctx, options->ssl_ctx);
    (void)pthread_barrier_init(&server->ready, NULL, options->loops + 1);
    (void)pthread_barrier_init(&server->end, NULL, options->loops + 1);
    conf_fill(server);
    /* A failed start ends the process: what was bound goes with it. */
    TRY(server_fill(server, options, err));
    *ret = server;
    return ST_OK;
}

static void poke_all(struct server *server)
{
    for (unsigned i = 0; i < server->loop_count; i++)
        loop_poke(&server->loops[i]);
}

void server_accept(struct server *server)
{
    atomic_store_explicit(&server->accepting, true, memory_order_release);
    poke_all(server);
}

void server_swap_tls(struct server *server, struct ssl_ctx_st *ssl_ctx)
{
    atomic_store_explicit(&server->ssl_ctx, ssl_ctx, memory_order_release);
    poke_all(server);
}

void server_drain(struct server *server)
{
    atomic_store_explicit(&server->draining, true, memory_order_release);
    poke_all(server);
    for (size_t i = 0; i < server->listener_count; i++)
        fd_close(&server->listener_fds[i]);
    if (server->admin_path[0])
        (void)unlink(server->admin_path); /* the next owner makes its own */
}

void server_force(struct server *server)
{
    atomic_store_explicit(&server->forcing, true, memory_order_relaxed);
    poke_all(server);
}

bool server_is_drained(const struct server *server)
{
    return atomic_load_explicit(&server->loops_done, memory_order_acquire) == server->loop_count;
}

int64_t server_beat_age_ms(const struct server *server)
{
    int64_t now_ms = clock_mono_ms(), oldest_ms = now_ms;
    for (unsigned i = 0; i < server->loop_count; i++) {
        int64_t beat_ms = atomic_load_explicit(&server->loops[i].beat_ms, memory_order_relaxed);
        if (beat_ms < oldest_ms)
            oldest_ms = beat_ms;
    }
    return now_ms - oldest_ms;
}

void server_destroy(struct server **ret)
{
    static struct server *volatile left_behind; /* reachable, so not called lost */
    struct server *server = *ret;
    bool clean = true;
    *ret = NULL;
    if (!server)
        return;
    (void)pthread_barrier_wait(&server->end);
    for (unsigned i = 0; i < server->loop_count; i++) {
        (void)pthread_join(server->loops[i].thread, NULL);
        clean = clean && server->loops[i].clean;
    }
    if (!clean) {
        left_behind = server;
        (void)left_behind;
        return;
    }
    h2o_config_dispose(&server->conf);
    (void)pthread_barrier_destroy(&server->ready);
    (void)pthread_barrier_destroy(&server->end);
    free(server);
}
