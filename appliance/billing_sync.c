/* Reads subscriptions, events and sessions back from the payment provider; see billing_sync.h. */
#include "billing_sync.h"

#include "app.h"
#include "base/clock.h"
#include "config.h"
#include "log.h"
#include "stripe.h"

enum { ARENA_BYTES = 16 << 20, HOUR_MS = 3600000, LIST_MAX = 2000 };

struct target {
    uint64_t user_id;
    slice id;
};

/* --- writing what was read --- */

struct readback {
    struct billing_event event;
    struct billing_event session; /* object_id empty: none */
    struct billing_rules rules;
    uint64_t user_id;
    struct arena *arena;
    struct billing_result result;
    bool is_event; /* a whole event, to be deduplicated */
};

static status readback_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct readback *in = arg;
    if (in->is_event)
        return billing_event_apply(txn, &in->rules, &in->event, in->arena, &in->result, err);
    if (in->session.object_id.len)
        TRY(billing_session_apply(txn, &in->rules, &in->session, in->user_id, in->arena,
                                  &in->result, err));
    return billing_readback_apply(txn, &in->rules, &in->event, in->user_id, in->arena, &in->result,
                                  err);
}

static void readback_init(struct readback *ret, const struct app *app, struct arena *arena)
{
    *ret = (struct readback){.arena = arena};
    billing_rules_init(&ret->rules, app->config, app->plans, clock_wall_ms());
}

/* --- subscriptions --- */

static status ask_subscription(struct app *app, const struct target *target, struct arena *arena,
                               bool *ret_changed, struct error *err)
{
    struct stripe_answer answer;
    struct readback in;
    const struct stripe_request request = {
        .method = "GET",
        .path = arena_printf(arena, "/v1/subscriptions/" SLICE_FMT "?expand[0]=items.data.price",
                             SLICE_ARG(target->id))};
    readback_init(&in, app, arena);
    in.user_id = target->user_id;
    TRY(stripe_call(app, &request, arena, &answer, err));
    TRY(billing_subscription_read(answer.root, in.rules.now_ms, &in.event, err));
    if (!slice_eq(in.event.subscription_id, target->id))
        return error_set(err, ST_UPSTREAM, "Stripe answered with another subscription");
    TRY(store_apply(app->store, readback_apply, &in, err));
    *ret_changed = in.result.outcome == OUTCOME_APPLIED;
    return ST_OK;
}

static bool is_dirty(const void *row, const void *arg)
{
    (void)arg;
    return ((const struct store_stripe_sub *)row)->dirty;
}

static status list_targets(struct store_txn *txn, uint64_t user_id, struct arena *arena,
                           struct target *ret, size_t *ret_count)
{
    struct store_stripe_sub *rows;
    struct store_page page = {.limit = BILLING_SYNC_MAX, .keep = user_id ? NULL : is_dirty};
    TRY(store_stripe_sub_list(txn, user_id, &page, arena, &rows));
    for (size_t i = 0; i < page.count; i++)
        ret[i] = (struct target){rows[i].user_id, rows[i].id};
    *ret_count = page.count;
    return ST_OK;
}

typedef status look(struct store_txn *txn, void *arg);

/* One snapshot of its own: this thread has no reader. */
static status with_snapshot(struct app *app, look *look_fn, void *arg, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = look_fn(txn, arg);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    return rc;
}

struct targets {
    uint64_t user_id;
    struct arena *arena;
    struct target rows[BILLING_SYNC_MAX];
    size_t count;
};

static status look_targets(struct store_txn *txn, void *arg)
{
    struct targets *t = arg;
    return list_targets(txn, t->user_id, t->arena, t->rows, &t->count);
}

status billing_sync_subscriptions(struct app *app, uint64_t user_id, struct billing_sync *ret,
                                  struct error *err)
{
    struct arena arena;
    struct targets targets = {.user_id = user_id, .arena = &arena};
    status first = ST_OK;
    arena_init(&arena, ARENA_BYTES);
    status rc = with_snapshot(app, look_targets, &targets, err);
    for (size_t i = 0; rc == ST_OK && i < targets.count; i++) {
        struct error why = {0};
        bool changed = false;
        status one = ask_subscription(app, &targets.rows[i], &arena, &changed, &why);
        ret->asked++;
        ret->changed += changed;
        ret->failed += one != ST_OK;
        if (one != ST_OK && first == ST_OK) {
            first = one;
            *err = why;
        }
    }
    arena_finish(&arena);
    return rc == ST_OK ? first : rc;
}

