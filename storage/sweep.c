/* Everything that expires, through one table ordered by time: "due" holds ms, table and key. */
#include "storage/internal.h"

#include <assert.h>

struct key due_key(enum table_id table, const struct key *key, int64_t at_ms)
{
    struct key due = key_of_u64((uint64_t)at_ms); /* KEY_LAYOUT */
    key_byte(&due, store_tables[table].number);
    key_bytes(&due, key_slice(key));
    return due;
}

status due_move(struct store_txn *txn, enum table_id table, const struct key *key, int64_t old_ms,
                int64_t new_ms)
{
    if (old_ms == new_ms)
        return txn->failed;
    if (old_ms > 0) {
        struct key due = due_key(table, key, old_ms);
        status rc = row_del(txn, TABLE_DUE, &due);
        if (rc != ST_OK && rc != ST_NOT_FOUND)
            return rc;
    }
    if (new_ms > 0) {
        struct key due = due_key(table, key, new_ms);
        return row_put(txn, TABLE_DUE, &due, &(struct store_ref){0});
    }
    return txn->failed;
}

/* --- one handler per table that expires ------------------------------------------------------- */

static status expire_session(struct store_txn *txn, const struct key *key)
{
    struct store_session row;
    TRY(row_get(txn, TABLE_SESSION, key, &txn->scratch, &row));
    return session_remove(txn, &row);
}

static status expire_token(struct store_txn *txn, const struct key *key)
{
    return row_del(txn, TABLE_TOKEN, key);
}

static status expire_cache(struct store_txn *txn, const struct key *key)
{
    struct store_cache_entry row;
    TRY(row_get(txn, TABLE_CACHE, key, &txn->scratch, &row));
    return cache_remove(txn, &row);
}

static status expire_idempotency(struct store_txn *txn, const struct key *key)
{
    return row_del(txn, TABLE_IDEMPOTENCY, key);
}

static status expire_reservation(struct store_txn *txn, const struct key *key)
{
    struct store_reservation row;
    TRY(row_get(txn, TABLE_RESERVATION, key, &txn->scratch, &row));
    return reservation_remove(txn, &row);
}

static status expire_analysis(struct store_txn *txn, const struct key *key)
{
    slice bytes = key_slice(key);
    return owned_remove(txn, TABLE_ANALYSIS, key_read_u64(bytes, 0), slice_from(bytes, 8));
}

static status expire_file(struct store_txn *txn, const struct key *key)
{
    slice bytes = key_slice(key);
    return store_file_del(txn, key_read_u64(bytes, 0), slice_from(bytes, 8));
}

static const struct {
    enum table_id table;
    status (*expire)(struct store_txn *txn, const struct key *key);
} handlers[] = {
    {TABLE_SESSION, expire_session},
    {TABLE_TOKEN, expire_token},
    {TABLE_CACHE, expire_cache},
    {TABLE_IDEMPOTENCY, expire_idempotency},
    {TABLE_RESERVATION, expire_reservation},
    {TABLE_ANALYSIS, expire_analysis},
    {TABLE_FILE, expire_file},
    {TABLE_EVENT, event_expire},
    {TABLE_ORPHAN, orphan_expire},
};

static status expire_row(struct store_txn *txn, unsigned char number, const struct key *key,
                         int64_t now_ms)
{
    if (store_tables[TABLE_JOB].number == number)
        return job_expire(txn, key, now_ms);
    for (size_t i = 0; i < ARRAY_COUNT(handlers); i++)
        if (store_tables[handlers[i].table].number == number)
            return handlers[i].expire(txn, key);
    return txn_fail(txn, ST_CORRUPT, "an expiry names table %u, which does not expire", number);
}

status store_sweep(struct store_txn *txn, int64_t now_ms, size_t max, size_t *ret_count)
{
    struct walk walk;
    size_t count = 0;
    for (walk_begin(&walk, txn, TABLE_DUE, NULL); count < max && walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct key due = walk.at;
        slice bytes = key_slice(&due);
        if (key_read_u64(bytes, 0) > (uint64_t)now_ms || bytes.len < 9)
            break;
        struct key key = key_of_bytes(slice_from(bytes, 9));
        enum status_code rc = expire_row(txn, due.bytes[8], &key, now_ms);
        if (rc == ST_OK || rc == ST_NOT_FOUND)
            rc = row_del(txn, TABLE_DUE, &due); /* most handlers did that already */
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK && rc != ST_NOT_FOUND)
            break;
        count++;
    }
    walk_end(&walk);
    *ret_count = count;
    return txn->failed;
}
