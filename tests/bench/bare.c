/* The ceiling of `make bench-http`: libh2o with a fixed JSON answer and nothing else.
 *
 *   bare LOOPS      prints "listening PORT" and serves until it is killed
 *
 * One event loop per thread on a listener of its own (SO_REUSEPORT), as the appliance has them. */
#include <h2o.h>
#include <h2o/http1.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPS_MAX = 8 };
static const char body[] = "{\"id\":1,\"email\":\"a@example.com\",\"plan\":\"enterprise\",\"role\":"
                           "\"user\",\"language\":\"en\",\"created_at\":\"2026-01-01T00:00:00Z\"}";

struct loop {
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    int fd;
};

static int answer(h2o_handler_t *self, h2o_req_t *req)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_iovec_t iov = h2o_iovec_init(body, sizeof body - 1);
    (void)self;
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = iov.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_start_response(req, &generator);
    h2o_send(req, &iov, 1, H2O_SEND_STATE_FINAL);
    return 0;
}

static void on_accept(h2o_socket_t *listener, const char *error)
{
    struct loop *loop = listener->data;
    h2o_socket_t *sock;
    if (!error && (sock = h2o_evloop_socket_accept(listener)))
        h2o_accept(&loop->accept, sock);
}

static int listen_on(struct sockaddr_in *address)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *address;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)address, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)address, &len) != 0)
        exit(EXIT_FAILURE);
    return fd;
}

static void *loop_run(void *arg)
{
    struct loop *loop = arg;
    h2o_config_init(&loop->config);
    h2o_hostconf_t *host =
        h2o_config_register_host(&loop->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = answer;
    h2o_context_init(&loop->context, h2o_evloop_create(), &loop->config);
    loop->accept.ctx = &loop->context;
    loop->accept.hosts = loop->config.hosts;
    h2o_socket_t *listener =
        h2o_evloop_socket_create(loop->context.loop, loop->fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->data = loop;
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(loop->context.loop, INT32_MAX) == 0)
        ;
    return NULL;
}

int main(int argc, char **argv)
{
    static struct loop loops[LOOPS_MAX];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
    pthread_t thread;
    if (count < 1 || count > LOOPS_MAX)
        return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++)
        loops[i].fd = listen_on(&address);
    printf("listening %u\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    for (unsigned i = 1; i < count; i++)
        if (pthread_create(&thread, NULL, loop_run, &loops[i]) != 0)
            return EXIT_FAILURE;
    (void)loop_run(&loops[0]);
    return EXIT_SUCCESS;
}
