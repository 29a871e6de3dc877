/* The thread that copies what waits, and the backups beside the blobs. */
#include "app.h"
#include "backup_task.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/file.h"
#include "blob.h"
#include "config.h"
#include "log.h"
#include "replica.h"
#include "s3.h"
#include "storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 1000, /* between looks at whether anything was written */
    BACKOFF_MAX_MS = 60000,
    STEP_MAX = 16,
    LOOK_AGAIN_MS = 60000,    /* also when nothing was written: a backup may be complete now */
    BACKUP_SETTLE_MS = 10000, /* a file that was written to lately may not be complete */
};

struct replica {
    struct app *app;
    pthread_t thread;
    pthread_mutex_t lock; /* of nothing but the wait */
    pthread_cond_t wake;
    atomic_bool stopping;
    uint64_t ops_seen; /* writes of the store when everything had been copied */
    int64_t looked_ms; /* monotonic */
    int64_t pause_ms;
};

/* --- backups ------------------------------------------------------------------------------------
 */

static status file_hash(int fd, uint64_t bytes, struct crypt_hash *ret, struct error *err)
{
    char chunk[4096];
    struct crypt_sha256_stream stream;
    crypt_sha256_begin(&stream);
    for (uint64_t at = 0; at < bytes;) {
        ssize_t n = pread(fd, chunk, sizeof chunk, (off_t)at);
        if (n <= 0)
            return error_set(err, ST_IO, "cannot read a backup: %s",
                             n < 0 ? errno_text(errno) : "it became shorter");
        crypt_sha256_more(&stream, slice_make(chunk, (size_t)n));
        at += (uint64_t)n;
    }
    crypt_sha256_end(&stream, ret);
    return ST_OK;
}

/* Backups have names of their own that are never used again: one HEAD tells whether it is there. */
static status backup_send(struct s3 *s3, int dir, const char *name, uint64_t *ret_sent,
                          struct error *err)
{
    char key[S3_KEY_MAX];
    struct crypt_hash sha256;
    struct stat info;
    uint64_t bytes;
    slice prefix = slice_sub(s3->config->s3_prefix, 0, 100);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return ST_OK; /* removed meanwhile */
    int len = snprintf(key, sizeof key, "%.*s%sbackups/%s", SLICE_ARG(prefix),
                       prefix.len > 0 ? "/" : "", name);
    bool ready = len < (int)sizeof key && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                 clock_wall_ms() - info.st_mtim.tv_sec * 1000 > BACKUP_SETTLE_MS;
    status rc = ready ? s3_head(s3, slice_of(key), &bytes, err) : ST_OK;
    if (ready && (rc == ST_NOT_FOUND || (rc == ST_OK && bytes != (uint64_t)info.st_size))) {
        rc = file_hash(fd, (uint64_t)info.st_size, &sha256, err);
        if (rc == ST_OK)
            rc = s3_put_file(s3, slice_of(key), fd, (uint64_t)info.st_size, &sha256, err);
        *ret_sent += rc == ST_OK;
    }
    fd_close(&fd);
    return rc;
}

