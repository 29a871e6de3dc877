/* Remembers answers by Idempotency-Key. */
#include "idempotency.h"

#include "app.h"
#include "base/crypt.h"
#include "call.h"
#include "hooks.h"
#include "storage/storage.h"

enum { KEY_MIN = 8, KEY_MAX = 128, KEEP_MS = 24 * 3600 * 1000, BODY_KEPT_MAX = 4 << 20 };

/* Per call, in its arena. */
struct idempotency {
    struct crypt_hash hash;        /* of method, path and key */
    struct crypt_hash fingerprint; /* of body and content type */
};

static slice hash_slice(const struct crypt_hash *hash)
{
    return slice_make(hash->bytes, sizeof hash->bytes);
}

/* Quoted (RFC 8941 string) or bare; 8..128 visible ASCII characters. */
static bool key_read(slice header, slice *ret)
{
    slice key = slice_trim(header);
    if (key.len >= 2 && key.ptr[0] == '"' && key.ptr[key.len - 1] == '"')
        key = slice_sub(key, 1, key.len - 2);
    if (key.len < KEY_MIN || key.len > KEY_MAX)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= ' ' || key.ptr[i] > '~')
            return false;
    *ret = key;
    return true;
}

static status hashes_make(struct call *call, slice key, struct idempotency *ret, struct error *err)
{
    slice scope = arena_printf(&call->arena, "%s " SLICE_FMT "\n" SLICE_FMT,
                               method_name(call->method), SLICE_ARG(call->path), SLICE_ARG(key));
    struct crypt_sha256_stream stream;
    TRY(arena_check(&call->arena, err));
    crypt_hash(&ret->hash, S(""), scope);
    crypt_sha256_begin(&stream);
    crypt_sha256_more(&stream, call->content_type);
    crypt_sha256_more(&stream, S("\n"));
    crypt_sha256_more(&stream, call->body);
    crypt_sha256_end(&stream, &ret->fingerprint);
    return ST_OK;
}

static status refuse_in_flight(struct error *err)
{
    return error_code(err, ST_CONFLICT, "idempotency_in_flight",
                      "a request with this Idempotency-Key is still running; try again");
}

static status replay_secret(struct call *call, const struct store_idempotency *row,
                            struct error *err)
{
    if (row->object.len)
        call_problem_members(
            call, arena_printf(&call->arena, "\"created\":" SLICE_FMT, SLICE_ARG(row->object)));
    return error_code(err, ST_CONFLICT, "already_created",
                      "this was created already; its secret was shown once and is not kept");
}

static status replay(struct call *call, const struct store_idempotency *row, struct error *err)
{
    TRY(reply_bytes(call, (int)row->status, "application/json", row->body));
    reply_header(call, "idempotency-replayed", S("true"));
    call_answered(call);
    (void)err;
    return ST_OK;
}

/* A row that an earlier process left in flight died with it: the effect may be done again, and a
 * finished analysis is then found in the cache, so nothing is billed twice. */
static bool is_stale(const struct call *call, const struct store_idempotency *row)
{
    return row->state == STORE_IDEMPOTENCY_IN_FLIGHT && row->created_ms < call->app->start_ms;
}

static status answer_row(struct call *call, const struct idempotency *in,
                         const struct store_idempotency *row, struct error *err)
{
    if (!slice_eq(row->fingerprint, hash_slice(&in->fingerprint)))
        return error_code(err, ST_LIMIT, "idempotency_mismatch",
                          "this Idempotency-Key was used with another body");
    if (row->state == STORE_IDEMPOTENCY_SECRET)
        return replay_secret(call, row, err);
    if (row->state == STORE_IDEMPOTENCY_DONE)
        return replay(call, row, err);
    return is_stale(call, row) ? ST_OK : refuse_in_flight(err);
}

status idempotency_call(struct call *call, struct error *err)
{
    struct store_idempotency row;
    slice key;
    slice header = call_header(call, "idempotency-key");
    if (!header.ptr || !call->user)
        return ST_OK;
    if (!key_read(header, &key))
        return error_code(err, ST_INVALID, "invalid_idempotency_key",
                          "Idempotency-Key must be %d to %d visible ASCII characters", KEY_MIN,
                          KEY_MAX);
    struct idempotency *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(hashes_make(call, key, in, err));
    status rc = store_idempotency_get(call->txn, call->user->id, &in->hash, call->now_ms,
                                      &call->arena, &row);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    call->hook[HOOK_IDEMPOTENCY] = in;
    return rc == ST_OK ? answer_row(call, in, &row, err) : ST_OK;
}

static status row_put(struct call *call, const struct idempotency *in,
                      enum store_idempotency_state state, struct store_idempotency row)
{
    row.user_id = call->user->id;
    row.hash = hash_slice(&in->hash);
    row.fingerprint = hash_slice(&in->fingerprint);
    row.state = state;
    row.created_ms = call->now_ms;
    row.expires_ms = call->now_ms + KEEP_MS;
    return store_idempotency_put(call->txn, &row);
}

/* Writer: the answer is complete. What went wrong on the server's side may be tried again. */
static status keep_answer(struct call *call, struct error *err)
{
    const struct idempotency *in = call->hook[HOOK_IDEMPOTENCY];
    slice body = buf_slice(&call->reply.body);
    (void)err;
    if (call->reply.http_status >= 500 || call->reply.stream.next || body.len > BODY_KEPT_MAX)
        return store_idempotency_del(call->txn, call->user->id, &in->hash);
    return row_put(
        call, in, STORE_IDEMPOTENCY_DONE,
        (struct store_idempotency){.status = (uint64_t)call->reply.http_status,
                                   .body = call->reply.bytes.len ? call->reply.bytes : body});
}

status idempotency_claim(struct call *call, struct error *err)
{
    struct store_idempotency row;
    const struct idempotency *in = call->hook[HOOK_IDEMPOTENCY];
    if (!in)
        return ST_OK;
    status rc = store_idempotency_get(call->txn, call->user->id, &in->hash, call->now_ms,
                                      &call->arena, &row);
    if (rc == ST_OK && !is_stale(call, &row))
        return refuse_in_flight(err);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (call->route->flags & ROUTE_SECRET)
        return ST_OK; /* idempotency_name writes the row */
    call->store_reply = keep_answer;
    return row_put(call, in, STORE_IDEMPOTENCY_IN_FLIGHT, (struct store_idempotency){0});
}

status idempotency_name(struct call *call, slice object, struct error *err)
{
    const struct idempotency *in = call->hook[HOOK_IDEMPOTENCY];
    (void)err;
    if (!in)
        return ST_OK;
    return row_put(call, in, STORE_IDEMPOTENCY_SECRET,
                   (struct store_idempotency){.status = 409, .object = object});
}
