/* Every connection that leaves this process: one libcurl multi handle in one thread, and the rules
 * that say where it may go (egress.h).
 *
 * A caller (stage `fetch`, a job's thread, the CLI) blocks in outbound_call while the thread works;
 * an event loop never calls it. No redirect is followed: the answer carries Location, and the
 * caller asks again, so that it decides which headers go along. Nothing leaves in `outbound.mode =
 * airgap` (ST_FORBIDDEN, code "egress_forbidden"): there is no thread then, and the pointer to it
 * is NULL. No proxy, netrc or certificate is taken from the environment. HTTP/1.1, TLS 1.2 or
 * newer. */
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
struct outbound_answer;

/* Who asks: chooses the rule for hosts and addresses. */
enum outbound_purpose {
    OUTBOUND_ZENODO, /* zenodo.base_url, and zenodo.hosts for redirects */
    OUTBOUND_S3,     /* s3.endpoint, and names below it */
    OUTBOUND_STRIPE, /* billing.api_base */
    OUTBOUND_HOOK,   /* hosts of `hooks.allow`; never private or loopback addresses unless that
                        list names them as a network */
    OUTBOUND_SELF,  /* http.public_url, wherever it leads: doctor asks whether we answer there */
    OUTBOUND_PURPOSE_COUNT
};

struct outbound_header {
    slice name;
    slice value;
};

/* Zeroed members mean the defaults; only purpose, method and url are needed. */
struct outbound_request {
    enum outbound_purpose purpose;
    const char *method; /* "GET" */
    slice url;          /* https; http only to an address that the configuration names */
    const struct outbound_header *headers; /* no control bytes: ST_INVALID */
    size_t header_count;
    slice body;  /* borrowed until the call returns */
    int body_fd; /* with body_fd_bytes > 0: that many bytes are sent from here instead */
    uint64_t body_fd_offset;
    uint64_t body_fd_bytes;
    /* With sink: the body of a 2xx answer is written to sink_fd (-1 = nowhere: `part` has it all),
     * not into the arena. Other
     * bodies are errors: they come in the arena, cut at OUTBOUND_ERROR_MAX. */
    bool sink;
    int sink_fd;
    /* Status and headers of a 2xx answer are here, its body is not yet, on the outbound thread. Not
     * OK ends the transfer with that status. May be NULL. */
    status (*head)(void *arg, const struct outbound_answer *answer, struct error *err);
    /* Sees each part of a 2xx body before it is written or kept, on the outbound thread: for
     * checksums. Not OK ends the transfer with that status. May be NULL. */
    status (*part)(void *arg, slice bytes, struct error *err);
    uint64_t answer_max; /* more is ST_TOO_LARGE, also when Content-Length promises it; 0 = 1 MiB */
    int64_t timeout_ms;  /* for all of it, waiting for a free place included; 0 = 30 s */
    uint32_t stall_ms;   /* without a byte in either direction; 0 = 15 s */
    const atomic_bool *cancelled; /* looked at ten times a second; may be NULL */
    /* On the outbound thread, at most ten times a second; may be NULL. total 0 = unknown. */
    void (*progress)(void *arg, uint64_t done, uint64_t total);
    void *arg; /* of head, part and progress */
};

struct outbound_answer {
    int http_status;
    slice body;                      /* in the arena; empty when it went to the sink */
    uint64_t bytes;                  /* of the body, as received */
    struct outbound_header *headers; /* names in lower case, in the arena */
    size_t header_count;
};

enum { OUTBOUND_ERROR_MAX = 64 << 10 };

/* Starts the thread; at most LIMIT_OUTBOUND transfers at once. *ret = NULL when air-gapped. */
status outbound_create(const struct config *config, struct outbound **ret, struct error *err);
/* A newer configuration for the calls that follow; it must live as long as the outbound. Without a
 * thread (it started air-gapped) nothing changes until a restart. NULL is allowed. */
void outbound_configure(struct outbound *outbound, const struct config *config);
void outbound_destroy(
    struct outbound **outbound); /* ends what runs: ST_CANCELLED; NULL is allowed */

/* ST_FORBIDDEN (rules, code "egress_forbidden"), ST_BUSY (queue full, or stopping), ST_TIMEOUT,
 * ST_CANCELLED, ST_TOO_LARGE, ST_UPSTREAM (no connection, TLS failed, cut off); every HTTP status
 * is ST_OK. The arena is written by the outbound thread while the caller waits. Any thread that may
 * block; outbound may be NULL (ST_FORBIDDEN). */
status outbound_call(struct outbound *outbound, const struct outbound_request *request,
                     struct arena *arena, struct outbound_answer *ret, struct error *err);

/* First value by lower-case name; ptr NULL when absent. */
slice outbound_header(const struct outbound_answer *answer, const char *name);

struct outbound_stats {
    uint64_t done, failed, refused; /* refused: by the rules or a full queue */
    uint64_t running, waiting;
};
void outbound_stats(struct outbound *outbound, struct outbound_stats *ret); /* any thread */

#endif
