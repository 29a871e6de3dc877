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
 * byte order does not allow the trick; *ret is then undefined.
 *
 * The last byte of the text is the highest of a word. Taking '0' from every byte leaves digits
 * below 10 and the point 0x1E, so adding 0x76 sets the top bit of all that is no digit. */
static inline bool field_short_decimal(const char *end, size_t len, double *ret)
{
    uint64_t text;
    size_t fraction = 0;
    if (len - 1 >= 8 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return false;
    memcpy(&text, end - 8, sizeof text);
    text ^= UINT64_C(0x3030303030303030);
    text &= ~UINT64_C(0) << (64 - 8 * (unsigned)len); /* what stands before the number: zeros */
    uint64_t others = ((text + UINT64_C(0x7676767676767676)) | text) & UINT64_C(0x8080808080808080);
    if (others != 0) {
        uint64_t one = others >> 7; /* 1 in the byte of the point */
        uint64_t before = text & (one - 1);
        if ((others & (others - 1)) != 0 || (text & ((one << 8) - one)) != 0x1E * one || len == 1)
            return false;
        fraction = 7 - (unsigned)__builtin_ctzll(others) / 8;
        text += (before << 8) - before - 0x1E * one; /* close the gap */
    }
    /* Eight digits to a number by adding neighbours, pairs, fours. */
    text = text * 10 + (text >> 8);
    text = ((text & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
            (text >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >>
           32;
    *ret = (double)(uint32_t)text / field_power_of_ten[fraction];
    return true;
}

#endif
