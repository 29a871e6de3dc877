/* Tests of the thread pool of the command line. */
#include "tools/pool.h"

#include "lib/main.h"

#include <stdatomic.h>

enum { COUNT = 10000 };

static atomic_uint hits[COUNT];

static void hit(void *arg, size_t i)
{
    (void)arg;
    atomic_fetch_add(&hits[i], 1);
}

static void every_index_once(unsigned threads)
{
    struct pool *pool = NULL;
    struct error err;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    ck_ok(pool_create(threads, &arena, &pool, &err));
    for (unsigned round = 1; round <= 20; round++) {
        pool_for(pool, COUNT, hit, NULL);
        for (size_t i = 0; i < COUNT; i++)
            ck_assert_uint_eq(atomic_load(&hits[i]), round);
    }
    pool_for(pool, 0, hit, NULL); /* an empty loop ends */
    pool_destroy(&pool);
    ck_assert_ptr_null(pool);
    arena_finish(&arena);
    for (size_t i = 0; i < COUNT; i++)
        atomic_store(&hits[i], 0);
}

START_TEST(every_index_runs_exactly_once_whatever_the_number_of_threads)
{
    every_index_once(1);
    every_index_once(2);
    every_index_once(7);
    every_index_once(0);
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
    struct pool *pool = NULL;
    pool_destroy(&pool);
}
END_TEST

TEST_MAIN("pool", every_index_runs_exactly_once_whatever_the_number_of_threads,
          destroying_nothing_is_fine)
