/* Tests of the parallel loop: every iteration once, with a free, a busy and no pool. */
#include "parallel.h"

#include "lib/main.h"
#include "turn.h"
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>

static struct error err;

enum { ITERATIONS = 5000 };
static atomic_uint hits[ITERATIONS];

static void hit(void *arg, size_t i)
{
    (void)atomic_fetch_add((atomic_uint *)arg, 1);
    (void)atomic_fetch_add(&hits[i], 1);
}

static void check_run(struct workers *workers, size_t count)
{
    atomic_uint total = 0;
    for (size_t i = 0; i < ITERATIONS; i++)
        atomic_store(&hits[i], 0);
    parallel_for(workers, count, hit, &total);
    ck_assert_uint_eq(atomic_load(&total), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(atomic_load(&hits[i]), 1);
}

START_TEST(every_iteration_runs_once)
{
    struct workers *workers = NULL;
    ck_ok(workers_create(&(struct workers_options){.name = "t", .threads = 4, .queue_max = 64},
                         &workers, &err));
    check_run(NULL, 100);
    check_run(workers, 0);
    check_run(workers, 1);
    for (int i = 0; i < 50; i++)
        check_run(workers, ITERATIONS);
    workers_destroy(&workers);
}
END_TEST

/* A pool whose only thread is itself in a loop must not wait for itself. */
struct nested {
    struct work_item item;
    struct workers *workers;
    atomic_uint total;
    atomic_bool over;
};

static void run_nested(struct work_item *item)
{
    struct nested *nested = (struct nested *)(void *)item;
    parallel_for(nested->workers, 200, hit, &nested->total);
    atomic_store(&nested->over, true);
}

START_TEST(a_busy_pool_does_not_deadlock)
{
    struct nested nested = {.item = {.run = run_nested}};
    ck_ok(workers_create(&(struct workers_options){.name = "t", .threads = 1, .queue_max = 64},
                         &nested.workers, &err));
    ck_ok(workers_submit(nested.workers, &nested.item, WORK_INTERACTIVE));
    workers_destroy(&nested.workers);
    ck_assert(atomic_load(&nested.over));
    ck_assert_uint_eq(atomic_load(&nested.total), 200);
}
END_TEST

static atomic_int inside, inside_max;

static void hit_inside(void *arg, size_t i)
{
    int now = atomic_fetch_add(&inside, 1) + 1;
    if (now > atomic_load(&inside_max))
        atomic_store(&inside_max, now);
    ck_assert(turn_current() && turn_current()->held);
    hit(arg, i);
    (void)atomic_fetch_sub(&inside, 1);
}

/* One worker lends its place to three threads of one loop: nobody waits for somebody who waits for
 * him. */
START_TEST(a_loop_in_turns_neither_deadlocks_nor_exceeds_the_lender)
{
    struct workers *lender = NULL, *helpers = NULL;
    struct turn turn;
    ck_ok(workers_create(&(struct workers_options){.name = "l", .threads = 1, .queue_max = 64},
                         &lender, &err));
    ck_ok(workers_create(&(struct workers_options){.name = "h", .threads = 2, .queue_max = 64},
                         &helpers, &err));
    turn_begin(&turn, lender);
    atomic_store(&inside_max, 0);
    for (int round = 0; round < 200; round++) {
        atomic_uint total = 0;
        parallel_for_turns(helpers, lender, 50, hit_inside, &total);
        ck_assert_uint_eq(atomic_load(&total), 50);
        ck_assert(turn.held);
    }
    ck_assert_int_eq(atomic_load(&inside_max), 1);
    turn_finish(&turn);
    workers_destroy(&helpers);
    workers_destroy(&lender);
}
END_TEST

TEST_MAIN("parallel", every_iteration_runs_once, a_busy_pool_does_not_deadlock,
          a_loop_in_turns_neither_deadlocks_nor_exceeds_the_lender)
