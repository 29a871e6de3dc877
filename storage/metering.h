/* Limits, usage and the billed unit; the result cache and idempotency keys.
 *
 * A part of storage.h, which says what holds for all of storage; include that. */
#ifndef STORAGE_METERING_H
#define STORAGE_METERING_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/records.h"

struct store_txn;
struct store_page;

/* --- limits and usage ------------------------------------------------------------------------- */

/* Day of a moment as in usage_day.day, month as in usage_month.month. */
uint64_t store_day(int64_t at_ms);
uint64_t store_month(int64_t at_ms);

/* Small named windows per user, such as 'd' = calls of the day. Missing = zeroes. */
status store_counter_get(struct store_txn *txn, uint64_t user_id, char window,
                         struct store_counter *ret);
status store_counter_put(struct store_txn *txn, uint64_t user_id, char window,
                         const struct store_counter *counter);
/* Calls of the day of one API key that has a limit of its own. Missing = zeroes. */
status store_key_day_get(struct store_txn *txn, uint64_t user_id, uint64_t key_id,
                         struct store_counter *ret);
status store_key_day_put(struct store_txn *txn, uint64_t user_id, uint64_t key_id,
                         const struct store_counter *counter);
/* Every counter of that window, for loading at start. `each` returns false to stop. */
status store_counter_each(struct store_txn *txn, char window,
                          bool (*each)(void *arg, uint64_t user_id, const struct store_counter *),
                          void *arg);

/* Adds rows to the sums of user, day, key and endpoint; row->analyses must be 0. */
status store_usage_flush(struct store_txn *txn, const struct store_usage_day *rows, size_t count);
/* One sealed block of calls; at_ms and loop_index name it (one that exists is replaced). */
status store_usage_log(struct store_txn *txn, int64_t at_ms, unsigned loop_index,
                       const struct store_usage_call *calls, size_t count);

struct store_usage_range {
    uint64_t user_id;       /* 0 = all users */
    int64_t from_ms, to_ms; /* from <= at < to; whole days for sums */
};
/* `each` returns false to stop; rows live for the call only. */
status store_usage_days(struct store_txn *txn, const struct store_usage_range *range,
                        bool (*each)(void *arg, const struct store_usage_day *), void *arg);
status store_usage_calls(struct store_txn *txn, const struct store_usage_range *range,
                         bool (*each)(void *arg, const struct store_usage_call *), void *arg);
/* One page of single calls: page->cursor, limit, newest_first in; next and count out. Reads at most
 * 50,000 calls, so a page may be short although `next` is set. ST_INVALID: foreign cursor. */
status store_usage_page(struct store_txn *txn, const struct store_usage_range *range,
                        struct store_page *page, struct arena *arena,
                        struct store_usage_call **ret);

enum { STORE_HOURS_MAX = 24 * 32 }; /* hours of one walk: a seek each */
/* Hour of a moment as in usage_hour.hour. */
uint64_t store_hour(int64_t at_ms);
/* Adds to the sum of user, hour and status; billed analyses come from store_analyses_add. */
status store_usage_hour_add(struct store_txn *txn, const struct store_usage_hour *row);
/* Whole hours of the range in order, at most STORE_HOURS_MAX of them (asserted). */
status store_usage_hours(struct store_txn *txn, const struct store_usage_range *range,
                         bool (*each)(void *arg, const struct store_usage_hour *), void *arg);
status store_usage_hours_trim(struct store_txn *txn, int64_t before_ms, size_t max, size_t *ret);
/* Months in which the user has a row; user_id 0 = all users. */
status store_usage_months(struct store_txn *txn, uint64_t user_id,
                          bool (*each)(void *arg, const struct store_usage_month *), void *arg);
/* Drops blocks older than before_ms, at most max. */
status store_usage_trim(struct store_txn *txn, int64_t before_ms, size_t max, size_t *ret);

struct store_spend {
    uint64_t user_id, api_key_id;
    slice endpoint; /* where the sum of the day goes */
    int64_t at_ms;  /* chooses day and month */
    uint64_t count;
    uint64_t limit; /* of the month, UINT64_MAX = none */
    uint64_t total; /* of the month for all users together, 0 = none */
};
/* The billed unit, exact: ST_QUOTA, and nothing counted, when billed + reserved + count > limit,
 * or beyond the total of the appliance.
 * ret_total (optional) = billed + reserved of the month afterwards, or as it is when refused. */
status store_analyses_add(struct store_txn *txn, const struct store_spend *spend,
                          uint64_t *ret_total);
status store_analyses_get(struct store_txn *txn, uint64_t user_id, uint64_t month,
                          struct store_usage_month *ret); /* missing = zeroes */
/* All users together: what was billed and is reserved. */
status store_analyses_total(struct store_txn *txn, uint64_t month, struct store_usage_month *ret);
/* Holds spend->count for job `id` until settled or expired; ST_QUOTA; ST_CONFLICT: held already. */
status store_reserve(struct store_txn *txn, slice id, const struct store_spend *spend,
                     int64_t expires_ms);
/* Bills spend->count of what `id` holds (0 = cancelled or failed) and frees the rest; no-op
 * ST_NOT_FOUND when nothing is held any more. Bills the month in which it was reserved. */
status store_settle(struct store_txn *txn, slice id, const struct store_spend *spend);

/* --- cache and idempotency -------------------------------------------------------------------- */

/* ST_NOT_FOUND when missing or expired at now_ms. */
status store_cache_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                       int64_t now_ms, struct arena *arena, struct store_cache_entry *ret);
/* Drops the bodies that expire first until all together take at most bytes_max; a larger one is not
 * kept at all. That it was paid for stays in either case. */
status store_cache_put(struct store_txn *txn, const struct store_cache_entry *entry,
                       uint64_t bytes_max);
/* Of one user, or of everybody with user_id 0. */
status store_cache_clear(struct store_txn *txn, uint64_t user_id, uint64_t *ret_count);
/* Forgets the result but not that it was paid for: the same input is free until the entry expires.
 * No-op when there is none. */
status store_cache_forget(struct store_txn *txn, uint64_t user_id, slice hash);
status store_cache_size(struct store_txn *txn, uint64_t *ret_count, uint64_t *ret_bytes);
status store_cache_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                        struct arena *arena, struct store_cache_entry **ret);

enum store_idempotency_state {
    STORE_IDEMPOTENCY_IN_FLIGHT,
    STORE_IDEMPOTENCY_DONE,
    STORE_IDEMPOTENCY_SECRET /* done, but the body held a secret and was not kept */
};
/* ST_NOT_FOUND when missing or expired at now_ms. */
status store_idempotency_get(struct store_txn *txn, uint64_t user_id, const struct crypt_hash *hash,
                             int64_t now_ms, struct arena *arena, struct store_idempotency *ret);
status store_idempotency_put(struct store_txn *txn, const struct store_idempotency *row);
status store_idempotency_del(struct store_txn *txn, uint64_t user_id,
                             const struct crypt_hash *hash);

#endif
