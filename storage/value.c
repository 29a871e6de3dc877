/* What stands in the database: the protection around every value, and rows of records in it.
 *
 * A value on disk is an epoch byte and then either nonce, ciphertext and tag (SEALED), or tag and
 * plain record (TAGGED). The associated data is table number, epoch and key: a value that is moved
 * to another key or table does not open. VALUE_LAYOUT */
#include "storage/internal.h"

#include <assert.h>

struct ad {
    unsigned char bytes[2 + KEY_MAX];
    size_t len;
};

static slice ad_make(struct ad *ad, const struct table *table, unsigned char epoch, slice key)
{
    assert(key.len <= KEY_MAX);
    ad->bytes[0] = table->number;
    ad->bytes[1] = epoch;
    memcpy(ad->bytes + 2, key.ptr, key.len);
    ad->len = 2 + key.len;
    return slice_make(ad->bytes, ad->len);
}

/* What store_identity and store_keys_stamp are to tell: a row that was there is another or gone, so
 * that what was known of its caller may be wrong; and any change of a key. */
static void change_note(struct store_txn *txn, enum table_id table, bool is_new)
{
    txn->keys_moved |= table == TABLE_API_KEY;
    txn->months_moved |= table == TABLE_USAGE_MONTH;
    if (is_new)
        return;
    if (table == TABLE_USER || table == TABLE_API_KEY || table == TABLE_SESSION)
        txn->identity_moved = true;
}

static status value_damaged(struct store_txn *txn, enum table_id table)
{
    return txn_fail(txn, ST_CORRUPT, "a value of table '%s' is damaged or sealed with another key",
                    store_tables[table].name);
}

static status open_tagged(struct store_txn *txn, enum table_id table, slice ad, slice value,
                          struct arena *arena, slice *ret)
{
    unsigned char tag[CRYPT_TAG_BYTES];
    slice key = slice_make(txn->store->keys[table], CRYPT_KEY_BYTES);
    if (value.len < 1 + CRYPT_TAG_BYTES)
        return value_damaged(txn, table);
    slice plain = slice_from(value, 1 + CRYPT_TAG_BYTES);
    crypt_tag(tag, key, ad, plain);
    if (!crypt_equal(tag, value.ptr + 1, CRYPT_TAG_BYTES))
        return value_damaged(txn, table);
    *ret = arena_copy(arena, plain);
    return ret->ptr ? ST_OK : txn_no_memory(txn, arena);
}

static status open_sealed(struct store_txn *txn, enum table_id table, slice ad, slice value,
                          struct arena *arena, slice *ret)
{
    if (value.len < 1 + CRYPT_SEAL_OVERHEAD)
        return value_damaged(txn, table);
    slice sealed = slice_from(value, 1);
    size_t len = sealed.len - CRYPT_SEAL_OVERHEAD;
    unsigned char *plain = arena_array_raw(arena, len ? len : 1, 1);
    if (!plain)
        return txn_no_memory(txn, arena);
    if (crypt_open(plain, txn->store->keys[table], ad, sealed) != ST_OK)
        return value_damaged(txn, table);
    *ret = slice_make(plain, len);
    return ST_OK;
}

status txn_open_value(struct store_txn *txn, enum table_id table, slice key, slice value,
                      struct arena *arena, slice *ret)
{
    struct ad ad;
    if (txn->failed != ST_OK)
        return txn->failed;
    if (value.len < 1 || (unsigned char)value.ptr[0] != KEY_EPOCH)
        return value_damaged(txn, table);
    slice bound = ad_make(&ad, &store_tables[table], KEY_EPOCH, key);
    if (store_tables[table].protection == PROTECTION_SEALED)
        return open_sealed(txn, table, bound, value, arena, ret);
    return open_tagged(txn, table, bound, value, arena, ret);
}

status txn_get(struct store_txn *txn, enum table_id table, slice key, struct arena *arena,
               slice *ret)
{
    MDB_val mdb_key = {key.len, (void *)(uintptr_t)key.ptr}, value;
    txn_assert(txn);
    if (!txn_begun(txn))
        return txn->failed;
    TRY(txn_mdb(txn, mdb_get(txn->mdb, txn->store->dbi[table], &mdb_key, &value), "read", table));
    return txn_open_value(txn, table, key, slice_make(value.mv_data, value.mv_size), arena, ret);
}

/* Writes epoch, protection and plain into the room that LMDB reserved in its own dirty page. */
static void protect(struct store_txn *txn, enum table_id table, slice key, slice plain,
                    unsigned char *to)
{
    struct ad ad;
    const struct table *row = &store_tables[table];
    slice bound = ad_make(&ad, row, KEY_EPOCH, key);
    to[0] = KEY_EPOCH;
    if (row->protection == PROTECTION_SEALED) {
        crypt_seal(to + 1, txn->store->keys[table], bound, plain);
        return;
    }
    crypt_tag(to + 1, slice_make(txn->store->keys[table], CRYPT_KEY_BYTES), bound, plain);
    memcpy(to + 1 + CRYPT_TAG_BYTES, plain.ptr, plain.len);
}

