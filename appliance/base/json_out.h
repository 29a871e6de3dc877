/* Writes JSON into a buf: commas and nesting by itself, numbers that read back equal.
 *
 * Sticky like buf: errors show in buf_check. Doubles that are NaN or infinite become null.
 *   json_object(&w); json_key(&w, "n"); json_u64(&w, 3); json_end(&w);   →  {"n":3} */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buf.h"

enum { JSON_OUT_DEPTH_MAX = 32 };

struct json_out {
    struct buf *buf;
    int indent; /* spaces per level; 0 = one line */
    int depth;
    bool first[JSON_OUT_DEPTH_MAX]; /* no member written yet at this depth */
    bool is_array[JSON_OUT_DEPTH_MAX];
    bool after_key;
};

void json_out_init(struct json_out *w, struct buf *buf, int indent);

void json_object(struct json_out *w);
void json_array(struct json_out *w);
void json_end(struct json_out *w); /* closes the innermost object or array */
void json_key(struct json_out *w, const char *key);

void json_str(struct json_out *w, slice text);
void json_u64(struct json_out *w, uint64_t value);
void json_i64(struct json_out *w, int64_t value);
void json_f64(struct json_out *w, double value);
void json_bool(struct json_out *w, bool value);
void json_null(struct json_out *w);
void json_raw(struct json_out *w, slice json);       /* already JSON */
void json_time(struct json_out *w, int64_t unix_ms); /* RFC 3339 text; 0 → null */

/* key and value in one call */
void json_key_str(struct json_out *w, const char *key, slice text);
void json_key_u64(struct json_out *w, const char *key, uint64_t value);
void json_key_f64(struct json_out *w, const char *key, double value);
void json_key_bool(struct json_out *w, const char *key, bool value);
void json_key_null(struct json_out *w, const char *key);
void json_key_time(struct json_out *w, const char *key, int64_t unix_ms);

#endif
