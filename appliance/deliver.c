/* Outgoing notifications: due, signed, sent, recorded. */
#include "deliver.h"

#include "app.h"
#include "auth.h"
#include "base/clock.h"
#include "config.h"
#include "log.h"
#include "outbound.h"
#include "workers.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TICK_MS = 1000, SLOTS = 16, SLOT_ARENA_BYTES = 4 << 20, DAY_MS = 86400000, TRIM_ROWS = 2 };

/* One delivery that is being sent. */
struct slot {
    struct work_item item; /* first: the pool hands it back */
    struct deliver *deliver;
    bool busy; /* under deliver->mutex */
    struct arena arena;
    struct store_delivery row;
    slice secret;
};

struct deliver {
    struct app *app;
    pthread_mutex_t mutex; /* guards what follows and busy of the slots */
    pthread_cond_t wake;
    bool woken, stopping;
    /* --- */
    atomic_bool cancelled;
    pthread_t thread;
    bool started;
    struct store_reader *reader; /* of the thread */
    struct workers *senders;
    struct slot slots[SLOTS];
};

/* --- signing ------------------------------------------------------------------------------------
 */

slice deliver_sign(char ret[static DELIVER_SIGNATURE_MAX], slice secret, int64_t now_ms, slice body,
                   struct arena *arena)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    struct crypt_hash hash;
    slice text =
        arena_printf(arena, "%lld." SLICE_FMT, (long long)(now_ms / 1000), SLICE_ARG(body));
    if (!text.ptr)
        return S(""); /* the receiver refuses; shows in arena_check */
    crypt_hmac_sha256(&hash, secret, text);
    (void)crypt_hex(hex, hash.bytes, CRYPT_HASH_BYTES);
    int len = snprintf(ret, DELIVER_SIGNATURE_MAX, "t=%lld,v1=%s", (long long)(now_ms / 1000), hex);
    assert(len < DELIVER_SIGNATURE_MAX);
    return slice_make(ret, (size_t)len);
}

static void secret_text(char ret[static DELIVER_SECRET_MAX], const void *bytes)
{
    memcpy(ret, "whsec_", 6);
    (void)crypt_base64url(ret + 6, bytes, CRYPT_HASH_BYTES); /* 43 characters and NUL */
}

void deliver_secret_make(char ret[static DELIVER_SECRET_MAX])
{
    struct crypt_hash random;
    crypt_random(random.bytes, sizeof random.bytes);
    secret_text(ret, random.bytes);
    crypt_wipe(&random, sizeof random);
}

void deliver_secret_of_user(const struct auth *auth, uint64_t user_id,
                            char ret[static DELIVER_SECRET_MAX])
{
    char text[64];
    struct crypt_hash hash;
    int len =
        snprintf(text, sizeof text, "callback secret of user %llu", (unsigned long long)user_id);
    crypt_hmac_sha256(&hash, slice_make(auth->pepper, CRYPT_KEY_BYTES),
                      slice_make(text, (size_t)len));
    secret_text(ret, hash.bytes);
    crypt_wipe(&hash, sizeof hash);
}

/* --- what an attempt led to ---------------------------------------------------------------------
 */

int64_t deliver_pause_ms(uint64_t attempts)
{
    /* Together 24 hours. */
    static const int64_t seconds[DELIVER_ATTEMPTS - 1] = {60, 300, 900, 3600, 10800, 25200, 45540};
    return attempts >= 1 && attempts < DELIVER_ATTEMPTS ? seconds[attempts - 1] * 1000 : 0;
}

static bool is_success(const struct deliver_outcome *outcome)
{
    return outcome->http_status >= 200 && outcome->http_status < 300;
}

static status hook_disable(struct store_txn *txn, struct store_hook *hook, int64_t now_ms)
{
    hook->enabled = false;
    return store_audit_add(txn, &(struct store_audit){.at_ms = now_ms,
                                                      .actor = S("system"),
                                                      .action = S("hook.disable"),
                                                      .object = hook->id,
                                                      .detail = S("it failed for three days")});
}

