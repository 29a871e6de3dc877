/* Names of blobs and of files in the spool: what blob.c, blob_read.c and blob_collect.c share. */
#ifndef BLOB_PATH_H
#define BLOB_PATH_H

#include "blob.h"

#define SPOOL_PREFIX "tmp-" /* removed at start */

struct blob_path {
    char text[2 * CRYPT_HASH_BYTES + 7]; /* "aa/bb/aabb…" */
};

void blob_path(const struct crypt_hash *sha256, struct blob_path *ret);

static inline const char *blob_path_name(const struct blob_path *path)
{
    return path->text + 6;
}

/* open(2) that never leaves dir_fd, whatever stands in the path; O_CLOEXEC, mode 0600. -1, errno.
 */
int open_beneath(int dir_fd, const char *path, int flags);

#endif
