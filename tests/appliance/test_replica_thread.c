/* replica_thread.c: copies by itself, ends at once, and finds backups. */
#include "replica.h"

#include "base/clock.h"
#include "base/file.h"

#include "lib/replica_gate.h"

#include <fcntl.h>
#include <sys/stat.h>

START_TEST(what_waits_is_copied_without_being_asked)
{
    struct replica *replica;
    struct replica_counts counts = {.pending = 1};
    start((const char *[]){"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL});
    ck_ok(replica_start(&g.app, &replica, &err));
    for (int i = 0; i < 500 && counts.pending > 0; i++) {
        usleep(10000);
        ck_ok(replica_count(&g.app, &counts, &err));
    }
    ck_assert_uint_eq(counts.pending, 0);
    replica_stop(&replica);
    ck_assert_ptr_null(replica);
    replica_stop(&replica);
    end();
}
END_TEST

START_TEST(what_a_reader_found_missing_comes_back)
{
    struct replica *replica;
    struct arena arena;
    slice bytes;
    start((const char *[]){"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL});
    arena_init(&arena, 4096);
    struct replica_step step = {.max = 8};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_int_eq(unlink(blob_file()), 0);
    ck_status(blob_read(g.app.blobs, &hash, 100, &arena, &bytes, &err), ST_CORRUPT);
    ck_ok(replica_start(&g.app, &replica, &err));
    for (int i = 0; i < 500 && access(blob_file(), F_OK) != 0; i++)
        usleep(10000);
    replica_stop(&replica);
    ck_ok(blob_read(g.app.blobs, &hash, 100, &arena, &bytes, &err));
    ck_slice(bytes, "hello");
    arena_finish(&arena);
    end();
}
END_TEST

START_TEST(its_end_does_not_wait_for_the_network)
{
    struct replica *replica;
    start((const char *[]){"", NULL}); /* takes the request and stays silent */
    ck_ok(replica_start(&g.app, &replica, &err));
    while (atomic_load(&errand.fake.connections) == 0)
        usleep(1000);
    int64_t start_ms = clock_mono_ms();
    replica_stop(&replica);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 2000);
    end();
}
END_TEST

START_TEST(backups_go_once_when_they_are_complete)
{
    char path[256];
    uint64_t sent;
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    start((const char *[]){"HTTP/1.1 404 No\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", NULL});
    ck_ok(replica_backups(&g.app, NULL, &sent, &err)); /* no directory yet */
    (void)snprintf(path, sizeof path, "%s/backups", g.t.dir);
    ck_ok(file_make_dirs(path, 0700, &err));
    (void)snprintf(path, sizeof path, "%s/backups/b1", g.t.dir);
    ck_ok(file_replace(path, S("data"), 0600, &err));
    ck_ok(replica_backups(&g.app, NULL, &sent, &err)); /* written just now */
    ck_assert_uint_eq(sent, 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
    ck_ok(replica_backups(&g.app, NULL, &sent, &err));
    ck_assert_uint_eq(sent, 1);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[1], "PUT /testb/p/backups/b1 "));
    ck_ok(replica_backups(&g.app, NULL, &sent, &err)); /* it is there */
    ck_assert_uint_eq(sent, 0);
    end();
}
END_TEST

TEST_MAIN("replica_thread", what_waits_is_copied_without_being_asked,
          what_a_reader_found_missing_comes_back, its_end_does_not_wait_for_the_network,
          backups_go_once_when_they_are_complete)
