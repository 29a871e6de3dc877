/* workers.c: order, bounds, and the end of the pool. */
#include "workers.h"

#include "lib/main.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* A gate keeps the only thread busy, so that what waits behind it can be looked at. */
struct gate {
    struct work_item item;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool entered, open;
};

static void gate_run(struct work_item *item)
{
    struct gate *gate = (struct gate *)item;
    pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    pthread_cond_broadcast(&gate->wake);
    while (!gate->open)
        pthread_cond_wait(&gate->wake, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_enter(struct gate *gate, struct workers *workers)
{
    *gate = (struct gate){.item.run = gate_run};
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->wake, NULL);
    ck_status(workers_submit(workers, &gate->item, WORK_INTERACTIVE), ST_OK);
    pthread_mutex_lock(&gate->lock);
    while (!gate->entered)
        pthread_cond_wait(&gate->wake, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->wake);
    pthread_mutex_unlock(&gate->lock);
}

static char order[8];
static atomic_int order_count;

struct noted {
    struct work_item item;
    char name;
};

static void noted_run(struct work_item *item)
{
    order[atomic_fetch_add(&order_count, 1)] = ((struct noted *)item)->name;
}

static void noted_nothing(struct work_item *item)
{
    (void)item;
}

static struct workers *pool(unsigned threads, size_t queue_max)
{
    struct error err;
    struct workers *workers;
    const struct workers_options options = {
        .name = "test", .threads = threads, .queue_max = queue_max};
    ck_ok(workers_create(&options, &workers, &err));
    return workers;
}

START_TEST(interactive_items_go_before_background_ones)
{
    struct workers *workers = pool(1, 8);
    struct gate gate;
    struct noted a = {{.run = noted_run}, 'a'}, b = {{.run = noted_run}, 'b'},
                 c = {{.run = noted_run}, 'c'};
    gate_enter(&gate, workers);
    ck_status(workers_submit(workers, &a.item, WORK_BACKGROUND), ST_OK);
    ck_status(workers_submit(workers, &b.item, WORK_INTERACTIVE), ST_OK);
    ck_status(workers_submit(workers, &c.item, WORK_INTERACTIVE), ST_OK);
    gate_open(&gate);
    workers_destroy(&workers);
    ck_assert_ptr_null(workers);
    ck_assert_str_eq(order, "bca");
}
END_TEST

START_TEST(a_full_queue_refuses_and_says_so)
{
    struct workers *workers = pool(1, 2);
    struct workers_stats stats;
    struct gate gate;
    struct noted items[4] = {{{.run = noted_run}, 'a'},
                             {{.run = noted_run}, 'b'},
                             {{.run = noted_run}, 'c'},
                             {{.run = noted_run}, 'd'}};
    gate_enter(&gate, workers);
    ck_status(workers_submit(workers, &items[0].item, WORK_INTERACTIVE), ST_OK);
    ck_status(workers_submit(workers, &items[1].item, WORK_INTERACTIVE), ST_OK);
    ck_status(workers_submit(workers, &items[2].item, WORK_INTERACTIVE), ST_BUSY);
    ck_status(workers_submit(workers, &items[3].item, WORK_BACKGROUND), ST_OK);
    workers_stats(workers, &stats);
    ck_assert_uint_eq(stats.waiting[WORK_INTERACTIVE], 2);
    ck_assert_uint_eq(stats.waiting[WORK_BACKGROUND], 1);
    ck_assert_uint_eq(stats.busy, 1);
    ck_assert_uint_eq(stats.refused, 1);
    gate_open(&gate);
    workers_destroy(&workers);
    ck_assert_str_eq(order, "abd");
}
END_TEST

static atomic_int total;

static void count_run(struct work_item *item)
{
    (void)item;
    atomic_fetch_add(&total, 1);
}

static void slow_run(struct work_item *item)
{
    (void)item;
    (void)usleep(20000);
}

/* One thread, 20 ms each, 100 ms of waiting: eight may always wait, others once it is known that
 * they are fast. */
START_TEST(what_would_wait_too_long_is_refused)
{
    enum { MANY = 64 };
    static struct work_item items[MANY];
    struct workers *workers;
    struct workers_stats stats;
    struct gate gate;
    struct error err;
    const struct workers_options options = {
        .name = "test", .threads = 1, .queue_max = MANY, .wait_max_ms = 100};
    ck_ok(workers_create(&options, &workers, &err));
    items[0].run = slow_run;
    for (unsigned i = 1; i <= 40; i++) { /* that they are slow becomes known */
        ck_status(workers_submit(workers, &items[0], WORK_INTERACTIVE), ST_OK);
        do {
            (void)usleep(1000);
            workers_stats(workers, &stats);
        } while (stats.done < i);
    }
    ck_assert_uint_ge(stats.mean_us, 15000);
    gate_enter(&gate, workers);
    unsigned accepted = 0;
    for (unsigned i = 0; i < MANY; i++) {
        items[i].run = noted_nothing;
        accepted += workers_submit(workers, &items[i], WORK_INTERACTIVE) == ST_OK;
    }
    ck_assert_uint_eq(accepted, 8);
    struct work_item later = {.run = noted_nothing};
    ck_status(workers_submit(workers, &later, WORK_BACKGROUND), ST_OK); /* nobody waits for it */
    gate_open(&gate);
    workers_destroy(&workers);
}
END_TEST

START_TEST(many_threads_run_every_item_once)
{
    enum { ITEMS = 2000 };
    static struct work_item items[ITEMS];
    struct workers *workers = pool(4, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].run = count_run;
        ck_status(workers_submit(workers, &items[i], WORK_INTERACTIVE), ST_OK);
    }
    workers_destroy(&workers);
    ck_assert_int_eq(atomic_load(&total), ITEMS);
}
END_TEST

START_TEST(destroying_nothing_is_allowed)
{
    struct workers *workers = NULL;
    workers_destroy(&workers);
}
END_TEST

TEST_MAIN("workers", interactive_items_go_before_background_ones, a_full_queue_refuses_and_says_so,
          what_would_wait_too_long_is_refused, many_threads_run_every_item_once,
          destroying_nothing_is_allowed)
