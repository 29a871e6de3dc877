/* Growable bytes that cannot be created without a maximum.
 *
 * Writing past the maximum (or out of memory) sets `overflow` and drops the bytes; test once at
 * the end with buf_check. A buffer belongs to one thread at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

struct buf {
    char *ptr; /* NULL until the first byte; no NUL at the end */
    size_t len;
    size_t cap;
    size_t max;          /* most bytes it may hold */
    struct arena *arena; /* where the bytes live; NULL = malloc, freed by buf_finish */
    bool overflow;
    bool no_memory; /* and it was memory that lacked, not the maximum */
};

void buf_init(struct buf *buf, size_t max_bytes); /* heap */
void buf_init_arena(struct buf *buf, struct arena *arena,
                    size_t max_bytes); /* freed with the arena */
void buf_finish(struct buf *buf);      /* zeroed or arena buffers are allowed */

void buf_put_growing(struct buf *buf, slice bytes); /* buf_put, when there is no room yet */

/* Inline, because most of what is written are a few bytes. */
static inline void buf_put(struct buf *buf, slice bytes)
{
    if (bytes.len > buf->cap - buf->len) {
        buf_put_growing(buf, bytes);
    } else if (bytes.len) {
        memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
        buf->len += bytes.len;
    }
}

static inline void buf_put_byte(struct buf *buf, char byte)
{
    buf_put(buf, slice_make(&byte, 1));
}

static inline void buf_put_str(struct buf *buf, const char *text) /* NUL-terminated */
{
    buf_put(buf, slice_of(text));
}

void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_put_html(struct buf *buf, slice text); /* & < > " ' escaped; for text and attributes */
void buf_put_json(struct buf *buf,
                  slice text); /* quoted JSON string; invalid UTF-8 becomes U+FFFD */
void buf_put_f64(
    struct buf *buf,
    double value); /* shortest decimal that reads back equal; NaN and infinity as null */

void buf_put_u64(struct buf *buf, uint64_t value); /* decimal */

slice buf_slice(const struct buf *buf); /* borrowed until the next write */
/* Room for `bytes` more at the end, or NULL; follow with buf_grew. */
char *buf_reserve(struct buf *buf, size_t bytes);
void buf_grew(struct buf *buf, size_t bytes);

/* ST_TOO_LARGE when anything was dropped. */
status buf_check(const struct buf *buf, struct error *err);

#endif
