/* An HTTP server for unit tests of what connects to one: one thread on a loopback port, answers
 * from a script in order, one connection per answer.
 *
 *   struct fake_http fake;
 *   fake_http_start(&fake, (const char *[]){"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
 * NULL}); … fake.port … fake_http_stop(&fake); fake.requests[0]: what came in; fake.connections:
 * how many */
#ifndef TESTS_LIB_FAKE_HTTP_H
#define TESTS_LIB_FAKE_HTTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAKE_HTTP_MAX = 8, FAKE_HTTP_REQUEST_MAX = 65536 };

struct fake_http {
    int fd;
    int port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_int connections;
    const char *
        answers[FAKE_HTTP_MAX + 1]; /* "" = take the request and stay silent; "-" = close at once */
    char requests[FAKE_HTTP_MAX][FAKE_HTTP_REQUEST_MAX];
};

static inline bool fake_http_wait(struct fake_http *fake, int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    while (!atomic_load(&fake->stopping))
        if (poll(&poll_fd, 1, 20) > 0)
            return true;
    return false;
}

/* Headers, and as much body as Content-Length says. */
static inline void fake_http_read(struct fake_http *fake, int fd, char *into)
{
    size_t len = 0, wanted = FAKE_HTTP_REQUEST_MAX - 1;
    while (len < wanted && fake_http_wait(fake, fd)) {
        ssize_t n = read(fd, into + len, FAKE_HTTP_REQUEST_MAX - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        into[len] = '\0';
        const char *end = strstr(into, "\r\n\r\n");
        const char *size = strcasestr(into, "\r\ncontent-length: ");
        if (end)
            wanted =
                (size_t)(end - into) + 4 + (size && size < end ? strtoul(size + 18, NULL, 10) : 0);
    }
}

static inline void *fake_http_main(void *arg)
{
    struct fake_http *fake = arg;
    for (int i = 0; i < FAKE_HTTP_MAX && fake_http_wait(fake, fake->fd); i++) {
        int fd = accept(fake->fd, NULL, NULL);
        atomic_fetch_add(&fake->connections, 1);
        const char *answer = fake->answers[i] ? fake->answers[i] : "-";
        if (strcmp(answer, "-") != 0)
            fake_http_read(fake, fd, fake->requests[i]);
        if (answer[0] && strcmp(answer, "-") != 0)
            (void)!write(fd, answer, strlen(answer));
        while (!answer[0] && !atomic_load(&fake->stopping))
            usleep(10000);
        close(fd);
        if (!fake->answers[i])
            break;
    }
    return NULL;
}

static inline void fake_http_start_at(struct fake_http *fake, int port, const char *const *answers)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    socklen_t len = sizeof sa;
    memset(fake, 0, sizeof *fake);
    for (size_t i = 0; i < FAKE_HTTP_MAX && answers[i]; i++)
        fake->answers[i] = answers[i];
    fake->fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fake->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ck_assert_int_eq(bind(fake->fd, (struct sockaddr *)&sa, sizeof sa), 0);
    ck_assert_int_eq(listen(fake->fd, 128), 0);
    ck_assert_int_eq(getsockname(fake->fd, (struct sockaddr *)&sa, &len), 0);
    fake->port = ntohs(sa.sin_port);
    ck_assert_int_eq(pthread_create(&fake->thread, NULL, fake_http_main, fake), 0);
}

static inline void fake_http_start(struct fake_http *fake, const char *const *answers)
{
    fake_http_start_at(fake, 0, answers);
}

static inline void fake_http_stop(struct fake_http *fake)
{
    atomic_store(&fake->stopping, true);
    pthread_join(fake->thread, NULL);
    close(fake->fd);
}

#endif
