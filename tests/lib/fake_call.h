/* A struct call filled by hand, for tests of what handlers read and write: no engine, no server. */
#ifndef TESTS_LIB_FAKE_CALL_H
#define TESTS_LIB_FAKE_CALL_H

#include "app.h"
#include "call.h"
#include "config.h"
#include "transport.h"

#include <stdlib.h>

static struct app fake_app = {.magic = APP_MAGIC, .version = "1.2.3"};
static struct call_pair fake_headers[16];

static inline struct call *fake_call(enum method method, const char *path, const char *query)
{
    struct call *call = calloc(1, sizeof *call);
    call->magic = CALL_MAGIC;
    call->app = &fake_app;
    call->refs = 1;
    call->recheck_ms = -1;
    call->now_ms = 1764000000000;
    call->method = method;
    call->path = slice_of(path);
    call->query_text = query ? slice_of(query) : (slice){NULL, 0};
    call->host = S("localhost:5000");
    call->client_address = S("192.0.2.7");
    call->headers = fake_headers;
    static const struct transport transport = {.is_inline = true};
    call->transport = &transport;
    arena_init(&call->arena, LIMIT_CALL_ARENA_BYTES);
    return call;
}

static inline void fake_header(struct call *call, const char *name, const char *value)
{
    call->headers[call->header_count++] = (struct call_pair){slice_of(name), slice_of(value)};
}

static inline void fake_call_end(struct call *call)
{
    buf_finish(&call->reply.body);
    arena_finish(&call->arena);
    free(call);
}

/* The value of a header of the answer; ptr NULL when it has none. */
static inline slice answer_header(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->reply.header_count; i++)
        if (slice_eq_nocase(call->reply.headers[i].name, slice_of(name)))
            return call->reply.headers[i].value;
    return (slice){NULL, 0};
}

static inline bool answer_has(const struct call *call, const char *text)
{
    return slice_find(call->reply.bytes, slice_of(text), &(size_t){0});
}

#endif
