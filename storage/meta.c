/* Small things with a name: durable counters, settings, and the makers of ids. */
#include "storage/internal.h"

#include <assert.h>
#include <stdio.h>

status meta_get(struct store_txn *txn, const char *name, uint64_t *ret)
{
    struct store_ref ref = {0};
    struct key key = key_of_bytes(slice_of(name));
    struct arena_mark mark = arena_mark(&txn->scratch);
    status rc = row_get(txn, TABLE_META, &key, &txn->scratch, &ref);
    arena_rewind(&txn->scratch, mark);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    *ret = ref.id;
    return ST_OK;
}

status meta_put(struct store_txn *txn, const char *name, uint64_t value)
{
    struct key key = key_of_bytes(slice_of(name));
    return row_put(txn, TABLE_META, &key, &(struct store_ref){.id = value});
}

status meta_add(struct store_txn *txn, const char *name, int64_t delta)
{
    uint64_t value;
    if (delta == 0)
        return txn->failed;
    TRY(meta_get(txn, name, &value));
    if (delta < 0 && value < (uint64_t)-delta)
        return txn_fail(txn, ST_CORRUPT, "counter '%s' would fall below zero", name);
    return meta_put(txn, name, value + (uint64_t)delta);
}

status store_next_id(struct store_txn *txn, const char *counter, uint64_t *ret)
{
    char name[64];
    uint64_t last;
    int len = snprintf(name, sizeof name, "id.%s", counter);
    assert(len > 0 && (size_t)len < sizeof name);
    TRY(meta_get(txn, name, &last));
    TRY(meta_put(txn, name, last + 1));
    *ret = last + 1;
    return ST_OK;
}

/* Base 32 without i, l, o, u (Crockford), lower case: readable, and in the order of the bytes. */
static char *base32_put(char *to, uint64_t value, unsigned digits)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (unsigned i = 0; i < digits; i++)
        to[i] = alphabet[value >> (5 * (digits - 1 - i)) & 31];
    return to + digits;
}

slice store_id_make(char ret[static STORE_ID_MAX], const char *prefix, int64_t now_ms)
{
    uint64_t random[2];
    size_t len = strlen(prefix);
    assert(len + 28 <= STORE_ID_MAX);
    crypt_random(random, sizeof random);
    memcpy(ret, prefix, len);
    ret[len] = '_';
    char *end = base32_put(ret + len + 1, (uint64_t)now_ms & ((UINT64_C(1) << 48) - 1), 10);
    end = base32_put(end, random[0] & ((UINT64_C(1) << 40) - 1), 8);
    end = base32_put(end, random[1] & ((UINT64_C(1) << 40) - 1), 8);
    *end = '\0';
    return slice_make(ret, (size_t)(end - ret));
}

slice store_sub_id(char ret[static STORE_ID_MAX], slice parent_id, uint64_t number)
{
    int len = snprintf(ret, STORE_ID_MAX, SLICE_FMT "/%08llx", SLICE_ARG(parent_id),
                       (unsigned long long)number);
    assert(len > 0 && len < STORE_ID_MAX);
    return slice_make(ret, (size_t)len);
}

status store_setting_get(struct store_txn *txn, slice name, struct arena *arena, slice *ret)
{
    struct store_ref ref;
    struct key key = key_of_bytes(name);
    TRY(row_get(txn, TABLE_SETTING, &key, arena, &ref));
    *ret = ref.data;
    return ST_OK;
}

status store_setting_put(struct store_txn *txn, slice name, slice value)
{
    struct key key = key_of_bytes(name);
    assert(name.len > 0);
    return row_put(txn, TABLE_SETTING, &key, &(struct store_ref){.data = value});
}

status store_setting_del(struct store_txn *txn, slice name)
{
    struct key key = key_of_bytes(name);
    return row_del(txn, TABLE_SETTING, &key);
}
