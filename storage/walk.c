/* Walks over the keys of a prefix, forward or backward, while rows come and go. */
#include "storage/internal.h"

#include <assert.h>

void walk_begin(struct walk *walk, struct store_txn *txn, enum table_id table,
                const struct key *prefix)
{
    txn_assert(txn);
    *walk = (struct walk){.txn = txn, .table = table};
    key_init(&walk->at);
    key_init(&walk->prefix);
    if (prefix)
        walk->prefix = *prefix;
    if (!txn_begun(txn) || walk->prefix.overflow)
        return;
    int rc = mdb_cursor_open(txn->mdb, txn->store->dbi[table], &walk->cursor);
    if (txn_mdb(txn, rc, "walk", table) != ST_OK)
        walk->cursor = NULL;
}

void walk_from(struct walk *walk, slice key)
{
    assert(!walk->started);
    key_init(&walk->at);
    key_bytes(&walk->at, key);
    walk->started = true;
    walk->changes = UINT64_MAX; /* forces a seek */
}

/* First key behind the prefix, or the last key of the table when there is none behind it. */
static int seek_last(struct walk *walk, MDB_val *key)
{
    struct key edge = walk->prefix;
    while (edge.len > 0 && ++edge.bytes[edge.len - 1] == 0)
        edge.len--;
    if (edge.len == 0)
        return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_LAST);
    *key = (MDB_val){edge.len, edge.bytes};
    int rc = mdb_cursor_get(walk->cursor, key, &walk->value, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_LAST);
    return rc ? rc : mdb_cursor_get(walk->cursor, key, &walk->value, MDB_PREV);
}

static int seek_first(struct walk *walk, MDB_val *key)
{
    if (walk->newest_first)
        return seek_last(walk, key);
    if (walk->prefix.len == 0)
        return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_FIRST);
    *key = (MDB_val){walk->prefix.len, walk->prefix.bytes};
    return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_SET_RANGE);
}

/* The neighbour of walk->at, wherever the cursor stands: rows may have come or gone. */
static int seek_again(struct walk *walk, MDB_val *key)
{
    *key = (MDB_val){walk->at.len, walk->at.bytes};
    int rc = mdb_cursor_get(walk->cursor, key, &walk->value, MDB_SET_RANGE);
    if (walk->newest_first) {
        if (rc == MDB_NOTFOUND)
            return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_LAST);
        return rc ? rc : mdb_cursor_get(walk->cursor, key, &walk->value, MDB_PREV);
    }
    if (rc == 0 && slice_eq(slice_make(key->mv_data, key->mv_size), key_slice(&walk->at)))
        return mdb_cursor_get(walk->cursor, key, &walk->value, MDB_NEXT);
    return rc;
}

bool walk_next(struct walk *walk)
{
    MDB_val key;
    int rc;
    if (!walk->cursor || walk->txn->failed != ST_OK)
        return false;
    if (!walk->started)
        rc = seek_first(walk, &key);
    else if (walk->changes != walk->txn->changes)
        rc = seek_again(walk, &key);
    else
        rc = mdb_cursor_get(walk->cursor, &key, &walk->value,
                            walk->newest_first ? MDB_PREV : MDB_NEXT);
    if (txn_mdb(walk->txn, rc, "walk", walk->table) != ST_OK)
        return false;
    slice found = slice_make(key.mv_data, key.mv_size);
    if (!slice_has_prefix(found, key_slice(&walk->prefix)))
        return false;
    key_init(&walk->at);
    key_bytes(&walk->at, found);
    walk->key = key_slice(&walk->at);
    walk->started = true;
    walk->changes = walk->txn->changes;
    return true;
}

status walk_row(struct walk *walk, struct arena *arena, void *ret)
{
    slice plain;
    assert(walk->changes == walk->txn->changes || walk->txn->failed != ST_OK);
    TRY(txn_open_value(walk->txn, walk->table, walk->key,
                       slice_make(walk->value.mv_data, walk->value.mv_size), arena, &plain));
    return row_decode(walk->txn, walk->table, plain, ret);
}

void walk_end(struct walk *walk)
{
    if (walk->cursor)
        mdb_cursor_close(walk->cursor);
    walk->cursor = NULL;
}

status rows_del_prefix(struct store_txn *txn, enum table_id table, const struct key *prefix)
{
    struct walk walk;
    for (walk_begin(&walk, txn, table, prefix); walk_next(&walk);)
        if (txn_del(txn, table, walk.key) != ST_OK)
            break;
    walk_end(&walk);
    return txn->failed;
}
