/* Numbers as eight bytes, the highest first: their order as bytes is their order as numbers. */
#ifndef BASE_BIGEND_H
#define BASE_BIGEND_H

#include <stddef.h>
#include <stdint.h>

enum { BIGEND_BYTES = 8 };

static inline void bigend_put(void *to, uint64_t value)
{
    unsigned char *bytes = (unsigned char *)to;
    for (size_t i = 0; i < BIGEND_BYTES; i++)
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
}

static inline uint64_t bigend_get(const void *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    uint64_t value = 0;
    for (size_t i = 0; i < BIGEND_BYTES; i++)
        value = value << 8 | bytes[i];
    return value;
}

#endif
