/* Tests of calendar arithmetic and time text. */
#include "base/clock.h"

#include "lib/main.h"

START_TEST(text_and_moment_are_inverse_over_four_centuries)
{
    char text[TIME_TEXT_MAX];
    for (int64_t ms = INT64_C(-6857222400000); ms < INT64_C(7258118400000);
         ms += INT64_C(86400000) * 13 + 3661007) {
        int64_t back;
        ck_assert(time_parse(time_rfc3339(ms, text), &back));
        ck_assert_int_eq(back, ms);
    }
}
END_TEST

START_TEST(zones_are_applied_and_bad_dates_refused)
{
    int64_t ms;
    ck_assert(time_parse(S("1970-01-01T02:00:00+02:00"), &ms));
    ck_assert_int_eq(ms, 0);
    ck_assert(time_parse(S("2024-02-29"), &ms));
    ck_assert(!time_parse(S("2023-02-29"), &ms));
    ck_assert(!time_parse(S("2023-13-01"), &ms));
    ck_assert(!time_parse(S("2023-01-01T25:00:00Z"), &ms));
    ck_assert(!time_parse(S("2023-01-01T00:00:00ZZ"), &ms));
}
END_TEST

START_TEST(month_starts_cross_the_year)
{
    char text[TIME_TEXT_MAX];
    int64_t ms;
    ck_assert(time_parse(S("2026-12-31T23:59:59.999Z"), &ms));
    ck_slice(time_rfc3339(time_month_start(ms), text), "2026-12-01T00:00:00Z");
    ck_slice(time_rfc3339(time_next_month_start(ms), text), "2027-01-01T00:00:00Z");
    ck_slice(time_http(0, text), "Thu, 01 Jan 1970 00:00:00 GMT");
}
END_TEST

START_TEST(fake_time_stands_still)
{
    clock_fake(1000, 2000);
    ck_assert_int_eq(clock_wall_ms(), 1000);
    ck_assert_int_eq(clock_mono_ms(), 2000);
    clock_fake(0, 0);
    ck_assert_int_gt(clock_wall_ms(), INT64_C(1600000000000));
}
END_TEST

TEST_MAIN("clock", text_and_moment_are_inverse_over_four_centuries,
          zones_are_applied_and_bad_dates_refused, month_starts_cross_the_year,
          fake_time_stands_still)
