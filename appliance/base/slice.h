/* {ptr,len} views of bytes: compare, trim, split, parse numbers. Nothing here allocates.
 *
 * A slice borrows its bytes and never assumes a NUL at the end. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct slice {
    const char *ptr;
    size_t len;
} slice;

#define S(literal) ((slice){"" literal, sizeof(literal) - 1})
/* The same for static initialisers, where a compound literal is not a constant. */
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define SLICE_FMT          "%.*s"
#define SLICE_ARG(s)       (int)(s).len, (s).ptr
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline slice slice_of(const char *text) /* NUL-terminated text; NULL → empty */
{
    return (slice){text ? text : "", text ? strlen(text) : 0};
}

static inline slice slice_make(const void *ptr, size_t len)
{
    return (slice){(const char *)ptr, len};
}

static inline bool slice_eq(slice a, slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int slice_cmp(slice a, slice b);        /* bytewise order, as memcmp then length */
bool slice_eq_nocase(slice a, slice b); /* ASCII letters only */
bool slice_has_prefix(slice s, slice prefix);
bool slice_has_suffix(slice s, slice suffix);
bool slice_find(slice s, slice needle, size_t *ret_at);
bool slice_find_byte(slice s, char byte, size_t *ret_at);
slice slice_trim(slice s);               /* ASCII white space on both sides */
slice slice_from(slice s, size_t start); /* s[start..]; empty when start is beyond the end */
slice slice_sub(slice s, size_t start, size_t len); /* cut to what exists */

/* Cuts *rest at the first `byte`: ret_part is what stood before it, *rest what follows.
 * False when *rest was used up; the last part has no separator behind it. */
bool slice_split(slice *rest, char byte, slice *ret_part);

/* Whole slice, decimal, no sign, no blanks; false on anything else or overflow. */
bool slice_to_u64(slice s, uint64_t *ret);
bool slice_to_i64(slice s, int64_t *ret);

/* Whole slice, C-locale decimal floating point; false for NaN, infinity, hex, overflow, blanks.
 * Correctly rounded: at most 19 digits and a small exponent go through an exact fast path, the
 * rest through strtod (Clinger 1990, "How to read floating point numbers accurately"). */
bool slice_to_f64(slice s, double *ret);

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool slice_is_utf8(slice s);

/* Length of the code point at s.ptr (1..4), 0 when it is not valid UTF-8 there; *ret_rune optional.
 */
size_t utf8_rune(slice s, uint32_t *ret_rune);

#endif
