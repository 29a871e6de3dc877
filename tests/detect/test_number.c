/* Tests of detect/number.c: numbers for people. */
#include "detect/number.h"

#include "lib/main.h"

#include <math.h>

static struct buf out;

static const char *shown(void)
{
    static char text[128];
    buf_put_byte(&out, '\0');
    memcpy(text, out.ptr, out.len < sizeof text ? out.len : sizeof text - 1);
    out.len = 0;
    return text;
}

static const char *fixed(double value, int decimals)
{
    number_fixed(&out, value, decimals);
    return shown();
}

static const char *sig(double value, int digits)
{
    number_sig(&out, value, digits);
    return shown();
}

static const char *unit(double value, int decimals)
{
    number_unit(&out, value, decimals);
    return shown();
}

static const char *p_text(double p)
{
    number_p(&out, p);
    return shown();
}

static const char *grouped(uint64_t value)
{
    number_grouped(&out, value);
    return shown();
}

START_TEST(fixed_keeps_its_decimals_and_has_no_minus_zero)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(fixed(1.005, 1), "1.0");
    ck_assert_str_eq(fixed(-0.0004, 2), "0.00");
    ck_assert_str_eq(fixed(-12.346, 2), "-12.35");
    ck_assert_str_eq(fixed(7, 0), "7");
    ck_assert_str_eq(fixed(0.999, 2), "1.00");
    ck_assert_str_eq(fixed(1e12, 1), "1e12");
    buf_finish(&out);
}
END_TEST

START_TEST(significant_digits_lose_trailing_zeros)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(sig(0.012345, 3), "0.0123");
    ck_assert_str_eq(sig(4.5, 3), "4.5");
    ck_assert_str_eq(sig(51234, 3), "51234");
    ck_assert_str_eq(sig(100, 2), "100");
    ck_assert_str_eq(sig(-0.5, 3), "-0.5");
    ck_assert_str_eq(sig(0, 3), "0");
    ck_assert_str_eq(sig(0.00001234, 3), "1.23e-5");
    ck_assert_str_eq(sig(2e20, 3), "2e20");
    ck_assert_str_eq(sig(-1.5e-310, 3), "0"); /* smaller than any reading of the log */
    ck_assert_str_eq(sig(9.9996, 3), "10");
    buf_finish(&out);
}
END_TEST

START_TEST(unit_values_have_no_leading_zero)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(unit(0.571, 2), ".57");
    ck_assert_str_eq(unit(-0.08, 2), "-.08");
    ck_assert_str_eq(unit(1, 2), "1.00");
    buf_finish(&out);
}
END_TEST

START_TEST(p_values_read_as_in_print)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(p_text(0.003), "= .003");
    ck_assert_str_eq(p_text(0.0005), "< .001");
    ck_assert_str_eq(p_text(0.001), "= .001");
    ck_assert_str_eq(p_text(0.45), "= .45");
    ck_assert_str_eq(p_text(0.05), "= .050");
    ck_assert_str_eq(p_text(1), "= 1.00");
    buf_finish(&out);
}
END_TEST

START_TEST(special_values_do_not_look_like_numbers)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(fixed(NAN, 2), "–");
    ck_assert_str_eq(sig(INFINITY, 3), "∞");
    ck_assert_str_eq(unit(-INFINITY, 3), "-∞");
    buf_finish(&out);
}
END_TEST

START_TEST(thousands_are_grouped)
{
    buf_init(&out, 1024);
    ck_assert_str_eq(grouped(0), "0");
    ck_assert_str_eq(grouped(999), "999");
    ck_assert_str_eq(grouped(1000), "1,000");
    ck_assert_str_eq(grouped(12345678), "12,345,678");
    ck_assert_str_eq(grouped(UINT64_MAX), "18,446,744,073,709,551,615");
    buf_finish(&out);
}
END_TEST

START_TEST(a_full_buffer_is_not_overrun)
{
    for (size_t max = 0; max < 8; max++) {
        buf_init(&out, max);
        number_sig(&out, 0.5000001, 9);
        number_sig(&out, 1.5, 3);
        ck_assert_uint_le(out.len, max);
        buf_finish(&out);
    }
}
END_TEST

TEST_MAIN("number", fixed_keeps_its_decimals_and_has_no_minus_zero,
          significant_digits_lose_trailing_zeros, unit_values_have_no_leading_zero,
          p_values_read_as_in_print, special_values_do_not_look_like_numbers, thousands_are_grouped,
          a_full_buffer_is_not_overrun)
