/* Sessions by the hash of their secret, their index by user, and single-purpose tokens. */
#include "storage/internal.h"

#include <assert.h>

status store_session_put(struct store_txn *txn, const struct store_session *session)
{
    struct store_session old = {0};
    assert(session->hash.len == CRYPT_HASH_BYTES);
    assert(session->id.len > 0);
    struct key key = key_of_bytes(session->hash);
    struct key index = key_of_user_id(session->user_id, session->id);
    status rc = row_get(txn, TABLE_SESSION, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(row_put(txn, TABLE_SESSION, &key, session));
    TRY(row_put(txn, TABLE_SESSION_USER, &index, &(struct store_ref){.data = session->hash}));
    return due_move(txn, TABLE_SESSION, &key, old.expires_ms, session->expires_ms);
}

status store_session_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                         struct store_session *ret)
{
    struct key key = key_of_hash(hash);
    TRY(row_get(txn, TABLE_SESSION, &key, arena, ret));
    if (!slice_eq(ret->hash, key_slice(&key)))
        return txn_fail(txn, ST_CORRUPT, "a session has another session's hash");
    return ST_OK;
}

status store_session_touch(struct store_txn *txn, const struct crypt_hash *hash, int64_t seen_ms)
{
    struct store_session session;
    struct key key = key_of_hash(hash);
    TRY(row_get(txn, TABLE_SESSION, &key, &txn->scratch, &session));
    if (seen_ms <= session.seen_ms)
        return ST_OK;
    session.seen_ms = seen_ms;
    return row_touch(txn, TABLE_SESSION, &key, &session);
}

status store_session_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                          struct arena *arena, struct store_session **ret)
{
    struct key prefix = key_of_u64(user_id);
    struct list list = {TABLE_SESSION_USER, TABLE_SESSION, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status session_remove(struct store_txn *txn, const struct store_session *session)
{
    struct key key = key_of_bytes(session->hash);
    struct key index = key_of_user_id(session->user_id, session->id);
    TRY(row_del(txn, TABLE_SESSION, &key));
    TRY(row_del(txn, TABLE_SESSION_USER, &index));
    return due_move(txn, TABLE_SESSION, &key, session->expires_ms, 0);
}

status store_session_end(struct store_txn *txn, uint64_t user_id, slice id)
{
    struct store_ref ref;
    struct store_session session;
    struct key index = key_of_user_id(user_id, id);
    TRY(row_get(txn, TABLE_SESSION_USER, &index, &txn->scratch, &ref));
    struct key key = key_of_bytes(ref.data);
    TRY(row_get(txn, TABLE_SESSION, &key, &txn->scratch, &session));
    return session_remove(txn, &session);
}

status store_session_end_all(struct store_txn *txn, uint64_t user_id, slice keep, uint64_t *ret)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    uint64_t count = 0;
    for (walk_begin(&walk, txn, TABLE_SESSION_USER, &prefix); walk_next(&walk);) {
        slice id = slice_from(walk.key, prefix.len);
        if (keep.len && slice_eq(id, keep))
            continue;
        if (store_session_end(txn, user_id, id) != ST_OK)
            break;
        count++;
    }
    walk_end(&walk);
    *ret = count;
    return txn->failed;
}

status store_token_put(struct store_txn *txn, const struct store_token *token)
{
    struct store_token old = {0};
    assert(token->hash.len == CRYPT_HASH_BYTES);
    assert(token->kind != 0);
    struct key key = key_of_bytes(token->hash);
    status rc = row_get(txn, TABLE_TOKEN, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(row_put(txn, TABLE_TOKEN, &key, token));
    return due_move(txn, TABLE_TOKEN, &key, old.expires_ms, token->expires_ms);
}

status store_token_get(struct store_txn *txn, enum store_token_kind kind,
                       const struct crypt_hash *hash, int64_t now_ms, struct arena *arena,
                       struct store_token *ret)
{
    struct store_token token;
    struct key key = key_of_hash(hash);
    TRY(row_get(txn, TABLE_TOKEN, &key, arena, &token));
    if (token.kind != kind || (token.expires_ms && token.expires_ms <= now_ms))
        return ST_NOT_FOUND;
    *ret = token;
    return ST_OK;
}

status store_token_del(struct store_txn *txn, const struct crypt_hash *hash)
{
    struct store_token token;
    struct key key = key_of_hash(hash);
    TRY(row_get(txn, TABLE_TOKEN, &key, &txn->scratch, &token));
    TRY(due_move(txn, TABLE_TOKEN, &key, token.expires_ms, 0));
    return row_del(txn, TABLE_TOKEN, &key);
}
