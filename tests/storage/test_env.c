/* Tests of opening: creation, wrong key, modes, leftovers of a crash, what is refused. */
#include "lib/temp_store.h"

#include <fcntl.h>
#include <sys/stat.h>

START_TEST(a_store_is_created_and_opens_again)
{
    struct temp_store t;
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    temp_commit(&t);
    temp_shut(&t);
    temp_reopen(&t);
    struct store_user user;
    struct error err = {0};
    ck_ok(store_user_get(temp_read(&t), id, &t.arena, &user));
    ck_slice(user.email, "a@b.c");
    temp_close(&t);
}
END_TEST

static void path_in(const struct temp_store *t, const char *name, char path[static 128])
{
    (void)snprintf(path, 128, "%s/%s", t->dir, name);
}

START_TEST(nothing_is_readable_by_others)
{
    static const char *const names[] = {"db", "db/data.mdb", "db/lock.mdb", "owner"};
    struct temp_store t;
    temp_open(&t);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[128];
        struct stat st;
        path_in(&t, names[i], path);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_msg((st.st_mode & 077) == 0, "%s has mode %o", names[i], st.st_mode);
    }
    temp_close(&t);
}
END_TEST

START_TEST(another_master_key_is_refused)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    temp_shut(&t);
    static const unsigned char other[CRYPT_KEY_BYTES] = "another";
    struct store_options options = temp_options(&t);
    options.master_key = other;
    ck_status(store_open(&options, &t.store, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "master key"));
    temp_remove(&t);
}
END_TEST

START_TEST(must_exist_creates_nothing)
{
    struct temp_store t;
    struct error err = {0};
    temp_dir(&t);
    struct store_options options = temp_options(&t);
    options.must_exist = true;
    ck_status(store_open(&options, &t.store, &err), ST_NOT_FOUND);
    char path[128];
    path_in(&t, "db", path);
    ck_assert_int_ne(access(path, F_OK), 0);
    temp_remove(&t);
}
END_TEST

/* A crash while creating leaves a file of any length under the temporary name only. */
START_TEST(leftovers_of_a_crash_while_creating_are_replaced)
{
    struct temp_store t;
    temp_dir(&t);
    char path[128];
    path_in(&t, "db", path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    path_in(&t, "db/creating", path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    path_in(&t, "db/creating/data.mdb", path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, 4096), 0);
    (void)close(fd);
    temp_reopen(&t);
    path_in(&t, "db/creating", path);
    ck_assert_int_ne(access(path, F_OK), 0);
    temp_close(&t);
}
END_TEST

START_TEST(a_file_cut_short_is_refused_with_a_sentence)
{
    struct temp_store t;
    struct error err = {0};
    char path[128];
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_USER);
    temp_commit(&t);
    temp_shut(&t);
    path_in(&t, "db/data.mdb", path);
    static const off_t lengths[] = {12288, 8192, 4096, 100, 0};
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        ck_assert_int_eq(truncate(path, lengths[i]), 0);
        struct store_options options = temp_options(&t);
        ck_status(store_open(&options, &t.store, &err), ST_CORRUPT);
        ck_assert_ptr_nonnull(strstr(err.text, "data.mdb"));
    }
    temp_remove(&t);
}
END_TEST

START_TEST(info_tells_sizes_and_readers)
{
    struct temp_store t;
    struct store_info info;
    struct error err = {0};
    unsigned freed;
    temp_open(&t);
    (void)temp_read(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_USER);
    temp_commit(&t);
    ck_ok(store_info_get(t.store, &info, &err));
    ck_assert_uint_eq(info.map_bytes, 1 << 30);
    ck_assert_uint_eq(info.oldest_reader_pid, (uint64_t)getpid());
    ck_assert_uint_eq(info.oldest_reader_lag, 1);
    ck_assert_uint_gt(info.used_bytes, 4096);
    ck_assert_uint_gt(info.free_bytes, 0);
    ck_assert_uint_lt(info.free_bytes, info.used_bytes);
    ck_assert_uint_ge(info.file_bytes, info.used_bytes);
    ck_ok(store_reader_check(t.store, &freed, &err));
    ck_assert_uint_eq(freed, 0);
    temp_close(&t);
}
END_TEST

TEST_MAIN("env", a_store_is_created_and_opens_again, nothing_is_readable_by_others,
          another_master_key_is_refused, must_exist_creates_nothing,
          leftovers_of_a_crash_while_creating_are_replaced,
          a_file_cut_short_is_refused_with_a_sentence, info_tells_sizes_and_readers)
