/* The engine: takes a call through its stages, each on its own thread, back home in between.
 *
 *   own thread   auth, rate, check ── reply ── send
 *   fetch pool                     fetch          (may wait for the network)
 *   CPU pool                            work      (under the deadline)
 *   writer                                   apply, then the answer kept for replay
 *
 * The first status that is not ST_OK goes straight to the error answer. After each stage that ran
 * elsewhere the call comes home, so references, the transport and the route's order are touched by
 * one thread only and need neither locks nor atomics. */
#include "call.h"

#include "app.h"
#include "base/clock.h"
#include "log.h"
#include "metrics.h"
#include "principal.h"
#include "stage.h"
#include "transport.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>

/* A call with the first block of its arena: one malloc for a small request. */
struct call_memory {
    struct call call;
    alignas(max_align_t) unsigned char first[4096];
};

struct call *call_create(struct app *app, const struct transport *transport)
{
    assert(app->magic == APP_MAGIC);
    struct call_memory *memory = (struct call_memory *)malloc(sizeof *memory);
    if (!memory)
        return NULL;
    struct call *call = &memory->call;
    memset(call, 0, offsetof(struct call, reply) + offsetof(struct reply, headers));
    call->magic = CALL_MAGIC;
    call->app = app;
    call->transport = transport;
    call->refs = 1;
    call->recheck_ms = -1;
    call->livemode = true;
    call->now_ms = clock_wall_ms();
    call->begin_us = clock_mono_us();
    arena_init(&call->arena, LIMIT_CALL_ARENA_BYTES);
    call->arena.wipe = true; /* keys and passwords pass through bodies and headers */
    arena_lend(&call->arena, memory->first, sizeof memory->first);
    (void)atomic_fetch_add_explicit(&app->calls_inflight, 1, memory_order_relaxed);
    return call;
}

void call_ref(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    assert(call->refs > 0);
    call->refs++;
}

void call_unref(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    assert(call->refs > 0);
    if (--call->refs > 0)
        return;
    assert(!call->txn);
    (void)atomic_fetch_sub_explicit(&call->app->calls_inflight, 1, memory_order_relaxed);
    if (call->body_held)
        (void)atomic_fetch_sub_explicit(&call->app->body_bytes, call->body_held,
                                        memory_order_relaxed);
    principal_unref(&call->principal);
    buf_finish(&call->reply.body);
    arena_finish(&call->arena);
    call->magic = 0;
    free(call); /* the whole call_memory */
}

/* --- reply --------------------------------------------------------------------------------------
 */

static void reply_build(struct call *call)
{
    status rc = call->result;
    if (rc == ST_OK && !call->reply.complete)
        rc = stage_run(call, &call->err);
    if (rc == ST_OK && !call->reply.complete)
        rc = error_set(&call->err, ST_INTERNAL, "route %s gave no answer", call->route->path);
    if (rc != ST_OK)
        reply_error(call, rc, &call->err);
    stage_result(call, rc);
    reply_finish(call);
}

static void access_log(const struct call *call)
{
    log_access(&(const struct log_access){
        .request_id = call->request_id,
        .method = slice_of(method_name(call->method)),
        .route = call->route ? slice_of(call->route->path) : S("-"),
        .status = call->client_gone ? 499 : (unsigned)call->reply.http_status,
        .work_us = clock_mono_us() - call->begin_us,
        .bytes_in = call->bytes_in,
        .bytes_out = call->bytes_out,
        .key_prefix = call->key ? call->key->prefix : S(""),
    });
}

void call_sent(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    assert(call->stage == STAGE_SENDING);
    call->stage = STAGE_DONE;
    if (call->reply.stream.done)
        call->reply.stream.done(call, call->reply.stream.state);
    if (call->route)
        usage_call_done(call);
    metrics_call(call);
    if (!call->transport->is_inline)
        access_log(call);
    call_unref(call);
}

/* --- the order ----------------------------------------------------------------------------------
 */

static enum call_stage stage_next(const struct call *call)
{
    if (call->stage == STAGE_REPLY && call->store_reply && call->result == ST_OK)
        return STAGE_STORE;
    if (call->stage >= STAGE_REPLY)
        return STAGE_SENDING;
    if (call->result != ST_OK || call->skip_to_reply || call->answered)
        return STAGE_REPLY;
    for (enum call_stage next = call->stage + 1; next < STAGE_REPLY; next++)
        if (stage_function(call, next))
            return next;
    return STAGE_REPLY;
}

/* True when the stage went to another thread. */
static bool stage_start(struct call *call)
{
    switch (call->stage) {
    case STAGE_FETCH:
    case STAGE_WORK:
        return stage_work(call);
    case STAGE_APPLY:
    case STAGE_STORE:
        return stage_apply(call);
    case STAGE_REPLY:
        reply_build(call);
        return false;
    case STAGE_NEW:
    case STAGE_CHECK:
    case STAGE_SENDING:
    case STAGE_DONE:
        break;
    }
    assert(!"a stage that is not started here");
    return false;
}

static void advance(struct call *call)
{
    for (;;) {
        /* Nothing is written, and nothing billed, for a client that left before apply. */
        if (call->client_gone && call->stage < STAGE_APPLY)
            stage_result(call, error_set(&call->err, ST_CANCELLED, "the client left"));
        call->stage = stage_next(call);
        if (call->stage == STAGE_SENDING) {
            call->transport->send(call);
            return;
        }
        if (stage_start(call))
            return;
    }
}

/* Check asked to be run again: wait, unless nobody waits for the answer or time is up. */
static bool recheck_wait(struct call *call)
{
    int32_t ms = call->recheck_ms;
    if (ms < 0 || call->result != ST_OK || call->transport->is_inline)
        return false;
    if (call_detach(call, &call->err) != ST_OK)
        return false;
    call->transport->wait(call, ms);
    return true;
}

void call_begin(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    assert(call->stage == STAGE_NEW);
    call->stage = STAGE_CHECK;
    if (call->result == ST_OK && !call->reply.complete)
        stage_check(call, /* again= */ false);
    if (!call->transport->is_inline && stage_decode(call))
        return;
    if (!recheck_wait(call))
        advance(call);
}

void call_resume(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    assert(!call->transport->is_inline);
    if (call->stage == STAGE_CHECK && (call->recheck_ms >= 0 || call->decoding)) {
        if (!call->decoding)
            call->now_ms = clock_wall_ms();
        call->recheck_ms = -1;
        call->decoding = false;
        if (!call->client_gone && call->result == ST_OK)
            stage_check(call, /* again= */ true);
        if (recheck_wait(call))
            return;
    }
    advance(call);
}

void call_cancel(struct call *call)
{
    assert(call->magic == CALL_MAGIC);
    call->client_gone = true;
    atomic_store_explicit(&call->cancelled, true, memory_order_relaxed);
}
