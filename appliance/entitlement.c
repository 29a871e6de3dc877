/* The licence in force, the trusted clock, seats. */
#include "entitlement.h"

#include "app.h"
#include "auth.h"
#include "base/clock.h"
#include "base/file.h"
#include "call.h"
#include "config.h"
#include "log.h"
#include "storage/storage.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SETTING_LICENSE S("license")
#define SETTING_CLOCK   S("clock")

enum {
    LOOK_MS = 60000,
    WARN_MS = 24 * 3600 * 1000,
    FORWARD_MS = 24 * 3600 * 1000,
    ARENA_BYTES = 1 << 20,
    SETTING_BYTES = 1 << 12,
};

struct entitlement {
    pthread_mutex_t lock; /* guards license, source, refused, seats */
    struct license license;
    char source[16];
    struct error refused;
    uint64_t seats_used;
    uint64_t seat_last_user;
    char host_id[LICENSE_HOST_MAX]; /* never changes */
    _Atomic int64_t offset_ms;      /* trusted time = monotonic clock + this; only grows */
    /* main thread only */
    int64_t looked_mono_ms;
    int64_t warned_mono_ms;
    int64_t ticked_wall_ms, ticked_mono_ms;
    bool is_back; /* the jump back was noted */
};

static struct entitlement *of(const struct app *app)
{
    return app->entitlement;
}

static void lock(struct entitlement *e)
{
    (void)pthread_mutex_lock(&e->lock); /* cannot fail: initialised, not recursive */
}

static void unlock(struct entitlement *e)
{
    (void)pthread_mutex_unlock(&e->lock);
}

/* --- the clock --- */

