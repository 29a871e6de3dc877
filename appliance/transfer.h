/* One transfer of outbound.c: its curl handle, the callbacks that feed it, and what its end means.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "base/buf.h"
#include "egress.h"
#include "outbound.h"

enum { TRANSFER_REASON_MAX = 256, TRANSFER_TURN_MS = 100 /* how often it is looked at */ };

struct curl_slist;

/* One call, on the caller's stack; the outbound thread owns it from the queue until `done`. */
struct transfer {
    struct transfer *next;
    const struct outbound_request *request;
    struct arena *arena;
    struct outbound_answer *answer;
    struct egress egress;
    void *easy; /* curl's handle */
    struct curl_slist *headers;
    struct buf body;
    size_t headers_cap;
    size_t header_bytes;
    uint64_t total;                      /* Content-Length, 0 = unknown */
    uint64_t sent;                       /* of the request's body */
    int64_t start_ms, moved_ms, told_ms; /* monotonic: made, last byte, last progress */
    bool through_proxy;
    bool was_refused; /* an address was against the rules */
    bool running;
    bool done;
    enum status_code rc; /* of our own callbacks, or of the whole */
    struct error err;
    char reason[TRANSFER_REASON_MAX];
};

/* Everything before the network, on the caller's thread: request, arena, answer and egress are set.
 * ST_INVALID: a header with control bytes. Follow with transfer_finish in any case. */
status transfer_build(struct transfer *transfer, const struct config *config, struct error *err);
void transfer_finish(struct transfer *transfer);

/* Sets rc from curl's result, unless a callback has said why. */
void transfer_judge(struct transfer *transfer, int curl_code);
/* Sets rc when the transfer has to end now: cancelled, out of time, stalled. */
bool transfer_is_over(struct transfer *transfer, int64_t now_ms, bool stopping);

#endif
