/* One job: prepared, run by its kind, ended in one transaction. */
#include "job_run.h"

#include "api/job_kinds.h"
#include "api/job_view.h"
#include "app.h"
#include "auth.h"
#include "base/clock.h"
#include "call.h"
#include "config.h"
#include "events.h"
#include "jobs.h"
#include "log.h"
#include "metrics.h"
#include "parallel.h"
#include "plans.h"
#include "transport.h"
#include "turn.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum {
    MEMBERS_MAX = 32 * 1024, /* further members of a stored error; beyond they are left out */
    END_RETRY_MS = 1000,     /* the disk is full, the writer is busy: until the process stops */
    DAY_MS = 86400000,
};

void job_run_init(struct job_run *run, struct app *app, struct workers *helpers)
{
    *run = (struct job_run){.app = app, .helpers = helpers};
    (void)pthread_mutex_init(&run->mutex, NULL); /* cannot fail with default attributes */
}

void job_run_finish(struct job_run *run)
{
    (void)pthread_mutex_destroy(&run->mutex);
}

/* --- what kinds use --- */

bool job_run_stopped(struct job_run *run)
{
    turn_look();
    return atomic_load_explicit(&run->stop, memory_order_relaxed) != JOB_GO_ON ||
           clock_mono_ms() >= run->deadline_ms;
}

void job_run_progress(struct job_run *run, const char *phase, uint64_t done, uint64_t total)
{
    (void)pthread_mutex_lock(&run->mutex);
    bool is_same = run->phase && strcmp(run->phase, phase) == 0;
    if (!is_same || done > run->done)
        run->done = done;
    run->phase = phase;
    run->total = total;
    (void)pthread_mutex_unlock(&run->mutex);
}

static bool hook_cancelled(void *context)
{
    return job_run_stopped(context);
}

static void hook_progress(void *context, const char *phase, size_t done, size_t total)
{
    job_run_progress(context, phase, done, total);
}

static void hook_parallel(void *context, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    const struct job_run *run = context;
    parallel_for_turns(run->helpers, run->app->workers, count, body, arg);
}

struct detect_hooks job_run_hooks(struct job_run *run)
{
    return (struct detect_hooks){.ctx = run,
                                 .parallel_for = hook_parallel,
                                 .cancelled = hook_cancelled,
                                 .progress = hook_progress};
}

slice job_run_id(char ret[static STORE_ID_MAX], const char *prefix, const struct store_job *job,
                 size_t index)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    size_t cut = 0;
    (void)slice_find_byte(job->id, '_', &cut);
    slice tail = slice_from(job->id, cut + 1);
    int len = snprintf(ret, STORE_ID_MAX, "%s_" SLICE_FMT, prefix, SLICE_ARG(tail));
    assert(len > 4);
    assert(len < STORE_ID_MAX);
    assert(index < 1024);
    if (index > 0) { /* the last ten of 80 random bits give way to the number */
        ret[len - 2] = digits[index / 32];
        ret[len - 1] = digits[index % 32];
    }
    return slice_make(ret, (size_t)len);
}

/* --- the call that stands for the one which asked --- */

static status read_all(struct job_run *run, struct store_user *user, struct error *err)
{
    struct call *call = run->call;
    const struct store_job *job = run->job;
    status rc = store_user_get(call->txn, job->user_id, &call->arena, user);
    if (rc == ST_NOT_FOUND || (rc == ST_OK && !user->enabled))
        return error_code(err, ST_FORBIDDEN, "user_disabled", "the account is disabled");
    TRY(rc);
    rc = store_job_data_get(call->txn, job->user_id, job->id, STORE_JOB_INPUT,
                            (size_t)job->input_bytes, &call->arena, &run->body);
    return rc == ST_NOT_FOUND ? error_set(err, ST_CORRUPT, "the input of the job is missing") : rc;
}

static void headers_fill(struct call *call, const struct store_job *job)
{
    call->headers = arena_array(&call->arena, 1, sizeof *call->headers);
    if (!call->headers)
        return; /* shows in arena_check */
    call->headers[0] = (struct call_pair){S("content-type"), job->content_type};
    call->header_count = 1;
}