status txn_put(struct store_txn *txn, enum table_id table, slice key, slice plain, bool must_be_new)
{
    size_t overhead =
        store_tables[table].protection == PROTECTION_SEALED ? CRYPT_SEAL_OVERHEAD : CRYPT_TAG_BYTES;
    MDB_val mdb_key = {key.len, (void *)(uintptr_t)key.ptr};
    MDB_val value = {1 + overhead + plain.len, NULL};
    unsigned flags = MDB_RESERVE | (must_be_new ? MDB_NOOVERWRITE : 0);
    txn_assert(txn);
    assert(txn->is_write);
    if (txn->failed != ST_OK)
        return txn->failed;
    if (plain.len > STORE_VALUE_MAX)
        return txn_fail(txn, ST_TOO_LARGE, "a row of table '%s' has %zu bytes, more than %d",
                        store_tables[table].name, plain.len, STORE_VALUE_MAX);
    int rc = mdb_put(txn->mdb, txn->store->dbi[table], &mdb_key, &value, flags);
    TRY(txn_mdb(txn, rc, "write", table));
    protect(txn, table, key, plain, value.mv_data);
    txn->changes++;
    change_note(txn, table, must_be_new);
    return ST_OK;
}

status txn_del(struct store_txn *txn, enum table_id table, slice key)
{
    MDB_val mdb_key = {key.len, (void *)(uintptr_t)key.ptr};
    txn_assert(txn);
    assert(txn->is_write);
    if (txn->failed != ST_OK)
        return txn->failed;
    TRY(txn_mdb(txn, mdb_del(txn->mdb, txn->store->dbi[table], &mdb_key, NULL), "delete", table));
    txn->changes++;
    change_note(txn, table, /* is_new= */ false);
    return ST_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

status row_decode(struct store_txn *txn, enum table_id table, slice plain, void *ret)
{
    if (codec_decode(store_tables[table].record, plain, ret) == ST_OK)
        return ST_OK;
    return txn_fail(txn, ST_CORRUPT, "a record of table '%s' cannot be read",
                    store_tables[table].name);
}

status row_get(struct store_txn *txn, enum table_id table, const struct key *key,
               struct arena *arena, void *ret)
{
    slice plain;
    txn_assert(txn);
    if (txn->failed != ST_OK)
        return txn->failed;
    if (key->overflow)
        return ST_NOT_FOUND;
    TRY(txn_get(txn, table, key_slice(key), arena, &plain));
    return row_decode(txn, table, plain, ret);
}

static status row_write(struct store_txn *txn, enum table_id table, const struct key *key,
                        const void *row, bool must_be_new)
{
    struct buf plain;
    txn_assert(txn);
    if (txn->failed != ST_OK)
        return txn->failed;
    if (key->overflow)
        return ST_INVALID;
    struct arena_mark mark = arena_mark(&txn->scratch);
    buf_init_arena(&plain, &txn->scratch, (size_t)STORE_VALUE_MAX + 1);
    (void)buf_reserve(&plain, codec_room(store_tables[table].record, row)); /* in one piece */
    codec_encode(store_tables[table].record, row, &plain);
    status rc;
    if (plain.overflow && txn->scratch.overflow)
        rc = txn_no_memory(txn, &txn->scratch);
    else if (plain.overflow)
        rc = txn_fail(txn, ST_TOO_LARGE, "a row of table '%s' has more than %d bytes",
                      store_tables[table].name, STORE_VALUE_MAX);
    else
        rc = txn_put(txn, table, key_slice(key), buf_slice(&plain), must_be_new);
    arena_rewind(&txn->scratch, mark);
    return rc;
}

status row_put(struct store_txn *txn, enum table_id table, const struct key *key, const void *row)
{
    return row_write(txn, table, key, row, false);
}

status row_add(struct store_txn *txn, enum table_id table, const struct key *key, const void *row)
{
    return row_write(txn, table, key, row, true);
}

status row_touch(struct store_txn *txn, enum table_id table, const struct key *key, const void *row)
{
    bool moved = txn->identity_moved;
    status rc = row_write(txn, table, key, row, false);
    txn->identity_moved = moved;
    return rc;
}

status row_del(struct store_txn *txn, enum table_id table, const struct key *key)
{
    if (key->overflow)
        return ST_NOT_FOUND;
    return txn_del(txn, table, key_slice(key));
}

bool row_exists(struct store_txn *txn, enum table_id table, const struct key *key)
{
    MDB_val mdb_key = {key->len, (void *)(uintptr_t)key->bytes}, value;
    if (!txn_begun(txn) || key->overflow)
        return false;
    int rc = mdb_get(txn->mdb, txn->store->dbi[table], &mdb_key, &value);
    return txn_mdb(txn, rc, "read", table) == ST_OK;
}

status row_count(struct store_txn *txn, enum table_id table, uint64_t *ret)
{
    MDB_stat stat;
    if (txn->is_later && !txn_begun(txn))
        return txn->failed;
    TRY(txn_mdb(txn, mdb_stat(txn->mdb, txn->store->dbi[table], &stat), "count", table));
    *ret = stat.ms_entries;
    return ST_OK;
}
