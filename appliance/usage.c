/* Notes calls, sums them up, writes them once a second. */
#include "usage.h"

#include "app.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "call.h"
#include "config.h"
#include "log.h"
#include "principal.h"
#include "rate.h"
#include "storage/storage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOUCH_EVERY_MS = 60000, /* last_used_at and the session's last call are this exact */
    REQUEST_ID_BYTES = 64,
    ADDRESS_BYTES = 46,
    KEYS_TOUCHED_MAX = 4096,
    TRIM_HOURS = 64, /* old rows dropped with each write */
};

/* One call. Fixed size: noting allocates nothing. */
struct note {
    int64_t at_ms;
    uint64_t user_id, key_id;
    const struct route *route;
    uint64_t work_us, bytes_in, bytes_out;
    uint32_t analyses;
    uint16_t http_status;
    uint8_t method;
    uint8_t request_id_len, address_len;
    bool cached, touch_key, touch_session;
    struct crypt_hash hash; /* of the key or session, when it is to be touched */
    char request_id[REQUEST_ID_BYTES];
    char address[ADDRESS_BYTES];
};

struct shard {
    pthread_mutex_t mutex; /* guards notes and count */
    struct note *notes;    /* [USAGE_NOTES_MAX] */
    size_t count;
};

/* What one write takes along; owned by the ticking thread until submitted, then by the writer. */
struct batch {
    struct store_op op; /* first: done() gets the batch */
    struct usage *usage;
    int64_t at_ms;
    struct note *notes[USAGE_SHARDS]; /* swapped with the shards' */
    size_t counts[USAGE_SHARDS];
    struct note **sorted;  /* [USAGE_SHARDS * USAGE_NOTES_MAX], by user, day, key, route */
    struct note **by_hour; /* the same by hour, user, status */
    size_t total;
    struct rate_day_count *days; /* [RATE_FLUSH_MAX] */
    size_t day_count;
    int64_t trim_before_ms;
};

struct usage {
    struct shard shards[USAGE_SHARDS];
    struct batch batch;
    atomic_bool writing; /* the batch belongs to the writer */
    atomic_uint_fast64_t noted, dropped, written, failed;
};

/* --- noting, on the loops --- */

static struct shard *shard_of_thread(struct usage *usage)
{
    static atomic_uint next;
    static _Thread_local unsigned mine; /* 0 = not chosen yet */
    if (!mine)
        mine = 1 + atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) % USAGE_SHARDS;
    return &usage->shards[mine - 1];
}

static void note_credentials(const struct call *call, struct note *n)
{
    slice hash = {0};
    struct principal *who = call->principal;
    if (who && call->now_ms - who->noted_ms < TOUCH_EVERY_MS)
        return; /* the record that is kept is older than what is known */
    if (call->key && call->now_ms - call->key->last_used_ms >= TOUCH_EVERY_MS) {
        n->touch_key = true;
        hash = call->key->hash;
    } else if (call->session && call->now_ms - call->session->seen_ms >= TOUCH_EVERY_MS) {
        n->touch_session = true;
        hash = call->session->hash;
    }
    if (hash.len && who)
        who->noted_ms = call->now_ms;
    if (hash.len == sizeof n->hash.bytes)
        memcpy(n->hash.bytes, hash.ptr, hash.len);
    else
        n->touch_key = n->touch_session = false;
}

static void note_call(const struct call *call, struct note *n)
{
    *n = (struct note){
        .at_ms = call->now_ms,
        .user_id = call->user->id,
        .key_id = call->key ? call->key->id : 0,
        .route = call->route,
        .work_us = call->work_us,
        .bytes_in = call->bytes_in,
        .bytes_out = call->bytes_out,
        .analyses = call->analyses_counted,
        .http_status = (uint16_t)call->reply.http_status,
        .method = (uint8_t)call->method,
        .cached = call->cached,
    };
    slice id = slice_sub(call->request_id, 0, REQUEST_ID_BYTES);
    slice address = slice_sub(call->client_address, 0, ADDRESS_BYTES);
    if (id.len)
        memcpy(n->request_id, id.ptr, id.len);
    if (address.len)
        memcpy(n->address, address.ptr, address.len);
    n->request_id_len = (uint8_t)id.len;
    n->address_len = (uint8_t)address.len;
    note_credentials(call, n);
}

