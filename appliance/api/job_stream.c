/* Server-sent events of one job, made on the loop from its row. */
#include "api/job_stream.h"

#include "api/job_view.h"
#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "storage/storage.h"

#include <stdio.h>

enum {
    LOOK_MS = 200,
    BEAT_MS = 15000, /* a comment, so that proxies see life */
    ROW_ARENA_BYTES = 1 << 20,
    RETRY_MS = 1000, /* told to the client: when to come back after a cut */
};

struct stream {
    char id[STORE_ID_MAX];
    uint64_t user_id;
    enum lang lang;
    uint64_t rev, position; /* told last; rev 0 = nothing yet */
    bool greeted;
    int64_t beat_ms;
};

static void put_event(struct buf *chunk, const struct store_job *job, uint64_t position,
                      enum lang lang)
{
    struct json_out w;
    buf_printf(chunk, "event: %s\nid: %llu\ndata: ", job_is_live(job) ? "progress" : "finished",
               (unsigned long long)job->rev);
    json_out_init(&w, chunk, 0);
    job_put(&w, job, position, lang);
    buf_put_str(chunk, "\n\n");
}

static enum reply_next look(struct call *call, struct stream *s, struct arena *arena,
                            struct buf *chunk)
{
    struct store_job job;
    uint64_t position;
    if (store_job_get(call->txn, s->user_id, slice_of(s->id), arena, &job) != ST_OK ||
        store_job_position(call->txn, &job, &position) != ST_OK)
        return REPLY_END; /* it was forgotten */
    bool is_live = job_is_live(&job);
    if (job.rev > s->rev || (is_live && position != s->position)) {
        put_event(chunk, &job, position, s->lang);
        s->rev = job.rev;
        s->position = position;
        s->beat_ms = clock_mono_ms();
    }
    return is_live ? REPLY_WAIT : REPLY_END;
}

static enum reply_next next(struct call *call, void *state, struct buf *chunk, int32_t *ret_wait_ms)
{
    struct stream *s = state;
    struct arena arena;
    *ret_wait_ms = LOOK_MS;
    if (atomic_load_explicit(&call->app->draining, memory_order_relaxed))
        return REPLY_END;
    if (!s->greeted)
        buf_printf(chunk, "retry: %d\n\n", RETRY_MS);
    s->greeted = true;
    arena_init(&arena, ROW_ARENA_BYTES);
    enum reply_next what = look(call, s, &arena, chunk);
    arena_finish(&arena);
    if (what == REPLY_WAIT && clock_mono_ms() - s->beat_ms >= BEAT_MS) {
        buf_put_str(chunk, ": alive\n\n");
        s->beat_ms = clock_mono_ms();
    }
    return what;
}

status job_stream_begin(struct call *call, const struct store_job *job, struct error *err)
{
    struct stream *s = call_state(call, sizeof *s);
    uint64_t known = 0;
    if (!s)
        return arena_check(&call->arena, err);
    slice last = call_header(call, "last-event-id");
    if (last.len && !slice_to_u64(last, &known))
        return error_code(err, ST_INVALID, "invalid_last_event_id",
                          "Last-Event-ID must be the id of an event");
    if (!job_is_live(job) && known >= job->rev)
        return reply_empty(call, 204);
    (void)snprintf(s->id, sizeof s->id, SLICE_FMT, SLICE_ARG(job->id));
    s->user_id = job->user_id;
    s->lang = call->lang;
    s->rev = known;
    s->beat_ms = clock_mono_ms();
    if (known)
        TRY(store_job_position(call->txn, job, &s->position));
    reply_cache(call, "no-store");
    reply_header(call, "X-Accel-Buffering", S("no"));
    return reply_stream(
        call, 200, "text/event-stream",
        &(struct reply_stream){.next = next, .state = s, .on_loop = true, .length = -1});
}
