/* A directory of the test's own, removed with everything in it. */
#ifndef TESTS_LIB_TEMP_DIR_H
#define TESTS_LIB_TEMP_DIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEMP_DIR_MAX = 32 };

static inline void temp_dir_make(char dir[static TEMP_DIR_MAX])
{
    (void)snprintf(dir, TEMP_DIR_MAX, "/tmp/sleuth-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static inline int temp_dir_drop(const char *path, const struct stat *info, int kind,
                                struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void temp_dir_remove(const char *dir)
{
    ck_assert_int_eq(nftw(dir, temp_dir_drop, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
