/* Order of doubles by a radix sort over the 32 leading bits that tell them apart.
 *
 * The bits of an IEEE double sort like its value once the sign is folded in. Counted from the
 * smallest value, the leading 32 bits of the largest distance decide nearly every pair; a run of
 * values that agree in them is sorted by the bits behind. */
#include "detect/order.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS = 4, DIGIT_VALUES = 256, INSERTION_MAX = 32 };

static uint64_t bits_of(double value)
{
    uint64_t bits;
    double plain = value + 0.0; /* -0 ties with 0 */
    memcpy(&bits, &plain, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* How 64 bits become 32: (bits - least) >> shift, and what that drops. */
struct keys {
    const double *value;
    uint64_t least;
    unsigned shift;
};

static uint32_t trailing_key(const struct keys *keys, uint32_t index)
{
    uint64_t dropped = (UINT64_C(1) << keys->shift) - 1;
    return (uint32_t)((bits_of(keys->value[index]) - keys->least) & dropped);
}

static struct keys make_keys(const double *value, size_t count, struct order_item *ret)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = bits_of(value[i]);
        least = bits < least ? bits : least;
        most = bits > most ? bits : most;
    }
    struct keys keys = {.value = value, .least = least};
    while ((most - least) >> keys.shift > UINT32_MAX)
        keys.shift++;
    for (size_t i = 0; i < count; i++)
        ret[i] = (struct order_item){.key = (uint32_t)((bits_of(value[i]) - least) >> keys.shift),
                                     .index = (uint32_t)i};
    return keys;
}

static size_t digit_of(uint32_t key, size_t digit)
{
    return key >> (8 * digit) & (DIGIT_VALUES - 1);
}

/* One stable pass by a digit; false when all share it and nothing was moved. */
static bool sort_by(const struct order_item *from, struct order_item *to, size_t count,
                    size_t digit, const uint32_t *seen)
{
    uint32_t start[DIGIT_VALUES], at = 0;
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

/* By key, stable; returns whichever of the two arrays holds the result. */
static struct order_item *radix_sort(struct order_item *item, struct order_item *other,
                                     size_t count)
{
    uint32_t seen[DIGITS][DIGIT_VALUES] = {{0}};
    for (size_t i = 0; i < count; i++) {
        for (size_t digit = 0; digit < DIGITS; digit++)
            seen[digit][digit_of(item[i].key, digit)]++;
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        if (!sort_by(item, other, count, digit, seen[digit]))
            continue;
        struct order_item *swap = item;
        item = other;
        other = swap;
    }
    return item;
}

static void insertion_sort(struct order_item *item, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct order_item moved = item[i];
        size_t at = i;
        for (; at > 0 && item[at - 1].key > moved.key; at--)
            item[at] = item[at - 1];
        item[at] = moved;
    }
}

/* Sorts items that agree in their leading bits by the trailing ones, which become their keys. */
static void sort_run(const struct keys *keys, struct order_item *item, struct order_item *other,
                     size_t count)
{
    bool differ = false;
    for (size_t i = 0; i < count; i++) {
        item[i].key = trailing_key(keys, item[i].index);
        differ |= item[i].key != item[0].key;
    }
    if (!differ)
        return;
    if (count <= INSERTION_MAX)
        insertion_sort(item, count);
    else if (radix_sort(item, other, count) != item)
        memcpy(item, other, count * sizeof *item);
}

/* From keys that tie inside of a run to places among all distinct values. */
static uint32_t number_run(struct order_item *item, size_t count, uint32_t place)
{
    for (size_t begin = 0; begin < count;) {
        size_t end = order_ties_end(item, count, begin);
        for (; begin < end; begin++)
            item[begin].key = place;
        place++;
    }
    return place;
}

const struct order_item *order_of(const double *value, size_t count, struct order_item *scratch)
{
    if (count == 0)
        return scratch;
    struct keys keys = make_keys(value, count, scratch);
    struct order_item *item = radix_sort(scratch, scratch + count, count);
    struct order_item *other = item == scratch ? scratch + count : scratch;
    uint32_t place = 0;
    for (size_t begin = 0; begin < count;) {
        size_t end = order_ties_end(item, count, begin);
        if (end - begin > 1 && keys.shift > 0)
            sort_run(&keys, item + begin, other + begin, end - begin);
        place = number_run(item + begin, end - begin, place);
        begin = end;
    }
    return item;
}
