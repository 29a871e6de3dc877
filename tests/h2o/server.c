/* A small libh2o server that the proofs of packaging/h2o attack; short timeouts, one thread.
 *
 * server [upgrade]   prints "listening HTTP1-PORT HTTP2-PORT" and serves until it is killed.
 *
 * Both listeners are plain TCP: the second speaks HTTP/2 at once (prior knowledge), the first
 * HTTP/1 only, as the appliance is configured; with "upgrade" it also takes h2c and the preface.
 * SIGTERM begins a graceful stop. Paths: /big?N answers N octets, /hold answers after 0.2 s
 * (/hold?1 after 2 s),
 * /clock?S moves gettimeofday() by S seconds, /stat prints counters, all else the body's length. */
#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/http2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { SEND_BUFFER_BYTES = 8192, BODY_BYTES_MAX = 64 * 1024 };

static h2o_globalconf_t config;
static h2o_context_t context;
static h2o_accept_ctx_t accept_context;
static h2o_timeout_t hold_timeout, long_hold_timeout;
static volatile sig_atomic_t stop_requested;
static long clock_offset_s; /* what /clock asked for */
static unsigned begun;      /* requests that reached a handler */
static unsigned connections;

/* A held answer; the request may vanish first, then `req` is NULL. Freed by whichever comes last. */
struct held {
    h2o_timeout_entry_t timer;
    h2o_req_t *req;
};

/* Replaces libc's, so that a proof can set the clock of this process alone. */
int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    int rc = (int)syscall(SYS_gettimeofday, tv, zone);
    tv->tv_sec += clock_offset_s;
    return rc;
}

static void on_term(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

static void answer(h2o_req_t *req, const char *text, size_t len)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_iovec_t body = h2o_strdup(&req->pool, text, len);

    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = body.len;
    h2o_start_response(req, &generator);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static size_t query_number(h2o_req_t *req)
{
    if (req->query_at == SIZE_MAX)
        return 0;
    return (size_t)strtoll(h2o_strdup(&req->pool, req->path.base + req->query_at + 1,
                                      req->path.len - req->query_at - 1).base,
                           NULL, 10);
}

static int on_body_length(h2o_handler_t *self, h2o_req_t *req)
{
    char text[32];

    (void)self;
    ++begun;
    answer(req, text, (size_t)snprintf(text, sizeof(text), "%zu octets\n", req->entity.len));
    return 0;
}

static int on_big(h2o_handler_t *self, h2o_req_t *req)
{
    size_t len = query_number(req);
    char *bytes = h2o_mem_alloc_pool(&req->pool, len + 1);

    (void)self;
    ++begun;
    memset(bytes, 'x', len);
    answer(req, bytes, len);
    return 0;
}

static void on_held_vanished(void *data)
{
    struct held *held = *(struct held **)data;

    held->req = NULL;
    if (!h2o_timeout_is_linked(&held->timer))
        free(held);
}

static void on_hold_over(h2o_timeout_entry_t *entry)
{
    struct held *held = H2O_STRUCT_FROM_MEMBER(struct held, timer, entry);

    if (held->req != NULL)
        answer(held->req, "held\n", 5);
    else
        free(held);
}

static int on_hold(h2o_handler_t *self, h2o_req_t *req)
{
    struct held *held = calloc(1, sizeof(*held));
    struct held **guard = h2o_mem_alloc_shared(&req->pool, sizeof(*guard), on_held_vanished);

    (void)self;
    ++begun;
    *guard = held;
    held->req = req;
    held->timer.cb = on_hold_over;
    h2o_timeout_link(context.loop, query_number(req) != 0 ? &long_hold_timeout : &hold_timeout, &held->timer);
    return 0;
}

static int on_clock(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    clock_offset_s += (long)query_number(req);
    answer(req, "set\n", 4);
    return 0;
}

static int on_stat(h2o_handler_t *self, h2o_req_t *req)
{
    char text[64];

    (void)self;
    answer(req, text, (size_t)snprintf(text, sizeof(text), "begun=%u connections=%u\n", begun, connections));
    return 0;
}

static void on_close(void *data)
{
    (void)data;
    --connections;
}

static void on_accept(h2o_socket_t *listener, const char *err)
{
    int bytes = SEND_BUFFER_BYTES; /* small, so that unread answers wait in the server */
    h2o_socket_t *sock;

    if (err != NULL || (sock = h2o_evloop_socket_accept(listener)) == NULL)
        return;
    ++connections;
    sock->on_close.cb = on_close;
    setsockopt(h2o_socket_get_fd(sock), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    if (listener->data != NULL)
        h2o_http2_accept(&accept_context, sock, *h2o_get_timestamp(&context, NULL, NULL));
    else
        h2o_accept(&accept_context, sock);
}

/* Listens on a free port of 127.0.0.1 and returns it. */
static int listen_on_loopback(void *is_http2)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    h2o_socket_t *listener;

    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 511) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("listen");
        exit(1);
    }
    listener = h2o_evloop_socket_create(context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->data = is_http2;
    h2o_socket_read_start(listener, on_accept);
    return ntohs(address.sin_port);
}

static void add_path(h2o_hostconf_t *host, const char *path, int (*on_req)(h2o_handler_t *, h2o_req_t *))
{
    h2o_create_handler(h2o_config_register_path(host, path, 0), sizeof(h2o_handler_t))->on_req = on_req;
}

static void configure(int upgrade)
{
    h2o_hostconf_t *host;

    h2o_config_init(&config);
    config.max_request_entity_size = BODY_BYTES_MAX;
    config.http1.upgrade_to_http2 = upgrade;
    config.http1.req_timeout = 1000;
    config.http2.idle_timeout = 1500;
#ifdef H2O_DEFAULT_WRITE_TIMEOUT /* absent when patch 0009 is left out */
    config.write_timeout = 2000;
#endif
    host = h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    add_path(host, "/big", on_big);
    add_path(host, "/hold", on_hold);
    add_path(host, "/clock", on_clock);
    add_path(host, "/stat", on_stat);
    add_path(host, "/", on_body_length);
}

int main(int argc, char **argv)
{
    struct sigaction term = {.sa_handler = on_term};
    int http1_port;

    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    configure(argc > 1 && strcmp(argv[1], "upgrade") == 0);
    h2o_context_init(&context, h2o_evloop_create(), &config);
    h2o_timeout_init(context.loop, &hold_timeout, 200);
    h2o_timeout_init(context.loop, &long_hold_timeout, 2000);
    accept_context = (h2o_accept_ctx_t){.ctx = &context, .hosts = config.hosts};
    http1_port = listen_on_loopback(NULL);
    printf("listening %d %d\n", http1_port, listen_on_loopback(&config));
    fflush(stdout);
    for (;;) {
        h2o_evloop_run(context.loop, INT32_MAX);
        if (stop_requested) {
            stop_requested = 0;
            h2o_context_request_shutdown(&context);
        }
    }
}
