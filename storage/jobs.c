/* The queue of jobs: bounded, fair between users, each job ending exactly once.
 *
 * A waiting job has an entry in job_queue (user, priority, seq), a running one in job_running; a
 * finished one in neither. Claiming goes round by user number, starting behind the user served
 * last.
 */
#include "storage/internal.h"

#include <assert.h>

static struct key job_key(const struct store_job *job)
{
    return key_of_user_id(job->user_id, job->id);
}

struct key job_queue_key(const struct store_job *job)
{
    struct key key = key_of_u64(job->user_id); /* KEY_LAYOUT */
    key_byte(&key, (unsigned char)(job->priority < 255 ? job->priority : 255));
    key_u64(&key, job->seq);
    return key;
}

static bool is_live(const struct store_job *job)
{
    return job->state == STORE_JOB_QUEUED || job->state == STORE_JOB_RUNNING;
}

/* Puts the job's entries in queue and running table in (+1) or out (-1). */
static status state_move(struct store_txn *txn, const struct store_job *job, int step)
{
    if (!is_live(job))
        return ST_OK;
    bool queued = job->state == STORE_JOB_QUEUED;
    enum table_id table = queued ? TABLE_JOB_QUEUE : TABLE_JOB_RUNNING;
    struct key key = queued ? job_queue_key(job) : job_key(job);
    if (step < 0)
        TRY(row_del(txn, table, &key));
    else
        TRY(row_add(txn, table, &key, &(struct store_ref){.data = job->id}));
    return meta_add(txn, queued ? "jobs.queued" : "jobs.running", step);
}

/* Replaces old by job in every table. */
static status job_replace(struct store_txn *txn, const struct store_job *old, struct store_job *job)
{
    struct key key = job_key(job);
    job->rev = old->rev + 1;
    TRY(state_move(txn, old, -1));
    TRY(state_move(txn, job, +1));
    TRY(due_move(txn, TABLE_JOB, &key, old->expires_ms, job->expires_ms));
    return row_put(txn, TABLE_JOB, &key, job);
}

status store_job_add(struct store_txn *txn, struct store_job *job, uint64_t queue_max)
{
    uint64_t queued;
    assert(job->state == STORE_JOB_QUEUED);
    struct key key = job_key(job);
    if (row_exists(txn, TABLE_JOB, &key))
        return ST_CONFLICT;
    TRY(meta_get(txn, "jobs.queued", &queued));
    if (queued >= queue_max)
        return ST_BUSY;
    TRY(store_next_id(txn, "job", &job->seq));
    job->rev = 1;
    TRY(row_add(txn, TABLE_JOB, &key, job));
    TRY(due_move(txn, TABLE_JOB, &key, 0, job->expires_ms));
    return state_move(txn, job, +1);
}

status store_job_get(struct store_txn *txn, uint64_t user_id, slice id, struct arena *arena,
                     struct store_job *ret)
{
    struct key key = key_of_user_id(user_id, id);
    TRY(row_get(txn, TABLE_JOB, &key, arena, ret));
    if (ret->user_id != user_id || !slice_eq(ret->id, id))
        return txn_fail(txn, ST_CORRUPT, "a job has another job's number");
    return ST_OK;
}

status store_job_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                      struct arena *arena, struct store_job **ret)
{
    struct key prefix;
    key_init(&prefix);
    if (user_id)
        key_u64(&prefix, user_id);
    struct list list = {TABLE_JOB, TABLE_JOB, &prefix};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status store_job_position(struct store_txn *txn, const struct store_job *job, uint64_t *ret)
{
    struct key prefix = key_of_u64(job->user_id), own = job_queue_key(job);
    struct walk walk;
    uint64_t position = 0;
    bool found = false;
    for (walk_begin(&walk, txn, TABLE_JOB_QUEUE, &prefix); !found && walk_next(&walk);) {
        position++;
        found = slice_eq(walk.key, key_slice(&own));
    }
    walk_end(&walk);
    *ret = found ? position - 1 : 0;
    return txn->failed;
}

static uint64_t running_count(struct store_txn *txn, uint64_t user_id, uint64_t max)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    uint64_t count = 0;
    for (walk_begin(&walk, txn, TABLE_JOB_RUNNING, &prefix); count < max && walk_next(&walk);)
        count++;
    walk_end(&walk);
    return count;
}

