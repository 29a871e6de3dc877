/* libFuzzer target: any bytes as a query string. What is accepted is text, and reads back from its
 * plainest spelling; a decoder as simple as can be must agree on every byte. */
#include "query.h"

#include "fuzz.h"

#include "base/buf.h"

/* One half of a pair by the letter of the rule; false = must be refused. */
static bool plain_decode(slice raw, char *ret, size_t *ret_len)
{
    static const char digits[] = "0123456789abcdef";
    *ret_len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        int c = (unsigned char)raw.ptr[i];
        if (c == '%') {
            const char *high = i + 1 < raw.len ? memchr(digits, raw.ptr[i + 1] | 0x20, 16) : NULL;
            const char *low = i + 2 < raw.len ? memchr(digits, raw.ptr[i + 2] | 0x20, 16) : NULL;
            bool no_letter = high && low && (raw.ptr[i + 1] < '0' || raw.ptr[i + 2] < '0');
            if (!high || !low || no_letter)
                return false;
            c = (int)((high - digits) * 16 + (low - digits));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        ret[(*ret_len)++] = (char)c;
    }
    return slice_is_utf8(slice_make(ret, *ret_len));
}

static void put_escaped(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_printf(out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
}

static void reads_back(const struct call_pair *pairs, size_t count, struct arena *arena)
{
    static struct call_pair again[LIMIT_QUERY_PAIRS];
    size_t again_count;
    struct buf text;
    struct error err;
    buf_init_arena(&text, arena, 1 << 16);
    for (size_t i = 0; i < count; i++) {
        put_escaped(&text, pairs[i].name);
        buf_put_byte(&text, '=');
        put_escaped(&text, pairs[i].value);
        buf_put_byte(&text, '&');
    }
    fuzz_need(query_parse(buf_slice(&text), arena, again, &again_count, &err) == ST_OK);
    fuzz_need(again_count == count);
    for (size_t i = 0; i < count; i++)
        fuzz_need(slice_eq(pairs[i].name, again[i].name) &&
                  slice_eq(pairs[i].value, again[i].value));
}

/* The pairs again, cut and decoded by the letter; refused where the parser refused. */
static void compare(slice text, const struct call_pair *pairs, size_t count, bool accepted)
{
    static char name[4096], value[4096];
    size_t seen = 0, name_len, value_len;
    bool sound = true;
    for (size_t from = 0; sound && from < text.len;) {
        size_t end = from, equals;
        while (end < text.len && text.ptr[end] != '&')
            end++;
        slice pair = slice_sub(text, from, end - from);
        from = end + 1;
        if (pair.len == 0)
            continue;
        if (!slice_find_byte(pair, '=', &equals))
            equals = pair.len;
        sound = seen < LIMIT_QUERY_PAIRS &&
                plain_decode(slice_sub(pair, 0, equals), name, &name_len) &&
                plain_decode(slice_from(pair, equals + 1), value, &value_len);
        if (sound && accepted)
            fuzz_need(seen < count && slice_eq(pairs[seen].name, slice_make(name, name_len)) &&
                      slice_eq(pairs[seen].value, slice_make(value, value_len)));
        seen++;
    }
    fuzz_need(sound == accepted);
    fuzz_need(!accepted || seen == count);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct call_pair pairs[LIMIT_QUERY_PAIRS];
    struct arena arena;
    struct error err = {0};
    size_t count = 0;
    slice text = slice_make(data, size < 4096 ? size : 4096);
    arena_init(&arena, 1 << 20);
    status rc = query_parse(text, &arena, pairs, &count, &err);
    fuzz_need(rc == ST_OK || (rc == ST_INVALID && strcmp(err.code, "invalid_query") == 0));
    fuzz_need(count <= LIMIT_QUERY_PAIRS);
    compare(text, pairs, count, rc == ST_OK);
    if (rc == ST_OK)
        reads_back(pairs, count, &arena);
    arena_finish(&arena);
    return 0;
}
