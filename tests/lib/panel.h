/* Helpers of the detect tests: a panel from text, approximate comparison, a parallel loop. */
#ifndef TESTS_LIB_PANEL_H
#define TESTS_LIB_PANEL_H

#include "detect/detect.h"
#include "lib/main.h"

#include <math.h>
#include <pthread.h>

static inline struct panel *panel_try(struct arena *arena, enum engine engine, slice csv,
                                      struct error *err, status *ret_rc)
{
    struct panel_options options = {.engine = engine};
    struct panel *panel = NULL;
    *ret_rc = panel_from_csv(csv, &options, arena, &panel, /* ret_errors= */ NULL, err);
    return panel;
}

/* A panel that must be readable. */
static inline struct panel *panel_of(struct arena *arena, enum engine engine, const char *csv)
{
    struct error err = {0};
    status rc;
    struct panel *panel = panel_try(arena, engine, slice_of(csv), &err, &rc);
    ck_assert_msg(rc == ST_OK, "%s", err.text);
    return panel;
}

/* |a - b| <= tolerance * max(1, |b|); two NaN agree. */
#define ck_close(actual, expected, tolerance)                                                      \
    do {                                                                                           \
        double ck_a_ = (actual);                                                                   \
        double ck_e_ = (expected);                                                                 \
        double ck_scale_ = fabs(ck_e_) > 1 ? fabs(ck_e_) : 1;                                      \
        ck_assert_msg((isnan(ck_a_) && isnan(ck_e_)) ||                                            \
                          fabs(ck_a_ - ck_e_) <= (tolerance)*ck_scale_,                            \
                      "%s = %.17g, expected %.17g", #actual, ck_a_, ck_e_);                        \
    } while (0)

/* parallel_for over as many threads as ctx says; items are taken from a shared counter. */
struct loop_shared {
    void (*body)(void *arg, size_t i);
    void *arg;
    size_t count;
    size_t next; /* under lock */
    pthread_mutex_t lock;
};

static inline void *loop_thread(void *ctx)
{
    struct loop_shared *shared = ctx;
    for (;;) {
        pthread_mutex_lock(&shared->lock);
        size_t i = shared->next++;
        pthread_mutex_unlock(&shared->lock);
        if (i >= shared->count)
            return NULL;
        shared->body(shared->arg, i);
    }
}

static inline void loop_in_threads(void *ctx, size_t count, void (*body)(void *arg, size_t i),
                                   void *arg)
{
    enum { THREADS_MAX = 16 };
    pthread_t threads[THREADS_MAX];
    size_t thread_count = *(const size_t *)ctx;
    struct loop_shared shared = {body, arg, count, 0, PTHREAD_MUTEX_INITIALIZER};
    ck_assert_uint_le(thread_count, THREADS_MAX);
    for (size_t i = 0; i < thread_count; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, loop_thread, &shared), 0);
    for (size_t i = 0; i < thread_count; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

#endif
