/* A worker's place, lent to another thread and given back. */
#include "turn.h"

#include "base/clock.h"

#include <assert.h>
#include <stddef.h>

static _Thread_local struct turn *current;

struct turn *turn_current(void)
{
    return current;
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

static void take(struct turn *turn)
{
    if (turn->held || !turn->lender)
        return;
    turn->item.run = lend;
    if (workers_submit(turn->lender, &turn->item, WORK_BACKGROUND) != ST_OK)
        return;
    wait_while(turn, &turn->granted, false);
    turn->held = true;
    turn->begin_us = clock_mono_us();
}

static void give_back(struct turn *turn)
{
    if (!turn->held)
        return;
    (void)pthread_mutex_lock(&turn->mutex);
    turn->returned = true;
    (void)pthread_cond_broadcast(&turn->changed);
    (void)pthread_mutex_unlock(&turn->mutex);
    wait_while(turn, &turn->granted, true); /* the worker has let go: the item is free again */
    turn->held = false;
}

void turn_begin(struct turn *turn, struct workers *lender)
{
    assert(!current);
    *turn = (struct turn){.lender = lender};
    (void)pthread_mutex_init(&turn->mutex, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&turn->changed, NULL);
    current = turn;
    take(turn);
}

void turn_finish(struct turn *turn)
{
    assert(current == turn);
    give_back(turn);
    current = NULL;
    (void)pthread_cond_destroy(&turn->changed);
    (void)pthread_mutex_destroy(&turn->mutex);
}

void turn_pause(void)
{
    if (current)
        give_back(current);
}

void turn_resume(void)
{
    if (current)
        take(current);
}

void turn_look(void)
{
    if (!current || !current->held || clock_mono_us() - current->begin_us < TURN_MS * 1000)
        return;
    give_back(current);
    take(current);
}
