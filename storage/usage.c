/* Usage: sums by user, day, key and endpoint; months. */
#include "storage/internal.h"

#include <assert.h>

enum { ENDPOINT_MAX = 200, MS_PER_DAY = 86400000 };

/* --- sums by day ------------------------------------------------------------------------------ */

static struct key day_key(const struct store_usage_day *row)
{
    struct key key = key_of_u64(row->user_id); /* KEY_LAYOUT */
    key_u32(&key, (uint32_t)row->day);
    key_u64(&key, row->api_key_id);
    key_bytes(&key, slice_sub(row->endpoint, 0, ENDPOINT_MAX));
    return key;
}

/* Adds one row to what is stored; the name of the endpoint is in the key's record too. */
status usage_day_add(struct store_txn *txn, const struct store_usage_day *row)
{
    struct arena_mark mark = arena_mark(&txn->scratch);
    struct store_usage_day sum = {0};
    struct key key = day_key(row);
    status rc = row_get(txn, TABLE_USAGE_DAY, &key, &txn->scratch, &sum);
    if (rc == ST_OK || rc == ST_NOT_FOUND) {
        sum.user_id = row->user_id;
        sum.day = row->day;
        sum.api_key_id = row->api_key_id;
        sum.endpoint = slice_sub(row->endpoint, 0, ENDPOINT_MAX);
        sum.calls += row->calls;
        sum.errors += row->errors;
        sum.analyses += row->analyses;
        sum.cached += row->cached;
        sum.work_us += row->work_us;
        sum.bytes_in += row->bytes_in;
        sum.bytes_out += row->bytes_out;
        store_hist_merge(&sum.latency, &row->latency);
        rc = row_put(txn, TABLE_USAGE_DAY, &key, &sum);
    }
    arena_rewind(&txn->scratch, mark);
    return rc;
}

status store_usage_flush(struct store_txn *txn, const struct store_usage_day *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(rows[i].analyses == 0); /* counted by store_analyses_add, exactly */
        TRY(usage_day_add(txn, &rows[i]));
    }
    return txn->failed;
}

/* The rows of one user lie together in order of days; those of all users do not. */
static bool day_is_past(const struct store_usage_range *range, uint64_t day)
{
    return range->user_id != 0 && (int64_t)day * MS_PER_DAY >= range->to_ms;
}

static bool day_is_inside(const struct store_usage_range *range, uint64_t day)
{
    int64_t at_ms = (int64_t)day * MS_PER_DAY;
    return at_ms + MS_PER_DAY > range->from_ms && at_ms < range->to_ms;
}

status store_usage_days(struct store_txn *txn, const struct store_usage_range *range,
                        bool (*each)(void *arg, const struct store_usage_day *), void *arg)
{
    struct key prefix, from;
    struct walk walk;
    key_init(&prefix);
    if (range->user_id)
        key_u64(&prefix, range->user_id);
    walk_begin(&walk, txn, TABLE_USAGE_DAY, &prefix);
    if (range->user_id && range->from_ms > 0) {
        from = prefix;
        key_u32(&from, (uint32_t)store_day(range->from_ms));
        walk_from(&walk, key_slice(&from));
    }
    while (walk_next(&walk)) {
        struct store_usage_day row;
        uint64_t day = key_read_u32(walk.key, 8);
        if (day_is_past(range, day))
            break;
        if (!day_is_inside(range, day))
            continue;
        struct arena_mark mark = arena_mark(&txn->scratch);
        bool more = walk_row(&walk, &txn->scratch, &row) == ST_OK && each(arg, &row);
        arena_rewind(&txn->scratch, mark);
        if (!more)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

status store_usage_months(struct store_txn *txn, uint64_t user_id,
                          bool (*each)(void *arg, const struct store_usage_month *), void *arg)
{
    struct key prefix;
    struct walk walk;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    for (walk_begin(&walk, txn, TABLE_USAGE_MONTH, &prefix); walk_next(&walk);) {
        struct store_usage_month row;
        struct arena_mark mark = arena_mark(&txn->scratch);
        bool more = walk_row(&walk, &txn->scratch, &row) == ST_OK && each(arg, &row);
        arena_rewind(&txn->scratch, mark);
        if (!more)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}
