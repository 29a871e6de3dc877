/* The runner: a manager that claims and tells, and threads that do one job after the other. */
#include "jobs.h"

#include "app.h"
#include "base/clock.h"
#include "config.h"
#include "entitlement.h"
#include "job_run.h"
#include "log.h"
#include "plans.h"
#include "workers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { RUNNERS_MAX = 64, CLAIM_ARENA_BYTES = 4 << 20, HELPER_QUEUE = 64 };

struct runner {
    struct jobs *jobs;
    pthread_t thread;
    bool busy, started;   /* under jobs->mutex */
    struct arena arena;   /* the claimed row; its user's while busy */
    struct store_job job; /* likewise */
    struct job_run run;
};

struct jobs {
    struct app *app;
    pthread_mutex_t mutex; /* guards what follows, and busy of the runners */
    pthread_cond_t wake_manager, wake_runners;
    bool woken, stopping;
    uint64_t claimed, ended, returned;
    /* --- */
    struct workers *helpers;
    struct store_reader *reader; /* manager */
    pthread_t manager;
    bool manager_started;
    unsigned runner_count;
    struct runner runners[RUNNERS_MAX];
};

/* --- runners ------------------------------------------------------------------------------------
 */

static void *runner_main(void *arg)
{
    struct runner *runner = arg;
    struct jobs *jobs = runner->jobs;
    (void)pthread_setname_np(pthread_self(), "job"); /* for top(1); failure is harmless */
    (void)pthread_mutex_lock(&jobs->mutex);
    while (!jobs->stopping || runner->busy) {
        if (!runner->busy) {
            (void)pthread_cond_wait(&jobs->wake_runners, &jobs->mutex);
            continue;
        }
        (void)pthread_mutex_unlock(&jobs->mutex);
        bool returned = job_run_execute(&runner->run);
        (void)pthread_mutex_lock(&jobs->mutex);
        jobs->ended += !returned;
        jobs->returned += returned;
        runner->busy = false;
        jobs->woken = true;
        (void)pthread_cond_signal(&jobs->wake_manager);
    }
    (void)pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}

static void runner_stop(struct runner *runner, enum job_stop why)
{
    int going = JOB_GO_ON; /* the first reason counts */
    (void)atomic_compare_exchange_strong(&runner->run.stop, &going, why);
    atomic_store(&runner->run.cancelled, true);
}

/* --- claiming -----------------------------------------------------------------------------------
 */

struct claim {
    struct jobs *jobs;
    struct runner *runner;
    int64_t now_ms;
};

/* What the plan allows, but never all the places: a quarter is left to others. Writer thread. */
static unsigned slots_max(struct store_txn *txn, uint64_t user_id, void *arg)
{
    const struct claim *claim = arg;
    const struct jobs *jobs = claim->jobs;
    struct store_user user;
    struct arena arena;
    unsigned most = jobs->runner_count - jobs->runner_count / 4;
    arena_init(&arena, CLAIM_ARENA_BYTES);
    unsigned slots = 1; /* of nobody: claimed, and ended at once */
    if (store_user_get(txn, user_id, &arena, &user) == ST_OK) {
        const struct plans *plans = jobs->app->plans;
        uint64_t allowed =
            plans->plan[entitlement_plan(jobs->app, &user, claim->now_ms)].concurrency;
        slots = allowed < most ? (unsigned)allowed : most;
    }
    arena_finish(&arena);
    return slots;
}

static status claim_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct claim *claim = arg;
    const struct store_claim how = {.now_ms = claim->now_ms, .slots_max = slots_max, .arg = claim};
    (void)err;
    return store_job_claim(txn, &how, &claim->runner->arena, &claim->runner->job);
}

static struct runner *idle_runner(struct jobs *jobs)
{
    struct runner *found = NULL;
    (void)pthread_mutex_lock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->runner_count && !found && !jobs->stopping; i++)
        if (!jobs->runners[i].busy)
            found = &jobs->runners[i];
    (void)pthread_mutex_unlock(&jobs->mutex);
    return found;
}

