/* tar.c: plain files only, every damaged header found. */
#include "tar.h"

#include "lib/main.h"

static struct error err;

START_TEST(a_header_reads_back)
{
    unsigned char block[TAR_BLOCK];
    slice name;
    uint64_t bytes;
    static const uint64_t sizes[] = {0, 1, 511, 512, (uint64_t)1 << 32, TAR_SIZE_MAX - 1};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        tar_header_write(block, "files/0001", sizes[i]);
        ck_ok(tar_header_read(block, &name, &bytes, &err));
        ck_slice(name, "files/0001");
        ck_assert_uint_eq(bytes, sizes[i]);
    }
    ck_assert(!tar_is_end(block));
    memset(block, 0, sizeof block);
    ck_assert(tar_is_end(block));
    ck_assert_uint_eq(tar_padded(0), 0);
    ck_assert_uint_eq(tar_padded(1), 512);
    ck_assert_uint_eq(tar_padded(512), 512);
}
END_TEST

START_TEST(every_flipped_bit_is_found)
{
    unsigned char block[TAR_BLOCK];
    slice name;
    uint64_t bytes;
    tar_header_write(block, "manifest.json", 12345);
    for (size_t bit = 0; bit < TAR_BLOCK * 8; bit++) {
        bool spared = bit / 8 >= 148 && bit / 8 < 156; /* the sum may be spelt with blanks */
        block[bit / 8] ^= (unsigned char)(1U << bit % 8);
        if (!spared)
            ck_assert_msg(tar_header_read(block, &name, &bytes, &err) == ST_INVALID, "bit %zu",
                          bit);
        block[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
}
END_TEST

/* With a sum that fits. */
static enum status_code read_with(size_t at, const char *text, size_t len)
{
    unsigned char block[TAR_BLOCK];
    unsigned sum = 0;
    slice name;
    uint64_t bytes;
    tar_header_write(block, "x", 5);
    memcpy(block + at, text, len);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += block[i];
    (void)snprintf((char *)block + 148, 8, "%06o", sum);
    return tar_header_read(block, &name, &bytes, &err);
}

START_TEST(only_plain_files_pass)
{
    ck_status(read_with(156, "0", 1), ST_OK);
    ck_status(read_with(156, "", 1), ST_OK); /* old tars */
    for (const char *kind = "123456gxLKVS"; *kind; kind++)
        ck_status(read_with(156, kind, 1), ST_INVALID);
    ck_status(read_with(345, "dir", 3), ST_INVALID);
    ck_status(read_with(124, "77777777777", 11), ST_OK); /* one byte below 8 GiB */
    ck_status(read_with(124, "9", 1), ST_INVALID);
    ck_status(read_with(124, "\200", 1), ST_INVALID); /* base 256 */
    ck_status(read_with(124, "           \0", 12), ST_INVALID);
    ck_status(read_with(257, "USTAR", 5), ST_INVALID);
}
END_TEST

TEST_MAIN("tar", a_header_reads_back, every_flipped_bit_is_found, only_plain_files_pass)