void usage_call_done(struct call *call)
{
    rate_call_done(call);
    struct usage *usage = call->app->usage;
    if (!usage || !call->user || call->actor == ACTOR_HOST)
        return;
    struct shard *shard = shard_of_thread(usage);
    (void)pthread_mutex_lock(&shard->mutex);
    bool room = shard->count < USAGE_NOTES_MAX;
    if (room)
        note_call(call, &shard->notes[shard->count++]);
    (void)pthread_mutex_unlock(&shard->mutex);
    (void)atomic_fetch_add_explicit(room ? &usage->noted : &usage->dropped, 1,
                                    memory_order_relaxed);
}

/* --- summing up --- */

/* By user, day, key, route, so that equal rows stand together. */
static int compare_notes(const void *a, const void *b)
{
    const struct note *x = *(struct note *const *)a;
    const struct note *y = *(struct note *const *)b;
    int64_t day_x = time_day(x->at_ms);
    int64_t day_y = time_day(y->at_ms);
    if (x->user_id != y->user_id)
        return x->user_id < y->user_id ? -1 : 1;
    if (day_x != day_y)
        return day_x < day_y ? -1 : 1;
    if (x->key_id != y->key_id)
        return x->key_id < y->key_id ? -1 : 1;
    if (x->route != y->route)
        return (uintptr_t)x->route < (uintptr_t)y->route ? -1 : 1;
    return 0;
}

static int compare_hours(const void *a, const void *b)
{
    const struct note *x = *(struct note *const *)a;
    const struct note *y = *(struct note *const *)b;
    uint64_t hour_x = store_hour(x->at_ms);
    uint64_t hour_y = store_hour(y->at_ms);
    if (hour_x != hour_y)
        return hour_x < hour_y ? -1 : 1;
    if (x->user_id != y->user_id)
        return x->user_id < y->user_id ? -1 : 1;
    return (int)x->http_status - (int)y->http_status;
}

static void row_begin(struct store_usage_day *row, const struct note *n)
{
    *row = (struct store_usage_day){
        .user_id = n->user_id,
        .day = store_day(n->at_ms),
        .api_key_id = n->key_id,
        .endpoint = slice_of(n->route->path),
    };
}

static void row_add(struct store_usage_day *row, const struct note *n)
{
    row->calls++;
    row->errors += n->http_status >= 400;
    row->cached += n->cached;
    row->work_us += n->work_us;
    row->bytes_in += n->bytes_in;
    row->bytes_out += n->bytes_out;
    store_hist_add(&row->latency, n->work_us);
}

/* --- writing, on the writer --- */

static status write_sums(struct store_txn *txn, const struct batch *batch)
{
    struct store_usage_day row;
    for (size_t i = 0; i < batch->total;) {
        const struct note *first = batch->sorted[i];
        row_begin(&row, first);
        for (; i < batch->total && compare_notes(&batch->sorted[i], &first) == 0; i++)
            row_add(&row, batch->sorted[i]);
        TRY(store_usage_flush(txn, &row, 1));
    }
    return ST_OK;
}

static status write_hours(struct store_txn *txn, const struct batch *batch)
{
    for (size_t i = 0; i < batch->total;) {
        const struct note *first = batch->by_hour[i];
        struct store_usage_hour row = {.user_id = first->user_id,
                                       .hour = store_hour(first->at_ms),
                                       .status = first->http_status};
        for (; i < batch->total && compare_hours(&batch->by_hour[i], &first) == 0; i++) {
            row.calls++;
            store_hist_add(&row.latency, batch->by_hour[i]->work_us);
        }
        TRY(store_usage_hour_add(txn, &row));
    }
    return ST_OK;
}

