/* Runs the iterations of a loop on the caller and on whatever workers are free.
 *
 * Called from a worker: the caller does the loop itself, and helpers that find a free worker join
 * in. Nobody ever waits for a helper that has not begun, so a busy pool only means less help. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include <stddef.h>

struct workers;

/* body(arg, i) for every i < count, in any order; returns when all are done. workers NULL: alone.
 * Has the shape of parallel_for_fn (detect/detect.h) with the pool as context. */
void parallel_for(void *workers, size_t count, void (*body)(void *arg, size_t i), void *arg);

/* The same for a job: every thread that takes part computes in turns that `lender` lends (turn.h),
 * so the loop gives way between any two iterations and at each look inside of one. helpers: a pool
 * of threads of which nothing else is asked. */
void parallel_for_turns(struct workers *helpers, struct workers *lender, size_t count,
                        void (*body)(void *arg, size_t i), void *arg);

#endif
