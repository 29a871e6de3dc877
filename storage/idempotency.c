/* Answers kept for a repeated Idempotency-Key: by user and hash of method, path and key. */
#include "storage/internal.h"

#include <assert.h>

static struct key idempotency_key(uint64_t user_id, slice hash)
{
    struct key key = key_of_u64(user_id); /* KEY_LAYOUT */
    key_bytes(&key, hash);
    return key;
}

status store_idempotency_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                             int64_t now_ms, struct arena *arena, struct store_idempotency *ret)
{
    struct store_idempotency row;
    struct key key = idempotency_key(user_id, slice_make(hash->bytes, sizeof hash->bytes));
    TRY(row_get(txn, TABLE_IDEMPOTENCY, &key, arena, &row));
    if (row.expires_ms <= now_ms)
        return ST_NOT_FOUND;
    *ret = row;
    return ST_OK;
}

status store_idempotency_put(struct store_txn *txn, const struct store_idempotency *row)
{
    struct store_idempotency old = {0};
    assert(row->hash.len == CRYPT_HASH_BYTES);
    assert(row->expires_ms > 0);
    if (row->state == STORE_IDEMPOTENCY_SECRET)
        assert(row->body.len == 0); /* a secret is never stored */
    struct key key = idempotency_key(row->user_id, row->hash);
    status rc = row_get(txn, TABLE_IDEMPOTENCY, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(row_put(txn, TABLE_IDEMPOTENCY, &key, row));
    return due_move(txn, TABLE_IDEMPOTENCY, &key, old.expires_ms, row->expires_ms);
}

status store_idempotency_del(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash)
{
    struct store_idempotency row;
    struct key key = idempotency_key(user_id, slice_make(hash->bytes, sizeof hash->bytes));
    TRY(row_get(txn, TABLE_IDEMPOTENCY, &key, &txn->scratch, &row));
    TRY(due_move(txn, TABLE_IDEMPOTENCY, &key, row.expires_ms, 0));
    return row_del(txn, TABLE_IDEMPOTENCY, &key);
}
