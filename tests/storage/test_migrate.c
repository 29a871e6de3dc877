/* Tests of the schema: new stores, newer ones refused, and every older one brought up, whether it
 * is fresh, populated, or the process is killed on the way. */
#include "lib/temp_backup.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

START_TEST(a_new_store_has_the_newest_schema)
{
    struct temp_store t;
    uint64_t schema;
    temp_open(&t);
    ck_status(meta_get(temp_read(&t), "schema", &schema), ST_OK);
    ck_assert_uint_eq(schema, STORE_SCHEMA);
    ck_assert_uint_eq(t.store->schema_before, STORE_SCHEMA);
    ck_assert_int_ne(access(temp_path(&t, "backups"), F_OK), 0);
    temp_close(&t);
}
END_TEST

START_TEST(a_newer_schema_is_refused_and_left_alone)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    ck_status(meta_put(temp_write(&t), "schema", STORE_SCHEMA + 1), ST_OK);
    temp_commit(&t);
    temp_shut(&t);
    struct store_options options = temp_options(&t);
    for (int i = 0; i < 2; i++) {
        ck_status(store_open(&options, &t.store, &err), ST_CONFIG);
        ck_assert_ptr_nonnull(strstr(err.text, "newer"));
    }
    temp_remove(&t);
}
END_TEST

/* Takes back what each step did, newest first: a store as the older program left it. */
static void make_older(struct temp_store *t, uint64_t schema)
{
    if (schema < 5) { /* a key, and nobody counted it */
        struct store_user user;
        if (store_user_find(temp_write(t), S("user0@example.org"), &t->arena, &user) == ST_OK) {
            struct store_api_key key = {
                .id = 5, .user_id = user.id, .hash = temp_hash_slice(t, 5), .livemode = true};
            struct key count = key_of_u64(user.id);
            ck_status(store_key_add(&t->w, &key), ST_OK);
            ck_status(row_del(&t->w, TABLE_API_KEY_COUNT, &count), ST_OK);
        }
    }
    if (schema < 4) {
        struct key key;
        struct walk walk;
        for (walk_begin(&walk, temp_write(t), TABLE_BLOB_WAITING, NULL); walk_next(&walk);) {
            key = key_of_bytes(walk.key);
            ck_status(row_del(&t->w, TABLE_BLOB_WAITING, &key), ST_OK);
        }
        walk_end(&walk);
        ck_status(meta_put(&t->w, META_DATASET_BYTES, 0), ST_OK);
    }
    if (schema < 3) { /* every cached result was in the order, and there was a count of them */
        struct store_cache_entry entry = {
            .user_id = 1, .hash = temp_hash_slice(t, 7), .expires_ms = T0_MS + 1000};
        struct key order = cache_due_key(&entry);
        ck_status(store_cache_put(temp_write(t), &entry, 0), ST_OK);
        ck_status(row_put(&t->w, TABLE_CACHE_DUE, &order, &(struct store_ref){0}), ST_OK);
        ck_status(meta_put(&t->w, "cache.count", 1), ST_OK);
    }
    if (schema < 2)
        ck_status(store_setting_del(temp_write(t), S("instance")), ST_OK);
    ck_status(meta_put(temp_write(t), "schema", schema), ST_OK);
    temp_commit(t);
    temp_shut(t);
}

static void populate(struct temp_store *t, unsigned users)
{
    char email[40];
    (void)temp_write(t);
    for (unsigned i = 0; i < users; i++) {
        (void)snprintf(email, sizeof email, "user%u@example.org", i);
        (void)temp_user(t, email, STORE_ROLE_USER);
    }
    struct store_dataset dataset = {.id = S("set"), .size_bytes = 42};
    ck_status(store_dataset_put(&t->w, &dataset), ST_OK);
    temp_commit(t);
    (void)temp_blob(t, "content");
}

