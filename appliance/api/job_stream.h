/* A job as server-sent events: one per change, numbered by the row's revision, so that a client
 * that comes back with Last-Event-ID hears only of what is new. */
#ifndef API_JOB_STREAM_H
#define API_JOB_STREAM_H

#include "base/status.h"

struct call;
struct store_job;

/* check: the answer becomes the stream; 204 when the client has heard of the end (an EventSource
 * then stops asking). */
status job_stream_begin(struct call *call, const struct store_job *job, struct error *err);

#endif
