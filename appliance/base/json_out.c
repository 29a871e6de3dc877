/* A JSON writer over buf; see json_out.h. */
#include "base/json_out.h"

#include "base/clock.h"

#include <assert.h>

void json_out_init(struct json_out *w, struct buf *buf, int indent)
{
    *w = (struct json_out){.buf = buf, .indent = indent};
    w->first[0] = true;
}

static void newline(struct json_out *w)
{
    if (w->indent == 0)
        return;
    buf_put_byte(w->buf, '\n');
    for (int i = 0; i < w->depth * w->indent; i++)
        buf_put_byte(w->buf, ' ');
}

/* What stands before a value or key: a comma between members, a line break when indenting. */
static void before(struct json_out *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    if (!w->first[w->depth])
        buf_put_byte(w->buf, ',');
    w->first[w->depth] = false;
    newline(w);
}

static void open_level(struct json_out *w, bool is_array)
{
    before(w);
    assert(w->depth + 1 < JSON_OUT_DEPTH_MAX);
    buf_put_byte(w->buf, is_array ? '[' : '{');
    w->depth++;
    w->first[w->depth] = true;
    w->is_array[w->depth] = is_array;
}

void json_object(struct json_out *w)
{
    open_level(w, false);
}

void json_array(struct json_out *w)
{
    open_level(w, true);
}

void json_end(struct json_out *w)
{
    assert(w->depth > 0);
    assert(!w->after_key);
    bool empty = w->first[w->depth];
    bool is_array = w->is_array[w->depth];
    w->depth--;
    if (!empty)
        newline(w);
    buf_put_byte(w->buf, is_array ? ']' : '}');
}

void json_key(struct json_out *w, const char *key)
{
    assert(w->depth > 0);
    assert(!w->is_array[w->depth]);
    before(w);
    buf_put_json(w->buf, slice_of(key));
    buf_put_byte(w->buf, ':');
    if (w->indent)
        buf_put_byte(w->buf, ' ');
    w->after_key = true;
}

void json_str(struct json_out *w, slice text)
{
    before(w);
    buf_put_json(w->buf, text);
}

void json_u64(struct json_out *w, uint64_t value)
{
    before(w);
    buf_put_u64(w->buf, value);
}

void json_i64(struct json_out *w, int64_t value)
{
    before(w);
    if (value < 0)
        buf_put_byte(w->buf, '-');
    buf_put_u64(w->buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_f64(struct json_out *w, double value)
{
    before(w);
    buf_put_f64(w->buf, value);
}

void json_bool(struct json_out *w, bool value)
{
    before(w);
    buf_put_str(w->buf, value ? "true" : "false");
}

void json_null(struct json_out *w)
{
    before(w);
    buf_put_str(w->buf, "null");
}

void json_raw(struct json_out *w, slice json)
{
    before(w);
    buf_put(w->buf, json);
}

void json_time(struct json_out *w, int64_t unix_ms)
{
    if (unix_ms == 0) {
        json_null(w);
        return;
    }
    char text[TIME_TEXT_MAX];
    json_str(w, time_rfc3339(unix_ms, text));
}

void json_key_str(struct json_out *w, const char *key, slice text)
{
    json_key(w, key);
    json_str(w, text);
}

void json_key_u64(struct json_out *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_u64(w, value);
}

void json_key_f64(struct json_out *w, const char *key, double value)
{
    json_key(w, key);
    json_f64(w, value);
}

void json_key_bool(struct json_out *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}

void json_key_null(struct json_out *w, const char *key)
{
    json_key(w, key);
    json_null(w);
}

void json_key_time(struct json_out *w, const char *key, int64_t unix_ms)
{
    json_key(w, key);
    json_time(w, unix_ms);
}
