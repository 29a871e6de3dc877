/* What kinds of jobs there are: how a request is admitted, and how the work is done.
 *
 * A new kind is a row of job_kinds.c: a name that POST /api/jobs takes as `kind`, a function that
 * looks at the input before anything is queued, and one that runs it. Everything else (queue,
 * limits, progress, cancelling, retries, billing, answer, notification) is the same for all. */
#ifndef API_JOB_KINDS_H
#define API_JOB_KINDS_H

#include "api/job_submit.h"
#include "job_run.h"

struct json;

struct job_kind {
    slice name;
    enum plan_rank plan_min;
    /* Work stage of the submitting call. input: the member `input` of POST /api/jobs, or the whole
     * body of the kind's own endpoint; NULL when that body is not JSON. Refuses what cannot run
     * (the statuses and problems of the synchronous endpoint), sets order->units and ->label. */
    status (*admit)(struct call *call, const struct json *input, struct job_order *order,
                    struct error *err);
    /* The runner's thread, in turns. ST_OK fills run->result; every other status fails the job with
     * its code, sentence and problem members, except ST_CANCELLED after job_run_stopped. */
    status (*run)(struct job_run *run, struct error *err);
};

/* NULL when there is none of that name. */
const struct job_kind *job_kind_find(slice name);
/* "analyze_zenodo, batch, …" for sentences; a literal. */
const char *job_kind_names(void);

/* The input of a job: of POST /api/jobs the member, else the body as a tree; in the call's arena.
 */
status job_run_input(struct job_run *run, const struct json **ret, struct error *err);

#endif
