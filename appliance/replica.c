/* Steps over the blobs and the bucket. */
#include "replica.h"

#include "app.h"
#include "base/clock.h"
#include "base/file.h"
#include "blob.h"
#include "config.h"
#include "s3.h"
#include "storage/storage.h"

#include <stdio.h>
#include <unistd.h>

enum { ARENA_BYTES = 32 << 20, GET_MAX_DEFAULT = 1 };

static status s3_of(struct app *app, const atomic_bool *cancelled, struct s3 *ret,
                    struct error *err)
{
    *ret = (struct s3){.outbound = app->outbound, .config = app->config, .cancelled = cancelled};
    return s3_is_on(ret) ? ST_OK
                         : error_code(err, ST_DISABLED, "s3_off",
                                      "no S3 service is configured, or this appliance is "
                                      "air-gapped");
}

/* --- pages of blobs -----------------------------------------------------------------------------
 */

static bool is_used(const void *row, const void *arg)
{
    (void)arg;
    return ((const struct store_blob *)row)->refs > 0;
}

static status page_read(struct app *app, struct replica_step *step, struct arena *arena,
                        struct store_blob **ret, size_t *ret_count, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    struct store_page page = {.cursor = slice_of(step->cursor),
                              .limit = step->max < STORE_PAGE_MAX ? step->max : STORE_PAGE_MAX,
                              .keep = is_used};
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = step->verify ? store_blob_list(txn, &page, arena, ret)
                          : store_blob_waiting_list(txn, &page, arena, ret);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    *ret_count = rc == ST_OK ? page.count : 0;
    slice next = rc == ST_OK ? page.next : S("");
    (void)snprintf(step->cursor, sizeof step->cursor, "%.*s", SLICE_ARG(next));
    return rc;
}

struct mark {
    struct crypt_hash sha256;
    int64_t now_ms;
};

