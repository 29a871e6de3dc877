/* Tests of usage sums. */
#include "lib/temp_store.h"

enum { DAY = 86400000 };

struct sums {
    uint64_t rows, calls, work_us, last_day;
    struct store_hist latency;
};

static bool add_row(void *arg, const struct store_usage_day *row)
{
    struct sums *sums = arg;
    sums->rows++;
    sums->calls += row->calls;
    sums->work_us += row->work_us;
    ck_assert_uint_ge(row->day, sums->last_day);
    sums->last_day = row->day;
    store_hist_merge(&sums->latency, &row->latency);
    return true;
}

static struct store_usage_day day_row(uint64_t user_id, int64_t at_ms, slice endpoint)
{
    struct store_usage_day row = {.user_id = user_id,
                                  .day = store_day(at_ms),
                                  .api_key_id = 3,
                                  .endpoint = endpoint,
                                  .calls = 2,
                                  .errors = 1,
                                  .work_us = 50};
    store_hist_add(&row.latency, 25);
    return row;
}

START_TEST(rows_of_a_day_are_added_up)
{
    struct temp_store t;
    struct sums sums = {0};
    temp_open(&t);
    struct store_usage_day rows[] = {
        day_row(1, T0_MS, S("/api/detect")), day_row(1, T0_MS, S("/api/detect")),
        day_row(1, T0_MS, S("/api/jobs")), day_row(1, T0_MS - DAY, S("/api/detect")),
        day_row(2, T0_MS, S("/api/detect"))};
    ck_status(store_usage_flush(temp_write(&t), rows, 5), ST_OK);
    ck_status(store_usage_flush(&t.w, rows, 1), ST_OK);
    temp_commit(&t);
    struct store_usage_range range = {
        .user_id = 1, .from_ms = T0_MS - 2 * (int64_t)DAY, .to_ms = T0_MS + DAY};
    ck_status(store_usage_days(temp_read(&t), &range, add_row, &sums), ST_OK);
    ck_assert_uint_eq(sums.rows, 3);
    ck_assert_uint_eq(sums.calls, 10);
    ck_assert_uint_eq(sums.work_us, 250);
    ck_assert_uint_eq(sums.latency.n[0], 5);
    range.from_ms = T0_MS;
    sums = (struct sums){0};
    ck_status(store_usage_days(t.r, &range, add_row, &sums), ST_OK);
    ck_assert_uint_eq(sums.rows, 2);
    temp_close(&t);
}
END_TEST

static bool count_row(void *arg, const struct store_usage_day *row)
{
    (void)row;
    ++*(uint64_t *)arg;
    return true;
}

START_TEST(all_users_are_met_without_a_number)
{
    struct temp_store t;
    uint64_t count = 0;
    temp_open(&t);
    for (uint64_t user = 1; user <= 5; user++) {
        struct store_usage_day rows[] = {day_row(user, T0_MS, S("x")),
                                         day_row(user, T0_MS + DAY, S("x"))};
        ck_status(store_usage_flush(temp_write(&t), rows, 2), ST_OK);
    }
    temp_commit(&t);
    struct store_usage_range range = {.from_ms = T0_MS, .to_ms = T0_MS + 1};
    ck_status(store_usage_days(temp_read(&t), &range, count_row, &count), ST_OK);
    ck_assert_uint_eq(count, 5);
    temp_close(&t);
}
END_TEST

TEST_MAIN("usage", rows_of_a_day_are_added_up, all_users_are_met_without_a_number)
