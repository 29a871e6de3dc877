/* Objects whose key is (owner, id): one implementation for all of them, driven by the tables.
 *
 * Asking for another user's object is asking for a key that does not exist. What differs between
 * the kinds (an expiry, an index, blobs, children) stands in index_move and in `children`. */
#include "storage/internal.h"

#include <assert.h>
#include <stddef.h>

/* Every owned record begins with these two fields. RECORD_LAYOUT */
struct owned {
    slice id;
    uint64_t user_id;
};
#define CHECK_LAYOUT(name)                                                                         \
    _Static_assert(offsetof(struct store_##name, id) == offsetof(struct owned, id) &&              \
                       offsetof(struct store_##name, user_id) == offsetof(struct owned, user_id),  \
                   #name " begins with id and user_id");
STORE_OWNED(CHECK_LAYOUT)
#undef CHECK_LAYOUT

static const enum table_id project_children[] = {TABLE_ROUND, TABLE_VERDICT, TABLE_DEVIATION,
                                                 TABLE_REVIEW};

/* --- what each kind has besides its row ------------------------------------------------------- */

struct key delivery_due_key(const struct store_delivery *row)
{
    struct key key = key_of_u64((uint64_t)row->next_ms); /* KEY_LAYOUT */
    key_u64(&key, row->user_id);
    key_bytes(&key, row->id);
    return key;
}

static status delivery_due_move(struct store_txn *txn, const struct store_delivery *row, int step)
{
    if (row->next_ms == 0)
        return txn->failed;
    struct key key = delivery_due_key(row);
    if (step < 0)
        return row_del(txn, TABLE_DELIVERY_DUE, &key);
    return row_put(txn, TABLE_DELIVERY_DUE, &key, &(struct store_ref){0});
}

static status project_index_move(struct store_txn *txn, const struct store_project *row, int step)
{
    struct key key = key_of_bytes(row->id);
    if (step < 0)
        return row_del(txn, TABLE_PROJECT_OWNER, &key);
    return row_put(txn, TABLE_PROJECT_OWNER, &key, &(struct store_ref){.id = row->user_id});
}

static status analysis_move(struct store_txn *txn, const struct store_analysis *row, int step)
{
    struct key key = key_of_user_id(row->user_id, row->id);
    TRY(blob_link(txn, row->report_sha256, step));
    return due_move(txn, TABLE_ANALYSIS, &key, step < 0 ? row->expires_ms : 0,
                    step < 0 ? 0 : row->expires_ms);
}

static status dataset_move(struct store_txn *txn, const struct store_dataset *row, int step)
{
    TRY(blob_link(txn, row->sha256, step));
    TRY(meta_add(txn, META_DATASET_BYTES, step * (int64_t)row->size_bytes));
    return blob_link(txn, row->record_sha256, step);
}

/* Takes what belongs to the row in (+1) or out (-1). */
static status index_move(struct store_txn *txn, enum table_id table, const void *row, int step)
{
    if (table == TABLE_ANALYSIS)
        return analysis_move(txn, row, step);
    if (table == TABLE_PROJECT)
        return project_index_move(txn, row, step);
    if (table == TABLE_DATASET)
        return dataset_move(txn, row, step);
    if (table == TABLE_DELIVERY)
        return delivery_due_move(txn, row, step);
    return txn->failed;
}

/* --- the five verbs --------------------------------------------------------------------------- */

static void rev_raise(enum table_id table, void *row, const void *old)
{
    const struct field *rev = record_field(store_tables[table].record, "rev");
    if (!rev)
        return;
    uint64_t before = old ? *(const uint64_t *)((const char *)old + rev->offset) : 0;
    *(uint64_t *)((char *)row + rev->offset) = before + 1;
}

static status owned_get(struct store_txn *txn, enum table_id table, uint64_t user_id, slice id,
                        struct arena *arena, void *ret)
{
    struct key key = key_of_user_id(user_id, id);
    TRY(row_get(txn, table, &key, arena, ret));
    const struct owned *head = ret;
    if (head->user_id != user_id || !slice_eq(head->id, id))
        return txn_fail(txn, ST_CORRUPT, "a row of table '%s' has another row's id",
                        store_tables[table].name);
    return ST_OK;
}

static status owned_write(struct store_txn *txn, enum table_id table, void *row, bool must_be_new)
{
    const struct owned *head = row;
    struct key key = key_of_user_id(head->user_id, head->id);
    void *old = arena_alloc(&txn->scratch, store_tables[table].record->size);
    txn_assert(txn);
    if (!old)
        return txn_no_memory(txn, &txn->scratch);
    status rc = row_get(txn, table, &key, &txn->scratch, old);
    if (rc == ST_OK && must_be_new)
        return ST_CONFLICT;
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (rc == ST_NOT_FOUND)
        old = NULL;
    rev_raise(table, row, old);
    if (old)
        TRY(index_move(txn, table, old, -1));
    TRY(index_move(txn, table, row, +1));
    return row_put(txn, table, &key, row);
}

static status children_remove(struct store_txn *txn, uint64_t user_id, slice id)
{
    struct key prefix = key_of_user_id(user_id, id);
    key_byte(&prefix, '/');
    for (size_t i = 0; i < ARRAY_COUNT(project_children); i++)
        TRY(rows_del_prefix(txn, project_children[i], &prefix));
    return txn->failed;
}

status owned_remove(struct store_txn *txn, enum table_id table, uint64_t user_id, slice id)
{
    struct key key = key_of_user_id(user_id, id);
    void *row = arena_alloc(&txn->scratch, store_tables[table].record->size);
    if (!row)
        return txn_no_memory(txn, &txn->scratch);
    TRY(owned_get(txn, table, user_id, id, &txn->scratch, row));
    TRY(index_move(txn, table, row, -1));
    if (table == TABLE_PROJECT)
        TRY(children_remove(txn, user_id, id));
    return row_del(txn, table, &key);
}

static status owned_list(struct store_txn *txn, enum table_id table, uint64_t user_id,
                         struct store_page *page, struct arena *arena, void **ret)
{
    struct key prefix;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    struct list list = {table, table, &prefix};
    return list_rows(txn, &list, page, arena, ret);
}

/* The typed functions of storage.h: nothing but the table and the type. */
#define TYPED(name, table)                                                                         \
    status store_##name##_add(struct store_txn *txn, struct store_##name *row)                     \
    {                                                                                              \
        return owned_write(txn, table, row, true);                                                 \
    }                                                                                              \
    status store_##name##_put(struct store_txn *txn, struct store_##name *row)                     \
    {                                                                                              \
        return owned_write(txn, table, row, false);                                                \
    }                                                                                              \
    status store_##name##_get(struct store_txn *txn, uint64_t user_id, slice id,                   \
                              struct arena *arena, struct store_##name *ret)                       \
    {                                                                                              \
        return owned_get(txn, table, user_id, id, arena, ret);                                     \
    }                                                                                              \
    status store_##name##_del(struct store_txn *txn, uint64_t user_id, slice id)                   \
    {                                                                                              \
        return owned_remove(txn, table, user_id, id);                                              \
    }                                                                                              \
    status store_##name##_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,   \
                               struct arena *arena, struct store_##name **ret)                     \
    {                                                                                              \
        return owned_list(txn, table, user_id, page, arena, (void **)ret);                         \
    }
TYPED(analysis, TABLE_ANALYSIS)
TYPED(project, TABLE_PROJECT)
TYPED(round, TABLE_ROUND)
TYPED(verdict, TABLE_VERDICT)
TYPED(deviation, TABLE_DEVIATION)
TYPED(review, TABLE_REVIEW)
TYPED(dataset, TABLE_DATASET)
TYPED(hook, TABLE_HOOK)
TYPED(delivery, TABLE_DELIVERY)
TYPED(stripe_sub, TABLE_STRIPE_SUB)
TYPED(invoice, TABLE_INVOICE)
#undef TYPED

/* --- and what does not fit in ----------------------------------------------------------------- */

status store_project_owner(struct store_txn *txn, slice id, uint64_t *ret_user_id)
{
    struct store_ref ref;
    struct key key = key_of_bytes(id);
    if (id.len == 0)
        return ST_NOT_FOUND;
    TRY(row_get(txn, TABLE_PROJECT_OWNER, &key, &txn->scratch, &ref));
    *ret_user_id = ref.id;
    return ST_OK;
}

status store_dataset_bytes(struct store_txn *txn, uint64_t *ret)
{
    return meta_get(txn, META_DATASET_BYTES, ret);
}

status store_delivery_due(struct store_txn *txn, int64_t now_ms, size_t limit, struct arena *arena,
                          struct store_delivery **ret, size_t *ret_count)
{
    struct store_delivery *rows = arena_array(arena, limit, sizeof *rows);
    struct walk walk;
    size_t count = 0;
    if (!rows)
        return txn_no_memory(txn, arena);
    for (walk_begin(&walk, txn, TABLE_DELIVERY_DUE, NULL); count < limit && walk_next(&walk);) {
        uint64_t user_id = key_read_u64(walk.key, 8);
        if (key_read_u64(walk.key, 0) > (uint64_t)now_ms)
            break;
        status rc = store_delivery_get(txn, user_id, slice_from(walk.key, 16), arena, &rows[count]);
        if (rc == ST_NOT_FOUND)
            rc = txn_fail(txn, ST_CORRUPT, "a delivery that is due is missing");
        if (rc != ST_OK)
            break;
        count++;
    }
    walk_end(&walk);
    *ret = rows;
    *ret_count = count;
    return txn->failed;
}

/* --- when a user goes ------------------------------------------------------------------------- */

static status owned_remove_all(struct store_txn *txn, enum table_id table, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    for (walk_begin(&walk, txn, table, &prefix); walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = owned_remove(txn, table, user_id, slice_from(walk.key, 8));
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

static status files_remove_all(struct store_txn *txn, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_FILE, &prefix); walk_next(&walk);)
        if (store_file_del(txn, user_id, slice_from(walk.key, 8)) != ST_OK)
            break;
    walk_end(&walk);
    return txn->failed;
}

static status jobs_remove_all(struct store_txn *txn, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_JOB, &prefix); walk_next(&walk);) {
        struct store_job job;
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = walk_row(&walk, &txn->scratch, &job);
        if (rc == ST_OK)
            rc = job_remove(txn, &job);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

static status reservations_remove_all(struct store_txn *txn, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_RESERVATION, &prefix); walk_next(&walk);) {
        struct store_reservation row;
        if (walk_row(&walk, &txn->scratch, &row) != ST_OK || reservation_remove(txn, &row) != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

static status idempotency_remove_all(struct store_txn *txn, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_IDEMPOTENCY, &prefix); walk_next(&walk);) {
        struct crypt_hash hash;
        slice tail = slice_from(walk.key, 8);
        if (tail.len != sizeof hash.bytes)
            break;
        memcpy(hash.bytes, tail.ptr, sizeof hash.bytes);
        if (store_idempotency_del(txn, user_id, &hash) != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

/* Everything but the usage sums, which stay under a number that names nobody. */
status objects_remove_user(struct store_txn *txn, uint64_t user_id)
{
    static const enum table_id tables[] = {TABLE_ANALYSIS, TABLE_PROJECT,    TABLE_HOOK,
                                           TABLE_DELIVERY, TABLE_STRIPE_SUB, TABLE_INVOICE};
    uint64_t count;
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++)
        TRY(owned_remove_all(txn, tables[i], user_id));
    TRY(files_remove_all(txn, user_id));
    TRY(jobs_remove_all(txn, user_id));
    TRY(reservations_remove_all(txn, user_id));
    TRY(idempotency_remove_all(txn, user_id));
    TRY(store_cache_clear(txn, user_id, &count));
    struct key counters = key_of_u64(user_id);
    TRY(rows_del_prefix(txn, TABLE_COUNTER, &counters));
    return subscription_remove(txn, user_id);
}
