/* Tests of which backups stay. */
#include "retention.h"

#include "base/clock.h"
#include "base/slice.h"
#include "lib/main.h"

enum { COUNT_MAX = 2000 };
static int64_t times[COUNT_MAX];
static bool keep[COUNT_MAX];

static size_t kept(size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += keep[i];
    return n;
}

static int64_t at(const char *text)
{
    int64_t ms = 0;
    ck_assert(time_parse(slice_of(text), &ms));
    return ms;
}

/* One a day for three years: seven days, four weeks, twelve months; some are the same backup. */
START_TEST(daily_backups_thin_out)
{
    const struct retention rule = {7, 4, 12};
    int64_t newest = at("2026-11-27T03:00:00Z"); /* a Friday */
    for (size_t i = 0; i < 1000; i++)
        times[i] = newest - (int64_t)i * 86400000;
    retention_decide(&rule, times, 1000, keep);
    for (size_t i = 0; i < 7; i++)
        ck_assert(keep[i]);
    /* Weeks end on Sundays: 22nd (a daily one, too), 15th and 8th. */
    ck_assert(!keep[7] && keep[12] && keep[19] && !keep[26]);
    ck_assert(keep[27]);  /* 31 October, the newest of its month */
    ck_assert(keep[331]); /* 31 December 2025: the twelfth month */
    ck_assert(!keep[361]);
    ck_assert_uint_eq(kept(1000), 7 + 2 + 11);
}
END_TEST

/* Ten in one hour: one stays for the day. */
START_TEST(of_one_day_the_newest_stays)
{
    const struct retention rule = {7, 4, 12};
    for (size_t i = 0; i < 10; i++)
        times[i] = at("2026-11-27T12:00:00Z") - (int64_t)i * 60000;
    retention_decide(&rule, times, 10, keep);
    ck_assert(keep[0]);
    ck_assert_uint_eq(kept(10), 1);
}
END_TEST

/* A host that was off for a year loses nothing by the time that passed. */
START_TEST(only_periods_with_backups_count)
{
    const struct retention rule = {2, 0, 0};
    times[0] = at("2026-11-27T00:00:00Z");
    times[1] = at("2025-01-01T00:00:00Z");
    times[2] = at("2024-01-01T00:00:00Z");
    retention_decide(&rule, times, 3, keep);
    ck_assert(keep[0] && keep[1] && !keep[2]);
}
END_TEST

START_TEST(the_newest_always_stays)
{
    const struct retention rule = {0, 0, 0};
    times[0] = at("2026-11-27T00:00:00Z");
    times[1] = times[0] - 1;
    retention_decide(&rule, times, 2, keep);
    ck_assert(keep[0] && !keep[1]);
    retention_decide(&rule, times, 0, keep);
}
END_TEST

/* 1970-01-04 was a Sunday, the 5th a Monday. */
START_TEST(weeks_begin_on_mondays)
{
    const struct retention rule = {0, 2, 0};
    times[0] = at("2026-11-23T00:00:00Z"); /* Monday */
    times[1] = at("2026-11-22T23:59:59Z"); /* Sunday before */
    times[2] = at("2026-11-16T00:00:00Z"); /* its Monday */
    retention_decide(&rule, times, 3, keep);
    ck_assert(keep[0] && keep[1] && !keep[2]);
}
END_TEST

TEST_MAIN("retention", daily_backups_thin_out, of_one_day_the_newest_stays,
          only_periods_with_backups_count, the_newest_always_stays, weeks_begin_on_mondays)
