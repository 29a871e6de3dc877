/* Turns: a job's thread computes only while a CPU worker lends it its place, 10 ms at a time.
 *
 * A detection is one long call and cannot be cut into items of the pool. So a job runs on a thread
 * of its own that queues for the pool like any other work, in the background class: the worker that
 * takes the item waits while the job's thread computes. At each look (the hook `cancelled` of
 * detect/) a turn that has lasted TURN_MS ends, and the thread queues again, behind the calls that
 * somebody waits for and behind the other jobs. Jobs together never compute on more cores than
 * there are workers. */
#ifndef TURN_H
#define TURN_H

#include "workers.h"

#include <pthread.h>

enum { TURN_MS = 10 };

/* One per thread that computes for jobs, on its stack; nobody else touches it. */
struct turn {
    struct workers *lender; /* the CPU pool; NULL: turns cost nothing and are always there */
    struct work_item item;
    pthread_mutex_t mutex; /* guards granted and returned */
    pthread_cond_t changed;
    bool granted, returned;
    bool held; /* own thread only */
    int64_t begin_us;
};

/* From here to turn_finish this thread computes in turns; waits for the first one. A pool that
 * stops or is full refuses; the thread then computes without. */
void turn_begin(struct turn *turn, struct workers *lender);
void turn_finish(struct turn *turn);

/* The turn of the calling thread; without one they do nothing. */
struct turn *turn_current(void); /* NULL = none */
void turn_pause(void);           /* gives the place back, before waiting for something else */
void turn_resume(void);          /* and takes one again; at once when it is held */
/* Ends a turn that has lasted TURN_MS, and waits for the next one. Cheap when it is young. */
void turn_look(void);

#endif
