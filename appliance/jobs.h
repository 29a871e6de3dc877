/* Runs the jobs of the store: a few threads, fair between users, each job ending exactly once.
 *
 * One thread, the manager, claims what waits (round-robin between users, storage/work.h), writes
 * the progress of what runs a few times a second and learns who wants to stop. Up to
 * jobs.running_max threads compute in turns (turn.h), so calls go first. What a job does is said by
 * its kind (api/job_kinds.h), how it ends by job_run.c. */
#ifndef JOBS_H
#define JOBS_H

#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

struct app;
struct jobs;

enum {
    JOB_ATTEMPTS_MAX = 3, /* claims of one job that did not end; then it fails */
    JOB_TICK_MS = 250,    /* progress is written, at most */
};

/* Puts back what ran when the last process died, then starts the threads; sets app->jobs. After the
 * CPU pool, before the server accepts. */
status jobs_start(struct app *app, struct error *err);
/* Running jobs go back into the queue; joins the threads. Before the CPU pool ends and the writer
 * stops; the functions below stay usable. No-op when nothing was started. */
void jobs_stop(struct app *app);
void jobs_destroy(struct app *app); /* when no call is in flight any more */

/* Any thread; without a runner (tests, the CLI's own process) they do nothing. */
void jobs_wake(struct app *app);             /* something was added */
void jobs_cancel(struct app *app, slice id); /* if it runs here, it ends within a second */

struct jobs_stats {
    uint64_t running, claimed, ended, returned;
};
void jobs_stats(struct app *app, struct jobs_stats *ret); /* zeroes without a runner */

#endif
