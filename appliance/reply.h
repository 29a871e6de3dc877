/* Answers: JSON, bytes, streams, and the one error body; status → HTTP.
 *
 * Everything here builds into call->reply on the thread of the current stage; nothing is sent
 * before the stages are over. */
#ifndef REPLY_H
#define REPLY_H

#include "base/json_out.h"
#include "limits.h"

struct call;

struct reply_header {
    slice name;  /* lower case; in the call's arena or a literal */
    slice value; /* likewise */
    bool sticky; /* stays when the answer turns into an error */
};

enum reply_next { REPLY_MORE, REPLY_WAIT, REPLY_END };

/* A long answer in pieces. `next` runs on a worker thread, so it may read files; with `on_loop` it
 * runs on the call's loop with a snapshot in call->txn and must not block (SSE from job records).
 * `state` holds copies: body and headers of the request may be gone before the stream ends.
 * It appends at most LIMIT_STREAM_CHUNK bytes to chunk and says what follows:
 * more at once, more after *ret_wait_ms (a client gone meanwhile ends the stream), or the end.
 * `done` (may be NULL) runs exactly once, also when next never ran, on any thread. */
struct reply_stream {
    enum reply_next (*next)(struct call *call, void *state, struct buf *chunk,
                            int32_t *ret_wait_ms);
    void (*done)(struct call *call, void *state);
    void *state;
    bool on_loop;
    int64_t length; /* bytes in all; -1 = unknown (HTTP/1.1 then uses chunks) */
};

struct reply {
    int http_status; /* 0 = nothing built yet */
    size_t header_count;
    const char *content_type; /* NULL = no body */
    struct buf body;          /* heap, or the arena when the answer is secret */
    slice bytes;              /* the body when it is not in `body` */
    struct json_out json;
    struct reply_stream stream; /* next == NULL: none */
    bool complete;
    struct reply_header headers[LIMIT_REPLY_HEADERS]; /* last: written before it is read */
};

/* Begins a JSON object; follow with json_key_…(w, …) and reply_end. Never NULL.
 *   struct json_out *w = reply_json(call, 200);
 *   json_key_u64(w, "id", 3);
 *   return reply_end(call, err); */
struct json_out *reply_json(struct call *call, int http_status);
/* Closes what is open; ST_TOO_LARGE when the answer did not fit. */
status reply_end(struct call *call, struct error *err);

/* A ready body: literal, embedded asset, or in the call's arena. content_type is a literal. */
status reply_bytes(struct call *call, int http_status, const char *content_type, slice body);
status reply_text(struct call *call, int http_status, slice text); /* text/plain; charset=utf-8 */
status reply_empty(struct call *call, int http_status);            /* 204, 304 */
status reply_stream(struct call *call, int http_status, const char *content_type,
                    const struct reply_stream *stream);
/* Also closes fd when done. The range has been checked; 64 KiB at a time, read on a worker. */
status reply_file(struct call *call, int http_status, const char *content_type, int fd,
                  uint64_t offset, uint64_t length);
/* 302/303 with Location; the target is copied. */
status reply_redirect(struct call *call, int http_status, slice target);

/* Value copied into the arena; a second header of that name replaces the first (Set-Cookie and
 * Link excepted). CR, LF, NUL in the value: the header is dropped. */
void reply_header(struct call *call, const char *name, slice value);
/* The same, and it stays when a later stage fails (rate limit headers). */
void reply_header_sticky(struct call *call, const char *name, slice value);
/* Sticky, without the copy: lower-case literals and values that live as long, without line breaks.
 */
void reply_header_kept(struct call *call, slice name, slice value);
void reply_header_u64(struct call *call, const char *name, uint64_t value);

/* Sets ETag: "tag". True when If-None-Match holds it: the answer is a finished 304 then. */
bool reply_etag(struct call *call, slice tag);
/* True when If-Match is absent or holds the tag; else the caller returns ST_PRECONDITION. */
bool reply_if_match(const struct call *call, slice tag);

/* Cache-Control; the default is no-store for ROUTE_SECRET and sessions, private, no-cache else. */
void reply_cache(struct call *call, const char *directives);

/* HTTP status of a status: one exhaustive switch. */
int reply_http_status(enum status_code rc);
/* "Too Many Requests"; "Unknown" for what we never send. */
const char *reply_reason(int http_status);

/* Replaces what was built by the error body of rc and err (engine; sticky headers stay). */
void reply_error(struct call *call, enum status_code rc, const struct error *err);
/* Drops what was built except sticky headers, and ends a stream that will not be sent. */
void reply_reset(struct call *call);
/* Adds what every answer has: security headers, X-Request-Id, Cache-Control, CORS (engine). */
void reply_finish(struct call *call);

#endif
