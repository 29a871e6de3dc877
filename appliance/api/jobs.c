/* Jobs over HTTP: submit, list, look at, take the answer, cancel, ask again. */
#include "jobs.h"
#include "api/job_kinds.h"
#include "api/job_stream.h"
#include "api/job_view.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "base/clock.h"
#include "body.h"
#include "call.h"
#include "events.h"
#include "json.h"
#include "plans.h"
#include "reading.h"

enum { WAIT_MAX_S = 30, LOOK_MS = 150 };

static status not_found(struct error *err)
{
    return error_code(err, ST_NOT_FOUND, "job_not_found", "there is no such job");
}

/* Rows are keyed by (user, id): another user's job is as absent as one that never was. */
static status find_own(struct call *call, struct store_job *ret, struct error *err)
{
    status rc = store_job_get(call->txn, call->user->id, call_param(call, "id"), &call->arena, ret);
    return rc == ST_NOT_FOUND || rc == ST_INVALID ? not_found(err) : rc;
}

/* --- submit ------------------------------------------------------------------------------------
 */

struct submit {
    struct job_order order;
    const struct job_kind *kind;
    struct store_job old; /* that is asked for again */
};

static status submit_begin(struct call *call, slice kind, struct error *err)
{
    struct submit *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return job_order_begin(call, &in->order, kind, err);
}

static status submit_check(struct call *call, struct error *err)
{
    return submit_begin(call, S(""), err);
}

static status kind_choose(struct call *call, struct submit *in, struct error *err)
{
    in->kind = job_kind_find(in->order.kind);
    if (!in->kind)
        return error_code(err, ST_INVALID, "kind_unknown", "kind must be one of %s",
                          job_kind_names());
    if (call->plan->rank >= in->kind->plan_min)
        return ST_OK;
    call->problem.error = N_("Plan upgrade required");
    return error_code(err, ST_PLAN, "plan_required",
                      "jobs of this kind need the %s plan or a higher one",
                      plan_slug(in->kind->plan_min));
}

static status submit_work(struct call *call, struct error *err)
{
    struct submit *in = call->state;
    const struct json *root, *input = NULL;
    slice url = S("");
    if (!body_is_json(call))
        return error_set(err, ST_MEDIA_TYPE, "Content-Type must be application/json");
    TRY(json_parse(call->body, &call->arena, &root, err));
    const struct json_member members[] = {
        JSON_STR("kind", &in->order.kind, 1, 40),
        JSON_TREE_OPT("input", &input),
        JSON_STR_OPT("callback_url", &url, 1, JOB_URL_MAX),
        JSON_U64_OPT("priority", &in->order.priority, 0, 255),
    };
    TRY(json_members(root, members, ARRAY_COUNT(members), JSON_STRICT, err));
    TRY(kind_choose(call, in, err));
    if (url.len)
        TRY(job_callback_check(call, url, err));
    in->order.callback_url = url;
    if (!input || input->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "missing_field", "member 'input' must be an object");
    return in->kind->admit(call, input, &in->order, err);
}

static status submit_apply(struct call *call, struct error *err)
{
    return job_order_apply(call, &((struct submit *)call->state)->order, err);
}

static status submit_reply(struct call *call, struct error *err)
{
    return job_order_reply(call, &((struct submit *)call->state)->order, err);
}

static status batch_check(struct call *call, struct error *err)
{
    return submit_begin(call, S("batch"), err);
}

static status batch_work(struct call *call, struct error *err)
{
    struct submit *in = call->state;
    const struct json *root;
    if (!body_is_json(call))
        return error_set(err, ST_MEDIA_TYPE, "Content-Type must be application/json");
    TRY(json_parse(call->body, &call->arena, &root, err));
    TRY(kind_choose(call, in, err));
    return in->kind->admit(call, root, &in->order, err);
}

/* --- list and show -----------------------------------------------------------------------------
 */

static bool has_state(const void *row, const void *arg)
{
    return ((const struct store_job *)row)->state == *(const uint64_t *)arg;
}

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_job *rows;
    uint64_t state, position;
    slice wanted = call_query(call, "state");
    TRY(page_from_query(call, &page, err));
    page.newest_first = true;
    if (wanted.ptr && !job_state_from(wanted, &state))
        return error_code(err, ST_INVALID, "state_unknown",
                          "state must be one of queued, running, succeeded, failed, cancelled, "
                          "expired");
    if (wanted.ptr) {
        page.keep = has_state;
        page.arg = &state;
    }
    status rc = store_job_list(call->txn, call->user->id, &page, &call->arena, &rows);
    if (rc == ST_INVALID)
        return error_code(err, ST_INVALID, "invalid_cursor", "the cursor is not one of ours");
    TRY(rc);
    struct json_out *w = reply_json(call, 200);
    json_key(w, "jobs");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        TRY(store_job_position(call->txn, &rows[i], &position));
        job_put(w, &rows[i], position, call->lang);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

