/* One backup at a time: started, run in a thread, audited, its outcome kept. */
#include "backup_task.h"

#include "app.h"
#include "base/clock.h"
#include "base/file.h"
#include "config.h"
#include "log.h"

#include <assert.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_PER_MIB = 1 << 20 };
static const char setting_last[] = "backup.last_ms";
static const char public_prefix[] = "slpub_";

struct backup_task {
    struct app *app;
    pthread_mutex_t mutex; /* state, joinable */
    struct backup_state state;
    bool joinable; /* the thread of the last backup is to be joined */
    pthread_t thread;
    atomic_bool cancelled;
    /* of the running backup: written before its thread begins */
    struct store_backup_options options;
    char scratch[BACKUP_PLACE_MAX];
    char passphrase[BACKUP_PASSPHRASE_MAX];
    unsigned char recipient[CRYPT_BOX_KEY_BYTES];
    char actor[BACKUP_ACTOR_MAX];
};

/* --- names and keys ----------------------------------------------------------------------------
 */

status backup_dir(const struct app *app, char ret[static BACKUP_PLACE_MAX], struct error *err)
{
    const struct config *config = app->config;
    int len = config->backup_dir.len ? snprintf(ret, BACKUP_PLACE_MAX, "%s", config->backup_dir.ptr)
                                     : snprintf(ret, BACKUP_PLACE_MAX, "%s/backups", app->data_dir);
    if (len < 0 || len >= BACKUP_PLACE_MAX)
        return error_set(err, ST_CONFIG, "the path '%.60s…' is too long", ret);
    return ST_OK;
}

void backup_name(int64_t now_ms, char ret[static BACKUP_NAME_MAX])
{
    struct civil at = civil_from_ms(now_ms);
    (void)snprintf(ret, BACKUP_NAME_MAX, "sleuth-%04d%02d%02dT%02d%02d%02d.%03dZ.backup", at.year,
                   at.month, at.day, at.hour, at.minute, at.second, at.ms);
}

slice backup_key_text(const char *prefix, const unsigned char key[static CRYPT_BOX_KEY_BYTES],
                      char ret[static BACKUP_KEY_TEXT_MAX])
{
    size_t len = strlen(prefix);
    assert(len + crypt_base64_len(CRYPT_BOX_KEY_BYTES) < BACKUP_KEY_TEXT_MAX);
    memcpy(ret, prefix, len);
    return slice_make(ret, len + crypt_base64url(ret + len, key, CRYPT_BOX_KEY_BYTES).len);
}

bool backup_key_parse(const char *prefix, slice text, unsigned char ret[static CRYPT_BOX_KEY_BYTES])
{
    slice trimmed = slice_trim(text);
    return slice_has_prefix(trimmed, slice_of(prefix)) &&
           crypt_base64url_decode(ret, CRYPT_BOX_KEY_BYTES, slice_from(trimmed, strlen(prefix)));
}

status backup_last(struct store *store, int64_t *ret_ms, struct error *err)
{
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    struct arena arena;
    slice text = {"", 0};
    arena_init(&arena, 4096);
    status rc = store_reader_create(store, &reader, err);
    if (rc == ST_OK)
        rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK)
        rc = store_setting_get(txn, slice_of(setting_last), &arena, &text);
    *ret_ms = 0;
    if (rc == ST_OK && !slice_to_i64(text, ret_ms))
        *ret_ms = 0;
    if (rc == ST_NOT_FOUND)
        rc = ST_OK;
    store_read_end(&txn);
    store_reader_destroy(&reader);
    arena_finish(&arena);
    return rc;
}

/* --- the work ----------------------------------------------------------------------------------
 */

