/* A strict reader of JSON for tests: is it valid, and what stands at "a.b.0"? */
#ifndef TESTS_DETECT_JSON_CHECK_H
#define TESTS_DETECT_JSON_CHECK_H

#include "base/slice.h"

#include <check.h>
#include <stdio.h>

/* Length of the JSON string at text (with quotes); fails on raw control bytes and bad escapes. */
static inline size_t json_string_length(slice text)
{
    size_t i = 1;
    for (; i < text.len && text.ptr[i] != '"'; i++) {
        ck_assert_msg((unsigned char)text.ptr[i] >= 0x20, "control byte in a string");
        if (text.ptr[i] != '\\')
            continue;
        i++;
        ck_assert(i < text.len && strchr("\"\\/bfnrtu", text.ptr[i]));
    }
    ck_assert(i < text.len);
    return i + 1;
}

/* The value at text[at…] ends here: nesting is counted, not recursed. */
static inline size_t json_value_length(slice text)
{
    size_t i = 0;
    char open[64];
    size_t depth = 0;
    do {
        char c = text.ptr[i];
        if (c == '"') {
            i += json_string_length(slice_from(text, i));
            continue;
        }
        if (c == '{' || c == '[') {
            ck_assert_uint_lt(depth, sizeof open);
            open[depth++] = c;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                break;
            ck_assert_int_eq(open[--depth], c == '}' ? '{' : '[');
        } else if (depth == 0 && c == ',') {
            break;
        } else {
            ck_assert_msg(strchr("0123456789+-.eEtrufalsn,:", c) && c, "byte '%c' outside", c);
        }
        i++;
    } while (i < text.len &&
             (depth > 0 || (text.ptr[i] != ',' && text.ptr[i] != '}' && text.ptr[i] != ']')));
    ck_assert_uint_eq(depth, 0);
    return i;
}

static inline void json_is_valid(slice text)
{
    ck_assert(slice_is_utf8(text));
    ck_assert_uint_eq(json_value_length(text), text.len);
}

/* The raw value at a dotted path of member names; empty when it is not there. */
static inline slice json_at(slice text, const char *path)
{
    slice rest = slice_of(path);
    slice name;
    while (slice_split(&rest, '.', &name)) {
        size_t i = 1;
        bool found = false;
        ck_assert(text.len && text.ptr[0] == '{');
        while (!found && text.ptr[i] != '}') {
            size_t key = json_string_length(slice_from(text, i));
            slice this_name = slice_sub(text, i + 1, key - 2);
            i += key + 1;
            size_t len = json_value_length(slice_from(text, i));
            if (slice_eq(this_name, name)) {
                text = slice_sub(text, i, len);
                found = true;
                break;
            }
            i += len + (text.ptr[i + len] == ',');
        }
        if (!found)
            return (slice){NULL, 0};
    }
    return text;
}

#endif