struct look {
    int64_t until_ms; /* monotonic */
};

/* Wait on? While the job lives, and while the client has this state of it already. */
static bool waits(struct call *call, const struct store_job *job, slice tag)
{
    struct look *in = call->state;
    slice known = call_header(call, "if-none-match");
    bool is_news = known.ptr && !slice_find(known, tag, &(size_t){0});
    if (!in || is_news || !job_is_live(job) || clock_mono_ms() >= in->until_ms ||
        atomic_load_explicit(&call->app->draining, memory_order_relaxed))
        return false;
    call_recheck(call, LOOK_MS);
    return true;
}

static status wait_begin(struct call *call, struct error *err)
{
    uint64_t seconds = 0;
    const struct call_query_range range = {0, WAIT_MAX_S, 0};
    if (call->state)
        return ST_OK;
    TRY(call_query_u64(call, "wait", &range, &seconds, err));
    if (seconds == 0)
        return ST_OK;
    struct look *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    in->until_ms = clock_mono_ms() + (int64_t)seconds * 1000;
    return ST_OK;
}

static bool wants_stream(const struct call *call)
{
    return slice_find(call_header(call, "accept"), S("text/event-stream"), &(size_t){0});
}

static status show_check(struct call *call, struct error *err)
{
    struct store_job job;
    uint64_t position;
    struct arena_mark mark = arena_mark(&call->arena);
    TRY(find_own(call, &job, err));
    if (wants_stream(call))
        return job_stream_begin(call, &job, err);
    TRY(store_job_position(call->txn, &job, &position));
    if (!call->state) {
        TRY(wait_begin(call, err));
        mark = arena_mark(&call->arena);
        TRY(find_own(call, &job, err));
    }
    slice tag = arena_printf(&call->arena, "%llx-%llx", (unsigned long long)job.rev,
                             (unsigned long long)position);
    if (waits(call, &job, tag)) {
        arena_rewind(&call->arena, mark); /* the next look takes as much again */
        return ST_OK;
    }
    if (job_is_live(&job))
        reply_header_u64(call, "Retry-After", 1);
    if (reply_etag(call, tag))
        return ST_OK;
    reply_cache(call, "private, no-cache");
    struct buf buf;
    struct json_out w;
    buf_init_arena(&buf, &call->arena, LIMIT_CALL_ARENA_BYTES);
    json_out_init(&w, &buf, 0);
    job_put(&w, &job, position, call->lang);
    TRY(buf_check(&buf, err));
    return reply_bytes(call, 200, "application/json", buf_slice(&buf));
}

/* --- answer ------------------------------------------------------------------------------------
 */

struct result {
    struct store_job job;
    slice bytes;
};

status job_result_check(const struct store_job *job, struct error *err)
{
    if (job->is_dropped)
        return error_code(err, ST_GONE, "job_result_gone",
                          "the answer was kept until its retention ended");
    if (job->state == STORE_JOB_SUCCEEDED)
        return ST_OK;
    if (job_is_live(job))
        return error_code(err, ST_CONFLICT, "job_not_finished", "the job has not finished yet");
    return error_code(err, ST_CONFLICT, "job_has_no_result",
                      "the job ended as '%s' and has no answer", job_state_name(job->state));
}

static status result_check(struct call *call, struct error *err)
{
    struct result *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find_own(call, &in->job, err));
    TRY(job_result_check(&in->job, err));
    reply_cache(call, "private, no-cache");
    if (reply_etag(call, arena_printf(&call->arena, "%llx", (unsigned long long)in->job.rev)))
        call_skip_to_reply(call);
    return ST_OK;
}

/* A worker reads it: answers may have 32 MiB. */
status job_result_work(struct call *call, const struct store_job *job, slice *ret,
                       struct error *err)
{
    struct reading reading;
    call->arena.cap_bytes += (size_t)job->result_bytes + 1024;
    TRY(reading_begin(call, &reading, err));
    enum status_code rc = store_job_data_get(reading.txn, job->user_id, job->id, STORE_JOB_RESULT,
                                             (size_t)job->result_bytes, &call->arena, ret);
    status end = reading_end(&reading, err);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_GONE, "job_result_gone",
                          "the answer was kept until its retention ended");
    return rc == ST_OK ? end : rc;
}

static status result_work(struct call *call, struct error *err)
{
    struct result *in = call->state;
    return job_result_work(call, &in->job, &in->bytes, err);
}

static status result_reply(struct call *call, struct error *err)
{
    const struct result *in = call->state;
    (void)err;
    reply_header_u64(call, "Sleuth-Analyses-Billed", in->job.billed);
    return reply_bytes(call, 200, "application/json", in->bytes);
}

/* --- cancel ------------------------------------------------------------------------------------
 */

