/* Tests of the request limits: an oracle over random times, boundaries, days, threads. */
#include "rate.h"

#include "lib/main.h"

#include <pthread.h>

static struct error err;
static struct rate *rate;

enum { DAY_START = 1700006400 }; /* 2023-11-15T00:00:00Z, seconds */

static void start(void)
{
    ck_ok(rate_create(&rate, &err));
}

static int take(uint64_t id, uint64_t max, int64_t mono_ms)
{
    struct rate_limit limit = {
        .kind = RATE_USER, .id = id, .max = max, .window_ms = RATE_MINUTE_MS};
    struct rate_ask ask = {.home = id, .limits = &limit, .count = 1, .mono_ms = mono_ms};
    return rate_take(rate, &ask);
}

/* Small deterministic generator: a failing run can be repeated. */
static uint64_t seed = 42;
static uint64_t next_random(void)
{
    seed += 0x9E3779B97F4A7C15U;
    uint64_t x = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
}

/* The model: all admitted times of one user; counts those within the trailing minute. */
struct model {
    int64_t *admitted;
    size_t count, oldest;
};

static bool model_admits(struct model *m, uint64_t max, int64_t now)
{
    while (m->oldest < m->count && m->admitted[m->oldest] <= now - RATE_MINUTE_MS)
        m->oldest++;
    if (m->count - m->oldest >= max)
        return false;
    m->admitted[m->count++] = now;
    return true;
}

enum { USERS = 7, REQUESTS = 200000 };

START_TEST(two_hundred_thousand_random_requests_agree_with_brute_force)
{
    static const uint64_t limits[USERS] = {1, 2, 10, 60, 300, 1000, 13};
    struct model models[USERS] = {0};
    size_t refused = 0;
    int64_t now = 4294967296LL - 3000000; /* crosses the end of the 32-bit milliseconds */
    start();
    for (size_t i = 0; i < USERS; i++)
        ck_assert_ptr_nonnull(models[i].admitted = calloc(REQUESTS, sizeof(int64_t)));
    for (size_t n = 0; n < REQUESTS; n++) {
        uint64_t r = next_random();
        size_t user = r % USERS;
        uint64_t kind = r >> 8 & 1023;
        /* bursts, steps around the window's edge, and now and then days of silence */
        now += kind < 900    ? (int64_t)(r >> 20 & 31)
               : kind < 1000 ? 59990 + (int64_t)(r >> 20 & 15)
               : kind < 1022 ? (int64_t)(r >> 20 & 16383)
                             : 60LL * 86400000;
        bool expected = model_admits(&models[user], limits[user], now);
        int got = take(user + 1, limits[user], now);
        ck_assert_msg((got == RATE_ADMITTED) == expected, "request %zu of user %zu", n, user);
        refused += !expected;
    }
    for (size_t i = 0; i < USERS; i++)
        free(models[i].admitted);
    ck_assert_uint_gt(refused, REQUESTS / 20);
    ck_assert_uint_lt(refused, REQUESTS * 19 / 20);
    rate_destroy(&rate);
}
END_TEST

START_TEST(the_window_ends_after_exactly_sixty_seconds)
{
    start();
    ck_assert_int_eq(take(1, 1, 1000), RATE_ADMITTED);
    ck_assert_int_eq(take(1, 1, 60999), 0);
    ck_assert_int_eq(take(1, 1, 61000), RATE_ADMITTED);
    rate_destroy(&rate);
}
END_TEST

START_TEST(wait_tells_when_the_next_one_is_admitted)
{
    struct rate_limit limit = {.kind = RATE_USER, .id = 1, .max = 3, .window_ms = RATE_MINUTE_MS};
    struct rate_ask ask = {.home = 1, .limits = &limit, .count = 1};
    start();
    for (int i = 0; i < 3; i++) {
        ask.mono_ms = 10000 + i * 5000;
        ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
        ck_assert_uint_eq(limit.used, (uint64_t)i + 1);
    }
    ask.mono_ms = 30000;
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ck_assert_int_eq(limit.wait_ms, 40000);
    limit.max = 1; /* after a downgrade all three must leave first */
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ck_assert_int_eq(limit.wait_ms, 50000);
    ask.mono_ms = 79999;
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ask.mono_ms = 80000;
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    rate_destroy(&rate);
}
END_TEST

START_TEST(a_refused_request_consumes_nothing_of_any_limit)
{
    struct rate_limit limits[] = {
        {.kind = RATE_USER, .id = 1, .max = 5, .window_ms = RATE_MINUTE_MS},
        {.kind = RATE_USER, .id = 1, .max = 100},
        {.kind = RATE_KEY, .id = 9, .max = 2, .window_ms = RATE_MINUTE_MS},
    };
    struct rate_ask ask = {
        .home = 1, .limits = limits, .count = 3, .mono_ms = 1000, .wall_ms = DAY_START * 1000LL};
    start();
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(rate_take(rate, &ask), 2);
    rate_look(rate, &ask);
    ck_assert_uint_eq(limits[0].used, 2);
    ck_assert_uint_eq(limits[1].used, 2);
    ck_assert_uint_eq(limits[2].used, 2);
    rate_destroy(&rate);
}
END_TEST

