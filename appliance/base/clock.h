/* Wall and monotonic time, injectable for tests; UTC calendar arithmetic and RFC 3339 text.
 *
 * Wall time is for display, expiry dates and records; durations, limits and deadlines use the
 * monotonic clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/slice.h"

enum { TIME_TEXT_MAX = 40 };

int64_t clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */
int64_t clock_mono_ms(void); /* since an arbitrary point; never goes back */
int64_t clock_mono_us(void);

/* Tests only: both clocks stand still at these values until set again; (0, 0) = real time. */
void clock_fake(int64_t wall_ms, int64_t mono_ms);

struct civil {
    int year;  /* 1..9999 */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second, ms;
    int weekday; /* 0 = Sunday */
};

struct civil civil_from_ms(int64_t unix_ms);
int64_t civil_to_ms(const struct civil *civil); /* weekday ignored */

/* Days since 1970-01-01 of a moment; start of the UTC day and month that holds it. */
int64_t time_day(int64_t unix_ms);
int64_t time_day_start(int64_t unix_ms);
int64_t time_month_start(int64_t unix_ms);
int64_t time_next_month_start(int64_t unix_ms);

/* "2026-11-23T04:45:21Z" (milliseconds only when not 0) into text; returns a slice of it. */
slice time_rfc3339(int64_t unix_ms, char text[static TIME_TEXT_MAX]);
/* "2026-11-23" */
slice time_date(int64_t unix_ms, char text[static TIME_TEXT_MAX]);
/* "Mon, 23 Nov 2026 04:45:21 GMT" (RFC 9110 section 5.6.7) */
slice time_http(int64_t unix_ms, char text[static TIME_TEXT_MAX]);

/* RFC 3339 / ISO 8601 date or date-time ("2026-11-23", "2026-11-23T04:45:21.123+02:00", blank for
 * T, zone optional = UTC); false on anything else. */
bool time_parse(slice text, int64_t *ret_ms);

#endif