static status hook_record(struct store_txn *txn, const struct store_delivery *row,
                          const struct deliver_outcome *outcome, struct arena *arena)
{
    struct store_hook hook;
    if (row->hook_id.len == 0)
        return ST_OK;
    status rc = store_hook_get(txn, row->user_id, row->hook_id, arena, &hook);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    TRY(rc);
    if (is_success(outcome)) {
        hook.failures = 0;
        hook.failing_ms = 0;
        hook.delivered_ms = outcome->now_ms;
    } else {
        hook.failures++;
        if (hook.failing_ms == 0)
            hook.failing_ms = outcome->now_ms;
        if (hook.enabled &&
            outcome->now_ms - hook.failing_ms >= (int64_t)DELIVER_DISABLE_DAYS * DAY_MS)
            TRY(hook_disable(txn, &hook, outcome->now_ms));
    }
    return store_hook_put(txn, &hook);
}

/* Each one that ends takes up to two old ones along, so records do not pile up. */
static status trim(struct store_txn *txn, const struct deliver_outcome *outcome,
                   struct arena *arena)
{
    struct store_page page = {.limit = TRIM_ROWS};
    struct store_delivery *rows;
    TRY(store_delivery_list(txn, outcome->user_id, &page, arena, &rows));
    for (size_t i = 0; i < page.count; i++)
        if (rows[i].next_ms == 0 &&
            rows[i].finished_ms < outcome->now_ms - (int64_t)DELIVER_KEPT_DAYS * DAY_MS)
            TRY(store_delivery_del(txn, rows[i].user_id, rows[i].id));
    return ST_OK;
}

static status record(struct store_txn *txn, const struct deliver_outcome *outcome,
                     struct arena *arena)
{
    struct store_delivery row;
    status rc = store_delivery_get(txn, outcome->user_id, outcome->id, arena, &row);
    if (rc == ST_NOT_FOUND)
        return ST_OK; /* its user is gone */
    TRY(rc);
    row.attempts++;
    row.status = outcome->http_status;
    row.error = outcome->error;
    int64_t pause_ms = is_success(outcome) ? 0 : deliver_pause_ms(row.attempts);
    row.next_ms = pause_ms ? outcome->now_ms + pause_ms : 0;
    if (row.next_ms == 0)
        row.finished_ms = outcome->now_ms;
    TRY(store_delivery_put(txn, &row));
    TRY(hook_record(txn, &row, outcome, arena));
    return row.next_ms == 0 ? trim(txn, outcome, arena) : ST_OK;
}

status deliver_record(struct store_txn *txn, const struct deliver_outcome *outcome)
{
    struct arena arena;
    arena_init(&arena, SLOT_ARENA_BYTES);
    status rc = record(txn, outcome, &arena);
    arena_finish(&arena);
    return rc;
}

static status record_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return deliver_record(txn, arg);
}

/* --- sending ------------------------------------------------------------------------------------
 */

static status send_request(struct slot *slot, struct deliver_outcome *outcome, struct error *err)
{
    char signature[DELIVER_SIGNATURE_MAX];
    struct outbound_answer answer;
    const struct store_delivery *row = &slot->row;
    const struct outbound_header headers[] = {
        {S("Content-Type"), S("application/json")},
        {S("Sleuth-Event-Id"), row->id},
        {S("Sleuth-Event-Type"), row->type},
        {S("Sleuth-Signature"),
         deliver_sign(signature, slot->secret, outcome->now_ms, row->body, &slot->arena)},
    };
    const struct outbound_request request = {.purpose = OUTBOUND_HOOK,
                                             .method = "POST",
                                             .url = row->url,
                                             .headers = headers,
                                             .header_count = ARRAY_COUNT(headers),
                                             .body = row->body,
                                             .answer_max = 64 * 1024,
                                             .timeout_ms = DELIVER_TIMEOUT_MS,
                                             .cancelled = &slot->deliver->cancelled};
    TRY(arena_check(&slot->arena, err));
    TRY(outbound_call(slot->deliver->app->outbound, &request, &slot->arena, &answer, err));
    outcome->http_status = (uint64_t)answer.http_status;
    return ST_OK;
}

