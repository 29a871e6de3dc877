/* Runs one stage on the thread that it belongs to: check here, work in a pool, apply at the writer.
 */
#include "stage.h"

#include "app.h"
#include "base/clock.h"
#include "blob.h"
#include "content.h"
#include "decode.h"
#include "transport.h"

#include <assert.h>

/* --- one stage ----------------------------------------------------------------------------------
 */

stage *stage_function(const struct call *call, enum call_stage at)
{
    switch (at) {
    case STAGE_CHECK:
        return call->route->check;
    case STAGE_FETCH:
        return call->route->fetch;
    case STAGE_WORK:
        return call->route->work;
    case STAGE_APPLY:
        return call->route->apply;
    case STAGE_REPLY:
        return call->route->reply;
    case STAGE_STORE:
        return call->store_reply;
    case STAGE_NEW:
    case STAGE_SENDING:
    case STAGE_DONE:
        break;
    }
    return NULL;
}

/* Runs the function of the current stage, if it has one, in the calling thread. */
status stage_run(struct call *call, struct error *err)
{
    stage *function = stage_function(call, call->stage);
    if (!function)
        return ST_OK;
    int64_t begin_us = clock_mono_us();
    status rc = function(call, err);
    call->work_us += (uint64_t)(clock_mono_us() - begin_us);
    if (rc == ST_OK && call->arena.overflow)
        rc = arena_check(&call->arena, err);
    return rc;
}

void stage_result(struct call *call, status rc)
{
    if (rc != ST_OK && call->result == ST_OK)
        call->result = rc;
}

/* --- check: own thread, one snapshot for all of it ----------------------------------------------
 */

static bool leaves_home(const struct call *call)
{
    return call->route->fetch || call->route->work || call->route->apply;
}

/* Content-Encoding: the body is unpacked in a pool before check sees it. */
static status decode_plan(struct call *call, struct error *err)
{
    enum decode_kind kind;
    slice name = slice_trim(call_header(call, "content-encoding"));
    if (name.len == 0 || call->body.len == 0 || slice_eq_nocase(name, S("identity")))
        return ST_OK;
    call->decoding = decode_kind_from(name, &kind);
    if (call->decoding)
        return ST_OK;
    reply_header_sticky(call, "Accept-Encoding", S("gzip, br, zstd")); /* RFC 7694 */
    return error_code(err, ST_MEDIA_TYPE, "unsupported_encoding",
                      "Content-Encoding must be one of gzip, br, zstd");
}

/* RFC 9530: the digest is that of the body as it was sent. */
static status sent_digest_check(struct call *call, struct error *err)
{
    struct crypt_hash hash;
    slice header = call_header(call, "content-digest");
    if (!header.len)
        return ST_OK;
    crypt_sha256(&hash, call->body);
    call->digest_checked = true;
    if (content_digest_matches(header, &hash, NULL))
        return ST_OK;
    return error_code(err, ST_VERIFY, "digest_mismatch",
                      "the body does not have the SHA-256 of its Content-Digest; send it again");
}

static status decode_run(struct call *call, struct error *err)
{
    enum decode_kind kind;
    slice plain;
    bool known = decode_kind_from(call_header(call, "content-encoding"), &kind);
    assert(known);
    TRY(sent_digest_check(call, err));
    status rc = decode_body(kind, call->body, call_body_max(call), &call->arena, &plain, err);
    if (rc == ST_TOO_LARGE)
        call->problem.error = N_("File too large");
    if (rc != ST_OK)
        return rc;
    call->body = plain;
    call->body_held += plain.len;
    (void)atomic_fetch_add_explicit(&call->app->body_bytes, plain.len, memory_order_relaxed);
    return ST_OK;
}

/* Users who add something wait when the disk is nearly full; who deletes, signs in or administers
 * does not. */
static status room_check(const struct call *call, struct error *err)
{
    const struct route *row = call->route;
    bool adds = row->apply && (row->method == METHOD_POST || row->method == METHOD_PUT);
    if (!adds || row->need != NEED_KEY || !call->app->blobs)
        return ST_OK;
    return blobs_room_for_rows(call->app->blobs, err);
}

static status gates_and_check(struct call *call, bool again, struct error *err)
{
    if (!again) {
        TRY(auth_call(call, err));
        /* What check parses must point into our own copy when later stages run elsewhere. */
        if (leaves_home(call))
            TRY(call_detach(call, err));
        TRY(rate_call(call, err));
        if (call->answered)
            return ST_OK;
        TRY(room_check(call, err));
        TRY(decode_plan(call, err));
        if (call->decoding && !call->transport->is_inline)
            return ST_OK; /* check follows when the body is there */
        if (call->decoding)
            TRY(decode_run(call, err));
    }
    return stage_run(call, err);
}

