/* Makes deliveries of what happened. */
#include "events.h"

#include "api/job_view.h"
#include "app.h"
#include "base/json_out.h"
#include "base/text.h"
#include "config.h"
#include "entitlement.h"
#include "limits.h"
#include "plans.h"

#include <stdio.h>

enum { EVENT_ARENA_BYTES = 8 << 20, EVENT_BODY_MAX = 256 * 1024, HOOKS_PER_USER = 20 };

const char *const event_types[] = {EVENT_JOB_FINISHED, EVENT_VERDICT_CHANGED,
                                   EVENT_QUOTA_THRESHOLD};

bool event_type_known(slice type)
{
    for (size_t i = 0; i < EVENT_TYPE_COUNT; i++)
        if (slice_eq(type, slice_of(event_types[i])))
            return true;
    return false;
}

/* The same cause for the same receiver has the same id for ever. */
static slice delivery_id(char ret[static STORE_ID_MAX], const struct event *event, slice receiver)
{
    struct crypt_sha256_stream stream;
    struct crypt_hash hash;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    crypt_sha256_begin(&stream);
    crypt_sha256_more(&stream, slice_of(event->type));
    crypt_sha256_more(&stream, S("\n"));
    crypt_sha256_more(&stream, event->cause);
    crypt_sha256_more(&stream, S("\n"));
    crypt_sha256_more(&stream, receiver);
    crypt_sha256_end(&stream, &hash);
    int len =
        snprintf(ret, STORE_ID_MAX, "evt_%.26s", crypt_hex(hex, hash.bytes, CRYPT_HASH_BYTES).ptr);
    return slice_make(ret, (size_t)len);
}

/* The envelope of Stripe's events, so that their libraries read it. */
static status body_make(const struct event *event, slice id, struct arena *arena, slice *ret)
{
    struct buf buf;
    struct json_out w;
    buf_init_arena(&buf, arena, EVENT_BODY_MAX);
    json_out_init(&w, &buf, 0);
    json_object(&w);
    json_key_str(&w, "id", id);
    json_key_str(&w, "object", S("event"));
    json_key_str(&w, "type", slice_of(event->type));
    json_key_u64(&w, "created", (uint64_t)event->now_ms / 1000);
    json_key_bool(&w, "livemode", event->livemode);
    json_key(&w, "data");
    json_object(&w);
    json_key(&w, "object");
    json_raw(&w, event->data);
    json_end(&w);
    json_end(&w);
    *ret = buf_slice(&buf);
    return buf_check(&buf, NULL);
}

static status delivery_add(struct store_txn *txn, const struct event *event, slice hook_id,
                           slice url, struct arena *arena)
{
    char id[STORE_ID_MAX];
    struct store_delivery row = {.user_id = event->user_id,
                                 .hook_id = hook_id,
                                 .url = url,
                                 .type = slice_of(event->type),
                                 .next_ms = event->now_ms,
                                 .created_ms = event->now_ms};
    row.id = delivery_id(id, event, hook_id.len ? hook_id : url);
    TRY(body_make(event, row.id, arena, &row.body));
    status rc = store_delivery_add(txn, &row);
    return rc == ST_CONFLICT ? ST_OK : rc; /* told already */
}

static bool hook_wants(const struct store_hook *hook, const char *type)
{
    slice rest = hook->events, item;
    if (!hook->enabled)
        return false;
    if (rest.len == 0)
        return true;
    while (slice_split(&rest, ',', &item))
        if (slice_eq(slice_trim(item), slice_of(type)))
            return true;
    return false;
}

/* Notifications are switched on, and part of the user's plan. */
static status may_notify(struct app *app, struct store_txn *txn, const struct event *event,
                         struct arena *arena, bool *ret)
{
    const struct config *config = app->config;
    struct store_user user;
    *ret = false;
    if (!config || !config->hooks_enabled)
        return ST_OK;
    status rc = store_user_get(txn, event->user_id, arena, &user);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    *ret = rc == ST_OK && entitlement_plan(app, &user, event->now_ms) >= PLAN_BUSINESS;
    return rc;
}

