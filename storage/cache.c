/* Results that were paid for once: by user and hash of the input, bounded in bytes and in time.
 *
 * An entry says that the input was paid for, until it expires; its body is the answer, if there is
 * room for it. cache_due holds the entries that have a body in order of expiry, so that making room
 * touches nothing else; table due leads the sweep to them like to everything that expires. */
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

/* Takes the body of an entry in (+1) or out (-1) of order and sum. */
static status body_move(struct store_txn *txn, const struct store_cache_entry *entry, int step)
{
    if (entry->body.len == 0)
        return txn->failed;
    struct key order = cache_due_key(entry);
    TRY(meta_add(txn, "cache.bytes", step * (int64_t)entry->body.len));
    if (step < 0)
        return row_del(txn, TABLE_CACHE_DUE, &order);
    return row_put(txn, TABLE_CACHE_DUE, &order, &(struct store_ref){0});
}

status cache_remove(struct store_txn *txn, const struct store_cache_entry *entry)
{
    struct key key = cache_key(entry->user_id, entry->hash);
    TRY(row_del(txn, TABLE_CACHE, &key));
    TRY(body_move(txn, entry, -1));
    return due_move(txn, TABLE_CACHE, &key, entry->expires_ms, 0);
}

/* The answer goes, that it was paid for stays. */
static status body_drop(struct store_txn *txn, struct store_cache_entry *entry)
{
    struct key key = cache_key(entry->user_id, entry->hash);
    TRY(body_move(txn, entry, -1));
    entry->body = (slice){"", 0};
    return row_put(txn, TABLE_CACHE, &key, entry);
}

/* Drops the bodies that expire first until `need` more bytes fit. */
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
            rc = body_drop(txn, &entry);
        arena_rewind(&txn->scratch, mark);
        if (rc == ST_NOT_FOUND)
            (void)txn_fail(txn, ST_CORRUPT,
                           "the order of cached results names one that is missing");
    }
    walk_end(&walk);
    return txn->failed;
}

static status replace(struct store_txn *txn, const struct key *key,
                      const struct store_cache_entry *entry)
{
    struct store_cache_entry old;
    TRY(row_get(txn, TABLE_CACHE, key, &txn->scratch, &old));
    TRY(cache_remove(txn, &old));
    return row_add(txn, TABLE_CACHE, key, entry);
}

status store_cache_put(struct store_txn *txn, const struct store_cache_entry *entry,
                       uint64_t bytes_max)
{
    struct store_cache_entry row = *entry;
    assert(entry->hash.len == CRYPT_HASH_BYTES);
    assert(entry->expires_ms > 0);
    struct key key = cache_key(entry->user_id, entry->hash);
    if (row.body.len > bytes_max)
        row.body = (slice){"", 0}; /* would only push out everything else */
    status rc = row_add(txn, TABLE_CACHE, &key, &row);
    if (rc == ST_CONFLICT)
        rc = replace(txn, &key, &row);
    TRY(rc);
    if (row.body.len)
        TRY(evict(txn, row.body.len, bytes_max));
    TRY(body_move(txn, &row, +1));
    return due_move(txn, TABLE_CACHE, &key, 0, row.expires_ms);
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
    return entry.body.len ? body_drop(txn, &entry) : ST_OK;
}

status cache_order_bodies(struct store_txn *txn)
{
    struct key counter = key_of_bytes(S("cache.count"));
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_CACHE, NULL); walk_next(&walk);) {
        struct store_cache_entry entry;
        struct arena_mark mark = arena_mark(&txn->scratch);
        enum status_code rc = walk_row(&walk, &txn->scratch, &entry);
        struct key order = rc == ST_OK ? cache_due_key(&entry) : (struct key){0};
        if (rc == ST_OK && entry.body.len == 0)
            rc = row_del(txn, TABLE_CACHE_DUE, &order);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK && rc != ST_NOT_FOUND)
            break;
    }
    walk_end(&walk);
    status rc = row_del(txn, TABLE_META, &counter);
    return rc == ST_NOT_FOUND ? txn->failed : rc;
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
    TRY(row_count(txn, TABLE_CACHE, ret_count));
    return meta_get(txn, "cache.bytes", ret_bytes);
}

status store_cache_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                        struct arena *arena, struct store_cache_entry **ret)
{
    struct key prefix = user_prefix(user_id);
    struct list list = {TABLE_CACHE, TABLE_CACHE, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}
