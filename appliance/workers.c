/* The CPU pool: a mutex, two queues, a fixed set of threads. */
#include "workers.h"

#include "base/clock.h"
#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct work_queue {
    struct work_item *head;
    struct work_item **tail;
    size_t count;
};

struct workers {
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t wake;
    struct work_queue queues[WORK_CLASS_COUNT];
    size_t queue_max;
    uint64_t wait_max_us; /* 0 = any */
    uint64_t mean_us;     /* of interactive items, the last dozen counting most */
    bool stopping;
    unsigned busy;
    uint64_t done;
    uint64_t refused;
    unsigned thread_count; /* constant after workers_create */
    pthread_t threads[LIMIT_WORKERS];
    char name[16];
};

static void queue_push(struct work_queue *queue, struct work_item *item)
{
    item->next = NULL;
    *queue->tail = item;
    queue->tail = &item->next;
    queue->count++;
}

static struct work_item *queue_pop(struct work_queue *queue)
{
    struct work_item *item = queue->head;
    if (!item)
        return NULL;
    queue->head = item->next;
    if (!queue->head)
        queue->tail = &queue->head;
    queue->count--;
    return item;
}

/* Interactive first: a job's next slice waits until nobody else does. */
static struct work_item *take_next(struct workers *workers, bool *ret_interactive)
{
    for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
        struct work_item *item = queue_pop(&workers->queues[class]);
        *ret_interactive = class == WORK_INTERACTIVE;
        if (item)
            return item;
    }
    return NULL;
}

static void mean_note(struct workers *workers, int64_t took_us)
{
    enum { WEIGHT = 16 };
    uint64_t took = took_us > 0 ? (uint64_t)took_us : 0;
    workers->mean_us = (workers->mean_us * (WEIGHT - 1) + took) / WEIGHT;
}

/* A few for each thread may always wait: after one long item the next may be short. */
static bool is_full(const struct workers *workers, enum work_class class)
{
    enum { ALWAYS_PER_THREAD = 8 };
    size_t count = workers->queues[class].count;
    if (count >= workers->queue_max)
        return true;
    if (class != WORK_INTERACTIVE || workers->wait_max_us == 0 ||
        count < (size_t)ALWAYS_PER_THREAD * workers->thread_count)
        return false;
    return count * workers->mean_us / workers->thread_count > workers->wait_max_us;
}

static void *worker_main(void *arg)
{
    struct workers *workers = (struct workers *)arg;
    (void)pthread_setname_np(pthread_self(), workers->name); /* for top(1); failure is harmless */
    (void)pthread_mutex_lock(&workers->lock);
    for (;;) {
        bool interactive;
        struct work_item *item = take_next(workers, &interactive);
        if (!item && workers->stopping)
            break;
        if (!item) {
            (void)pthread_cond_wait(&workers->wake, &workers->lock);
            continue;
        }
        workers->busy++;
        (void)pthread_mutex_unlock(&workers->lock);
        int64_t begin_us = clock_mono_us();
        item->run(item);
        int64_t took_us = clock_mono_us() - begin_us;
        (void)pthread_mutex_lock(&workers->lock);
        if (interactive)
            mean_note(workers, took_us);
        workers->busy--;
        workers->done++;
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return NULL;
}

status workers_create(const struct workers_options *options, struct workers **ret,
                      struct error *err)
{
    assert(options->threads >= 1);
    assert(options->threads <= LIMIT_WORKERS);
    assert(options->queue_max >= 1);
    struct workers *workers = (struct workers *)calloc(1, sizeof *workers);
    if (!workers)
        return error_set(err, ST_NO_MEMORY, "cannot create the worker pool");
    (void)pthread_mutex_init(&workers->lock, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&workers->wake, NULL);
    (void)snprintf(workers->name, sizeof workers->name, "%s", options->name);
    workers->queue_max = options->queue_max;
    workers->wait_max_us = (uint64_t)options->wait_max_ms * 1000;
    for (int class = 0; class < WORK_CLASS_COUNT; class ++)
        workers->queues[class].tail = &workers->queues[class].head;
    while (workers->thread_count < options->threads) {
        pthread_t *thread = &workers->threads[workers->thread_count];
        int rc = pthread_create(thread, NULL, worker_main, workers);
        if (rc != 0) {
            workers_destroy(&workers);
            return error_set(err, ST_NO_MEMORY, "cannot start a worker thread: %s", errno_text(rc));
        }
        workers->thread_count++;
    }
    *ret = workers;
    return ST_OK;
}

void workers_destroy(struct workers **workers)
{
    struct workers *pool = *workers;
    *workers = NULL;
    if (!pool)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

status workers_submit(struct workers *workers, struct work_item *item, enum work_class class)
{
    assert(class < WORK_CLASS_COUNT);
    assert(item->run);
    status rc = ST_OK;
    (void)pthread_mutex_lock(&workers->lock);
    if (workers->stopping || is_full(workers, class)) {
        workers->refused++;
        rc = ST_BUSY;
    } else {
        queue_push(&workers->queues[class], item);
        (void)pthread_cond_signal(&workers->wake);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return rc;
}

void workers_stats(struct workers *workers, struct workers_stats *ret)
{
    (void)pthread_mutex_lock(&workers->lock);
    *ret = (struct workers_stats){
        .threads = workers->thread_count,
        .busy = workers->busy,
        .done = workers->done,
        .refused = workers->refused,
        .mean_us = workers->mean_us,
    };
    for (int class = 0; class < WORK_CLASS_COUNT; class ++)
        ret->waiting[class] = workers->queues[class].count;
    (void)pthread_mutex_unlock(&workers->lock);
}
