/* Tests of the page walker: clean on real files of every shape, and every damage to headers found.
 */
#include "lib/temp_store.h"

#include <fcntl.h>

static void data_path(const struct temp_store *t, char path[static 128])
{
    (void)snprintf(path, 128, "%s/db/data.mdb", t->dir);
}

static uint64_t problems_of(const struct temp_store *t, uint64_t *ret_pages)
{
    char path[128];
    struct error err = {0};
    struct store_check check = {0};
    data_path(t, path);
    ck_ok(store_check_pages(path, &check, &err));
    if (ret_pages)
        *ret_pages = check.pages;
    return check.problems;
}

/* Deep trees, large values, a free list that is long enough to be a large value itself. */
static void fill(struct temp_store *t, unsigned rows)
{
    static char big[20000];
    for (unsigned i = 0; i < rows; i++) {
        struct key key = key_of_user_u64(i * 7919 % rows, i);
        struct store_ref ref = {.id = i, .data = {big, i % 50 ? 40 : sizeof big}};
        ck_status(row_put(temp_write(t), TABLE_META, &key, &ref), ST_OK);
    }
    temp_commit(t);
    for (unsigned i = 0; i < rows; i += 3) {
        struct key key = key_of_user_u64(i * 7919 % rows, i);
        ck_status(row_del(temp_write(t), TABLE_META, &key), ST_OK);
    }
    temp_commit(t);
}

START_TEST(real_files_are_clean)
{
    struct temp_store t;
    uint64_t pages;
    temp_open(&t);
    ck_assert_uint_eq(problems_of(&t, &pages), 0);
    fill(&t, 20000);
    ck_assert_uint_eq(problems_of(&t, &pages), 0);
    ck_assert_uint_gt(pages, 500);
    temp_close(&t);
}
END_TEST

static void flip(int fd, off_t at)
{
    unsigned char byte;
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 0x5a;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
}

/* Address and size of the map are hints that the opener overrides; pad is unused. */
static bool meta_byte_is_a_hint(off_t at)
{
    return (at >= 8 && at < 10) || (at >= 12 && at < 16) || (at >= 24 && at < 40);
}

START_TEST(every_byte_of_the_newest_meta_page_counts)
{
    struct temp_store t;
    struct pages_meta meta;
    struct error err = {0};
    char path[128];
    temp_open(&t);
    fill(&t, 500);
    temp_shut(&t);
    data_path(&t, path);
    int fd = open(path, O_RDWR);
    ck_ok(pages_meta_read(fd, path, &meta, &err));
    off_t start = (off_t)(meta.txn_id % 2 * meta.page_bytes);
    for (off_t at = 0; at < 152; at++) {
        if (meta_byte_is_a_hint(at))
            continue;
        flip(fd, start + at);
        ck_assert_msg(problems_of(&t, NULL) > 0, "byte %ld of the meta page", (long)at);
        flip(fd, start + at);
    }
    ck_assert_uint_eq(problems_of(&t, NULL), 0);
    (void)close(fd);
    temp_remove(&t);
}
END_TEST

START_TEST(every_byte_of_the_roots_headers_counts)
{
    struct temp_store t;
    struct pages_meta meta;
    struct error err = {0};
    char path[128];
    temp_open(&t);
    fill(&t, 5000);
    temp_shut(&t);
    data_path(&t, path);
    int fd = open(path, O_RDWR);
    ck_ok(pages_meta_read(fd, path, &meta, &err));
    const uint64_t roots[] = {meta.main.root, meta.free.root};
    for (size_t i = 0; i < ARRAY_COUNT(roots); i++) {
        off_t start = (off_t)(roots[i] * meta.page_bytes);
        uint16_t lower; /* end of the offsets */
        ck_assert_int_eq(pread(fd, &lower, sizeof lower, start + 12), sizeof lower);
        for (off_t at = 0; at < lower; at++) {
            off_t where = start + at;
            if (at == 8 || at == 9)
                continue; /* pad */
            flip(fd, where);
            ck_assert_msg(problems_of(&t, NULL) > 0, "root %zu, byte %ld", i, (long)at);
            flip(fd, where);
        }
    }
    ck_assert_uint_eq(problems_of(&t, NULL), 0);
    (void)close(fd);
    temp_remove(&t);
}
END_TEST

START_TEST(strange_files_are_reported_and_never_read_outside)
{
    struct temp_store t;
    char path[128];
    uint64_t state = 3;
    temp_open(&t);
    temp_shut(&t);
    data_path(&t, path);
    for (int round = 0; round < 50; round++) {
        FILE *f = fopen(path, "wb");
        for (int i = 0; i < round * 400; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            (void)fputc((int)(state >> 56), f);
        }
        (void)fclose(f);
        ck_assert_uint_gt(problems_of(&t, NULL), 0);
    }
    struct store_check check = {0};
    struct error err = {0};
    ck_status(store_check_pages("/nowhere/data.mdb", &check, &err), ST_NOT_FOUND);
    temp_remove(&t);
}
END_TEST

TEST_MAIN("pages", real_files_are_clean, every_byte_of_the_newest_meta_page_counts,
          every_byte_of_the_roots_headers_counts, strange_files_are_reported_and_never_read_outside)
