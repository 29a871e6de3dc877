/* Tests of the protection around values: every flipped bit, moved values, sizes. */
#include "lib/temp_store.h"

/* The bytes that stand in the database. */
static slice raw_value(struct temp_store *t, enum table_id table, const struct key *key)
{
    MDB_val k = {key->len, (void *)(uintptr_t)key->bytes}, v;
    ck_assert_int_eq(mdb_get(temp_read(t)->mdb, t->store->dbi[table], &k, &v), 0);
    return arena_copy(&t->arena, slice_make(v.mv_data, v.mv_size));
}

static void raw_put(struct temp_store *t, enum table_id table, const struct key *key, slice value)
{
    MDB_val k = {key->len, (void *)(uintptr_t)key->bytes};
    MDB_val v = {value.len, (void *)(uintptr_t)value.ptr};
    ck_assert_int_eq(mdb_put(temp_write(t)->mdb, t->store->dbi[table], &k, &v, 0), 0);
}

static void flip_every_bit(enum table_id table)
{
    struct temp_store t;
    struct store_ref ref;
    struct key key = key_of_bytes(S("name"));
    temp_open(&t);
    ck_status(row_put(temp_write(&t), table, &key, &(struct store_ref){7, S("data")}), ST_OK);
    temp_commit(&t);
    slice good = raw_value(&t, table, &key);
    for (size_t bit = 0; bit < good.len * 8; bit++) {
        char bad[256];
        memcpy(bad, good.ptr, good.len);
        bad[bit / 8] = (char)(bad[bit / 8] ^ 1 << bit % 8);
        raw_put(&t, table, &key, slice_make(bad, good.len));
        ck_status(row_get(&t.w, table, &key, &t.arena, &ref), ST_CORRUPT);
        temp_abort(&t);
    }
    for (size_t len = 0; len < good.len; len++) {
        raw_put(&t, table, &key, slice_make(good.ptr, len));
        ck_status(row_get(&t.w, table, &key, &t.arena, &ref), ST_CORRUPT);
        temp_abort(&t);
    }
    ck_status(row_get(temp_read(&t), table, &key, &t.arena, &ref), ST_OK);
    temp_close(&t);
}

START_TEST(every_flipped_bit_of_a_sealed_value_is_noticed)
{
    flip_every_bit(TABLE_SETTING);
}
END_TEST

START_TEST(every_flipped_bit_of_a_tagged_value_is_noticed)
{
    flip_every_bit(TABLE_META);
}
END_TEST

START_TEST(a_value_moved_to_another_key_or_table_does_not_open)
{
    struct temp_store t;
    struct store_ref ref;
    struct key a = key_of_bytes(S("a")), b = key_of_bytes(S("b"));
    temp_open(&t);
    ck_status(row_put(temp_write(&t), TABLE_META, &a, &(struct store_ref){.id = 1}), ST_OK);
    temp_commit(&t);
    slice value = raw_value(&t, TABLE_META, &a);
    raw_put(&t, TABLE_META, &b, value);
    ck_status(row_get(&t.w, TABLE_META, &b, &t.arena, &ref), ST_CORRUPT);
    temp_abort(&t);
    raw_put(&t, TABLE_CUSTOMER, &a, value);
    ck_status(row_get(&t.w, TABLE_CUSTOMER, &a, &t.arena, &ref), ST_CORRUPT);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(sealed_text_does_not_stand_in_the_file)
{
    struct temp_store t;
    char path[128];
    slice file;
    size_t at;
    temp_open(&t);
    (void)temp_user(&t, "canary-person@example.org", STORE_ROLE_USER);
    temp_commit(&t);
    (void)snprintf(path, sizeof path, "%s/db/data.mdb", t.dir);
    FILE *f = fopen(path, "rb");
    char *all = arena_alloc(&t.arena, 4 << 20);
    file = slice_make(all, fread(all, 1, 4 << 20, f));
    (void)fclose(f);
    ck_assert_uint_gt(file.len, 8192);
    ck_assert(slice_find(file, S("user_email"), &at)); /* names of tables are plain … */
    ck_assert(!slice_find(file, S("canary"), &at));    /* … people are not */
    temp_close(&t);
}
END_TEST

START_TEST(a_row_that_is_too_large_is_refused)
{
    struct temp_store t;
    temp_open(&t);
    char *big = malloc(STORE_VALUE_MAX + 1);
    memset(big, 'x', STORE_VALUE_MAX + 1);
    ck_status(store_setting_put(temp_write(&t), S("n"), slice_make(big, STORE_VALUE_MAX + 1)),
              ST_TOO_LARGE);
    temp_abort(&t);
    ck_status(store_setting_put(temp_write(&t), S("n"), slice_make(big, STORE_VALUE_MAX - 64)),
              ST_OK);
    temp_commit(&t);
    slice back;
    ck_status(store_setting_get(temp_read(&t), S("n"), &t.arena, &back), ST_OK);
    ck_assert_uint_eq(back.len, STORE_VALUE_MAX - 64);
    free(big);
    temp_close(&t);
}
END_TEST

START_TEST(add_refuses_what_exists_and_leaves_it)
{
    struct temp_store t;
    struct store_ref ref;
    struct key key = key_of_bytes(S("k"));
    temp_open(&t);
    struct store_txn *txn = temp_write(&t);
    ck_status(row_add(txn, TABLE_META, &key, &(struct store_ref){.id = 1}), ST_OK);
    uint64_t changes = txn->changes;
    ck_status(row_add(txn, TABLE_META, &key, &(struct store_ref){.id = 2}), ST_CONFLICT);
    ck_assert_uint_eq(txn->changes, changes);
    ck_status(row_get(txn, TABLE_META, &key, &t.arena, &ref), ST_OK);
    ck_assert_uint_eq(ref.id, 1);
    ck_status(row_del(txn, TABLE_META, &key), ST_OK);
    ck_status(row_del(txn, TABLE_META, &key), ST_NOT_FOUND);
    ck_assert(!row_exists(txn, TABLE_META, &key));
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("value", every_flipped_bit_of_a_sealed_value_is_noticed,
          every_flipped_bit_of_a_tagged_value_is_noticed,
          a_value_moved_to_another_key_or_table_does_not_open,
          sealed_text_does_not_stand_in_the_file, a_row_that_is_too_large_is_refused,
          add_refuses_what_exists_and_leaves_it)
