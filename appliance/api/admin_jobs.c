/* Every user's jobs as the administrator sees them: the routes behind `sleuth job`. */
#include "api/job_kinds.h"
#include "api/job_view.h"
#include "api/tables.h"
#include "app.h"
#include "auth.h"
#include "body.h"
#include "call.h"
#include "jobs.h"
#include "reading.h"

struct state {
    struct store_job job;
    struct job_order order;
    slice bytes;
};

static status find_any(struct call *call, struct store_job *ret, struct error *err)
{
    status rc = store_job_find(call->txn, call_param(call, "id"), &call->arena, ret);
    return rc == ST_NOT_FOUND
               ? error_code(err, ST_NOT_FOUND, "job_not_found", "there is no such job")
               : rc;
}

static bool has_state(const void *row, const void *arg)
{
    return ((const struct store_job *)row)->state == *(const uint64_t *)arg;
}

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_job *rows;
    uint64_t state;
    slice wanted = call_query(call, "state");
    TRY(page_from_query(call, &page, err));
    if (wanted.ptr && !job_state_from(wanted, &state))
        return error_code(err, ST_INVALID, "state_unknown",
                          "state must be one of queued, running, succeeded, failed, cancelled, "
                          "expired");
    if (wanted.ptr) {
        page.keep = has_state;
        page.arg = &state;
    }
    TRY(store_job_list(call->txn, 0, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "jobs");
    json_array(w);
    for (size_t i = 0; i < page.count; i++)
        job_put_owned(w, &rows[i], 0, call->lang);
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_job job;
    struct buf buf;
    struct json_out w;
    uint64_t position;
    TRY(find_any(call, &job, err));
    TRY(store_job_position(call->txn, &job, &position));
    buf_init_arena(&buf, &call->arena, LIMIT_CALL_ARENA_BYTES);
    json_out_init(&w, &buf, 0);
    job_put_owned(&w, &job, position, call->lang);
    TRY(buf_check(&buf, err));
    return reply_bytes(call, 200, "application/json", buf_slice(&buf));
}

static status state_begin(struct call *call, struct error *err)
{
    struct state *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return find_any(call, &in->job, err);
}

static status result_check(struct call *call, struct error *err)
{
    TRY(state_begin(call, err));
    return job_result_check(&((struct state *)call->state)->job, err);
}

static status result_work(struct call *call, struct error *err)
{
    struct state *in = call->state;
    return job_result_work(call, &in->job, &in->bytes, err);
}

static status result_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_bytes(call, 200, "application/json", ((struct state *)call->state)->bytes);
}

static status cancel_apply(struct call *call, struct error *err)
{
    struct state *in = call->state;
    return job_cancel_apply(call, &in->job, err);
}

static status cancel_reply(struct call *call, struct error *err)
{
    (void)err;
    jobs_cancel(call->app, call_param(call, "id"));
    return reply_empty(call, 204);
}

/* The new job is its owner's, and counts against the owner's plan; the record names who asked. */
static status again_check(struct call *call, struct error *err)
{
    slice actor_name = call->actor_name;
    struct store_user *user = arena_alloc(&call->arena, sizeof *user);
    TRY(body_empty(call, err));
    TRY(state_begin(call, err));
    struct state *in = call->state;
    if (!user)
        return arena_check(&call->arena, err);
    TRY(store_user_get(call->txn, in->job.user_id, &call->arena, user));
    TRY(auth_set_user(call, user, err));
    call->actor_name = actor_name;
    call->livemode = in->job.livemode;
    return job_again_check(call, &in->job, &in->order, err);
}

static status again_work(struct call *call, struct error *err)
{
    struct state *in = call->state;
    return job_again_work(call, &in->job, &in->order, err);
}

static status again_apply(struct call *call, struct error *err)
{
    return job_order_apply(call, &((struct state *)call->state)->order, err);
}

static status again_reply(struct call *call, struct error *err)
{
    return job_order_reply(call, &((struct state *)call->state)->order, err);
}

static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the job"), true},
    {0},
};
static const struct route_param list_params[] = {
    {"state", "query",
     "{\"enum\":[\"queued\",\"running\",\"succeeded\",\"failed\",\"cancelled\",\"expired\"]}",
     N_("only jobs in this state"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};

/* clang-format off */
#define JOBS "{\"type\":\"object\",\"required\":[\"jobs\",\"next_cursor\"],\"properties\":{\"jobs\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Job\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"
const struct route admin_jobs_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/jobs", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = list_check,
     .doc = {.summary = N_("List the jobs of all users"), .tag = "Administration", .params = list_params,
             .response = JOBS, .errors = "400 401 403 429"}},
    {.method = METHOD_GET, .path = "/api/admin/jobs/:id", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = show_check,
     .doc = {.summary = N_("Show any user's job"), .tag = "Administration", .params = id_params,
             .response = "#Job", .errors = "401 403 404 429"}},
    {.method = METHOD_GET, .path = "/api/admin/jobs/:id/result", .need = NEED_ADMIN, .flags = ROUTE_STRICT,
     .check = result_check, .work = result_work, .reply = result_reply,
     .doc = {.summary = N_("The answer of any user's job"), .tag = "Administration", .params = id_params,
             .response = "{\"type\":\"object\"}", .errors = "401 403 404 409 410 429"}},
    {.method = METHOD_DELETE, .path = "/api/admin/jobs/:id", .need = NEED_ADMIN, .flags = ROUTE_STRICT,
     .check = state_begin, .apply = cancel_apply, .reply = cancel_reply,
     .doc = {.summary = N_("Cancel any user's job"), .tag = "Administration", .params = id_params,
             .success = 204, .errors = "401 403 404 409 429"}},
    {.method = METHOD_POST, .path = "/api/admin/jobs/:id/retry", .need = NEED_ADMIN, .flags = ROUTE_STRICT,
     .check = again_check, .work = again_work, .apply = again_apply, .reply = again_reply,
     .doc = {.summary = N_("Submit the work of any user's job again"), .tag = "Administration", .params = id_params,
             .response = "{\"type\":\"object\",\"required\":[\"job\"],\"properties\":{\"job\":{\"$ref\":\"#/components/schemas/Job\"}}}",
             .success = 202, .errors = "400 401 403 404 409 410 429 503"}},
};
/* clang-format on */
