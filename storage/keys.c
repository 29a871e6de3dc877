/* API keys by the keyed hash of their text, and their index by user. */
#include "storage/internal.h"

#include <assert.h>

static struct key index_key(const struct store_api_key *key)
{
    return key_of_user_u64(key->user_id, key->id); /* KEY_LAYOUT */
}

status store_key_add(struct store_txn *txn, struct store_api_key *key)
{
    assert(key->hash.len == CRYPT_HASH_BYTES);
    assert(key->id > 0);
    assert(key->user_id > 0);
    struct key at = key_of_bytes(key->hash), index = index_key(key);
    if (row_exists(txn, TABLE_API_KEY, &at) || row_exists(txn, TABLE_API_KEY_USER, &index))
        return ST_CONFLICT;
    key->rev = 1;
    TRY(row_add(txn, TABLE_API_KEY, &at, key));
    TRY(key_count_move(txn, NULL, key));
    return row_add(txn, TABLE_API_KEY_USER, &index, &(struct store_ref){.data = key->hash});
}

status store_key_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                     struct store_api_key *ret)
{
    struct key at = key_of_hash(hash);
    TRY(row_get(txn, TABLE_API_KEY, &at, arena, ret));
    if (!slice_eq(ret->hash, key_slice(&at)))
        return txn_fail(txn, ST_CORRUPT, "an API key has another key's hash");
    return ST_OK;
}

status store_key_find(struct store_txn *txn, uint64_t user_id, uint64_t key_id, struct arena *arena,
                      struct store_api_key *ret)
{
    struct store_ref ref;
    struct key index = key_of_user_u64(user_id, key_id);
    TRY(row_get(txn, TABLE_API_KEY_USER, &index, arena, &ref));
    struct key at = key_of_bytes(ref.data);
    status rc = row_get(txn, TABLE_API_KEY, &at, arena, ret);
    if (rc == ST_NOT_FOUND || (rc == ST_OK && (ret->user_id != user_id || ret->id != key_id)))
        return txn_fail(txn, ST_CORRUPT, "the index of API keys does not fit the keys");
    return rc;
}

status store_key_put(struct store_txn *txn, struct store_api_key *key)
{
    struct store_api_key old;
    struct key at = key_of_bytes(key->hash);
    TRY(row_get(txn, TABLE_API_KEY, &at, &txn->scratch, &old));
    if (old.user_id != key->user_id || old.id != key->id)
        return ST_CONFLICT; /* a key stays with its user under its number */
    key->rev = old.rev + 1;
    TRY(key_count_move(txn, &old, key));
    return row_put(txn, TABLE_API_KEY, &at, key);
}

status store_key_revoke(struct store_txn *txn, uint64_t user_id, uint64_t key_id, int64_t at_ms)
{
    struct store_api_key key;
    TRY(store_key_find(txn, user_id, key_id, &txn->scratch, &key));
    if (key.revoked_ms)
        return ST_OK;
    key.revoked_ms = at_ms;
    return store_key_put(txn, &key);
}

status store_key_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                      struct arena *arena, struct store_api_key **ret)
{
    struct key prefix;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    struct list list = {TABLE_API_KEY_USER, TABLE_API_KEY, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status store_key_count(struct store_txn *txn, uint64_t user_id, int64_t now_ms, uint64_t *ret)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    uint64_t count = 0;
    for (walk_begin(&walk, txn, TABLE_API_KEY_USER, &prefix); walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct store_api_key key;
        uint64_t id = key_read_u64(walk.key, 8);
        if (store_key_find(txn, user_id, id, &txn->scratch, &key) != ST_OK)
            break;
        count += !key.revoked_ms && (!key.expires_ms || key.expires_ms > now_ms);
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    *ret = count;
    return txn->failed;
}

status store_key_touch(struct store_txn *txn, const struct store_touch *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct key at = key_of_hash(&rows[i].hash);
        struct store_api_key key;
        status rc = row_get(txn, TABLE_API_KEY, &at, &txn->scratch, &key);
        if (rc == ST_OK && rows[i].at_ms > key.last_used_ms) {
            key.last_used_ms = rows[i].at_ms;
            key.last_used_address = rows[i].address;
            rc = row_touch(txn, TABLE_API_KEY, &at, &key);
        }
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK && rc != ST_NOT_FOUND) /* removed meanwhile: nothing to note */
            return rc;
    }
    return txn->failed;
}
