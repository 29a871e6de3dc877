/* Every connection that leaves this process: one libcurl multi handle in one thread, and the rules
 * that say where it may go.
 *
 * A caller (stage `fetch`, a job's thread, the CLI) blocks in outbound_call while the thread works;
 * an event loop never calls it. No redirect is followed: the answer carries Location, and the
 * caller asks again, so that it decides which headers go along. Nothing leaves in `outbound.mode =
 * airgap` (ST_FORBIDDEN, slug "egress_forbidden"). */
#ifndef OUTBOUND_H
#define OUTBOUND_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct config;
struct outbound;

/* Who asks: chooses the rule for addresses. */
enum outbound_purpose {
    OUTBOUND_ZENODO, /* hosts of [zenodo] */
    OUTBOUND_S3,     /* the endpoint of [s3] */
    OUTBOUND_STRIPE, /* the base URL of [billing] */
    OUTBOUND_HOOK,   /* hosts of `hooks.allow`; never private or loopback addresses unless that
                        list names them as a network */
    OUTBOUND_PURPOSE_COUNT
};

struct outbound_header {
    slice name;
    slice value;
};

struct outbound_request {
    enum outbound_purpose purpose;
    const char *method; /* "GET" */
    slice url;          /* https; http only to an address that the configuration names so */
    const struct outbound_header *headers; /* no CR, LF, NUL: ST_INVALID */
    size_t header_count;
    slice body;  /* borrowed until the call returns */
    int body_fd; /* with body_fd_bytes > 0: that many bytes are sent from here instead */
    uint64_t body_fd_offset;
    uint64_t body_fd_bytes;
    int sink_fd; /* with sink: the answer's bytes are written here, not into the arena */
    bool sink;
    uint64_t answer_max; /* more is ST_TOO_LARGE, also when Content-Length promises it; 0 = 1 MiB */
    int64_t timeout_ms;  /* for all of it; 0 = 30 s */
    uint32_t stall_ms;   /* without a byte; 0 = 15 s */
    const atomic_bool *cancelled; /* may be NULL */
    /* On the outbound thread, at most ten times a second; may be NULL. total 0 = unknown. */
    void (*progress)(void *arg, uint64_t done, uint64_t total);
    void *progress_arg;
};

struct outbound_answer {
    int http_status;
    slice body;                      /* in the arena; empty with a sink */
    uint64_t bytes;                  /* of the body */
    struct outbound_header *headers; /* names in lower case, in the arena */
    size_t header_count;
};

/* Starts the thread; at most LIMIT_OUTBOUND transfers at once. */
status outbound_create(const struct config *config, struct outbound **ret, struct error *err);
void outbound_destroy(struct outbound **outbound); /* cancels what runs; NULL is allowed */

/* ST_FORBIDDEN (rules, slug egress_forbidden), ST_BUSY (queue full), ST_TIMEOUT, ST_TOO_LARGE,
 * ST_UPSTREAM (no connection, TLS failed, cut off); every HTTP status is ST_OK. Any thread that may
 * block. */
status outbound_call(struct outbound *outbound, const struct outbound_request *request,
                     struct arena *arena, struct outbound_answer *ret, struct error *err);

/* First value by lower-case name; ptr NULL when absent. */
slice outbound_header(const struct outbound_answer *answer, const char *name);

#endif
