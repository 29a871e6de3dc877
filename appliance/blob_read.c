/* Reading blobs: a descriptor, all bytes, or mapped pages; whole reads find a flipped bit. */
#include "base/file.h"
#include "blob.h"
#include "blob_path.h"
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Remembered, so that a copy elsewhere may take its place (replica_heal.c). */
static void sick_note(struct blobs *blobs, const struct crypt_hash *sha256)
{
    (void)pthread_mutex_lock(&blobs->sick);
    size_t at = 0;
    while (at < blobs->sick_count && memcmp(&blobs->sick_hashes[at], sha256, sizeof *sha256) != 0)
        at++;
    if (at == blobs->sick_count && at < BLOB_SICK_MAX)
        blobs->sick_hashes[blobs->sick_count++] = *sha256;
    (void)pthread_mutex_unlock(&blobs->sick);
}

bool blobs_sick_take(struct blobs *blobs, struct crypt_hash *ret)
{
    (void)pthread_mutex_lock(&blobs->sick);
    bool found = blobs->sick_count > 0;
    if (found)
        *ret = blobs->sick_hashes[--blobs->sick_count];
    (void)pthread_mutex_unlock(&blobs->sick);
    return found;
}

static status damaged(struct blobs *blobs, const struct crypt_hash *sha256, const char *how,
                      struct error *err)
{
    sick_note(blobs, sha256);
    char hex[2 * CRYPT_HASH_BYTES + 1];
    (void)crypt_hex(hex, sha256->bytes, CRYPT_HASH_BYTES);
    return error_code(err, ST_CORRUPT, "blob_damaged", "the stored content %.12s… %s", hex, how);
}

status blob_open(struct blobs *blobs, const struct crypt_hash *sha256, int *ret_fd,
                 uint64_t *ret_bytes, struct error *err)
{
    struct blob_path path;
    struct stat info;
    blob_path(sha256, &path);
    int fd = open_beneath(blobs->root_fd, path.text, O_RDONLY);
    if (fd < 0 && errno == ENOENT)
        return damaged(blobs, sha256, "is missing on the disk", err);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open a blob: %s", errno_text(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        fd_close(&fd);
        return damaged(blobs, sha256, "is not a file", err);
    }
    *ret_fd = fd;
    *ret_bytes = (uint64_t)info.st_size;
    return ST_OK;
}

static status check_hash(struct blobs *blobs, struct crypt_sha256_stream *stream,
                         const struct crypt_hash *sha256, struct error *err)
{
    struct crypt_hash have;
    crypt_sha256_end(stream, &have);
    if (memcmp(have.bytes, sha256->bytes, CRYPT_HASH_BYTES) == 0)
        return ST_OK;
    return damaged(blobs, sha256, "has changed on the disk", err);
}

status blob_verify(struct blobs *blobs, const struct crypt_hash *sha256, struct error *err)
{
    char chunk[4096];
    struct crypt_sha256_stream stream;
    uint64_t bytes;
    int fd;
    ssize_t n;
    TRY(blob_open(blobs, sha256, &fd, &bytes, err));
    crypt_sha256_begin(&stream);
    do {
        n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            crypt_sha256_more(&stream, slice_make(chunk, (size_t)n));
    } while (n > 0 || (n < 0 && errno == EINTR));
    int number = errno;
    fd_close(&fd);
    if (n < 0)
        return error_set(err, ST_IO, "cannot read a blob: %s", errno_text(number));
    return check_hash(blobs, &stream, sha256, err);
}

static status read_all(int fd, char *into, size_t bytes, struct error *err)
{
    for (size_t at = 0; at < bytes;) {
        ssize_t n = pread(fd, into + at, bytes - at, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ST_IO, "cannot read a blob: %s", errno_text(n < 0 ? errno : EIO));
        at += (size_t)n;
    }
    return ST_OK;
}

status blob_read(struct blobs *blobs, const struct crypt_hash *sha256, uint64_t bytes_max,
                 struct arena *arena, slice *ret, struct error *err)
{
    struct crypt_hash have;
    uint64_t bytes;
    int fd;
    TRY(blob_open(blobs, sha256, &fd, &bytes, err));
    status rc = ST_OK;
    char *into = NULL;
    if (bytes > bytes_max)
        rc = error_set(err, ST_TOO_LARGE, "the content is larger than %llu bytes",
                       (unsigned long long)bytes_max);
    else if (!(into = (char *)arena_array_raw(arena, (size_t)bytes + 1, 1)))
        rc = arena_check(arena, err);
    if (rc == ST_OK)
        rc = read_all(fd, into, (size_t)bytes, err);
    fd_close(&fd);
    TRY(rc);
    into[bytes] = '\0';
    crypt_sha256(&have, slice_make(into, (size_t)bytes));
    if (memcmp(have.bytes, sha256->bytes, CRYPT_HASH_BYTES) != 0)
        return damaged(blobs, sha256, "has changed on the disk", err);
    *ret = slice_make(into, (size_t)bytes);
    return ST_OK;
}

/* --- mapped ----------------------------------------------------------------------------------- */

/* Pages that were hashed are given back to the page cache at once: they do not stay ours. A job
 * gives way to calls after each step. */
static status map_verify(struct blobs *blobs, const struct blob_map *map,
                         const struct crypt_hash *sha256, struct error *err)
{
    enum { STEP = 4 << 20 };
    struct crypt_sha256_stream stream;
    crypt_sha256_begin(&stream);
    for (size_t at = 0; at < map->bytes.len; at += STEP) {
        slice piece = slice_sub(map->bytes, at, STEP);
        crypt_sha256_more(&stream, piece);
        blob_map_release(map, at, piece.len);
        turn_look();
    }
    return check_hash(blobs, &stream, sha256, err);
}

status blob_map(struct blobs *blobs, const struct crypt_hash *sha256, struct blob_map *ret,
                struct error *err)
{
    uint64_t bytes;
    int fd;
    struct blob_map map = {.bytes = S("")};
    TRY(blob_open(blobs, sha256, &fd, &bytes, err));
    if (bytes > 0) {
        void *at = mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        int number = errno;
        fd_close(&fd);
        if (at == MAP_FAILED)
            return error_set(err, ST_NO_MEMORY, "cannot map a blob: %s", errno_text(number));
        (void)madvise(at, (size_t)bytes, MADV_SEQUENTIAL); /* a hint */
        map.bytes = slice_make(at, (size_t)bytes);
    }
    fd_close(&fd);
    status rc = map_verify(blobs, &map, sha256, err);
    if (rc != ST_OK)
        blob_unmap(&map);
    else
        *ret = map;
    return rc;
}

void blob_map_release(const struct blob_map *map, size_t at, size_t bytes)
{
    const size_t page = 4096;
    size_t begin = at / page * page;
    size_t end = (at + bytes) / page * page;
    if (end > begin)
        (void)madvise((void *)(uintptr_t)(map->bytes.ptr + begin), end - begin,
                      MADV_DONTNEED); /* read again from the file when needed */
}

void blob_unmap(struct blob_map *map)
{
    if (map->bytes.len)
        (void)munmap((void *)(uintptr_t)map->bytes.ptr, map->bytes.len);
    map->bytes = S("");
}