START_TEST(given_back_requests_leave_no_trace)
{
    struct rate_limit limits[] = {
        {.kind = RATE_USER, .id = 1, .max = 2, .window_ms = RATE_MINUTE_MS},
        {.kind = RATE_USER, .id = 1, .max = 2},
    };
    struct rate_ask early = {
        .home = 1, .limits = limits, .count = 2, .mono_ms = 1000, .wall_ms = DAY_START * 1000LL};
    struct rate_ask late = early;
    start();
    ck_assert_int_eq(rate_take(rate, &early), RATE_ADMITTED);
    late.mono_ms = 5000;
    ck_assert_int_eq(rate_take(rate, &late), RATE_ADMITTED);
    rate_give_back(rate, &early);
    late.mono_ms = 5001;
    ck_assert_int_eq(rate_take(rate, &late), RATE_ADMITTED);
    late.mono_ms = 61000; /* the one given back would have left now; the others are still there */
    ck_assert_int_eq(rate_take(rate, &late), 0);
    rate_destroy(&rate);
}
END_TEST

START_TEST(days_are_calendar_days_and_never_turn_back)
{
    struct rate_limit limit = {.kind = RATE_USER, .id = 1, .max = 2};
    struct rate_ask ask = {
        .home = 1, .limits = &limit, .count = 1, .mono_ms = 1, .wall_ms = DAY_START * 1000LL};
    struct rate_day_count rows[4];
    start();
    rate_day_set(rate, 1, ask.wall_ms, 1);
    ck_assert(rate_day_known(rate, 1));
    ck_assert(!rate_day_known(rate, 2));
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ck_assert_int_eq(limit.wait_ms, 86400000);
    ask.wall_ms += 86400000 - 1;
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ck_assert_int_eq(limit.wait_ms, 1);
    ask.wall_ms += 1;
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    ck_assert_int_eq(rate_take(rate, &ask), RATE_ADMITTED);
    ask.wall_ms -= 86400000; /* the clock is set back */
    ck_assert_int_eq(rate_take(rate, &ask), 0);
    ck_assert_uint_eq(rate_flush(rate, rows, 4), 1);
    ck_assert_uint_eq(rows[0].day, DAY_START / 86400 + 1);
    ck_assert_uint_eq(rows[0].count, 2);
    ck_assert_uint_eq(rate_flush(rate, rows, 4), 0);
    rate_destroy(&rate);
}
END_TEST

START_TEST(running_analyses_have_a_cap)
{
    start();
    ck_assert(rate_run_begin(rate, 1, 2));
    ck_assert(rate_run_begin(rate, 1, 2));
    ck_assert(!rate_run_begin(rate, 1, 2));
    ck_assert(rate_run_begin(rate, 2, 2));
    rate_run_end(rate, 1);
    ck_assert(rate_run_begin(rate, 1, 2));
    rate_destroy(&rate);
}
END_TEST

START_TEST(idle_subjects_are_forgotten_and_busy_ones_kept)
{
    start();
    for (uint64_t id = 1; id <= 1000; id++)
        ck_assert_int_eq(take(id, 5, 1000), RATE_ADMITTED);
    ck_assert(rate_run_begin(rate, 5, 1));
    for (int i = 0; i < RATE_SHARDS; i++)
        rate_sweep(rate, 1000 + 2 * RATE_LOGIN_MS);
    ck_assert_uint_eq(rate_subjects(rate), 1000);
    for (int i = 0; i < RATE_SHARDS; i++)
        rate_sweep(rate, 1001 + 2 * RATE_LOGIN_MS);
    ck_assert_uint_eq(rate_subjects(rate), 1);
    rate_destroy(&rate);
}
END_TEST

struct hammer {
    int64_t mono_ms;
    size_t admitted;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    for (int i = 0; i < 2000; i++)
        h->admitted += take(77, 1000, h->mono_ms + i % 7) == RATE_ADMITTED;
    return NULL;
}

START_TEST(sixteen_threads_share_one_limit_exactly)
{
    pthread_t threads[16];
    struct hammer hammers[16] = {{0}};
    size_t admitted = 0;
    start();
    for (size_t i = 0; i < 16; i++) {
        hammers[i].mono_ms = 5000 + (int64_t)i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &hammers[i]), 0);
    }
    for (size_t i = 0; i < 16; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        admitted += hammers[i].admitted;
    }
    ck_assert_uint_eq(admitted, 1000);
    rate_destroy(&rate);
}
END_TEST

TEST_MAIN("rate", two_hundred_thousand_random_requests_agree_with_brute_force,
          the_window_ends_after_exactly_sixty_seconds, wait_tells_when_the_next_one_is_admitted,
          a_refused_request_consumes_nothing_of_any_limit, given_back_requests_leave_no_trace,
          days_are_calendar_days_and_never_turn_back, running_analyses_have_a_cap,
          idle_subjects_are_forgotten_and_busy_ones_kept, sixteen_threads_share_one_limit_exactly)
