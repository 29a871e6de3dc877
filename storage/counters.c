/* Small windows per user, such as the calls of the day: one row each, saved every second. */
#include "storage/internal.h"

#include "base/clock.h"

#include <assert.h>

uint64_t store_day(int64_t at_ms)
{
    assert(at_ms >= 0);
    return (uint64_t)time_day(at_ms);
}

uint64_t store_month(int64_t at_ms)
{
    assert(at_ms >= 0);
    struct civil civil = civil_from_ms(at_ms);
    return (uint64_t)(civil.year * 12 + civil.month - 1);
}

static struct key counter_key(uint64_t user_id, char window)
{
    struct key key = key_of_u64(user_id); /* KEY_LAYOUT */
    key_byte(&key, (unsigned char)window);
    return key;
}

static status get_or_zero(struct store_txn *txn, const struct key *key, struct store_counter *ret)
{
    struct arena_mark mark = arena_mark(&txn->scratch);
    status rc = row_get(txn, TABLE_COUNTER, key, &txn->scratch, ret);
    arena_rewind(&txn->scratch, mark);
    if (rc != ST_NOT_FOUND)
        return rc;
    *ret = (struct store_counter){0};
    return ST_OK;
}

status store_counter_get(struct store_txn *txn, uint64_t user_id, char window,
                         struct store_counter *ret)
{
    struct key key = counter_key(user_id, window);
    return get_or_zero(txn, &key, ret);
}

status store_counter_put(struct store_txn *txn, uint64_t user_id, char window,
                         const struct store_counter *counter)
{
    struct key key = counter_key(user_id, window);
    return row_put(txn, TABLE_COUNTER, &key, counter);
}

/* Behind the user's own windows, so that they go with the user. */
static struct key key_day_key(uint64_t user_id, uint64_t key_id)
{
    struct key key = counter_key(user_id, 'k'); /* KEY_LAYOUT */
    key_u64(&key, key_id);
    return key;
}

status store_key_day_get(struct store_txn *txn, uint64_t user_id, uint64_t key_id,
                         struct store_counter *ret)
{
    struct key key = key_day_key(user_id, key_id);
    return get_or_zero(txn, &key, ret);
}

status store_key_day_put(struct store_txn *txn, uint64_t user_id, uint64_t key_id,
                         const struct store_counter *counter)
{
    struct key key = key_day_key(user_id, key_id);
    return row_put(txn, TABLE_COUNTER, &key, counter);
}

status store_counter_each(struct store_txn *txn, char window,
                          bool (*each)(void *arg, uint64_t user_id, const struct store_counter *),
                          void *arg)
{
    struct walk walk;
    for (walk_begin(&walk, txn, TABLE_COUNTER, NULL); walk_next(&walk);) {
        struct store_counter counter;
        struct arena_mark mark = arena_mark(&txn->scratch);
        if (walk.key.len != 9 || walk.key.ptr[8] != window)
            continue;
        status rc = walk_row(&walk, &txn->scratch, &counter);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK || !each(arg, key_read_u64(walk.key, 0), &counter))
            break;
    }
    walk_end(&walk);
    return txn->failed;
}
