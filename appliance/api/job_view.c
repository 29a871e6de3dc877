/* Writes a job: what it is, how far it is, how it ended. */
#include "api/job_view.h"

#include <stdio.h>

static const char *const state_names[] = {
    [STORE_JOB_QUEUED] = "queued",       [STORE_JOB_RUNNING] = "running",
    [STORE_JOB_SUCCEEDED] = "succeeded", [STORE_JOB_FAILED] = "failed",
    [STORE_JOB_CANCELLED] = "cancelled", [STORE_JOB_EXPIRED] = "expired",
};

const char *job_state_name(uint64_t state)
{
    return state < ARRAY_COUNT(state_names) ? state_names[state] : "unknown";
}

bool job_state_from(slice name, uint64_t *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(state_names); i++)
        if (slice_eq(name, slice_of(state_names[i]))) {
            *ret = i;
            return true;
        }
    return false;
}

bool job_is_live(const struct store_job *job)
{
    return job->state == STORE_JOB_QUEUED || job->state == STORE_JOB_RUNNING;
}

/* Of the phase, when it was last told: as long again for each part as for those that are done. Null
 * before the first. */
static void put_eta(struct json_out *w, const struct store_job *job)
{
    int64_t spent_ms = job->progress_ms - job->phase_ms;
    bool known = job->state == STORE_JOB_RUNNING && job->done > 0 && job->done <= job->total &&
                 job->phase_ms > 0 && spent_ms >= 0;
    if (!known) {
        json_key_null(w, "eta_seconds");
        return;
    }
    double left = (double)(job->total - job->done) / (double)job->done; /* done > 0 */
    json_key_u64(w, "eta_seconds", (uint64_t)((double)spent_ms * left / 1000 + 0.999));
}

static void put_progress(struct json_out *w, const struct store_job *job)
{
    json_key(w, "progress");
    if (job->phase.len == 0) {
        json_null(w);
        return;
    }
    json_object(w);
    json_key_str(w, "phase", job->phase);
    json_key_u64(w, "done", job->done);
    json_key_u64(w, "total", job->total);
    if (job->total > 0)
        json_key_f64(w, "percent",
                     (double)(job->done * 1000 / job->total) / 10); /* total > 0; one decimal */
    else
        json_key_null(w, "percent");
    put_eta(w, job);
    json_end(w);
}

static void put_error(struct json_out *w, const struct store_job *job, enum lang lang)
{
    if (job->error_code.len == 0)
        return;
    json_key(w, "error");
    json_object(w);
    json_key_str(w, "code", job->error_code);
    json_key_str(w, "message",
                 lang == LANG_ZH && job->error_text_zh.len ? job->error_text_zh : job->error_text);
    if (job->error_members.len) { /* members as a problem has them: "errors":[…],"error_count":n */
        buf_put_byte(w->buf, ',');
        buf_put(w->buf, job->error_members);
    }
    json_end(w);
}

static void put_links(struct json_out *w, const struct store_job *job)
{
    char path[STORE_ID_MAX + 32];
    if (job->state == STORE_JOB_SUCCEEDED && !job->is_dropped) {
        int len = snprintf(path, sizeof path, "/api/jobs/" SLICE_FMT "/result", SLICE_ARG(job->id));
        json_key_str(w, "result_url", slice_make(path, (size_t)len));
    }
    if (job->result_id.len)
        json_key_str(w, "analysis_id", job->result_id);
    if (job->callback_url.len)
        json_key_str(w, "callback_url", job->callback_url);
}

static void put_members(struct json_out *w, const struct store_job *job, uint64_t position,
                        enum lang lang)
{
    json_key_str(w, "id", job->id);
    json_key_str(w, "object", S("job"));
    json_key_str(w, "kind", job->kind);
    json_key_str(w, "state", slice_of(job_state_name(job->state)));
    put_progress(w, job);
    json_key_time(w, "created_at", job->created_ms);
    json_key_time(w, "started_at", job->started_ms);
    json_key_time(w, "finished_at", job->finished_ms);
    json_key_time(w, "expires_at", job->expires_ms);
    json_key_u64(w, "attempts", job->attempts);
    json_key_u64(w, "priority", job->priority);
    json_key_bool(w, "cancel_requested", job->cancel_requested);
    json_key_u64(w, "analyses_reserved", job_is_live(job) ? job->units : 0);
    json_key_u64(w, "analyses_counted", job->billed);
    json_key_bool(w, "livemode", job->livemode);
    json_key_str(w, "label", job->label);
    if (job->state == STORE_JOB_QUEUED)
        json_key_u64(w, "position", position);
    put_error(w, job, lang);
    put_links(w, job);
}

void job_put(struct json_out *w, const struct store_job *job, uint64_t position, enum lang lang)
{
    json_object(w);
    put_members(w, job, position, lang);
    json_end(w);
}

void job_put_owned(struct json_out *w, const struct store_job *job, uint64_t position,
                   enum lang lang)
{
    json_object(w);
    put_members(w, job, position, lang);
    json_key_u64(w, "user_id", job->user_id);
    json_end(w);
}