static struct store_usage_call call_of_note(const struct note *n)
{
    return (struct store_usage_call){
        .at_ms = n->at_ms,
        .user_id = n->user_id,
        .api_key_id = n->key_id,
        .method = slice_of(method_name((enum method)n->method)),
        .endpoint = slice_of(n->route->path),
        .status = n->http_status,
        .work_us = n->work_us,
        .analyses = n->analyses,
        .bytes_in = n->bytes_in,
        .bytes_out = n->bytes_out,
        .request_id = slice_make(n->request_id, n->request_id_len),
        .cached = n->cached,
    };
}

/* One sealed block per shard. */
static status write_blocks(struct store_txn *txn, const struct batch *batch)
{
    struct store_usage_call *calls = malloc(USAGE_NOTES_MAX * sizeof *calls);
    status rc = calls ? ST_OK : ST_NO_MEMORY;
    for (size_t s = 0; s < USAGE_SHARDS && rc == ST_OK; s++) {
        for (size_t i = 0; i < batch->counts[s]; i++)
            calls[i] = call_of_note(&batch->notes[s][i]);
        if (batch->counts[s])
            rc = store_usage_log(txn, batch->at_ms, (unsigned)s, calls, batch->counts[s]);
    }
    free(calls);
    return rc;
}

static status write_touches(struct store_txn *txn, const struct batch *batch)
{
    for (size_t i = 0; i < batch->total; i++) {
        const struct note *n = batch->sorted[i];
        const struct store_touch touch = {
            .hash = n->hash, .at_ms = n->at_ms, .address = slice_make(n->address, n->address_len)};
        status rc = n->touch_key       ? store_key_touch(txn, &touch, 1)
                    : n->touch_session ? store_session_touch(txn, &n->hash, n->at_ms)
                                       : ST_OK;
        if (rc != ST_OK && rc != ST_NOT_FOUND) /* deleted meanwhile */
            return rc;
    }
    return ST_OK;
}

static status write_days(struct store_txn *txn, const struct batch *batch)
{
    for (size_t i = 0; i < batch->day_count; i++) {
        const struct rate_day_count *day = &batch->days[i];
        const struct store_counter counter = {.index = day->day, .count = day->count};
        if (day->key_id)
            TRY(store_key_day_put(txn, day->user_id, day->key_id, &counter));
        else
            TRY(store_counter_put(txn, day->user_id, 'd', &counter));
    }
    return ST_OK;
}

static status batch_apply(struct store_txn *txn, void *arg, struct error *err)
{
    const struct batch *batch = arg;
    size_t trimmed;
    (void)err;
    TRY(write_sums(txn, batch));
    TRY(write_hours(txn, batch));
    TRY(write_blocks(txn, batch));
    TRY(write_touches(txn, batch));
    TRY(write_days(txn, batch));
    TRY(store_usage_trim(txn, batch->trim_before_ms, 4, &trimmed));
    return store_usage_hours_trim(txn, batch->trim_before_ms, TRIM_HOURS, &trimmed);
}

static void batch_done(void *arg, status rc, const struct error *err)
{
    struct batch *batch = arg;
    struct usage *usage = batch->usage;
    if (rc == ST_OK)
        (void)atomic_fetch_add_explicit(&usage->written, batch->total, memory_order_relaxed);
    else {
        (void)atomic_fetch_add_explicit(&usage->failed, 1, memory_order_relaxed);
        log_warn("usage_not_written", F_CSTR("error", err ? err->text : ""),
                 F_U64("calls", batch->total));
    }
    atomic_store_explicit(&usage->writing, false, memory_order_release);
}

/* --- the tick --- */

static void batch_fill(struct app *app, int64_t wall_ms)
{
    struct usage *usage = app->usage;
    struct batch *batch = &usage->batch;
    batch->at_ms = wall_ms;
    batch->total = 0;
    for (size_t s = 0; s < USAGE_SHARDS; s++) {
        struct shard *shard = &usage->shards[s];
        (void)pthread_mutex_lock(&shard->mutex);
        struct note *full = shard->notes;
        shard->notes = batch->notes[s];
        batch->notes[s] = full;
        batch->counts[s] = shard->count;
        shard->count = 0;
        (void)pthread_mutex_unlock(&shard->mutex);
        for (size_t i = 0; i < batch->counts[s]; i++)
            batch->sorted[batch->total++] = &batch->notes[s][i];
    }
    if (batch->total) {
        memcpy(batch->by_hour, batch->sorted, batch->total * sizeof *batch->sorted);
        qsort(batch->sorted, batch->total, sizeof *batch->sorted, compare_notes);
        qsort(batch->by_hour, batch->total, sizeof *batch->by_hour, compare_hours);
    }
    batch->day_count = app->rate ? rate_flush(app->rate, batch->days, RATE_FLUSH_MAX) : 0;
    batch->trim_before_ms = wall_ms - app->config->usage_raw_days * 86400000;
}

