/* Numbers in ascending order: the one sort behind ranks of rows, of rounds and of draws. */
#ifndef DETECT_ORDER_H
#define DETECT_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* 8 bytes, so that sorting n numbers takes twice 8 n and not twice 16 n. */
struct order_item {
    uint32_t key;   /* place among the distinct values, from 0: equal values have equal keys */
    uint32_t index; /* of the value; equal values stay in the order of their indexes */
};

/* count values without NaN, count < 2^32; -0 and 0 are equal. Returns the half of
 * scratch[2 * count] that holds the order; the other half is free again. */
const struct order_item *order_of(const double *value, size_t count, struct order_item *scratch);

/* The items behind `begin` that share its key end here. */
static inline size_t order_ties_end(const struct order_item *sorted, size_t count, size_t begin)
{
    size_t end = begin + 1;
    while (end < count && sorted[end].key == sorted[begin].key)
        end++;
    return end;
}

#endif
