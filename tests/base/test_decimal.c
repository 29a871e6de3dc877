/* Tests of base/decimal.c: exactly what printf gives, for values of every size. */
#include "base/decimal.h"

#include "base/slice.h"
#include "lib/main.h"

#include <float.h>
#include <math.h>

/* The shortest of 15 to 17 digits that reads back, by printf alone. */
static slice by_printf(double value, char text[static DECIMAL_TEXT_MAX])
{
    int len = 0;
    if (fabs(value) < 1e15 && value == floor(value))
        return slice_make(text, (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%.1f", value));
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        len = snprintf(text, DECIMAL_TEXT_MAX, "%.*g", digits, value);
        if (slice_to_f64(slice_make(text, (size_t)len), &back) && back == value)
            break;
    }
    return slice_make(text, (size_t)len);
}

static void same(double value)
{
    char expected[DECIMAL_TEXT_MAX], text[DECIMAL_TEXT_MAX];
    slice want = by_printf(value, expected);
    slice got = slice_make(text, decimal_f64(value, text));
    ck_assert_msg(slice_eq(got, want), "%a: " SLICE_FMT ", wanted " SLICE_FMT, value,
                  SLICE_ARG(got), SLICE_ARG(want));
}

START_TEST(edges_are_printed_as_printf_does)
{
    static const double values[] = {
        0,       -0.0,   1,      -1,      0.1,     0.2,      0.3,          1e-4,
        9.99e-5, 1e-5,   1e-300, DBL_MIN, DBL_MAX, 5e-324,   1e15,         1e15 - 0.125,
        1e14,    0.5,    0.25,   1e22,    1. / 3,  2. / 3,   123456789.01, 0.09999999999999999,
        9.5,     99.995, 1e-3,   1e-2,    100.,    1e15 + 2, 0.7,          0.71499999999999997,
    };
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        same(values[i]);
        same(-values[i]);
        same(nextafter(values[i], 0));
        same(nextafter(values[i], DBL_MAX));
    }
    for (int e = -1074; e < 1024; e++) /* powers of two, and their neighbours */
        for (int step = -2; step <= 2; step++) {
            double value = ldexp(1, e);
            for (int i = 0; i < abs(step); i++)
                value = nextafter(value, step < 0 ? 0 : DBL_MAX);
            if (isfinite(value))
                same(value);
        }
}
END_TEST

START_TEST(so_are_numbers_of_all_sizes_and_lengths)
{
    uint64_t state = 88172645463325252ULL;
    for (int i = 0; i < 50000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double whole = (double)(state >> 11), any;
        uint64_t bits = state;
        memcpy(&any, &bits, sizeof any);
        if (isfinite(any))
            same(any);
        same(whole * 0x1p-53); /* 0..1 */
        same(whole * 0x1p-53 * pow(10, (int)(state % 19) - 4));
        same(floor(whole * 0x1p-53 * 1e4) / 1e4); /* what people write */
        same(floor(whole * 0x1p-53 * 1e9) / 1e6);
    }
}
END_TEST

START_TEST(whole_numbers_have_all_their_digits)
{
    static const uint64_t values[] = {0, 9, 10, 99, 100, 4294967296, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        char text[DECIMAL_TEXT_MAX], expected[DECIMAL_TEXT_MAX];
        size_t len = decimal_u64(values[i], text);
        (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)values[i]);
        ck_assert(slice_eq(slice_make(text, len), slice_of(expected)));
    }
}
END_TEST

TEST_MAIN("decimal", edges_are_printed_as_printf_does, so_are_numbers_of_all_sizes_and_lengths,
          whole_numbers_have_all_their_digits)