static status add_all(struct app *app, struct store_txn *txn, const struct event *event,
                      struct arena *arena)
{
    struct store_page page = {.limit = HOOKS_PER_USER};
    struct store_hook *hooks;
    bool may;
    TRY(may_notify(app, txn, event, arena, &may));
    if (!may)
        return ST_OK;
    TRY(store_hook_list(txn, event->user_id, &page, arena, &hooks));
    for (size_t i = 0; i < page.count; i++)
        if (hook_wants(&hooks[i], event->type))
            TRY(delivery_add(txn, event, hooks[i].id, hooks[i].url, arena));
    return ST_OK;
}

status event_add(struct app *app, struct store_txn *txn, const struct event *event)
{
    struct arena arena;
    arena_init(&arena, EVENT_ARENA_BYTES);
    status rc = add_all(app, txn, event, &arena);
    arena_finish(&arena);
    return rc;
}

status event_send(struct app *app, struct store_txn *txn, const struct event *event, slice hook_id,
                  slice url)
{
    struct arena arena;
    bool may;
    arena_init(&arena, EVENT_ARENA_BYTES);
    status rc = may_notify(app, txn, event, &arena, &may);
    if (rc == ST_OK && may)
        rc = delivery_add(txn, event, hook_id, url, &arena);
    arena_finish(&arena);
    return rc;
}

/* --- what happens -------------------------------------------------------------------------------
 */

static enum lang lang_of(const struct store_job *job)
{
    return slice_eq(job->language, S("zh")) ? LANG_ZH : LANG_EN;
}

status event_job_finished(struct app *app, struct store_txn *txn, const struct store_job *job,
                          int64_t now_ms)
{
    struct arena arena;
    struct buf buf;
    struct json_out w;
    struct event event = {.user_id = job->user_id,
                          .type = EVENT_JOB_FINISHED,
                          .cause = job->id,
                          .livemode = job->livemode,
                          .now_ms = now_ms};
    arena_init(&arena, EVENT_ARENA_BYTES);
    buf_init_arena(&buf, &arena, EVENT_BODY_MAX);
    json_out_init(&w, &buf, 0);
    job_put(&w, job, 0, lang_of(job));
    event.data = buf_slice(&buf);
    status rc = buf_check(&buf, NULL);
    if (rc == ST_OK)
        rc = event_add(app, txn, &event);
    if (rc == ST_OK && job->callback_url.len)
        rc = event_send(app, txn, &event, S(""), job->callback_url);
    arena_finish(&arena);
    return rc;
}

static status quota_add(struct app *app, struct store_txn *txn, const struct quota_step *step,
                        unsigned percent)
{
    char cause[40], data[160];
    unsigned month = (unsigned)store_month(step->now_ms);
    (void)snprintf(cause, sizeof cause, "quota/%u/%u", month, percent);
    (void)snprintf(data, sizeof data,
                   "{\"object\":\"quota\",\"resource\":\"analyses\",\"percent\":%u,\"used\":%llu,"
                   "\"limit\":%llu}",
                   percent, (unsigned long long)step->after, (unsigned long long)step->limit);
    return event_add(app, txn,
                     &(struct event){.user_id = step->user_id,
                                     .type = EVENT_QUOTA_THRESHOLD,
                                     .cause = slice_of(cause),
                                     .data = slice_of(data),
                                     .livemode = true,
                                     .now_ms = step->now_ms});
}

status event_quota(struct app *app, struct store_txn *txn, const struct quota_step *step)
{
    static const unsigned percents[] = {80, 100};
    if (step->limit == 0 || step->limit == UINT64_MAX)
        return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(percents); i++) {
        uint64_t rest = step->limit % 100 * percents[i]; /* rounded up: not before it is reached */
        uint64_t at = step->limit / 100 * percents[i] + (rest + 99) / 100;
        if (step->before < at && step->after >= at)
            TRY(quota_add(app, txn, step, percents[i]));
    }
    return ST_OK;
}
