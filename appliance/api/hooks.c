/* Addresses that want to hear: register, list, change, test, delete, and what came of deliveries.
 */
#include "api/job_submit.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "call.h"
#include "deliver.h"
#include "events.h"
#include "idempotency.h"
#include "json.h"

enum { HOOKS_MAX = 20, EVENTS_TEXT_MAX = 200 };

struct change {
    struct store_hook row;
    slice url, events;
    bool enabled, has_url, has_events, has_enabled;
    char id[STORE_ID_MAX];
    char secret[DELIVER_SECRET_MAX]; /* wiped with the call's arena */
};

static status find_own(struct call *call, struct store_hook *ret, struct error *err)
{
    status rc =
        store_hook_get(call->txn, call->user->id, call_param(call, "id"), &call->arena, ret);
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "hook_not_found", "there is no such hook");
    return rc;
}

static void put_hook(struct json_out *w, const struct store_hook *hook)
{
    slice rest = hook->events, item;
    json_key_str(w, "id", hook->id);
    json_key_str(w, "url", hook->url);
    json_key(w, "events");
    json_array(w);
    while (rest.len && slice_split(&rest, ',', &item))
        json_str(w, item);
    json_end(w);
    json_key_bool(w, "enabled", hook->enabled);
    json_key_u64(w, "failures", hook->failures);
    json_key_time(w, "failing_since", hook->failing_ms);
    json_key_time(w, "delivered_at", hook->delivered_ms);
    json_key_time(w, "created_at", hook->created_ms);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static status read_events(struct call *call, const struct json *list, slice *ret, struct error *err)
{
    struct buf out;
    buf_init_arena(&out, &call->arena, EVENTS_TEXT_MAX);
    if (list->kind != JSON_ARRAY || list->count > EVENT_TYPE_COUNT)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member 'events' must be a list of event types");
    for (const struct json *item = list->first; item; item = item->next) {
        if (item->kind != JSON_STRING || !event_type_known(item->text))
            return error_code(err, ST_INVALID, "event_unknown",
                              "events are job.finished, verdict.changed and quota.threshold");
        buf_printf(&out, "%s" SLICE_FMT, item == list->first ? "" : ",", SLICE_ARG(item->text));
    }
    *ret = buf_slice(&out);
    return buf_check(&out, err);
}

static status read_change(struct call *call, struct change *in, struct error *err)
{
    const struct json *events = NULL;
    in->url = in->events = S("");
    const struct json_member members[] = {
        {"url", WANT_STR, false, &in->url, 1, JOB_URL_MAX, &in->has_url},
        {"events", WANT_TREE, false, &events, 0, 0, NULL},
        {"enabled", WANT_BOOL, false, &in->enabled, 0, 0, &in->has_enabled},
    };
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    in->has_events = events && events->kind != JSON_NULL;
    if (in->has_events)
        TRY(read_events(call, events, &in->events, err));
    return in->has_url ? job_callback_check(call, in->url, err) : ST_OK;
}

/* --- create -------------------------------------------------------------------------------------
 */

static status create_check(struct call *call, struct error *err)
{
    struct change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(read_change(call, in, err));
    if (!in->has_url)
        return error_code(err, ST_INVALID, "missing_field", "Missing required field: %s", "url");
    deliver_secret_make(in->secret);
    in->row = (struct store_hook){.id = store_id_make(in->id, "hok", call->now_ms),
                                  .user_id = call->user->id,
                                  .url = in->url,
                                  .secret = slice_of(in->secret),
                                  .events = in->events,
                                  .enabled = !in->has_enabled || in->enabled,
                                  .created_ms = call->now_ms};
    return ST_OK;
}

static status create_apply(struct call *call, struct error *err)
{
    struct change *in = call->state;
    struct store_page page = {.limit = HOOKS_MAX};
    struct store_hook *rows;
    TRY(idempotency_claim(call, err));
    TRY(store_hook_list(call->txn, call->user->id, &page, &call->arena, &rows));
    if (page.count >= HOOKS_MAX)
        return error_code(err, ST_LIMIT, "hooks_max", "a user has at most %d hooks", HOOKS_MAX);
    TRY(store_hook_add(call->txn, &in->row));
    TRY(audit_note(call, "hook.create", in->row.id, in->row.url));
    return idempotency_name(
        call, arena_printf(&call->arena, "{\"id\":\"" SLICE_FMT "\"}", SLICE_ARG(in->row.id)), err);
}

static status create_reply(struct call *call, struct error *err)
{
    const struct change *in = call->state;
    struct json_out *w = reply_json(call, 201);
    put_hook(w, &in->row);
    json_key_str(w, "secret", slice_of(in->secret));
    json_key_str(
        w, "warning",
        slice_of(tr(call->lang, N_("Please save this secret. It will not be shown again."))));
    return reply_end(call, err);
}

/* --- list and show ------------------------------------------------------------------------------
 */

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_hook *rows;
    TRY(page_from_query(call, &page, err));
    status rc = store_hook_list(call->txn, call->user->id, &page, &call->arena, &rows);
    if (rc == ST_INVALID)
        return error_code(err, ST_INVALID, "invalid_cursor", "the cursor is not one of ours");
    TRY(rc);
    struct json_out *w = reply_json(call, 200);
    json_key(w, "hooks");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        put_hook(w, &rows[i]);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_hook hook;
    TRY(find_own(call, &hook, err));
    if (reply_etag(call, rev_tag(call, (uint64_t)hook.created_ms, hook.rev)))
        return ST_OK;
    put_hook(reply_json(call, 200), &hook);
    return reply_end(call, err);
}

