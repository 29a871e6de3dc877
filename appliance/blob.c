/* Writing and removing blobs; see blob.h.
 *
 * A commit always renames over what is there: the bytes are the same unless the disk has damaged
 * them, and then they are healed. The file's time of change is the time of its last commit, which
 * is what keeps the collection (blob_collect.c) from removing a blob between its commit and the
 * transaction that names it. One mutex makes "look at the time, then remove" one step. */
#include "blob.h"

#include "base/clock.h"
#include "base/file.h"
#include "blob_path.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- names and directories -------------------------------------------------------------------- */

/* KEY_LAYOUT: two directories of one byte each, then the whole hash. */
void blob_path(const struct crypt_hash *sha256, struct blob_path *ret)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    (void)crypt_hex(hex, sha256->bytes, CRYPT_HASH_BYTES);
    (void)snprintf(ret->text, sizeof ret->text, "%.2s/%.2s/%s", hex, hex + 2, hex);
}

int open_beneath(int dir_fd, const char *path, int flags)
{
    flags |= O_CLOEXEC;
    const struct open_how how = {
        .flags = (unsigned)flags,
        .mode = flags & O_CREAT ? 0600 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return (int)fd;
    return openat(dir_fd, path, flags | O_NOFOLLOW, 0600); /* Linux before 5.6 */
}

static status io_error(struct error *err, int number, const char *what)
{
    bool full = number == ENOSPC || number == EDQUOT;
    return error_set(err, full ? ST_FULL : ST_IO, "cannot %s: %s", what, errno_text(number));
}

static status dir_open(const char *data_dir, const char *name, int *ret_fd, struct error *err)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", data_dir, name) >= (int)sizeof path)
        return error_set(err, ST_CONFIG, "the data directory's name is too long");
    TRY(file_make_dirs(path, 0700, err));
    *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    return ST_OK;
}

