/* Streamed answers over libh2o: a worker fills a chunk, the loop sends it, libh2o asks for more. */
#include "h2o_glue.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

/* Loop thread: the stream cannot go on. The client sees a cut answer, not a short one. */
static void stream_abort(struct exchange *exchange)
{
    if (!exchange->req)
        return;
    h2o_send(exchange->req, NULL, 0, H2O_SEND_STATE_ERROR);
}

static void chunk_fill(struct exchange *exchange)
{
    struct call *call = exchange->call;
    const struct reply_stream *stream = &call->reply.stream;
    exchange->chunk.len = 0;
    exchange->wait_ms = 0;
    exchange->next = stream->next(call, stream->state, &exchange->chunk, &exchange->wait_ms);
}

/* Worker thread. */
static void fill_run(struct work_item *item)
{
    struct call *call = (struct call *)((char *)item - offsetof(struct call, work));
    struct exchange *exchange = (struct exchange *)call->carrier;
    chunk_fill(exchange);
    call->transport->resume(call);
}

static void fill_here(struct exchange *exchange)
{
    struct call *call = exchange->call;
    exchange->next = REPLY_END;
    if (call->reader && store_read_begin(call->reader, &call->txn, &call->err) != ST_OK)
        return;
    chunk_fill(exchange);
    store_read_end(&call->txn);
}

void stream_pump(struct exchange *exchange)
{
    struct call *call = exchange->call;
    assert(!exchange->pumping);
    if (!exchange->req) {
        exchange_end(exchange);
        return;
    }
    if (call->reply.stream.on_loop) {
        fill_here(exchange);
        stream_deliver(exchange);
        return;
    }
    call->work.run = fill_run;
    exchange->pumping = true;
    if (workers_submit(call->app->workers, &call->work, WORK_INTERACTIVE) == ST_OK)
        return;
    exchange->pumping = false;
    loop_wait(exchange->loop, exchange, LIMIT_RECHECK_MS_MIN); /* the queue is full: ask again */
}

/* After libh2o has taken a chunk, or when there was none to take. */
static void stream_next(struct exchange *exchange)
{
    if (exchange->next == REPLY_WAIT)
        loop_wait(exchange->loop, exchange, exchange->wait_ms);
    else
        stream_pump(exchange);
}

static void on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
    struct exchange *exchange = H2O_STRUCT_FROM_MEMBER(struct exchange, generator, self);
    (void)req;
    stream_next(exchange);
}

/* Loop thread: a chunk is there. */
void stream_deliver(struct exchange *exchange)
{
    struct call *call = exchange->call;
    exchange->pumping = false;
    bool last = exchange->next == REPLY_END;
    if (!exchange->req || exchange->chunk.overflow) {
        call_ref(call);
        stream_abort(exchange);
        if (call->stage != STAGE_DONE)
            exchange_end(exchange);
        call_unref(call);
        return;
    }
    slice bytes = buf_slice(&exchange->chunk);
    call->bytes_out += bytes.len;
    if (bytes.len == 0 && !last) {
        stream_next(exchange);
        return;
    }
    h2o_iovec_t iov = {.base = exchange->chunk.ptr, .len = bytes.len};
    call_ref(call); /* libh2o may dispose of the request while it sends */
    h2o_send(exchange->req, &iov, bytes.len > 0,
             last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
    if (last && call->stage != STAGE_DONE)
        exchange_end(exchange);
    call_unref(call);
}

void stream_begin(struct exchange *exchange)
{
    struct call *call = exchange->call;
    exchange->streaming = true;
    exchange->generator.proceed = on_proceed;
    call->arena.cap_bytes += 2 * LIMIT_STREAM_CHUNK;
    buf_init_arena(&exchange->chunk, &call->arena, LIMIT_STREAM_CHUNK);
    (void)buf_reserve(&exchange->chunk, LIMIT_STREAM_CHUNK); /* NULL shows as overflow */
    h2o_start_response(exchange->req, &exchange->generator);
    stream_pump(exchange);
}
