/* The janitor's thread and its tasks; see janitor.h. */
#include "janitor.h"

#include "app.h"
#include "base/clock.h"
#include "billing_sync.h"
#include "blob.h"
#include "log.h"
#include "storage/storage.h"
#include "upload.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    SWEEP_ROWS_MAX = 200, /* in one transaction: others wait for the writer meanwhile */
    SWEEP_TURNS_MAX = 50, /* and so many transactions in one round */
    SWEEP_SECONDS = 5,
    SPOOL_SECONDS = 60,
    BILLING_SECONDS = 60,
    COLLECT_SECONDS = 10, /* a step; a whole round takes 256 of them, 43 minutes */
};

struct janitor_tasks {
    struct app *app;
    struct blob_collector collector;
    int64_t billing_hour_ms; /* monotonic: the hourly part of billing_reconcile */
    int64_t due_ms[4];       /* monotonic; one per row of tasks[] */
};

/* --- tasks ------------------------------------------------------------------------------------ */

struct sweep {
    int64_t now_ms;
    size_t count; /* out of apply */
};

static status sweep_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct sweep *sweep = (struct sweep *)arg;
    (void)err;
    return store_sweep(txn, sweep->now_ms, SWEEP_ROWS_MAX, &sweep->count);
}

static status sweep_run(struct janitor_tasks *tasks, struct error *err)
{
    struct sweep sweep = {.now_ms = clock_wall_ms(), .count = SWEEP_ROWS_MAX};
    for (int i = 0; i < SWEEP_TURNS_MAX && sweep.count == SWEEP_ROWS_MAX; i++)
        TRY(store_apply(tasks->app->store, sweep_apply, &sweep, err));
    return ST_OK;
}

static status collect_run(struct janitor_tasks *tasks, struct error *err)
{
    uint64_t before = tasks->collector.removed;
    TRY(blob_collect(tasks->app->blobs, tasks->app->store, clock_wall_ms(), &tasks->collector,
                     err));
    if (tasks->collector.removed > before)
        log_info("blobs_collected", F_U64("files", tasks->collector.removed - before));
    return ST_OK;
}

static status spool_run(struct janitor_tasks *tasks, struct error *err)
{
    return upload_collect(tasks->app->blobs, tasks->app->store, err);
}

static status billing_run(struct janitor_tasks *tasks, struct error *err)
{
    return billing_reconcile(tasks->app, clock_mono_ms(), &tasks->billing_hour_ms, err);
}

static const struct task {
    const char *name;
    int every_s;
    status (*run)(struct janitor_tasks *tasks, struct error *err);
} table[] = {
    {"sweep", SWEEP_SECONDS, sweep_run},
    {"blobs", COLLECT_SECONDS, collect_run},
    {"spool", SPOOL_SECONDS, spool_run},
    {"billing", BILLING_SECONDS, billing_run},
};

status janitor_tasks_create(struct app *app, struct janitor_tasks **ret, struct error *err)
{
    static_assert(ARRAY_COUNT(table) == ARRAY_COUNT((*ret)->due_ms), "one due time per task");
    struct janitor_tasks *tasks = (struct janitor_tasks *)calloc(1, sizeof *tasks);
    if (!tasks)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    tasks->app = app;
    *ret = tasks;
    return ST_OK;
}

void janitor_tasks_run(struct janitor_tasks *tasks, int64_t now_mono_ms)
{
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        struct error err = {0};
        if (now_mono_ms < tasks->due_ms[i])
            continue;
        tasks->due_ms[i] = now_mono_ms + table[i].every_s * 1000;
        if (table[i].run(tasks, &err) != ST_OK)
            log_warn("janitor_failed", F_CSTR("task", table[i].name), F_CSTR("error", err.text));
    }
}

void janitor_tasks_destroy(struct janitor_tasks **tasks)
{
    free(*tasks);
    *tasks = NULL;
}

/* --- the thread ------------------------------------------------------------------------------- */

struct janitor {
    struct janitor_tasks *tasks;
    pthread_mutex_t lock; /* guards stopping */
    pthread_cond_t wake;
    bool stopping;
    pthread_t thread;
};

static bool pause_a_second(struct janitor *janitor)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail with this clock */
    until.tv_sec++;
    (void)pthread_mutex_lock(&janitor->lock);
    while (!janitor->stopping &&
           pthread_cond_timedwait(&janitor->wake, &janitor->lock, &until) != ETIMEDOUT) {
    }
    bool stopping = janitor->stopping;
    (void)pthread_mutex_unlock(&janitor->lock);
    return !stopping;
}

static void *janitor_main(void *arg)
{
    struct janitor *janitor = (struct janitor *)arg;
    (void)pthread_setname_np(pthread_self(), "janitor"); /* for top(1); failure is harmless */
    while (pause_a_second(janitor))
        janitor_tasks_run(janitor->tasks, clock_mono_ms());
    return NULL;
}

status janitor_start(struct app *app, struct janitor **ret, struct error *err)
{
    pthread_condattr_t monotonic;
    struct janitor *janitor = (struct janitor *)calloc(1, sizeof *janitor);
    if (!janitor)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    status rc = janitor_tasks_create(app, &janitor->tasks, err);
    if (rc != ST_OK) {
        free(janitor);
        return rc;
    }
    (void)pthread_mutex_init(&janitor->lock,
                             NULL); /* none of these can fail with valid arguments */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&janitor->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    int number = pthread_create(&janitor->thread, NULL, janitor_main, janitor);
    if (number != 0) {
        janitor_tasks_destroy(&janitor->tasks);
        free(janitor);
        return error_set(err, ST_NO_MEMORY, "cannot start the janitor: %s", errno_text(number));
    }
    *ret = janitor;
    return ST_OK;
}

void janitor_stop(struct janitor **janitor)
{
    struct janitor *old = *janitor;
    *janitor = NULL;
    if (!old)
        return;
    (void)pthread_mutex_lock(&old->lock);
    old->stopping = true;
    (void)pthread_cond_signal(&old->wake);
    (void)pthread_mutex_unlock(&old->lock);
    (void)pthread_join(old->thread, NULL);
    (void)pthread_cond_destroy(&old->wake);
    (void)pthread_mutex_destroy(&old->lock);
    janitor_tasks_destroy(&old->tasks);
    free(old);
}