status replica_backups(struct app *app, const atomic_bool *cancelled, uint64_t *ret_sent,
                       struct error *err)
{
    struct s3 s3 = {.outbound = app->outbound, .config = app->config, .cancelled = cancelled};
    char path[BACKUP_PLACE_MAX];
    const struct dirent *entry;
    status rc = ST_OK;
    *ret_sent = 0;
    if (!s3_is_on(&s3))
        return ST_OK;
    TRY(backup_dir(app, path, err));
    DIR *dir = opendir(path);
    if (!dir)
        return ST_OK; /* no backup was made yet */
    while (rc == ST_OK && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            rc = backup_send(&s3, dirfd(dir), entry->d_name, ret_sent, err);
    (void)closedir(dir);
    return rc;
}

/* --- the thread ---------------------------------------------------------------------------------
 */

/* Until nothing waits any more. */
static status round_run(struct replica *replica, struct error *err)
{
    struct replica_step step = {.max = STEP_MAX, .cancelled = &replica->stopping};
    uint64_t backups, removed = 0;
    do
        TRY(replica_step(replica->app, &step, err));
    while (step.cursor[0] && !atomic_load(&replica->stopping));
    TRY(replica_backups(replica->app, &replica->stopping, &backups, err));
    if (backups > 0)
        TRY(replica_prune(replica->app, &replica->stopping, &removed, err));
    if (removed > 0)
        log_info("backup_copies_removed", F_U64("count", removed));
    if (step.sent + backups > 0)
        log_info("replicated", F_U64("blobs", step.sent), F_U64("backups", backups),
                 F_U64("bytes", step.bytes));
    if (step.unreadable > 0)
        log_error("replication_skipped", F_U64("damaged_blobs", step.unreadable));
    return ST_OK;
}

static uint64_t writes_of(const struct app *app)
{
    struct store_writer_stats stats;
    store_writer_stats(app->store, &stats);
    return stats.ops;
}

/* What readers found damaged is fetched back at once, if there is a copy. */
static void heal(struct replica *replica)
{
    struct crypt_hash sha256;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    while (!atomic_load(&replica->stopping) && blobs_sick_take(replica->app->blobs, &sha256)) {
        struct error err = {0};
        slice name = crypt_hex(hex, sha256.bytes, sizeof sha256.bytes);
        if (replica_heal(replica->app, &sha256, &replica->stopping, &err) == ST_OK)
            log_warn("blob_restored", F_STR("sha256", name));
        else
            log_error("blob_damaged", F_STR("sha256", name), F_CSTR("error", err.text));
    }
}

static void look(struct replica *replica)
{
    const struct s3 s3 = {.outbound = replica->app->outbound, .config = replica->app->config};
    struct error err = {0};
    uint64_t ops = writes_of(replica->app);
    bool is_quiet = ops == replica->ops_seen && replica->pause_ms == LOOK_MS &&
                    clock_mono_ms() - replica->looked_ms < LOOK_AGAIN_MS;
    if (!s3_is_on(&s3))
        return;
    heal(replica);
    if (is_quiet)
        return;
    replica->looked_ms = clock_mono_ms();
    if (round_run(replica, &err) == ST_OK) {
        /* Marks are writes, too: what they were is known only by looking once more. */
        replica->ops_seen = ops == writes_of(replica->app) ? ops : replica->ops_seen;
        replica->pause_ms = LOOK_MS;
        return;
    }
    if (atomic_load(&replica->stopping))
        return;
    log_warn("replication_failed", F_CSTR("error", err.text),
             F_I64("again_in_ms", replica->pause_ms));
    replica->pause_ms =
        replica->pause_ms * 2 < BACKOFF_MAX_MS ? replica->pause_ms * 2 : BACKOFF_MAX_MS;
}

static void wait_for(struct replica *replica)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += replica->pause_ms / 1000;
    (void)pthread_mutex_lock(&replica->lock);
    if (!atomic_load(&replica->stopping))
        (void)pthread_cond_timedwait(&replica->wake, &replica->lock, &until);
    (void)pthread_mutex_unlock(&replica->lock);
}

static void *replica_main(void *arg)
{
    struct replica *replica = (struct replica *)arg;
    while (!atomic_load(&replica->stopping)) {
        look(replica);
        wait_for(replica);
    }
    return NULL;
}

status replica_start(struct app *app, struct replica **ret, struct error *err)
{
    struct replica *replica = (struct replica *)calloc(1, sizeof *replica);
    if (!replica)
        return error_set(err, ST_NO_MEMORY, "not enough memory for replication");
    replica->app = app;
    replica->pause_ms = LOOK_MS;
    replica->ops_seen = UINT64_MAX;
    (void)pthread_mutex_init(&replica->lock, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&replica->wake, NULL);
    int rc = pthread_create(&replica->thread, NULL, replica_main, replica);
    if (rc != 0) {
        free(replica);
        return error_set(err, ST_NO_MEMORY, "cannot start the thread for replication: %s",
                         errno_text(rc));
    }
    *ret = replica;
    return ST_OK;
}

void replica_stop(struct replica **ret)
{
    struct replica *replica = *ret;
    *ret = NULL;
    if (!replica)
        return;
    atomic_store(&replica->stopping, true);
    (void)pthread_mutex_lock(&replica->lock);
    (void)pthread_cond_signal(&replica->wake);
    (void)pthread_mutex_unlock(&replica->lock);
    (void)pthread_join(replica->thread, NULL);
    (void)pthread_cond_destroy(&replica->wake);
    (void)pthread_mutex_destroy(&replica->lock);
    free(replica);
}
