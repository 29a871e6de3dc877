/* loop.c: listening, answering on kept connections, the admin socket, the graceful end. */
#include "lib/main.h"

#include "lib/live.h"

static status hello(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 200, S("hello"));
}

static status who(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 200, call->actor == ACTOR_HOST ? call->actor_name : S("network"));
}

static atomic_bool slow_entered;
static status slow(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    atomic_store(&slow_entered, true);
    live_pause(400);
    return ST_OK;
}

static const struct route rows[] = {
    {METHOD_GET, "/hello", NEED_NOTHING, .reply = hello},
    {METHOD_GET, "/who", NEED_NOTHING, .reply = who},
    {METHOD_GET, "/host", NEED_HOST, .reply = who},
    {METHOD_GET, "/slow", NEED_NOTHING, .work = slow, .reply = hello},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

START_TEST(the_url_names_the_port_that_was_free)
{
    char url[SERVER_URL_MAX];
    live_start(64);
    server_url(live_app.server, 0, url);
    ck_assert_int_eq(strncmp(url, "http://127.0.0.1:", 17), 0);
    ck_assert_uint_ne(live_port, 0);
    server_url(live_app.server, 1, url);
    ck_assert_str_eq(url, "unix");
    live_stop();
}
END_TEST

START_TEST(a_connection_serves_one_request_after_the_other)
{
    char answer[4096];
    live_start(64);
    int fd = live_connect();
    for (int i = 0; i < 3; i++) {
        live_send(fd, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        (void)live_read(fd, answer, sizeof answer, "hello", 5000);
        ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 OK"));
        ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nhello"));
    }
    close(fd);
    live_stop();
    ck_assert_int_eq(atomic_load(&live_calls_done), 3);
}
END_TEST

START_TEST(the_admin_socket_makes_its_caller_the_host)
{
    char answer[4096], number[32];
    live_start(64);
    ck_assert_ptr_nonnull(strstr(live_get("GET /who HTTP/1.0\r\n\r\n"), "network"));
    ck_assert_ptr_nonnull(strstr(live_get("GET /host HTTP/1.0\r\n\r\n"), " 404 "));
    int fd = live_connect_admin();
    live_send(fd, "GET /host HTTP/1.0\r\n\r\n");
    (void)live_read(fd, answer, sizeof answer, NULL, 5000);
    close(fd);
    (void)snprintf(number, sizeof number, "%u", (unsigned)getuid());
    ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nunix:"));
    ck_assert_ptr_nonnull(strstr(answer, number));
    live_stop();
    ck_assert_int_ne(access(live_admin, F_OK), 0); /* gone with the server */
}
END_TEST

START_TEST(a_request_in_flight_ends_before_the_server_does)
{
    char answer[4096];
    live_start(64);
    int fd = live_connect();
    live_send(fd, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    while (!atomic_load(&slow_entered))
        live_pause(5);
    live_stop();
    (void)live_read(fd, answer, sizeof answer, "hello", 2000);
    ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nhello"));
    close(fd);
}
END_TEST

START_TEST(idle_connections_do_not_hold_the_stop)
{
    live_start(64);
    int idle[8];
    for (int i = 0; i < 8; i++)
        idle[i] = live_connect();
    ck_assert_ptr_nonnull(strstr(live_get("GET /hello HTTP/1.0\r\n\r\n"), "hello"));
    int64_t begin_ms = clock_mono_ms();
    live_stop();
    ck_assert_int_lt(clock_mono_ms() - begin_ms, 2500);
    for (int i = 0; i < 8; i++)
        close(idle[i]);
}
END_TEST

START_TEST(new_connections_are_refused_once_it_drains)
{
    live_start(64);
    server_drain(live_app.server);
    live_pause(200);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(live_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ne(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    live_stop();
}
END_TEST

START_TEST(a_port_in_use_is_a_clear_error)
{
    struct error err;
    struct server *second;
    live_start(64);
    struct listener_options listener = {.kind = LISTENER_PLAIN, .fd = -1};
    char where[64];
    (void)snprintf(where, sizeof where, "127.0.0.1:%u", live_port);
    ck_ok(endpoint_parse(slice_of(where), &listener.address, &listener.address_len, &err));
    const struct server_options options = {
        .loops = 1, .connections_max = 16, .listeners = &listener, .listener_count = 1};
    ck_status(server_create(&live_app, &options, &second, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, where));
    live_stop();
}
END_TEST

START_TEST(loops_turn_and_their_turns_are_measured)
{
    live_start(64);
    (void)live_get("GET /hello HTTP/1.0\r\n\r\n");
    ck_assert_int_lt(server_beat_age_ms(live_app.server), 5000);
    live_pause(50);
    ck_assert_int_gt(metrics_loop_max_us(live_app.metrics), 0);
    live_stop();
}
END_TEST

TEST_MAIN("loop", the_url_names_the_port_that_was_free,
          a_connection_serves_one_request_after_the_other,
          the_admin_socket_makes_its_caller_the_host,
          a_request_in_flight_ends_before_the_server_does, idle_connections_do_not_hold_the_stop,
          new_connections_are_refused_once_it_drains, a_port_in_use_is_a_clear_error,
          loops_turn_and_their_turns_are_measured)
