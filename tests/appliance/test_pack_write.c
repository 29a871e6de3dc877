/* pack_write.c: refuses what could not be read again. */
#include "pack.h"

#include "lib/main.h"
#include "lib/pack_fixture.h"

static struct error err;

static enum status_code begin(struct pack_file *files, size_t count)
{
    struct pack pack = {.files = files, .file_count = count};
    struct pack_writer writer;
    int fd = fixture_file();
    enum status_code rc = pack_write_begin(&writer, fd, &pack, &err);
    close(fd);
    return rc;
}

START_TEST(names_and_sizes_are_checked_first)
{
    struct pack_file file = {.key = S("a.csv"), .bytes = 1};
    ck_status(begin(&file, 1), ST_OK);
    ck_status(begin(&file, 0), ST_INVALID);
    file.key = S("../a.csv");
    ck_status(begin(&file, 1), ST_INVALID);
    file.key = S("a.csv");
    file.bytes = (uint64_t)8 << 30;
    ck_status(begin(&file, 1), ST_TOO_LARGE);
}
END_TEST

START_TEST(files_have_the_size_that_was_announced)
{
    struct pack_file file = {.key = S("a.csv"), .bytes = 3};
    struct pack pack = {.files = &file, .file_count = 1};
    struct pack_writer writer;
    int fd = fixture_file();
    ck_ok(pack_write_begin(&writer, fd, &pack, &err));
    pack_write_file(&writer, 0);
    ck_ok(pack_write_take(&writer, S("ab"), &err));
    ck_status(pack_write_file_end(&writer, &err), ST_INVALID);
    ck_status(pack_write_take(&writer, S("cd"), &err), ST_INVALID);
    ck_ok(pack_write_take(&writer, S("c"), &err));
    ck_ok(pack_write_file_end(&writer, &err));
    close(fd);
}
END_TEST

START_TEST(the_same_input_gives_the_same_bytes)
{
    struct pack_key key;
    char a[65536], b[65536];
    int one = fixture_pack(true, &key), two = fixture_pack(true, &key);
    ssize_t n = pread(one, a, sizeof a, 0);
    ck_assert_int_eq(pread(two, b, sizeof b, 0), n);
    ck_assert_mem_eq(a, b, (size_t)n);
    ck_assert_int_eq(n % 512, 0);
    close(one);
    close(two);
}
END_TEST

TEST_MAIN("pack_write", names_and_sizes_are_checked_first, files_have_the_size_that_was_announced,
          the_same_input_gives_the_same_bytes)
