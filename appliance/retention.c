/* Grandfather, father, son: see retention.h. */
#include "retention.h"

#include "base/clock.h"

enum { DAYS_PER_WEEK = 7, THURSDAY = 3 }; /* 1970-01-01 was a Thursday, three days after a Monday */

static int64_t day_of(int64_t at_ms)
{
    return time_day(at_ms);
}

static int64_t week_of(int64_t at_ms)
{
    return (time_day(at_ms) + THURSDAY) / DAYS_PER_WEEK;
}

static int64_t month_of(int64_t at_ms)
{
    struct civil at = civil_from_ms(at_ms);
    return (int64_t)at.year * 12 + at.month;
}

/* Keeps the first, that is newest, of each of the `wanted` first different periods. */
static void keep_first(int64_t (*period_of)(int64_t at_ms), uint64_t wanted,
                       const int64_t *times_ms, size_t count, bool *keep)
{
    int64_t last = -1;
    for (size_t i = 0; i < count && wanted > 0; i++) {
        int64_t period = period_of(times_ms[i]);
        if (period == last)
            continue;
        keep[i] = true;
        last = period;
        wanted--;
    }
}

void retention_decide(const struct retention *rule, const int64_t *times_ms, size_t count,
                      bool *ret_keep)
{
    for (size_t i = 0; i < count; i++)
        ret_keep[i] = i == 0;
    keep_first(day_of, rule->daily, times_ms, count, ret_keep);
    keep_first(week_of, rule->weekly, times_ms, count, ret_keep);
    keep_first(month_of, rule->monthly, times_ms, count, ret_keep);
}
