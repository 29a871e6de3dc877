/* A job as every endpoint, stream and notification shows it. Any thread. */
#ifndef API_JOB_VIEW_H
#define API_JOB_VIEW_H

#include "base/json_out.h"
#include "base/text.h"
#include "storage/storage.h"

const char *job_state_name(uint64_t state); /* "queued"; "unknown" for what we never store */
bool job_state_from(slice name, uint64_t *ret);
bool job_is_live(const struct store_job *job); /* queued or running */

/* One object. position: jobs of the same user in front of it; lang: of an error's sentence. A
 * function of the row alone, so that one entity tag stands for it. */
void job_put(struct json_out *w, const struct store_job *job, uint64_t position, enum lang lang);

/* The same with user_id, for the administrator. */
void job_put_owned(struct json_out *w, const struct store_job *job, uint64_t position,
                   enum lang lang);

#endif
