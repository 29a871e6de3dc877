/* Tests of slices: cutting, numbers, UTF-8. */
#include "base/slice.h"

#include "lib/main.h"

#include <math.h>

START_TEST(split_yields_every_part_including_empty_ones)
{
    slice rest = S("a,,b");
    slice part;
    ck_assert(slice_split(&rest, ',', &part));
    ck_slice(part, "a");
    ck_assert(slice_split(&rest, ',', &part));
    ck_slice(part, "");
    ck_assert(slice_split(&rest, ',', &part));
    ck_slice(part, "b");
    ck_assert(!slice_split(&rest, ',', &part));
}
END_TEST

START_TEST(trim_removes_ascii_space_on_both_sides)
{
    ck_slice(slice_trim(S(" \t a b\r\n")), "a b");
    ck_slice(slice_trim(S("  ")), "");
}
END_TEST

START_TEST(u64_stops_at_the_largest_value)
{
    uint64_t v;
    ck_assert(slice_to_u64(S("18446744073709551615"), &v));
    ck_assert_uint_eq(v, UINT64_MAX);
    ck_assert(!slice_to_u64(S("18446744073709551616"), &v));
    ck_assert(!slice_to_u64(S(""), &v));
    ck_assert(!slice_to_u64(S("-1"), &v));
    ck_assert(!slice_to_u64(S("1 "), &v));
}
END_TEST

START_TEST(i64_covers_both_ends)
{
    int64_t v;
    ck_assert(slice_to_i64(S("-9223372036854775808"), &v));
    ck_assert_int_eq(v, INT64_MIN);
    ck_assert(!slice_to_i64(S("9223372036854775808"), &v));
}
END_TEST

START_TEST(f64_agrees_with_strtod)
{
    static const char *const texts[] = {
        "0",      "-0",     "1",        "0.1",      "3.14159265358979",
        "1e22",   "1e23",   "1e-22",    "1e-23",    "123456789012345678",
        "2.5e-8", ".5",     "5.",       "1E+3",     "9007199254740993",
        "1e300",  "1e-300", "4.9e-324", "0.000123", "+7"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        double v;
        ck_assert_msg(slice_to_f64(slice_of(texts[i]), &v), "%s", texts[i]);
        double expected = strtod(texts[i], NULL);
        ck_assert_msg(memcmp(&v, &expected, sizeof v) == 0, "%s gives %.17g", texts[i], v);
    }
}
END_TEST

START_TEST(f64_refuses_what_is_not_a_finite_decimal)
{
    static const char *const texts[] = {"",      ".",   "-",  "nan",   "inf",  "1e",
                                        "0x1p3", "1,5", " 1", "1e999", "1_000"};
    double v;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        ck_assert_msg(!slice_to_f64(slice_of(texts[i]), &v), "%s", texts[i]);
}
END_TEST

START_TEST(utf8_refuses_overlong_surrogate_and_truncated)
{
    ck_assert(slice_is_utf8(S("偏差 é 😀")));
    ck_assert(!slice_is_utf8(S("\xC0\x80")));
    ck_assert(!slice_is_utf8(S("\xED\xA0\x80")));
    ck_assert(!slice_is_utf8(S("\xE5\x81")));
    ck_assert(!slice_is_utf8(S("\xF4\x90\x80\x80")));
}
END_TEST

START_TEST(order_is_bytewise_then_by_length)
{
    ck_assert_int_lt(slice_cmp(S("a"), S("b")), 0);
    ck_assert_int_lt(slice_cmp(S("a"), S("aa")), 0);
    ck_assert_int_gt(slice_cmp(S("\xE5"), S("z")), 0);
    ck_assert_int_eq(slice_cmp(S(""), S("")), 0);
}
END_TEST

TEST_MAIN("slice", split_yields_every_part_including_empty_ones,
          trim_removes_ascii_space_on_both_sides, u64_stops_at_the_largest_value,
          i64_covers_both_ends, f64_agrees_with_strtod, f64_refuses_what_is_not_a_finite_decimal,
          utf8_refuses_overlong_surrogate_and_truncated, order_is_bytewise_then_by_length)
