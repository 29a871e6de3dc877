/* stream.c: long answers in pieces, with waits, with an end that never comes. */
#include "lib/main.h"

#include "lib/live.h"

#include <fcntl.h>

static atomic_int done_count;
static void done(struct call *call, void *state)
{
    (void)call;
    (void)state;
    atomic_fetch_add(&done_count, 1);
}

struct counter {
    int chunks;
    int total;
    int32_t wait_ms;
};

static enum reply_next next(struct call *call, void *state, struct buf *chunk, int32_t *ret_wait_ms)
{
    struct counter *counter = state;
    (void)call;
    buf_printf(chunk, "chunk %d;", counter->chunks++);
    *ret_wait_ms = counter->wait_ms;
    if (counter->chunks == counter->total)
        return REPLY_END;
    return counter->wait_ms ? REPLY_WAIT : REPLY_MORE;
}

static status begin(struct call *call, struct error *err, int total, int32_t wait_ms, bool on_loop)
{
    struct counter *counter = call_state(call, sizeof *counter);
    (void)err;
    counter->total = total;
    counter->wait_ms = wait_ms;
    const struct reply_stream stream = {
        .next = next, .done = done, .state = counter, .on_loop = on_loop, .length = -1};
    return reply_stream(call, 200, "text/plain", &stream);
}

static status many(struct call *call, struct error *err)
{
    return begin(call, err, 100, 0, false);
}
static status waits(struct call *call, struct error *err)
{
    return begin(call, err, 3, 30, true);
}
static status forever(struct call *call, struct error *err)
{
    return begin(call, err, 1000000, 20, false);
}

static char file_path[64];
static status file(struct call *call, struct error *err)
{
    (void)err;
    return reply_file(call, 200, "application/octet-stream", open(file_path, O_RDONLY), 10, 200000);
}

static const struct route rows[] = {
    {METHOD_GET, "/many", NEED_NOTHING, .reply = many},
    {METHOD_GET, "/waits", NEED_NOTHING, .reply = waits},
    {METHOD_GET, "/forever", NEED_NOTHING, .reply = forever},
    {METHOD_GET, "/file", NEED_NOTHING, .reply = file},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

START_TEST(all_chunks_arrive_in_order)
{
    live_start(64);
    const char *answer = live_get("GET /many HTTP/1.0\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(answer, "chunk 0;chunk 1;"));
    ck_assert_ptr_nonnull(strstr(answer, "chunk 98;chunk 99;"));
    live_stop();
    ck_assert_int_eq(atomic_load(&done_count), 1);
}
END_TEST

START_TEST(a_stream_may_wait_on_the_loop)
{
    live_start(64);
    const char *answer = live_get("GET /waits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(answer, "chunked"));
    ck_assert_ptr_nonnull(strstr(answer, "chunk 0;"));
    ck_assert_ptr_nonnull(strstr(answer, "chunk 2;"));
    live_stop();
    ck_assert_int_eq(atomic_load(&done_count), 1);
}
END_TEST

START_TEST(a_client_that_leaves_ends_the_stream)
{
    char some[4096];
    live_start(64);
    int fd = live_connect();
    live_send(fd, "GET /forever HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_uint_gt(live_read(fd, some, sizeof some, "chunk 1;", 3000), 0);
    close(fd);
    for (int i = 0; i < 300 && atomic_load(&done_count) == 0; i++)
        live_pause(10);
    ck_assert_int_eq(atomic_load(&done_count), 1);
    live_stop();
}
END_TEST

START_TEST(a_part_of_a_file_is_sent_from_disk)
{
    static char bytes[200020], answer[220000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('a' + i % 26);
    (void)snprintf(file_path, sizeof file_path, "/tmp/stream-%d", (int)getpid());
    int fd = open(file_path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ck_assert_int_eq((int)write(fd, bytes, sizeof bytes), (int)sizeof bytes);
    close(fd);
    live_start(64);
    fd = live_connect();
    live_send(fd, "GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    size_t len = live_read(fd, answer, sizeof answer, NULL, 5000);
    ck_assert_ptr_nonnull(strstr(answer, "Content-Length: 200000\r\n"));
    ck_assert_uint_gt(len, 200000);
    ck_assert_int_eq(memcmp(answer + len - 200000, bytes + 10, 200000), 0);
    close(fd);
    live_stop();
    unlink(file_path);
}
END_TEST

START_TEST(a_file_shorter_than_promised_cuts_the_answer)
{
    static char answer[4096];
    (void)snprintf(file_path, sizeof file_path, "/tmp/stream-%d", (int)getpid());
    int fd = open(file_path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ck_assert_int_eq((int)write(fd, "0123456789", 10), 10);
    close(fd);
    live_start(64);
    fd = live_connect();
    live_send(fd, "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)live_read(fd, answer, sizeof answer, NULL, 3000); /* ends because the server closes */
    ck_assert_int_eq((int)recv(fd, answer, sizeof answer, MSG_DONTWAIT), 0);
    close(fd);
    live_stop();
    unlink(file_path);
}
END_TEST

TEST_MAIN("stream", all_chunks_arrive_in_order, a_stream_may_wait_on_the_loop,
          a_client_that_leaves_ends_the_stream, a_part_of_a_file_is_sent_from_disk,
          a_file_shorter_than_promised_cuts_the_answer)