/* What an interrupted process left behind. Uploads in parts go on after a restart. */
static void spool_clean(struct blobs *blobs)
{
    int fd = openat(blobs->spool_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    while (list && (entry = readdir(list))) // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (slice_has_prefix(slice_of(entry->d_name), S(SPOOL_PREFIX)))
            (void)unlinkat(blobs->spool_fd, entry->d_name, 0); /* the next start tries again */
    if (list)
        (void)closedir(list);
    else
        fd_close(&fd);
}

status blobs_open(const char *data_dir, uint64_t reserve_bytes, struct blobs **ret,
                  struct error *err)
{
    struct blobs *blobs = (struct blobs *)calloc(1, sizeof *blobs);
    if (!blobs)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    blobs->data_dir = data_dir;
    blobs->spool_fd = blobs->root_fd = -1;
    atomic_init(&blobs->reserve_bytes, reserve_bytes);
    (void)pthread_mutex_init(&blobs->names, NULL); /* cannot fail with default attributes */
    (void)pthread_mutex_init(&blobs->sick, NULL);
    status rc = dir_open(data_dir, "spool", &blobs->spool_fd, err);
    if (rc == ST_OK)
        rc = dir_open(data_dir, "blobs", &blobs->root_fd, err);
    if (rc != ST_OK) {
        blobs_close(&blobs);
        return rc;
    }
    spool_clean(blobs);
    *ret = blobs;
    return ST_OK;
}

void blobs_close(struct blobs **blobs)
{
    struct blobs *old = *blobs;
    *blobs = NULL;
    if (!old)
        return;
    fd_close(&old->spool_fd);
    fd_close(&old->root_fd);
    (void)pthread_mutex_destroy(&old->names);
    (void)pthread_mutex_destroy(&old->sick);
    free(old);
}

void blobs_reserve(struct blobs *blobs, uint64_t reserve_bytes)
{
    atomic_store_explicit(&blobs->reserve_bytes, reserve_bytes, memory_order_relaxed);
}

static status room_above(struct blobs *blobs, uint64_t reserve, uint64_t bytes, struct error *err)
{
    struct statvfs disk;
    if (fstatvfs(blobs->spool_fd, &disk) != 0)
        return io_error(err, errno, "look at the free disk");
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (free_bytes >= reserve && free_bytes - reserve >= bytes)
        return ST_OK;
    return error_code(err, ST_FULL, "disk_full",
                      "the disk of this appliance is nearly full; nothing more can be stored");
}

status blobs_room(struct blobs *blobs, uint64_t bytes, struct error *err)
{
    uint64_t reserve = atomic_load_explicit(&blobs->reserve_bytes, memory_order_relaxed);
    return room_above(blobs, reserve, bytes, err);
}

status blobs_room_for_rows(struct blobs *blobs, struct error *err)
{
    uint64_t reserve = atomic_load_explicit(&blobs->reserve_bytes, memory_order_relaxed);
    return room_above(blobs, reserve / 2, 0, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

int blobs_spool_open(struct blobs *blobs, const char *name, int flags)
{
    return open_beneath(blobs->spool_fd, name, flags);
}

int blobs_spool_fd(const struct blobs *blobs)
{
    return blobs->spool_fd;
}

static void spool_name(struct blobs *blobs, char ret[static BLOB_SPOOL_NAME_MAX])
{
    uint64_t serial = atomic_fetch_add_explicit(&blobs->serial, 1, memory_order_relaxed);
    (void)snprintf(ret, BLOB_SPOOL_NAME_MAX, SPOOL_PREFIX "%ld-%llu", (long)getpid(),
                   (unsigned long long)serial);
}

status blob_write_begin(struct blobs *blobs, uint64_t bytes_max, struct blob_write *ret,
                        struct error *err)
{
    *ret = (struct blob_write){.blobs = blobs, .fd = -1, .bytes_max = bytes_max};
    spool_name(blobs, ret->name);
    crypt_sha256_begin(&ret->sha256);
    TRY(blobs_room(blobs, 0, err));
    ret->fd = open_beneath(blobs->spool_fd, ret->name, O_WRONLY | O_CREAT | O_EXCL);
    return ret->fd >= 0 ? ST_OK : io_error(err, errno, "create a file in the spool");
}

status blob_write_append(struct blob_write *write, slice bytes, struct error *err)
{
    assert(write->fd >= 0);
    if (bytes.len > write->bytes_max - write->bytes)
        return error_set(err, ST_TOO_LARGE, "the content is larger than %llu bytes",
                         (unsigned long long)write->bytes_max);
    TRY(blobs_room(write->blobs, bytes.len, err));
    TRY(file_write_all(write->fd, bytes, "a file in the spool", err));
    crypt_sha256_more(&write->sha256, bytes);
    write->bytes += bytes.len;
    return ST_OK;
}

/* Opens a directory of one byte, and makes it (durably) when it is not there. */
static int shard_open(int parent_fd, const char *name)
{
    int fd = open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    if ((mkdirat(parent_fd, name, 0700) != 0 && errno != EEXIST) || fsync(parent_fd) != 0)
        return -1;
    return open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
}

/* The directory of a blob; -1 and errno. */
static int home_open(struct blobs *blobs, const struct blob_path *path)
{
    const char outer[3] = {path->text[0], path->text[1], '\0'};
    const char inner[3] = {path->text[3], path->text[4], '\0'};
    int outer_fd = shard_open(blobs->root_fd, outer);
    if (outer_fd < 0)
        return -1;
    int fd = shard_open(outer_fd, inner);
    int number = errno;
    fd_close(&outer_fd);
    errno = number;
    return fd;
}

/* Moves a synced spool file to its name and makes that durable. */
static status move_home(struct blobs *blobs, const char *spool, const struct crypt_hash *sha256,
                        struct error *err)
{
    struct blob_path path;
    blob_path(sha256, &path);
    (void)pthread_mutex_lock(&blobs->names);
    int home_fd = home_open(blobs, &path);
    bool moved =
        home_fd >= 0 && renameat(blobs->spool_fd, spool, home_fd, blob_path_name(&path)) == 0;
    int number = errno;
    (void)pthread_mutex_unlock(&blobs->names);
    if (moved && fsync(home_fd) != 0) {
        moved = false;
        number = errno;
    }
    fd_close(&home_fd);
    if (!moved)
        return io_error(err, number, "give a file its place among the blobs");
    /* Loses nothing when it fails: the old name would only be there again. */
    (void)fsync(blobs->spool_fd);
    return ST_OK;
}

status blob_write_commit(struct blob_write *write, struct crypt_hash *ret_sha256, struct error *err)
{
    assert(write->fd >= 0);
    status rc = ST_OK;
    crypt_sha256_end(&write->sha256, ret_sha256);
    if (fsync(write->fd) != 0)
        rc = io_error(err, errno, "write a file in the spool");
    if (rc == ST_OK)
        rc = move_home(write->blobs, write->name, ret_sha256, err);
    if (rc == ST_OK)
        fd_close(&write->fd);
    else
        blob_write_abort(write);
    return rc;
}

void blob_write_abort(struct blob_write *write)
{
    if (write->fd < 0)
        return;
    fd_close(&write->fd);
    (void)unlinkat(write->blobs->spool_fd, write->name, 0); /* the next start removes it too */
}

status blob_put(struct blobs *blobs, slice bytes, struct crypt_hash *ret_sha256, struct error *err)
{
    struct blob_write write;
    TRY(blob_write_begin(blobs, bytes.len, &write, err));
    status rc = blob_write_append(&write, bytes, err);
    if (rc == ST_OK)
        rc = blob_write_commit(&write, ret_sha256, err);
    blob_write_abort(&write);
    return rc;
}

/* rename(2) does nothing, successfully, when both names are the same file already: the second link
 * in the spool is removed in any case. */
status blobs_adopt(struct blobs *blobs, const char *upload, const struct crypt_hash *sha256,
                   struct error *err)
{
    char name[BLOB_SPOOL_NAME_MAX];
    spool_name(blobs, name);
    if (utimensat(blobs->spool_fd, upload, NULL, AT_SYMLINK_NOFOLLOW) != 0 ||
        linkat(blobs->spool_fd, upload, blobs->spool_fd, name, 0) != 0)
        return io_error(err, errno, "take over an uploaded file");
    status rc = move_home(blobs, name, sha256, err);
    (void)unlinkat(blobs->spool_fd, name, 0); /* usually gone with the rename */
    return rc;
}

/* --- removing --------------------------------------------------------------------------------- */

static int64_t changed_ms(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000 + info->st_mtim.tv_nsec / 1000000;
}

status blob_remove(struct blobs *blobs, const struct crypt_hash *sha256, int64_t before_ms,
                   struct error *err)
{
    struct blob_path path;
    struct stat info;
    status rc = ST_OK;
    int number = 0;
    blob_path(sha256, &path);
    (void)pthread_mutex_lock(&blobs->names);
    if (fstatat(blobs->root_fd, path.text, &info, AT_SYMLINK_NOFOLLOW) != 0)
        number = errno;
    else if (changed_ms(&info) >= before_ms)
        rc = ST_CONFLICT;
    else if (unlinkat(blobs->root_fd, path.text, 0) != 0)
        number = errno;
    (void)pthread_mutex_unlock(&blobs->names);
    if (number != 0 && number != ENOENT)
        return io_error(err, number, "remove a blob");
    return rc;
}
