/* Threads that share one loop: whoever is free takes the next index. */
#include "tools/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct pool {
    unsigned helper_count; /* threads beside the caller */
    pthread_t helpers[POOL_THREADS_MAX];
    pthread_mutex_t lock;   /* guards what follows, next excepted */
    pthread_cond_t started; /* a loop began, or the pool ends */
    pthread_cond_t ended;   /* the last helper left the loop */
    unsigned busy;          /* helpers inside the current loop */
    size_t round;           /* counts loops, so that no helper joins one twice */
    bool stopping;
    size_t count;
    void (*body)(void *arg, size_t i);
    void *arg;
    atomic_size_t next; /* first index that nobody took */
};

static void loop_run(struct pool *pool)
{
    for (;;) {
        /* Relaxed: the mutex that started and ends the loop orders everything else. */
        size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->count)
            return;
        pool->body(pool->arg, i);
    }
}

static void *helper_main(void *arg)
{
    struct pool *pool = arg;
    size_t seen = 0;
    (void)pthread_mutex_lock(&pool->lock); /* cannot fail on a plain mutex that exists */
    for (;;) {
        while (!pool->stopping && pool->round == seen)
            (void)pthread_cond_wait(&pool->started, &pool->lock);
        if (pool->stopping)
            break;
        seen = pool->round;
        (void)pthread_mutex_unlock(&pool->lock);
        loop_run(pool);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            (void)pthread_cond_signal(&pool->ended);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

status pool_create(unsigned threads, struct arena *arena, struct pool **ret, struct error *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0)
        threads = cores > 1 ? (unsigned)cores : 1;
    if (threads > POOL_THREADS_MAX)
        threads = POOL_THREADS_MAX;
    struct pool *pool = arena_alloc(arena, sizeof *pool);
    if (!pool)
        return arena_check(arena, err);
    (void)pthread_mutex_init(&pool->lock, NULL); /* these three cannot fail on Linux */
    (void)pthread_cond_init(&pool->started, NULL);
    (void)pthread_cond_init(&pool->ended, NULL);
    /* Fewer threads than asked for only cost time. */
    while (pool->helper_count + 1 < threads &&
           pthread_create(&pool->helpers[pool->helper_count], NULL, helper_main, pool) == 0)
        pool->helper_count++;
    *ret = pool;
    return ST_OK;
}

void pool_destroy(struct pool **pool_ref)
{
    struct pool *pool = *pool_ref;
    if (!pool)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    (void)pthread_cond_broadcast(&pool->started);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->helper_count; i++)
        (void)pthread_join(pool->helpers[i], NULL);
    (void)pthread_cond_destroy(&pool->ended);
    (void)pthread_cond_destroy(&pool->started);
    (void)pthread_mutex_destroy(&pool->lock);
    *pool_ref = NULL;
}

void pool_for(void *ctx, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    struct pool *pool = ctx;
    (void)pthread_mutex_lock(&pool->lock);
    assert(pool->busy == 0);
    pool->count = count;
    pool->body = body;
    pool->arg = arg;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->helper_count;
    pool->round++;
    (void)pthread_cond_broadcast(&pool->started);
    (void)pthread_mutex_unlock(&pool->lock);
    loop_run(pool);
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->busy)
        (void)pthread_cond_wait(&pool->ended, &pool->lock);
    (void)pthread_mutex_unlock(&pool->lock);
}
