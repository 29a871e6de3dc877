/* QR codes against matrices of another encoder (libqrencode 4.1.1: qrencode -8 -l M -m 0), and
 * their bounds. */
#include "qr.h"

#include "lib/main.h"

#include <string.h>

static struct qr qr;

START_TEST(a_small_code_is_the_known_one)
{
    static const char *const rows[] = {
        "#######..##.#.#######", "#.....#....#..#.....#", "#.###.#.####..#.###.#",
        "#.###.#.##..#.#.###.#", "#.###.#.#...#.#.###.#", "#.....#.#.#.#.#.....#",
        "#######.#.#.#.#######", "........####.........", "#.#####....##.#####..",
        "##.##...#.....#######", ".##...#..#####.....#.", "#.##...#.###.#.#.###.",
        "#....###...#..#....#.", "........###..##.#.#.#", "#######..#.####..###.",
        "#.....#.#.#.##...##.#", "#.###.#.#..#..##...##", "#.###.#.###..#####...",
        "#.###.#.##.##.#...#..", "#.....#..#..#....##..", "#######.##..#.#..#.#."};
    ck_assert(qr_encode(S("evaluation log"), &qr));
    ck_assert_uint_eq(qr.side, ARRAY_COUNT(rows));
    for (size_t y = 0; y < qr.side; y++)
        for (size_t x = 0; x < qr.side; x++)
            ck_assert_msg(qr.dark[y][x] == (rows[y][x] == '#'), "row %zu, column %zu", y, x);
}
END_TEST

