/* Tests of writing and removing blobs. */
#include "blob_fixture.h"

static struct blob_fixture f;

START_TEST(content_gets_the_name_of_its_hash)
{
    struct error err = {0};
    struct crypt_hash want, hash;
    struct blob_write write;
    struct blob_path path;
    struct stat info;
    fixture_open(&f);
    crypt_sha256(&want, S("hello"));
    ck_ok(blob_write_begin(f.blobs, 5, &write, &err));
    ck_ok(blob_write_append(&write, S("hel"), &err));
    ck_ok(blob_write_append(&write, S("lo"), &err));
    ck_ok(blob_write_commit(&write, &hash, &err));
    blob_write_abort(&write);
    ck_assert_mem_eq(&want, &hash, sizeof hash);
    blob_path(&hash, &path);
    ck_assert_str_eq(path.text,
                     "2c/f2/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    ck_assert_int_eq(fstatat(f.blobs->root_fd, path.text, &info, 0), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    ck_assert_int_eq(fstatat(f.blobs->root_fd, "2c/f2", &info, 0), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0700);
    ck_assert_int_eq(fixture_spool_count(&f), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_aborted_or_too_long_leaves_nothing)
{
    struct error err = {0};
    struct blob_write write;
    fixture_open(&f);
    ck_ok(blob_write_begin(f.blobs, 4, &write, &err));
    ck_ok(blob_write_append(&write, S("four"), &err));
    ck_status(blob_write_append(&write, S("5"), &err), ST_TOO_LARGE);
    ck_assert_int_eq(fixture_spool_count(&f), 1);
    blob_write_abort(&write);
    ck_assert_int_eq(fixture_spool_count(&f), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(nothing_is_written_into_the_reserve_of_the_disk)
{
    struct error err = {0};
    struct crypt_hash hash;
    fixture_open(&f);
    blobs_reserve(f.blobs, UINT64_MAX);
    ck_status(blob_put(f.blobs, S("x"), &hash, &err), ST_FULL);
    ck_assert_str_eq(err.code, "disk_full");
    ck_status(blobs_room(f.blobs, 0, &err), ST_FULL);
    blobs_reserve(f.blobs, 0);
    ck_ok(blobs_room(f.blobs, 1, &err));
    ck_status(blobs_room(f.blobs, UINT64_MAX, &err), ST_FULL);
    ck_assert_int_eq(fixture_spool_count(&f), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_start_removes_what_an_interrupted_process_left)
{
    struct error err = {0};
    fixture_open(&f);
    close(blobs_spool_open(f.blobs, "tmp-1-1", O_WRONLY | O_CREAT));
    close(blobs_spool_open(f.blobs, "up-fil_1", O_WRONLY | O_CREAT));
    ck_assert_int_eq(fixture_spool_count(&f), 2);
    blobs_close(&f.blobs);
    ck_ok(blobs_open(f.t.dir, 0, &f.blobs, &err));
    ck_assert_int_eq(fixture_spool_count(&f), 1); /* the upload goes on */
    fixture_close(&f);
}
END_TEST

START_TEST(a_second_commit_heals_a_damaged_file)
{
    struct error err = {0};
    fixture_open(&f);
    struct crypt_hash hash = fixture_put(&f, "content");
    fixture_flip(&f, &hash);
    ck_status(blob_verify(f.blobs, &hash, &err), ST_CORRUPT);
    (void)fixture_put(&f, "content");
    ck_ok(blob_verify(f.blobs, &hash, &err));
    fixture_close(&f);
}
END_TEST

START_TEST(names_never_leave_the_spool)
{
    fixture_open(&f);
    ck_assert_int_lt(blobs_spool_open(f.blobs, "../owner", O_RDONLY), 0);
    ck_assert_int_lt(blobs_spool_open(f.blobs, "/etc/passwd", O_RDONLY), 0);
    ck_assert_int_eq(symlinkat("/etc/passwd", blobs_spool_fd(f.blobs), "link"), 0);
    ck_assert_int_lt(blobs_spool_open(f.blobs, "link", O_RDONLY), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(an_upload_is_adopted_without_losing_it)
{
    struct error err = {0};
    struct crypt_hash hash;
    fixture_open(&f);
    int fd = blobs_spool_open(f.blobs, "up-1", O_WRONLY | O_CREAT);
    ck_assert_int_eq(write(fd, "abc", 3), 3);
    close(fd);
    crypt_sha256(&hash, S("abc"));
    ck_ok(blobs_adopt(f.blobs, "up-1", &hash, &err));
    ck_ok(blob_verify(f.blobs, &hash, &err));
    ck_ok(blobs_adopt(f.blobs, "up-1", &hash, &err)); /* again, after a crash before the record */
    ck_assert_int_eq(fixture_spool_count(&f), 1);
    ck_status(blobs_adopt(f.blobs, "up-2", &hash, &err), ST_IO);
    fixture_close(&f);
}
END_TEST

START_TEST(only_old_files_are_removed)
{
    struct error err = {0};
    fixture_open(&f);
    struct crypt_hash hash = fixture_put(&f, "content");
    int64_t now_ms = clock_wall_ms();
    ck_status(blob_remove(f.blobs, &hash, now_ms - 1000 * 60, &err), ST_CONFLICT);
    fixture_age(&f, &hash, 7200);
    ck_ok(blob_remove(f.blobs, &hash, now_ms - 1000 * 60, &err));
    ck_assert(!fixture_exists(&f, &hash));
    ck_ok(blob_remove(f.blobs, &hash, now_ms, &err));
    fixture_close(&f);
}
END_TEST

TEST_MAIN("blob", content_gets_the_name_of_its_hash, what_is_aborted_or_too_long_leaves_nothing,
          nothing_is_written_into_the_reserve_of_the_disk,
          a_start_removes_what_an_interrupted_process_left, a_second_commit_heals_a_damaged_file,
          names_never_leave_the_spool, an_upload_is_adopted_without_losing_it,
          only_old_files_are_removed)