void stage_check(struct call *call, bool again)
{
    if (call->app->store && !again) { /* before the snapshot */
        call->identity = store_identity(call->app->store);
        call->keys_stamp = store_keys_stamp(call->app->store);
        call->months_stamp = store_months_stamp(call->app->store);
    }
    if (call->reader)
        store_read_later(call->reader, &call->txn);
    status rc = gates_and_check(call, again, &call->err);
    if (call->txn && rc == ST_OK && store_txn_status(call->txn) != ST_OK) {
        rc = store_txn_status(call->txn);
        call->err = *store_txn_error(call->txn);
    }
    store_read_end(&call->txn);
    stage_result(call, rc);
}

/* --- fetch and work: a pool ---------------------------------------------------------------------
 */

static status work_result(const struct call *call, status rc, struct error *err)
{
    if (rc != ST_CANCELLED || atomic_load_explicit(&call->cancelled, memory_order_relaxed))
        return rc;
    return error_set(err, ST_TIMEOUT,
                     "the analysis takes longer than a synchronous call may; submit it as a job "
                     "(POST /api/jobs)");
}

/* Worker thread. */
static void work_run(struct work_item *item)
{
    struct call *call = (struct call *)((char *)item - offsetof(struct call, work));
    assert(call->magic == CALL_MAGIC);
    assert(call->stage == STAGE_FETCH || call->stage == STAGE_WORK);
    status rc = ST_CANCELLED; /* waited in the queue until nobody wanted it any more */
    if (!call_cancelled(call))
        rc = stage_run(call, &call->err);
    stage_result(call, work_result(call, rc, &call->err));
    call->transport->resume(call);
}

static struct workers *pool_of(const struct call *call)
{
    if (call->stage == STAGE_FETCH)
        return call->app->fetch_workers;
    return call->route->pool == POOL_PASSWORD ? call->app->password_workers : call->app->workers;
}

static status busy(struct call *call, struct error *err)
{
    call->problem.retry_after_s = LIMIT_RETRY_AFTER_S;
    return error_set(err, ST_BUSY, "too much work is waiting; try again in a moment");
}

/* Worker thread. */
static void decode_item_run(struct work_item *item)
{
    struct call *call = (struct call *)((char *)item - offsetof(struct call, work));
    assert(call->magic == CALL_MAGIC);
    assert(call->stage == STAGE_CHECK);
    stage_result(call, decode_run(call, &call->err));
    call->transport->resume(call);
}

bool stage_decode(struct call *call)
{
    if (!call->decoding || call->result != ST_OK)
        return false;
    status rc = call_detach(call, &call->err);
    if (rc == ST_OK) {
        call->work.run = decode_item_run;
        if (workers_submit(call->app->workers, &call->work, WORK_INTERACTIVE) == ST_OK)
            return true;
        rc = busy(call, &call->err);
    }
    stage_result(call, rc);
    return false;
}

bool stage_work(struct call *call)
{
    if (call->transport->is_inline || (call->short_work && call->stage == STAGE_WORK)) {
        stage_result(call, work_result(call, stage_run(call, &call->err), &call->err));
        return false;
    }
    status rc = call_detach(call, &call->err);
    if (rc == ST_OK) {
        call->work.run = work_run;
        if (workers_submit(pool_of(call), &call->work, WORK_INTERACTIVE) == ST_OK)
            return true;
        rc = busy(call, &call->err);
    }
    stage_result(call, rc);
    return false;
}

/* --- apply and store: the writer ----------------------------------------------------------------
 */

/* Writer thread; may run twice when its batch is aborted, so it starts from a clean error. */
static status apply_run(struct store_txn *txn, void *arg, struct error *err)
{
    struct call *call = (struct call *)arg;
    assert(call->magic == CALL_MAGIC);
    assert(call->stage == STAGE_APPLY || call->stage == STAGE_STORE);
    call->txn = txn;
    status rc = stage_run(call, err);
    call->txn = NULL;
    return rc;
}

static void apply_over(struct call *call, status rc, const struct error *err)
{
    if (rc != ST_OK)
        call->err = *err;
    /* An answer that could not be kept for replay is still the answer. */
    if (call->stage == STAGE_APPLY)
        stage_result(call, rc);
}

/* Writer thread, after the commit. */
static void apply_done(void *arg, status rc, const struct error *err)
{
    struct call *call = (struct call *)arg;
    apply_over(call, rc, err);
    call->transport->resume(call);
}

bool stage_apply(struct call *call)
{
    struct store *store = call->app->store;
    struct error err = {0};
    if (!store) {
        stage_result(call, error_set(&call->err, ST_INTERNAL, "there is no storage"));
        return false;
    }
    if (call->transport->is_inline) {
        apply_over(call, store_apply(store, apply_run, call, &err), &err);
        return false;
    }
    status rc = call_detach(call, &err);
    if (rc == ST_OK) {
        call->op = (struct store_op){.apply = apply_run, .done = apply_done, .arg = call};
        if (store_submit(store, &call->op) == ST_OK)
            return true;
        rc = busy(call, &err);
    }
    apply_over(call, rc, &err);
    return false;
}
