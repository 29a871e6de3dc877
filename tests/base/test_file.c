/* Tests of whole-file reading and atomic replacement. */
#include "base/file.h"

#include "lib/main.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/sleuth-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

START_TEST(replaced_file_reads_back_with_its_mode)
{
    struct error err;
    struct arena arena;
    struct stat info;
    char path[100];
    slice text;
    make_dir();
    arena_init(&arena, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/a/b", dir);
    char parent[100];
    (void)snprintf(parent, sizeof parent, "%s/a", dir);
    ck_ok(file_make_dirs(parent, 0700, &err));
    ck_ok(file_replace(path, S("one"), 0600, &err));
    ck_ok(file_replace(path, S("two"), 0600, &err));
    ck_ok(file_read(path, 3, &arena, &text, &err));
    ck_slice(text, "two");
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_status(file_read(path, 2, &arena, &text, &err), ST_TOO_LARGE);
    arena_finish(&arena);
}
END_TEST

START_TEST(missing_file_is_not_found_and_named)
{
    struct error err;
    struct arena arena;
    slice text;
    arena_init(&arena, 1 << 20);
    ck_status(file_read("/nonexistent/x", 10, &arena, &text, &err), ST_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x"));
    ck_status(file_replace("/nonexistent/x", S(""), 0600, &err), ST_IO);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("file", replaced_file_reads_back_with_its_mode, missing_file_is_not_found_and_named)
