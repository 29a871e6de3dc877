/* Views of bytes: comparing, cutting, and turning text into numbers. */
#include "base/slice.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

int slice_cmp(slice a, slice b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_eq_nocase(slice a, slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    return true;
}

bool slice_has_prefix(slice s, slice prefix)
{
    return s.len >= prefix.len && slice_eq(slice_make(s.ptr, prefix.len), prefix);
}

bool slice_has_suffix(slice s, slice suffix)
{
    return s.len >= suffix.len &&
           slice_eq(slice_make(s.ptr + s.len - suffix.len, suffix.len), suffix);
}

bool slice_find(slice s, slice needle, size_t *ret_at)
{
    size_t at = 0;
    if (s.len > 0 && needle.len > 0) { /* memmem wants pointers even for nothing */
        const char *found = memmem(s.ptr, s.len, needle.ptr, needle.len);
        if (!found)
            return false;
        at = (size_t)(found - s.ptr);
    } else if (needle.len > 0) {
        return false;
    }
    if (ret_at)
        *ret_at = at;
    return true;
}

bool slice_find_byte(slice s, char byte, size_t *ret_at)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;
    if (!at)
        return false;
    if (ret_at)
        *ret_at = (size_t)(at - s.ptr);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

slice slice_trim(slice s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = slice_from(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

slice slice_from(slice s, size_t start)
{
    if (start > s.len)
        start = s.len;
    return slice_make(s.ptr + start, s.len - start);
}

slice slice_sub(slice s, size_t start, size_t len)
{
    slice tail = slice_from(s, start);
    if (len < tail.len)
        tail.len = len;
    return tail;
}

bool slice_split(slice *rest, char byte, slice *ret_part)
{
    size_t at;
    if (!rest->ptr)
        return false;
    if (slice_find_byte(*rest, byte, &at)) {
        *ret_part = slice_make(rest->ptr, at);
        *rest = slice_from(*rest, at + 1);
        return true;
    }
    *ret_part = *rest;
    *rest = (slice){NULL, 0};
    return true;
}

bool slice_to_u64(slice s, uint64_t *ret)
{
    uint64_t value = 0;
    if (s.len == 0 || s.len > 20)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

bool slice_to_i64(slice s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t magnitude;
    if (!slice_to_u64(negative ? slice_from(s, 1) : s, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1U : 0U))
        return false;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* --- floating point ----------------------------------------------------------------------- */

struct decimal {
    uint64_t digits; /* significant digits as an integer */
    int digit_count; /* how many of them, leading zeros not counted */
    int exponent;    /* value = digits * 10^exponent */
    bool negative;
};

/* Reads digits with an optional point; returns how many bytes were used, 0 when there is no digit.
 */
static size_t scan_digits(slice s, struct decimal *d)
{
    size_t i = 0;
    size_t seen = 0;
    bool point = false;
    for (; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (s.ptr[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (digit > 9)
            break;
        seen++;
        if (d->digit_count < 19)
            d->digits = d->digits * 10 + digit;
        if (d->digits != 0)
            d->digit_count++;
        if (point)
            d->exponent--;
    }
    return seen ? i : 0;
}

/* Scans the whole slice as a decimal literal; false when it is not one. */
static bool scan_decimal(slice s, struct decimal *d)
{
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        d->negative = s.ptr[0] == '-';
        s = slice_from(s, 1);
    }
    size_t used = scan_digits(s, d);
    if (used == 0)
        return false;
    s = slice_from(s, used);
    if (s.len == 0)
        return true;
    if (s.ptr[0] != 'e' && s.ptr[0] != 'E')
        return false;
    s = slice_from(s, 1);
    if (s.len && s.ptr[0] == '+')
        s = slice_from(s, 1);
    int64_t exponent;
    if (!slice_to_i64(s, &exponent) || exponent > 100000 || exponent < -100000)
        return false;
    d->exponent += (int)exponent;
    return true;
}

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Values that need rounding beyond one operation; strtod is exact, uselocale keeps it C. */
static bool slow_to_f64(slice s, double *ret)
{
    char text[512];
    if (s.len >= sizeof text)
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    static locale_t c_locale; /* created once; a race creates two and leaks one, harmlessly */
    locale_t locale = __atomic_load_n(&c_locale, __ATOMIC_ACQUIRE);
    if (!locale) {
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (!locale)
            return false;
        __atomic_store_n(&c_locale, locale, __ATOMIC_RELEASE);
    }
    char *end;
    double value = strtod_l(text, &end, locale);
    if (end != text + s.len || !isfinite(value))
        return false;
    *ret = value;
    return true;
}

bool slice_to_f64(slice s, double *ret)
{
    struct decimal d = {0};
    if (!scan_decimal(s, &d))
        return false;
    /* Below 2^53 the digits are exact, powers of ten up to 22 are exact: one rounding in all. */
    if (d.digit_count <= 19 && d.digits <= (UINT64_C(1) << 53) && d.exponent >= -22 &&
        d.exponent <= 22) {
        double value = (double)d.digits;
        value =
            d.exponent < 0 ? value / powers_of_ten[-d.exponent] : value * powers_of_ten[d.exponent];
        *ret = d.negative ? -value : value;
        return true;
    }
    return slow_to_f64(s, ret);
}

/* --- UTF-8 -------------------------------------------------------------------------------- */

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t utf8_rune(slice s, uint32_t *ret_rune)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (s.len == 0)
        return 0;
    unsigned char lead = (unsigned char)s.ptr[0];
    size_t len = lead < 0x80       ? 1
                 : lead >> 5 == 6  ? 2
                 : lead >> 4 == 14 ? 3
                 : lead >> 3 == 30 ? 4
                                   : 0;
    if (len == 0 || len > s.len)
        return 0;
    uint32_t rune = len == 1 ? lead : lead & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(s.ptr[i]))
            return 0;
        rune = rune << 6 | ((unsigned char)s.ptr[i] & 0x3FU);
    }
    if (rune < smallest[len] || rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF))
        return 0;
    if (ret_rune)
        *ret_rune = rune;
    return len;
}

bool slice_is_utf8(slice s)
{
    while (s.len) {
        size_t len = (unsigned char)s.ptr[0] < 0x80 ? 1 : utf8_rune(s, NULL);
        if (len == 0)
            return false;
        s = slice_from(s, len);
    }
    return true;
}