/* The blob may be gone meanwhile: then there is nothing to mark. */
static status mark_apply(struct store_txn *txn, void *arg, struct error *err)
{
    const struct mark *mark = (const struct mark *)arg;
    struct store_blob blob;
    struct arena scratch;
    (void)err;
    arena_init(&scratch, 65536);
    status rc = store_blob_get(txn, &mark->sha256, &scratch, &blob);
    if (rc == ST_OK && blob.refs > 0) {
        blob.replicated_ms = mark->now_ms;
        rc = store_blob_put(txn, &blob);
    }
    arena_finish(&scratch);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

/* --- one blob -----------------------------------------------------------------------------------
 */

struct work {
    struct app *app;
    struct s3 s3;
    struct replica_step *step;
};

static status blob_send(struct work *work, const struct crypt_hash *sha256, struct error *err)
{
    char key[S3_KEY_MAX];
    uint64_t bytes;
    int fd;
    struct mark mark = {.sha256 = *sha256, .now_ms = clock_wall_ms()};
    struct error local;
    /* Never a damaged one: the copy would look as if it were right. */
    if (blob_verify(work->app->blobs, sha256, &local) != ST_OK ||
        blob_open(work->app->blobs, sha256, &fd, &bytes, &local) != ST_OK) {
        work->step->unreadable++;
        return ST_OK;
    }
    status rc =
        s3_put_file(&work->s3, s3_blob_key(work->app->config, sha256, key), fd, bytes, sha256, err);
    fd_close(&fd);
    if (rc == ST_OK)
        rc = store_apply(work->app->store, mark_apply, &mark, err);
    if (rc == ST_OK)
        work->step->bytes += bytes;
    return rc;
}

static status blob_fetch_back(struct work *work, const struct crypt_hash *sha256, struct error *err)
{
    status rc = replica_heal(work->app, sha256, work->step->cancelled, err);
    work->step->restored += rc == ST_OK;
    if (rc != ST_VERIFY && rc != ST_NOT_FOUND && rc != ST_TOO_LARGE)
        return rc;
    work->step->unreadable++; /* neither here nor there */
    return ST_OK;
}

static status blob_compare(struct work *work, const struct store_blob *row,
                           const struct crypt_hash *sha256, struct error *err)
{
    char key[S3_KEY_MAX];
    uint64_t bytes;
    struct error local;
    if (blob_verify(work->app->blobs, sha256, &local) != ST_OK)
        return blob_fetch_back(work, sha256, err);
    status rc = s3_get(&work->s3, s3_blob_key(work->app->config, sha256, key), sha256,
                       row->size_bytes + GET_MAX_DEFAULT, -1, &bytes, err);
    if (rc == ST_OK) {
        work->step->verified++;
        return ST_OK;
    }
    if (rc != ST_VERIFY && rc != ST_NOT_FOUND && rc != ST_TOO_LARGE)
        return rc;
    TRY(blob_send(work, sha256, err));
    work->step->repaired++;
    return ST_OK;
}

status replica_step(struct app *app, struct replica_step *step, struct error *err)
{
    struct work work = {.app = app, .step = step};
    struct store_blob *rows;
    struct arena arena;
    size_t count;
    TRY(s3_of(app, step->cancelled, &work.s3, err));
    arena_init(&arena, ARENA_BYTES);
    status rc = page_read(app, step, &arena, &rows, &count, err);
    for (size_t i = 0; i < count && rc == ST_OK; i++) {
        struct crypt_hash sha256;
        memcpy(sha256.bytes, rows[i].sha256.ptr, sizeof sha256.bytes);
        if (rows[i].replicated_ms != 0) {
            rc = blob_compare(&work, &rows[i], &sha256, err);
            continue;
        }
        rc = blob_send(&work, &sha256, err);
        step->sent += rc == ST_OK;
    }
    arena_finish(&arena);
    return rc;
}

status replica_count(struct app *app, struct replica_counts *ret, struct error *err)
{
    struct replica_step all = {.verify = true, .max = STORE_PAGE_MAX};
    *ret = (struct replica_counts){0};
    do {
        struct store_blob *rows;
        struct arena arena;
        size_t count;
        arena_init(&arena, ARENA_BYTES);
        status rc = page_read(app, &all, &arena, &rows, &count, err);
        for (size_t i = 0; i < count; i++) {
            ret->blobs++;
            ret->pending += rows[i].replicated_ms == 0;
            ret->pending_bytes += rows[i].replicated_ms == 0 ? rows[i].size_bytes : 0;
        }
        arena_finish(&arena);
        if (rc != ST_OK)
            return rc;
    } while (all.cursor[0]);
    return ST_OK;
}

/* --- the bucket's garbage -----------------------------------------------------------------------
 */

/* "PREFIX/ab/abcd…" → the hash; anything else is not ours to delete. */
static bool hash_of_key(const struct config *config, slice key, struct crypt_hash *ret)
{
    char again[S3_KEY_MAX];
    size_t slash = key.len;
    while (slash > 0 && key.ptr[slash - 1] != '/')
        slash--;
    return crypt_hex_decode(ret->bytes, sizeof ret->bytes, slice_from(key, slash)) &&
           slice_eq(s3_blob_key(config, ret, again), key);
}

/* A row, whether anything refers to it or not, keeps the object. */
static status is_known(struct app *app, const struct crypt_hash *sha256, struct arena *arena,
                       bool *ret, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    struct store_blob row;
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = store_blob_get(txn, sha256, arena, &row);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    *ret = rc == ST_OK;
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status page_clean(struct app *app, struct s3 *s3, struct replica_gc *gc, struct arena *arena,
                         struct error *err)
{
    struct s3_object *objects;
    size_t count;
    slice token = slice_of(gc->token);
    slice prefix = app->config->s3_prefix;
    if (prefix.len > 0)
        prefix = arena_printf(arena, "%.*s/", SLICE_ARG(prefix));
    TRY(s3_list(s3, prefix, &token, arena, &objects, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct crypt_hash sha256;
        bool known = true;
        gc->objects++;
        if (!hash_of_key(app->config, objects[i].key, &sha256))
            continue;
        TRY(is_known(app, &sha256, arena, &known, err));
        if (known)
            continue;
        if (!gc->dry_run)
            TRY(s3_delete(s3, objects[i].key, err));
        gc->deleted++;
    }
    if (token.len >= sizeof gc->token)
        return error_code(err, ST_UPSTREAM, "s3_error", "S3's list goes on with too long a token");
    memmove(gc->token, token.ptr, token.len);
    gc->token[token.len] = '\0';
    return ST_OK;
}

status replica_gc(struct app *app, struct replica_gc *gc, struct error *err)
{
    struct s3 s3;
    struct arena arena;
    TRY(s3_of(app, NULL, &s3, err));
    arena_init(&arena, ARENA_BYTES);
    status rc = page_clean(app, &s3, gc, &arena, err);
    arena_finish(&arena);
    return rc;
}
