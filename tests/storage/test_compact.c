/* Tests of the rewrite: smaller, complete, and the old file when it fails. */
#include "lib/temp_backup.h"

START_TEST(free_pages_go_and_everything_else_stays)
{
    struct temp_store t;
    struct error err = {0};
    struct store_user user;
    uint64_t before, after;
    char name[32], *big = malloc(100000);
    memset(big, 'x', 100000);
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof name, "big%d", i);
        ck_status(store_setting_put(temp_write(&t), slice_of(name), slice_make(big, 100000)),
                  ST_OK);
    }
    temp_commit(&t);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof name, "big%d", i);
        ck_status(store_setting_del(temp_write(&t), slice_of(name)), ST_OK);
    }
    temp_commit(&t);
    store_read_end(&t.r);
    store_reader_destroy(&t.reader);
    ck_ok(store_compact(&t.store, &before, &after, &err));
    ck_assert_ptr_null(t.store);
    ck_assert_uint_gt(before, 5000000);
    ck_assert_uint_lt(after, 500000);
    temp_reopen(&t);
    ck_status(store_user_get(temp_read(&t), id, &t.arena, &user), ST_OK);
    (void)temp_user(&t, "b@b.c", STORE_ROLE_ADMIN); /* and lives on */
    temp_commit(&t);
    free(big);
    temp_close(&t);
}
END_TEST

START_TEST(a_failure_leaves_the_old_file)
{
    struct temp_store t;
    struct error err = {0};
    uint64_t before, after;
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    store_read_end(&t.r);
    store_reader_destroy(&t.reader);
    ck_assert_int_eq(mkdir(temp_path(&t, "db/compact.mdb"), 0700), 0);
    ck_status(store_compact(&t.store, &before, &after, &err), ST_IO);
    ck_assert_ptr_null(t.store);
    ck_assert_int_eq(rmdir(temp_path(&t, "db/compact.mdb")), 0);
    temp_reopen(&t);
    ck_assert_uint_eq(table_rows(temp_read(&t), TABLE_USER), 1);
    temp_close(&t);
}
END_TEST

TEST_MAIN("compact", free_pages_go_and_everything_else_stays, a_failure_leaves_the_old_file)
