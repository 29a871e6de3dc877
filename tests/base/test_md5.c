/* MD5 against the test suite of RFC 1321 and against itself in pieces. */
#include "base/md5.h"

#include "lib/main.h"

static const char *hex_of(slice data, size_t piece)
{
    static char hex[2 * MD5_BYTES + 1];
    unsigned char sum[MD5_BYTES];
    struct md5 md5;
    md5_begin(&md5);
    for (size_t at = 0; at < data.len; at += piece)
        md5_more(&md5, slice_sub(data, at, piece));
    md5_end(&md5, sum);
    return crypt_hex(hex, sum, sizeof sum).ptr;
}

START_TEST(the_suite_of_the_rfc)
{
    static const char *const suite[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(suite); i++)
        ck_assert_str_eq(hex_of(slice_of(suite[i][0]), 100), suite[i][1]);
    ck_assert_str_eq(hex_of(S("12345678901234567890123456789012345678901234567890123456789012345678"
                              "901234567890"),
                            100),
                     "57edf4a22be3c955ac49da2e2107b67a");
}
END_TEST

START_TEST(pieces_do_not_matter)
{
    char text[300];
    char whole[2 * MD5_BYTES + 1];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t len = 0; len < sizeof text; len++) {
        (void)snprintf(whole, sizeof whole, "%s", hex_of(slice_make(text, len), len + 1));
        for (size_t piece = 1; piece < 130; piece += 21)
            ck_assert_str_eq(hex_of(slice_make(text, len), piece), whole);
    }
}
END_TEST

TEST_MAIN("md5", the_suite_of_the_rfc, pieces_do_not_matter)
