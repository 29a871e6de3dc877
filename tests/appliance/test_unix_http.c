/* unix_http.c: answers whole, chunked, cut off, hostile; and servers that are not there. */
#include "unix_http.h"

#include "lib/main.h"
#include "lib/no_routes.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct arena arena;

static status parse(const char *text, struct host_reply *ret)
{
    struct error err;
    arena_init(&arena, 1 << 20);
    return unix_http_parse(slice_of(text), &arena, ret, &err);
}

START_TEST(a_whole_answer_is_read)
{
    struct host_reply reply;
    ck_status(parse("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                    "Content-Length: 2\r\n\r\n{}",
                    &reply),
              ST_OK);
    ck_assert_int_eq(reply.http_status, 404);
    ck_slice(reply.content_type, "application/json");
    ck_slice(reply.body, "{}");
    ck_status(parse("HTTP/1.1 204 No Content\r\n\r\n", &reply), ST_OK);
    ck_slice(reply.body, "");
    arena_finish(&arena);
}
END_TEST

START_TEST(chunks_are_joined)
{
    struct host_reply reply;
    ck_status(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
                    &reply),
              ST_OK);
    ck_slice(reply.body, "abcde");
    arena_finish(&arena);
}
END_TEST

START_TEST(what_is_not_http_is_refused)
{
    static const char *const bad[] = {
        "",
        "HTTP/1.1",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "SSH-2.0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 5",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct host_reply reply;
        ck_assert_msg(parse(bad[i], &reply) == ST_UPSTREAM, "'%s' passed", bad[i]);
        arena_finish(&arena);
    }
}
END_TEST

static char received[256];
static int listening = -1;

static void *answer_once(void *arg)
{
    int fd = accept(listening, NULL, NULL);
    (void)!read(fd, received, sizeof received - 1);
    (void)!write(fd, arg, strlen(arg));
    close(fd);
    return NULL;
}

static void listen_at(char path[static 64])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/unix-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(path, 64, "%s/s", dir);
    memcpy(address.sun_path, path, strlen(path));
    listening = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listening, 4), 0);
}

static void listen_end(char *path)
{
    close(listening);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

START_TEST(a_request_goes_out_and_its_answer_comes_back)
{
    struct error err;
    struct host_reply reply;
    char path[64], answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    pthread_t thread;
    const struct host_request request = {
        .method = METHOD_POST, .path = S("/api/x"), .query = S("a=1"), .body = S("{}")};
    listen_at(path);
    pthread_create(&thread, NULL, answer_once, answer);
    arena_init(&arena, 1 << 20);
    ck_ok(unix_http_call(path, &request, LANG_ZH, 5000, &arena, &reply, &err));
    pthread_join(thread, NULL);
    ck_slice(reply.body, "ok");
    ck_assert_ptr_nonnull(strstr(received, "POST /api/x?a=1 HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(received, "Accept-Language: zh\r\n"));
    ck_assert_ptr_nonnull(strstr(received, "Content-Length: 2\r\n"));
    arena_finish(&arena);
    listen_end(path);
}
END_TEST

START_TEST(a_server_that_never_answers_times_out)
{
    struct error err;
    struct host_reply reply;
    char path[64];
    const struct host_request request = {.method = METHOD_GET, .path = S("/api/x")};
    listen_at(path);
    arena_init(&arena, 1 << 20);
    ck_status(unix_http_call(path, &request, LANG_EN, 50, &arena, &reply, &err), ST_TIMEOUT);
    listen_end(path);
    ck_status(unix_http_call("/nowhere/s", &request, LANG_EN, 50, &arena, &reply, &err),
              ST_UNREACHABLE);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_path_cannot_smuggle_headers)
{
    struct error err;
    struct host_reply reply;
    const struct host_request request = {.method = METHOD_GET, .path = S("/x HTTP/1.1\r\nA: b")};
    arena_init(&arena, 1 << 20);
    ck_status(unix_http_call("/nowhere", &request, LANG_EN, 50, &arena, &reply, &err), ST_INVALID);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("unix_http", a_whole_answer_is_read, chunks_are_joined, what_is_not_http_is_refused,
          a_request_goes_out_and_its_answer_comes_back, a_server_that_never_answers_times_out,
          a_path_cannot_smuggle_headers)
