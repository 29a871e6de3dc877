/* Tests of walks: prefixes, both orders, rows that come and go meanwhile. */
#include "lib/temp_store.h"

static void put_numbers(struct temp_store *t, uint64_t user_id, unsigned count)
{
    for (unsigned i = 1; i <= count; i++) {
        struct key key = key_of_user_u64(user_id, i);
        ck_status(row_put(temp_write(t), TABLE_META, &key, &(struct store_ref){.id = i}), ST_OK);
    }
}

static uint64_t walk_sum(struct store_txn *txn, uint64_t user_id, bool newest_first,
                         unsigned *ret_n)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    uint64_t ordered = 0;
    *ret_n = 0;
    walk_begin(&walk, txn, TABLE_META, &prefix);
    walk.newest_first = newest_first;
    while (walk_next(&walk)) {
        ordered = ordered * 10 + key_read_u64(walk.key, 8);
        ++*ret_n;
    }
    walk_end(&walk);
    return ordered;
}

START_TEST(a_prefix_is_walked_in_both_orders)
{
    struct temp_store t;
    unsigned n;
    temp_open(&t);
    put_numbers(&t, 5, 3);
    put_numbers(&t, 6, 4);
    put_numbers(&t, UINT64_MAX, 2); /* the last prefix there is */
    ck_assert_uint_eq(walk_sum(&t.w, 5, false, &n), 123);
    ck_assert_uint_eq(walk_sum(&t.w, 5, true, &n), 321);
    ck_assert_uint_eq(walk_sum(&t.w, 6, true, &n), 4321);
    ck_assert_uint_eq(walk_sum(&t.w, UINT64_MAX, true, &n), 21);
    ck_assert_uint_eq(walk_sum(&t.w, 7, false, &n), 0);
    ck_assert_uint_eq(n, 0);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

static void delete_while_walking(bool newest_first)
{
    struct temp_store t;
    struct walk walk;
    struct key prefix = key_of_u64(5);
    unsigned n = 0, left;
    temp_open(&t);
    put_numbers(&t, 5, 200);
    put_numbers(&t, 6, 3);
    walk_begin(&walk, temp_write(&t), TABLE_META, &prefix);
    walk.newest_first = newest_first;
    while (walk_next(&walk)) {
        ck_status(txn_del(&t.w, TABLE_META, walk.key), ST_OK);
        n++;
    }
    walk_end(&walk);
    ck_assert_uint_eq(n, 200);
    ck_assert_uint_eq(walk_sum(&t.w, 6, false, &left), 123);
    temp_commit(&t);
    temp_close(&t);
}

START_TEST(every_row_is_met_once_while_rows_are_deleted)
{
    delete_while_walking(false);
    delete_while_walking(true);
}
END_TEST

START_TEST(rows_put_behind_the_walk_are_met_and_others_not)
{
    struct temp_store t;
    struct walk walk;
    struct key prefix = key_of_u64(5);
    unsigned n = 0;
    temp_open(&t);
    put_numbers(&t, 5, 3);
    for (walk_begin(&walk, temp_write(&t), TABLE_META, &prefix); walk_next(&walk);) {
        n++;
        struct key behind = key_of_user_u64(5, 100 - n), before = key_of_user_u64(5, 0);
        if (n <= 3) {
            ck_status(row_put(&t.w, TABLE_META, &behind, &(struct store_ref){.id = 1}), ST_OK);
            ck_status(row_put(&t.w, TABLE_META, &before, &(struct store_ref){.id = 1}), ST_OK);
        }
    }
    walk_end(&walk);
    ck_assert_uint_eq(n, 6);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_walk_starts_behind_a_key)
{
    struct temp_store t;
    struct walk walk;
    struct key prefix = key_of_u64(5), two = key_of_user_u64(5, 2);
    temp_open(&t);
    put_numbers(&t, 5, 3);
    walk_begin(&walk, &t.w, TABLE_META, &prefix);
    walk_from(&walk, key_slice(&two));
    ck_assert(walk_next(&walk));
    ck_assert_uint_eq(key_read_u64(walk.key, 8), 3);
    walk_end(&walk);
    walk_begin(&walk, &t.w, TABLE_META, &prefix);
    walk.newest_first = true;
    walk_from(&walk, key_slice(&two));
    ck_assert(walk_next(&walk));
    ck_assert_uint_eq(key_read_u64(walk.key, 8), 1);
    ck_assert(!walk_next(&walk));
    walk_end(&walk);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("walk", a_prefix_is_walked_in_both_orders, every_row_is_met_once_while_rows_are_deleted,
          rows_put_behind_the_walk_are_met_and_others_not, a_walk_starts_behind_a_key)