/* Sender thread. */
static void send_run(struct work_item *item)
{
    struct slot *slot = (struct slot *)(void *)item;
    struct deliver *deliver = slot->deliver;
    struct error err = {0};
    struct deliver_outcome outcome = {.user_id = slot->row.user_id,
                                      .id = slot->row.id,
                                      .error = S(""),
                                      .now_ms = clock_wall_ms()};
    status rc = send_request(slot, &outcome, &err);
    if (rc != ST_OK)
        outcome.error = slice_of(err.text[0] ? err.text : status_text(rc));
    bool is_over = rc == ST_CANCELLED || atomic_load(&deliver->cancelled);
    if (!is_over) {
        struct error record_err = {0};
        outcome.now_ms = clock_wall_ms();
        rc = store_apply(deliver->app->store, record_apply, &outcome, &record_err);
        if (rc != ST_OK)
            log_warn("delivery_record_failed", F_STR("delivery", slot->row.id),
                     F_CSTR("error", record_err.text));
    }
    (void)pthread_mutex_lock(&deliver->mutex);
    slot->busy = false;
    (void)pthread_mutex_unlock(&deliver->mutex);
}

/* --- the thread ---------------------------------------------------------------------------------
 */

static bool is_being_sent(const struct deliver *deliver, const struct store_delivery *row)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (deliver->slots[i].busy && slice_eq(deliver->slots[i].row.id, row->id))
            return true;
    return false;
}

static struct slot *free_slot(struct deliver *deliver, const struct store_delivery *row)
{
    struct slot *found = NULL;
    (void)pthread_mutex_lock(&deliver->mutex);
    for (size_t i = 0; i < SLOTS && !found && !is_being_sent(deliver, row); i++)
        if (!deliver->slots[i].busy)
            found = &deliver->slots[i];
    (void)pthread_mutex_unlock(&deliver->mutex);
    return found;
}

/* Reads row and secret into the slot; false when its hook is gone or off: it is not sent then, and
 * comes again only if somebody switches the hook on before its turn. */
static bool slot_fill(struct deliver *deliver, struct store_txn *txn, struct slot *slot,
                      const struct store_delivery *row)
{
    char secret[DELIVER_SECRET_MAX];
    struct store_hook hook;
    arena_finish(&slot->arena);
    arena_init(&slot->arena, SLOT_ARENA_BYTES);
    slot->arena.wipe = true;
    if (store_delivery_get(txn, row->user_id, row->id, &slot->arena, &slot->row) != ST_OK)
        return false;
    if (row->hook_id.len == 0) {
        deliver_secret_of_user(deliver->app->auth, row->user_id, secret);
        slot->secret = arena_copy(&slot->arena, slice_of(secret));
        crypt_wipe(secret, sizeof secret);
        return slot->secret.ptr != NULL;
    }
    if (store_hook_get(txn, row->user_id, row->hook_id, &slot->arena, &hook) != ST_OK)
        return false;
    slot->secret = hook.secret;
    slot->row.url = hook.url; /* where it stands now */
    return hook.enabled;
}

/* What may not be sent ends here, recorded as such. */
static void give_up(struct deliver *deliver, const struct store_delivery *row)
{
    struct error err = {0};
    struct deliver_outcome outcome = {.user_id = row->user_id,
                                      .id = row->id,
                                      .error = S("the hook is switched off or gone"),
                                      .now_ms = clock_wall_ms()};
    if (store_apply(deliver->app->store, record_apply, &outcome, &err) != ST_OK)
        log_warn("delivery_record_failed", F_STR("delivery", row->id), F_CSTR("error", err.text));
}

