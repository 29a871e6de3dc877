/* Growable bytes, and the escapes that text needs on its way into HTML and JSON. */
#include "base/buf.h"

#include "base/checked.h"
#include "base/decimal.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes};
}

void buf_init_arena(struct buf *buf, struct arena *arena, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes, .arena = arena};
}

void buf_finish(struct buf *buf)
{
    if (!buf->arena)
        free(buf->ptr);
    buf->ptr = NULL;
    buf->len = buf->cap = 0;
}

/* Makes room for `need` bytes in all; false (and overflow) when that is not allowed. */
static bool buf_grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap * 2 : 256;
    if (need > buf->max)
        goto full;
    if (cap < need)
        cap = need;
    if (cap > buf->max)
        cap = buf->max;
    char *ptr;
    if (buf->arena) {
        ptr = arena_array_raw(buf->arena, cap, 1);
        if (ptr && buf->len)
            memcpy(ptr, buf->ptr, buf->len);
    } else {
        ptr = realloc(buf->ptr, cap);
    }
    if (!ptr) {
        buf->no_memory = !buf->arena || buf->arena->no_memory;
        goto full;
    }
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
full:
    buf->overflow = true;
    return false;
}

char *buf_reserve(struct buf *buf, size_t bytes)
{
    size_t need;
    if (!checked_add(buf->len, bytes, &need)) {
        buf->overflow = true;
        return NULL;
    }
    if ((need > buf->cap || !buf->ptr) && !buf_grow(buf, need))
        return NULL;
    return buf->ptr + buf->len;
}

void buf_grew(struct buf *buf, size_t bytes)
{
    assert(bytes <= buf->cap - buf->len);
    buf->len += bytes;
}

void buf_put_growing(struct buf *buf, slice bytes)
{
    char *at = buf_reserve(buf, bytes.len);
    if (!at)
        return;
    memcpy(at, bytes.ptr, bytes.len);
    buf->len += bytes.len;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    enum { FIRST_TRY = 64 }; /* most of what is printed fits, and is printed once */
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    bool has_room = buf->max - buf->len >= FIRST_TRY; /* else the try would count as overflow */
    char *at = has_room ? buf_reserve(buf, FIRST_TRY) : NULL;
    int len = vsnprintf(at, at ? buf->cap - buf->len : 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (at && (size_t)len < buf->cap - buf->len) { /* with its NUL, which is not kept */
        buf->len += (size_t)len;
    } else {
        at = buf_reserve(buf, (size_t)len + 1);
        if (at) {
            (void)vsnprintf(at, (size_t)len + 1, format, again);
            buf->len += (size_t)len;
        }
    }
    va_end(again);
}

/* Copies runs between the bytes that `escape` replaces. */
static void put_escaped(struct buf *buf, slice text, const char *(*escape)(unsigned char))
{
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *instead = escape((unsigned char)text.ptr[i]);
        if (!instead)
            continue;
        buf_put(buf, slice_sub(text, start, i - start));
        buf_put_str(buf, instead);
        start = i + 1;
    }
    buf_put(buf, slice_from(text, start));
}

static const char *html_escape(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\0':
        return "&#65533;";
    default:
        return NULL;
    }
}

void buf_put_html(struct buf *buf, slice text)
{
    put_escaped(buf, text, html_escape);
}

static void put_json_control(struct buf *buf, unsigned char byte)
{
    static const char names[] = "btn?fr"; /* 8..13, vertical tab has no short form */
    if (byte >= 8 && byte <= 13 && byte != 11)
        buf_put(buf, slice_make((char[]){'\\', names[byte - 8]}, 2));
    else
        buf_printf(buf, "\\u%04x", byte);
}

/* Bytes that do not stand for themselves in a JSON string. */
static const bool special[256] = {
    [0 ... 0x1F] = true, ['"'] = true, ['\\'] = true, [0x7F ... 0xFF] = true};

/* Everything from the first byte that needs an escape, and the closing quote. */
static void put_json_rest(struct buf *buf, slice text)
{
    while (text.len) {
        unsigned char byte = (unsigned char)text.ptr[0];
        size_t rune = byte < 0x80 ? 1 : utf8_rune(text, NULL);
        if (!special[byte])
            buf_put_byte(buf, (char)byte);
        else if (byte == '"' || byte == '\\')
            buf_put(buf, slice_make((char[]){'\\', (char)byte}, 2));
        else if (byte < 0x80)
            put_json_control(buf, byte);
        else if (rune)
            buf_put(buf, slice_sub(text, 0, rune));
        else
            buf_put(buf, S("\xEF\xBF\xBD"));
        text = slice_from(text, rune ? rune : 1);
    }
    buf_put_byte(buf, '"');
}

void buf_put_json(struct buf *buf, slice text)
{
    size_t plain =
        0; /* most texts are printable ASCII as a whole: copied while they are looked at */
    char *at = buf_reserve(buf, text.len + 2);
    if (!at)
        return;
    *at++ = '"';
    for (; plain < text.len && !special[(unsigned char)text.ptr[plain]]; plain++)
        at[plain] = text.ptr[plain];
    buf->len += 1 + plain;
    put_json_rest(buf, slice_from(text, plain));
}

void buf_put_f64(struct buf *buf, double value)
{
    char text[DECIMAL_TEXT_MAX];
    if (isfinite(value))
        buf_put(buf, slice_make(text, decimal_f64(value, text)));
    else
        buf_put(buf, S("null"));
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    char text[DECIMAL_TEXT_MAX];
    buf_put(buf, slice_make(text, decimal_u64(value, text)));
}

slice buf_slice(const struct buf *buf)
{
    return slice_make(buf->ptr ? buf->ptr : "", buf->len);
}

status buf_check(const struct buf *buf, struct error *err)
{
    if (!buf->overflow)
        return ST_OK;
    if (buf->no_memory)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    return error_set(err, ST_TOO_LARGE, "the output is larger than %zu bytes", buf->max);
}