struct hook_filter {
    slice hook_id;
};

static bool is_of_hook(const void *row, const void *arg)
{
    return slice_eq(((const struct store_delivery *)row)->hook_id,
                    ((const struct hook_filter *)arg)->hook_id);
}

static void put_delivery(struct json_out *w, const struct store_delivery *row)
{
    json_object(w);
    json_key_str(w, "id", row->id);
    json_key_str(w, "type", row->type);
    json_key_u64(w, "attempts", row->attempts);
    if (row->status)
        json_key_u64(w, "status", row->status);
    else
        json_key_null(w, "status");
    if (row->error.len)
        json_key_str(w, "error", row->error);
    else
        json_key_null(w, "error");
    json_key_time(w, "next_attempt_at", row->next_ms);
    json_key_time(w, "created_at", row->created_ms);
    json_key_time(w, "finished_at", row->finished_ms);
    json_end(w);
}

static status deliveries_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_delivery *rows;
    struct store_hook hook;
    TRY(find_own(call, &hook, err));
    TRY(page_from_query(call, &page, err));
    const struct hook_filter filter = {hook.id};
    page.newest_first = true;
    page.keep = is_of_hook;
    page.arg = &filter;
    page.limit = page.limit < 50 ? page.limit : 50; /* rows carry their bodies along */
    status rc = store_delivery_list(call->txn, call->user->id, &page, &call->arena, &rows);
    if (rc == ST_INVALID)
        return error_code(err, ST_INVALID, "invalid_cursor", "the cursor is not one of ours");
    TRY(rc);
    struct json_out *w = reply_json(call, 200);
    json_key(w, "deliveries");
    json_array(w);
    for (size_t i = 0; i < page.count; i++)
        put_delivery(w, &rows[i]);
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

/* --- change and delete --------------------------------------------------------------------------
 */

static status change_check(struct call *call, struct error *err)
{
    struct change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find_own(call, &in->row, err));
    TRY(read_change(call, in, err));
    return check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err);
}

static status change_apply(struct call *call, struct error *err)
{
    struct change *in = call->state;
    TRY(find_own(call, &in->row, err));
    TRY(check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err));
    if (in->has_url)
        in->row.url = in->url;
    if (in->has_events)
        in->row.events = in->events;
    if (in->has_enabled) {
        in->row.enabled = in->enabled;
        in->row.failures = 0;
        in->row.failing_ms = 0;
    }
    TRY(store_hook_put(call->txn, &in->row));
    return audit_note(call, "hook.change", in->row.id, in->row.url);
}