/* Own thread: user, plan, body and everything that call_prepare makes of a request. */
static status call_make(struct job_run *run, struct error *err)
{
    const struct store_job *job = run->job;
    struct call *call = call_create(run->app, &transport_inline);
    struct store_user *user;
    if (!call)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    run->call = call;
    call->arena.cap_bytes += 3 * (size_t)job->input_bytes + 2 * LIMIT_REPLY_BYTES;
    user = arena_alloc(&call->arena, sizeof *user);
    if (!user)
        return arena_check(&call->arena, err);
    TRY(store_read_begin(run->reader, &call->txn, err));
    status rc = read_all(run, user, err);
    store_read_end(&call->txn);
    TRY(rc);
    call->method = METHOD_POST;
    call->path = job->path;
    call->query_text = job->query;
    call->body = run->body;
    call->request_id = job->request_id;
    headers_fill(call, job);
    call_prepare(call, /* is_host= */ true);
    if (call->result != ST_OK) {
        *err = call->err;
        return call->result;
    }
    call->deadline_ms = run->deadline_ms;
    call->now_ms = job->created_ms;
    call->livemode = job->livemode;
    call->lang = slice_eq(job->language, S("zh")) ? LANG_ZH : LANG_EN;
    return auth_set_user(call, user, err);
}

/* --- the end --- */

struct job_end {
    struct job_run *run;
    struct store_job job; /* as it will stand */
    int64_t now_ms;
};

static void name_failure(struct job_end *end, status rc, const struct error *err)
{
    const struct call *call = end->run->call;
    struct store_job *job = &end->job;
    job->state = STORE_JOB_FAILED;
    job->error_code = slice_of(err->code ? err->code : status_slug(rc));
    job->error_text = slice_of(err->text[0] ? err->text : status_text(rc));
    job->error_text_zh = slice_of(err->text_zh[0] ? err->text_zh : err->text);
    if (call && call->problem.members.len <= MEMBERS_MAX)
        job->error_members = call->problem.members;
}

/* Bills what was reserved, or what the reservation would have been when it is gone already. */
static status settle(struct job_end *end, struct store_txn *txn)
{
    const struct job_run *run = end->run;
    uint64_t count = end->job.state == STORE_JOB_SUCCEEDED ? run->billable : 0;
    const struct store_spend spend = {.user_id = end->job.user_id,
                                      .api_key_id = end->job.api_key_id,
                                      .endpoint = end->job.path,
                                      .at_ms = end->job.created_ms,
                                      .count = count,
                                      .limit = PLAN_UNLIMITED};
    end->job.billed = count;
    if (!end->job.livemode)
        return ST_OK;
    status rc = store_settle(txn, end->job.id, &spend);
    return rc == ST_NOT_FOUND ? store_analyses_add(txn, &spend, NULL) : rc;
}

static status end_keep(struct job_end *end, struct store_txn *txn, struct error *err)
{
    struct job_run *run = end->run;
    struct store_job *job = &end->job;
    if (job->state != STORE_JOB_SUCCEEDED)
        return ST_OK;
    if (run->keep) {
        run->call->txn = txn;
        status rc = run->keep(run, err);
        run->call->txn = NULL;
        TRY(rc);
    }
    job->result_id = run->result_id;
    job->result_bytes = run->result.len;
    return store_job_data_put(txn, job->user_id, job->id, STORE_JOB_RESULT, run->result);
}

/* Writer: answer, history, bill, end, audit, notifications; all or nothing. */
static status end_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct job_end *end = arg;
    struct store_job *job = &end->job;
    bool cancel_requested;
    TRY(store_job_wants_cancel(txn, job->user_id, job->id, &cancel_requested));
    if (cancel_requested && job->state == STORE_JOB_SUCCEEDED)
        job->state = STORE_JOB_CANCELLED; /* its DELETE was answered: it may not be billed now */
    TRY(end_keep(end, txn, err));
    TRY(settle(end, txn));
    TRY(store_job_finish(txn, job));
    TRY(store_audit_add(txn, &(struct store_audit){.at_ms = end->now_ms,
                                                   .actor = S("system"),
                                                   .action = S("job.end"),
                                                   .object = job->id,
                                                   .detail = slice_of(job_state_name(job->state)),
                                                   .request_id = job->request_id}));
    return event_job_finished(end->run->app, txn, job, end->now_ms);
}

static bool is_retryable(enum status_code rc)
{
    return rc == ST_FULL || rc == ST_IO || rc == ST_BUSY;
}

/* Until it is written, the process stops, or somebody else has ended the job. */
static status end_write(struct job_end *end, struct error *err)
{
    for (;;) {
        status rc = store_apply(end->run->app->store, end_apply, end, err);
        if (!is_retryable(rc) ||
            atomic_load_explicit(&end->run->stop, memory_order_relaxed) == JOB_STOP_RETURN)
            return rc;
        const struct timespec pause = {.tv_sec = END_RETRY_MS / 1000};
        (void)nanosleep(&pause, NULL);
    }
}

static int64_t kept_until(const struct job_run *run, int64_t now_ms)
{
    const struct plans *plans = run->app->plans;
    const struct plan *plan =
        run->call && run->call->plan ? run->call->plan : &plans->plan[PLAN_FREE];
    return now_ms + (int64_t)plan->history_days * DAY_MS;
}

