/* Tests of transactions: the sticky status, snapshots, what is an answer and what a failure. */
#include "lib/temp_store.h"

#include <errno.h>

START_TEST(the_first_failure_sticks_and_later_calls_do_nothing)
{
    struct temp_store t;
    struct store_user user;
    temp_open(&t);
    struct store_txn *txn = temp_write(&t);
    ck_status(txn_fail(txn, ST_FULL, "the %s one", "first"), ST_FULL);
    ck_status(txn_fail(txn, ST_IO, "the second"), ST_FULL);
    ck_assert_str_eq(store_txn_error(txn)->text, "the first one");
    ck_status(store_setting_put(txn, S("x"), S("y")), ST_FULL);
    ck_status(store_user_get(txn, 1, &t.arena, &user), ST_FULL);
    uint64_t id;
    ck_status(store_next_id(txn, "user", &id), ST_FULL);
    ck_assert_uint_eq(txn->changes, 0);
    ck_status(store_txn_status(txn), ST_FULL);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(an_answer_does_not_stick)
{
    struct temp_store t;
    struct store_user user;
    temp_open(&t);
    struct store_txn *txn = temp_write(&t);
    ck_status(store_user_get(txn, 99, &t.arena, &user), ST_NOT_FOUND);
    ck_status(store_txn_status(txn), ST_OK);
    ck_status(store_setting_put(txn, S("x"), S("y")), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_snapshot_does_not_see_later_commits)
{
    struct temp_store t;
    slice value;
    temp_open(&t);
    struct store_txn *old = temp_read(&t);
    ck_status(store_setting_put(temp_write(&t), S("x"), S("y")), ST_OK);
    temp_commit(&t);
    ck_status(store_setting_get(old, S("x"), &t.arena, &value), ST_NOT_FOUND);
    ck_status(store_setting_get(temp_read(&t), S("x"), &t.arena, &value), ST_OK);
    ck_slice(value, "y");
    ck_assert(!store_txn_is_write(t.r));
    temp_close(&t);
}
END_TEST

/* The text must live in the arena: the map changes under it once the snapshot ends. */
START_TEST(nothing_returned_points_into_the_map)
{
    struct temp_store t;
    slice value;
    temp_open(&t);
    ck_status(store_setting_put(temp_write(&t), S("x"), S("stays")), ST_OK);
    temp_commit(&t);
    ck_status(store_setting_get(temp_read(&t), S("x"), &t.arena, &value), ST_OK);
    store_read_end(&t.r);
    for (int i = 0; i < 5; i++) {
        ck_status(store_setting_put(temp_write(&t), S("x"), S("other")), ST_OK);
        temp_commit(&t);
    }
    ck_slice(value, "stays");
    temp_close(&t);
}
END_TEST

START_TEST(codes_of_lmdb_are_translated)
{
    ck_assert_int_eq(mdb_status(MDB_MAP_FULL), ST_FULL);
    ck_assert_int_eq(mdb_status(ENOSPC), ST_FULL);
    ck_assert_int_eq(mdb_status(MDB_PAGE_NOTFOUND), ST_CORRUPT);
    ck_assert_int_eq(mdb_status(MDB_READERS_FULL), ST_BUSY);
    ck_assert_int_eq(mdb_status(ENOMEM), ST_NO_MEMORY);
    ck_assert_int_eq(mdb_status(EIO), ST_IO);
    ck_assert_int_eq(mdb_status(MDB_NOTFOUND), ST_NOT_FOUND);
    ck_assert_int_eq(mdb_status(0), ST_OK);
}
END_TEST

START_TEST(a_full_map_is_a_failure_and_the_store_lives_on)
{
    struct temp_store t;
    struct error err = {0};
    static char big[100000];
    temp_dir(&t);
    struct store_options options = temp_options(&t);
    options.map_bytes = 1 << 20;
    ck_ok(store_open(&options, &t.store, &err));
    ck_ok(store_reader_create(t.store, &t.reader, &err));
    enum status_code rc = ST_OK;
    for (unsigned i = 0; rc == ST_OK && i < 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%u", i);
        rc = store_setting_put(temp_write(&t), slice_of(name), slice_make(big, sizeof big));
        if (rc == ST_OK)
            temp_commit(&t);
    }
    ck_assert_int_eq(rc, ST_FULL);
    temp_abort(&t);
    ck_status(store_setting_del(temp_write(&t), S("n0")), ST_OK); /* deleting still works */
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_later_snapshot_is_that_of_the_first_read)
{
    struct store_txn *txn;
    struct store_reader *reader;
    struct store_user user = {.email = S("late@example.com"), .enabled = true, .plan = S("free")};
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    ck_ok(store_reader_create(t.store, &reader, &err));
    store_read_later(reader, &txn);
    ck_ok(store_user_add(temp_write(&t), &user));
    temp_commit(&t);
    ck_ok(store_user_get(txn, user.id, &t.arena, &user));
    ck_ok(store_user_del(temp_write(&t), user.id));
    temp_commit(&t);
    ck_ok(store_user_get(txn, user.id, &t.arena, &user));
    store_read_end(&txn);
    store_read_later(reader, &txn); /* and nothing is read */
    store_read_end(&txn);
    store_read_later(reader, &txn);
    ck_status(store_user_get(txn, user.id, &t.arena, &user), ST_NOT_FOUND);
    store_read_end(&txn);
    store_reader_destroy(&reader);
    temp_close(&t);
}
END_TEST

TEST_MAIN("txn", a_later_snapshot_is_that_of_the_first_read,
          the_first_failure_sticks_and_later_calls_do_nothing, an_answer_does_not_stick,
          a_snapshot_does_not_see_later_commits, nothing_returned_points_into_the_map,
          codes_of_lmdb_are_translated, a_full_map_is_a_failure_and_the_store_lives_on)