status job_cancel_apply(struct call *call, struct store_job *job, struct error *err)
{
    status rc = store_job_cancel(call->txn, job->user_id, job->id, call->now_ms);
    if (rc == ST_NOT_FOUND)
        return not_found(err);
    if (rc == ST_CONFLICT)
        return error_code(err, ST_CONFLICT, "job_finished", "the job has finished already");
    TRY(rc);
    TRY(audit_note(call, "job.cancel", job->id, S("")));
    TRY(store_job_get(call->txn, job->user_id, job->id, &call->arena, job));
    if (job->state != STORE_JOB_CANCELLED)
        return ST_OK; /* it runs: whoever runs it ends it */
    rc = store_settle(call->txn, job->id, &(struct store_spend){.user_id = job->user_id});
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    return event_job_finished(call->app, call->txn, job, call->now_ms);
}

static status cancel_apply(struct call *call, struct error *err)
{
    struct store_job job = {.id = call_param(call, "id"), .user_id = call->user->id};
    return job_cancel_apply(call, &job, err);
}

static status cancel_reply(struct call *call, struct error *err)
{
    (void)err;
    jobs_cancel(call->app, call_param(call, "id"));
    return reply_empty(call, 204);
}

/* --- again -------------------------------------------------------------------------------------
 */

status job_again_check(struct call *call, const struct store_job *old, struct job_order *order,
                       struct error *err)
{
    if (job_is_live(old) || old->state == STORE_JOB_SUCCEEDED)
        return error_code(
            err, ST_CONFLICT, "job_not_failed",
            "only jobs that failed, expired or were cancelled can be asked for again");
    if (old->is_dropped)
        return error_code(err, ST_GONE, "job_input_gone",
                          "what the job was given is not kept any more");
    if (old->livemode != call->livemode)
        return error_code(err, ST_CONFLICT, "livemode_mismatch",
                          "live jobs need a live key, test jobs a test key");
    TRY(job_order_begin(call, order, old->kind, err));
    order->priority = old->priority;
    order->units = old->units;
    order->label = old->label;
    order->callback_url = old->callback_url;
    order->path = old->path;
    order->content_type = old->content_type;
    order->query = old->query;
    return ST_OK;
}

/* A worker reads it: a body may have 16 MiB. */
status job_again_work(struct call *call, const struct store_job *old, struct job_order *order,
                      struct error *err)
{
    struct reading reading;
    call->arena.cap_bytes += (size_t)old->input_bytes + 1024;
    TRY(reading_begin(call, &reading, err));
    enum status_code rc = store_job_data_get(reading.txn, old->user_id, old->id, STORE_JOB_INPUT,
                                             (size_t)old->input_bytes, &call->arena, &order->body);
    status end = reading_end(&reading, err);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_GONE, "job_input_gone",
                          "what the job was given is not kept any more");
    return rc == ST_OK ? end : rc;
}

static status again_check(struct call *call, struct error *err)
{
    struct submit *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_empty(call, err));
    TRY(find_own(call, &in->old, err));
    return job_again_check(call, &in->old, &in->order, err);
}

static status again_work(struct call *call, struct error *err)
{
    struct submit *in = call->state;
    return job_again_work(call, &in->old, &in->order, err);
}

#include "api/jobs_doc.h"

/* clang-format off */
const struct route jobs_routes[] = {
    {.method = METHOD_POST, .path = "/api/jobs", .need = NEED_KEY, .plan_min = PLAN_PRO, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT, .body_max = LIMIT_BODY_BYTES,
     .check = submit_check, .work = submit_work, .apply = submit_apply, .reply = submit_reply, .doc = DOC_SUBMIT},
    {.method = METHOD_POST, .path = "/api/analyze_batch", .need = NEED_KEY, .plan_min = PLAN_PRO, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT, .body_max = LIMIT_BODY_BYTES,
     .check = batch_check, .work = batch_work, .apply = submit_apply, .reply = submit_reply, .doc = DOC_BATCH},
    {.method = METHOD_GET, .path = "/api/jobs", .need = NEED_KEY, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT, .check = list_check, .doc = DOC_LIST},
    {.method = METHOD_GET, .path = "/api/jobs/:id", .need = NEED_KEY, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT | ROUTE_POLLING, .check = show_check, .doc = DOC_SHOW},
    {.method = METHOD_GET, .path = "/api/jobs/:id/result", .need = NEED_KEY, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT | ROUTE_POLLING, .check = result_check, .work = result_work, .reply = result_reply,
     .doc = DOC_RESULT},
    {.method = METHOD_DELETE, .path = "/api/jobs/:id", .need = NEED_KEY, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT, .apply = cancel_apply, .reply = cancel_reply, .doc = DOC_CANCEL},
    {.method = METHOD_POST, .path = "/api/jobs/:id/retry", .need = NEED_KEY, .plan_min = PLAN_PRO, .scope = SCOPE_JOBS,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT, .check = again_check, .work = again_work, .apply = submit_apply, .reply = submit_reply,
     .doc = DOC_AGAIN},
};
/* clang-format on */
