/* The only writer: a queue, group commit without a timer, and the fallback that isolates a failure.
 *
 * The thread takes everything that was queued while the previous batch was in its sync: under load
 * batches grow by themselves, without load a write waits for nothing. `apply` checks before it
 * puts, so an operation that refuses has normally written nothing and the batch goes on. When one
 * fails after its first put, or the commit fails, the batch is aborted and each operation runs
 * again in a transaction of its own. A failed sync ends all writing: what the disk holds is then
 * unknown, and trying again could report success for pages that were dropped. */
#include "storage/internal.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <sys/statvfs.h>
#include <time.h>

enum { IDLE_ROUND_MS = 1000, DISK_FULL_BYTES = 1 << 20 };

status writer_init(struct store *store, struct error *err)
{
    struct writer *w = &store->writer;
    pthread_condattr_t attr;
    if (pthread_mutex_init(&w->mutex, NULL) != 0 || pthread_mutex_init(&w->turn, NULL) != 0 ||
        pthread_condattr_init(&attr) != 0)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* a constant that exists */
    int rc = pthread_cond_init(&w->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (rc != 0)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    w->is_init = true;
    return ST_OK;
}

void writer_finish(struct store *store)
{
    struct writer *w = &store->writer;
    if (!w->is_init)
        return;
    store_writer_stop(store);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->turn);
    (void)pthread_mutex_destroy(&w->mutex);
    w->is_init = false;
}

/* --- one batch -------------------------------------------------------------------------------- */

static void result_set(struct op_result *result, enum status_code rc, const struct error *err)
{
    result->rc = rc;
    result->err = *err;
}

static status write_refused(struct error *err)
{
    return error_set(err, ST_IO, "the disk failed during an earlier write; restart the server");
}

/* Runs one operation. ret_clean = the transaction may go on. */
static enum status_code op_run(struct store_txn *txn, struct store_op *op, struct op_result *result,
                               bool *ret_clean)
{
    uint64_t before = txn->changes;
    struct error err = {0};
    struct arena_mark mark = arena_mark(&txn->scratch);
    enum status_code rc = op->apply(txn, op->arg, &err);
    if (txn->failed != ST_OK && (rc == ST_OK || err.text[0] == '\0'))
        err = txn->err; /* what stuck is the reason, whatever apply made of it */
    if (rc == ST_OK)
        rc = txn->failed;
    arena_rewind(&txn->scratch, mark);
    result_set(result, rc, &err);
    *ret_clean = rc == ST_OK || (txn->failed == ST_OK && txn->changes == before);
    return rc;
}

/* LMDB answers EIO for a failed sync and also for a short write, which is how a full disk shows
 * first. The short write has taken what was left, so the two can be told apart afterwards. */
