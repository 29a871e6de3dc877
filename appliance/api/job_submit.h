/* Admission of jobs: POST /api/jobs, /api/analyze_batch, and /api/detect with Prefer:
 * respond-async.
 *
 * A job is queued and its analyses are reserved in one transaction, before the 202 leaves; so
 * parallel submissions cannot overshoot a quota, and nothing acknowledged is lost. */
#ifndef API_JOB_SUBMIT_H
#define API_JOB_SUBMIT_H

#include "route.h"
#include "storage/storage.h"

struct call;

enum { JOB_PRIORITY = 100, JOB_URL_MAX = 2048 };

/* What is asked for; filled by check and work, queued by apply. */
struct job_order {
    char id[STORE_ID_MAX];
    slice kind;
    slice label;
    slice callback_url;
    uint64_t priority; /* 0 = first … 255 */
    uint64_t units;    /* analyses that may be billed */
    slice body;        /* what will be read again; empty = call->body */
    slice path, content_type, query;
    /* out of apply */
    uint64_t month_used;
    struct store_job job;
};

/* Does the client want to be answered before the work is done (RFC 7240)? */
bool job_wants_async(const struct call *call);

/* check: id, the way back to the body, room in the queue, quota. */
status job_order_begin(struct call *call, struct job_order *order, slice kind, struct error *err);
/* A URL that notifications may go to: plan, configuration, form. */
status job_callback_check(struct call *call, slice url, struct error *err);
/* apply: idempotency, bounds, reservation, row, body, audit. */
status job_order_apply(struct call *call, struct job_order *order, struct error *err);
/* reply: 202 with Location and {"job":{…}}; wakes the runner. */
status job_order_reply(struct call *call, struct job_order *order, struct error *err);

/* --- what the owner and the host may do with a job (jobs.c) --- */

/* apply: of job only id and user_id are read; it becomes the row as it stands afterwards. The reply
 * stage then calls jobs_cancel. */
status job_cancel_apply(struct call *call, struct store_job *job, struct error *err);
/* check and work: an order for the same work as a job that did not succeed. */
status job_again_check(struct call *call, const struct store_job *old, struct job_order *order,
                       struct error *err);
status job_again_work(struct call *call, const struct store_job *old, struct job_order *order,
                      struct error *err);

/* check and work: the answer. ST_CONFLICT until there is one, ST_GONE after its retention. */
status job_result_check(const struct store_job *job, struct error *err);
status job_result_work(struct call *call, const struct store_job *job, slice *ret,
                       struct error *err);

#endif
