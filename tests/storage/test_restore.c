/* Tests of the restore: all of it or nothing, the old database kept, damage refused. */
#include "lib/temp_backup.h"

#include <stdlib.h>

static struct store_restore_options restore_options(struct temp_store *t, const char *path,
                                                    const char *dir)
{
    (void)t;
    return (struct store_restore_options){
        .path = path, .dir = dir, .keys = temp_keys, .now_ms = T0_MS};
}

START_TEST(a_new_directory_gets_everything)
{
    struct temp_store t, copy = {0};
    struct error err = {0};
    struct store_restored done;
    struct store_user user;
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    struct crypt_hash blob = temp_blob(&t, "content");
    const char *path = temp_backup(&t, "one.backup");
    temp_dir(&copy);
    struct store_restore_options options =
        restore_options(&t, path, arena_printf(&t.arena, "%s/new", copy.dir).ptr);
    ck_ok(store_restore(&options, &done, &err));
    ck_assert_uint_eq(done.facts.users, 1);
    ck_assert(!done.had_database);
    ck_assert_str_eq(done.kept, "");
    slice bytes = file_all(&t, temp_blob_path(&t, options.dir, &blob));
    ck_slice(bytes, "content");
    remove_dir(copy.dir);
    ck_assert_int_eq(mkdir(copy.dir, 0700), 0);
    options.dir = copy.dir;
    ck_ok(store_restore(&options, &done, &err));
    temp_reopen(&copy);
    ck_status(store_user_get(temp_read(&copy), id, &copy.arena, &user), ST_OK);
    ck_slice(user.email, "a@b.c");
    ck_assert_str_eq(copy.store->instance, t.store->instance);
    temp_close(&copy);
    temp_close(&t);
}
END_TEST

/* After the backup the world went on; the restore brings the old world back and keeps the new. */
START_TEST(what_was_there_is_kept)
{
    struct temp_store t;
    struct error err = {0};
    struct store_restored done;
    struct store_user user;
    temp_open(&t);
    uint64_t first = temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    const char *path = temp_backup(&t, "one.backup");
    uint64_t second = temp_user(&t, "b@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    struct store_restore_options options = restore_options(&t, path, t.dir);
    ck_status(store_restore(&options, &done, &err), ST_LOCKED); /* it runs */
    temp_shut(&t);
    options.dry_run = true;
    ck_ok(store_restore(&options, &done, &err));
    ck_assert(done.knew_before);
    ck_assert_uint_eq(done.users, 2);
    ck_assert_uint_eq(done.facts.users, 1);
    temp_reopen(&t);
    ck_status(store_user_get(temp_read(&t), second, &t.arena, &user), ST_OK);
    temp_shut(&t);
    options.dry_run = false;
    ck_ok(store_restore(&options, &done, &err));
    ck_assert_str_eq(done.kept, "db.pre-restore-20261118T110640Z");
    temp_reopen(&t);
    ck_status(store_user_get(temp_read(&t), first, &t.arena, &user), ST_OK);
    ck_status(store_user_get(temp_read(&t), second, &t.arena, &user), ST_NOT_FOUND);
    temp_shut(&t);
    ck_status(store_restore(&options, &done, &err), ST_CONFLICT); /* the same second */
    /* And back by hand, as the manual says. */
    remove_dir(temp_path(&t, "db"));
    ck_assert_int_eq(rename(temp_path(&t, "db.pre-restore-20261118T110640Z"), temp_path(&t, "db")),
                     0);
    temp_reopen(&t);
    ck_status(store_user_get(temp_read(&t), second, &t.arena, &user), ST_OK);
    temp_close(&t);
}
END_TEST

/* Truncations everywhere near the edges and at random, and random flips: nothing is restored, and
 * the database that was there stays. */
START_TEST(damage_is_refused_and_changes_nothing)
{
    struct temp_store t;
    struct error err = {0};
    struct store_restored done;
    struct stat before, after;
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    temp_commit(&t);
    const char *path = temp_backup(&t, "one.backup"), *bad = temp_path(&t, "bad.backup");
    temp_shut(&t);
    slice all = file_all(&t, path);
    ck_assert_int_eq(stat(temp_path(&t, "db/data.mdb"), &before), 0);
    struct store_restore_options options = restore_options(&t, bad, t.dir);
    unsigned seed = 1;
    for (unsigned i = 0; i < 400; i++) {
        struct arena_mark mark = arena_mark(&t.arena);
        char *bytes = arena_alloc(&t.arena, all.len);
        memcpy(bytes, all.ptr, all.len);
        seed = seed * 1103515245u + 12345u;
        size_t at = i < 60 ? i : i < 120 ? all.len - 1 - (i - 60) : (size_t)seed % all.len;
        size_t len = all.len;
        if (i % 2 == 0)
            len = at;
        else
            bytes[at] = (char)(bytes[at] ^ (1 << (seed >> 20 & 7)));
        ck_ok(file_replace(bad, slice_make(bytes, len), 0600, &err));
        enum status_code rc = store_restore(&options, &done, &err);
        ck_assert_msg(rc == ST_VERIFY || rc == ST_UNSUPPORTED, "%u at %zu: %s", i, at,
                      status_slug(rc));
        arena_rewind(&t.arena, mark);
    }
    ck_assert_int_eq(stat(temp_path(&t, "db/data.mdb"), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    ck_assert_int_eq(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    temp_reopen(&t);
    temp_close(&t);
}
END_TEST

/* A damaged database is no obstacle: that is what restores are for. */
START_TEST(a_damaged_database_is_replaced)
{
    struct temp_store t;
    struct error err = {0};
    struct store_restored done;
    temp_open(&t);
    const char *path = temp_backup(&t, "one.backup");
    temp_shut(&t);
    ck_assert_int_eq(truncate(temp_path(&t, "db/data.mdb"), 100), 0);
    struct store_restore_options options = restore_options(&t, path, t.dir);
    ck_ok(store_restore(&options, &done, &err));
    ck_assert(done.had_database);
    ck_assert(!done.knew_before);
    temp_reopen(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("restore", a_new_directory_gets_everything, what_was_there_is_kept,
          damage_is_refused_and_changes_nothing, a_damaged_database_is_replaced)
