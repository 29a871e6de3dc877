/* Tests of uploads in parts: in any order, again, interrupted, damaged. */
#include "upload.h"

#include "blob_fixture.h"

#include <sys/file.h>

static struct blob_fixture f;
static struct upload up;

static void begin(void)
{
    fixture_open(&f);
    up = (struct upload){.blobs = f.blobs, .user_id = 17, .id = S("fil_1")};
}

static status finish(const char *whole, struct content *ret, struct error *err)
{
    struct crypt_hash want;
    crypt_sha256(&want, slice_of(whole));
    const struct upload_finish options = {
        .bytes = strlen(whole), .want = &want, .name = S("a.csv")};
    return upload_finish(&up, &options, ret, err);
}

START_TEST(parts_in_any_order_make_the_whole)
{
    struct error err = {0};
    struct content content;
    slice text;
    begin();
    ck_ok(upload_write(&up, 6, S("3,4\n"), &err));
    ck_ok(upload_write(&up, 0, S("x,"), &err));
    ck_ok(upload_write(&up, 2, S("y\n1\n"), &err));
    ck_ok(upload_write(&up, 4, S("1\n"), &err)); /* again */
    ck_ok(finish("x,y\n1\n3,4\n", &content, &err));
    ck_assert_uint_eq(content.rows, 2);
    ck_assert_uint_eq(content.columns, 2);
    ck_ok(blob_read(f.blobs, &content.sha256, 100, &f.t.arena, &text, &err));
    ck_slice(text, "x,y\n1\n3,4\n");
    fixture_close(&f);
}
END_TEST

START_TEST(a_wrong_hash_or_size_leaves_the_upload_open)
{
    struct error err = {0};
    struct content content;
    begin();
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    ck_status(finish("abd", &content, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "checksum_mismatch");
    ck_status(finish("abcd", &content, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "size_mismatch");
    ck_assert(!fixture_exists(&f, &content.sha256));
    ck_ok(upload_write(&up, 2, S("d"), &err));
    ck_ok(finish("abd", &content, &err));
    fixture_close(&f);
}
END_TEST

START_TEST(nothing_is_written_once_it_is_a_blob)
{
    struct error err = {0};
    struct content content;
    begin();
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    ck_ok(finish("abc", &content, &err));
    ck_status(upload_write(&up, 0, S("xyz"), &err), ST_CONFLICT);
    ck_ok(blob_verify(f.blobs, &content.sha256, &err));
    ck_ok(finish("abc", &content, &err)); /* repeated after a crash before the record */
    fixture_close(&f);
}
END_TEST

START_TEST(a_completion_and_a_part_exclude_each_other)
{
    struct error err = {0};
    struct content content;
    begin();
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    int fd = blobs_spool_open(f.blobs, "up-17-fil_1", O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_SH), 0);
    ck_status(finish("abc", &content, &err), ST_CONFLICT);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_status(upload_write(&up, 0, S("abc"), &err), ST_CONFLICT);
    close(fd);
    ck_ok(finish("abc", &content, &err));
    fixture_close(&f);
}
END_TEST

static bool yes(void *context)
{
    (void)context;
    return true;
}

START_TEST(a_client_that_left_ends_the_completion)
{
    struct error err = {0};
    struct content content;
    struct crypt_hash want;
    begin();
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    crypt_sha256(&want, S("abc"));
    const struct upload_finish options = {.bytes = 3, .want = &want, .cancelled = yes};
    ck_status(upload_finish(&up, &options, &content, &err), ST_CANCELLED);
    up.id = S("fil_2");
    ck_status(upload_finish(&up, &options, &content, &err), ST_CONFLICT);
    ck_assert_str_eq(err.code, "upload_incomplete");
    fixture_close(&f);
}
END_TEST

START_TEST(only_uploads_that_ended_are_collected)
{
    struct error err = {0};
    begin();
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    struct store_stored_file file = {
        .id = S("fil_1"), .user_id = 17, .size_bytes = 3, .state = STORE_FILE_UPLOADING};
    ck_ok(store_file_put(temp_write(&f.t), &file));
    temp_commit(&f.t);
    up.id = S("fil_2"); /* no record: deleted or expired */
    ck_ok(upload_write(&up, 0, S("abc"), &err));
    ck_assert_int_eq(fixture_spool_count(&f), 2);
    ck_ok(upload_collect(f.blobs, f.t.store, &err));
    ck_assert_int_eq(fixture_spool_count(&f), 1);
    ck_ok(store_file_del(temp_write(&f.t), 17, S("fil_1")));
    temp_commit(&f.t);
    ck_ok(upload_collect(f.blobs, f.t.store, &err));
    ck_assert_int_eq(fixture_spool_count(&f), 0);
    fixture_close(&f);
}
END_TEST

TEST_MAIN("upload", parts_in_any_order_make_the_whole, a_wrong_hash_or_size_leaves_the_upload_open,
          nothing_is_written_once_it_is_a_blob, a_completion_and_a_part_exclude_each_other,
          a_client_that_left_ends_the_completion, only_uploads_that_ended_are_collected)
