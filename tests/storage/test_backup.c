/* Tests of the hot copy: complete, compact, without what was deleted. */
#include "lib/temp_backup.h"

static void restore_into(struct temp_store *t, const char *copy, struct temp_store *ret)
{
    char path[128];
    temp_dir(ret);
    (void)snprintf(path, sizeof path, "%s/db", ret->dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/db/data.mdb", ret->dir);
    ck_assert_int_eq(rename(copy, path), 0);
    temp_reopen(ret);
    (void)t;
}

START_TEST(a_copy_holds_everything_and_nothing_deleted)
{
    struct temp_store t, copy;
    struct store_user user;
    struct error err = {0};
    char path[128];
    slice value;
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    struct key key = key_of_bytes(S("canary-that-is-deleted"));
    ck_status(row_put(&t.w, TABLE_META, &key, &(struct store_ref){.data = S("canary-value")}),
              ST_OK);
    temp_commit(&t);
    ck_status(row_del(temp_write(&t), TABLE_META, &key), ST_OK);
    temp_commit(&t);
    (void)snprintf(path, sizeof path, "%s/copy", t.dir);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_ok(store_backup(t.store, fd, &err));
    char *all = arena_alloc(&t.arena, 8 << 20);
    value = slice_make(all, (size_t)pread(fd, all, 8 << 20, 0));
    (void)close(fd);
    size_t at;
    ck_assert_uint_gt(value.len, 8192);
    ck_assert(!slice_find(value, S("canary"), &at));
    restore_into(&t, path, &copy);
    ck_status(store_user_get(temp_read(&copy), id, &copy.arena, &user), ST_OK);
    ck_slice(user.email, "a@b.c");
    ck_status(store_setting_put(temp_write(&copy), S("x"), S("y")), ST_OK); /* and lives on */
    temp_commit(&copy);
    temp_close(&copy);
    temp_close(&t);
}
END_TEST

static status grow_apply(struct store_txn *txn, void *arg, struct error *err)
{
    uint64_t id;
    char name[32];
    (void)arg;
    (void)err;
    TRY(store_next_id(txn, "grown", &id));
    (void)snprintf(name, sizeof name, "n%llu", (unsigned long long)id);
    return store_setting_put(txn, slice_of(name), slice_of(name));
}

static void *grow(void *arg)
{
    struct error err = {0};
    for (int i = 0; i < 300; i++)
        if (store_apply(arg, grow_apply, NULL, &err) != ST_OK)
            return arg;
    return NULL;
}

/* Every copy made under load passes the check and holds what was committed before it began. */
START_TEST(copies_under_load_are_whole)
{
    struct temp_store t;
    struct error err = {0};
    pthread_t thread;
    temp_open(&t);
    ck_ok(store_writer_start(t.store, 10, &err));
    ck_assert_int_eq(pthread_create(&thread, NULL, grow, t.store), 0);
    for (int i = 0; i < 5; i++) {
        struct temp_store copy;
        char path[128];
        uint64_t before, after;
        ck_status(meta_get(temp_read(&t), "id.grown", &before), ST_OK);
        store_read_end(&t.r);
        (void)snprintf(path, sizeof path, "%s/copy%d", t.dir, i);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        ck_ok(store_backup(t.store, fd, &err));
        (void)close(fd);
        restore_into(&t, path, &copy);
        ck_status(meta_get(temp_read(&copy), "id.grown", &after), ST_OK);
        ck_assert_uint_ge(after, before);
        temp_close(&copy);
    }
    void *failure;
    (void)pthread_join(thread, &failure);
    ck_assert_ptr_null(failure);
    temp_close(&t);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_written_fails)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    int fd = open("/dev/null", O_RDONLY);
    ck_status(store_backup(t.store, fd, &err), ST_IO);
    (void)close(fd);
    temp_close(&t);
}
END_TEST

/* --- the sealed file -------------------------------------------------------------------------- */

