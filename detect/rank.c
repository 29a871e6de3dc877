/* Ranks of the draws' statistics: one radix sort, then one pass over the runs of ties.
 *
 * A comparison sort and a search for each draw took a fifth of the whole engine. Statistics are
 * rounded to nine decimals, so almost always they are whole numbers of 1e-9, and few bytes tell
 * them apart; else the bits of an IEEE double, which sort like its value once the sign is folded
 * in. */
#include "detect/engine.h"

#include <math.h>

enum { DIGITS = 8, DIGIT_VALUES = 256 };

/* |value| below it: value * 1e9 is off by less than half from the whole number that it stands for.
 */
static const double whole_max = 2e6;

static uint64_t bits_of(double value)
{
    uint64_t bits;
    double plain = value + 0.0; /* -0 ties with 0 */
    memcpy(&bits, &plain, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static int64_t billionths(double value)
{
    return (int64_t)(value * 1e9 + (value < 0 ? -0.5 : 0.5));
}

/* Keys that sort and tie like the values; returns how many of their bytes differ at most. */
static size_t make_keys(const double *value, size_t count, struct rank_item *ret)
{
    double low = value[0], high = value[0];
    for (size_t b = 0; b < count; b++) {
        low = value[b] < low ? value[b] : low;
        high = value[b] > high ? value[b] : high;
    }
    bool whole = fabs(low) < whole_max && fabs(high) < whole_max;
    int64_t least = whole ? billionths(low) : 0;
    for (size_t b = 0; b < count; b++) {
        uint64_t key = whole ? (uint64_t)(billionths(value[b]) - least) : bits_of(value[b]);
        ret[b] = (struct rank_item){.key = key, .draw = b};
    }
    size_t digits = whole ? 0 : DIGITS;
    uint64_t span = whole ? (uint64_t)(billionths(high) - least) : 0;
    for (; span > 0; span >>= 8)
        digits++;
    return digits;
}

static size_t digit_of(uint64_t key, size_t digit)
{
    return (key >> (8 * digit)) & (DIGIT_VALUES - 1);
}

/* One stable pass by a digit; false when all share it and nothing was moved. */
static bool sort_by(const struct rank_item *from, struct rank_item *to, size_t count, size_t digit,
                    const uint32_t *seen)
{
    size_t start[DIGIT_VALUES], at = 0;
    if (seen[digit_of(from[0].key, digit)] == count)
        return false;
    for (size_t v = 0; v < DIGIT_VALUES; v++) {
        start[v] = at;
        at += seen[v];
    }
    for (size_t i = 0; i < count; i++)
        to[start[digit_of(from[i].key, digit)]++] = from[i];
    return true;
}

/* Sorts item[count] with as much scratch behind it; returns where the sorted items are. */
static const struct rank_item *sort_items(struct rank_item *item, size_t count, size_t digits)
{
    uint32_t seen[DIGITS][DIGIT_VALUES] = {{0}};
    struct rank_item *other = item + count;
    for (size_t i = 0; i < count; i++) {
        for (size_t digit = 0; digit < digits; digit++)
            seen[digit][digit_of(item[i].key, digit)]++;
    }
    for (size_t digit = 0; digit < digits; digit++) {
        if (!sort_by(item, other, count, digit, seen[digit]))
            continue;
        struct rank_item *swap = item;
        item = other;
        other = swap;
    }
    return item;
}

void rank_draws(const double *value, size_t count, struct rank_item *scratch, double *ret_p,
                uint32_t *ret_twice_midrank)
{
    if (count == 0)
        return;
    size_t digits = make_keys(value, count, scratch);
    const struct rank_item *sorted = sort_items(scratch, count, digits);
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        while (end < count && sorted[end].key == sorted[begin].key)
            end++;
        double p = (double)(count - begin) / (double)count;
        uint32_t twice_midrank = (uint32_t)((count - end) + (count - begin));
        for (size_t i = begin; i < end; i++) {
            ret_p[sorted[i].draw] = p;
            ret_twice_midrank[sorted[i].draw] = twice_midrank;
        }
    }
}