static status note_apply(struct store_txn *txn, void *arg, struct error *err)
{
    const struct backup_task *task = arg;
    char text[24], detail[200];
    (void)err;
    (void)snprintf(text, sizeof text, "%lld", (long long)task->state.started_ms);
    (void)snprintf(detail, sizeof detail, "%s, %llu bytes, %llu users, %llu blobs",
                   store_backup_kind_name((uint64_t)task->options.kind),
                   (unsigned long long)task->state.facts.file_bytes,
                   (unsigned long long)task->state.facts.users,
                   (unsigned long long)task->state.facts.blobs);
    TRY(store_setting_put(txn, slice_of(setting_last), slice_of(text)));
    const struct store_audit entry = {.at_ms = task->state.ended_ms,
                                      .actor = slice_of(task->actor),
                                      .action = S("backup.create"),
                                      .object = slice_of(task->state.name),
                                      .detail = slice_of(detail)};
    return store_audit_add(txn, &entry);
}

static void tell_log(const struct backup_state *state, status rc, const struct error *err)
{
    if (rc != ST_OK) {
        log_error("backup_failed", F_CSTR("name", state->name), F_CSTR("error", err->text));
        return;
    }
    log_info("backup_done", F_CSTR("name", state->name), F_U64("bytes", state->facts.file_bytes),
             F_I64("copy_ms", state->facts.copy_ms), F_I64("check_ms", state->facts.check_ms));
    if (state->facts.blobs_missing || state->facts.blobs_damaged)
        log_error("backup_blobs", F_CSTR("name", state->name),
                  F_U64("missing", state->facts.blobs_missing),
                  F_U64("damaged", state->facts.blobs_damaged));
}

static void run(struct backup_task *task)
{
    struct error err = {0};
    struct store_backup_facts facts = {0};
    status rc = store_backup_create(task->app->store, &task->options, &facts, &err);
    crypt_wipe(task->passphrase, sizeof task->passphrase);
    (void)pthread_mutex_lock(&task->mutex);
    task->state.facts = facts;
    task->state.ended_ms = clock_wall_ms();
    (void)pthread_mutex_unlock(&task->mutex);
    /* Only this thread writes the state while it runs, so it may be read without the lock here. */
    if (rc == ST_OK)
        rc = store_apply(task->app->store, note_apply, task, &err);
    if (rc == ST_OK)
        atomic_store_explicit(&task->app->backup_ms, task->state.started_ms, memory_order_relaxed);
    if (task->app->server)
        tell_log(&task->state, rc, &err);
    (void)pthread_mutex_lock(&task->mutex);
    task->state.rc = rc;
    task->state.err = err;
    task->state.running = false;
    (void)pthread_mutex_unlock(&task->mutex);
}

static void *thread_run(void *arg)
{
    run(arg);
    return NULL;
}

/* --- starting ----------------------------------------------------------------------------------
 */

/* What a kill left in the middle of a backup; nobody else writes such names here. */
static void leftovers_remove(const char *dir)
{
    char path[BACKUP_PLACE_MAX];
    struct dirent *entry;
    DIR *list = opendir(dir);
    while (list && (entry = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe): our own
        slice name = slice_of(entry->d_name);
        if (slice_has_prefix(name, S("sleuth-")) && slice_has_suffix(name, S(".backup.partial")) &&
            snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) < (int)sizeof path)
            (void)unlink(path); /* best effort */
    }
    if (list)
        (void)closedir(list);
}

static status seal_choose(struct backup_task *task, const struct backup_order *order,
                          struct error *err)
{
    slice recipient = order->recipient.len ? order->recipient : task->app->config->backup_recipient;
    task->options.kind = STORE_BACKUP_MASTER;
    if (order->passphrase.len) {
        if (order->passphrase.len > sizeof task->passphrase)
            return error_set(err, ST_INVALID, "the passphrase is longer than %d bytes",
                             BACKUP_PASSPHRASE_MAX);
        memcpy(task->passphrase, order->passphrase.ptr, order->passphrase.len);
        task->options.passphrase = slice_make(task->passphrase, order->passphrase.len);
        task->options.kind = STORE_BACKUP_PASSPHRASE;
    } else if (recipient.len) {
        if (!backup_key_parse(public_prefix, recipient, task->recipient))
            return error_set(err, ST_INVALID,
                             "'%.*s' is not a public key of 'sleuth backup keygen'",
                             SLICE_ARG(slice_sub(recipient, 0, 60)));
        task->options.recipient = task->recipient;
        task->options.kind = STORE_BACKUP_RECIPIENT;
    }
    return ST_OK;
}

