/* A few threads for the loops of one analysis on the command line. */
#ifndef TOOLS_POOL_H
#define TOOLS_POOL_H

#include "base/arena.h"

struct pool;

enum { POOL_THREADS_MAX = 64 };

/* threads counts the caller, which works, too: 1 starts none; 0 = one per core. The pool lives in
 * the arena and must be destroyed before it. */
status pool_create(unsigned threads, struct arena *arena, struct pool **ret, struct error *err);
void pool_destroy(struct pool **pool); /* ends the threads; NULL is allowed */

/* Runs body(arg, i) for every i < count on all threads and returns when all are done: the shape of
 * parallel_for_fn (detect/detect.h), ctx being the pool. One caller at a time. */
void pool_for(void *ctx, size_t count, void (*body)(void *arg, size_t i), void *arg);

#endif
