/* What one text field means as a number, by the rules of either engine. */
#ifndef DETECT_FIELD_H
#define DETECT_FIELD_H

#include "detect/detect.h"

enum field_kind {
    FIELD_NUMBER,
    FIELD_MISSING, /* an NA token of that engine */
    FIELD_FLAG,    /* True, true, TRUE, False, … → 1 or 0 */
    FIELD_PERCENT, /* "61.2%" → 0.612; calibrated engine only */
    FIELD_INFINITE,
    FIELD_TEXT, /* none of these */
};

/* Blanks around the text do not matter. *ret is NaN for missing and text. */
enum field_kind field_number(slice text, enum engine engine, double *ret);

/* Classic engine: text that pandas reads as missing, blanks included as they stand. */
bool field_is_missing(slice text, enum engine engine);

extern const double field_power_of_ten[18];

/* The common short number without a loop: 1 to 8 bytes of digits with at most one point, ending at
 * `end`, with at least 8 readable bytes in front of it. False for anything else, also where the
 * byte order does not allow the trick; *ret is then undefined. */
static inline bool field_short_decimal(const char *end, size_t len, double *ret)
{
    uint64_t text;
    size_t fraction = 0;
    if (len - 1 >= 8 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return false;
    memcpy(&text, end - 8, sizeof text);
    unsigned free_bits = 8 * (8 - (unsigned)len);
    uint64_t zeros = ((UINT64_C(1) << free_bits) - 1) & UINT64_C(0x3030303030303030);
    text = text >> free_bits << free_bits | zeros;
    uint64_t points = text ^ UINT64_C(0x2E2E2E2E2E2E2E2E);
    points = (points - UINT64_C(0x0101010101010101)) & ~points & UINT64_C(0x8080808080808080);
    if (points != 0) { /* close the gap: what stands before the point moves up one byte */
        unsigned at = (unsigned)__builtin_ctzll(points) & ~7U;
        uint64_t before = (UINT64_C(1) << at) - 1;
        fraction = 7 - at / 8;
        text = (text & ~before & ~(UINT64_C(0xFF) << at)) | (text & before) << 8 | '0';
    }
    /* Every byte a digit: upper half 3, also after adding 6. */
    uint64_t upper = UINT64_C(0xF0F0F0F0F0F0F0F0);
    uint64_t over = text + UINT64_C(0x0606060606060606);
    if (((text & upper) | (over & upper) >> 4) != UINT64_C(0x3333333333333333))
        return false;
    /* Eight digits to a number by adding neighbours, pairs, fours. */
    text -= UINT64_C(0x3030303030303030);
    text = text * 10 + (text >> 8);
    text = ((text & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
            (text >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >>
           32;
    *ret = (double)(uint32_t)text / field_power_of_ten[fraction];
    return len > 1 || points == 0; /* a lone point is no number */
}

#endif
