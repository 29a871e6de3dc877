/* Blobs in a directory of the test's own, and ways to damage them. */
#ifndef TESTS_APPLIANCE_BLOB_FIXTURE_H
#define TESTS_APPLIANCE_BLOB_FIXTURE_H

#include "base/clock.h"
#include "blob.h"
#include "blob_path.h"
#include "lib/temp_store.h"

#include <fcntl.h>
#include <sys/stat.h>

struct blob_fixture {
    struct temp_store t;
    struct blobs *blobs;
};

static inline void fixture_open(struct blob_fixture *f)
{
    struct error err = {0};
    *f = (struct blob_fixture){0};
    temp_open(&f->t);
    ck_ok(blobs_open(f->t.dir, /* reserve_bytes= */ 0, &f->blobs, &err));
}

static inline void fixture_close(struct blob_fixture *f)
{
    blobs_close(&f->blobs);
    temp_close(&f->t);
}

static inline struct crypt_hash fixture_put(struct blob_fixture *f, const char *text)
{
    struct error err = {0};
    struct crypt_hash hash;
    ck_ok(blob_put(f->blobs, slice_of(text), &hash, &err));
    return hash;
}

static inline bool fixture_exists(struct blob_fixture *f, const struct crypt_hash *hash)
{
    struct blob_path path;
    blob_path(hash, &path);
    return faccessat(f->blobs->root_fd, path.text, F_OK, 0) == 0;
}

/* As if the blob had been committed that long ago. */
static inline void fixture_age(struct blob_fixture *f, const struct crypt_hash *hash, int seconds)
{
    struct blob_path path;
    const struct timespec then = {.tv_sec = time(NULL) - seconds};
    const struct timespec both[2] = {then, then};
    blob_path(hash, &path);
    ck_assert_int_eq(utimensat(f->blobs->root_fd, path.text, both, 0), 0);
}

static inline void fixture_flip(struct blob_fixture *f, const struct crypt_hash *hash)
{
    struct blob_path path;
    char byte;
    blob_path(hash, &path);
    int fd = openat(f->blobs->root_fd, path.text, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &byte, 1, 2), 1);
    byte ^= 4;
    ck_assert_int_eq(pwrite(fd, &byte, 1, 2), 1);
    close(fd);
}

static inline int fixture_spool_count(struct blob_fixture *f)
{
    char path[128];
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/spool", f->t.dir);
    DIR *list = opendir(path);
    while (list && readdir(list))
        count++;
    (void)closedir(list);
    return count - 2;
}

#endif
