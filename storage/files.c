/* Files of users, and the index of blobs: content-addressed files on disk that count references.
 *
 * The appliance writes a blob's bytes first and announces them with store_blob_put; records that
 * name a blob then count. A blob without references is removed later by the janitor. */
#include "storage/internal.h"

#include "base/clock.h"

#include <assert.h>

/* --- blobs ------------------------------------------------------------------------------------ */

static struct key blob_key(slice sha256)
{
    assert(sha256.len == CRYPT_HASH_BYTES);
    return key_of_bytes(sha256);
}

static slice hash_slice(const struct crypt_hash *hash)
{
    return slice_make(hash->bytes, sizeof hash->bytes);
}

status store_blob_get(struct store_txn *txn, const struct crypt_hash *sha256, struct arena *arena,
                      struct store_blob *ret)
{
    struct key key = key_of_hash(sha256);
    return row_get(txn, TABLE_BLOB, &key, arena, ret);
}

/* What is referred to and has no copy stands in an index, so that nobody has to look for it. */
status blob_waiting_move(struct store_txn *txn, const struct key *key, const struct store_blob *row)
{
    bool waits = row->refs > 0 && row->replicated_ms == 0;
    if (waits == row_exists(txn, TABLE_BLOB_WAITING, key))
        return txn->failed;
    if (!waits)
        return row_del(txn, TABLE_BLOB_WAITING, key);
    return row_put(txn, TABLE_BLOB_WAITING, key, &(struct store_ref){.data = row->sha256});
}

static status blob_write(struct store_txn *txn, const struct key *key, const struct store_blob *row)
{
    TRY(blob_waiting_move(txn, key, row));
    return row_put(txn, TABLE_BLOB, key, row);
}

