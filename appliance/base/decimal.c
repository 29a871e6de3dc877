/* Shortest decimals in exact integer arithmetic; printf for what is too large or small for it.
 *
 * A double is m x 2^-s with a 53-bit m. For 1e-4 <= |value| < 1e15 and k <= 20 decimals, m x 10^k
 * fits in 128 bits, so n digits of it, correctly rounded, are one multiplication and one shift:
 * D = round(m x 10^k / 2^s). D reads back as value when it is nearer than half a unit of m, that
 * is 2 |D x 2^s - m x 10^k| < 10^k, or equal to it when m is even (ties go there). */
#include "base/decimal.h"

#include "base/slice.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

__extension__ typedef unsigned __int128 wide;

enum { DIGITS_MIN = 15, DIGITS_MAX = 17, EXPONENT_MIN = -4, EXPONENT_MAX = 14 };

size_t decimal_u64(uint64_t value, char ret[static DECIMAL_TEXT_MAX])
{
    char back[20];
    size_t n = 0;
    do
        back[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < n; i++)
        ret[i] = back[n - 1 - i];
    return n;
}

static wide power_of_ten(int exponent)
{
    static const uint64_t low[] = {
        1,           10,           100,           1000,           10000,
        100000,      1000000,      10000000,      100000000,      1000000000,
        10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000};
    return exponent < 15 ? low[exponent] : (wide)low[14] * low[exponent - 14];
}

/* Of its first digit: 0.02 → -2. Each double below is the smallest one that is not less than the
 * power of ten it stands for, so the comparisons are exact. */
static int exponent_of(double value)
{
    static const double powers[] = {1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4, 1e5,
                                    1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14};
    int exponent = EXPONENT_MIN;
    while (exponent < EXPONENT_MAX && value >= powers[exponent + 1 - EXPONENT_MIN])
        exponent++;
    return exponent;
}

/* n digits of m / 2^s whose first stands at 10^exponent; true when they read back as m / 2^s. */
static bool digits_fit(uint64_t m, int s, int exponent, int n, uint64_t *ret)
{
    wide power = power_of_ten(n - 1 - exponent);
    wide exact = m * power;
    wide digits = exact >> s;
    wide rest = exact - (digits << s), half = (wide)1 << (s - 1);
    if (rest > half || (rest == half && (digits & 1)))
        digits++;
    wide back = digits << s;
    wide error = back > exact ? back - exact : exact - back;
    *ret = (uint64_t)digits;
    return 2 * error < power || (2 * error == power && (m & 1) == 0);
}

/* "1234", first digit at 10^exponent, as %g writes it between 1e-4 and 1e15. */
static size_t put_fixed(uint64_t digits, int exponent, char *to)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = 0;
    while (digits % 10 == 0)
        digits /= 10;
    size_t n = decimal_u64(digits, text);
    if (exponent < 0) {
        to[len++] = '0';
        to[len++] = '.';
        for (int i = -1; i > exponent; i--)
            to[len++] = '0';
    }
    for (size_t i = 0; i < n; i++) {
        if (exponent >= 0 && i == (size_t)exponent + 1)
            to[len++] = '.';
        to[len++] = text[i];
    }
    return len;
}

/* 0 = outside of what the arithmetic above reaches. value is positive and no integer. */
static size_t put_exact(double value, char *to)
{
    int exponent2;
    uint64_t digits;
    uint64_t m = (uint64_t)ldexp(frexp(value, &exponent2), 53);
    int s = 53 - exponent2;
    int exponent = exponent_of(value);
    /* Below a power of two doubles stand closer than above it: half a unit is not the same there.
     */
    if (!(value >= 1e-4 && value < 1e15) || s < 1 || m == (uint64_t)1 << 52)
        return 0;
    for (int n = DIGITS_MIN; n <= DIGITS_MAX; n++)
        if (digits_fit(m, s, exponent, n, &digits) || n == DIGITS_MAX)
            /* 9.99… that was rounded to 10 has a digit more than asked for: left to printf. */
            return digits < power_of_ten(n) ? put_fixed(digits, exponent, to) : 0;
    return 0;
}

size_t decimal_f64(double value, char ret[static DECIMAL_TEXT_MAX])
{
    double size = fabs(value);
    size_t sign = signbit(value) ? 1 : 0, len = 0;
    ret[0] = '-';
    if (size < 1e15 && size == floor(size)) { /* integers, the common case */
        len = sign + decimal_u64((uint64_t)size, ret + sign);
        ret[len++] = '.';
        ret[len++] = '0';
        return len;
    }
    len = put_exact(size, ret + sign);
    if (len)
        return sign + len;
    for (int digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
        double back;
        len = (size_t)snprintf(ret, DECIMAL_TEXT_MAX, "%.*g", digits, value);
        if (slice_to_f64(slice_make(ret, len), &back) && back == value)
            break;
    }
    return len;
}