static bool disk_is_full(const struct store *store)
{
    struct statvfs disk;
    return statvfs(store->dir, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < DISK_FULL_BYTES;
}

static enum status_code commit(struct store *store, struct error *err)
{
    struct writer *w = &store->writer;
    int64_t begin = clock_mono_us();
    int code = write_commit(&w->txn);
    uint64_t us = (uint64_t)(clock_mono_us() - begin);
    if (code == EIO && disk_is_full(store))
        code = ENOSPC;
    if (code == EIO || code == MDB_PANIC)
        atomic_store(&w->failed, true);
    atomic_store(&w->last_commit_us, us);
    if (us > atomic_load(&w->max_commit_us))
        atomic_store(&w->max_commit_us, us);
    atomic_fetch_add(&w->batches, 1);
    if (code == 0)
        return ST_OK;
    return error_set(err, mdb_status(code), "cannot commit: %s", mdb_strerror(code));
}

/* All operations in one transaction; false when they must run again one by one. */
static bool batch_together(struct store *store, size_t count)
{
    struct writer *w = &store->writer;
    struct error err = {0};
    if (write_begin(store, &w->txn, &err) != ST_OK)
        return false;
    bool written = false;
    for (size_t i = 0; i < count; i++) {
        bool clean;
        written |= op_run(&w->txn, w->batch[i], &w->results[i], &clean) == ST_OK;
        if (!clean) {
            write_abort(&w->txn);
            return false;
        }
    }
    if (!written || w->txn.changes == 0) {
        write_abort(&w->txn);
        return true;
    }
    return commit(store, &err) == ST_OK;
}

static void run_alone(struct store *store, struct store_op *op, struct op_result *result)
{
    struct writer *w = &store->writer;
    struct error err = {0};
    bool clean;
    enum status_code rc =
        atomic_load(&w->failed) ? write_refused(&err) : write_begin(store, &w->txn, &err);
    if (rc != ST_OK) {
        result_set(result, rc, &err);
        return;
    }
    if (op_run(&w->txn, op, result, &clean) != ST_OK || w->txn.changes == 0) {
        write_abort(&w->txn);
        return;
    }
    rc = commit(store, &err);
    if (rc != ST_OK)
        result_set(result, rc, &err);
}

/* Applies batch[0..count) and leaves what became of each in results. The caller holds `turn`. */
static void batch_run(struct store *store, size_t count)
{
    struct writer *w = &store->writer;
    assert(count > 0);
    assert(count <= WRITER_BATCH_MAX);
    if (count == 1) {
        run_alone(store, w->batch[0], &w->results[0]);
    } else if (atomic_load(&w->failed) || !batch_together(store, count)) {
        atomic_fetch_add(&w->fallbacks, 1);
        for (size_t i = 0; i < count; i++)
            run_alone(store, w->batch[i], &w->results[i]);
    }
    atomic_fetch_add(&w->ops, count);
    for (size_t i = 0; i < count; i++)
        if (w->results[i].rc != ST_OK)
            atomic_fetch_add(&w->failed_ops, 1);
}

/* --- the thread ------------------------------------------------------------------------------- */

static struct timespec idle_deadline(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* fails for bad arguments only */
    at.tv_sec += IDLE_ROUND_MS / 1000;
    return at;
}

/* Takes up to WRITER_BATCH_MAX operations; waits an idle round at most. 0 = nothing came. */
static size_t take(struct writer *w, bool *ret_stop)
{
    struct timespec deadline = idle_deadline();
    size_t count = 0;
    (void)pthread_mutex_lock(&w->mutex);
    while (!w->head && !w->stopping)
        if (pthread_cond_timedwait(&w->wake, &w->mutex, &deadline) == ETIMEDOUT)
            break;
    while (w->head && count < WRITER_BATCH_MAX) {
        w->batch[count++] = w->head;
        w->head = w->head->next;
    }
    if (!w->head)
        w->tail = NULL;
    w->queued -= count;
    *ret_stop = w->stopping && count == 0;
    (void)pthread_mutex_unlock(&w->mutex);
    return count;
}

/* With nothing to write: proves that a write transaction can still be had. */
static void idle_round(struct store *store)
{
    struct writer *w = &store->writer;
    if (atomic_load(&w->failed) || write_begin(store, &w->txn, NULL) != ST_OK)
        return;
    write_abort(&w->txn);
    atomic_store(&w->beat_mono_ms, clock_mono_ms());
}

static void *writer_main(void *arg)
{
    struct store *store = arg;
    struct writer *w = &store->writer;
    for (;;) {
        bool stop;
        (void)pthread_mutex_lock(&w->turn);
        size_t count = take(w, &stop);
        if (count > 0)
            batch_run(store, count);
        else if (!stop)
            idle_round(store);
        if (count > 0 && !atomic_load(&w->failed))
            atomic_store(&w->beat_mono_ms, clock_mono_ms());
        for (size_t i = 0; i < count; i++) /* done may free its operation */
            w->batch[i]->done(w->batch[i]->arg, w->results[i].rc, &w->results[i].err);
        (void)pthread_mutex_unlock(&w->turn);
        if (stop)
            return NULL;
    }
}

status store_writer_start(struct store *store, size_t queue_max, struct error *err)
{
    struct writer *w = &store->writer;
    store_assert(store);
    assert(queue_max > 0);
    assert(!w->running);
    w->queue_max = queue_max;
    w->stopping = false;
    atomic_store(&w->beat_mono_ms, clock_mono_ms());
    int rc = pthread_create(&w->thread, NULL, writer_main, store);
    if (rc != 0)
        return error_set(err, ST_NO_MEMORY, "cannot start the writer: %s", errno_text(rc));
    (void)pthread_mutex_lock(&w->mutex);
    w->running = true;
    (void)pthread_mutex_unlock(&w->mutex);
    return ST_OK;
}

void store_writer_stop(struct store *store)
{
    struct writer *w = &store->writer;
    store_assert(store);
    (void)pthread_mutex_lock(&w->mutex);
    bool running = w->running;
    w->stopping = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->mutex);
    if (!running)
        return;
    (void)pthread_join(w->thread, NULL);
    (void)pthread_mutex_lock(&w->mutex);
    assert(!w->head); /* drained */
    w->running = false;
    (void)pthread_mutex_unlock(&w->mutex);
}

