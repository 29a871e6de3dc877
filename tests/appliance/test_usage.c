/* Tests of usage: sums per day, raw records, last use of keys, what a second call adds. */
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static struct store_api_key record;

static bool add_calls(void *arg, const struct store_usage_day *row)
{
    uint64_t *sums = arg;
    sums[0] += row->calls;
    sums[1] += row->errors;
    ck_slice(row->endpoint, "/api/dashboard/keys/:id");
    return true;
}

static bool count_records(void *arg, const struct store_usage_call *row)
{
    uint64_t *count = arg;
    ck_assert(row->status == 200 || row->status == 404);
    ck_slice(row->method, "GET");
    ++*count;
    return true;
}

START_TEST(calls_become_sums_and_records_once)
{
    struct error err = {0};
    uint64_t sums[2] = {0};
    uint64_t records = 0;
    gate_open(&g);
    uint64_t user = gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, &record);
    for (int i = 0; i < 12; i++)
        gate_end(gate_run(&g, METHOD_GET, i % 4 ? "/api/dashboard/keys/1" : "/api/dashboard/keys/9",
                          key, ""));
    gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys/9", NULL, "")); /* nobody's */
    ck_ok(usage_flush(&g.app, g.now_ms, &err));
    ck_ok(usage_flush(&g.app, g.now_ms + 1000, &err)); /* nothing left: nothing added */
    struct store_usage_range range = {
        .user_id = user, .from_ms = T0_MS - 86400000, .to_ms = T0_MS + 86400000};
    ck_ok(store_usage_days(temp_read(&g.t), &range, add_calls, sums));
    ck_assert_uint_eq(sums[0], 12);
    ck_assert_uint_eq(sums[1], 3);
    ck_ok(store_usage_calls(temp_read(&g.t), &range, count_records, &records));
    ck_assert_uint_eq(records, 12);
    gate_close(&g);
}
END_TEST

START_TEST(last_use_of_a_key_is_written_at_most_once_a_minute)
{
    struct error err = {0};
    struct store_api_key now;
    gate_open(&g);
    uint64_t user = gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, &record);
    const int64_t at[] = {0, 30000, 60000};
    const int64_t seen[] = {0, 0, 60000};
    for (size_t i = 0; i < 3; i++) {
        g.now_ms = T0_MS + at[i];
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys/1", key, ""));
        ck_ok(usage_flush(&g.app, g.now_ms, &err));
        ck_ok(store_key_find(temp_read(&g.t), user, record.id, &g.t.arena, &now));
        ck_assert_int_eq(now.last_used_ms, T0_MS + seen[i]);
        ck_slice(now.last_used_address, "192.0.2.7");
    }
    gate_close(&g);
}
END_TEST

START_TEST(tick_hands_the_batch_to_the_writer)
{
    struct usage_stats stats;
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, &record);
    gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys/1", key, ""));
    usage_tick(&g.app, g.now_ms);
    store_writer_stop(g.t.store); /* drains */
    usage_stats(g.app.usage, &stats);
    ck_assert_uint_eq(stats.noted, 1);
    ck_assert_uint_eq(stats.written, 1);
    ck_assert_uint_eq(stats.failed_writes, 0);
    gate_close(&g);
}
END_TEST

TEST_MAIN("usage", calls_become_sums_and_records_once,
          last_use_of_a_key_is_written_at_most_once_a_minute, tick_hands_the_batch_to_the_writer)
