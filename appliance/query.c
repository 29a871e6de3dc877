/* Reads query strings; see query.h. */
#include "query.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool percent_decode(struct arena *arena, slice raw, bool plus_is_blank, slice *ret)
{
    char *out = (char *)arena_array_raw(arena, raw.len + 1, 1);
    if (!out)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            if (i + 2 >= raw.len)
                return false;
            int high = hex_digit(raw.ptr[i + 1]), low = hex_digit(raw.ptr[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    *ret = slice_make(out, len);
    return slice_is_utf8(*ret);
}

status query_parse(slice text, struct arena *arena, struct call_pair ret[static LIMIT_QUERY_PAIRS],
                   size_t *ret_count, struct error *err)
{
    slice pair, name;
    *ret_count = 0;
    while (slice_split(&text, '&', &pair)) {
        if (pair.len == 0)
            continue;
        if (*ret_count == LIMIT_QUERY_PAIRS)
            return error_code(err, ST_INVALID, "invalid_query",
                              "the query has more than %d parameters", LIMIT_QUERY_PAIRS);
        struct call_pair *into = &ret[*ret_count];
        slice value = pair;
        if (!slice_split(&value, '=', &name) || !percent_decode(arena, name, true, &into->name) ||
            !percent_decode(arena, value, true, &into->value))
            return error_code(err, ST_INVALID, "invalid_query",
                              "the query holds a broken escape or bytes that are not UTF-8 text");
        ++*ret_count;
    }
    return ST_OK;
}
