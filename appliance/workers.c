/* The CPU pool: a mutex, two queues, a fixed set of threads. */
#include "workers.h"

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
static struct work_item *take_next(struct workers *workers)
{
    for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
        struct work_item *item = queue_pop(&workers->queues[class]);
        if (item)
            return item;
    }
    return NULL;
}

static void *worker_main(void *arg)
{
    struct workers *workers = (struct workers *)arg;
    (void)pthread_setname_np(pthread_self(), workers->name); /* for top(1); failure is harmless */
    (void)pthread_mutex_lock(&workers->lock);
    for (;;) {
        struct work_item *item = take_next(workers);
        if (!item && workers->stopping)
            break;
        if (!item) {
            (void)pthread_cond_wait(&workers->wake, &workers->lock);
            continue;
        }
        workers->busy++;
        (void)pthread_mutex_unlock(&workers->lock);
        item->run(item);
        (void)pthread_mutex_lock(&workers->lock);
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
    if (workers->stopping || workers->queues[class].count >= workers->queue_max) {
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
    };
    for (int class = 0; class < WORK_CLASS_COUNT; class ++)
        ret->waiting[class] = workers->queues[class].count;
    (void)pthread_mutex_unlock(&workers->lock);
}