/* Is there anything in the queue? A snapshot costs less than a transaction of the writer. */
static bool queue_is_empty(struct jobs *jobs)
{
    struct store_txn *txn;
    struct error err;
    uint64_t queued = 1, running;
    if (store_read_begin(jobs->reader, &txn, &err) != ST_OK)
        return false;
    if (store_job_count(txn, &queued, &running) != ST_OK)
        queued = 1;
    store_read_end(&txn);
    return queued == 0;
}

static bool claim_one(struct jobs *jobs, struct runner *runner)
{
    struct claim claim = {.jobs = jobs, .runner = runner, .now_ms = clock_wall_ms()};
    struct error err = {0};
    arena_finish(&runner->arena);
    arena_init(&runner->arena, CLAIM_ARENA_BYTES);
    status rc = store_apply(jobs->app->store, claim_apply, &claim, &err);
    if (rc != ST_OK && rc != ST_NOT_FOUND && rc != ST_BUSY)
        log_error("job_claim_failed", F_CSTR("status", status_slug(rc)), F_CSTR("error", err.text));
    if (rc != ST_OK)
        return false;
    atomic_store(&runner->run.stop, JOB_GO_ON);
    atomic_store(&runner->run.cancelled, false);
    (void)pthread_mutex_lock(&runner->run.mutex);
    runner->run.phase = NULL;
    runner->run.done = runner->run.total = 0;
    (void)pthread_mutex_unlock(&runner->run.mutex);
    (void)pthread_mutex_lock(&jobs->mutex);
    runner->busy = true;
    jobs->claimed++;
    (void)pthread_cond_broadcast(&jobs->wake_runners);
    (void)pthread_mutex_unlock(&jobs->mutex);
    return true;
}

static void claim_all(struct jobs *jobs)
{
    struct runner *runner;
    while (!queue_is_empty(jobs) && (runner = idle_runner(jobs)))
        if (!claim_one(jobs, runner))
            return;
}

/* --- progress -----------------------------------------------------------------------------------
 */

struct telling {
    struct jobs *jobs;
    int64_t now_ms;
    size_t count;
    struct {
        struct runner *runner;
        struct store_job_step step;
        bool cancel; /* out */
    } rows[RUNNERS_MAX];
};

/* Rows that cannot be told (a job that has ended meanwhile, a user who is gone) are passed over. */
static status tell_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct telling *telling = arg;
    (void)err;
    for (size_t i = 0; i < telling->count; i++) {
        const struct store_job *job = &telling->rows[i].runner->job;
        bool cancel = false;
        enum status_code rc =
            store_job_progress(txn, job->user_id, job->id, &telling->rows[i].step, &cancel);
        telling->rows[i].cancel = cancel || rc == ST_NOT_FOUND;
        if (store_txn_status(txn) != ST_OK)
            return store_txn_status(txn);
    }
    return ST_OK;
}

static void telling_collect(struct jobs *jobs, struct telling *telling)
{
    (void)pthread_mutex_lock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->runner_count; i++) {
        struct runner *runner = &jobs->runners[i];
        if (!runner->busy)
            continue;
        (void)pthread_mutex_lock(&runner->run.mutex);
        telling->rows[telling->count].runner = runner;
        telling->rows[telling->count++].step =
            (struct store_job_step){.phase = slice_of(runner->run.phase ? runner->run.phase : ""),
                                    .done = runner->run.done,
                                    .total = runner->run.total,
                                    .now_ms = telling->now_ms};
        (void)pthread_mutex_unlock(&runner->run.mutex);
    }
    (void)pthread_mutex_unlock(&jobs->mutex);
}