status store_submit(struct store *store, struct store_op *op)
{
    struct writer *w = &store->writer;
    store_assert(store);
    assert(op->apply);
    assert(op->done);
    op->next = NULL;
    (void)pthread_mutex_lock(&w->mutex);
    bool accepted = w->running && !w->stopping && w->queued < w->queue_max;
    if (accepted) {
        if (w->tail)
            w->tail->next = op;
        else
            w->head = op;
        w->tail = op;
        w->queued++;
        (void)pthread_cond_signal(&w->wake);
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return accepted ? ST_OK : ST_BUSY;
}

/* --- waiting for one operation ---------------------------------------------------------------- */

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool over;
    struct op_result result;
};

static void waiter_done(void *arg, status rc, const struct error *err)
{
    struct waiter *waiter = arg;
    (void)pthread_mutex_lock(&waiter->mutex);
    result_set(&waiter->result, rc, err);
    waiter->over = true;
    (void)pthread_cond_signal(&waiter->cond);
    (void)pthread_mutex_unlock(&waiter->mutex);
}

struct waiting_op {
    struct store_op op;
    store_apply_fn *apply;
    void *arg;
    struct waiter waiter;
};

static status waiting_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct waiting_op *waiting = arg;
    return waiting->apply(txn, waiting->arg, err);
}

static void waiting_done(void *arg, status rc, const struct error *err)
{
    waiter_done(&((struct waiting_op *)arg)->waiter, rc, err);
}

static status apply_queued(struct store *store, store_apply_fn *apply, void *arg, struct error *err)
{
    struct waiting_op waiting = {
        .op = {.apply = waiting_apply, .done = waiting_done},
        .apply = apply,
        .arg = arg,
        .waiter = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER},
    };
    waiting.op.arg = &waiting;
    if (store_submit(store, &waiting.op) != ST_OK)
        return error_set(err, ST_BUSY, "too many writes wait already; try again");
    (void)pthread_mutex_lock(&waiting.waiter.mutex);
    while (!waiting.waiter.over)
        (void)pthread_cond_wait(&waiting.waiter.cond, &waiting.waiter.mutex);
    (void)pthread_mutex_unlock(&waiting.waiter.mutex);
    if (waiting.waiter.result.rc != ST_OK && err)
        *err = waiting.waiter.result.err;
    return waiting.waiter.result.rc;
}

status store_apply(struct store *store, store_apply_fn *apply, void *arg, struct error *err)
{
    struct writer *w = &store->writer;
    store_assert(store);
    (void)pthread_mutex_lock(&w->mutex);
    bool running = w->running && !w->stopping;
    (void)pthread_mutex_unlock(&w->mutex);
    if (running)
        return apply_queued(store, apply, arg, err);
    struct store_op op = {.apply = apply, .arg = arg};
    (void)pthread_mutex_lock(&w->turn);
    w->batch[0] = &op;
    batch_run(store, 1);
    enum status_code rc = w->results[0].rc;
    if (rc != ST_OK && err)
        *err = w->results[0].err;
    (void)pthread_mutex_unlock(&w->turn);
    return rc;
}

void store_writer_stats(struct store *store, struct store_writer_stats *ret)
{
    struct writer *w = &store->writer;
    store_assert(store);
    *ret = (struct store_writer_stats){
        .batches = atomic_load(&w->batches),
        .ops = atomic_load(&w->ops),
        .fallbacks = atomic_load(&w->fallbacks),
        .failed_ops = atomic_load(&w->failed_ops),
        .last_commit_us = atomic_load(&w->last_commit_us),
        .max_commit_us = atomic_load(&w->max_commit_us),
        .beat_mono_ms = atomic_load(&w->beat_mono_ms),
        .failed = atomic_load(&w->failed),
    };
    (void)pthread_mutex_lock(&w->mutex);
    ret->queued = w->queued;
    ret->queue_max = w->queue_max;
    (void)pthread_mutex_unlock(&w->mutex);
}
