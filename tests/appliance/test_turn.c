/* turn.c: who computes when; calls go first, several jobs take turns. */
#include "turn.h"

#include "base/clock.h"
#include "lib/main.h"

#include <stdatomic.h>
#include <time.h>

static struct workers *pool(unsigned threads)
{
    struct workers *workers;
    struct error err;
    const struct workers_options options = {.name = "test", .threads = threads, .queue_max = 64};
    ck_ok(workers_create(&options, &workers, &err));
    return workers;
}

static void pause_ms(int ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000L};
    (void)nanosleep(&pause, NULL);
}

START_TEST(a_turn_occupies_a_worker_until_it_ends)
{
    struct workers *workers = pool(1);
    struct workers_stats stats;
    struct turn turn;
    turn_begin(&turn, workers);
    ck_assert_ptr_eq(turn_current(), &turn);
    for (int i = 0; i < 100; i++) {
        turn_resume(); /* held already: nothing */
        ck_assert(turn.held);
        workers_stats(workers, &stats);
        ck_assert_uint_eq(stats.busy, 1);
        turn_pause();
        turn_pause();
        ck_assert(!turn.held);
        turn_resume();
    }
    turn_finish(&turn);
    workers_destroy(&workers);
}
END_TEST

static atomic_int calls_done;
static void call_run(struct work_item *item)
{
    (void)item;
    atomic_fetch_add(&calls_done, 1);
}

/* With one worker: a call that comes during a turn runs at the first look after 10 ms. */
START_TEST(a_call_waits_for_one_turn_at_most)
{
    struct workers *workers = pool(1);
    struct work_item call = {.run = call_run};
    struct turn turn;
    atomic_store(&calls_done, 0);
    turn_begin(&turn, workers);
    ck_status(workers_submit(workers, &call, WORK_INTERACTIVE), ST_OK);
    turn_look(); /* young: it goes on */
    ck_assert_int_eq(atomic_load(&calls_done), 0);
    turn.begin_us = clock_mono_us() - TURN_MS * 1000 - 1; /* time has passed */
    turn_look();
    ck_assert_int_eq(atomic_load(&calls_done), 1); /* it went first */
    ck_assert(turn.held);
    turn_finish(&turn);
    workers_destroy(&workers);
}
END_TEST

struct computer {
    struct workers *workers;
    atomic_bool *stop;
    uint64_t turns;
    atomic_int *inside;
    int inside_max;
};

static void *compute(void *arg)
{
    struct computer *me = arg;
    struct turn turn;
    turn_begin(&turn, me->workers);
    while (!atomic_load(me->stop)) {
        turn_resume();
        int inside = atomic_fetch_add(me->inside, 1) + 1;
        me->inside_max = inside > me->inside_max ? inside : me->inside_max;
        me->turns++;
        atomic_fetch_sub(me->inside, 1);
        turn_pause();
    }
    turn_finish(&turn);
    return NULL;
}

START_TEST(threads_share_the_workers_and_never_exceed_them)
{
    enum { THREADS = 5, WORKERS = 2 };
    struct workers *workers = pool(WORKERS);
    struct computer computers[THREADS];
    pthread_t threads[THREADS];
    atomic_bool stop = false;
    atomic_int inside = 0;
    for (int i = 0; i < THREADS; i++) {
        computers[i] = (struct computer){.workers = workers, .stop = &stop, .inside = &inside};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, compute, &computers[i]), 0);
    }
    pause_ms(200);
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        ck_assert_int_le(computers[i].inside_max, WORKERS);
        ck_assert_uint_gt(computers[i].turns, 10); /* nobody starves */
    }
    workers_destroy(&workers);
}
END_TEST

START_TEST(without_a_pool_everybody_computes)
{
    struct turn turn;
    turn_look(); /* this thread has no turn at all */
    turn_pause();
    turn_begin(&turn, NULL);
    ck_assert(!turn.held);
    turn_look();
    turn_finish(&turn);
    ck_assert_ptr_null(turn_current());
}
END_TEST

TEST_MAIN("turn", a_turn_occupies_a_worker_until_it_ends, a_call_waits_for_one_turn_at_most,
          threads_share_the_workers_and_never_exceed_them, without_a_pool_everybody_computes)