static bool batch_is_empty(const struct batch *batch)
{
    return batch->total == 0 && batch->day_count == 0;
}

void usage_tick(struct app *app, int64_t wall_ms)
{
    struct usage *usage = app->usage;
    if (app->rate)
        rate_sweep(app->rate, clock_mono_ms());
    if (atomic_load_explicit(&usage->writing, memory_order_acquire))
        return;
    batch_fill(app, wall_ms);
    if (batch_is_empty(&usage->batch))
        return;
    atomic_store_explicit(&usage->writing, true, memory_order_relaxed);
    usage->batch.op =
        (struct store_op){.apply = batch_apply, .done = batch_done, .arg = &usage->batch};
    if (store_submit(app->store, &usage->batch.op) != ST_OK)
        batch_done(&usage->batch, ST_BUSY, &(struct error){.text = "the writer is busy"});
}

status usage_flush(struct app *app, int64_t wall_ms, struct error *err)
{
    while (atomic_load_explicit(&app->usage->writing, memory_order_acquire)) {
        struct timespec pause = {.tv_nsec = 1000000};
        (void)nanosleep(&pause, NULL); /* the writer ends within its deadline */
    }
    batch_fill(app, wall_ms);
    if (batch_is_empty(&app->usage->batch))
        return ST_OK;
    return store_apply(app->store, batch_apply, &app->usage->batch, err);
}

void usage_stats(struct usage *usage, struct usage_stats *ret)
{
    *ret = (struct usage_stats){
        .noted = atomic_load_explicit(&usage->noted, memory_order_relaxed),
        .dropped = atomic_load_explicit(&usage->dropped, memory_order_relaxed),
        .written = atomic_load_explicit(&usage->written, memory_order_relaxed),
        .failed_writes = atomic_load_explicit(&usage->failed, memory_order_relaxed),
    };
}

/* --- life --- */

status usage_create(struct usage **ret, struct error *err)
{
    struct usage *usage = calloc(1, sizeof *usage);
    bool complete = usage != NULL;
    for (size_t s = 0; s < USAGE_SHARDS && complete; s++) {
        (void)pthread_mutex_init(&usage->shards[s].mutex, NULL);
        usage->shards[s].notes = calloc(USAGE_NOTES_MAX, sizeof(struct note));
        usage->batch.notes[s] = calloc(USAGE_NOTES_MAX, sizeof(struct note));
        complete = usage->shards[s].notes && usage->batch.notes[s];
    }
    if (complete) {
        usage->batch.usage = usage;
        usage->batch.sorted = calloc((size_t)USAGE_SHARDS * USAGE_NOTES_MAX, sizeof(struct note *));
        usage->batch.by_hour =
            calloc((size_t)USAGE_SHARDS * USAGE_NOTES_MAX, sizeof(struct note *));
        usage->batch.days = calloc(RATE_FLUSH_MAX, sizeof(struct rate_day_count));
        complete = usage->batch.sorted && usage->batch.by_hour && usage->batch.days;
    }
    *ret = usage;
    if (complete)
        return ST_OK;
    usage_destroy(ret);
    return error_set(err, ST_NO_MEMORY, "not enough memory");
}

void usage_destroy(struct usage **usage)
{
    if (!*usage)
        return;
    for (size_t s = 0; s < USAGE_SHARDS; s++) {
        free((*usage)->shards[s].notes);
        free((*usage)->batch.notes[s]);
    }
    free((*usage)->batch.sorted);
    free((*usage)->batch.by_hour);
    free((*usage)->batch.days);
    free(*usage);
    *usage = NULL;
}
