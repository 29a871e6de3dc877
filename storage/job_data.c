/* What a job was given and what it answered, apart from its row: in pieces, so that a body of 16
 * MiB fits, and so that progress and lists do not carry it along.
 *
 * meta "jobs.bytes" is the sum of all pieces: the bound of the queue in bytes. */
#include "storage/internal.h"

#include <assert.h>

enum { PIECE_BYTES = 4 << 20 };

/* A part's pieces; the piece's number follows. KEY_LAYOUT */
static struct key part_key(uint64_t user_id, slice id, enum store_job_part part)
{
    struct key key = key_of_user_id(user_id, id);
    key_byte(&key, '/');
    key_byte(&key, (unsigned char)part);
    return key;
}

status store_job_data_drop(struct store_txn *txn, uint64_t user_id, slice id,
                           enum store_job_part part)
{
    struct key prefix = part_key(user_id, id, part);
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_JOB_DATA, &prefix); walk_next(&walk);) {
        struct store_job_data row;
        struct key key = walk.at;
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = walk_row(&walk, &txn->scratch, &row);
        if (rc == ST_OK)
            rc = meta_add(txn, "jobs.bytes", -(int64_t)row.body.len);
        if (rc == ST_OK)
            rc = row_del(txn, TABLE_JOB_DATA, &key);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

status store_job_data_put(struct store_txn *txn, uint64_t user_id, slice id,
                          enum store_job_part part, slice bytes)
{
    TRY(store_job_data_drop(txn, user_id, id, part));
    for (size_t at = 0; at < bytes.len; at += PIECE_BYTES) {
        size_t len = bytes.len - at < PIECE_BYTES ? bytes.len - at : PIECE_BYTES;
        struct key key = part_key(user_id, id, part);
        key_u32(&key, (uint32_t)(at / PIECE_BYTES));
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = row_put(txn, TABLE_JOB_DATA, &key,
                            &(struct store_job_data){.body = slice_sub(bytes, at, len)});
        arena_rewind(&txn->scratch, mark);
        TRY(rc);
    }
    return meta_add(txn, "jobs.bytes", (int64_t)bytes.len);
}

status store_job_data_get(struct store_txn *txn, uint64_t user_id, slice id,
                          enum store_job_part part, size_t bytes, struct arena *arena, slice *ret)
{
    struct key prefix = part_key(user_id, id, part);
    struct walk walk;
    char *memory = arena_array_raw(arena, bytes + 1, 1);
    if (!memory)
        return txn_no_memory(txn, arena);
    size_t len = 0;
    for (walk_begin(&walk, txn, TABLE_JOB_DATA, &prefix); walk_next(&walk);) {
        struct store_job_data row;
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = walk_row(&walk, &txn->scratch, &row);
        if (rc == ST_OK && row.body.len <= bytes - len) {
            memcpy(memory + len, row.body.ptr, row.body.len);
            len += row.body.len;
        } else if (rc == ST_OK) {
            rc = txn_fail(txn, ST_CORRUPT, "a job has more data than its row says");
        }
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
    }
    walk_end(&walk);
    TRY(txn->failed);
    if (len < bytes)
        return ST_NOT_FOUND;
    *ret = slice_make(memory, len);
    return ST_OK;
}

status store_job_bytes(struct store_txn *txn, uint64_t *ret)
{
    return meta_get(txn, "jobs.bytes", ret);
}
