/* Tests of reading a backup back: what is found, what is missing, what is refused. */
#include "lib/temp_backup.h"

START_TEST(a_backup_passes_its_check_elsewhere)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_facts facts;
    temp_open(&t);
    (void)temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    (void)temp_user(&t, "b@b.c", STORE_ROLE_USER);
    temp_commit(&t);
    (void)temp_blob(&t, "content");
    const char *path = temp_backup(&t, "one.backup");
    ck_ok(store_backup_verify(path, &temp_keys, temp_path(&t, "look"), &facts, &err));
    ck_assert_uint_eq(facts.users, 2);
    ck_assert_uint_eq(facts.blobs, 1);
    ck_assert_uint_eq(facts.blobs_missing + facts.blobs_damaged, 0);
    ck_assert_int_eq((int64_t)facts.file_bytes, file_bytes(path));
    ck_assert_int_ne(access(temp_path(&t, "look"), F_OK), 0);
    temp_close(&t);
}
END_TEST

/* One file lost its bytes, another is gone: the backup is made all the same, and says so. */
START_TEST(rotten_and_missing_blobs_are_counted)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_facts facts;
    temp_open(&t);
    struct crypt_hash rotten = temp_blob(&t, "rotten"), lost = temp_blob(&t, "lost");
    (void)temp_blob(&t, "sound");
    file_flip(temp_blob_path(&t, t.dir, &rotten), 2, 4);
    ck_assert_int_eq(unlink(temp_blob_path(&t, t.dir, &lost)), 0);
    struct store_backup_options options = temp_backup_options(&t, "one.backup");
    ck_ok(store_backup_create(t.store, &options, &facts, &err));
    ck_assert_uint_eq(facts.blobs, 2);
    ck_assert_uint_eq(facts.blobs_missing, 1);
    ck_assert_uint_eq(facts.blobs_damaged, 1);
    temp_close(&t);
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_facts facts;
    temp_open(&t);
    t.store->schema = STORE_SCHEMA + 1; /* what the head will say */
    const char *path = temp_backup(&t, "newer.backup");
    t.store->schema = STORE_SCHEMA;
    ck_status(store_backup_verify(path, &temp_keys, temp_path(&t, "look"), &facts, &err),
              ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "newer"));
    temp_close(&t);
}
END_TEST

/* The seal of the backup is right, the database in it is not: the walk over its pages says so. */
START_TEST(a_damaged_database_inside_is_found)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_facts facts;
    struct store_backup_head head = {.program = S("1"), .schema = STORE_SCHEMA};
    unsigned char key[CRYPT_KEY_BYTES], frame[5] = {BACKUP_FRAME_DATABASE, 0, 0, 0x20, 0};
    char pages[8192] = {0};
    temp_open(&t);
    const struct backup_seal seal = {.master = temp_key};
    struct backup_writer w = {.path = temp_path(&t, "bad.backup")};
    w.fd = open(w.path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_ok(backup_key_make(&seal, &t.arena, key, &head, &err));
    ck_ok(backup_writer_begin(&w, &head, key, &err));
    ck_ok(backup_writer_put(&w, slice_make(frame, sizeof frame), &err));
    ck_ok(backup_writer_put(&w, slice_make(pages, sizeof pages), &err));
    frame[0] = BACKUP_FRAME_END;
    ck_ok(backup_writer_put(&w, slice_make(frame, 1), &err));
    ck_ok(backup_writer_put(&w, S("\0\0\0\0\0\0\x20\0\0\0\0\0\0\0\0\0"), &err));
    ck_ok(backup_writer_end(&w, &err));
    (void)close(w.fd);
    status rc = store_backup_verify(w.path, &temp_keys, temp_path(&t, "look"), &facts, &err);
    backup_writer_finish(&w);
    ck_status(rc, ST_VERIFY);
    ck_assert_ptr_nonnull(strstr(err.text, "database of the backup is damaged"));
    temp_close(&t);
}
END_TEST

TEST_MAIN("backup_read", a_backup_passes_its_check_elsewhere, rotten_and_missing_blobs_are_counted,
          a_newer_schema_is_refused, a_damaged_database_inside_is_found)
