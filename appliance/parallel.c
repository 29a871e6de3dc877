/* parallel_for over the worker pool. */
#include "parallel.h"

#include "turn.h"
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct loop_help;

struct helper {
    struct work_item item; /* first: the pool hands it back */
    struct loop_help *loop;
};

/* Shared by the caller and its helpers; the last one frees it (heap, because a helper may begin
 * after the caller has returned; it then finds no iteration left and touches nothing else). */
struct loop_help {
    atomic_size_t next;
    size_t count;
    void (*body)(void *arg, size_t i);
    void *arg;
    struct workers *lender; /* of turns; NULL: none are needed */
    atomic_uint refs;
    pthread_mutex_t mutex; /* guards done */
    pthread_cond_t all_done;
    size_t done;
    struct helper helpers[];
};

static void help_release(struct loop_help *loop)
{
    if (atomic_fetch_sub_explicit(&loop->refs, 1, memory_order_acq_rel) > 1)
        return;
    (void)pthread_cond_destroy(&loop->all_done);
    (void)pthread_mutex_destroy(&loop->mutex);
    free(loop);
}

/* Takes iterations until none is left. */
static void take_part(struct loop_help *loop)
{
    size_t mine = 0;
    size_t i;
    while ((i = atomic_fetch_add_explicit(&loop->next, 1, memory_order_relaxed)) < loop->count) {
        turn_look();
        loop->body(loop->arg, i);
        mine++;
    }
    if (mine == 0)
        return;
    (void)pthread_mutex_lock(&loop->mutex); /* also publishes what body wrote */
    loop->done += mine;
    if (loop->done == loop->count)
        (void)pthread_cond_signal(&loop->all_done);
    (void)pthread_mutex_unlock(&loop->mutex);
}

static void helper_run(struct work_item *item)
{
    struct loop_help *loop = ((struct helper *)(void *)item)->loop;
    struct turn turn;
    bool in_turns = loop->lender && atomic_load_explicit(&loop->next, memory_order_relaxed) <
                                        loop->count; /* too late: do not even queue */
    if (in_turns)
        turn_begin(&turn, loop->lender);
    if (in_turns || !loop->lender)
        take_part(loop);
    if (in_turns)
        turn_finish(&turn);
    help_release(loop);
}

static struct loop_help *help_create(size_t count, void (*body)(void *arg, size_t i), void *arg,
                                     size_t helpers)
{
    struct loop_help *loop = calloc(1, sizeof *loop + helpers * sizeof *loop->helpers);
    if (!loop)
        return NULL;
    loop->count = count;
    loop->body = body;
    loop->arg = arg;
    atomic_init(&loop->refs, 1);
    (void)pthread_mutex_init(&loop->mutex, NULL);
    (void)pthread_cond_init(&loop->all_done, NULL);
    return loop;
}

static void ask_for_help(struct loop_help *loop, struct workers *workers, size_t helpers)
{
    for (size_t i = 0; i < helpers; i++) {
        struct helper *helper = &loop->helpers[i];
        helper->item.run = helper_run;
        helper->loop = loop;
        (void)atomic_fetch_add_explicit(&loop->refs, 1, memory_order_relaxed);
        if (workers_submit(workers, &helper->item, WORK_INTERACTIVE) != ST_OK) {
            help_release(loop);
            return; /* the queue is full: no help today */
        }
    }
}

static void loop_run(struct workers *helping, struct workers *lender, size_t count,
                     void (*body)(void *arg, size_t i), void *arg)
{
    struct workers_stats stats = {0};
    if (helping)
        workers_stats(helping, &stats);
    size_t idle = stats.threads > stats.busy ? stats.threads - stats.busy : 0;
    size_t helpers = count > 1 && idle < count - 1 ? idle : count > 1 ? count - 1 : 0;
    struct loop_help *loop = helpers ? help_create(count, body, arg, helpers) : NULL;
    if (!loop) {
        for (size_t i = 0; i < count; i++) {
            turn_look();
            body(arg, i);
        }
        return;
    }
    loop->lender = lender;
    ask_for_help(loop, helping, helpers);
    take_part(loop);
    (void)pthread_mutex_lock(&loop->mutex);
    bool is_done = loop->done == loop->count;
    (void)pthread_mutex_unlock(&loop->mutex);
    if (!is_done)
        turn_pause(); /* a helper may need the place that we would hold while waiting for it */
    (void)pthread_mutex_lock(&loop->mutex);
    while (loop->done < loop->count)
        (void)pthread_cond_wait(&loop->all_done, &loop->mutex);
    (void)pthread_mutex_unlock(&loop->mutex);
    help_release(loop);
    turn_resume();
}

void parallel_for(void *workers, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    loop_run(workers, /* lender= */ NULL, count, body, arg);
}

void parallel_for_turns(struct workers *helpers, struct workers *lender, size_t count,
                        void (*body)(void *arg, size_t i), void *arg)
{
    loop_run(helpers, lender, count, body, arg);
}
