/* Tests of the windows per user. */
#include "lib/temp_store.h"

static bool sum_up(void *arg, uint64_t user_id, const struct store_counter *counter)
{
    uint64_t *sum = arg;
    *sum += user_id * 1000 + counter->count;
    return true;
}

static bool stop_at_once(void *arg, uint64_t user_id, const struct store_counter *counter)
{
    (void)user_id;
    (void)counter;
    ++*(uint64_t *)arg;
    return false;
}

START_TEST(windows_are_separate_and_missing_ones_are_zero)
{
    struct temp_store t;
    struct store_counter counter;
    uint64_t sum = 0, calls = 0;
    temp_open(&t);
    struct store_txn *txn = temp_write(&t);
    ck_status(store_counter_put(txn, 1, 'd', &(struct store_counter){20000, 5}), ST_OK);
    ck_status(store_counter_put(txn, 2, 'd', &(struct store_counter){20000, 7}), ST_OK);
    ck_status(store_counter_put(txn, 2, 'x', &(struct store_counter){1, 900}), ST_OK);
    ck_status(store_counter_get(txn, 1, 'd', &counter), ST_OK);
    ck_assert_uint_eq(counter.index, 20000);
    ck_assert_uint_eq(counter.count, 5);
    ck_status(store_counter_get(txn, 3, 'd', &counter), ST_OK);
    ck_assert_uint_eq(counter.count, 0);
    ck_status(store_counter_each(txn, 'd', sum_up, &sum), ST_OK);
    ck_assert_uint_eq(sum, 3012);
    ck_status(store_counter_each(txn, 'd', stop_at_once, &calls), ST_OK);
    ck_assert_uint_eq(calls, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(days_and_months_follow_utc)
{
    ck_assert_uint_eq(store_day(0), 0);
    ck_assert_uint_eq(store_day(86399999), 0);
    ck_assert_uint_eq(store_day(86400000), 1);
    ck_assert_uint_eq(store_month(0), 1970 * 12);
    ck_assert_uint_eq(store_month(INT64_C(1798761599999)), 2026 * 12 + 11); /* 31 December 2026 */
    ck_assert_uint_eq(store_month(INT64_C(1798761600000)), 2027 * 12);
}
END_TEST

START_TEST(a_key_has_a_count_of_its_own)
{
    struct temp_store t;
    struct store_counter counter = {.index = 5, .count = 7};
    temp_open(&t);
    ck_status(store_key_day_put(temp_write(&t), 1, 2, &counter), ST_OK);
    ck_status(store_key_day_get(&t.w, 1, 2, &counter), ST_OK);
    ck_assert_uint_eq(counter.count, 7);
    ck_status(store_key_day_get(&t.w, 1, 3, &counter), ST_OK);
    ck_assert_uint_eq(counter.count, 0);
    ck_status(store_counter_get(&t.w, 1, 'k', &counter), ST_OK);
    ck_assert_uint_eq(counter.count, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("counters", a_key_has_a_count_of_its_own, windows_are_separate_and_missing_ones_are_zero,
          days_and_months_follow_utc)