/* The newest schema, all users, and a backup of what was before that opens. */
static void check_migrated(struct temp_store *t, uint64_t from, unsigned users)
{
    struct error err = {0};
    struct store_backup_head head;
    struct store_backup_facts facts;
    uint64_t schema, dataset_bytes;
    unsigned found = 0;
    ck_status(meta_get(temp_read(t), "schema", &schema), ST_OK);
    ck_assert_uint_eq(schema, STORE_SCHEMA);
    ck_assert_uint_eq(table_rows(temp_read(t), TABLE_USER), users);
    ck_assert(slice_has_prefix(slice_of(t->store->instance), S("ins_")));
    ck_assert_uint_eq(table_rows(t->r, TABLE_BLOB_WAITING), 1);
    ck_status(store_dataset_bytes(t->r, &dataset_bytes), ST_OK);
    ck_assert_uint_eq(dataset_bytes, 42);
    DIR *dir = opendir(temp_path(t, "backups"));
    struct dirent *entry;
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir))) {
        if (!slice_has_suffix(slice_of(entry->d_name), S(".backup")))
            continue;
        const char *path = arena_printf(&t->arena, "%s/backups/%s", t->dir, entry->d_name).ptr;
        ck_ok(store_backup_head_read(path, &t->arena, &head, &err));
        ck_assert_uint_eq(head.schema, from);
        ck_ok(store_backup_verify(path, &temp_keys, temp_path(t, "look"), &facts, &err));
        ck_assert_uint_eq(facts.users, users);
        found++;
    }
    (void)closedir(dir);
    ck_assert_uint_ge(found, 1);
}

START_TEST(every_older_schema_is_brought_up)
{
    static const unsigned sizes[] = {0, 500};
    for (uint64_t from = 1; from < STORE_SCHEMA; from++)
        for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
            struct temp_store t;
            temp_open(&t);
            populate(&t, sizes[i]);
            make_older(&t, from);
            temp_reopen(&t);
            ck_assert_uint_eq(t.store->schema_before, from);
            check_migrated(&t, from, sizes[i]);
            temp_shut(&t);
            temp_reopen(&t); /* and once is enough */
            ck_assert_uint_eq(t.store->schema_before, STORE_SCHEMA);
            temp_close(&t);
        }
}
END_TEST

START_TEST(never_means_never)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    make_older(&t, 1);
    struct store_options options = temp_options(&t);
    options.migrate = STORE_MIGRATE_NEVER;
    ck_status(store_open(&options, &t.store, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "older schema 1"));
    options.migrate = STORE_MIGRATE_BLINDLY;
    ck_ok(store_open(&options, &t.store, &err));
    ck_assert_int_ne(access(temp_path(&t, "backups"), F_OK), 0);
    store_close(&t.store);
    temp_remove(&t);
}
END_TEST

/* Without room for the copy nothing is migrated. */
START_TEST(no_copy_no_migration)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    make_older(&t, 1);
    ck_ok(file_replace(temp_path(&t, "backups"), S("in the way"), 0600, &err));
    struct store_options options = temp_options(&t);
    ck_status(store_open(&options, &t.store, &err), ST_IO);
    ck_assert_int_eq(unlink(temp_path(&t, "backups")), 0);
    temp_reopen(&t);
    ck_assert_uint_eq(t.store->schema_before, 1);
    temp_close(&t);
}
END_TEST

START_TEST(a_trial_changes_nothing)
{
    struct temp_store t;
    struct error err = {0};
    uint64_t from = 0, to = 0;
    temp_open(&t);
    populate(&t, 20);
    struct store_options options = temp_options(&t);
    ck_status(store_migrate_try(&options, temp_path(&t, "trial"), &from, &to, &err), ST_LOCKED);
    make_older(&t, 1);
    ck_ok(store_migrate_try(&options, temp_path(&t, "trial"), &from, &to, &err));
    ck_assert_uint_eq(from, 1);
    ck_assert_uint_eq(to, STORE_SCHEMA);
    ck_assert_int_ne(access(temp_path(&t, "trial"), F_OK), 0);
    ck_assert_int_ne(access(temp_path(&t, "backups"), F_OK), 0);
    temp_reopen(&t);
    ck_assert_uint_eq(t.store->schema_before, 1);
    temp_close(&t);
}
END_TEST

/* Killed at any moment of the copy, its check, or the migration: the next start ends the work. */
START_TEST(a_kill_on_the_way_loses_nothing)
{
    unsigned killed = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct temp_store t;
        int state;
        temp_open(&t);
        populate(&t, 300);
        make_older(&t, 1);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            struct store_options options = temp_options(&t);
            _exit(store_open(&options, &t.store, NULL) == ST_OK ? 0 : 1);
        }
        const struct timespec pause = {.tv_nsec = (long)i * 500000};
        (void)nanosleep(&pause, NULL);
        (void)kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &state, 0), child);
        killed += WIFSIGNALED(state) != 0;
        temp_reopen(&t);
        check_migrated(&t, 1, 300);
        temp_close(&t);
    }
    ck_assert_uint_ge(killed, 10);
}
END_TEST

TEST_MAIN("migrate", a_new_store_has_the_newest_schema, a_newer_schema_is_refused_and_left_alone,
          every_older_schema_is_brought_up, never_means_never, no_copy_no_migration,
          a_trial_changes_nothing, a_kill_on_the_way_loses_nothing)
