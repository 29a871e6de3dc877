/* Tests of sums by hour and status. */
#include "lib/temp_store.h"

enum { HOUR = 3600000 };

struct sums {
    uint64_t rows, calls, analyses, last_hour;
};

static bool add_row(void *arg, const struct store_usage_hour *row)
{
    struct sums *sums = arg;
    ck_assert_uint_ge(row->hour, sums->last_hour);
    sums->last_hour = row->hour;
    sums->rows++;
    sums->calls += row->calls;
    sums->analyses += row->analyses;
    return true;
}

static void add(struct temp_store *t, uint64_t user_id, int64_t at_ms, uint64_t http_status)
{
    const struct store_usage_hour row = {
        .user_id = user_id, .hour = store_hour(at_ms), .status = http_status, .calls = 1};
    ck_status(store_usage_hour_add(temp_write(t), &row), ST_OK);
}

START_TEST(calls_of_an_hour_and_status_are_one_row)
{
    struct temp_store t;
    struct sums sums = {0};
    temp_open(&t);
    const int64_t hour_ms = T0_MS / HOUR * HOUR;
    add(&t, 1, hour_ms, 200);
    add(&t, 1, hour_ms + HOUR - 1, 200);
    add(&t, 1, hour_ms + HOUR, 200);
    add(&t, 1, hour_ms, 404);
    add(&t, 2, hour_ms, 200);
    temp_commit(&t);
    struct store_usage_range range = {.user_id = 1, .from_ms = hour_ms, .to_ms = hour_ms + HOUR};
    ck_status(store_usage_hours(temp_read(&t), &range, add_row, &sums), ST_OK);
    ck_assert_uint_eq(sums.rows, 2);
    ck_assert_uint_eq(sums.calls, 3);
    range.user_id = 0;
    range.to_ms += HOUR;
    sums = (struct sums){0};
    ck_status(store_usage_hours(t.r, &range, add_row, &sums), ST_OK);
    ck_assert_uint_eq(sums.rows, 4);
    ck_assert_uint_eq(sums.calls, 5);
    temp_close(&t);
}
END_TEST

START_TEST(billed_analyses_are_in_the_hour_of_their_answer)
{
    struct temp_store t;
    struct sums sums = {0};
    const struct store_spend spend = {.user_id = 1,
                                      .endpoint = S("/api/detect"),
                                      .at_ms = T0_MS,
                                      .count = 3,
                                      .limit = UINT64_MAX};
    const struct store_usage_range range = {
        .user_id = 1, .from_ms = T0_MS - HOUR, .to_ms = T0_MS + HOUR};
    temp_open(&t);
    ck_status(store_analyses_add(temp_write(&t), &spend, NULL), ST_OK);
    temp_commit(&t);
    ck_status(store_usage_hours(temp_read(&t), &range, add_row, &sums), ST_OK);
    ck_assert_uint_eq(sums.analyses, 3);
    temp_close(&t);
}
END_TEST

START_TEST(old_hours_are_cut_off)
{
    struct temp_store t;
    size_t count;
    temp_open(&t);
    for (int64_t i = 0; i < 10; i++)
        add(&t, 1, T0_MS + i * HOUR, 200);
    ck_status(store_usage_hours_trim(temp_write(&t), T0_MS + 4 * (int64_t)HOUR, 3, &count), ST_OK);
    ck_assert_uint_eq(count, 3);
    ck_status(store_usage_hours_trim(&t.w, T0_MS + 4 * (int64_t)HOUR, 30, &count), ST_OK);
    ck_assert_uint_eq(count, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("usage_hours", calls_of_an_hour_and_status_are_one_row,
          billed_analyses_are_in_the_hour_of_their_answer, old_hours_are_cut_off)
