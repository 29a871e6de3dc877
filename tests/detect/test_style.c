/* Tests of detect/style.c: one sheet, nothing external, a hash that CSP understands. */
#include "detect/detect.h"

#include "lib/main.h"

START_TEST(the_sheet_is_scoped_small_and_self_contained)
{
    slice style = report_style();
    size_t at;
    ck_assert_uint_lt(style.len, 16 * 1024);
    ck_assert(!slice_find(style, S("url("), &at));
    ck_assert(!slice_find(style, S("@import"), &at));
    ck_assert(!slice_find(style, S("<"), &at));
    ck_assert(slice_find(style, S("prefers-color-scheme:dark"), &at));
    ck_assert(slice_find(style, S("@media print"), &at));
    int depth = 0;
    for (size_t i = 0; i < style.len; i++) {
        depth += (style.ptr[i] == '{') - (style.ptr[i] == '}');
        ck_assert_int_ge(depth, 0);
    }
    ck_assert_int_eq(depth, 0);
}
END_TEST

START_TEST(the_hash_is_that_of_the_sheet)
{
    char text[REPORT_STYLE_HASH_MAX];
    char again[64];
    unsigned char bytes[CRYPT_HASH_BYTES];
    struct crypt_hash hash;
    slice source = report_html_style_hash(text);
    ck_assert_uint_eq(source.len, strlen("'sha256-") + 44 + 1);
    ck_assert(slice_has_prefix(source, S("'sha256-")) && slice_has_suffix(source, S("='")));
    for (size_t i = 0; i < 43; i++) {
        char c = source.ptr[8 + i];
        again[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
    ck_assert(crypt_base64url_decode(bytes, sizeof bytes, slice_make(again, 43)));
    crypt_sha256(&hash, report_style());
    ck_assert_mem_eq(bytes, hash.bytes, sizeof bytes);
}
END_TEST

TEST_MAIN("style", the_sheet_is_scoped_small_and_self_contained, the_hash_is_that_of_the_sheet)
