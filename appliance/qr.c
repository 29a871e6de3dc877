/* Draws QR codes: bits, error correction (Reed-Solomon), placing, masks; see qr.h.
 *
 * Function patterns are drawn first and remembered as `fixed`; data then fills what is left, in the
 * zigzag of the standard; of the eight masks the one with the smallest penalty stays. */
#include "qr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CODEWORDS_MAX = 346, BLOCKS_MAX = 5, CORRECTION_MAX = 26, MASK_COUNT = 8 };

/* Level M: codewords of correction per block; blocks, and data codewords of the shorter ones; how
 * many of the blocks hold one more; rows of alignment patterns. */
static const struct version {
    unsigned char correction, blocks, data, longer, align[3];
} versions[QR_VERSION_MAX] = {
    {10, 1, 16, 0, {0}},         {16, 1, 28, 0, {6, 18}},     {26, 1, 44, 0, {6, 22}},
    {18, 2, 32, 0, {6, 26}},     {24, 2, 43, 0, {6, 30}},     {16, 4, 27, 0, {6, 34}},
    {18, 4, 31, 0, {6, 22, 38}}, {22, 4, 38, 2, {6, 24, 42}}, {22, 5, 36, 2, {6, 26, 46}},
    {26, 5, 43, 1, {6, 28, 50}},
};

struct drawing {
    struct qr *qr;
    const struct version *version;
    unsigned number; /* of the version */
    bool fixed[QR_SIDE_MAX][QR_SIDE_MAX];
};

static size_t data_codewords(const struct version *v)
{
    return (size_t)v->blocks * v->data + v->longer;
}

/* --- data ---------------------------------------------------------------------------------------
 */

struct bits {
    unsigned char *bytes;
    size_t count;
};

static void put_bits(struct bits *bits, unsigned value, unsigned count)
{
    for (unsigned i = count; i-- > 0; bits->count++)
        if (value >> i & 1)
            bits->bytes[bits->count / 8] |= (unsigned char)(0x80 >> bits->count % 8);
}

static size_t length_bits(unsigned number)
{
    return number < 10 ? 8 : 16;
}

/* Mode, length, text, end, and the padding 0xec 0x11 … up to the whole capacity. */
static void write_data(slice text, const struct drawing *d, unsigned char data[CODEWORDS_MAX])
{
    struct bits bits = {data, 0};
    size_t capacity = data_codewords(d->version);
    memset(data, 0, CODEWORDS_MAX);
    put_bits(&bits, 4, 4);
    put_bits(&bits, (unsigned)text.len, (unsigned)length_bits(d->number));
    for (size_t i = 0; i < text.len; i++)
        put_bits(&bits, (unsigned char)text.ptr[i], 8);
    bits.count += 8 * capacity - bits.count < 4 ? 8 * capacity - bits.count : 4;
    bits.count = (bits.count + 7) / 8 * 8;
    for (unsigned pad = 0xec; bits.count < 8 * capacity; pad ^= 0xec ^ 0x11)
        put_bits(&bits, pad, 8);
}

/* --- error correction ---------------------------------------------------------------------------
 */

/* Product in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1. */
static unsigned char field_times(unsigned a, unsigned b)
{
    unsigned product = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            product ^= a;
        a = a << 1 ^ (a & 0x80 ? 0x11d : 0);
    }
    return (unsigned char)product;
}

/* Coefficients of (x - 1)(x - 2)(x - 4)…, without the leading one. */
static void make_divisor(unsigned char divisor[CORRECTION_MAX], size_t degree)
{
    unsigned root = 1;
    memset(divisor, 0, CORRECTION_MAX);
    divisor[degree - 1] = 1;
    for (size_t i = 0; i < degree; i++) {
        for (size_t j = 0; j < degree; j++)
            divisor[j] = field_times(divisor[j], root) ^ (j + 1 < degree ? divisor[j + 1] : 0);
        root = field_times(root, 2);
    }
}

static void correct(const unsigned char *data, size_t len, size_t degree,
                    unsigned char ret[CORRECTION_MAX])
{
    unsigned char divisor[CORRECTION_MAX];
    make_divisor(divisor, degree);
    memset(ret, 0, CORRECTION_MAX);
    for (size_t i = 0; i < len; i++) {
        unsigned factor = data[i] ^ ret[0];
        memmove(ret, ret + 1, degree - 1);
        ret[degree - 1] = 0;
        for (size_t j = 0; j < degree; j++)
            ret[j] ^= field_times(divisor[j], factor);
    }
}

