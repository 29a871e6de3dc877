/* The kind "batch": up to a hundred detections in one job, in order. */
#ifndef API_JOB_BATCH_H
#define API_JOB_BATCH_H

#include "api/job_submit.h"
#include "job_run.h"

struct json;

enum { BATCH_ITEMS_MAX = 100 };

status job_batch_admit(struct call *call, const struct json *input, struct job_order *order,
                       struct error *err);
status job_batch_run(struct job_run *run, struct error *err);

#endif
