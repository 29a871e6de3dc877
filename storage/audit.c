/* The audit log: one entry in the transaction of every change, chained by hashes.
 *
 * An entry's hash covers the hash before it, so that no entry can be altered, dropped from the
 * middle or moved without every later hash changing. That the end was cut off shows only against a
 * checkpoint kept elsewhere (audit_mark). */
#include "storage/internal.h"

#include "base/bigend.h"

#include <assert.h>
#include <inttypes.h>

/* --- the hash --------------------------------------------------------------------------------- */

static size_t put_number(unsigned char *to, uint64_t value)
{
    bigend_put(to, value);
    return BIGEND_BYTES;
}

/* Each text enters as its own hash of fixed size: no two entries give the same bytes, and nothing
 * needs memory. */
static size_t put_text(unsigned char *to, slice text)
{
    struct crypt_hash hash;
    crypt_hash(&hash, (slice){0}, text);
    memcpy(to, hash.bytes, sizeof hash.bytes);
    return sizeof hash.bytes;
}

void store_audit_hash(const struct store_audit *entry, struct crypt_hash *ret)
{
    const slice texts[] = {entry->prev_hash, entry->actor,   entry->action,    entry->object,
                           entry->detail,    entry->address, entry->request_id};
    unsigned char bytes[16 + ARRAY_COUNT(texts) * CRYPT_HASH_BYTES];
    size_t len = put_number(bytes, entry->seq);
    len += put_number(bytes + len, (uint64_t)entry->at_ms);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        len += put_text(bytes + len, texts[i]);
    assert(len == sizeof bytes);
    crypt_hash(ret, (slice){0}, slice_make(bytes, len));
}

/* --- the log ---------------------------------------------------------------------------------- */

static status head_get(struct store_txn *txn, struct store_audit *ret)
{
    struct walk walk;
    walk_begin(&walk, txn, TABLE_AUDIT, NULL);
    walk.newest_first = true;
    *ret = (struct store_audit){0};
    status rc = walk_next(&walk) ? walk_row(&walk, &txn->scratch, ret) : txn->failed;
    walk_end(&walk);
    return rc;
}

/* Number and hash of the newest entry, zeros before the first. A batch writes many entries: the one
 * before was then written by this transaction, which knows it. */
static status chain_end(struct store_txn *txn, uint64_t *ret_seq, struct crypt_hash *ret_hash)
{
    struct store_audit head;
    if (!txn->knows_audit) {
        TRY(head_get(txn, &head));
        txn->audit_seq = head.seq;
        txn->audit_hash = (struct crypt_hash){{0}};
        if (head.hash.len == sizeof txn->audit_hash.bytes)
            memcpy(txn->audit_hash.bytes, head.hash.ptr, sizeof txn->audit_hash.bytes);
        txn->knows_audit = txn->is_write;
    }
    *ret_seq = txn->audit_seq;
    *ret_hash = txn->audit_hash;
    return ST_OK;
}

status store_audit_add(struct store_txn *txn, const struct store_audit *entry)
{
    struct store_audit row = *entry;
    struct crypt_hash before, hash;
    uint64_t seq = 0;
    assert(entry->actor.len > 0);
    assert(entry->action.len > 0);
    struct arena_mark mark = arena_mark(&txn->scratch);
    status rc = chain_end(txn, &seq, &before);
    if (rc == ST_OK) {
        row.seq = seq + 1;
        row.prev_hash = seq ? slice_make(before.bytes, sizeof before.bytes) : (slice){0};
        store_audit_hash(&row, &hash);
        row.hash = slice_make(hash.bytes, sizeof hash.bytes);
        struct key key = key_of_u64(row.seq);
        rc = row_add(txn, TABLE_AUDIT, &key, &row);
    }
    arena_rewind(&txn->scratch, mark);
    if (rc == ST_OK) {
        txn->audit_seq = row.seq;
        txn->audit_hash = hash;
    }
    return rc;
}

status store_audit_head(struct store_txn *txn, uint64_t *ret_seq, struct crypt_hash *ret_hash)
{
    return chain_end(txn, ret_seq, ret_hash);
}

status store_audit_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_audit **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {TABLE_AUDIT, TABLE_AUDIT, &none};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

/* One link: the number follows, the hash before is named, the hash is right. */
static status link_check(const struct store_audit *entry, uint64_t seq, slice prev_hash,
                         struct error *err)
{
    struct crypt_hash hash;
    store_audit_hash(entry, &hash);
    if (entry->seq != seq)
        return error_set(err, ST_VERIFY,
                         "audit entry %" PRIu64 " stands where entry %" PRIu64 " should",
                         entry->seq, seq);
    if (!slice_eq(entry->prev_hash, prev_hash))
        return error_set(err, ST_VERIFY, "audit entry %" PRIu64 " does not follow the one before",
                         seq);
    if (!slice_eq(entry->hash, slice_make(hash.bytes, sizeof hash.bytes)))
        return error_set(err, ST_VERIFY, "audit entry %" PRIu64 " was altered", seq);
    return ST_OK;
}

status store_audit_each(struct store_txn *txn, bool (*each)(void *arg, const struct store_audit *),
                        void *arg)
{
    struct walk walk;
    bool more = true;
    for (walk_begin(&walk, txn, TABLE_AUDIT, NULL); more && walk_next(&walk);) {
        struct store_audit entry;
        struct arena_mark mark = arena_mark(&txn->scratch);
        more = walk_row(&walk, &txn->scratch, &entry) == ST_OK && each(arg, &entry);
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    return txn->failed;
}

status store_audit_verify(struct store_txn *txn, uint64_t *ret_count, struct error *err)
{
    struct crypt_hash prev;
    slice prev_hash = {0};
    struct walk walk;
    uint64_t count = 0;
    status rc = ST_OK;
    for (walk_begin(&walk, txn, TABLE_AUDIT, NULL); rc == ST_OK && walk_next(&walk);) {
        struct store_audit entry;
        struct arena_mark mark = arena_mark(&txn->scratch);
        rc = walk_row(&walk, &txn->scratch, &entry);
        if (rc == ST_OK)
            rc = link_check(&entry, count + 1, prev_hash, err);
        if (rc == ST_OK) {
            memcpy(prev.bytes, entry.hash.ptr, sizeof prev.bytes);
            prev_hash = slice_make(prev.bytes, sizeof prev.bytes);
            count++;
        }
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    *ret_count = count;
    if (txn->failed != ST_OK && err)
        *err = txn->err;
    return rc == ST_OK ? txn->failed : rc;
}

status store_audit_mark_put(struct store_txn *txn, const struct store_audit_mark *mark)
{
    struct key key = key_of_u64(mark->seq);
    return row_put(txn, TABLE_AUDIT_MARK, &key, mark);
}

status store_audit_mark_get(struct store_txn *txn, uint64_t seq, struct arena *arena,
                            struct store_audit_mark *ret)
{
    struct key key = key_of_u64(seq);
    return row_get(txn, TABLE_AUDIT_MARK, &key, arena, ret);
}

status store_audit_mark_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                             struct store_audit_mark **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {TABLE_AUDIT_MARK, TABLE_AUDIT_MARK, &none};
    return list_rows(txn, &list, page, arena, (void **)ret);
}
