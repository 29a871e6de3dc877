/* The kinds of jobs that need the network: analyze_zenodo and dataset_fetch. */
#ifndef API_JOB_ZENODO_H
#define API_JOB_ZENODO_H

#include "api/job_kinds.h"

status job_zenodo_admit(struct call *call, const struct json *input, struct job_order *order,
                        struct error *err);
status job_zenodo_run(struct job_run *run, struct error *err);

/* {"source", "file_key"?}: downloads, compares and keeps; bills nothing. */
status job_fetch_admit(struct call *call, const struct json *input, struct job_order *order,
                       struct error *err);
status job_fetch_run(struct job_run *run, struct error *err);

#endif