static status change_reply(struct call *call, struct error *err)
{
    const struct change *in = call->state;
    put_hook(reply_json(call, 200), &in->row);
    return reply_end(call, err);
}

static status delete_apply(struct call *call, struct error *err)
{
    struct store_hook hook;
    TRY(find_own(call, &hook, err));
    TRY(check_rev(call, (uint64_t)hook.created_ms, hook.rev, err));
    TRY(store_hook_del(call->txn, call->user->id, hook.id));
    return audit_note(call, "hook.delete", hook.id, S(""));
}

static status delete_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

/* --- test ---------------------------------------------------------------------------------------
 */

static status test_check(struct call *call, struct error *err)
{
    struct store_hook hook;
    TRY(find_own(call, &hook, err));
    TRY(body_empty(call, err));
    TRY(job_callback_check(call, hook.url, err));
    if (!hook.enabled)
        return error_code(err, ST_CONFLICT, "hook_disabled", "the hook is switched off");
    return ST_OK;
}

static status test_apply(struct call *call, struct error *err)
{
    struct store_hook hook;
    TRY(find_own(call, &hook, err));
    TRY(audit_note(call, "hook.test", hook.id, S("")));
    return event_send(call->app, call->txn,
                      &(struct event){.user_id = call->user->id,
                                      .type = EVENT_TEST,
                                      .cause = call->request_id,
                                      .data = S("{\"object\":\"test\"}"),
                                      .livemode = false,
                                      .now_ms = call->now_ms},
                      hook.id, hook.url);
}

static status test_reply(struct call *call, struct error *err)
{
    json_key_str(reply_json(call, 202), "status", S("queued"));
    return reply_end(call, err);
}

static status callback_check(struct call *call, struct error *err)
{
    char secret[DELIVER_SECRET_MAX];
    deliver_secret_of_user(call->app->auth, call->user->id, secret);
    json_key_str(reply_json(call, 200), "secret", slice_of(secret));
    crypt_wipe(secret, sizeof secret);
    return reply_end(call, err);
}

#include "api/hooks_doc.h"

/* clang-format off */
#define COMMON .need = NEED_KEY, .plan_min = PLAN_BUSINESS, .scope = SCOPE_JOBS
const struct route hooks_routes[] = {
    {.method = METHOD_POST, .path = "/api/hooks", COMMON, .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT | ROUTE_SECRET,
     .check = create_check, .apply = create_apply, .reply = create_reply, .doc = DOC_CREATE},
    {.method = METHOD_GET, .path = "/api/hooks", COMMON, .flags = ROUTE_STRICT, .check = list_check, .doc = DOC_LIST},
    {.method = METHOD_GET, .path = "/api/hooks/:id", COMMON, .flags = ROUTE_STRICT, .check = show_check, .doc = DOC_SHOW},
    {.method = METHOD_PATCH, .path = "/api/hooks/:id", COMMON, .flags = ROUTE_STRICT,
     .check = change_check, .apply = change_apply, .reply = change_reply, .doc = DOC_CHANGE},
    {.method = METHOD_DELETE, .path = "/api/hooks/:id", COMMON, .flags = ROUTE_STRICT,
     .apply = delete_apply, .reply = delete_reply, .doc = DOC_DELETE},
    {.method = METHOD_POST, .path = "/api/hooks/:id/test", COMMON, .flags = ROUTE_STRICT,
     .check = test_check, .apply = test_apply, .reply = test_reply, .doc = DOC_TEST},
    {.method = METHOD_GET, .path = "/api/hooks/:id/deliveries", COMMON, .flags = ROUTE_STRICT,
     .check = deliveries_check, .doc = DOC_DELIVERIES},
    {.method = METHOD_GET, .path = "/api/callback-secret", COMMON, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = callback_check, .doc = DOC_CALLBACK},
};
#undef COMMON
/* clang-format on */
