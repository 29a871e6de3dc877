/* The billed unit: analyses of a month, counted and reserved exactly, committed before the answer.
 *
 * Invariants, checked by verify.c: usage_month.reserved is the sum of the live reservations, and
 * usage_month.analyses the sum of the analyses in usage_day; usage_total holds the sums over all
 * users. */
#include "storage/internal.h"

#include <assert.h>

enum { HTTP_OK = 200 }; /* only answers of success are billed */

static struct key month_key(uint64_t user_id, uint64_t month)
{
    struct key key = key_of_u64(user_id); /* KEY_LAYOUT */
    key_u32(&key, (uint32_t)month);
    return key;
}

status store_analyses_get(struct store_txn *txn, uint64_t user_id, uint64_t month,
                          struct store_usage_month *ret)
{
    struct key key = month_key(user_id, month);
    struct arena_mark mark = arena_mark(&txn->scratch);
    struct store_usage_month row = {.user_id = user_id, .month = month};
    status rc = row_get(txn, TABLE_USAGE_MONTH, &key, &txn->scratch, &row);
    arena_rewind(&txn->scratch, mark);
    if (rc == ST_NOT_FOUND)
        row = (struct store_usage_month){.user_id = user_id, .month = month};
    else if (rc != ST_OK)
        return rc;
    *ret = row;
    return ST_OK;
}

static status month_put(struct store_txn *txn, const struct store_usage_month *row)
{
    struct key key = month_key(row->user_id, row->month);
    return row_put(txn, TABLE_USAGE_MONTH, &key, row);
}

/* --- all users together --- */

static struct key total_key(uint64_t month)
{
    struct key key;
    key_init(&key);
    key_u32(&key, (uint32_t)month); /* KEY_LAYOUT */
    return key;
}

status store_analyses_total(struct store_txn *txn, uint64_t month, struct store_usage_month *ret)
{
    struct key key = total_key(month);
    struct arena_mark mark = arena_mark(&txn->scratch);
    struct store_usage_month row = {.month = month};
    status rc = row_get(txn, TABLE_USAGE_TOTAL, &key, &txn->scratch, &row);
    arena_rewind(&txn->scratch, mark);
    if (rc == ST_NOT_FOUND)
        row = (struct store_usage_month){.month = month};
    else if (rc != ST_OK)
        return rc;
    *ret = row;
    return ST_OK;
}

static status total_move(struct store_txn *txn, uint64_t month, int64_t analyses, int64_t reserved)
{
    struct store_usage_month row;
    struct key key = total_key(month);
    TRY(store_analyses_total(txn, month, &row));
    if (reserved < 0 && row.reserved < (uint64_t)-reserved)
        return txn_fail(txn, ST_CORRUPT, "fewer analyses are reserved in all than one job holds");
    row.analyses += (uint64_t)analyses;
    row.reserved += (uint64_t)reserved; /* wraps back below what stood there */
    return row_put(txn, TABLE_USAGE_TOTAL, &key, &row);
}

static bool fits_total(struct store_txn *txn, const struct store_spend *spend)
{
    struct store_usage_month all;
    if (spend->total == 0 || spend->count == 0)
        return true;
    if (store_analyses_total(txn, store_month(spend->at_ms), &all) != ST_OK)
        return true; /* the transaction keeps the reason */
    uint64_t used = all.analyses + all.reserved;
    return used <= spend->total && spend->count <= spend->total - used;
}

/* --- one user --- */

/* Does `count` fit behind what is billed and reserved? No sum here can overflow. */
static bool fits(const struct store_usage_month *month, const struct store_spend *spend)
{
    uint64_t used = month->analyses + month->reserved;
    return used <= spend->limit && spend->count <= spend->limit - used;
}

static status bill_day(struct store_txn *txn, const struct store_spend *spend, uint64_t count)
{
    TRY(store_usage_hour_add(txn, &(struct store_usage_hour){.user_id = spend->user_id,
                                                             .hour = store_hour(spend->at_ms),
                                                             .status = HTTP_OK,
                                                             .analyses = count}));
    return usage_day_add(txn, &(struct store_usage_day){.user_id = spend->user_id,
                                                        .day = store_day(spend->at_ms),
                                                        .api_key_id = spend->api_key_id,
                                                        .endpoint = spend->endpoint,
                                                        .analyses = count});
}

status store_analyses_add(struct store_txn *txn, const struct store_spend *spend,
                          uint64_t *ret_total)
{
    struct store_usage_month month;
    TRY(store_analyses_get(txn, spend->user_id, store_month(spend->at_ms), &month));
    if (ret_total)
        *ret_total = month.analyses + month.reserved;
    if (!fits(&month, spend) || !fits_total(txn, spend))
        return ST_QUOTA;
    if (spend->count == 0)
        return ST_OK;
    month.analyses += spend->count;
    if (ret_total)
        *ret_total += spend->count;
    TRY(month_put(txn, &month));
    TRY(total_move(txn, month.month, (int64_t)spend->count, 0));
    return bill_day(txn, spend, spend->count);
}

status store_reserve(struct store_txn *txn, slice id, const struct store_spend *spend,
                     int64_t expires_ms)
{
    struct store_usage_month month;
    struct key key = key_of_user_id(spend->user_id, id);
    if (row_exists(txn, TABLE_RESERVATION, &key))
        return ST_CONFLICT;
    TRY(store_analyses_get(txn, spend->user_id, store_month(spend->at_ms), &month));
    if (!fits(&month, spend) || !fits_total(txn, spend))
        return ST_QUOTA;
    struct store_reservation row = {.id = id,
                                    .user_id = spend->user_id,
                                    .month = month.month,
                                    .count = spend->count,
                                    .expires_ms = expires_ms};
    month.reserved += spend->count;
    TRY(row_add(txn, TABLE_RESERVATION, &key, &row));
    TRY(due_move(txn, TABLE_RESERVATION, &key, 0, expires_ms));
    TRY(total_move(txn, month.month, 0, (int64_t)spend->count));
    return month_put(txn, &month);
}

/* Takes the reservation away and what it held off the month. */
static status release(struct store_txn *txn, const struct store_reservation *row,
                      struct store_usage_month *month)
{
    struct key key = key_of_user_id(row->user_id, row->id);
    if (month->reserved < row->count)
        return txn_fail(txn, ST_CORRUPT, "fewer analyses are reserved than one reservation holds");
    month->reserved -= row->count;
    TRY(row_del(txn, TABLE_RESERVATION, &key));
    TRY(total_move(txn, row->month, 0, -(int64_t)row->count));
    return due_move(txn, TABLE_RESERVATION, &key, row->expires_ms, 0);
}

status reservation_remove(struct store_txn *txn, const struct store_reservation *row)
{
    struct store_usage_month month;
    TRY(store_analyses_get(txn, row->user_id, row->month, &month));
    TRY(release(txn, row, &month));
    return month_put(txn, &month);
}

status store_settle(struct store_txn *txn, slice id, const struct store_spend *spend)
{
    struct store_reservation row;
    struct store_usage_month month;
    struct key key = key_of_user_id(spend->user_id, id);
    TRY(row_get(txn, TABLE_RESERVATION, &key, &txn->scratch, &row));
    TRY(store_analyses_get(txn, spend->user_id, row.month, &month));
    uint64_t count = spend->count < row.count ? spend->count : row.count;
    TRY(release(txn, &row, &month));
    month.analyses += count;
    TRY(month_put(txn, &month));
    TRY(total_move(txn, month.month, (int64_t)count, 0));
    return count ? bill_day(txn, spend, count) : ST_OK;
}
