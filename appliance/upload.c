/* Parts in the spool; see upload.h.
 *
 * Writers hold a shared lock on the file, a completion an exclusive one; both belong to the open
 * file and go with it. A second link means that the file has become a blob: nobody writes then. */
#include "upload.h"

#include "base/file.h"
#include "storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define UPLOAD_PREFIX "up-"

static void name_of(const struct upload *upload, char ret[static BLOB_SPOOL_NAME_MAX])
{
    (void)snprintf(ret, BLOB_SPOOL_NAME_MAX, UPLOAD_PREFIX "%llu-%.*s",
                   (unsigned long long)upload->user_id, SLICE_ARG(upload->id));
}

static status io_error(struct error *err, int number)
{
    bool full = number == ENOSPC || number == EDQUOT;
    return error_set(err, full ? ST_FULL : ST_IO, "cannot write the upload: %s",
                     errno_text(number));
}

static status busy(struct error *err)
{
    return error_code(err, ST_CONFLICT, "upload_busy", "the upload is just being completed");
}

/* --- parts ------------------------------------------------------------------------------------ */

static status write_at(int fd, uint64_t offset, slice bytes, struct error *err)
{
    while (bytes.len) {
        ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return io_error(err, n < 0 ? errno : EIO);
        bytes = slice_from(bytes, (size_t)n);
        offset += (uint64_t)n;
    }
    return fdatasync(fd) == 0 ? ST_OK : io_error(err, errno);
}

status upload_write(const struct upload *upload, uint64_t offset, slice bytes, struct error *err)
{
    char name[BLOB_SPOOL_NAME_MAX];
    struct stat info;
    name_of(upload, name);
    TRY(blobs_room(upload->blobs, bytes.len, err));
    int fd = blobs_spool_open(upload->blobs, name, O_RDWR | O_CREAT);
    if (fd < 0)
        return io_error(err, errno);
    status rc = ST_OK;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 || fstat(fd, &info) != 0 || info.st_nlink != 1)
        rc = busy(err);
    if (rc == ST_OK)
        rc = write_at(fd, offset, bytes, err);
    /* The name, too, and by each part: whoever made it may not have come so far. */
    if (rc == ST_OK && fsync(blobs_spool_fd(upload->blobs)) != 0)
        rc = io_error(err, errno);
    fd_close(&fd);
    return rc;
}

/* --- completion ------------------------------------------------------------------------------- */

static status scan_file(int fd, const struct upload_finish *options, struct content_scan *scan,
                        struct error *err)
{
    char *chunk;
    struct arena arena;
    status rc = ST_OK;
    ssize_t n;
    arena_init(&arena, 2 * UPLOAD_CHUNK_BYTES);
    chunk = (char *)arena_array_raw(&arena, UPLOAD_CHUNK_BYTES, 1);
    if (!chunk)
        rc = arena_check(&arena, err);
    while (rc == ST_OK) {
        n = read(fd, chunk, UPLOAD_CHUNK_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = error_set(err, ST_IO, "cannot read the upload: %s", errno_text(errno));
        if (n <= 0)
            break;
        content_more(scan, slice_make(chunk, (size_t)n));
        if (options->cancelled && options->cancelled(options->context))
            rc = error_set(err, ST_CANCELLED, "the client left");
    }
    arena_finish(&arena);
    return rc;
}

static status compare(const struct upload_finish *options, const struct content *content,
                      struct error *err)
{
    if (content->bytes != options->bytes)
        return error_code(err, ST_VERIFY, "size_mismatch",
                          "the upload has %llu bytes instead of %llu",
                          (unsigned long long)content->bytes, (unsigned long long)options->bytes);
    if (memcmp(content->sha256.bytes, options->want->bytes, CRYPT_HASH_BYTES) != 0)
        return error_code(err, ST_VERIFY, "checksum_mismatch",
                          "the SHA-256 of the upload is not the one given; send the parts again");
    return ST_OK;
}

status upload_finish(const struct upload *upload, const struct upload_finish *options,
                     struct content *ret, struct error *err)
{
    char name[BLOB_SPOOL_NAME_MAX];
    struct content_scan scan;
    status rc = ST_OK;
    name_of(upload, name);
    int fd = blobs_spool_open(upload->blobs, name, O_RDWR);
    if (fd < 0)
        return error_code(err, ST_CONFLICT, "upload_incomplete",
                          "the parts of this upload are gone; start a new one");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        rc = error_code(err, ST_CONFLICT, "upload_busy", "a part is just being written");
    content_begin(&scan);
    if (rc == ST_OK)
        rc = scan_file(fd, options, &scan, err);
    content_end(&scan, options->name, ret);
    if (rc == ST_OK)
        rc = compare(options, ret, err);
    if (rc == ST_OK && fsync(fd) != 0)
        rc = io_error(err, errno);
    if (rc == ST_OK)
        rc = blobs_adopt(upload->blobs, name, &ret->sha256, err);
    fd_close(&fd);
    return rc;
}

/* --- collection ------------------------------------------------------------------------------- */

/* "up-17-fil_…" */
static bool name_read(const char *text, uint64_t *ret_user, slice *ret_id)
{
    slice rest = slice_of(text), user;
    if (!slice_has_prefix(rest, S(UPLOAD_PREFIX)))
        return false;
    rest = slice_from(rest, sizeof UPLOAD_PREFIX - 1);
    if (!slice_split(&rest, '-', &user) || !slice_to_u64(user, ret_user))
        return false;
    *ret_id = rest;
    return rest.len > 0 && rest.len < STORE_ID_MAX;
}

static bool is_over(struct store_txn *txn, const char *name)
{
    struct store_stored_file file;
    struct arena arena;
    uint64_t user_id;
    slice id;
    if (!name_read(name, &user_id, &id))
        return false;
    arena_init(&arena, (size_t)1 << 20);
    status rc = store_file_get(txn, user_id, id, &arena, &file);
    bool over = rc == ST_NOT_FOUND || (rc == ST_OK && file.state != STORE_FILE_UPLOADING);
    arena_finish(&arena);
    return over;
}

status upload_collect(struct blobs *blobs, struct store *store, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    const struct dirent *entry;
    TRY(store_reader_create(store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    int fd =
        rc == ST_OK ? openat(blobs_spool_fd(blobs), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    while (list && (entry = readdir(list))) // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (is_over(txn, entry->d_name))
            (void)unlinkat(blobs_spool_fd(blobs), entry->d_name,
                           0); /* the next round tries again */
    if (list)
        (void)closedir(list);
    else
        fd_close(&fd);
    if (rc == ST_OK)
        store_read_end(&txn);
    store_reader_destroy(&reader);
    return rc;
}