static void end_job(struct job_run *run, uint64_t state, status rc, const struct error *why)
{
    struct error err = {0};
    struct job_end end = {.run = run, .job = *run->job, .now_ms = clock_wall_ms()};
    end.job.state = state;
    end.job.finished_ms = end.now_ms;
    end.job.expires_ms = kept_until(run, end.now_ms);
    if (state == STORE_JOB_FAILED || state == STORE_JOB_EXPIRED)
        name_failure(&end, rc, why);
    end.job.state = state;
    rc = end_write(&end, &err);
    if (rc != ST_OK && rc != ST_CONFLICT && rc != ST_NOT_FOUND && state == STORE_JOB_SUCCEEDED) {
        name_failure(&end, rc, &err); /* the answer could not be kept */
        rc = end_write(&end, &(struct error){0});
    }
    if (rc == ST_OK)
        metrics_job_ended(run->app->metrics, end.job.state);
    if (rc != ST_OK && rc != ST_CONFLICT && rc != ST_NOT_FOUND)
        log_error("job_end_failed", F_STR("job", run->job->id), F_CSTR("status", status_slug(rc)),
                  F_CSTR("error", err.text));
}

static status return_apply(struct store_txn *txn, void *arg, struct error *err)
{
    const struct store_job *job = arg;
    (void)err;
    return store_job_return(txn, job->user_id, job->id);
}

/* --- the whole --- */

/* Does it run at all? False: it has been ended. */
static bool may_run(struct job_run *run)
{
    const struct store_job *job = run->job;
    const struct config *config = run->app->config;
    struct error err = {0};
    if (job->cancel_requested) {
        end_job(run, STORE_JOB_CANCELLED, ST_CANCELLED, &err);
        return false;
    }
    if (job->attempts > JOB_ATTEMPTS_MAX) {
        status rc = error_code(&err, ST_INTERNAL, "attempts",
                               "the job was begun %d times and the server stopped each time",
                               JOB_ATTEMPTS_MAX);
        end_job(run, STORE_JOB_FAILED, rc, &err);
        return false;
    }
    if (clock_wall_ms() - job->created_ms > config->jobs_wait_hours * 3600000) {
        status rc = error_code(&err, ST_TIMEOUT, "expired", "the job waited longer than %d hours",
                               (int)config->jobs_wait_hours);
        end_job(run, STORE_JOB_EXPIRED, rc, &err);
        return false;
    }
    return true;
}

static status compute(struct job_run *run, struct error *err)
{
    const struct job_kind *kind = job_kind_find(run->job->kind);
    struct turn turn;
    if (!kind)
        return error_code(err, ST_UNSUPPORTED, "unsupported",
                          "this version does not know jobs of this kind");
    TRY(call_make(run, err));
    turn_begin(&turn, run->app->workers);
    status rc = kind->run(run, err);
    turn_finish(&turn);
    if (rc == ST_OK && run->call->arena.overflow)
        rc = arena_check(&run->call->arena, err);
    return rc;
}

/* True when the job goes back into the queue. */
static bool conclude(struct job_run *run, status rc, struct error *err)
{
    int stop = atomic_load_explicit(&run->stop, memory_order_relaxed);
    if (rc == ST_OK) {
        end_job(run, STORE_JOB_SUCCEEDED, ST_OK, err);
        return false;
    }
    if (rc == ST_CANCELLED && stop == JOB_STOP_RETURN) {
        struct error
            ignored; /* it stays "running" in the store then: the next start puts it back */
        (void)store_apply(run->app->store, return_apply, run->job, &ignored);
        return true;
    }
    if (rc == ST_CANCELLED && stop == JOB_STOP_CANCEL) {
        end_job(run, STORE_JOB_CANCELLED, rc, err);
        return false;
    }
    if (rc == ST_CANCELLED)
        rc = error_code(err, ST_TIMEOUT, "deadline_exceeded", "the job ran longer than %d minutes",
                        (int)((const struct config *)run->app->config)->jobs_deadline_minutes);
    end_job(run, STORE_JOB_FAILED, rc, err);
    return false;
}

bool job_run_execute(struct job_run *run)
{
    const struct config *config = run->app->config;
    struct error err = {0};
    bool returned = false;
    run->deadline_ms = clock_mono_ms() + config->jobs_deadline_minutes * 60000;
    run->call = NULL;
    run->keep = NULL;
    run->state = NULL;
    run->body = run->result = run->result_id = S("");
    run->billable = 0;
    if (may_run(run))
        returned = conclude(run, compute(run, &err), &err);
    if (run->call)
        call_unref(run->call);
    run->call = NULL;
    return returned;
}
