/* A worker's place, lent to another thread and given back. */
#include "turn.h"

#include "base/clock.h"

#include <assert.h>
#include <stddef.h>

void turn_init(struct turn *turn, struct workers *workers)
{
    *turn = (struct turn){.workers = workers};
    (void)pthread_mutex_init(&turn->mutex, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&turn->changed, NULL);
}

void turn_finish(struct turn *turn)
{
    assert(!turn->held);
    (void)pthread_cond_destroy(&turn->changed);
    (void)pthread_mutex_destroy(&turn->mutex);
}

/* Worker thread: lends its place until it comes back. The turn is not touched afterwards, because
 * its owner may be gone as soon as the mutex is free. */
static void lend(struct work_item *item)
{
    struct turn *turn = (struct turn *)(void *)((char *)item - offsetof(struct turn, item));
    (void)pthread_mutex_lock(&turn->mutex);
    turn->granted = true;
    (void)pthread_cond_broadcast(&turn->changed);
    while (!turn->returned)
        (void)pthread_cond_wait(&turn->changed, &turn->mutex);
    turn->returned = false;
    turn->granted = false;
    (void)pthread_cond_broadcast(&turn->changed);
    (void)pthread_mutex_unlock(&turn->mutex);
}

static void wait_while(struct turn *turn, const bool *flag, bool value)
{
    (void)pthread_mutex_lock(&turn->mutex);
    while (*flag == value)
        (void)pthread_cond_wait(&turn->changed, &turn->mutex);
    (void)pthread_mutex_unlock(&turn->mutex);
}

void turn_take(struct turn *turn)
{
    if (turn->held || !turn->workers)
        return;
    turn->item.run = lend;
    if (workers_submit(turn->workers, &turn->item, WORK_BACKGROUND) != ST_OK)
        return;
    wait_while(turn, &turn->granted, false);
    turn->held = true;
    turn->begin_us = clock_mono_us();
}

void turn_end(struct turn *turn)
{
    if (!turn->held)
        return;
    (void)pthread_mutex_lock(&turn->mutex);
    turn->returned = true;
    (void)pthread_cond_broadcast(&turn->changed);
    while (turn->granted) /* the worker has let go: the item may be used again */
        (void)pthread_cond_wait(&turn->changed, &turn->mutex);
    (void)pthread_mutex_unlock(&turn->mutex);
    turn->held = false;
}

void turn_look(struct turn *turn)
{
    if (!turn->held || clock_mono_us() - turn->begin_us < TURN_MS * 1000)
        return;
    turn_end(turn);
    turn_take(turn);
}
