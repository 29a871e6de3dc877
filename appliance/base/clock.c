/* Clocks and calendar; day arithmetic after H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms". */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400 };
static const int64_t MS_PER_DAY = INT64_C(86400000);

static _Atomic int64_t fake_wall_ms;
static _Atomic int64_t fake_mono_ms;

void clock_fake(int64_t wall_ms, int64_t mono_ms)
{
    atomic_store(&fake_wall_ms, wall_ms);
    atomic_store(&fake_mono_ms, mono_ms);
}

static int64_t read_us(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now); /* cannot fail for these two clocks */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    int64_t fake = atomic_load_explicit(&fake_wall_ms, memory_order_relaxed);
    return fake ? fake : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_us(void)
{
    int64_t fake = atomic_load_explicit(&fake_mono_ms, memory_order_relaxed);
    return fake ? fake * 1000 : read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since the epoch of a proleptic Gregorian date. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil civil_from_ms(int64_t unix_ms)
{
    int64_t days = floor_div(unix_ms, MS_PER_DAY);
    int64_t ms = unix_ms - days * MS_PER_DAY;
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * day_of_year + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * mp + 2) / 5 + 1),
        .hour = (int)(ms / 3600000),
        .minute = (int)(ms / 60000 % 60),
        .second = (int)(ms / 1000 % 60),
        .ms = (int)(ms % 1000),
        .weekday = (int)(((days + 4) % 7 + 7) % 7),
    };
}

int64_t civil_to_ms(const struct civil *c)
{
    int64_t days = days_from_civil(c->year, c->month, c->day);
    int64_t seconds = days * SECONDS_PER_DAY + c->hour * 3600 + c->minute * 60 + c->second;
    return seconds * MS_PER_SECOND + c->ms;
}

int64_t time_day(int64_t unix_ms)
{
    return floor_div(unix_ms, MS_PER_DAY);
}

int64_t time_day_start(int64_t unix_ms)
{
    return time_day(unix_ms) * MS_PER_DAY;
}

int64_t time_month_start(int64_t unix_ms)
{
    struct civil c = civil_from_ms(unix_ms);
    return days_from_civil(c.year, c.month, 1) * MS_PER_DAY;
}

int64_t time_next_month_start(int64_t unix_ms)
{
    struct civil c = civil_from_ms(unix_ms);
    bool december = c.month == 12;
    return days_from_civil(c.year + december, december ? 1 : c.month + 1, 1) * MS_PER_DAY;
}

/* `digits` digits of a number that has no more; returns what follows them. */
static char *put_digits(char *at, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

static char *put_date(char *at, const struct civil *c)
{
    if (c->year < 0 || c->year > 9999) /* a record may hold any number */
        return at + snprintf(at, 20, "%04d-%02d-%02d", c->year, c->month, c->day);
    at = put_digits(at, c->year, 4);
    *at++ = '-';
    at = put_digits(at, c->month, 2);
    *at++ = '-';
    return put_digits(at, c->day, 2);
}

slice time_rfc3339(int64_t unix_ms, char text[static TIME_TEXT_MAX])
{
    struct civil c = civil_from_ms(unix_ms);
    char *at = put_date(text, &c);
    *at++ = 'T';
    at = put_digits(at, c.hour, 2);
    *at++ = ':';
    at = put_digits(at, c.minute, 2);
    *at++ = ':';
    at = put_digits(at, c.second, 2);
    if (c.ms) {
        *at++ = '.';
        at = put_digits(at, c.ms, 3);
    }
    *at++ = 'Z';
    *at = '\0';
    return slice_make(text, (size_t)(at - text));
}

slice time_date(int64_t unix_ms, char text[static TIME_TEXT_MAX])
{
    struct civil c = civil_from_ms(unix_ms);
    char *at = put_date(text, &c);
    *at = '\0';
    return slice_make(text, (size_t)(at - text));
}

slice time_http(int64_t unix_ms, char text[static TIME_TEXT_MAX])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = civil_from_ms(unix_ms);
    int len = snprintf(text, TIME_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[c.weekday],
                       c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second);
    return slice_make(text, (size_t)len);
}

/* Takes exactly `digits` digits from *s; false when they are not there. */
static bool take_number(slice *s, size_t digits, int *ret)
{
    uint64_t value;
    if (s->len < digits || !slice_to_u64(slice_sub(*s, 0, digits), &value))
        return false;
    *ret = (int)value;
    *s = slice_from(*s, digits);
    return true;
}

static bool take_byte(slice *s, char byte)
{
    if (s->len == 0 || s->ptr[0] != byte)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

/* ".123456" → whole milliseconds; further digits are cut. */
static bool take_fraction(slice *s, int *ret_ms)
{
    int scale = 100;
    if (!take_byte(s, '.') && !take_byte(s, ','))
        return true;
    if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
        return false;
    for (; s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9'; *s = slice_from(*s, 1)) {
        *ret_ms += (s->ptr[0] - '0') * scale;
        scale /= 10;
    }
    return true;
}

static bool take_zone(slice *s, int64_t *ret_offset_ms)
{
    int hours, minutes;
    *ret_offset_ms = 0;
    if (s->len == 0 || take_byte(s, 'Z') || take_byte(s, 'z'))
        return s->len == 0;
    bool west = s->ptr[0] == '-';
    if (!take_byte(s, '+') && !take_byte(s, '-'))
        return false;
    if (!take_number(s, 2, &hours))
        return false;
    (void)take_byte(s, ':'); /* "+0200" is as good as "+02:00" */
    if (!take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_offset_ms = (west ? -1 : 1) * (hours * INT64_C(3600000) + minutes * INT64_C(60000));
    return s->len == 0;
}

static bool is_real_date(const struct civil *c)
{
    if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1)
        return false;
    struct civil back = civil_from_ms(civil_to_ms(c));
    return back.month == c->month && back.day == c->day; /* 30 February comes back as March */
}

bool time_parse(slice text, int64_t *ret_ms)
{
    struct civil c = {0};
    int64_t offset_ms = 0;
    if (!take_number(&text, 4, &c.year) || !take_byte(&text, '-') ||
        !take_number(&text, 2, &c.month) || !take_byte(&text, '-') ||
        !take_number(&text, 2, &c.day))
        return false;
    if (!is_real_date(&c))
        return false;
    if (text.len) {
        if (!take_byte(&text, 'T') && !take_byte(&text, 't') && !take_byte(&text, ' '))
            return false;
        if (!take_number(&text, 2, &c.hour) || !take_byte(&text, ':') ||
            !take_number(&text, 2, &c.minute))
            return false;
        if (take_byte(&text, ':') && !take_number(&text, 2, &c.second))
            return false;
        if (c.hour > 23 || c.minute > 59 || c.second > 60 || !take_fraction(&text, &c.ms) ||
            !take_zone(&text, &offset_ms))
            return false;
    }
    *ret_ms = civil_to_ms(&c) - offset_ms;
    return true;
}
