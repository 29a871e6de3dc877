/* What carries a call: an event loop and libh2o, or a plain thread (CLI without server, tests).
 *
 * The engine (call.c) knows transports only by this table. "Own thread" is the thread that began
 * the call; references are counted there, so no count is atomic. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "call.h"

struct transport {
    /* Every stage runs in the own thread, one after the other; resume and wait are never used. */
    bool is_inline;
    /* Any thread: makes the own thread call call_resume. */
    void (*resume)(struct call *call);
    /* Own thread: call call_resume after that many ms. */
    void (*wait)(struct call *call, int32_t ms);
    /* Own thread: call->reply is complete; the transport ends with call_sent, at once or, for a
     * streamed answer, at its end. */
    void (*send)(struct call *call);
};

enum { CALL_MAGIC = 0x43414c4c };

/* A call with one reference, the engine's, on the heap; NULL without memory. */
struct call *call_create(struct app *app, const struct transport *transport);
void call_ref(struct call *call);   /* own thread */
void call_unref(struct call *call); /* own thread */

/* Fills query, params, route, content type, language, request id from what the transport has set:
 * method, path, query_text, headers, body. Never fails: what is wrong becomes call->result and the
 * answer says so. */
void call_prepare(struct call *call, bool is_host);

/* Most bytes that the route takes as a body, unpacked. */
size_t call_body_max(const struct call *call);

/* Own thread: runs the stages. The engine's reference is gone when all is sent. */
void call_begin(struct call *call);
/* Own thread: the stage that ran elsewhere is over, or the wait. */
void call_resume(struct call *call);
/* Own thread: the client left. */
void call_cancel(struct call *call);
/* Own thread, from the transport: nothing more will be sent. */
void call_sent(struct call *call);

/* Copies into the arena what is borrowed from the transport; before a call leaves its thread. */
status call_detach(struct call *call, struct error *err);

/* begin for the inline transport: the answer is in call->reply afterwards; the caller holds the
 * only reference left. */
void call_run_inline(struct call *call);
extern const struct transport transport_inline;

#endif
