/* Readers that were killed, readers that sleep, and a map that is smaller than the file. */
#include "lib/temp_store.h"

#include "base/clock.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PROCESSES = 10, SNAPSHOTS = 12, COMMITS = 500 };

struct crowd {
    pid_t pids[PROCESSES];
    int go[2], ready[2];
};

/* Another program with snapshots of the same database, as LMDB's own tools have them. */
static void hold_snapshots(const char *dir, const struct crowd *crowd, unsigned snapshots)
{
    char path[128], byte;
    MDB_env *env;
    MDB_txn *txn;
    (void)snprintf(path, sizeof path, "%s/db", dir);
    bool good = read(crowd->go[0], &byte, 1) == 1 && mdb_env_create(&env) == 0 &&
                mdb_env_set_mapsize(env, 1 << 30) == 0 && mdb_env_set_maxreaders(env, 1024) == 0 &&
                mdb_env_open(env, path, MDB_RDONLY | MDB_NOTLS, 0600) == 0;
    for (unsigned i = 0; i < snapshots && good; i++)
        good = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0;
    if (write(crowd->ready[1], good ? "y" : "n", 1) == 1)
        (void)pause();
    _exit(0);
}

/* Made before the store is open here, because LMDB forbids forks behind that. */
static void crowd_make(struct crowd *crowd, const struct temp_store *t, unsigned processes,
                       unsigned snapshots)
{
    ck_assert_int_eq(pipe(crowd->go), 0);
    ck_assert_int_eq(pipe(crowd->ready), 0);
    for (unsigned i = 0; i < processes; i++) {
        crowd->pids[i] = fork();
        ck_assert_int_ge(crowd->pids[i], 0);
        if (crowd->pids[i] == 0)
            hold_snapshots(t->dir, crowd, snapshots);
    }
}

static void crowd_go(const struct crowd *crowd, unsigned processes)
{
    for (unsigned i = 0; i < processes; i++) {
        char byte = 0;
        ck_assert_int_eq(write(crowd->go[1], "x", 1), 1);
        ck_assert_int_eq(read(crowd->ready[0], &byte, 1), 1);
        ck_assert_int_eq(byte, 'y');
    }
}

static void crowd_kill(const struct crowd *crowd, unsigned processes)
{
    for (unsigned i = 0; i < processes; i++) {
        (void)kill(crowd->pids[i], SIGKILL);
        ck_assert_int_eq(waitpid(crowd->pids[i], NULL, 0), crowd->pids[i]);
    }
}

static struct store_info info_of(struct temp_store *t)
{
    struct store_info info;
    struct error err = {0};
    ck_ok(store_info_get(t->store, &info, &err));
    return info;
}

/* The same row again and again; how much the file grew. */
static uint64_t churn(struct temp_store *t, unsigned commits)
{
    static char value[3000];
    uint64_t before = info_of(t).file_bytes;
    for (unsigned i = 0; i < commits; i++) {
        value[0] = (char)i;
        ck_status(store_setting_put(temp_write(t), S("churn"), slice_make(value, sizeof value)),
                  ST_OK);
        temp_commit(t);
    }
    return info_of(t).file_bytes - before;
}

START_TEST(slots_of_killed_readers_are_freed_and_their_pages_used_again)
{
    struct temp_store t;
    struct error err = {0};
    struct crowd crowd;
    unsigned freed = 0;
    temp_dir(&t);
    crowd_make(&crowd, &t, PROCESSES, SNAPSHOTS);
    temp_reopen(&t);
    (void)churn(&t, 10);
    crowd_go(&crowd, PROCESSES);
    ck_assert_uint_ge(info_of(&t).readers_used, PROCESSES * SNAPSHOTS);
    uint64_t pinned = churn(&t, COMMITS);
    crowd_kill(&crowd, PROCESSES);
    int64_t begin_us = clock_mono_us();
    ck_ok(store_reader_check(t.store, &freed, &err));
    int64_t took_us = clock_mono_us() - begin_us;
    ck_assert_uint_eq(freed, PROCESSES * SNAPSHOTS);
    (void)churn(&t, 10);
    uint64_t after = churn(&t, COMMITS);
    ck_assert_uint_gt(pinned, 1 << 20); /* else the snapshots had held nothing */
    ck_assert_uint_eq(after, 0);
    printf(
        "figure: %u snapshots of %u killed processes freed in %lld us; %d commits grew the file by "
        "%llu KiB before and by %llu KiB behind that\n",
        freed, (unsigned)PROCESSES, (long long)took_us, (int)COMMITS,
        (unsigned long long)pinned >> 10, (unsigned long long)after >> 10);
    temp_close(&t);
}
END_TEST

START_TEST(a_reader_that_sleeps_is_told_with_its_process)
{
    struct temp_store t;
    struct crowd crowd;
    temp_dir(&t);
    crowd_make(&crowd, &t, 1, 1);
    temp_reopen(&t);
    (void)churn(&t, 10);
    crowd_go(&crowd, 1);
    (void)churn(&t, COMMITS);
    struct store_info info = info_of(&t);
    ck_assert_uint_eq(info.oldest_reader_pid, (uint64_t)crowd.pids[0]);
    ck_assert_uint_ge(info.oldest_reader_lag, COMMITS);
    printf("figure: a sleeping reader is told with its process and %llu commits behind\n",
           (unsigned long long)info.oldest_reader_lag);
    crowd_kill(&crowd, 1);
    temp_close(&t);
}
END_TEST

START_TEST(a_map_smaller_than_the_file_reads_everything_and_refuses_to_grow)
{
    struct temp_store t;
    struct error err = {0};
    struct store_options options;
    slice text;
    char name[24];
    static char value[60000];
    enum status_code rc = ST_OK;
    unsigned more = 0;
    temp_open(&t);
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof name, "row%u", i);
        ck_status(
            store_setting_put(temp_write(&t), slice_of(name), slice_make(value, sizeof value)),
            ST_OK);
        temp_commit(&t);
    }
    uint64_t bytes = info_of(&t).file_bytes;
    store_reader_destroy(&t.reader);
    store_close(&t.store);
    options = temp_options(&t);
    options.map_bytes = 1 << 20;
    ck_ok(store_open(&options, &t.store, &err));
    ck_ok(store_reader_create(t.store, &t.reader, &err));
    ck_status(store_setting_get(temp_read(&t), S("row199"), &t.arena, &text), ST_OK);
    ck_assert_uint_eq(text.len, sizeof value);
    store_read_end(&t.r);
    while (rc == ST_OK && more < 200) {
        (void)snprintf(name, sizeof name, "more%u", more++);
        rc = store_setting_put(temp_write(&t), slice_of(name), slice_make(value, sizeof value));
        if (rc == ST_OK)
            temp_commit(&t);
    }
    ck_assert_int_eq(rc, ST_FULL);
    temp_abort(&t);
    store_reader_destroy(&t.reader);
    store_close(&t.store);
    temp_reopen(&t); /* with the usual size all is well again */
    ck_status(store_setting_put(temp_write(&t), S("again"), S("x")), ST_OK);
    temp_commit(&t);
    printf("figure: a map of 1 MiB opens a file of %llu MiB, reads it, refuses row %u and loses "
           "nothing\n",
           (unsigned long long)bytes >> 20, more);
    temp_close(&t);
}
END_TEST

TEST_MAIN("readers", slots_of_killed_readers_are_freed_and_their_pages_used_again,
          a_reader_that_sleeps_is_told_with_its_process,
          a_map_smaller_than_the_file_reads_everything_and_refuses_to_grow)