status store_blob_put(struct store_txn *txn, const struct store_blob *blob)
{
    struct store_blob row = *blob, old;
    struct key key = blob_key(blob->sha256);
    status rc = row_get(txn, TABLE_BLOB, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    row.refs = rc == ST_OK ? old.refs : 0;
    row.unused_ms = row.refs ? 0 : row.created_ms;
    if (rc == ST_OK)
        row.created_ms = old.created_ms;
    if (rc == ST_OK && row.replicated_ms == 0)
        row.replicated_ms = old.replicated_ms;
    return blob_write(txn, &key, &row);
}

static status refs_move(struct store_txn *txn, slice sha256, int step, int64_t now_ms)
{
    struct store_blob blob;
    struct key key = blob_key(sha256);
    TRY(row_get(txn, TABLE_BLOB, &key, &txn->scratch, &blob));
    if (step < 0 && blob.refs == 0)
        return txn_fail(txn, ST_CORRUPT, "a blob would have fewer than no references");
    blob.refs = step < 0 ? blob.refs - 1 : blob.refs + 1;
    blob.unused_ms = blob.refs ? 0 : now_ms;
    return blob_write(txn, &key, &blob);
}

status store_blob_ref(struct store_txn *txn, const struct crypt_hash *sha256, uint64_t size_bytes,
                      int64_t now_ms)
{
    struct key key = key_of_hash(sha256);
    if (!row_exists(txn, TABLE_BLOB, &key))
        TRY(store_blob_put(txn, &(struct store_blob){.sha256 = hash_slice(sha256),
                                                     .size_bytes = size_bytes,
                                                     .created_ms = now_ms}));
    return refs_move(txn, hash_slice(sha256), +1, now_ms);
}

status store_blob_unref(struct store_txn *txn, const struct crypt_hash *sha256, int64_t now_ms)
{
    return refs_move(txn, hash_slice(sha256), -1, now_ms);
}

/* The time only says when the janitor may remove the file; no outcome depends on it, so that
 * reading the clock here leaves `apply` re-runnable. */
status blob_link(struct store_txn *txn, slice sha256, int step)
{
    if (sha256.len == 0)
        return txn->failed;
    return refs_move(txn, sha256, step, clock_wall_ms());
}

status store_blob_del(struct store_txn *txn, const struct crypt_hash *sha256)
{
    struct store_blob blob;
    struct key key = key_of_hash(sha256);
    TRY(row_get(txn, TABLE_BLOB, &key, &txn->scratch, &blob));
    return blob.refs > 0 ? ST_CONFLICT : row_del(txn, TABLE_BLOB, &key);
}

status store_blob_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                       struct store_blob **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {TABLE_BLOB, TABLE_BLOB, &none};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status store_blob_waiting_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                               struct store_blob **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {TABLE_BLOB_WAITING, TABLE_BLOB, &none};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

/* --- files ------------------------------------------------------------------------------------ */

enum { FILE_BYTES_WINDOW = 'f' }; /* counter of the user: sum of size_bytes */

static struct key content_key(uint64_t user_id, slice sha256)
{
    struct key key = key_of_u64(user_id); /* KEY_LAYOUT */
    key_bytes(&key, sha256);
    return key;
}

static status bytes_move(struct store_txn *txn, uint64_t user_id, uint64_t minus, uint64_t plus)
{
    struct store_counter sum;
    TRY(store_counter_get(txn, user_id, FILE_BYTES_WINDOW, &sum));
    if (sum.count < minus)
        return txn_fail(txn, ST_CORRUPT, "the sum of a user's files would fall below zero");
    sum.count = sum.count - minus + plus;
    return store_counter_put(txn, user_id, FILE_BYTES_WINDOW, &sum);
}

/* Takes what a complete file adds (index by content, reference on the blob) in or out. */
static status content_move(struct store_txn *txn, const struct store_stored_file *file, int step)
{
    if (file->state != STORE_FILE_COMPLETE)
        return ST_OK;
    struct key key = content_key(file->user_id, file->sha256);
    TRY(blob_link(txn, file->sha256, step));
    if (step < 0)
        return row_del(txn, TABLE_FILE_SHA256, &key);
    return row_add(txn, TABLE_FILE_SHA256, &key, &(struct store_ref){.data = file->id});
}

status store_file_put(struct store_txn *txn, struct store_stored_file *file)
{
    struct store_stored_file old = {0};
    struct key key = key_of_user_id(file->user_id, file->id);
    if (file->state == STORE_FILE_COMPLETE)
        assert(file->sha256.len == CRYPT_HASH_BYTES);
    status rc = row_get(txn, TABLE_FILE, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    bool existed = rc == ST_OK;
    struct key content = content_key(file->user_id, file->sha256);
    struct store_ref holder;
    bool complete = file->state == STORE_FILE_COMPLETE;
    if (complete && row_get(txn, TABLE_FILE_SHA256, &content, &txn->scratch, &holder) == ST_OK &&
        !slice_eq(holder.data, file->id))
        return ST_CONFLICT;
    TRY(txn->failed);
    file->rev = old.rev + 1;
    bool same = existed && old.state == file->state && slice_eq(old.sha256, file->sha256);
    if (!same && existed)
        TRY(content_move(txn, &old, -1));
    if (!same)
        TRY(content_move(txn, file, +1));
    TRY(row_put(txn, TABLE_FILE, &key, file));
    TRY(due_move(txn, TABLE_FILE, &key, old.expires_ms, file->expires_ms));
    return bytes_move(txn, file->user_id, old.size_bytes, file->size_bytes);
}

status store_file_get(struct store_txn *txn, uint64_t user_id, slice id, struct arena *arena,
                      struct store_stored_file *ret)
{
    struct key key = key_of_user_id(user_id, id);
    TRY(row_get(txn, TABLE_FILE, &key, arena, ret));
    if (ret->user_id != user_id || !slice_eq(ret->id, id))
        return txn_fail(txn, ST_CORRUPT, "a file has another file's number");
    return ST_OK;
}

status store_file_find(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *sha256,
                       struct arena *arena, struct store_stored_file *ret)
{
    struct store_ref ref;
    struct key key = content_key(user_id, hash_slice(sha256));
    TRY(row_get(txn, TABLE_FILE_SHA256, &key, arena, &ref));
    status rc = store_file_get(txn, user_id, ref.data, arena, ret);
    if (rc == ST_NOT_FOUND)
        return txn_fail(txn, ST_CORRUPT, "the index of contents names a file that is missing");
    return rc;
}

status store_file_del(struct store_txn *txn, uint64_t user_id, slice id)
{
    struct store_stored_file file;
    struct key key = key_of_user_id(user_id, id);
    TRY(row_get(txn, TABLE_FILE, &key, &txn->scratch, &file));
    TRY(content_move(txn, &file, -1));
    TRY(due_move(txn, TABLE_FILE, &key, file.expires_ms, 0));
    TRY(row_del(txn, TABLE_FILE, &key));
    return bytes_move(txn, user_id, file.size_bytes, 0);
}

status store_file_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                       struct arena *arena, struct store_stored_file **ret)
{
    struct key prefix;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    struct list list = {TABLE_FILE, TABLE_FILE, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status store_file_bytes(struct store_txn *txn, uint64_t user_id, uint64_t *ret)
{
    struct store_counter sum;
    TRY(store_counter_get(txn, user_id, FILE_BYTES_WINDOW, &sum));
    *ret = sum.count;
    return ST_OK;
}
