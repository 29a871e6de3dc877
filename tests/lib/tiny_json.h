/* A small JSON reader for test vectors: trusted input, whole tree on the heap until exit.
 *
 * Only for tests of the layers that have no JSON parser of their own. */
#ifndef TESTS_LIB_TINY_JSON_H
#define TESTS_LIB_TINY_JSON_H

#include "base/arena.h"
#include "base/slice.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum tj_kind { TJ_NULL, TJ_FALSE, TJ_TRUE, TJ_NUMBER, TJ_STRING, TJ_ARRAY, TJ_OBJECT };

struct tj {
    enum tj_kind kind;
    slice key; /* inside an object */
    slice text;
    double number;
    struct tj *child; /* first element or member */
    struct tj *next;  /* following sibling */
};

static inline void tj_space(const char **p)
{
    while (**p == ' ' || **p == '\n' || **p == '\t' || **p == '\r')
        (*p)++;
}

static inline unsigned tj_hex4(const char *p)
{
    char digits[5] = {p[0], p[1], p[2], p[3], 0};
    return (unsigned)strtoul(digits, NULL, 16);
}

static inline char *tj_utf8(char *out, unsigned rune)
{
    if (rune < 0x80) {
        *out++ = (char)rune;
    } else if (rune < 0x800) {
        *out++ = (char)(0xC0 | rune >> 6);
        *out++ = (char)(0x80 | (rune & 63));
    } else if (rune < 0x10000) {
        *out++ = (char)(0xE0 | rune >> 12);
        *out++ = (char)(0x80 | (rune >> 6 & 63));
        *out++ = (char)(0x80 | (rune & 63));
    } else {
        *out++ = (char)(0xF0 | rune >> 18);
        *out++ = (char)(0x80 | (rune >> 12 & 63));
        *out++ = (char)(0x80 | (rune >> 6 & 63));
        *out++ = (char)(0x80 | (rune & 63));
    }
    return out;
}

static inline char *tj_escape(const char **p, char *out)
{
    char c = *(*p)++;
    unsigned rune;
    switch (c) {
    case 'n':
        *out++ = '\n';
        return out;
    case 't':
        *out++ = '\t';
        return out;
    case 'r':
        *out++ = '\r';
        return out;
    case 'u':
        rune = tj_hex4(*p);
        *p += 4;
        if (rune >= 0xD800 && rune < 0xDC00) {
            rune = 0x10000 + ((rune - 0xD800) << 10) + (tj_hex4(*p + 2) - 0xDC00);
            *p += 6;
        }
        return tj_utf8(out, rune);
    default:
        *out++ = c;
        return out;
    }
}

/* Trees live as long as the process of the test. */
static inline void *tj_alloc(size_t bytes)
{
    static struct arena arena = {.cap_bytes = 1 << 30};
    return arena_alloc(&arena, bytes);
}

static inline slice tj_string(const char **p)
{
    size_t room = 1;
    ck_assert_int_eq(**p, '"');
    for (const char *q = *p + 1; *q != '"'; q += 1 + (*q == '\\'))
        room += 2;
    char *text = tj_alloc(room);
    char *out = text;
    ck_assert_ptr_nonnull(text);
    (*p)++;
    while (**p != '"') {
        if (**p == '\\') {
            (*p)++;
            out = tj_escape(p, out);
        } else {
            *out++ = *(*p)++;
        }
    }
    (*p)++;
    return slice_make(text, (size_t)(out - text));
}

static inline struct tj *tj_value(const char **p);

static inline void tj_children(const char **p, struct tj *node, char close)
{
    struct tj **tail = &node->child;
    (*p)++;
    tj_space(p);
    while (**p != close) {
        slice key = {0};
        if (close == '}') {
            key = tj_string(p);
            tj_space(p);
            ck_assert_int_eq(**p, ':');
            (*p)++;
        }
        *tail = tj_value(p);
        (*tail)->key = key;
        tail = &(*tail)->next;
        tj_space(p);
        if (**p == ',')
            (*p)++;
        tj_space(p);
    }
    (*p)++;
}

static inline struct tj *tj_value(const char **p)
{
    struct tj *node = tj_alloc(sizeof *node);
    ck_assert_ptr_nonnull(node);
    tj_space(p);
    if (**p == '{' || **p == '[') {
        node->kind = **p == '{' ? TJ_OBJECT : TJ_ARRAY;
        tj_children(p, node, **p == '{' ? '}' : ']');
    } else if (**p == '"') {
        node->kind = TJ_STRING;
        node->text = tj_string(p);
    } else if (**p == 't' || **p == 'f' || **p == 'n') {
        node->kind = **p == 't' ? TJ_TRUE : **p == 'f' ? TJ_FALSE : TJ_NULL;
        *p += **p == 'f' ? 5 : 4;
    } else {
        char *end;
        node->kind = TJ_NUMBER;
        node->number = strtod(*p, &end);
        ck_assert_ptr_ne(end, *p);
        *p = end;
    }
    return node;
}

/* The member, or NULL; node may be NULL. */
static inline const struct tj *tj_get(const struct tj *node, const char *key)
{
    for (const struct tj *c = node ? node->child : NULL; c; c = c->next)
        if (slice_eq(c->key, slice_of(key)))
            return c;
    return NULL;
}

/* A number; the strings NaN, Infinity, -Infinity too. null and a missing node are NaN. */
static inline double tj_number(const struct tj *node)
{
    if (!node || node->kind == TJ_NULL)
        return NAN;
    if (node->kind == TJ_STRING && slice_eq(node->text, S("Infinity")))
        return INFINITY;
    if (node->kind == TJ_STRING && slice_eq(node->text, S("-Infinity")))
        return -INFINITY;
    if (node->kind == TJ_STRING)
        return NAN;
    return node->number;
}

static inline size_t tj_count(const struct tj *node)
{
    size_t count = 0;
    for (const struct tj *c = node ? node->child : NULL; c; c = c->next)
        count++;
    return count;
}

#endif
