/* The container of a backup: a head in clear, pieces sealed in order, a checksum at the end.
 *
 * Layout in backups.h. The head is authenticated by every piece (its hash is associated data), the
 * order, number and end of the pieces by the stream itself. */
#include "storage/backup_file.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SUM_BYTES = CRYPT_HASH_BYTES, LENGTH_BYTES = 4 };
static const char magic[] = "sleuth backup 1\n";
enum { MAGIC_BYTES = sizeof magic - 1, FRONT_BYTES = MAGIC_BYTES + LENGTH_BYTES };

static status no_memory(struct error *err)
{
    return error_set(err, ST_NO_MEMORY, "not enough memory");
}

static status damaged(const char *path, struct error *err)
{
    return error_set(err, ST_VERIFY, "backup '%s' is damaged or cut short", path);
}

static status go_on(const atomic_bool *cancelled, struct error *err)
{
    if (!cancelled || !atomic_load_explicit(cancelled, memory_order_relaxed))
        return ST_OK;
    return error_set(err, ST_CANCELLED, "the backup was cancelled");
}

static slice head_ad(const struct crypt_hash *hash)
{
    return slice_make(hash->bytes, sizeof hash->bytes);
}

/* --- writing ---------------------------------------------------------------------------------- */

static status out(struct backup_writer *w, slice bytes, struct error *err)
{
    TRY(file_write_all(w->fd, bytes, w->path, err));
    crypt_sha256_more(&w->sum, bytes);
    w->bytes += bytes.len;
    return ST_OK;
}

/* A copy is a long reader and shares the disk with those who wait for commits: it may be slowed. */
static void slow_down(const struct backup_writer *w)
{
    if (w->per_s == 0)
        return;
    int64_t due_ms = (int64_t)(w->bytes / w->per_s * 1000 + w->bytes % w->per_s * 1000 / w->per_s);
    int64_t wait_ms = due_ms - (clock_mono_ms() - w->began_ms);
    if (wait_ms <= 0)
        return;
    const struct timespec pause = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL); /* an interruption only makes it faster */
}

static status piece_put(struct backup_writer *w, bool last, struct error *err)
{
    TRY(go_on(w->cancelled, err));
    crypt_stream_push(&w->stream, w->sealed, head_ad(&w->head_hash), slice_make(w->plain, w->used),
                      last);
    size_t len = w->used + CRYPT_STREAM_OVERHEAD;
    w->used = 0;
    TRY(out(w, slice_make(w->sealed, len), err));
    slow_down(w);
    return ST_OK;
}

static status head_put(struct backup_writer *w, const struct store_backup_head *head,
                       struct error *err)
{
    struct buf front;
    buf_init(&front, FRONT_BYTES + STORE_BACKUP_HEAD_MAX);
    buf_put(&front, slice_make(magic, MAGIC_BYTES));
    buf_put(&front, slice_make("\0\0\0\0", LENGTH_BYTES));
    codec_encode(&record_backup_head, head, &front);
    status rc = buf_check(&front, err);
    if (rc == ST_OK) {
        size_t len = front.len - FRONT_BYTES;
        for (unsigned i = 0; i < LENGTH_BYTES; i++)
            front.ptr[MAGIC_BYTES + i] = (char)(len >> (8 * (LENGTH_BYTES - 1 - i)));
        crypt_hash(&w->head_hash, S(""), buf_slice(&front));
        rc = out(w, buf_slice(&front), err);
    }
    buf_finish(&front);
    return rc;
}

status backup_writer_begin(struct backup_writer *w, struct store_backup_head *head,
                           const unsigned char key[static CRYPT_KEY_BYTES], struct error *err)
{
    unsigned char stream_head[CRYPT_STREAM_HEAD_BYTES];
    w->plain = malloc(BACKUP_PIECE_BYTES);   /* until backup_writer_finish */
    w->sealed = malloc(BACKUP_SEALED_BYTES); /* likewise */
    if (!w->plain || !w->sealed)
        return no_memory(err);
    w->began_ms = clock_mono_ms();
    crypt_sha256_begin(&w->sum);
    crypt_stream_begin(&w->stream, key, stream_head);
    head->stream = slice_make(stream_head, sizeof stream_head);
    status rc = head_put(w, head, err);
    head->stream = S("");
    return rc;
}