/* Only the manager makes runners busy, so a row that was collected still belongs to its runner. */
static void tell_progress(struct jobs *jobs)
{
    struct telling telling = {.jobs = jobs, .now_ms = clock_wall_ms()};
    struct error err = {0};
    telling_collect(jobs, &telling);
    if (telling.count == 0)
        return;
    status rc = store_apply(jobs->app->store, tell_apply, &telling, &err);
    if (rc != ST_OK && rc != ST_BUSY)
        log_warn("job_progress_failed", F_CSTR("status", status_slug(rc)),
                 F_CSTR("error", err.text));
    for (size_t i = 0; rc == ST_OK && i < telling.count; i++)
        if (telling.rows[i].cancel)
            runner_stop(telling.rows[i].runner, JOB_STOP_CANCEL);
}

/* --- the manager --------------------------------------------------------------------------------
 */

/* Until something happens or a tick is over; under the mutex. */
static void manager_wait(struct jobs *jobs, int64_t until_ms)
{
    while (!jobs->stopping && !jobs->woken) {
        int64_t left_ms = until_ms - clock_mono_ms();
        struct timespec at;
        if (left_ms <= 0)
            return;
        (void)clock_gettime(CLOCK_MONOTONIC, &at); /* the condition's clock */
        at.tv_nsec += left_ms % 1000 * 1000000;
        at.tv_sec += left_ms / 1000 + at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&jobs->wake_manager, &jobs->mutex, &at);
    }
}

static void *manager_main(void *arg)
{
    struct jobs *jobs = arg;
    int64_t told_ms = clock_mono_ms();
    (void)pthread_setname_np(pthread_self(), "jobs"); /* for top(1); failure is harmless */
    (void)pthread_mutex_lock(&jobs->mutex);
    while (!jobs->stopping) {
        jobs->woken = false;
        (void)pthread_mutex_unlock(&jobs->mutex);
        claim_all(jobs);
        if (clock_mono_ms() - told_ms >= JOB_TICK_MS) {
            told_ms = clock_mono_ms();
            tell_progress(jobs);
        }
        (void)pthread_mutex_lock(&jobs->mutex);
        manager_wait(jobs, told_ms + JOB_TICK_MS);
    }
    (void)pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}

/* --- start and stop -----------------------------------------------------------------------------
 */

static status requeue_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return store_job_requeue(txn, arg);
}

static status runners_start(struct jobs *jobs, struct error *err)
{
    const struct config *config = jobs->app->config;
    unsigned count = (unsigned)config->jobs_running_max;
    jobs->runner_count = count < RUNNERS_MAX ? count : RUNNERS_MAX;
    for (unsigned i = 0; i < jobs->runner_count; i++) {
        struct runner *runner = &jobs->runners[i];
        runner->jobs = jobs;
        arena_init(&runner->arena, CLAIM_ARENA_BYTES);
        job_run_init(&runner->run, jobs->app, jobs->helpers);
        runner->run.job = &runner->job;
        TRY(store_reader_create(jobs->app->store, &runner->run.reader, err));
        int rc = pthread_create(&runner->thread, NULL, runner_main, runner);
        if (rc != 0)
            return error_set(err, ST_NO_MEMORY, "cannot start a job thread: %s", errno_text(rc));
        runner->started = true;
    }
    return ST_OK;
}

static status manager_start(struct jobs *jobs, struct error *err)
{
    int rc = pthread_create(&jobs->manager, NULL, manager_main, jobs);
    if (rc != 0)
        return error_set(err, ST_NO_MEMORY, "cannot start the job manager: %s", errno_text(rc));
    jobs->manager_started = true;
    return ST_OK;
}

static void jobs_init(struct jobs *jobs, struct app *app)
{
    pthread_condattr_t monotonic;
    jobs->app = app;
    (void)pthread_mutex_init(&jobs->mutex, NULL); /* none of these can fail on Linux */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&jobs->wake_manager, &monotonic);
    (void)pthread_cond_init(&jobs->wake_runners, NULL);
    (void)pthread_condattr_destroy(&monotonic);
}

