/* How many API keys of a user work, in one row, so that a full set is refused without a walk.
 *
 * A row holds the number of keys that are neither revoked nor expired at cut_ms, and the earliest
 * moment after cut_ms at which one of them may expire (0 = none does). When that moment is over,
 * the next question counts anew and moves the cut: each expiry costs one walk over the user's keys,
 * everything else one row. ref.id = number, ref.data = cut_ms:8 next_ms:8, big-endian. */
#include "storage/internal.h"

#include <assert.h>

struct key_count {
    uint64_t live;
    int64_t cut_ms, next_ms;
};

static status count_get(struct store_txn *txn, uint64_t user_id, struct key_count *ret)
{
    struct store_ref ref = {0};
    struct key key = key_of_u64(user_id);
    struct arena_mark mark = arena_mark(&txn->scratch);
    status rc = row_get(txn, TABLE_API_KEY_COUNT, &key, &txn->scratch, &ref);
    *ret = (struct key_count){ref.id, (int64_t)key_read_u64(ref.data, 0),
                              (int64_t)key_read_u64(ref.data, 8)};
    arena_rewind(&txn->scratch, mark);
    return rc == ST_NOT_FOUND ? ST_OK : rc; /* the user has no key */
}

static status count_put(struct store_txn *txn, uint64_t user_id, const struct key_count *count)
{
    struct key key = key_of_u64(user_id), data;
    key_init(&data);
    key_u64(&data, (uint64_t)count->cut_ms);
    key_u64(&data, (uint64_t)count->next_ms);
    return row_put(txn, TABLE_API_KEY_COUNT, &key,
                   &(struct store_ref){.id = count->live, .data = key_slice(&data)});
}

static bool is_live(const struct store_api_key *key, int64_t cut_ms)
{
    return !key->revoked_ms && (!key->expires_ms || key->expires_ms > cut_ms);
}

/* Takes a live key into the sum. */
static void add(struct key_count *count, const struct store_api_key *key)
{
    count->live++;
    if (key->expires_ms && (!count->next_ms || key->expires_ms < count->next_ms))
        count->next_ms = key->expires_ms;
}

static status recount(struct store_txn *txn, uint64_t user_id, int64_t cut_ms,
                      struct key_count *ret)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    *ret = (struct key_count){.cut_ms = cut_ms};
    for (walk_begin(&walk, txn, TABLE_API_KEY_USER, &prefix); walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct store_api_key key;
        status rc = store_key_find(txn, user_id, key_read_u64(walk.key, 8), &txn->scratch, &key);
        if (rc == ST_OK && is_live(&key, cut_ms))
            add(ret, &key);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

status key_count_move(struct store_txn *txn, const struct store_api_key *old,
                      const struct store_api_key *key)
{
    struct key_count count;
    assert(!old || old->user_id == key->user_id);
    TRY(count_get(txn, key->user_id, &count));
    bool was = old && is_live(old, count.cut_ms), is = is_live(key, count.cut_ms);
    if (was == is && old && old->expires_ms == key->expires_ms)
        return ST_OK;
    if (was && count.live == 0)
        return txn_fail(txn, ST_CORRUPT, "fewer API keys are counted than one");
    count.live -= was;
    if (is)
        add(&count, key);
    return count_put(txn, key->user_id, &count);
}

status store_key_room(struct store_txn *txn, uint64_t user_id, int64_t now_ms, uint64_t max,
                      bool *ret)
{
    struct key_count count;
    TRY(count_get(txn, user_id, &count));
    if (count.next_ms && count.next_ms <= now_ms) {
        TRY(recount(txn, user_id, now_ms, &count));
        if (txn->is_write)
            TRY(count_put(txn, user_id, &count));
    }
    *ret = count.live < max;
    return ST_OK;
}

status key_count_check(struct store_txn *txn, uint64_t user_id, const struct store_ref *row,
                       bool *ret)
{
    struct key_count found;
    int64_t next_ms = (int64_t)key_read_u64(row->data, 8);
    TRY(recount(txn, user_id, (int64_t)key_read_u64(row->data, 0), &found));
    *ret = row->data.len == 16 && row->id == found.live &&
           (!found.next_ms || (next_ms && next_ms <= found.next_ms));
    return ST_OK;
}

status key_count_all(struct store_txn *txn)
{
    struct walk walk;
    uint64_t last = 0;
    for (walk_begin(&walk, txn, TABLE_API_KEY_USER, NULL); walk_next(&walk);) {
        struct key_count count;
        uint64_t user_id = key_read_u64(walk.key, 0);
        if (user_id == last)
            continue;
        last = user_id;
        if (recount(txn, user_id, 0, &count) != ST_OK || count_put(txn, user_id, &count) != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}