static void send_one(struct deliver *deliver, struct store_txn *txn,
                     const struct store_delivery *row, bool *ret_give_up)
{
    struct slot *slot = free_slot(deliver, row);
    *ret_give_up = false;
    if (!slot)
        return; /* all are busy, or it is on its way */
    if (!slot_fill(deliver, txn, slot, row)) {
        *ret_give_up = true;
        return;
    }
    slot->deliver = deliver;
    slot->item.run = send_run;
    (void)pthread_mutex_lock(&deliver->mutex);
    slot->busy = true;
    (void)pthread_mutex_unlock(&deliver->mutex);
    if (workers_submit(deliver->senders, &slot->item, WORK_INTERACTIVE) == ST_OK)
        return;
    (void)pthread_mutex_lock(&deliver->mutex);
    slot->busy = false;
    (void)pthread_mutex_unlock(&deliver->mutex);
}

static void send_due(struct deliver *deliver)
{
    struct arena arena;
    struct store_txn *txn;
    struct error err;
    struct store_delivery *rows = NULL;
    bool dead[SLOTS] = {false};
    size_t count = 0;
    arena_init(&arena, (size_t)SLOTS * (512 << 10));
    if (store_read_begin(deliver->reader, &txn, &err) == ST_OK) {
        if (store_delivery_due(txn, clock_wall_ms(), SLOTS, &arena, &rows, &count) == ST_OK)
            for (size_t i = 0; i < count; i++)
                send_one(deliver, txn, &rows[i], &dead[i]);
        store_read_end(&txn);
    }
    for (size_t i = 0; i < count; i++)
        if (dead[i])
            give_up(deliver, &rows[i]);
    arena_finish(&arena);
}

static void wait_tick(struct deliver *deliver)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* the condition's clock */
    at.tv_sec += TICK_MS / 1000;
    while (!deliver->stopping && !deliver->woken)
        if (pthread_cond_timedwait(&deliver->wake, &deliver->mutex, &at) != 0)
            return; /* the tick is over */
}

static void *deliver_main(void *arg)
{
    struct deliver *deliver = arg;
    (void)pthread_setname_np(pthread_self(), "deliver"); /* for top(1); failure is harmless */
    (void)pthread_mutex_lock(&deliver->mutex);
    while (!deliver->stopping) {
        const struct config *config = deliver->app->config;
        deliver->woken = false;
        (void)pthread_mutex_unlock(&deliver->mutex);
        if (config->hooks_enabled)
            send_due(deliver);
        (void)pthread_mutex_lock(&deliver->mutex);
        wait_tick(deliver);
    }
    (void)pthread_mutex_unlock(&deliver->mutex);
    return NULL;
}

status deliver_start(struct app *app, struct error *err)
{
    pthread_condattr_t monotonic;
    struct deliver *deliver = (struct deliver *)calloc(1, sizeof *deliver);
    const struct workers_options senders = {
        .name = "sender", .threads = DELIVER_THREADS, .queue_max = SLOTS};
    if (!deliver)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    deliver->app = app;
    app->deliver = deliver;
    (void)pthread_mutex_init(&deliver->mutex, NULL); /* none of these can fail on Linux */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&deliver->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    TRY(store_reader_create(app->store, &deliver->reader, err));
    TRY(workers_create(&senders, &deliver->senders, err));
    int rc = pthread_create(&deliver->thread, NULL, deliver_main, deliver);
    if (rc != 0)
        return error_set(err, ST_NO_MEMORY, "cannot start a thread: %s", errno_text(rc));
    deliver->started = true;
    return ST_OK;
}

void deliver_stop(struct app *app)
{
    struct deliver *deliver = app->deliver;
    if (!deliver)
        return;
    app->deliver = NULL;
    (void)pthread_mutex_lock(&deliver->mutex);
    deliver->stopping = true;
    (void)pthread_cond_signal(&deliver->wake);
    (void)pthread_mutex_unlock(&deliver->mutex);
    atomic_store(&deliver->cancelled, true);
    if (deliver->started)
        (void)pthread_join(deliver->thread, NULL);
    workers_destroy(&deliver->senders);
    store_reader_destroy(&deliver->reader);
    for (size_t i = 0; i < SLOTS; i++)
        arena_finish(&deliver->slots[i].arena);
    (void)pthread_cond_destroy(&deliver->wake);
    (void)pthread_mutex_destroy(&deliver->mutex);
    free(deliver);
}