status jobs_start(struct app *app, struct error *err)
{
    struct workers_stats cpu = {.threads = 1};
    uint64_t requeued = 0;
    struct jobs *jobs = (struct jobs *)calloc(1, sizeof *jobs);
    if (!jobs)
        return error_set(err, ST_NO_MEMORY, "not enough memory for the job runner");
    jobs_init(jobs, app);
    app->jobs = jobs;
    if (app->workers)
        workers_stats(app->workers, &cpu);
    const struct workers_options helpers = {
        .name = "job-help", .threads = cpu.threads, .queue_max = HELPER_QUEUE};
    TRY(store_apply(app->store, requeue_apply, &requeued, err));
    if (requeued > 0)
        log_warn("jobs_requeued", F_U64("count", requeued));
    TRY(workers_create(&helpers, &jobs->helpers, err));
    TRY(store_reader_create(app->store, &jobs->reader, err));
    TRY(runners_start(jobs, err));
    return manager_start(jobs, err);
}

void jobs_stop(struct app *app)
{
    struct jobs *jobs = app->jobs;
    if (!jobs || jobs->stopping)
        return;
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->stopping = true;
    (void)pthread_cond_broadcast(&jobs->wake_manager);
    (void)pthread_cond_broadcast(&jobs->wake_runners);
    (void)pthread_mutex_unlock(&jobs->mutex);
    if (jobs->manager_started)
        (void)pthread_join(jobs->manager, NULL); /* nothing is claimed from here on */
    for (unsigned i = 0; i < jobs->runner_count; i++)
        runner_stop(&jobs->runners[i], JOB_STOP_RETURN);
    for (unsigned i = 0; i < jobs->runner_count; i++)
        if (jobs->runners[i].started)
            (void)pthread_join(jobs->runners[i].thread, NULL);
    workers_destroy(&jobs->helpers);
    if (jobs->returned > 0)
        log_info("jobs_returned", F_U64("count", jobs->returned));
}

void jobs_destroy(struct app *app)
{
    struct jobs *jobs = app->jobs;
    if (!jobs)
        return;
    jobs_stop(app);
    app->jobs = NULL;
    for (unsigned i = 0; i < jobs->runner_count; i++) {
        store_reader_destroy(&jobs->runners[i].run.reader);
        job_run_finish(&jobs->runners[i].run);
        arena_finish(&jobs->runners[i].arena);
    }
    store_reader_destroy(&jobs->reader);
    (void)pthread_cond_destroy(&jobs->wake_manager);
    (void)pthread_cond_destroy(&jobs->wake_runners);
    (void)pthread_mutex_destroy(&jobs->mutex);
    free(jobs);
}

/* --- from outside -------------------------------------------------------------------------------
 */

void jobs_wake(struct app *app)
{
    struct jobs *jobs = app->jobs;
    if (!jobs)
        return;
    (void)pthread_mutex_lock(&jobs->mutex);
    jobs->woken = true;
    (void)pthread_cond_signal(&jobs->wake_manager);
    (void)pthread_mutex_unlock(&jobs->mutex);
}

void jobs_cancel(struct app *app, slice id)
{
    struct jobs *jobs = app->jobs;
    if (!jobs)
        return;
    (void)pthread_mutex_lock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->runner_count; i++)
        if (jobs->runners[i].busy && slice_eq(jobs->runners[i].job.id, id))
            runner_stop(&jobs->runners[i], JOB_STOP_CANCEL);
    (void)pthread_mutex_unlock(&jobs->mutex);
}

void jobs_stats(struct app *app, struct jobs_stats *ret)
{
    struct jobs *jobs = app->jobs;
    *ret = (struct jobs_stats){0};
    if (!jobs)
        return;
    (void)pthread_mutex_lock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->runner_count; i++)
        ret->running += jobs->runners[i].busy;
    ret->claimed = jobs->claimed;
    ret->ended = jobs->ended;
    ret->returned = jobs->returned;
    (void)pthread_mutex_unlock(&jobs->mutex);
}