status backup_writer_put(struct backup_writer *w, slice bytes, struct error *err)
{
    while (bytes.len) {
        slice part = slice_sub(bytes, 0, BACKUP_PIECE_BYTES - w->used);
        memcpy(w->plain + w->used, part.ptr, part.len);
        w->used += part.len;
        bytes = slice_from(bytes, part.len);
        if (w->used == BACKUP_PIECE_BYTES)
            TRY(piece_put(w, /* last= */ false, err));
    }
    return ST_OK;
}

status backup_writer_end(struct backup_writer *w, struct error *err)
{
    struct crypt_hash sum;
    TRY(piece_put(w, /* last= */ true, err));
    crypt_sha256_end(&w->sum, &sum);
    TRY(file_write_all(w->fd, slice_make(sum.bytes, sizeof sum.bytes), w->path, err));
    w->bytes += sizeof sum.bytes;
    if (fsync(w->fd) != 0)
        return error_set(err, ST_IO, "cannot write '%s': %s", w->path, errno_text(errno));
    return ST_OK;
}

void backup_writer_finish(struct backup_writer *w)
{
    if (w->plain)
        crypt_wipe(w->plain, BACKUP_PIECE_BYTES);
    free(w->plain);
    free(w->sealed);
    crypt_wipe(w, sizeof *w);
}

/* --- reading ---------------------------------------------------------------------------------- */

static status read_exactly(int fd, const char *path, void *ret, size_t len, struct error *err)
{
    char *to = ret;
    while (len) {
        ssize_t got = read(fd, to, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
        if (got == 0)
            return damaged(path, err);
        to += got;
        len -= (size_t)got;
    }
    return ST_OK;
}

/* The file and its size, behind the check that it is a backup of a format we know. */
static status front_read(int fd, const char *path, unsigned char front[static FRONT_BYTES],
                         uint64_t *ret_size, struct error *err)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return error_set(err, ST_INVALID, "'%s' is not a backup", path);
    if (facts.st_size < FRONT_BYTES + SUM_BYTES)
        return error_set(err, ST_VERIFY, "'%s' is not a backup, or cut short", path);
    TRY(read_exactly(fd, path, front, FRONT_BYTES, err));
    if (memcmp(front, magic, MAGIC_BYTES) != 0 && memcmp(front, magic, MAGIC_BYTES - 2) == 0)
        return error_set(err, ST_UNSUPPORTED,
                         "backup '%s' has a format that this program does not know; use a newer "
                         "program",
                         path);
    if (memcmp(front, magic, MAGIC_BYTES) != 0)
        return error_set(err, ST_VERIFY, "'%s' is not a backup, or damaged", path);
    *ret_size = (uint64_t)facts.st_size;
    return ST_OK;
}

static status head_get(struct backup_reader *r, struct arena *arena, struct store_backup_head *ret,
                       struct error *err)
{
    unsigned char front[FRONT_BYTES];
    uint64_t size, len = 0;
    TRY(front_read(r->fd, r->path, front, &size, err));
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        len = len << 8 | front[MAGIC_BYTES + i];
    if (len > STORE_BACKUP_HEAD_MAX || len + FRONT_BYTES + SUM_BYTES > size)
        return damaged(r->path, err);
    char *all = arena_alloc(arena, FRONT_BYTES + len);
    if (!all)
        return no_memory(err);
    memcpy(all, front, FRONT_BYTES);
    TRY(read_exactly(r->fd, r->path, all + FRONT_BYTES, len, err));
    if (codec_decode(&record_backup_head, slice_make(all + FRONT_BYTES, len), ret) != ST_OK)
        return damaged(r->path, err);
    crypt_hash(&r->head_hash, S(""), slice_make(all, FRONT_BYTES + len));
    r->left = size - FRONT_BYTES - len - SUM_BYTES;
    return ST_OK;
}

status backup_reader_open(struct backup_reader *r, const char *path, struct arena *arena,
                          struct store_backup_head *ret, struct error *err)
{
    *r = (struct backup_reader){.path = path};
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (r->fd < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s", path,
                         errno_text(errno));
    return head_get(r, arena, ret, err);
}