static status prepare(struct backup_task *task, const struct backup_order *order, struct error *err)
{
    char dir[BACKUP_PLACE_MAX];
    struct backup_state *state = &task->state;
    uint64_t rate = order->rate_mib == UINT64_MAX ? (uint64_t)task->app->config->backup_rate_mib
                                                  : order->rate_mib;
    task->options = (struct store_backup_options){0};
    TRY(backup_dir(task->app, dir, err));
    TRY(file_make_dirs(dir, 0700, err));
    leftovers_remove(dir);
    TRY(seal_choose(task, order, err));
    *state = (struct backup_state){.running = true, .known = true, .started_ms = order->now_ms};
    backup_name(order->now_ms, state->name);
    if (snprintf(state->path, sizeof state->path, "%s/%s", dir, state->name) >=
            (int)sizeof state->path ||
        snprintf(task->scratch, sizeof task->scratch, "%s/checking", dir) >=
            (int)sizeof task->scratch)
        return error_set(err, ST_CONFIG, "the path '%.60s…' is too long", dir);
    slice actor = order->actor.len ? order->actor : S("system");
    (void)snprintf(task->actor, sizeof task->actor, SLICE_FMT, SLICE_ARG(actor));
    task->options.path = state->path;
    task->options.scratch = task->scratch;
    task->options.program = task->app->version;
    task->options.now_ms = order->now_ms;
    task->options.bytes_per_s = rate * BYTES_PER_MIB;
    task->options.without_blobs = order->without_blobs;
    task->options.cancelled = &task->cancelled;
    return ST_OK;
}

/* Under the mutex. */
static status begin(struct backup_task *task, const struct backup_order *order, struct error *err)
{
    if (task->state.running)
        return error_set(err, ST_CONFLICT, "a backup is running already");
    if (task->joinable)
        (void)pthread_join(task->thread, NULL); /* it has ended: it does not hold the mutex */
    task->joinable = false;
    status rc = prepare(task, order, err);
    if (rc == ST_OK && task->app->server) {
        int number = pthread_create(&task->thread, NULL, thread_run, task);
        task->joinable = number == 0;
        if (number != 0)
            rc = error_set(err, ST_BUSY, "cannot start a thread: %s", errno_text(number));
    }
    if (rc != ST_OK)
        task->state = (struct backup_state){0};
    return rc;
}

status backup_task_start(struct backup_task *task, const struct backup_order *order,
                         struct error *err)
{
    (void)pthread_mutex_lock(&task->mutex);
    status rc = begin(task, order, err);
    (void)pthread_mutex_unlock(&task->mutex);
    if (rc == ST_OK && !task->app->server)
        run(task);
    return rc;
}

void backup_task_state(struct backup_task *task, struct backup_state *ret)
{
    (void)pthread_mutex_lock(&task->mutex);
    *ret = task->state;
    (void)pthread_mutex_unlock(&task->mutex);
}

status backup_task_create(struct app *app, struct backup_task **ret, struct error *err)
{
    struct backup_task *task = calloc(1, sizeof *task); /* process lifetime */
    int64_t last_ms = 0;
    if (!task)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    task->app = app;
    (void)pthread_mutex_init(&task->mutex, NULL); /* never fails with default attributes */
    status rc = backup_last(app->store, &last_ms, err);
    if (rc != ST_OK) {
        backup_task_destroy(&task);
        return rc;
    }
    atomic_store_explicit(&app->backup_ms, last_ms, memory_order_relaxed);
    *ret = task;
    return ST_OK;
}

void backup_task_destroy(struct backup_task **task_at)
{
    struct backup_task *task = *task_at;
    if (!task)
        return;
    *task_at = NULL;
    atomic_store_explicit(&task->cancelled, true, memory_order_relaxed);
    if (task->joinable)
        (void)pthread_join(task->thread, NULL);
    (void)pthread_mutex_destroy(&task->mutex);
    crypt_wipe(task, sizeof *task);
    free(task);
}
