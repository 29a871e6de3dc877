/* Results that were paid for once: by user and hash of the input, bounded in bytes and in time.
 *
 * cache_due holds the entries in order of expiry, so that making room touches nothing else; table
 * due leads the sweep to them like to everything that expires. */
#include "storage/internal.h"

#include <assert.h>

static struct key cache_key(uint64_t user_id, slice hash)
{
    struct key key = key_of_u64(user_id); /* KEY_LAYOUT */
    key_bytes(&key, hash);
    return key;
}

struct key cache_due_key(const struct store_cache_entry *entry)
{
    struct key key = key_of_u64((uint64_t)entry->expires_ms); /* KEY_LAYOUT */
    key_u64(&key, entry->user_id);
    key_bytes(&key, entry->hash);
    return key;
}

status store_cache_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                       int64_t now_ms, struct arena *arena, struct store_cache_entry *ret)
{
    struct store_cache_entry entry;
    struct key key = cache_key(user_id, slice_make(hash->bytes, sizeof hash->bytes));
    TRY(row_get(txn, TABLE_CACHE, &key, arena, &entry));
    if (entry.expires_ms <= now_ms)
        return ST_NOT_FOUND;
    *ret = entry;
    return ST_OK;
}

status cache_remove(struct store_txn *txn, const struct store_cache_entry *entry)
{
    struct key key = cache_key(entry->user_id, entry->hash), order = cache_due_key(entry);
    TRY(row_del(txn, TABLE_CACHE, &key));
    TRY(row_del(txn, TABLE_CACHE_DUE, &order));
    TRY(due_move(txn, TABLE_CACHE, &key, entry->expires_ms, 0));
    TRY(meta_add(txn, "cache.count", -1));
    return meta_add(txn, "cache.bytes", -(int64_t)entry->body.len);
}

/* Removes what expires first until `need` more bytes fit. */
static status evict(struct store_txn *txn, uint64_t need, uint64_t bytes_max)
{
    struct walk walk;
    uint64_t bytes = 0;
    for (walk_begin(&walk, txn, TABLE_CACHE_DUE, NULL);;) {
        struct store_cache_entry entry;
        if (meta_get(txn, "cache.bytes", &bytes) != ST_OK || bytes + need <= bytes_max ||
            !walk_next(&walk))
            break;
        struct key key = key_of_bytes(slice_from(walk.key, 8));
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = row_get(txn, TABLE_CACHE, &key, &txn->scratch, &entry);
        if (rc == ST_OK)
            rc = cache_remove(txn, &entry);
        arena_rewind(&txn->scratch, mark);
        if (rc == ST_NOT_FOUND)
            (void)txn_fail(txn, ST_CORRUPT,
                           "the order of cached results names one that is missing");
    }
    walk_end(&walk);
    return txn->failed;
}

status store_cache_put(struct store_txn *txn, const struct store_cache_entry *entry,
                       uint64_t bytes_max)
{
    struct store_cache_entry old;
    assert(entry->hash.len == CRYPT_HASH_BYTES);
    assert(entry->expires_ms > 0);
    struct key key = cache_key(entry->user_id, entry->hash), order = cache_due_key(entry);
    if (entry->body.len > bytes_max)
        return ST_OK; /* would only push out everything else */
    status rc = row_get(txn, TABLE_CACHE, &key, &txn->scratch, &old);
    if (rc == ST_OK)
        rc = cache_remove(txn, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(evict(txn, entry->body.len, bytes_max));
    TRY(row_add(txn, TABLE_CACHE, &key, entry));
    TRY(row_put(txn, TABLE_CACHE_DUE, &order, &(struct store_ref){0}));
    TRY(due_move(txn, TABLE_CACHE, &key, 0, entry->expires_ms));
    TRY(meta_add(txn, "cache.count", 1));
    return meta_add(txn, "cache.bytes", (int64_t)entry->body.len);
}

status store_cache_forget(struct store_txn *txn, uint64_t user_id, slice hash)
{
    struct store_cache_entry entry;
    if (hash.len != CRYPT_HASH_BYTES)
        return ST_OK;
    struct key key = cache_key(user_id, hash);
    status rc = row_get(txn, TABLE_CACHE, &key, &txn->scratch, &entry);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    TRY(rc);
    entry.body = (slice){"", 0};
    return store_cache_put(txn, &entry, UINT64_MAX);
}

static struct key user_prefix(uint64_t user_id)
{
    struct key prefix;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    return prefix;
}

status store_cache_clear(struct store_txn *txn, uint64_t user_id, uint64_t *ret_count)
{
    struct key prefix = user_prefix(user_id);
    struct walk walk;
    uint64_t count = 0;
    for (walk_begin(&walk, txn, TABLE_CACHE, &prefix); walk_next(&walk);) {
        struct store_cache_entry entry;
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = walk_row(&walk, &txn->scratch, &entry);
        if (rc == ST_OK)
            rc = cache_remove(txn, &entry);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
        count++;
    }
    walk_end(&walk);
    *ret_count = count;
    return txn->failed;
}

status store_cache_size(struct store_txn *txn, uint64_t *ret_count, uint64_t *ret_bytes)
{
    TRY(meta_get(txn, "cache.count", ret_count));
    return meta_get(txn, "cache.bytes", ret_bytes);
}

status store_cache_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                        struct arena *arena, struct store_cache_entry **ret)
{
    struct key prefix = user_prefix(user_id);
    struct list list = {TABLE_CACHE, TABLE_CACHE, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}
