/* Collection of blobs that nobody refers to any more, in small steps.
 *
 * First the rows of the index: unused ones lose their row in a transaction that checks again, then
 * their file. Then one directory at a time: files that no row knows (a crash between commit and
 * transaction). A file that was committed within the grace is left alone both times, so a blob that
 * is being announced just now is never removed. */
#include "base/file.h"
#include "blob.h"
#include "blob_path.h"
#include "storage/storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS_MAX = 100, ORPHANS_MAX = 200 };

/* --- rows without references ------------------------------------------------------------------ */

struct batch {
    int64_t before_ms;
    struct crypt_hash hashes[ROWS_MAX];
    size_t count;
    bool dropped[ROWS_MAX]; /* out of apply */
};

static bool is_unused(const void *row, const void *arg)
{
    const struct store_blob *blob = row;
    return blob->refs == 0 && blob->unused_ms < *(const int64_t *)arg;
}

/* The numbers of a row; its texts are gone with the arena. */
static status row_get(struct store_txn *txn, const struct crypt_hash *sha256,
                      struct store_blob *ret)
{
    struct arena arena;
    arena_init(&arena, 65536);
    status rc = store_blob_get(txn, sha256, &arena, ret);
    arena_finish(&arena);
    return rc;
}

static status rows_find(struct store *store, struct blob_collector *collector, struct batch *batch,
                        struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    struct store_blob *rows = NULL;
    struct arena arena;
    struct store_page page = {.cursor = slice_make(collector->cursor, collector->cursor_len),
                              .limit = ROWS_MAX,
                              .keep = is_unused,
                              .arg = &batch->before_ms};
    TRY(store_reader_create(store, &reader, err));
    arena_init(&arena, (size_t)1 << 20);
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = store_blob_list(txn, &page, &arena, &rows);
        if (rc != ST_OK)
            *err = *store_txn_error(txn);
        store_read_end(&txn);
    }
    collector->cursor_len = 0;
    if (rc == ST_OK && page.next.len <= sizeof collector->cursor) {
        memcpy(collector->cursor, page.next.ptr, page.next.len);
        collector->cursor_len = page.next.len;
    }
    for (size_t i = 0; rc == ST_OK && i < page.count; i++)
        memcpy(batch->hashes[batch->count++].bytes, rows[i].sha256.ptr, CRYPT_HASH_BYTES);
    arena_finish(&arena);
    store_reader_destroy(&reader);
    return rc;
}

/* Writer thread. Checks again: someone may have taken a reference meanwhile. */
static status rows_drop(struct store_txn *txn, void *arg, struct error *err)
{
    struct batch *batch = arg;
    struct store_blob row;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        status rc = row_get(txn, &batch->hashes[i], &row);
        batch->dropped[i] = rc == ST_OK && is_unused(&row, &batch->before_ms);
        if (rc != ST_OK && rc != ST_NOT_FOUND)
            return rc;
        if (batch->dropped[i])
            TRY(store_blob_del(txn, &batch->hashes[i]));
    }
    return ST_OK;
}

static status rows_collect(struct blobs *blobs, struct store *store,
                           struct blob_collector *collector, struct batch *batch, struct error *err)
{
    TRY(rows_find(store, collector, batch, err));
    if (batch->count == 0)
        return ST_OK;
    TRY(store_apply(store, rows_drop, batch, err));
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->dropped[i])
            continue;
        status rc = blob_remove(blobs, &batch->hashes[i], batch->before_ms, err);
        if (rc == ST_OK)
            collector->removed++;
        else if (rc != ST_CONFLICT) /* committed again: the files' turn comes later */
            return rc;
    }
    return ST_OK;
}

/* --- files without a row ---------------------------------------------------------------------- */

static status orphan_remove(struct blobs *blobs, struct store_txn *txn,
                            const struct crypt_hash *sha256, struct batch *batch, uint64_t *removed,
                            struct error *err)
{
    struct store_blob row;
    status rc = row_get(txn, sha256, &row);
    if (rc != ST_NOT_FOUND)
        return rc;
    rc = blob_remove(blobs, sha256, batch->before_ms, err);
    if (rc == ST_OK)
        (*removed)++;
    return rc == ST_CONFLICT ? ST_OK : rc;
}

/* Files of one inner directory, at most ORPHANS_MAX of them per turn. */
static status inner_collect(struct blobs *blobs, struct store_txn *txn, int fd, struct batch *batch,
                            uint64_t *removed, struct error *err)
{
    DIR *list = fdopendir(fd);
    const struct dirent *entry;
    status rc = ST_OK;
    if (!list) {
        fd_close(&fd);
        return ST_OK;
    }
    while (rc == ST_OK && *removed < ORPHANS_MAX &&
           (entry = readdir(list))) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        struct crypt_hash sha256;
        if (crypt_hex_decode(sha256.bytes, CRYPT_HASH_BYTES, slice_of(entry->d_name)))
            rc = orphan_remove(blobs, txn, &sha256, batch, removed, err);
    }
    (void)closedir(list);
    return rc;
}

static status shard_collect(struct blobs *blobs, struct store *store, unsigned shard,
                            struct batch *batch, uint64_t *removed, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    char path[8];
    status rc = ST_OK;
    (void)snprintf(path, sizeof path, "%02x", shard);
    if (faccessat(blobs->root_fd, path, F_OK, 0) != 0)
        return ST_OK;
    TRY(store_reader_create(store, &reader, err));
    for (unsigned inner = 0; rc == ST_OK && inner < 256; inner++) {
        (void)snprintf(path, sizeof path, "%02x/%02x", shard, inner);
        int fd = open_beneath(blobs->root_fd, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
            continue;
        rc = store_read_begin(reader, &txn, err);
        if (rc != ST_OK) {
            fd_close(&fd);
            break;
        }
        rc = inner_collect(blobs, txn, fd, batch, removed, err);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    return rc;
}

status blob_collect(struct blobs *blobs, struct store *store, int64_t now_ms,
                    struct blob_collector *collector, struct error *err)
{
    struct batch batch = {.before_ms = now_ms - BLOB_GRACE_MS};
    uint64_t orphans = 0;
    TRY(rows_collect(blobs, store, collector, &batch, err));
    status rc = shard_collect(blobs, store, collector->shard, &batch, &orphans, err);
    collector->removed += orphans;
    collector->shard = (collector->shard + 1) % 256;
    return rc;
}