/* --- missed events --- */

struct unseen {
    const struct json *list;
    struct arena *arena;
    slice ids[100];
    size_t count;
    size_t listed;
    slice last;
};

static status look_unseen(struct store_txn *txn, void *arg)
{
    struct unseen *u = arg;
    for (const struct json *e = u->list->first; e && u->listed < ARRAY_COUNT(u->ids); e = e->next) {
        struct store_billing_event seen;
        const struct json *id = json_find(e, "id");
        if (!id || id->kind != JSON_STRING || !stripe_id_ok(id->text, "evt_"))
            continue;
        u->listed++;
        u->last = id->text;
        status rc = store_event_get(txn, id->text, u->arena, &seen);
        if (rc == ST_NOT_FOUND)
            u->ids[u->count++] = id->text;
        else if (rc != ST_OK)
            return rc;
    }
    return ST_OK;
}

static status fetch_event(struct app *app, slice id, struct arena *arena, struct billing_sync *ret,
                          struct error *err)
{
    struct stripe_answer answer;
    struct readback in;
    const struct stripe_request request = {
        .method = "GET", .path = arena_printf(arena, "/v1/events/" SLICE_FMT, SLICE_ARG(id))};
    readback_init(&in, app, arena);
    in.is_event = true;
    TRY(stripe_call(app, &request, arena, &answer, err));
    TRY(billing_event_read(answer.body, arena, &in.event, err));
    TRY(store_apply(app->store, readback_apply, &in, err));
    ret->events++;
    ret->applied += in.result.outcome == OUTCOME_APPLIED;
    return ST_OK;
}

/* One page; *ret_more says whether an older one may hold unseen events. */
static status catch_up_page(struct app *app, struct buf *cursor, struct billing_sync *ret,
                            bool *ret_more, struct error *err)
{
    struct arena arena;
    struct stripe_answer answer;
    struct unseen unseen = {.arena = &arena};
    arena_init(&arena, ARENA_BYTES);
    slice after = buf_slice(cursor);
    const struct stripe_request request = {
        .method = "GET",
        .path = after.len ? arena_printf(&arena, "/v1/events?limit=100&starting_after=" SLICE_FMT,
                                         SLICE_ARG(after))
                          : S("/v1/events?limit=100")};
    status rc = stripe_call(app, &request, &arena, &answer, err);
    const struct json *list = rc == ST_OK ? json_find(answer.root, "data") : NULL;
    const struct json *more = rc == ST_OK ? json_find(answer.root, "has_more") : NULL;
    if (list && list->kind == JSON_ARRAY) {
        unseen.list = list;
        rc = with_snapshot(app, look_unseen, &unseen, err);
    }
    for (size_t i = unseen.count; rc == ST_OK && i > 0; i--) /* oldest first */
        rc = fetch_event(app, unseen.ids[i - 1], &arena, ret, err);
    *ret_more = more && more->boolean && unseen.count > 0;
    cursor->len = 0;
    buf_put(cursor, unseen.last);
    arena_finish(&arena);
    return rc;
}

status billing_catch_up(struct app *app, struct billing_sync *ret, struct error *err)
{
    struct buf cursor;
    bool more = true;
    status rc = ST_OK;
    buf_init(&cursor, STRIPE_ID_MAX);
    for (int page = 0; rc == ST_OK && more && page < BILLING_CATCH_UP_PAGES; page++) {
        rc = catch_up_page(app, &cursor, ret, &more, err);
        if (ret->events >= BILLING_CATCH_UP_EVENTS)
            break;
    }
    buf_finish(&cursor);
    return rc;
}

/* --- a checkout that came back --- */

static bool is_paid(const struct billing_event *session)
{
    return slice_eq(session->payment_status, S("paid")) ||
           slice_eq(session->payment_status, S("no_payment_required"));
}

