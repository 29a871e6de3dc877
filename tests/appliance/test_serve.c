/* serve.c: from the first line on standard output to the exit code. */
#include "lib/main.h"

#include "lib/server_process.h"
#include "lib/temp_dir.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static char dir[TEMP_DIR_MAX];
static struct server_process process;

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static uint16_t port_said(void)
{
    const char *line = strstr(process.text, "127.0.0.1:");
    ck_assert_ptr_nonnull(line);
    return (uint16_t)strtoul(line + 10, NULL, 10);
}

START_TEST(it_says_where_it_listens_answers_and_ends_on_sigterm)
{
    char answer[2048] = "";
    temp_dir_make(dir);
    const struct serve_options options = {.data_dir = dir, .listen = "127.0.0.1:0", .no_tls = true};
    server_process_start(&process, &options);
    ck_assert(server_process_says(&process, "listening http://127.0.0.1:"));
    int fd = connect_to(port_said());
    static const char request[] = "GET /health HTTP/1.0\r\n\r\n";
    ck_assert_int_eq((int)write(fd, request, sizeof request - 1), (int)sizeof request - 1);
    size_t len = 0;
    ssize_t n;
    while ((n = read(fd, answer + len, sizeof answer - len - 1)) > 0)
        len += (size_t)n;
    ck_assert_ptr_nonnull(strstr(answer, "\"status\":\"ok\""));
    close(fd);
    ck_assert_int_eq(kill(process.pid, SIGHUP), 0); /* reload: goes on */
    ck_assert_int_eq(kill(process.pid, SIGTERM), 0);
    ck_assert_int_eq(server_process_end(&process), 0);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(a_certificate_is_made_at_the_first_start)
{
    temp_dir_make(dir);
    const struct serve_options options = {.data_dir = dir, .listen = "127.0.0.1:0"};
    server_process_start(&process, &options);
    ck_assert(server_process_says(&process, "listening https://127.0.0.1:"));
    ck_assert(server_process_says(&process, "tls/cert.pem sha256 "));
    ck_assert_int_eq(kill(process.pid, SIGINT), 0);
    ck_assert_int_eq(server_process_end(&process), 0);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(a_directory_has_one_server)
{
    struct server_process second;
    temp_dir_make(dir);
    const struct serve_options options = {.data_dir = dir, .listen = "127.0.0.1:0", .no_tls = true};
    server_process_start(&process, &options);
    ck_assert(server_process_says(&process, "listening "));
    server_process_start(&second, &options);
    ck_assert_int_eq(server_process_end(&second), ST_LOCKED);
    ck_assert_int_eq(kill(process.pid, SIGTERM), 0);
    ck_assert_int_eq(server_process_end(&process), 0);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(plain_http_is_refused_beyond_loopback)
{
    temp_dir_make(dir);
    struct serve_options options = {.data_dir = dir, .listen = "0.0.0.0:0", .no_tls = true};
    server_process_start(&process, &options);
    ck_assert_int_eq(server_process_end(&process), ST_CONFIG);
    options.force_no_tls = true;
    server_process_start(&process, &options);
    ck_assert(server_process_says(&process, "listening http://0.0.0.0:"));
    ck_assert_int_eq(kill(process.pid, SIGTERM), 0);
    ck_assert_int_eq(server_process_end(&process), 0);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(bad_options_are_a_configuration_error)
{
    temp_dir_make(dir);
    const struct serve_options listen = {.data_dir = dir, .listen = "nowhere"};
    server_process_start(&process, &listen);
    ck_assert_int_eq(server_process_end(&process), ST_CONFIG);
    const struct serve_options cert = {
        .data_dir = dir, .listen = "127.0.0.1:0", .tls_cert = "/none", .tls_key = "/none"};
    server_process_start(&process, &cert);
    ck_assert_int_eq(server_process_end(&process), ST_CONFIG);
    temp_dir_remove(dir);
}
END_TEST

TEST_MAIN("serve", it_says_where_it_listens_answers_and_ends_on_sigterm,
          a_certificate_is_made_at_the_first_start, a_directory_has_one_server,
          plain_http_is_refused_beyond_loopback, bad_options_are_a_configuration_error)
