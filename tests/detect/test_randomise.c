/* The randomisation loop: same bits on any number of threads, cancellation, progress. */
#include "small_log.h"

#include <pthread.h>
#include <stdatomic.h>

struct pool {
    size_t threads;
    atomic_size_t next;
    size_t count;
    void (*body)(void *arg, size_t i);
    void *arg;
    atomic_int asked; /* calls of cancelled */
    int stop_after;   /* 0 = never */
    size_t progress;
};

static void *work(void *ctx)
{
    struct pool *pool = ctx;
    for (size_t i = atomic_fetch_add(&pool->next, 1); i < pool->count;
         i = atomic_fetch_add(&pool->next, 1))
        pool->body(pool->arg, i);
    return NULL;
}

static void parallel(void *ctx, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    struct pool *pool = ctx;
    pthread_t thread[8];
    pool->count = count;
    pool->body = body;
    pool->arg = arg;
    atomic_store(&pool->next, 0);
    for (size_t i = 0; i < pool->threads; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, work, pool), 0);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(thread[i], NULL);
}

static bool cancelled(void *ctx)
{
    struct pool *pool = ctx;
    int asked = atomic_fetch_add(&pool->asked, 1) + 1;
    return pool->stop_after > 0 && asked >= pool->stop_after;
}

static void progress(void *ctx, const char *phase, size_t done, size_t total)
{
    struct pool *pool = ctx;
    ck_assert_uint_le(done, total);
    pool->progress += strcmp(phase, "permutation") == 0;
}

static status run(struct small_log *log, struct pool *pool, struct verdict *verdict)
{
    struct error err;
    struct detect_options options = {.draws = 1999, .seed = 5, .alpha = 0.05};
    options.hooks = (struct detect_hooks){.ctx = pool,
                                          .parallel_for = pool->threads > 0 ? parallel : NULL,
                                          .cancelled = cancelled,
                                          .progress = progress};
    return engine_run(&log->panel, &options, &log->arena, verdict, &err);
}

static void compare(const struct verdict *a, const struct verdict *b)
{
    ck_assert_uint_eq(a->statistic_count, b->statistic_count);
    ck_assert_mem_eq(&a->p_value, &b->p_value, sizeof a->p_value);
    ck_assert_mem_eq(&a->coupling.p, &b->coupling.p, sizeof a->coupling.p);
    ck_assert_mem_eq(a->plots.null_counts, b->plots.null_counts,
                     a->plots.null_bins * sizeof(uint32_t));
    for (size_t s = 0; s < a->statistic_count; s++) {
        ck_assert_mem_eq(&a->statistics[s].value, &b->statistics[s].value, sizeof(double));
        ck_assert_mem_eq(&a->statistics[s].p, &b->statistics[s].p, sizeof(double));
    }
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static const size_t threads[] = {1, 2, 7};
    struct small_log *log = log_random(6, 30, 0.02, 71);
    struct verdict alone, with;
    struct pool none = {0};
    ck_assert_int_eq(run(log, &none, &alone), ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        struct pool pool = {.threads = threads[i]};
        ck_assert_int_eq(run(log, &pool, &with), ST_OK);
        compare(&alone, &with);
    }
    log_end(log);
}
END_TEST

START_TEST(the_order_of_slots_does_not_matter_with_missing_scores)
{
    struct small_log *log = log_random(6, 30, 0.02, 72);
    log->panel.row_count -= 7; /* the last system misses its last rounds */
    struct verdict alone, with;
    struct pool none = {0}, two = {.threads = 2};
    ck_assert_int_eq(run(log, &none, &alone), ST_OK);
    ck_assert_int_eq(run(log, &two, &with), ST_OK);
    compare(&alone, &with);
    log_end(log);
}
END_TEST

START_TEST(cancellation_ends_the_work_with_its_status)
{
    struct small_log *log = log_random(6, 30, 0, 73);
    for (int after = 1; after < 4; after++) {
        struct verdict verdict;
        struct pool pool = {.stop_after = after};
        ck_assert_int_eq(run(log, &pool, &verdict), ST_CANCELLED);
        ck_assert_int_eq(atomic_load(&pool.asked), after); /* not asked again after yes */
    }
    log_end(log);
}
END_TEST

START_TEST(progress_is_told)
{
    struct small_log *log = log_random(6, 30, 0, 74);
    struct verdict verdict;
    struct pool pool = {0};
    ck_assert_int_eq(run(log, &pool, &verdict), ST_OK);
    ck_assert_uint_ge(pool.progress, 1);
    log_end(log);
}
END_TEST

START_TEST(slots_fit_their_memory_and_the_work)
{
    ck_assert_uint_eq(slots_for(1000, 3), 3);
    ck_assert_uint_eq(slots_for(1000, 300), SLOTS_MAX);
    ck_assert_uint_eq(slots_for((size_t)1 << 40, 300), 1);
    ck_assert_uint_eq(blocks_per_slot(SIZE_MAX - 1), 1);
    ck_assert_uint_gt(blocks_per_slot(1000), 100);
}
END_TEST

TEST_MAIN("randomise", any_number_of_threads_gives_the_same_bits,
          the_order_of_slots_does_not_matter_with_missing_scores,
          cancellation_ends_the_work_with_its_status, progress_is_told,
          slots_fit_their_memory_and_the_work)