/* Takes one codeword of each block in turn, first of the data, then of the corrections. */
static size_t interleave(const unsigned char *data, const struct version *v,
                         unsigned char ret[CODEWORDS_MAX])
{
    unsigned char corrections[BLOCKS_MAX][CORRECTION_MAX];
    size_t begins[BLOCKS_MAX], lens[BLOCKS_MAX];
    size_t at = 0, count = 0;
    for (size_t b = 0; b < v->blocks; b++) {
        begins[b] = at;
        lens[b] = v->data + (b + v->longer >= v->blocks ? 1U : 0U);
        correct(data + at, lens[b], v->correction, corrections[b]);
        at += lens[b];
    }
    for (size_t i = 0; i <= v->data; i++)
        for (size_t b = 0; b < v->blocks; b++)
            if (i < lens[b])
                ret[count++] = data[begins[b] + i];
    for (size_t i = 0; i < v->correction; i++)
        for (size_t b = 0; b < v->blocks; b++)
            ret[count++] = corrections[b][i];
    return count;
}

/* --- function patterns --------------------------------------------------------------------------
 */

static void fix(struct drawing *d, size_t row, size_t column, bool dark)
{
    d->qr->dark[row][column] = dark;
    d->fixed[row][column] = true;
}

/* Rings around a centre: a finder has radius 4 with its light border, an alignment pattern 2. */
static void draw_rings(struct drawing *d, size_t row, size_t column, int radius)
{
    int side = (int)d->qr->side;
    for (int dy = -radius; dy <= radius; dy++)
        for (int dx = -radius; dx <= radius; dx++) {
            int ring = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
            int y = (int)row + dy, x = (int)column + dx;
            if (y >= 0 && y < side && x >= 0 && x < side)
                fix(d, (size_t)y, (size_t)x, radius == 4 ? ring != 2 && ring != 4 : ring != 1);
        }
}

static void draw_alignment(struct drawing *d)
{
    const unsigned char *at = d->version->align;
    size_t count = at[2] ? 3 : at[1] ? 2 : 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (!d->fixed[at[i]][at[j]]) /* finders stand in three corners */
                draw_rings(d, at[i], at[j], 2);
}

static void draw_timing(struct drawing *d)
{
    for (size_t i = 8; i + 8 < d->qr->side; i++) {
        fix(d, 6, i, i % 2 == 0);
        fix(d, i, 6, i % 2 == 0);
    }
}

/* Remainder of value * x^degree by the generator, as both BCH codes want it. */
static unsigned check_bits(unsigned value, unsigned degree, unsigned generator)
{
    unsigned rest = value;
    for (unsigned i = 0; i < degree; i++)
        rest = rest << 1 ^ (rest >> (degree - 1)) * generator;
    return value << degree | rest;
}

/* Level M is 00; the mask is the rest of the five bits. Both copies. */
static void draw_format(struct drawing *d, unsigned mask)
{
    unsigned bits = check_bits(mask, 10, 0x537) ^ 0x5412;
    size_t side = d->qr->side;
    for (size_t i = 0; i < 15; i++) {
        bool dark = bits >> i & 1;
        size_t near = i < 6 ? i : i < 8 ? i + 1 : i == 8 ? 7 : 14 - i; /* past the timing rows */
        fix(d, i < 8 ? near : 8, i < 8 ? 8 : near, dark);
        fix(d, i < 8 ? 8 : side - 15 + i, i < 8 ? side - 1 - i : 8, dark);
    }
    fix(d, side - 8, 8, true);
}

static void draw_version(struct drawing *d)
{
    unsigned bits = check_bits(d->number, 12, 0x1f25);
    if (d->number < 7)
        return;
    for (size_t i = 0; i < 18; i++) {
        size_t far = d->qr->side - 11 + i % 3;
        fix(d, i / 3, far, bits >> i & 1);
        fix(d, far, i / 3, bits >> i & 1);
    }
}

static void draw_patterns(struct drawing *d)
{
    size_t last = d->qr->side - 4;
    draw_rings(d, 3, 3, 4);
    draw_rings(d, 3, last, 4);
    draw_rings(d, last, 3, 4);
    draw_alignment(d);
    draw_timing(d);
    draw_format(d, 0);
    draw_version(d);
}

/* --- data and masks -----------------------------------------------------------------------------
 */

