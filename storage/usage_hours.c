/* Sums of usage by hour and HTTP status, for the statistics that the sums of days cannot give. */
#include "storage/internal.h"

#include <assert.h>

enum { MS_PER_HOUR = 3600000 };

static struct key hour_key(const struct store_usage_hour *row)
{
    struct key key; /* KEY_LAYOUT */
    key_init(&key);
    key_u32(&key, (uint32_t)row->hour);
    key_u64(&key, row->user_id);
    key_u16(&key, (uint16_t)row->status);
    return key;
}

uint64_t store_hour(int64_t at_ms)
{
    return at_ms < 0 ? 0 : (uint64_t)at_ms / MS_PER_HOUR;
}

status store_usage_hour_add(struct store_txn *txn, const struct store_usage_hour *row)
{
    struct arena_mark mark = arena_mark(&txn->scratch);
    struct store_usage_hour sum = {0};
    struct key key = hour_key(row);
    status rc = row_get(txn, TABLE_USAGE_HOUR, &key, &txn->scratch, &sum);
    if (rc == ST_OK || rc == ST_NOT_FOUND) {
        sum.user_id = row->user_id;
        sum.hour = row->hour;
        sum.status = row->status;
        sum.calls += row->calls;
        sum.analyses += row->analyses;
        store_hist_merge(&sum.latency, &row->latency);
        rc = row_put(txn, TABLE_USAGE_HOUR, &key, &sum);
    }
    arena_rewind(&txn->scratch, mark);
    return rc;
}

/* The rows of one hour: of one user, or of all. False: the caller has enough, or a failure. */
static bool hour_each(struct store_txn *txn, uint64_t hour, uint64_t user_id,
                      bool (*each)(void *arg, const struct store_usage_hour *), void *arg)
{
    struct key prefix;
    struct walk walk;
    bool more = true;
    key_init(&prefix);
    key_u32(&prefix, (uint32_t)hour);
    if (user_id)
        key_u64(&prefix, user_id);
    for (walk_begin(&walk, txn, TABLE_USAGE_HOUR, &prefix); more && walk_next(&walk);) {
        struct store_usage_hour row;
        struct arena_mark mark = arena_mark(&txn->scratch);
        more = walk_row(&walk, &txn->scratch, &row) == ST_OK && each(arg, &row);
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    return more && txn->failed == ST_OK;
}

status store_usage_hours(struct store_txn *txn, const struct store_usage_range *range,
                         bool (*each)(void *arg, const struct store_usage_hour *), void *arg)
{
    uint64_t from = store_hour(range->from_ms), to = store_hour(range->to_ms + MS_PER_HOUR - 1);
    assert(to <= from + STORE_HOURS_MAX);
    for (uint64_t hour = from; hour < to; hour++)
        if (!hour_each(txn, hour, range->user_id, each, arg))
            break;
    return txn->failed;
}

status store_usage_hours_trim(struct store_txn *txn, int64_t before_ms, size_t max, size_t *ret)
{
    struct walk walk;
    size_t count = 0;
    for (walk_begin(&walk, txn, TABLE_USAGE_HOUR, NULL); count < max && walk_next(&walk);) {
        if (key_read_u32(walk.key, 0) >= store_hour(before_ms) ||
            txn_del(txn, TABLE_USAGE_HOUR, walk.key) != ST_OK)
            break;
        count++;
    }
    walk_end(&walk);
    *ret = count;
    return txn->failed;
}
