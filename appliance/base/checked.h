/* Arithmetic on sizes from outside: overflow gives false and leaves the result alone. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool checked_add(size_t a, size_t b, size_t *ret)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret = sum;
    return true;
}

static inline bool checked_mul(size_t a, size_t b, size_t *ret)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret = product;
    return true;
}

static inline bool checked_narrow_u32(uint64_t value, uint32_t *ret)
{
    if (value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

#endif