/* Two columns at a time from the right, up and down in turn; the column of the timing is none. */
static void draw_data(struct drawing *d, const unsigned char *codewords, size_t count)
{
    size_t side = d->qr->side, bit = 0;
    bool upward = true;
    for (size_t right = side - 1; right < side; right -= 2, upward = !upward) {
        if (right == 6)
            right = 5;
        for (size_t i = 0; i < 2 * side; i++) {
            size_t row = upward ? side - 1 - i / 2 : i / 2, column = right - i % 2;
            if (d->fixed[row][column])
                continue;
            d->qr->dark[row][column] = bit < 8 * count && codewords[bit / 8] >> (7 - bit % 8) & 1;
            bit++;
        }
    }
}

static bool mask_at(unsigned mask, size_t y, size_t x)
{
    switch (mask) {
    case 0:
        return (y + x) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (y + x) % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return y * x % 2 + y * x % 3 == 0;
    case 6:
        return (y * x % 2 + y * x % 3) % 2 == 0;
    default:
        return ((y + x) % 2 + y * x % 3) % 2 == 0;
    }
}

/* Its own inverse. */
static void apply_mask(struct drawing *d, unsigned mask)
{
    for (size_t y = 0; y < d->qr->side; y++)
        for (size_t x = 0; x < d->qr->side; x++)
            if (!d->fixed[y][x])
                d->qr->dark[y][x] ^= mask_at(mask, y, x);
}

static bool cell(const struct qr *qr, size_t line, size_t i, bool down)
{
    return down ? qr->dark[i][line] : qr->dark[line][i];
}

/* Runs of five or more, and what looks like a finder with four light modules at one side. */
static unsigned line_penalty(const struct qr *qr, size_t line, bool down)
{
    unsigned penalty = 0, run = 0, window = 0;
    for (size_t i = 0; i < qr->side; i++) {
        bool dark = cell(qr, line, i, down);
        run = i > 0 && dark == cell(qr, line, i - 1, down) ? run + 1 : 1;
        penalty += run == 5 ? 3 : run > 5;
        window = (window << 1 | dark) & 0x7ff;
        if (i >= 10 && (window == 0x5d0 || window == 0x05d))
            penalty += 40;
    }
    return penalty;
}

static unsigned penalty_of(const struct qr *qr)
{
    unsigned penalty = 0, dark = 0, all = (unsigned)(qr->side * qr->side);
    for (size_t y = 0; y < qr->side; y++) {
        penalty += line_penalty(qr, y, false) + line_penalty(qr, y, true);
        for (size_t x = 0; x < qr->side; x++) {
            bool here = qr->dark[y][x];
            dark += here;
            if (y && x && here == qr->dark[y][x - 1] && here == qr->dark[y - 1][x] &&
                here == qr->dark[y - 1][x - 1])
                penalty += 3;
        }
    }
    unsigned away = 20 * dark > 10 * all ? 20 * dark - 10 * all : 10 * all - 20 * dark;
    return penalty + away / all * 10; /* ten for each 5 % away from half */
}

static void choose_mask(struct drawing *d)
{
    unsigned best = 0, least = ~0U;
    for (unsigned mask = 0; mask < MASK_COUNT; mask++) {
        apply_mask(d, mask);
        draw_format(d, mask);
        unsigned penalty = penalty_of(d->qr);
        if (penalty < least) {
            least = penalty;
            best = mask;
        }
        apply_mask(d, mask);
    }
    apply_mask(d, best);
    draw_format(d, best);
}

bool qr_encode(slice text, struct qr *ret)
{
    unsigned char data[CODEWORDS_MAX], codewords[CODEWORDS_MAX];
    struct drawing d = {.qr = ret, .number = 1};
    *ret = (struct qr){0};
    while (d.number <= QR_VERSION_MAX &&
           4 + length_bits(d.number) + 8 * text.len > 8 * data_codewords(&versions[d.number - 1]))
        d.number++;
    if (d.number > QR_VERSION_MAX)
        return false;
    d.version = &versions[d.number - 1];
    ret->side = 17 + 4 * (size_t)d.number;
    write_data(text, &d, data);
    size_t count = interleave(data, d.version, codewords);
    assert(count <= CODEWORDS_MAX);
    draw_patterns(&d);
    draw_data(&d, codewords, count);
    choose_mask(&d);
    return true;
}

void qr_put_path(struct buf *out, const struct qr *qr)
{
    for (size_t y = 0; y < qr->side; y++)
        for (size_t x = 0; x < qr->side; x++) {
            size_t begin = x;
            while (x < qr->side && qr->dark[y][x])
                x++;
            if (x > begin)
                buf_printf(out, "M%zu %zuh%zuv1h-%zuz", begin, y, x - begin, x - begin);
        }
}
