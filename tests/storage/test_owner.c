/* Tests of the owner's lock and of the file systems that are refused. */
#include "lib/temp_store.h"

#include <sys/wait.h>

START_TEST(the_second_opener_is_told_who_was_first)
{
    struct temp_store t;
    struct store *second = NULL;
    struct error err = {0};
    char pid[32];
    temp_open(&t);
    struct store_options options = temp_options(&t);
    ck_status(store_open(&options, &second, &err), ST_LOCKED);
    (void)snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
    ck_assert_msg(strstr(err.text, pid) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, "/run/temp.sock"));
    ck_assert_ptr_null(second);
    temp_close(&t);
}
END_TEST

START_TEST(the_owner_can_be_asked_for)
{
    struct temp_store t;
    struct store_owner owner;
    struct error err = {0};
    temp_dir(&t);
    ck_status(store_owner_get(t.dir, &t.arena, &owner, &err), ST_NOT_FOUND);
    temp_reopen(&t);
    ck_ok(store_owner_get(t.dir, &t.arena, &owner, &err));
    ck_assert_uint_eq(owner.pid, (uint64_t)getpid());
    ck_slice(owner.socket, "/run/temp.sock");
    temp_shut(&t);
    ck_status(store_owner_get(t.dir, &t.arena, &owner, &err), ST_NOT_FOUND);
    temp_remove(&t);
}
END_TEST

START_TEST(a_killed_owner_leaves_the_directory_free)
{
    struct temp_store t;
    int ready[2];
    char byte;
    temp_dir(&t);
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        temp_reopen(&t);
        (void)!write(ready[1], "x", 1);
        (void)pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    struct error err = {0};
    struct store_options options = temp_options(&t);
    ck_status(store_open(&options, &t.store, &err), ST_LOCKED);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    temp_reopen(&t);
    temp_close(&t);
}
END_TEST

START_TEST(tmpfs_is_named_and_refused_on_demand)
{
    const char *name;
    bool durable;
    struct error err = {0};
    if (access("/dev/shm", W_OK) != 0) {
        (void)fprintf(stderr, "SKIPPED: no /dev/shm\n");
        return;
    }
    ck_ok(owner_fs_check("/dev/shm", false, &name, &durable, &err));
    if (strcmp(name, "tmpfs") == 0) {
        ck_assert(!durable);
        ck_status(owner_fs_check("/dev/shm", true, &name, &durable, &err), ST_CONFIG);
    }
    ck_status(owner_fs_check("/nowhere/at/all", false, &name, &durable, &err), ST_IO);
}
END_TEST

START_TEST(network_file_systems_are_refused)
{
    static const uint32_t types[] = {0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997};
    const char *name;
    bool durable;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        ck_status(owner_fs_judge("/data", types[i], false, &name, &durable, &err), ST_CONFIG);
    ck_ok(owner_fs_judge("/data", 0xef53, true, &name, &durable, &err));
    ck_assert(durable);
    ck_assert_str_eq(name, "ext4");
    ck_status(owner_fs_judge("/data", 0x65735546, true, &name, &durable, &err), ST_CONFIG);
    ck_ok(owner_fs_judge("/data", 0x65735546, false, &name, &durable, &err));
    ck_assert(!durable);
}
END_TEST

TEST_MAIN("owner", the_second_opener_is_told_who_was_first, the_owner_can_be_asked_for,
          a_killed_owner_leaves_the_directory_free, tmpfs_is_named_and_refused_on_demand,
          network_file_systems_are_refused)