static status sync_session(struct app *app, uint64_t user_id, slice session_id, struct arena *arena,
                           bool *ret_confirmed, struct error *err)
{
    struct stripe_answer answer;
    struct readback in;
    const struct stripe_request request = {
        .method = "GET",
        .path = arena_printf(arena, "/v1/checkout/sessions/" SLICE_FMT "?expand[0]=subscription",
                             SLICE_ARG(session_id))};
    readback_init(&in, app, arena);
    in.user_id = user_id;
    status rc = stripe_call(app, &request, arena, &answer, err);
    if (rc == ST_UPSTREAM && answer.http_status == 404)
        return error_set(err, ST_NOT_FOUND, "there is no such thing");
    if (rc != ST_OK)
        return rc;
    TRY(billing_session_read(answer.root, in.rules.now_ms, &in.session, err));
    if (in.session.user_id != user_id || !slice_eq(in.session.object_id, session_id))
        return error_set(err, ST_NOT_FOUND, "there is no such thing");
    const struct json *subscription = json_find(answer.root, "subscription");
    if (!is_paid(&in.session) || !subscription || subscription->kind != JSON_OBJECT)
        return ST_OK; /* not yet: the webhook will tell */
    TRY(billing_subscription_read(subscription, in.rules.now_ms, &in.event, err));
    TRY(store_apply(app->store, readback_apply, &in, err));
    *ret_confirmed = true;
    return ST_OK;
}

status billing_sync_session(struct app *app, uint64_t user_id, slice session_id,
                            bool *ret_confirmed, struct error *err)
{
    struct arena arena;
    *ret_confirmed = false;
    arena_init(&arena, ARENA_BYTES);
    status rc = sync_session(app, user_id, session_id, &arena, ret_confirmed, err);
    arena_finish(&arena);
    return rc;
}

/* --- everybody --- */

struct derive_page {
    struct billing_rules rules;
    uint64_t users[STORE_PAGE_MAX];
    size_t count;
    struct store_page page;
    struct arena *arena;
};

static status look_subscribers(struct store_txn *txn, void *arg)
{
    struct derive_page *in = arg;
    struct store_subscription *rows;
    TRY(store_subscription_list(txn, &in->page, in->arena, &rows));
    in->count = in->page.count;
    for (size_t i = 0; i < in->count; i++)
        in->users[i] = rows[i].user_id;
    return ST_OK;
}

static status derive_apply(struct store_txn *txn, void *arg, struct error *err)
{
    const struct derive_page *in = arg;
    for (size_t i = 0; i < in->count; i++) {
        struct billing_result result = {0};
        TRY(billing_derive(txn, &in->rules, in->users[i], S("time"), in->arena, &result, err));
    }
    return ST_OK;
}

status billing_derive_all(struct app *app, struct error *err)
{
    struct arena arena;
    struct derive_page in = {.arena = &arena, .page = {.limit = 50}};
    arena_init(&arena, ARENA_BYTES);
    billing_rules_init(&in.rules, app->config, app->plans, clock_wall_ms());
    status rc = ST_OK;
    for (int i = 0; rc == ST_OK && i < LIST_MAX; i++) {
        rc = with_snapshot(app, look_subscribers, &in, err);
        if (rc == ST_OK)
            rc = store_apply(app->store, derive_apply, &in, err);
        in.page.cursor = in.page.next;
        if (in.page.next.len == 0)
            break;
    }
    arena_finish(&arena);
    return rc;
}

status billing_reconcile(struct app *app, int64_t now_mono_ms, int64_t *hourly_ms,
                         struct error *err)
{
    struct billing_sync sync = {0};
    const struct config *config = app->config; /* NULL in the janitor's own tests */
    if (!config || !slice_eq(config->billing_mode, S("stripe")))
        return ST_OK;
    bool online = !slice_eq(config->outbound_mode, S("airgap"));
    if (*hourly_ms == 0 || now_mono_ms - *hourly_ms >= HOUR_MS) {
        *hourly_ms = now_mono_ms;
        TRY(billing_derive_all(app, err));
        if (online)
            TRY(billing_catch_up(app, &sync, err));
    }
    if (online)
        TRY(billing_sync_subscriptions(app, 0, &sync, err));
    if (sync.asked || sync.events)
        log_info("billing_reconciled", F_U64("asked", sync.asked), F_U64("failed", sync.failed),
                 F_U64("events", sync.events), F_U64("applied", sync.applied));
    return ST_OK;
}
