/* host.c: the same calls in this process and over a server's socket. */
#include "host.h"

#include "lib/main.h"

#include "lib/server_process.h"
#include "lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static struct arena arena;

static struct host *opened(void)
{
    struct error err;
    struct host *host;
    const struct host_options options = {.data_dir = dir, .timeout_ms = 10000};
    ck_ok(host_open(&options, &host, &err));
    return host;
}

static struct host_reply call(struct host *host, enum method method, const char *path,
                              const char *body)
{
    struct error err;
    struct host_reply reply;
    const struct host_request request = {
        .method = method, .path = slice_of(path), .body = slice_of(body)};
    ck_ok(host_call(host, &request, &arena, &reply, &err));
    return reply;
}

/* What both transports have to do alike. */
static void use(struct host *host, const char *email)
{
    struct error err;
    char body[128];
    struct host_reply reply = call(host, METHOD_GET, "/health", "");
    ck_assert_int_eq(reply.http_status, 200);
    ck_slice(reply.content_type, "application/json");
    ck_ok(host_status(&reply, &err));

    reply = call(host, METHOD_GET, "/api/nowhere", "");
    ck_status(host_status(&reply, &err), ST_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/api/info"));

    (void)snprintf(body, sizeof body, "{\"email\":\"%s\"}", email);
    reply = call(host, METHOD_POST, "/api/admin/users", body);
    ck_assert_int_eq(reply.http_status, 201);
    reply = call(host, METHOD_POST, "/api/admin/users", body);
    ck_status(host_status(&reply, &err), ST_CONFLICT);
    reply = call(host, METHOD_GET, "/api/admin/users", "");
    ck_assert(slice_find(reply.body, slice_of(email), &(size_t){0}));
}

START_TEST(without_a_server_the_calls_run_here)
{
    temp_dir_make(dir);
    arena_init(&arena, 1 << 20);
    struct host *host = opened();
    ck_assert(!host_is_remote(host));
    use(host, "a@example.org");
    host_close(&host);
    ck_assert_ptr_null(host);
    arena_finish(&arena);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(with_a_server_the_calls_go_over_its_socket)
{
    struct server_process process;
    temp_dir_make(dir);
    arena_init(&arena, 1 << 20);
    const struct serve_options options = {.data_dir = dir, .listen = "127.0.0.1:0", .no_tls = true};
    server_process_start(&process, &options);
    ck_assert(server_process_says(&process, "listening "));
    struct host *host = opened();
    ck_assert(host_is_remote(host));
    use(host, "b@example.org");
    ck_assert_int_eq(kill(process.pid, SIGTERM), 0);
    ck_assert_int_eq(server_process_end(&process), 0);

    struct error err;
    struct host_reply reply;
    const struct host_request request = {.method = METHOD_GET, .path = S("/health")};
    ck_status(host_call(host, &request, &arena, &reply, &err), ST_UNREACHABLE);
    host_close(&host);

    host = opened(); /* what the server wrote is here */
    ck_assert(!host_is_remote(host));
    reply = call(host, METHOD_GET, "/api/admin/users", "");
    ck_assert(slice_find(reply.body, S("b@example.org"), &(size_t){0}));
    host_close(&host);
    arena_finish(&arena);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(error_answers_become_statuses)
{
    static const struct {
        int http_status;
        const char *body;
        status expected;
    } cases[] = {
        {200, "", ST_OK},
        {204, "", ST_OK},
        {429, "{\"code\":\"quota_exceeded\",\"message\":\"used up\"}", ST_QUOTA},
        {404, "{\"code\":\"key_not_found\",\"message\":\"no such key\"}", ST_NOT_FOUND},
        {503, "not json", ST_BUSY},
        {418, "", ST_UPSTREAM},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err;
        const struct host_reply reply = {.http_status = cases[i].http_status,
                                         .body = slice_of(cases[i].body)};
        ck_status(host_status(&reply, &err), cases[i].expected);
    }
}
END_TEST

TEST_MAIN("host", without_a_server_the_calls_run_here, with_a_server_the_calls_go_over_its_socket,
          error_answers_become_statuses)
