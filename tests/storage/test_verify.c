/* Tests of the whole check: damaged values, a stale meta page, a check under load. */
#include "lib/temp_store.h"

#include <fcntl.h>

START_TEST(a_damaged_value_is_named_with_its_table)
{
    struct temp_store t;
    char text[ERROR_TEXT_MAX];
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_USER);
    (void)temp_user(&t, "b@b.c", STORE_ROLE_USER);
    struct key key = key_of_u64(1);
    MDB_val k = {key.len, key.bytes}, v;
    ck_assert_int_eq(mdb_get(t.w.mdb, t.store->dbi[TABLE_USER], &k, &v), 0);
    char copy[512];
    memcpy(copy, v.mv_data, v.mv_size);
    copy[30] ^= 1;
    v.mv_data = copy;
    ck_assert_int_eq(mdb_put(t.w.mdb, t.store->dbi[TABLE_USER], &k, &v, 0), 0);
    temp_commit(&t);
    ck_assert_uint_eq(temp_check(&t, text), 1);
    ck_assert_ptr_nonnull(strstr(text, "'user'"));
    temp_shut(&t);
    temp_remove(&t);
}
END_TEST

/* The older meta page, given a number that makes it look newer: LMDB would serve the state of one
 * commit ago without a word. */
START_TEST(a_state_of_one_commit_ago_is_noticed)
{
    struct temp_store t;
    char path[128], text[ERROR_TEXT_MAX];
    struct pages_meta meta;
    struct error err = {0};
    temp_open(&t);
    for (int i = 0; i < 4; i++) {
        ck_status(store_setting_put(temp_write(&t), S("n"), S("v")), ST_OK);
        temp_commit(&t);
    }
    temp_shut(&t);
    (void)snprintf(path, sizeof path, "%s/db/data.mdb", t.dir);
    int fd = open(path, O_RDWR);
    ck_ok(pages_meta_read(fd, path, &meta, &err));
    uint64_t older = meta.txn_id - 1, forged = meta.txn_id + 1;
    off_t at = (off_t)(older % 2 * meta.page_bytes) + 16 + 128;
    uint64_t stored;
    ck_assert_int_eq(pread(fd, &stored, 8, at), 8);
    ck_assert_uint_eq(stored, older);
    ck_assert_int_eq(pwrite(fd, &forged, 8, at), 8);
    (void)close(fd);
    temp_reopen(&t);
    ck_assert_uint_ge(temp_check(&t, text), 1);
    ck_assert_msg(strstr(text, "number") != NULL, "%s", text);
    temp_shut(&t);
    temp_remove(&t);
}
END_TEST

static atomic_bool stop;

static status write_apply(struct store_txn *txn, void *arg, struct error *err)
{
    uint64_t id;
    char name[16];
    (void)arg;
    (void)err;
    TRY(store_next_id(txn, "n", &id));
    (void)snprintf(name, sizeof name, "n%d", (int)(id % 50));
    return store_setting_put(txn, slice_of(name), slice_of(name));
}

static void *write_on(void *store)
{
    struct error err = {0};
    while (!atomic_load(&stop))
        if (store_apply(store, write_apply, NULL, &err) != ST_OK)
            return store;
    return NULL;
}

START_TEST(a_check_under_load_finds_nothing)
{
    struct temp_store t;
    struct error err = {0};
    pthread_t thread;
    char text[ERROR_TEXT_MAX];
    temp_open(&t);
    ck_ok(store_writer_start(t.store, 10, &err));
    atomic_store(&stop, false);
    ck_assert_int_eq(pthread_create(&thread, NULL, write_on, t.store), 0);
    for (int i = 0; i < 30; i++)
        ck_assert_msg(temp_check(&t, text) == 0, "%s", text);
    atomic_store(&stop, true);
    void *failure;
    (void)pthread_join(thread, &failure);
    ck_assert_ptr_null(failure);
    temp_close(&t);
}
END_TEST

TEST_MAIN("verify", a_damaged_value_is_named_with_its_table, a_state_of_one_commit_ago_is_noticed,
          a_check_under_load_finds_nothing)
