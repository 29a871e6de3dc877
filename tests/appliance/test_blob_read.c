/* Tests of reading blobs: the bytes, and every way in which they can be wrong. */
#include "blob_fixture.h"

static struct blob_fixture f;

START_TEST(bytes_come_back)
{
    struct error err = {0};
    struct blob_map map;
    uint64_t bytes;
    slice text;
    int fd;
    char got[8];
    fixture_open(&f);
    struct crypt_hash hash = fixture_put(&f, "content");
    ck_ok(blob_open(f.blobs, &hash, &fd, &bytes, &err));
    ck_assert_uint_eq(bytes, 7);
    ck_assert_int_eq(read(fd, got, sizeof got), 7);
    close(fd);
    ck_ok(blob_read(f.blobs, &hash, 7, &f.t.arena, &text, &err));
    ck_slice(text, "content");
    ck_status(blob_read(f.blobs, &hash, 6, &f.t.arena, &text, &err), ST_TOO_LARGE);
    ck_ok(blob_map(f.blobs, &hash, &map, &err));
    ck_slice(map.bytes, "content");
    blob_unmap(&map);
    blob_unmap(&map);
    fixture_close(&f);
}
END_TEST

START_TEST(nothing_is_content_too)
{
    struct error err = {0};
    struct blob_map map;
    slice text;
    fixture_open(&f);
    struct crypt_hash hash = fixture_put(&f, "");
    ck_ok(blob_read(f.blobs, &hash, 0, &f.t.arena, &text, &err));
    ck_assert_uint_eq(text.len, 0);
    ck_ok(blob_map(f.blobs, &hash, &map, &err));
    ck_assert_uint_eq(map.bytes.len, 0);
    blob_unmap(&map);
    fixture_close(&f);
}
END_TEST

START_TEST(a_flipped_bit_is_found_by_every_whole_read)
{
    struct error err = {0};
    struct blob_map map;
    slice text;
    fixture_open(&f);
    struct crypt_hash hash = fixture_put(&f, "content");
    fixture_flip(&f, &hash);
    ck_status(blob_verify(f.blobs, &hash, &err), ST_CORRUPT);
    ck_assert_str_eq(err.code, "blob_damaged");
    ck_status(blob_read(f.blobs, &hash, 100, &f.t.arena, &text, &err), ST_CORRUPT);
    ck_status(blob_map(f.blobs, &hash, &map, &err), ST_CORRUPT);
    fixture_close(&f);
}
END_TEST

START_TEST(a_missing_file_is_damage)
{
    struct error err = {0};
    struct crypt_hash hash;
    uint64_t bytes;
    int fd;
    fixture_open(&f);
    crypt_sha256(&hash, S("never stored"));
    ck_status(blob_open(f.blobs, &hash, &fd, &bytes, &err), ST_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "missing"));
    fixture_close(&f);
}
END_TEST

START_TEST(released_pages_can_be_read_again)
{
    enum { SIZE = 3 << 20 };
    struct error err = {0};
    struct blob_map map;
    struct blob_write write;
    struct crypt_hash hash, again;
    static char mib[1 << 20];
    fixture_open(&f);
    ck_ok(blob_write_begin(f.blobs, SIZE, &write, &err));
    for (int i = 0; i < 3; i++) {
        memset(mib, 'a' + i, sizeof mib);
        ck_ok(blob_write_append(&write, slice_make(mib, sizeof mib), &err));
    }
    ck_ok(blob_write_commit(&write, &hash, &err));
    ck_ok(blob_map(f.blobs, &hash, &map, &err));
    ck_assert_uint_eq(map.bytes.len, SIZE);
    blob_map_release(&map, 100, SIZE - 100);
    crypt_sha256(&again, map.bytes);
    ck_assert_mem_eq(&again, &hash, sizeof hash);
    blob_unmap(&map);
    fixture_close(&f);
}
END_TEST

TEST_MAIN("blob_read", bytes_come_back, nothing_is_content_too,
          a_flipped_bit_is_found_by_every_whole_read, a_missing_file_is_damage,
          released_pages_can_be_read_again)