/* First waiting job of the first user at or behind `from` who may run one more. */
static status queue_find(struct store_txn *txn, const struct store_claim *claim, uint64_t from,
                         uint64_t to, struct arena *arena, struct store_job *ret)
{
    uint64_t user = from;
    for (;;) {
        struct walk walk;
        struct store_ref ref;
        struct key start = key_of_u64(user);
        walk_begin(&walk, txn, TABLE_JOB_QUEUE, NULL);
        walk_from(&walk, key_slice(&start));
        bool found = walk_next(&walk);
        user = found ? key_read_u64(walk.key, 0) : UINT64_MAX;
        status rc = found ? walk_row(&walk, &txn->scratch, &ref) : ST_NOT_FOUND;
        walk_end(&walk);
        if (rc != ST_OK)
            return txn->failed != ST_OK ? txn->failed : ST_NOT_FOUND;
        if (user > to)
            return ST_NOT_FOUND;
        unsigned slots = claim->slots_max(txn, user, claim->arg);
        if (running_count(txn, user, slots) < slots) {
            rc = store_job_get(txn, user, ref.data, arena, ret);
            if (rc == ST_NOT_FOUND)
                return txn_fail(txn, ST_CORRUPT, "the queue names a job that is missing");
            return rc;
        }
        if (user == UINT64_MAX)
            return ST_NOT_FOUND;
        user++;
    }
}

status store_job_claim(struct store_txn *txn, const struct store_claim *claim, struct arena *arena,
                       struct store_job *ret)
{
    uint64_t last;
    struct store_job old;
    TRY(meta_get(txn, "jobs.last_user", &last));
    status rc = queue_find(txn, claim, last + 1, UINT64_MAX, arena, &old);
    if (rc == ST_NOT_FOUND)
        rc = queue_find(txn, claim, 0, last, arena, &old);
    if (rc != ST_OK)
        return rc;
    struct store_job job = old;
    job.state = STORE_JOB_RUNNING;
    job.attempts++;
    job.started_ms = claim->now_ms;
    TRY(job_replace(txn, &old, &job));
    TRY(meta_put(txn, "jobs.last_user", job.user_id));
    *ret = job;
    return ST_OK;
}

status store_job_progress(struct store_txn *txn, uint64_t user_id, slice id,
                          const struct store_job_step *step, bool *ret_cancel)
{
    struct store_job job;
    TRY(store_job_get(txn, user_id, id, &txn->scratch, &job));
    if (job.state != STORE_JOB_RUNNING)
        return ST_CONFLICT;
    *ret_cancel = job.cancel_requested;
    if (slice_eq(job.phase, step->phase) && job.done == step->done && job.total == step->total)
        return ST_OK;
    if (!slice_eq(job.phase, step->phase))
        job.phase_ms = step->now_ms;
    job.phase = step->phase;
    job.done = step->done;
    job.total = step->total;
    job.progress_ms = step->now_ms;
    job.rev++;
    struct key key = job_key(&job);
    return row_put(txn, TABLE_JOB, &key, &job);
}

status store_job_cancel(struct store_txn *txn, uint64_t user_id, slice id, int64_t now_ms)
{
    struct store_job old;
    TRY(store_job_get(txn, user_id, id, &txn->scratch, &old));
    if (!is_live(&old))
        return ST_CONFLICT;
    struct store_job job = old;
    job.cancel_requested = true;
    if (job.state == STORE_JOB_QUEUED) {
        job.state = STORE_JOB_CANCELLED;
        job.finished_ms = now_ms;
    }
    return job_replace(txn, &old, &job);
}

status store_job_wants_cancel(struct store_txn *txn, uint64_t user_id, slice id, bool *ret)
{
    struct store_job job;
    TRY(store_job_get(txn, user_id, id, &txn->scratch, &job));
    *ret = job.cancel_requested;
    return ST_OK;
}

status store_job_finish(struct store_txn *txn, const struct store_job *job)
{
    struct store_job old;
    assert(!is_live(job));
    TRY(store_job_get(txn, job->user_id, job->id, &txn->scratch, &old));
    if (!is_live(&old))
        return ST_CONFLICT;
    struct store_job after = *job;
    after.seq = old.seq;
    after.attempts = old.attempts;
    after.cancel_requested = old.cancel_requested;
    after.phase = old.phase;
    after.phase_ms = old.phase_ms;
    after.progress_ms = old.progress_ms;
    after.done = old.done;
    after.total = old.total;
    if (after.state == STORE_JOB_SUCCEEDED)
        after.done = after.total;
    if (after.state == STORE_JOB_SUCCEEDED) /* what did not succeed may be asked for again */
        TRY(store_job_data_drop(txn, job->user_id, job->id, STORE_JOB_INPUT));
    return job_replace(txn, &old, &after);
}

