/* Tests of the billed unit: exact limits, reservations, the sums that must agree. */
#include "lib/temp_store.h"

static struct store_spend spend_of(uint64_t count, uint64_t limit)
{
    return (struct store_spend){.user_id = 1,
                                .api_key_id = 2,
                                .endpoint = S("/api/detect"),
                                .at_ms = T0_MS,
                                .count = count,
                                .limit = limit};
}

static struct store_usage_month month_of(struct temp_store *t)
{
    struct store_usage_month month;
    ck_status(store_analyses_get(temp_write(t), 1, store_month(T0_MS), &month), ST_OK);
    return month;
}

START_TEST(exactly_the_limit_is_accepted)
{
    struct temp_store t;
    uint64_t total, accepted = 0;
    struct store_spend one = spend_of(1, 10);
    temp_open(&t);
    for (int i = 0; i < 25; i++) {
        status rc = store_analyses_add(temp_write(&t), &one, &total);
        ck_assert(rc == ST_OK || rc == ST_QUOTA);
        accepted += rc == ST_OK;
        ck_assert_uint_eq(total, accepted);
    }
    ck_assert_uint_eq(accepted, 10);
    ck_assert_uint_eq(month_of(&t).analyses, 10);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_lowered_limit_refuses_and_no_sum_overflows)
{
    struct temp_store t;
    struct store_spend many = spend_of(50, UINT64_MAX), one = spend_of(1, 10);
    struct store_spend huge = spend_of(UINT64_MAX, UINT64_MAX);
    temp_open(&t);
    ck_status(store_analyses_add(temp_write(&t), &many, NULL), ST_OK);
    ck_status(store_analyses_add(&t.w, &one, NULL), ST_QUOTA);
    ck_status(store_analyses_add(&t.w, &huge, NULL), ST_QUOTA);
    ck_assert_uint_eq(month_of(&t).analyses, 50);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(months_do_not_share)
{
    struct temp_store t;
    struct store_spend one = spend_of(10, 10);
    temp_open(&t);
    ck_status(store_analyses_add(temp_write(&t), &one, NULL), ST_OK);
    one.at_ms += INT64_C(40) * 86400000;
    ck_status(store_analyses_add(&t.w, &one, NULL), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(reservations_hold_their_place_until_settled)
{
    struct temp_store t;
    struct store_spend six = spend_of(6, 10), five = spend_of(5, 10), four = spend_of(4, 10);
    temp_open(&t);
    ck_status(store_reserve(temp_write(&t), S("job_1"), &six, T0_MS + 100), ST_OK);
    ck_status(store_reserve(&t.w, S("job_1"), &four, T0_MS + 100), ST_CONFLICT);
    ck_status(store_analyses_add(&t.w, &five, NULL), ST_QUOTA);
    ck_status(store_reserve(&t.w, S("job_2"), &five, T0_MS + 100), ST_QUOTA);
    ck_status(store_reserve(&t.w, S("job_2"), &four, T0_MS + 100), ST_OK);
    ck_assert_uint_eq(month_of(&t).reserved, 10);
    ck_status(store_settle(&t.w, S("job_1"), &five), ST_OK);        /* one item of six failed */
    ck_status(store_settle(&t.w, S("job_1"), &five), ST_NOT_FOUND); /* billed once */
    ck_assert_uint_eq(month_of(&t).analyses, 5);
    ck_assert_uint_eq(month_of(&t).reserved, 4);
    struct store_spend none = spend_of(0, 10), greedy = spend_of(100, 1000);
    ck_status(store_settle(&t.w, S("job_2"), &none), ST_OK); /* cancelled */
    ck_assert_uint_eq(month_of(&t).reserved, 0);
    ck_assert_uint_eq(month_of(&t).analyses, 5);
    ck_status(store_reserve(&t.w, S("job_3"), &four, T0_MS + 100), ST_OK);
    ck_status(store_settle(&t.w, S("job_3"), &greedy), ST_OK); /* never more than was held */
    ck_assert_uint_eq(month_of(&t).analyses, 9);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_reservation_that_expires_frees_its_place)
{
    struct temp_store t;
    size_t count;
    struct store_spend six = spend_of(6, 10);
    temp_open(&t);
    ck_status(store_reserve(temp_write(&t), S("job_1"), &six, T0_MS + 100), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 99, 10, &count), ST_OK);
    ck_assert_uint_eq(month_of(&t).reserved, 6);
    ck_status(store_sweep(&t.w, T0_MS + 100, 10, &count), ST_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(month_of(&t).reserved, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

/* A job that ends in the next month is billed to the month that admitted it, on the day it ended.
 */
START_TEST(a_month_change_between_reserve_and_settle_keeps_the_sums)
{
    struct temp_store t;
    struct store_spend two = spend_of(2, 10);
    temp_open(&t);
    ck_status(store_reserve(temp_write(&t), S("job_1"), &two, T0_MS + 100), ST_OK);
    two.at_ms += INT64_C(40) * 86400000;
    ck_status(store_settle(&t.w, S("job_1"), &two), ST_OK);
    ck_assert_uint_eq(month_of(&t).analyses, 2);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(the_total_of_the_appliance_is_exact_over_users_jobs_and_expiry)
{
    struct temp_store t;
    struct store_usage_month all;
    struct store_spend one = spend_of(1, UINT64_MAX), two = spend_of(1, UINT64_MAX);
    uint64_t accepted = 0;
    one.total = two.total = 10;
    two.user_id = 2;
    temp_open(&t);
    struct store_spend held = two;
    held.count = 4;
    ck_status(store_reserve(temp_write(&t), S("job_1"), &held, T0_MS + 1000), ST_OK);
    for (int i = 0; i < 20; i++) {
        status rc = store_analyses_add(&t.w, i % 2 ? &one : &two, NULL);
        ck_assert(rc == ST_OK || rc == ST_QUOTA);
        accepted += rc == ST_OK;
    }
    ck_assert_uint_eq(accepted, 6);
    ck_status(store_reserve(&t.w, S("job_2"), &one, T0_MS + 1000), ST_QUOTA);
    held.count = 1; /* three of four are freed */
    ck_status(store_settle(&t.w, S("job_1"), &held), ST_OK);
    ck_status(store_analyses_total(&t.w, store_month(T0_MS), &all), ST_OK);
    ck_assert_uint_eq(all.analyses, 7);
    ck_assert_uint_eq(all.reserved, 0);
    ck_status(store_analyses_add(&t.w, &one, NULL), ST_OK);
    one.total = 0; /* no total: only the user's own limit */
    ck_status(store_analyses_add(&t.w, &one, NULL), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("quota", the_total_of_the_appliance_is_exact_over_users_jobs_and_expiry,
          exactly_the_limit_is_accepted, a_lowered_limit_refuses_and_no_sum_overflows,
          months_do_not_share, reservations_hold_their_place_until_settled,
          a_reservation_that_expires_frees_its_place,
          a_month_change_between_reserve_and_settle_keeps_the_sums)