/* Raises the offset to what this reading of the wall clock says. */
static int64_t clock_see(struct entitlement *e, int64_t wall_ms)
{
    int64_t mono_ms = clock_mono_ms();
    int64_t seen = atomic_load_explicit(&e->offset_ms, memory_order_relaxed);
    int64_t here = wall_ms - mono_ms;
    while (here > seen &&
           !atomic_compare_exchange_weak_explicit(&e->offset_ms, &seen, here, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
    return mono_ms + (here > seen ? here : seen);
}

int64_t entitlement_now(const struct app *app, int64_t wall_ms)
{
    return of(app) ? clock_see(of(app), wall_ms) : wall_ms;
}

int64_t entitlement_bill_time(const struct app *app, int64_t wall_ms)
{
    enum { BEHIND_DAYS_MAX = 62 };
    int64_t latest_ms = entitlement_now(app, wall_ms);
    return latest_ms - wall_ms > BEHIND_DAYS_MAX * LICENSE_DAY_MS ? wall_ms : latest_ms;
}

static status clock_load(struct store_txn *txn, struct arena *arena, int64_t *ret)
{
    slice text;
    *ret = 0;
    status rc = store_setting_get(txn, SETTING_CLOCK, arena, &text);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    if (rc == ST_OK && !slice_to_i64(text, ret))
        return ST_CORRUPT;
    return rc;
}

/* The stored time never goes back, whoever writes it. */
static status clock_keep(struct store_txn *txn, int64_t trusted_ms)
{
    char text[24];
    struct arena arena;
    int64_t stored;
    arena_init(&arena, SETTING_BYTES);
    status rc = clock_load(txn, &arena, &stored);
    arena_finish(&arena);
    if (rc != ST_OK || stored >= trusted_ms)
        return rc;
    int n = snprintf(text, sizeof text, "%lld", (long long)trusted_ms);
    return store_setting_put(txn, SETTING_CLOCK, slice_make(text, (size_t)n));
}

/* --- reading the licence --- */

struct look {
    struct license license;
    char source[16];
    struct error refused;
    uint64_t seats_used, seat_last_user;
    int64_t clock_ms;
};

/* Takes the text when it verifies and was issued later than what stands there. */
static void look_take(struct look *look, slice text, const struct license_keys *keys,
                      const char *source)
{
    struct license license;
    struct error err = {0};
    if (license_read(text, keys, &license, &err) != ST_OK) {
        look->refused = err;
        return;
    }
    if (look->license.id[0] && license.issued_ms <= look->license.issued_ms)
        return;
    look->license = license;
    (void)snprintf(look->source, sizeof look->source, "%s", source);
}

static void look_file(const struct app *app, struct look *look, const struct license_keys *keys,
                      struct arena *arena)
{
    struct error err = {0};
    slice text;
    const struct config *config = app->config;
    bool named = config->license_file.len > 0;
    slice path = named ? config->license_file
                       : arena_printf(arena, "%s/sleuth.lic", app->data_dir ? app->data_dir : ".");
    if (!path.ptr)
        return;
    status rc = file_read(path.ptr, LICENSE_TEXT_MAX + 2, arena, &text, &err);
    if (rc == ST_OK)
        look_take(look, text, keys, "file");
    else if (named || rc != ST_NOT_FOUND)
        look->refused = err;
}

status entitlement_seat_last(struct store_txn *txn, uint64_t seats, struct arena *arena,
                             uint64_t *ret)
{
    uint64_t all;
    uint64_t enabled;
    uint64_t taken = 0;
    struct store_page page = {0};
    *ret = UINT64_MAX;
    TRY(store_user_count(txn, &all, &enabled));
    if (enabled <= seats)
        return ST_OK;
    do {
        struct store_user *rows;
        struct arena_mark mark = arena_mark(arena);
        char cursor[128];
        TRY(store_user_list(txn, &page, arena, &rows));
        for (size_t i = 0; i < page.count && taken < seats; i++)
            if (rows[i].enabled && ++taken == seats)
                *ret = rows[i].id;
        assert(page.next.len < sizeof cursor);
        memcpy(cursor, page.next.ptr, page.next.len);
        page.cursor = slice_make(cursor, page.next.len);
        arena_rewind(arena, mark);
    } while (taken < seats && page.next.len > 0);
    return ST_OK;
}

static status look_store(struct store_txn *txn, struct look *look, const struct license_keys *keys,
                         struct arena *arena)
{
    slice text;
    uint64_t all;
    status rc = store_setting_get(txn, SETTING_LICENSE, arena, &text);
    if (rc == ST_OK)
        look_take(look, text, keys, "installed");
    else if (rc != ST_NOT_FOUND)
        return rc;
    TRY(clock_load(txn, arena, &look->clock_ms));
    return store_user_count(txn, &all, &look->seats_used);
}

static status look_all(struct app *app, struct look *look, struct arena *arena, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    struct license_keys keys;
    const struct config *config = app->config;
    TRY(license_keys_load(config->license_trusted_keys_file.ptr, &keys, err));
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = look_store(txn, look, &keys, arena);
        look_file(app, look, &keys, arena);
        look->seat_last_user = UINT64_MAX;
        if (rc == ST_OK && look->license.id[0])
            rc = entitlement_seat_last(txn, look->license.seats, arena, &look->seat_last_user);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    return rc;
}

static status look_again(struct app *app, struct entitlement *e, struct error *err)
{
    struct arena arena;
    struct look look = {0};
    arena_init(&arena, ARENA_BYTES);
    status rc = look_all(app, &look, &arena, err);
    arena_finish(&arena);
    if (rc != ST_OK)
        return rc;
    if (look.clock_ms > 0)
        (void)clock_see(e, look.clock_ms);
    lock(e);
    e->license = look.license;
    e->refused = look.refused;
    memcpy(e->source, look.source, sizeof e->source);
    e->seats_used = look.seats_used;
    e->seat_last_user = look.seat_last_user;
    unlock(e);
    return ST_OK;
}

status entitlement_create(struct app *app, struct entitlement **ret, struct error *err)
{
    struct entitlement *e = calloc(1, sizeof *e);
    if (!e)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    (void)pthread_mutex_init(&e->lock, NULL);
    e->seat_last_user = UINT64_MAX;
    e->offset_ms = clock_wall_ms() - clock_mono_ms();
    (void)license_host_id(NULL, e->host_id);
    status rc = look_again(app, e, err);
    e->looked_mono_ms = clock_mono_ms() - LOOK_MS; /* the first tick looks, saves and warns */
    if (rc == ST_OK)
        *ret = e;
    else
        entitlement_destroy(&e);
    return rc;
}

void entitlement_destroy(struct entitlement **entitlement)
{
    if (!*entitlement)
        return;
    (void)pthread_mutex_destroy(&(*entitlement)->lock);
    free(*entitlement);
    *entitlement = NULL;
}

/* --- what it allows --- */

static bool caps(const struct app *app)
{
    const struct config *config = app->config;
    return of(app) && slice_eq(config->billing_mode, S("license"));
}

enum plan_rank entitlement_cap(const struct app *app, int64_t wall_ms)
{
    if (!caps(app))
        return PLAN_COUNT;
    struct entitlement *e = of(app);
    int64_t now_ms = clock_see(e, wall_ms);
    lock(e);
    bool counts = license_counts(license_state_at(&e->license, slice_of(e->host_id), now_ms));
    enum plan_rank plan = counts ? e->license.plan : PLAN_FREE;
    unlock(e);
    return plan;
}

static bool has_seat(struct entitlement *e, uint64_t user_id)
{
    lock(e);
    bool seated = user_id <= e->seat_last_user;
    unlock(e);
    return seated;
}

enum plan_rank entitlement_plan(const struct app *app, const struct store_user *user,
                                int64_t wall_ms)
{
    bool by_stripe = slice_eq(user->plan_source, S("stripe"));
    int64_t now_ms = by_stripe ? wall_ms : entitlement_now(app, wall_ms);
    enum plan_rank plan = auth_plan(user, now_ms);
    enum plan_rank cap = entitlement_cap(app, wall_ms);
    if (cap == PLAN_COUNT)
        return plan;
    if (!has_seat(of(app), user->id))
        return PLAN_FREE;
    return plan < cap ? plan : cap;
}

void entitlement_begin(const struct app *app, int64_t wall_ms, slice asked, struct store_user *user)
{
    enum plan_rank licensed = entitlement_cap(app, wall_ms);
    if (asked.len == 0 && licensed != PLAN_COUNT && licensed != PLAN_FREE) {
        user->plan = slice_of(plan_slug(licensed));
        user->plan_source = S("license");
        return;
    }
    user->plan = asked.len ? asked : S("free");
    user->plan_source = slice_eq(user->plan, S("free")) ? S("") : S("manual");
}

uint64_t entitlement_analyses(const struct app *app, int64_t wall_ms)
{
    if (!caps(app))
        return 0;
    struct entitlement *e = of(app);
    int64_t now_ms = clock_see(e, wall_ms);
    lock(e);
    bool counts = license_counts(license_state_at(&e->license, slice_of(e->host_id), now_ms));
    uint64_t total = counts && e->license.analyses_per_month != PLAN_UNLIMITED
                         ? e->license.analyses_per_month
                         : 0;
    unlock(e);
    return total;
}

status entitlement_seat(const struct call *call, struct error *err)
{
    uint64_t all;
    uint64_t enabled;
    struct entitlement_view view;
    if (!caps(call->app))
        return ST_OK;
    entitlement_look(call->app, call->now_ms, &view);
    if (!license_counts(view.state))
        return ST_OK; /* everybody is on the free plan; nothing is locked */
    TRY(store_user_count(call->txn, &all, &enabled));
    if (enabled < view.license.seats)
        return ST_OK;
    return error_code(err, ST_CONFLICT, "seats_exceeded",
                      "the licence has %llu seats and all are taken; disable a user or get a "
                      "larger licence",
                      (unsigned long long)view.license.seats);
}

void entitlement_look(const struct app *app, int64_t wall_ms, struct entitlement_view *ret)
{
    struct entitlement *e = of(app);
    *ret = (struct entitlement_view){.trusted_ms = wall_ms, .seat_last_user = UINT64_MAX};
    if (!e)
        return;
    ret->caps = caps(app);
    ret->trusted_ms = clock_see(e, wall_ms);
    if (ret->trusted_ms - wall_ms > ENTITLEMENT_BACK_MS)
        ret->back_ms = ret->trusted_ms - wall_ms;
    memcpy(ret->host_id, e->host_id, sizeof ret->host_id);
    lock(e);
    ret->license = e->license;
    ret->refused = e->refused;
    memcpy(ret->source, e->source, sizeof ret->source);
    ret->seats_used = e->seats_used;
    ret->seat_last_user = e->seat_last_user;
    unlock(e);
    ret->state = license_state_at(&ret->license, slice_of(ret->host_id), ret->trusted_ms);
}

/* --- installing --- */

status entitlement_install(struct call *call, slice text, const struct license *license,
                           struct error *err)
{
    (void)err;
    assert(license->id[0]);
    TRY(store_setting_put(call->txn, SETTING_LICENSE, text));
    return clock_keep(call->txn, entitlement_now(call->app, call->now_ms));
}

void entitlement_installed(struct app *app, const struct license *license, uint64_t seat_last_user)
{
    struct entitlement *e = of(app);
    if (!e)
        return;
    lock(e);
    e->license = *license;
    e->seat_last_user = seat_last_user;
    e->refused = (struct error){0};
    (void)snprintf(e->source, sizeof e->source, "installed");
    unlock(e);
}

/* --- every second --- */

struct clock_op {
    int64_t trusted_ms;
    int64_t wall_ms;
    bool went_back;
};

static status clock_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    const struct clock_op *op = arg;
    char detail[80];
    TRY(clock_keep(txn, op->trusted_ms));
    if (!op->went_back)
        return ST_OK;
    int n = snprintf(detail, sizeof detail, "behind_s=%lld",
                     (long long)((op->trusted_ms - op->wall_ms) / 1000));
    return store_audit_add(txn, &(struct store_audit){.at_ms = op->wall_ms,
                                                      .actor = S("system"),
                                                      .action = S("clock.back"),
                                                      .object = S("clock"),
                                                      .detail = slice_make(detail, (size_t)n)});
}

static void warn_about(struct app *app, struct entitlement *e, int64_t wall_ms)
{
    struct entitlement_view view;
    entitlement_look(app, wall_ms, &view);
    if (!view.caps || (view.state == LICENSE_VALID && view.seat_last_user == UINT64_MAX))
        return;
    if (e->warned_mono_ms && clock_mono_ms() - e->warned_mono_ms < WARN_MS)
        return;
    e->warned_mono_ms = clock_mono_ms();
    log_warn("license", F_CSTR("state", license_state_name(view.state)),
             F_I64("days_left", view.license.id[0]
                                    ? (view.license.not_after_ms - view.trusted_ms) / LICENSE_DAY_MS
                                    : 0),
             F_U64("seats", view.license.seats), F_U64("seats_used", view.seats_used),
             F_CSTR("refused", view.refused.text));
}

/* Saves the clock; notes a jump back once, until the clock is right again. */
static void clock_save(struct app *app, struct entitlement *e, int64_t wall_ms)
{
    struct error err = {0};
    struct clock_op op = {.trusted_ms = clock_see(e, wall_ms), .wall_ms = wall_ms};
    bool is_back = op.trusted_ms - wall_ms > ENTITLEMENT_BACK_MS;
    op.went_back = is_back && !e->is_back;
    if (op.went_back)
        log_warn("clock_went_back", F_I64("behind_s", (op.trusted_ms - wall_ms) / 1000));
    if (store_apply(app->store, clock_apply, &op, &err) == ST_OK)
        e->is_back = is_back;
    else
        log_error("clock_not_saved", F_CSTR("error", err.text));
}

static void watch_forward(struct entitlement *e, int64_t wall_ms, int64_t mono_ms)
{
    int64_t jump = (wall_ms - e->ticked_wall_ms) - (mono_ms - e->ticked_mono_ms);
    if (e->ticked_wall_ms && jump > FORWARD_MS)
        log_warn("clock_jumped_forward", F_I64("by_s", jump / 1000));
    e->ticked_wall_ms = wall_ms;
    e->ticked_mono_ms = mono_ms;
}

void entitlement_tick(struct app *app, int64_t wall_ms)
{
    struct entitlement *e = of(app);
    struct error err = {0};
    int64_t mono_ms = clock_mono_ms();
    if (!e)
        return;
    watch_forward(e, wall_ms, mono_ms);
    bool is_back = clock_see(e, wall_ms) - wall_ms > ENTITLEMENT_BACK_MS;
    if (is_back == e->is_back && mono_ms - e->looked_mono_ms < LOOK_MS)
        return;
    e->looked_mono_ms = mono_ms;
    if (look_again(app, e, &err) != ST_OK)
        log_error("license_not_read", F_CSTR("error", err.text));
    clock_save(app, e, wall_ms);
    warn_about(app, e, wall_ms);
}
