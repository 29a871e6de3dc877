/* Checks, reserves, queues and acknowledges jobs. */
#include "api/job_submit.h"

#include "api/job_view.h"
#include "app.h"
#include "audit.h"
#include "body.h"
#include "call.h"
#include "config.h"
#include "egress.h"
#include "entitlement.h"
#include "events.h"
#include "idempotency.h"
#include "jobs.h"
#include "plans.h"
#include "rate.h"

#include <assert.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000, RETRY_S = 30 };

bool job_wants_async(const struct call *call)
{
    slice rest = call_header(call, "prefer"), item;
    while (rest.len && slice_split(&rest, ',', &item))
        if (slice_eq_nocase(slice_trim(item), S("respond-async")))
            return true;
    return false;
}

static status refuse_full(struct call *call, struct error *err)
{
    call->problem.retry_after_s = RETRY_S;
    return error_code(err, ST_BUSY, "job_queue_full",
                      "too many jobs are waiting on this appliance; try again in %d s", RETRY_S);
}

static status refuse_user(struct call *call, uint64_t max, struct error *err)
{
    call->problem.retry_after_s = RETRY_S;
    return error_code(err, ST_RATE, "job_limit", "you have %llu jobs waiting; let some of them end",
                      (unsigned long long)max);
}

/* Is there room for this body? The counts move until apply looks again. */
static status check_room(struct call *call, uint64_t bytes, struct error *err)
{
    const struct config *config = call->app->config;
    uint64_t queued, running, mine, held;
    TRY(store_job_count(call->txn, &queued, &running));
    TRY(store_job_bytes(call->txn, &held));
    if (queued >= (uint64_t)config->jobs_queue_max ||
        held + bytes > (uint64_t)config->jobs_store_mib << 20)
        return refuse_full(call, err);
    uint64_t max = (uint64_t)config->jobs_queue_user_max;
    TRY(store_job_waiting(call->txn, call->user->id, max, &mine));
    return mine >= max ? refuse_user(call, max, err) : ST_OK;
}

status job_order_begin(struct call *call, struct job_order *order, slice kind, struct error *err)
{
    assert(call->user);
    (void)store_id_make(order->id, "job", call->now_ms);
    order->kind = kind;
    order->priority = JOB_PRIORITY;
    order->units = 1;
    order->label = order->callback_url = S("");
    order->path = slice_of(call->route->path);
    order->content_type = call_header(call, "content-type");
    order->query = call->query_text;
    TRY(check_room(call, call->body.len, err));
    return rate_check_quota(call, err);
}

status job_callback_check(struct call *call, slice url, struct error *err)
{
    const struct config *config = call->app->config;
    struct egress egress;
    if (call->plan->rank < PLAN_BUSINESS) {
        call->problem.error = N_("Plan upgrade required");
        call_problem_members(call, arena_printf(&call->arena,
                                                "\"current_plan\":\"%s\","
                                                "\"required_plan\":\"business\"",
                                                call->plan->slug));
        return error_code(err, ST_PLAN, "plan_required",
                          "notifications need the %s plan or a higher one", "business");
    }
    if (!config->hooks_enabled)
        return error_code(err, ST_DISABLED, "hooks_disabled",
                          "notifications are switched off on this appliance (hooks.enabled)");
    if (url.len > JOB_URL_MAX)
        return error_code(err, ST_INVALID, "invalid_field", "a URL has at most %d bytes",
                          JOB_URL_MAX);
    return egress_check(config, OUTBOUND_HOOK, url, &egress, err);
}

/* --- apply --- */

static struct store_job row_of(struct call *call, const struct job_order *order)
{
    const struct config *config = call->app->config;
    return (struct store_job){
        .id = slice_of(order->id),
        .user_id = call->user->id,
        .api_key_id = call->key ? call->key->id : 0,
        .kind = order->kind,
        .priority = order->priority,
        .path = order->path,
        .content_type = order->content_type.ptr ? order->content_type : S("application/json"),
        .query = order->query.ptr ? order->query : S(""),
        .input_bytes = order->body.len,
        .units = call->livemode ? order->units : 0,
        .livemode = call->livemode,
        .callback_url = order->callback_url,
        .request_id = call->request_id,
        .language = call->lang == LANG_ZH ? S("zh") : S("en"),
        .label = order->label,
        .created_ms = call->now_ms,
        .expires_ms = call->now_ms + config->jobs_wait_hours * HOUR_MS,
    };
}

/* Held as long as the job can possibly live: waiting, and every attempt up to its deadline. */
static status reserve(struct call *call, struct job_order *order, struct error *err)
{
    const struct config *config = call->app->config;
    const struct store_spend spend = {.user_id = call->user->id,
                                      .api_key_id = order->job.api_key_id,
                                      .endpoint = order->path,
                                      .at_ms = call->now_ms,
                                      .count = order->units,
                                      .limit = call->plan->analyses_per_month,
                                      .total = entitlement_analyses(call->app, call->now_ms)};
    int64_t life_ms = config->jobs_wait_hours * HOUR_MS +
                      (JOB_ATTEMPTS_MAX + 1) * config->jobs_deadline_minutes * 60000 + DAY_MS;
    struct store_usage_month month;
    if (!call->livemode)
        return ST_OK;
    status rc = store_reserve(call->txn, order->job.id, &spend, call->now_ms + life_ms);
    if (rc == ST_QUOTA)
        return rate_refuse_quota(call, err);
    TRY(rc);
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &month));
    order->month_used = month.analyses + month.reserved;
    return event_quota(call->app, call->txn,
                       &(struct quota_step){.user_id = call->user->id,
                                            .before = order->month_used - order->units,
                                            .after = order->month_used,
                                            .limit = call->plan->analyses_per_month,
                                            .now_ms = call->now_ms});
}

status job_order_apply(struct call *call, struct job_order *order, struct error *err)
{
    const struct config *config = call->app->config;
    if (!order->body.ptr)
        order->body = call->body;
    TRY(idempotency_claim(call, err));
    TRY(check_room(call, order->body.len, err));
    order->job = row_of(call, order);
    TRY(reserve(call, order, err));
    status rc = store_job_add(call->txn, &order->job, (uint64_t)config->jobs_queue_max);
    if (rc == ST_BUSY)
        return refuse_full(call, err);
    TRY(rc);
    TRY(store_job_data_put(call->txn, order->job.user_id, order->job.id, STORE_JOB_INPUT,
                           order->body));
    return audit_note(call, "job.submit", order->job.id, order->job.kind);
}

/* --- reply --- */

status job_order_reply(struct call *call, struct job_order *order, struct error *err)
{
    jobs_wake(call->app);
    reply_header(call, "Location", arena_printf(&call->arena, "/api/jobs/%s", order->id));
    reply_header_u64(call, "Sleuth-Analyses-Counted", 0);
    if (job_wants_async(call))
        reply_header(call, "Preference-Applied", S("respond-async"));
    if (order->month_used)
        rate_counted(call, order->month_used);
    struct json_out *w = reply_json(call, 202);
    json_key(w, "job");
    job_put(w, &order->job, 0, call->lang);
    return reply_end(call, err);
}
