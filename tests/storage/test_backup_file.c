/* Tests of the container: sizes around the pieces, every truncation, every flipped bit. */
#include "lib/temp_backup.h"

static const unsigned char stream_key[CRYPT_KEY_BYTES] = {7};

static void write_content(const char *path, slice content)
{
    struct error err = {0};
    struct backup_writer w = {.path = path};
    struct store_backup_head head = {.program = S("1"), .created_ms = T0_MS};
    (void)unlink(path);
    w.fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_ok(backup_writer_begin(&w, &head, stream_key, &err));
    ck_ok(backup_writer_put(&w, content, &err));
    ck_ok(backup_writer_end(&w, &err));
    (void)close(w.fd);
    ck_assert_uint_eq(w.bytes, (uint64_t)file_bytes(path));
    backup_writer_finish(&w);
}

/* Reads `expected` bytes and then asks for one more. */
static status read_content(const char *path, slice expected)
{
    struct error err = {0};
    struct arena arena;
    struct backup_reader r;
    struct store_backup_head head = {0};
    slice rest = S("x");
    arena_init(&arena, 32 << 20);
    char *got = arena_alloc(&arena, expected.len + 1);
    status rc = store_backup_sum_check(path, &err);
    status opened = backup_reader_open(&r, path, &arena, &head, &err);
    if (opened == ST_OK)
        opened = backup_reader_begin(&r, &head, stream_key, &err);
    if (opened == ST_OK)
        opened = backup_reader_get(&r, got, expected.len, &err);
    if (opened == ST_OK)
        opened = backup_reader_some(&r, 1, &rest, &err);
    if (rc == ST_OK && opened == ST_OK) {
        ck_assert(slice_eq(slice_make(got, expected.len), expected));
        ck_assert_uint_eq(rest.len, 0);
    }
    backup_reader_finish(&r);
    arena_finish(&arena);
    return rc == ST_OK ? opened : rc;
}

START_TEST(content_of_any_size_comes_back)
{
    static const size_t sizes[] = {0,
                                   1,
                                   BACKUP_PIECE_BYTES - 1,
                                   BACKUP_PIECE_BYTES,
                                   BACKUP_PIECE_BYTES + 1,
                                   3 * BACKUP_PIECE_BYTES};
    struct temp_store t;
    temp_open(&t);
    const char *path = temp_path(&t, "file");
    char *bytes = arena_alloc(&t.arena, 3 * BACKUP_PIECE_BYTES);
    crypt_random(bytes, 3 * BACKUP_PIECE_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        write_content(path, slice_make(bytes, sizes[i]));
        ck_status(read_content(path, slice_make(bytes, sizes[i])), ST_OK);
    }
    temp_close(&t);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    struct temp_store t;
    temp_open(&t);
    const char *path = temp_path(&t, "file");
    write_content(path, S("some content"));
    for (off_t len = file_bytes(path) - 1; len >= 0; len--) {
        ck_assert_int_eq(truncate(path, len), 0);
        ck_status(read_content(path, S("some content")), ST_VERIFY);
    }
    temp_close(&t);
}
END_TEST

/* The checksum refuses each; and behind it so do the seals, all by themselves. */
START_TEST(every_flipped_bit_is_refused)
{
    struct temp_store t;
    struct error err = {0};
    struct backup_reader r;
    temp_open(&t);
    const char *path = temp_path(&t, "file");
    write_content(path, S("some content"));
    off_t bytes = file_bytes(path);
    for (off_t at = 0; at < bytes; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct store_backup_head head = {0};
            struct arena_mark mark = arena_mark(&t.arena);
            char got[12];
            file_flip(path, at, (unsigned char)(1u << bit));
            enum status_code rc = read_content(path, S("some content"));
            ck_assert(rc == ST_VERIFY || rc == ST_UNSUPPORTED);
            rc = backup_reader_open(&r, path, &t.arena, &head, &err);
            if (rc == ST_OK)
                rc = backup_reader_begin(&r, &head, stream_key, &err);
            if (rc == ST_OK)
                rc = backup_reader_get(&r, got, sizeof got, &err);
            backup_reader_finish(&r);
            ck_assert_msg(rc != ST_OK || at >= bytes - CRYPT_HASH_BYTES, "byte %ld", (long)at);
            arena_rewind(&t.arena, mark);
            file_flip(path, at, (unsigned char)(1u << bit));
        }
    ck_status(read_content(path, S("some content")), ST_OK);
    temp_close(&t);
}
END_TEST

/* Two pieces of the same stream in the other order, under a checksum that is right. */
START_TEST(exchanged_pieces_are_refused)
{
    struct temp_store t;
    struct error err = {0};
    struct crypt_hash sum;
    temp_open(&t);
    const char *path = temp_path(&t, "file");
    char *bytes = arena_alloc(&t.arena, 3 * BACKUP_PIECE_BYTES);
    write_content(path, slice_make(bytes, 3 * BACKUP_PIECE_BYTES));
    slice all = file_all(&t, path);
    char *file = arena_alloc(&t.arena, all.len);
    memcpy(file, all.ptr, all.len);
    size_t first =
        all.len - CRYPT_HASH_BYTES - CRYPT_STREAM_OVERHEAD - 3 * (size_t)BACKUP_SEALED_BYTES;
    memcpy(file + first, all.ptr + first + BACKUP_SEALED_BYTES, BACKUP_SEALED_BYTES);
    memcpy(file + first + BACKUP_SEALED_BYTES, all.ptr + first, BACKUP_SEALED_BYTES);
    crypt_sha256(&sum, slice_make(file, all.len - CRYPT_HASH_BYTES));
    memcpy(file + all.len - CRYPT_HASH_BYTES, sum.bytes, CRYPT_HASH_BYTES);
    ck_ok(file_replace(path, slice_make(file, all.len), 0600, &err));
    ck_ok(store_backup_sum_check(path, &err));
    ck_status(read_content(path, slice_make(bytes, 3 * BACKUP_PIECE_BYTES)), ST_VERIFY);
    temp_close(&t);
}
END_TEST

START_TEST(other_files_are_refused_with_a_reason)
{
    struct temp_store t;
    struct error err = {0};
    struct store_backup_head head;
    temp_open(&t);
    const char *path = temp_path(&t, "file");
    ck_status(store_backup_head_read(path, &t.arena, &head, &err), ST_NOT_FOUND);
    ck_status(store_backup_sum_check(path, &err), ST_NOT_FOUND);
    write_content(path, S("x"));
    file_flip(path, 14, '1' ^ '2'); /* "sleuth backup 2" */
    ck_status(store_backup_head_read(path, &t.arena, &head, &err), ST_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.text, "newer"));
    ck_status(store_backup_head_read(t.dir, &t.arena, &head, &err), ST_INVALID);
    temp_close(&t);
}
END_TEST

TEST_MAIN("backup_file", content_of_any_size_comes_back, every_truncation_is_refused,
          every_flipped_bit_is_refused, exchanged_pieces_are_refused,
          other_files_are_refused_with_a_reason)
