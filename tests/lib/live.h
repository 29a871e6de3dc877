/* A real server on a free port of loopback, without storage, for tests of loops and connections.
 *
 * The test defines its own route table; the hooks let everybody in. Clients are plain sockets. */
#ifndef TESTS_LIB_LIVE_H
#define TESTS_LIB_LIVE_H

#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "config.h"
#include "endpoint.h"
#include "loop.h"
#include "metrics.h"
#include "workers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

status auth_call(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}
status rate_call(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}
static atomic_int live_calls_done;
void usage_call_done(struct call *call)
{
    (void)call;
    atomic_fetch_add(&live_calls_done, 1);
}

static struct config live_config = {.detect_sync_deadline_ms = 20000};
static struct app live_app = {.magic = APP_MAGIC, .version = "1.2.3"};
static uint16_t live_port;
static char live_admin[64];

static inline void live_start(unsigned connections_max)
{
    struct error err;
    const struct workers_options pool = {.name = "test", .threads = 2, .queue_max = 64};
    struct listener_options listeners[2] = {
        {.kind = LISTENER_PLAIN, .fd = -1},
        {.kind = LISTENER_ADMIN, .path = live_admin, .fd = -1},
    };
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)snprintf(live_admin, sizeof live_admin, "/tmp/live-%d.sock", (int)getpid());
    ck_ok(endpoint_parse(S("127.0.0.1:0"), &listeners[0].address, &listeners[0].address_len, &err));
    ck_ok(route_init(&err));
    ck_ok(metrics_create(&live_app.metrics, &err));
    ck_ok(workers_create(&pool, &live_app.workers, &err));
    ck_ok(workers_create(&pool, &live_app.fetch_workers, &err));
    live_app.config = &live_config;
    const struct server_options options = {.loops = 2,
                                           .connections_max = connections_max,
                                           .drain_ms = 3000,
                                           .listeners = listeners,
                                           .listener_count = 2};
    ck_ok(server_create(&live_app, &options, &live_app.server, &err));
    char url[SERVER_URL_MAX];
    uint64_t port = 0;
    server_url(live_app.server, 0, url);
    ck_assert(slice_to_u64(slice_of(strrchr(url, ':') + 1), &port));
    live_port = (uint16_t)port;
    server_accept(live_app.server);
}

static inline void live_pause(int ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* Drains within two seconds, or the test fails. */
static inline void live_stop(void)
{
    int64_t begin_ms = clock_mono_ms();
    server_drain(live_app.server);
    while (!server_is_drained(live_app.server)) {
        ck_assert_msg(clock_mono_ms() - begin_ms < 8000, "the server does not end");
        live_pause(10);
    }
    workers_destroy(&live_app.workers);
    workers_destroy(&live_app.fetch_workers);
    server_destroy(&live_app.server);
    ck_assert_uint_eq(atomic_load(&live_app.calls_inflight), 0);
    metrics_destroy(&live_app.metrics);
}

static inline int live_connect(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(live_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int live_connect_admin(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, live_admin, strlen(live_admin));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void live_send(int fd, const char *text)
{
    ck_assert_int_eq((int)send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
}

/* Reads until `until` was seen, the other side closed, or ms are over; NUL-terminated. */
static inline size_t live_read(int fd, char *into, size_t size, const char *until, int ms)
{
    size_t len = 0;
    int64_t end_ms = clock_mono_ms() + ms;
    into[0] = '\0';
    while (len + 1 < size && !(until && strstr(into, until)) && clock_mono_ms() < end_ms) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, 20) <= 0)
            continue;
        ssize_t n = recv(fd, into + len, size - len - 1, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        into[len] = '\0';
    }
    return len;
}

/* One request on its own connection; the whole answer. */
static inline const char *live_get(const char *request)
{
    static char answer[1 << 20];
    int fd = live_connect();
    live_send(fd, request);
    (void)live_read(fd, answer, sizeof answer, NULL, 5000);
    close(fd);
    return answer;
}

#endif