START_TEST(a_backup_is_for_its_owner_and_tells_what_it_holds)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_facts facts;
    struct store_backup_head head;
    struct stat info;
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    (void)temp_blob(&t, "first");
    (void)temp_blob(&t, "second");
    struct store_backup_options options = temp_backup_options(&t, "one.backup");
    ck_ok(store_backup_create(t.store, &options, &facts, &err));
    ck_assert_uint_eq(facts.users, 1);
    ck_assert_uint_eq(facts.blobs, 2);
    ck_assert_uint_eq(facts.blob_bytes, 11);
    ck_assert_uint_eq(facts.blobs_missing + facts.blobs_damaged, 0);
    ck_assert_uint_gt(facts.pages, 1);
    ck_assert_uint_gt(facts.values, 3);
    ck_assert_int_eq(stat(options.path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_assert_uint_eq((uint64_t)info.st_size, facts.file_bytes);
    ck_ok(store_backup_head_read(options.path, &t.arena, &head, &err));
    ck_slice(head.program, "9.9.9");
    ck_assert_uint_eq(head.schema, STORE_SCHEMA);
    ck_assert_int_eq(head.created_ms, T0_MS);
    ck_assert(slice_has_prefix(head.instance, S("ins_")));
    ck_assert_uint_ge(head.txn, 3);
    ck_assert_int_ne(access(temp_path(&t, "scratch"), F_OK), 0);
    ck_assert_int_ne(access(temp_path(&t, "one.backup.partial"), F_OK), 0);
    ck_status(store_backup_create(t.store, &options, &facts, &err), ST_CONFLICT);
    temp_close(&t);
}
END_TEST

/* Neither what was deleted, nor what is there, nor the master key can be read from its bytes. */
START_TEST(nothing_can_be_read_from_the_bytes)
{
    struct temp_store t;
    struct store_backup_facts facts;
    struct error err = {0};
    size_t at;
    temp_open(&t);
    ck_status(store_setting_put(temp_write(&t), S("gone"), S("canary-deleted")), ST_OK);
    ck_status(meta_put(temp_write(&t), "canary-name", 7), ST_OK);
    temp_commit(&t);
    ck_status(store_setting_del(temp_write(&t), S("gone")), ST_OK);
    temp_commit(&t);
    (void)temp_blob(&t, "canary-in-a-blob");
    struct store_backup_options options = temp_backup_options(&t, "two.backup");
    ck_ok(store_backup_create(t.store, &options, &facts, &err));
    slice bytes = file_all(&t, options.path);
    ck_assert(!slice_find(bytes, S("canary"), &at));
    ck_assert(!slice_find(bytes, slice_make(temp_key, CRYPT_KEY_BYTES), &at));
    temp_close(&t);
}
END_TEST

START_TEST(a_copy_with_references_leaves_the_blobs_out)
{
    struct temp_store t;
    struct store_backup_facts facts;
    struct error err = {0};
    temp_open(&t);
    (void)temp_blob(&t, "left out");
    struct store_backup_options options = temp_backup_options(&t, "refs.backup");
    options.without_blobs = true;
    ck_ok(store_backup_create(t.store, &options, &facts, &err));
    ck_assert_uint_eq(facts.blobs, 0);
    ck_assert_uint_eq(facts.blobs_missing, 0);
    temp_close(&t);
}
END_TEST

START_TEST(a_rate_is_kept)
{
    struct temp_store t;
    struct store_backup_facts facts;
    struct error err = {0};
    char *big = malloc(3 << 20);
    temp_open(&t);
    memset(big, 'x', 3 << 20);
    big[(3 << 20) - 1] = '\0';
    (void)temp_blob(&t, big);
    struct store_backup_options options = temp_backup_options(&t, "slow.backup");
    options.bytes_per_s = 10 << 20;
    ck_ok(store_backup_create(t.store, &options, &facts, &err));
    ck_assert_int_ge(facts.copy_ms, 250);
    free(big);
    temp_close(&t);
}
END_TEST

START_TEST(a_cancelled_backup_leaves_nothing)
{
    struct temp_store t;
    struct store_backup_facts facts;
    struct error err = {0};
    atomic_bool cancelled = true;
    temp_open(&t);
    struct store_backup_options options = temp_backup_options(&t, "one.backup");
    options.cancelled = &cancelled;
    ck_status(store_backup_create(t.store, &options, &facts, &err), ST_CANCELLED);
    ck_assert_int_ne(access(options.path, F_OK), 0);
    ck_assert_int_ne(access(temp_path(&t, "one.backup.partial"), F_OK), 0);
    temp_close(&t);
}
END_TEST

/* A place that cannot be written leaves nothing, neither the file nor its beginning. */
START_TEST(a_backup_that_fails_leaves_nothing)
{
    struct temp_store t;
    struct store_backup_facts facts;
    struct error err = {0};
    temp_open(&t);
    struct store_backup_options options = temp_backup_options(&t, "missing/one.backup");
    ck_status(store_backup_create(t.store, &options, &facts, &err), ST_IO);
    options = temp_backup_options(&t, "three.backup");
    options.scratch = "/proc/nowhere";
    ck_status(store_backup_create(t.store, &options, &facts, &err), ST_IO);
    ck_assert_int_ne(access(options.path, F_OK), 0);
    ck_assert_int_ne(access(temp_path(&t, "three.backup.partial"), F_OK), 0);
    temp_close(&t);
}
END_TEST

TEST_MAIN("backup", a_copy_holds_everything_and_nothing_deleted, copies_under_load_are_whole,
          a_descriptor_that_cannot_be_written_fails,
          a_backup_is_for_its_owner_and_tells_what_it_holds, nothing_can_be_read_from_the_bytes,
          a_copy_with_references_leaves_the_blobs_out, a_rate_is_kept,
          a_cancelled_backup_leaves_nothing, a_backup_that_fails_leaves_nothing)
