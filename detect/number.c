/* Prints numbers for people without the locale: fixed, significant, unit-less and p-value forms. */
#include "detect/number.h"

#include <assert.h>
#include <math.h>

enum { DIGITS_MAX = 9 };

static const double power_of_ten[DIGITS_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4,
                                                    1e5, 1e6, 1e7, 1e8, 1e9};

/* Above this a double times 10^9 no longer fits in 64 bits. */
static const double FIXED_MAX = 1e9;

static bool put_if_special(struct buf *buf, double value)
{
    if (isnan(value))
        buf_put_str(buf, "–");
    else if (isinf(value))
        buf_put_str(buf, value > 0 ? "∞" : "-∞");
    else
        return false;
    return true;
}

/* |value| < FIXED_MAX: the digits come from an integer, so no rounding mode or locale matters. */
static void put_decimal(struct buf *buf, double value, int decimals, bool leading_zero)
{
    uint64_t scale = (uint64_t)power_of_ten[decimals];
    uint64_t units = (uint64_t)(fabs(value) * power_of_ten[decimals] + 0.5);
    if (value < 0 && units > 0)
        buf_put_byte(buf, '-');
    if (leading_zero || units >= scale || decimals == 0)
        buf_printf(buf, "%llu", (unsigned long long)(units / scale));
    if (decimals > 0)
        buf_printf(buf, ".%0*llu", decimals, (unsigned long long)(units % scale));
}

/* value = mantissa * 10^exponent with 1 <= |mantissa| < 10; value is finite and not 0. */
static double split_exponent(double value, int *ret_exponent)
{
    int exponent = (int)floor(log10(fabs(value)));
    double mantissa =
        exponent < -300 ? value * 1e300 / pow(10, exponent + 300) : value / pow(10, exponent);
    if (fabs(mantissa) >= 10) {
        mantissa /= 10;
        exponent++;
    } else if (fabs(mantissa) < 1) {
        mantissa *= 10;
        exponent--;
    }
    *ret_exponent = exponent;
    return mantissa;
}

static void put_scientific(struct buf *buf, double value, int digits)
{
    int exponent;
    double mantissa = split_exponent(value, &exponent);
    number_sig(buf, mantissa, digits);
    buf_printf(buf, "e%d", exponent);
}

void number_fixed(struct buf *buf, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= DIGITS_MAX);
    if (put_if_special(buf, value))
        return;
    if (fabs(value) >= FIXED_MAX)
        put_scientific(buf, value, decimals + 1 > 6 ? 6 : decimals + 1);
    else
        put_decimal(buf, value, decimals, true);
}

static void trim_zeros(struct buf *buf, size_t start)
{
    if (buf->overflow || !memchr(buf->ptr + start, '.', buf->len - start))
        return;
    while (buf->ptr[buf->len - 1] == '0')
        buf->len--;
    if (buf->ptr[buf->len - 1] == '.')
        buf->len--;
}

void number_sig(struct buf *buf, double value, int digits)
{
    assert(digits >= 1 && digits <= DIGITS_MAX);
    if (put_if_special(buf, value))
        return;
    double size = fabs(value);
    if (size < 1e-300) {
        buf_put_byte(buf, '0');
        return;
    }
    if (size < 1e-4 || size >= 1e7) {
        put_scientific(buf, value, digits);
        return;
    }
    int exponent;
    (void)split_exponent(value, &exponent);
    int decimals = digits - 1 - exponent;
    decimals = decimals < 0 ? 0 : decimals > DIGITS_MAX ? DIGITS_MAX : decimals;
    size_t start = buf->len;
    put_decimal(buf, value, decimals, true);
    trim_zeros(buf, start);
}

void number_unit(struct buf *buf, double value, int decimals)
{
    assert(decimals >= 1 && decimals <= DIGITS_MAX);
    if (!put_if_special(buf, value)) {
        if (fabs(value) >= FIXED_MAX)
            put_scientific(buf, value, 3);
        else
            put_decimal(buf, value, decimals, false);
    }
}

void number_p(struct buf *buf, double p)
{
    if (p < 0.001) {
        buf_put_str(buf, "< .001");
        return;
    }
    buf_put_str(buf, "= ");
    number_unit(buf, p, p < 0.0995 ? 3 : 2);
}

void number_grouped(struct buf *buf, uint64_t value)
{
    char text[32];
    size_t at = sizeof text;
    for (int count = 0; value > 0 || count == 0; count++, value /= 10) {
        if (count > 0 && count % 3 == 0)
            text[--at] = ',';
        text[--at] = (char)('0' + value % 10);
    }
    buf_put(buf, slice_make(text + at, sizeof text - at));
}