/* Rows as hexadecimal digits, one after the other; the last digit of a row is filled with zeros. */
static void expect_hex(const char *text, const char *hex)
{
    ck_assert(qr_encode(slice_of(text), &qr));
    size_t digits = (qr.side + 3) / 4;
    ck_assert_uint_eq(strlen(hex), digits * qr.side);
    for (size_t y = 0; y < qr.side; y++)
        for (size_t x = 0; x < qr.side; x++) {
            char digit = hex[y * digits + x / 4];
            unsigned value = (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
            ck_assert_msg(qr.dark[y][x] == (value >> (3 - x % 4) & 1), "row %zu, column %zu", y, x);
        }
}

/* Version 7: what the second factor shows; with a version block and four blocks of data. */
/* clang-format off */
static const char second_factor[] =
    "fefd6823cbf8" "821ae7d1d208" "ba7652fed2e8" "ba821b681ae8" "baa71faf7ae8" "82a8d8da8208"
    "feaaaaaaabf8" "00eae8c38000" "8bbccff7f7c8" "1cc6bcb71b20" "9bce312846b0" "0da923703f18"
    "2fe1ea908a40" "1c865e37db28" "ae58fc52e9f0" "417f5123f450" "efe66974e440" "e575f5f7cf20"
    "579ff2291ea0" "b05053dfdc08" "8fd4fff1cfb0" "888908f6d8f0" "3aa9dae58ad0" "88be88a59890"
    "df9a2ff4ffc8" "d461eef6cc30" "66c16aef05f0" "c5d80e142a80" "4aeeedf2cb88" "24d555ae5720"
    "420a30df74a0" "15d97945fbd0" "6eaf2d54efc0" "c1b0c6b65a08" "0b35c7af9cd0" "79fb527fa190"
    "9b9dffb58fb0" "00ab28e648b0" "fef80ae41ad0" "827b18b2b898" "ba8ebfd29f98" "ba2de9a6c3e0"
    "ba5353674790" "82032e003180" "fec45bb6bd48";
/* Version 10: a length of 16 bits, blocks of two sizes. */
static const char largest[] =
    "fe0d6bdf14773f8" "824c42397b95208" "baf0599ff4ef2e8" "bae4004158112e8" "baf3f7be0de92e8" "82c2e9e32f5a208"
    "feaaaaaaaaaabf8" "00baf5e2b3ce000" "be31bc7f3e703e0" "41bd7da79c79c98" "cab7221c2307330" "ac90b74ce1efdf0"
    "da070a277a37000" "2c5f15b605e1d08" "1281f159f39eef0" "cd4892dfd0dcce0" "86c37e631e51450" "501ac3af14f1c38"
    "9e4a28a13f53a30" "7089574ee3ee5f8" "42211d275a14258" "f0ab0f960561d38" "4a74c3d57b96e70" "1d9c37cff4ee6e0"
    "1a064a211c51408" "ecbc1d879471ca8" "df85bcfe375bf90" "78fe4ba2d7cf8f8" "eaa11c2b5817ad0" "c8dac1e28de8898"
    "7fa10dfe2386ff0" "25095f78c1ed360" "62646c1f1e70d80" "592cffa59c79010" "4690ea76f38e598" "b91dd0ddd4bd360"
    "87b2004d7836580" "f45ea58005e1428" "f3c5eb6f3f534f0" "ccc11e40e3ef7e8" "7b2b6f5f1e50cd8" "319337a79cf8a38"
    "06f752fe7a07d10" "d9580381e48f278" "5f6ecc4f7a36590" "3dace7808561628" "a6ed976e775e4d0" "f9554c8cd6cf768"
    "0363b63f1c52fd0" "00ec39e31470898" "fe6cb0ea3bc7a90" "82bf5322c5ed8f8" "badcfc7f7816f98" "ba8745ee8d686a0"
    "ba9ad9a4f38fa60" "82112cb7d4bdde0" "feb91e593c73b10";
/* clang-format on */

START_TEST(larger_codes_are_the_known_ones)
{
    char text[QR_TEXT_MAX + 1] = "";
    expect_hex("otpauth://totp/Sleuth:user-2?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
               "&issuer=Sleuth&algorithm=SHA1&digits=6&period=30",
               second_factor);
    for (size_t i = 0; i < 212; i++)
        text[i] = (char)('a' + i % 26);
    expect_hex(text, largest);
}
END_TEST

START_TEST(each_version_ends_where_the_standard_says)
{
    static const size_t bytes[] = {14, 26, 42, 62, 84, 106, 122, 152, 180, QR_TEXT_MAX};
    char text[QR_TEXT_MAX + 2];
    memset(text, 'x', sizeof text);
    for (size_t v = 0; v < ARRAY_COUNT(bytes); v++) {
        ck_assert(qr_encode(slice_make(text, bytes[v]), &qr));
        ck_assert_uint_eq(qr.side, 21 + 4 * v);
        if (v + 1 < ARRAY_COUNT(bytes)) {
            ck_assert(qr_encode(slice_make(text, bytes[v] + 1), &qr));
            ck_assert_uint_eq(qr.side, 25 + 4 * v);
        }
    }
    ck_assert(!qr_encode(slice_make(text, QR_TEXT_MAX + 1), &qr));
    ck_assert(qr_encode(S(""), &qr));
}
END_TEST

START_TEST(the_path_covers_exactly_what_is_dark)
{
    struct buf out;
    size_t runs = 0, moves = 0;
    buf_init(&out, 1 << 16);
    ck_assert(qr_encode(S("evaluation log"), &qr));
    qr_put_path(&out, &qr);
    for (size_t y = 0; y < qr.side; y++)
        for (size_t x = 0; x < qr.side; x++)
            runs += qr.dark[y][x] && !(x && qr.dark[y][x - 1]);
    for (size_t i = 0; i < out.len; i++)
        moves += out.ptr[i] == 'M';
    ck_assert_uint_eq(moves, runs);
    ck_assert(slice_has_prefix(buf_slice(&out), S("M0 0h7v1h-7z")));
    buf_finish(&out);
}
END_TEST

TEST_MAIN("qr", a_small_code_is_the_known_one, larger_codes_are_the_known_ones,
          each_version_ends_where_the_standard_says, the_path_covers_exactly_what_is_dark)
