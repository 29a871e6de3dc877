/* conn.c: the cap on connections, and its end when one closes. */
#include "lib/main.h"

#include "lib/live.h"

static status hello(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 200, S("hello"));
}

static const struct route rows[] = {{METHOD_GET, "/hello", NEED_NOTHING, .reply = hello}};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

enum { CAP = 4 };

static bool is_served(int fd, int ms)
{
    char answer[4096];
    return live_read(fd, answer, sizeof answer, "hello", ms) > 0 && strstr(answer, "hello");
}

START_TEST(connections_above_the_cap_wait_until_one_closes)
{
    int fds[CAP + 1];
    live_start(CAP);
    for (int i = 0; i < CAP; i++) {
        fds[i] = live_connect();
        live_send(fds[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        ck_assert(is_served(fds[i], 5000));
    }
    fds[CAP] = live_connect(); /* the kernel takes it, nobody accepts it */
    live_send(fds[CAP], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert(!is_served(fds[CAP], 300));
    close(fds[0]);
    ck_assert(is_served(fds[CAP], 5000));
    for (int i = 1; i <= CAP; i++)
        close(fds[i]);
    live_stop();
}
END_TEST

START_TEST(a_full_server_does_not_spin)
{
    int fds[CAP + 2];
    struct timespec before, after;
    live_start(CAP);
    for (int i = 0; i < CAP + 2; i++) {
        fds[i] = live_connect();
        live_send(fds[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    live_pause(100);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    live_pause(500);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    long used_ms =
        (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    ck_assert_msg(used_ms < 100, "%ld ms of 500", used_ms);
    for (int i = 0; i < CAP + 2; i++)
        close(fds[i]);
    live_stop();
}
END_TEST

TEST_MAIN("conn", connections_above_the_cap_wait_until_one_closes, a_full_server_does_not_spin)
