/* The transport without a server: all stages in the calling thread, one after the other. */
#include "stage.h"
#include "transport.h"

#include <assert.h>

/* Without a connection a streamed answer is collected as a whole. */
static void inline_collect(struct call *call)
{
    struct reply *reply = &call->reply;
    struct buf chunk;
    enum reply_next next = REPLY_MORE;
    buf_init(&chunk, LIMIT_STREAM_CHUNK);
    while (next != REPLY_END && !reply->body.overflow && !chunk.overflow) {
        int32_t wait_ms = 0;
        chunk.len = 0;
        if (call->reader && reply->stream.on_loop &&
            store_read_begin(call->reader, &call->txn, &call->err) != ST_OK)
            break;
        next = reply->stream.next(call, reply->stream.state, &chunk, &wait_ms);
        store_read_end(&call->txn);
        buf_put(&reply->body, buf_slice(&chunk));
        if (next == REPLY_WAIT)
            break; /* nothing else runs here: what is there now is all there will be */
    }
    buf_finish(&chunk);
    reply->bytes = buf_slice(&reply->body);
}

static void inline_send(struct call *call)
{
    if (call->reply.stream.next)
        inline_collect(call);
    call_ref(call); /* the caller's, so that it can read the answer */
    call_sent(call);
}

const struct transport transport_inline = {.is_inline = true, .send = inline_send};

void call_run_inline(struct call *call)
{
    assert(call->transport->is_inline);
    call_begin(call);
    assert(call->stage == STAGE_DONE);
}
