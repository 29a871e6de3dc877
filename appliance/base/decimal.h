/* Numbers as decimal text, without the locale and much faster than printf. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_TEXT_MAX = 40 };

/* Digits of value, at most 20; no NUL. */
size_t decimal_u64(uint64_t value, char ret[static DECIMAL_TEXT_MAX]);

/* The shortest of %.15g, %.16g and %.17g that reads back equal; integers below 1e15 as "3.0". value
 * is finite. No NUL. */
size_t decimal_f64(double value, char ret[static DECIMAL_TEXT_MAX]);

#endif
