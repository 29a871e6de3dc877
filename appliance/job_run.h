/* One job from claim to end: what its kind gets to work with, and the one transaction that ends it.
 *
 * A kind computes with a call that stands for the one which asked: same user, plan, language and
 * body, its time being the job's creation. So a job that runs again after a crash gives the same
 * bits, and the code of a synchronous endpoint serves both. */
#ifndef JOB_RUN_H
#define JOB_RUN_H

#include "detect/detect.h"
#include "storage/storage.h"

#include <pthread.h>
#include <stdatomic.h>

struct app;
struct call;
struct workers;

enum job_stop { JOB_GO_ON, JOB_STOP_CANCEL, JOB_STOP_RETURN };

/* Belongs to a thread of jobs.c and is used for one job after the other. */
struct job_run {
    struct app *app;
    struct workers *helpers;     /* threads that help in loops */
    struct store_reader *reader; /* own thread */
    struct store_job *job;       /* as claimed */
    atomic_int stop;             /* enum job_stop; set by others */
    atomic_bool cancelled;       /* the same for outbound.h: true when it shall stop */
    int64_t deadline_ms;         /* monotonic */

    pthread_mutex_t mutex; /* guards progress */
    const char *phase;     /* literal; NULL = none yet */
    uint64_t done, total;

    /* --- for the kind --- */
    struct call *call; /* stands for the call that asked; not sent anywhere */
    slice body;        /* as it was sent */
    /* out */
    slice result;      /* JSON, in the call's arena */
    slice result_id;   /* an analysis, or empty */
    uint64_t billable; /* analyses to bill, at most job->units */
    /* Writer, in the transaction that ends the job, when it succeeded: call->txn is open. Sets
     * billable. Re-runnable. NULL = nothing to keep. */
    status (*keep)(struct job_run *run, struct error *err);
    void *state; /* the kind's own, in the call's arena */
};

void job_run_init(struct job_run *run, struct app *app, struct workers *helpers);
void job_run_finish(struct job_run *run);

/* Own thread of the runner: does all of it, until the job has ended, or waits again (true: it was
 * returned, because the process stops). */
bool job_run_execute(struct job_run *run);

/* --- for kinds; any thread --- */

/* Nobody needs the result any more: cancelled, deadline, stop. Gives way to calls (turn_look). */
bool job_run_stopped(struct job_run *run);
/* phase: a literal. Within one phase `done` never falls. */
void job_run_progress(struct job_run *run, const char *phase, uint64_t done, uint64_t total);
/* Both, and loops in turns, for detect/. */
struct detect_hooks job_run_hooks(struct job_run *run);
/* "ana_…" made from the job's id, the same in every attempt; index 0..1023 for items. */
slice job_run_id(char ret[static STORE_ID_MAX], const char *prefix, const struct store_job *job,
                 size_t index);

#endif
