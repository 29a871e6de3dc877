/* Text to number by the rules of both engines. */
#include "detect/field.h"
#include "detect/rng.h"
#include "lib/panel.h"

static double value;

static enum field_kind kind(const char *text, enum engine engine)
{
    value = -99;
    return field_number(slice_of(text), engine, &value);
}

#define ck_number(text, expected)                                                                  \
    do {                                                                                           \
        ck_assert_int_eq(kind(text, ENGINE_CLASSIC), FIELD_NUMBER);                                \
        ck_assert_double_eq(value, expected);                                                      \
        ck_assert_int_eq(kind(text, ENGINE_CALIBRATED), FIELD_NUMBER);                             \
        ck_assert_double_eq(value, expected);                                                      \
    } while (0)

START_TEST(decimals_are_read_exactly)
{
    ck_number("0.6112", 0.6112);
    ck_number("329.39", 329.39);
    ck_number("-0.01", -0.01);
    ck_number("0", 0);
    ck_number(".5", .5);
    ck_number("5.", 5.);
    ck_number("+1.5", 1.5);
    ck_number("1e-12", 1e-12);
    ck_number("  12 ", 12);
    ck_number("9007199255044966", 9007199255044966.);
    ck_number("9008989290000000000", 9008989290000000000.);
    ck_number("0.12345678901234567", 0.12345678901234567);
    ck_number("12345678901234.567", 12345678901234.567);
}
END_TEST

START_TEST(every_short_decimal_equals_strtod)
{
    uint32_t state = 99;
    for (int i = 0; i < 200000; i++) {
        char text[32];
        state = state * 1664525 + 1013904223;
        uint32_t a = state >> 4;
        state = state * 1664525 + 1013904223;
        int len = snprintf(text, sizeof text, "%s%u.%0*u", i % 3 ? "" : "-", a % 100000, 1 + i % 9,
                           state >> 3);
        ck_assert_int_eq(field_number(slice_make(text, (size_t)len), ENGINE_CLASSIC, &value),
                         FIELD_NUMBER);
        ck_assert_msg(value == strtod(text, NULL), "%s", text);
    }
}
END_TEST

/* Words of eight bytes made of what numbers consist of, and of what stands around them. */
START_TEST(the_short_path_takes_plain_decimals_only)
{
    static const char signs[] = "0123456789012345678901234567890123456789....-+eE,: /\xB0";
    struct rng rng = rng_begin(7, 1);
    size_t taken = 0;
    for (int i = 0; i < 400000; i++) {
        char text[16];
        double fast;
        for (size_t at = 0; at < sizeof text; at++)
            text[at] = signs[rng_below(&rng, sizeof signs - 1)];
        size_t len = 1 + rng_below(&rng, 8), points = 0, digits = 0;
        slice word = slice_make(text + sizeof text - len, len);
        for (size_t at = 0; at < len; at++) {
            points += word.ptr[at] == '.';
            digits += word.ptr[at] >= '0' && word.ptr[at] <= '9';
        }
        bool plain = points <= 1 && digits > 0 && digits + points == len;
        ck_assert_msg(field_short_decimal(text + sizeof text, len, &fast) == plain, "%.*s",
                      SLICE_ARG(word));
        if (!plain)
            continue;
        ck_assert_int_eq(field_number(word, ENGINE_CLASSIC, &value), FIELD_NUMBER);
        ck_assert_msg(memcmp(&fast, &value, sizeof fast) == 0, "%.*s", SLICE_ARG(word));
        taken++;
    }
    ck_assert_uint_gt(taken, 50000);
}
END_TEST

START_TEST(missing_tokens_differ_between_the_engines)
{
    static const char *const both[] = {"",     "NA",   "N/A",  "n/a",  "nan",  "NaN",
                                       "null", "NULL", "#N/A", "-nan", "-NaN", "<NA>"};
    for (size_t i = 0; i < ARRAY_COUNT(both); i++) {
        ck_assert_int_eq(kind(both[i], ENGINE_CLASSIC), FIELD_MISSING);
        ck_assert(isnan(value));
        ck_assert_int_eq(kind(both[i], ENGINE_CALIBRATED), FIELD_MISSING);
    }
    ck_assert_int_eq(kind("1.#QNAN", ENGINE_CLASSIC), FIELD_MISSING);
    ck_assert_int_eq(kind("1.#QNAN", ENGINE_CALIBRATED), FIELD_TEXT);
    ck_assert_int_eq(kind("None", ENGINE_CLASSIC), FIELD_TEXT);
    ck_assert_int_eq(kind("None", ENGINE_CALIBRATED), FIELD_MISSING);
}
END_TEST

START_TEST(flags_percent_infinity_and_text_are_told_apart)
{
    ck_assert_int_eq(kind("True", ENGINE_CLASSIC), FIELD_FLAG);
    ck_assert_double_eq(value, 1);
    ck_assert_int_eq(kind("false", ENGINE_CALIBRATED), FIELD_FLAG);
    ck_assert_double_eq(value, 0);
    ck_assert_int_eq(kind("61.5%", ENGINE_CALIBRATED), FIELD_PERCENT);
    ck_assert_double_eq(value, 0.615);
    ck_assert_int_eq(kind("61.5 %", ENGINE_CALIBRATED), FIELD_PERCENT);
    ck_assert_int_eq(kind("61.5%", ENGINE_CLASSIC), FIELD_TEXT);
    ck_assert_int_eq(kind("%", ENGINE_CALIBRATED), FIELD_TEXT);
    ck_assert_int_eq(kind("inf", ENGINE_CLASSIC), FIELD_INFINITE);
    ck_assert_int_eq(kind("-Infinity", ENGINE_CALIBRATED), FIELD_INFINITE);
    ck_assert_double_eq(value, -INFINITY);
    ck_assert_int_eq(kind("0,7", ENGINE_CLASSIC), FIELD_TEXT);
    ck_assert_int_eq(kind("1.2.3", ENGINE_CALIBRATED), FIELD_TEXT);
    ck_assert_int_eq(kind("-", ENGINE_CALIBRATED), FIELD_TEXT);
    ck_assert_int_eq(kind("0x10", ENGINE_CALIBRATED), FIELD_TEXT);
    ck_assert_int_eq(kind("high", ENGINE_CALIBRATED), FIELD_TEXT);
}
END_TEST

TEST_MAIN("field", decimals_are_read_exactly, every_short_decimal_equals_strtod,
          the_short_path_takes_plain_decimals_only, missing_tokens_differ_between_the_engines,
          flags_percent_infinity_and_text_are_told_apart)