status backup_reader_begin(struct backup_reader *r, const struct store_backup_head *head,
                           const unsigned char key[static CRYPT_KEY_BYTES], struct error *err)
{
    if (head->stream.len != CRYPT_STREAM_HEAD_BYTES)
        return damaged(r->path, err);
    r->plain = malloc(BACKUP_PIECE_BYTES);   /* until backup_reader_finish */
    r->sealed = malloc(BACKUP_SEALED_BYTES); /* likewise */
    if (!r->plain || !r->sealed)
        return no_memory(err);
    status rc = crypt_stream_open(&r->stream, key, (const unsigned char *)head->stream.ptr);
    return rc == ST_OK ? ST_OK : damaged(r->path, err);
}

static status piece_get(struct backup_reader *r, struct error *err)
{
    size_t len = r->left < BACKUP_SEALED_BYTES ? (size_t)r->left : BACKUP_SEALED_BYTES;
    TRY(go_on(r->cancelled, err));
    if (r->last || len < CRYPT_STREAM_OVERHEAD)
        return damaged(r->path, err);
    TRY(read_exactly(r->fd, r->path, r->sealed, len, err));
    r->left -= len;
    if (crypt_stream_pull(&r->stream, r->plain, head_ad(&r->head_hash), slice_make(r->sealed, len),
                          &r->last) != ST_OK)
        return damaged(r->path, err);
    if (r->last != (r->left == 0))
        return damaged(r->path, err);
    r->at = 0;
    r->len = len - CRYPT_STREAM_OVERHEAD;
    return ST_OK;
}

status backup_reader_some(struct backup_reader *r, size_t len, slice *ret, struct error *err)
{
    while (r->at == r->len && !r->last)
        TRY(piece_get(r, err));
    *ret = slice_sub(slice_make(r->plain + r->at, r->len - r->at), 0, len);
    r->at += ret->len;
    return ST_OK;
}

status backup_reader_get(struct backup_reader *r, void *ret, size_t len, struct error *err)
{
    char *to = ret;
    while (len) {
        slice part;
        TRY(backup_reader_some(r, len, &part, err));
        if (part.len == 0)
            return damaged(r->path, err);
        memcpy(to, part.ptr, part.len);
        to += part.len;
        len -= part.len;
    }
    return ST_OK;
}

void backup_reader_finish(struct backup_reader *r)
{
    fd_close(&r->fd);
    if (r->plain)
        crypt_wipe(r->plain, BACKUP_PIECE_BYTES);
    free(r->plain);
    free(r->sealed);
    crypt_wipe(r, sizeof *r);
    r->fd = -1;
}

/* --- without a key ---------------------------------------------------------------------------- */

status store_backup_head_read(const char *path, struct arena *arena, struct store_backup_head *ret,
                              struct error *err)
{
    struct backup_reader r;
    status rc = backup_reader_open(&r, path, arena, ret, err);
    backup_reader_finish(&r);
    return rc;
}

static status sum_compare(int fd, const char *path, struct error *err)
{
    unsigned char front[FRONT_BYTES], bytes[4096];
    struct crypt_sha256_stream sum;
    struct crypt_hash told, found;
    uint64_t size;
    TRY(front_read(fd, path, front, &size, err));
    crypt_sha256_begin(&sum);
    crypt_sha256_more(&sum, slice_make(front, FRONT_BYTES));
    for (uint64_t left = size - FRONT_BYTES - SUM_BYTES; left;) {
        size_t len = left < sizeof bytes ? (size_t)left : sizeof bytes;
        TRY(read_exactly(fd, path, bytes, len, err));
        crypt_sha256_more(&sum, slice_make(bytes, len));
        left -= len;
    }
    TRY(read_exactly(fd, path, told.bytes, SUM_BYTES, err));
    crypt_sha256_end(&sum, &found);
    return crypt_equal(told.bytes, found.bytes, SUM_BYTES) ? ST_OK : damaged(path, err);
}

status store_backup_sum_check(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s", path,
                         errno_text(errno));
    status rc = sum_compare(fd, path, err);
    fd_close(&fd);
    return rc;
}
