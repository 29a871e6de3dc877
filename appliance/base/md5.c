/* MD5 as RFC 1321 describes it. */
#include "base/md5.h"

#include <string.h>

/* floor(2^32 * |sin(i + 1)|), RFC 1321 section 3.4. */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static const unsigned char shifts[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t word_at(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* One of 64 steps: which words are mixed, and which word of the block joins. */
static uint32_t mix(unsigned step, const uint32_t s[static 4], unsigned *ret_word)
{
    switch (step / 16) {
    case 0:
        *ret_word = step;
        return (s[1] & s[2]) | (~s[1] & s[3]);
    case 1:
        *ret_word = (5 * step + 1) % 16;
        return (s[3] & s[1]) | (~s[3] & s[2]);
    case 2:
        *ret_word = (3 * step + 5) % 16;
        return s[1] ^ s[2] ^ s[3];
    default:
        *ret_word = 7 * step % 16;
        return s[2] ^ (s[1] | ~s[3]);
    }
}

static void block_add(struct md5 *md5, const unsigned char *block)
{
    uint32_t s[4];
    memcpy(s, md5->state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        unsigned word;
        uint32_t f = mix(i, s, &word) + s[0] + sines[i] + word_at(block + 4 * (size_t)word);
        unsigned shift = shifts[i / 16][i % 4];
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += f << shift | f >> (32 - shift);
    }
    for (size_t i = 0; i < 4; i++)
        md5->state[i] += s[i];
}

void md5_begin(struct md5 *md5)
{
    *md5 = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_more(struct md5 *md5, slice data)
{
    while (data.len) {
        size_t have = md5->bytes % MD5_BLOCK_BYTES;
        size_t take = MD5_BLOCK_BYTES - have < data.len ? MD5_BLOCK_BYTES - have : data.len;
        memcpy(md5->block + have, data.ptr, take);
        md5->bytes += take;
        data = slice_from(data, take);
        if (have + take == MD5_BLOCK_BYTES)
            block_add(md5, md5->block);
    }
}

void md5_end(struct md5 *md5, unsigned char ret[static MD5_BYTES])
{
    uint64_t bits = md5->bytes * 8;
    unsigned char length[8];
    for (size_t i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (8 * i));
    md5_more(md5, S("\x80"));
    while (md5->bytes % MD5_BLOCK_BYTES != MD5_BLOCK_BYTES - 8)
        md5_more(md5, slice_make("", 1));
    md5_more(md5, slice_make(length, sizeof length));
    for (size_t i = 0; i < MD5_BYTES; i++)
        ret[i] = (unsigned char)(md5->state[i / 4] >> (8 * (i % 4)));
}