status store_job_return(struct store_txn *txn, uint64_t user_id, slice id)
{
    struct store_job old;
    TRY(store_job_get(txn, user_id, id, &txn->scratch, &old));
    if (old.state != STORE_JOB_RUNNING)
        return ST_CONFLICT;
    struct store_job job = old;
    job.state = STORE_JOB_QUEUED;
    job.attempts -= job.attempts > 0;
    return job_replace(txn, &old, &job);
}

status store_job_requeue(struct store_txn *txn, uint64_t *ret_requeued)
{
    struct walk walk;
    uint64_t requeued = 0;
    for (walk_begin(&walk, txn, TABLE_JOB_RUNNING, NULL); walk_next(&walk);) {
        struct store_job old;
        struct key key = walk.at;
        struct arena_mark mark = arena_mark(&txn->scratch);
        status rc = row_get(txn, TABLE_JOB, &key, &txn->scratch, &old);
        if (rc == ST_NOT_FOUND)
            rc = txn_fail(txn, ST_CORRUPT, "a running job is missing");
        struct store_job job = old;
        job.state = STORE_JOB_QUEUED;
        if (rc == ST_OK)
            rc = job_replace(txn, &old, &job);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK)
            break;
        requeued++;
    }
    walk_end(&walk);
    *ret_requeued = requeued;
    return txn->failed;
}

status store_job_find(struct store_txn *txn, slice id, struct arena *arena, struct store_job *ret)
{
    struct walk walk;
    uint64_t user_id = 0;
    bool found = false;
    for (walk_begin(&walk, txn, TABLE_JOB, NULL); !found && walk_next(&walk);) {
        found = slice_eq(slice_from(walk.key, 8), id);
        user_id = key_read_u64(walk.key, 0);
    }
    walk_end(&walk);
    TRY(txn->failed);
    return found ? store_job_get(txn, user_id, id, arena, ret) : ST_NOT_FOUND;
}

status store_job_waiting(struct store_txn *txn, uint64_t user_id, uint64_t max, uint64_t *ret)
{
    struct key prefix = key_of_u64(user_id);
    struct walk walk;
    uint64_t count = 0;
    for (walk_begin(&walk, txn, TABLE_JOB_QUEUE, &prefix); count < max && walk_next(&walk);)
        count++;
    walk_end(&walk);
    *ret = count;
    return txn->failed;
}

status store_job_count(struct store_txn *txn, uint64_t *ret_queued, uint64_t *ret_running)
{
    TRY(meta_get(txn, "jobs.queued", ret_queued));
    return meta_get(txn, "jobs.running", ret_running);
}

static status data_drop(struct store_txn *txn, const struct store_job *job)
{
    TRY(store_job_data_drop(txn, job->user_id, job->id, STORE_JOB_INPUT));
    return store_job_data_drop(txn, job->user_id, job->id, STORE_JOB_RESULT);
}

status job_remove(struct store_txn *txn, const struct store_job *job)
{
    struct key key = job_key(job);
    TRY(data_drop(txn, job));
    TRY(state_move(txn, job, -1));
    TRY(due_move(txn, TABLE_JOB, &key, job->expires_ms, 0));
    return row_del(txn, TABLE_JOB, &key);
}

/* A job that waited too long ends here; it holds its analyses no more. */
static status waited_too_long(struct store_txn *txn, struct store_job *job, int64_t now_ms)
{
    job->state = STORE_JOB_EXPIRED;
    job->finished_ms = now_ms;
    job->error_code = S("expired");
    status rc = store_settle(txn, job->id, &(struct store_spend){.user_id = job->user_id});
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    return store_audit_add(txn, &(struct store_audit){.at_ms = now_ms,
                                                      .actor = S("system"),
                                                      .action = S("job.expired"),
                                                      .object = job->id});
}

status job_expire(struct store_txn *txn, const struct key *key, int64_t now_ms)
{
    struct store_job old;
    TRY(row_get(txn, TABLE_JOB, key, &txn->scratch, &old));
    struct store_job job = old;
    if (old.is_dropped)
        return job_remove(txn, &old);
    job.expires_ms = now_ms + STORE_JOB_KEPT_MS;
    if (old.state == STORE_JOB_RUNNING)
        return job_replace(txn, &old, &job); /* its deadline ends it */
    if (old.state == STORE_JOB_QUEUED)
        TRY(waited_too_long(txn, &job, now_ms));
    job.is_dropped = true;
    TRY(data_drop(txn, &old));
    return job_replace(txn, &old, &job);
}
