/* pack.c: what is read is what was written, and nothing else is a bundle. */
#include "pack.h"

#include "lib/main.h"
#include "lib/pack_fixture.h"

static struct error err;
static struct arena arena;
static struct pack pack;
static struct pack_input in;
static struct pack_key key;

static status collect(void *arg, slice bytes, struct error *error)
{
    (void)error;
    buf_put(arg, bytes);
    return ST_OK;
}

START_TEST(a_bundle_reads_back)
{
    struct buf out;
    int fd = fixture_pack(true, &key);
    arena_init(&arena, 16 << 20);
    buf_init(&out, 100);
    ck_ok(pack_input_fd(&fd, &in, &err));
    ck_ok(pack_open(&in, &arena, &pack, &err));
    ck_slice(pack.record_id, "1002");
    ck_slice(pack.license, "cc0");
    ck_slice(pack.etag, "\"4\"");
    ck_slice(pack.record, SAMPLE_LEGACY);
    ck_assert(pack.is_signed);
    ck_assert_uint_eq(pack.file_count, 2);
    ck_slice(pack.files[1].key, "b/c.csv");
    ck_ok(pack_file_read(&in, &pack.files[0], collect, &out, &err));
    ck_ok(pack_file_read(&in, &pack.files[1], collect, &out, &err));
    ck_slice(buf_slice(&out), "hellox");
    buf_finish(&out);
    close(fd);
    arena_finish(&arena);
}
END_TEST

/* Opens, reads everything, checks the signature. */
static enum status_code take_all(int fd)
{
    size_t which;
    enum status_code rc;
    arena_init(&arena, 16 << 20);
    rc = pack_input_fd(&fd, &in, &err);
    if (rc == ST_OK)
        rc = pack_open(&in, &arena, &pack, &err);
    for (size_t i = 0; rc == ST_OK && i < pack.file_count; i++)
        rc = pack_file_read(&in, &pack.files[i], NULL, NULL, &err);
    if (rc == ST_OK)
        rc = pack_trust(&pack, &key, 1, &which, &err);
    arena_finish(&arena);
    return rc;
}

START_TEST(no_flipped_bit_passes)
{
    int fd = fixture_pack(true, &key);
    off_t size = lseek(fd, 0, SEEK_END);
    unsigned passed = 0;
    ck_assert_int_eq(take_all(fd), ST_OK);
    for (off_t at = 0; at < size; at++) {
        unsigned char byte, flipped;
        ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
        flipped = byte ^ 1;
        ck_assert_int_eq(pwrite(fd, &flipped, 1, at), 1);
        if (take_all(fd) == ST_OK)
            passed++;
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    }
    /* What carries no meaning: padding behind six entries and in the end of the archive, and two
     * bytes behind each of five checksums. */
    ck_assert_uint_lt(passed, 6 * 512 + 2 * 512 + 5 * 2);
    ck_assert_int_eq(take_all(fd), ST_OK);
    close(fd);
}
END_TEST

START_TEST(no_cut_passes)
{
    int fd = fixture_pack(true, &key);
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t len = size - 1024 - 1; len > 0; len -= 97) {
        ck_assert_int_eq(ftruncate(fd, len), 0);
        ck_assert_int_ne(take_all(fd), ST_OK);
    }
    close(fd);
}
END_TEST

START_TEST(a_pipe_is_no_bundle)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    ck_status(pack_input_fd(&fds[0], &in, &err), ST_INVALID);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

TEST_MAIN("pack", a_bundle_reads_back, no_flipped_bit_passes, no_cut_passes, a_pipe_is_no_bundle)
