/* Uploads in parts: PUT of one part, POST …/complete. A part is on disk before its answer; what was
 * answered survives a crash, and the client asks GET /api/files/{id} which parts are missing. */
#include "api/files.h"
#include "api/tables.h"
#include "app.h"
#include "blob.h"
#include "body.h"
#include "idempotency.h"
#include "upload.h"

static status find_upload(struct call *call, struct store_stored_file *ret, struct error *err)
{
    TRY(file_find(call, call_param(call, "id"), ret, err));
    if (ret->state == STORE_FILE_UPLOADING)
        return ST_OK;
    return error_code(err, ST_CONFLICT, "upload_complete", "this upload is complete already");
}

static struct upload upload_of(const struct call *call, const struct store_stored_file *file)
{
    return (struct upload){.blobs = call->app->blobs, .user_id = call->user->id, .id = file->id};
}

/* --- one part --------------------------------------------------------------------------------- */

struct part {
    struct store_stored_file file, row;
    size_t index;
};

/* How long a part must be: all have the same size but the last. */
static uint64_t part_length(const struct store_stored_file *file, size_t index)
{
    uint64_t begin = index * file->part_bytes;
    uint64_t left = file->size_bytes - begin;
    return left < file->part_bytes ? left : file->part_bytes;
}

static status part_check(struct call *call, struct error *err)
{
    struct part *in = call_state(call, sizeof *in);
    uint64_t number;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find_upload(call, &in->file, err));
    if (call_param_u64(call, "n", &number, err) != ST_OK || number < 1 ||
        number > in->file.parts.len)
        return error_code(err, ST_NOT_FOUND, "part_not_found", "this upload has parts 1 to %zu",
                          in->file.parts.len);
    in->index = (size_t)number - 1;
    uint64_t length = part_length(&in->file, in->index);
    if (call->body.len == length)
        return ST_OK;
    return error_code(err, ST_INVALID, "part_size", "part %llu must have %llu bytes, not %zu",
                      (unsigned long long)number, (unsigned long long)length, call->body.len);
}

/* In the pool that may wait: for the disk here. */
static status part_fetch(struct call *call, struct error *err)
{
    const struct part *in = (const struct part *)call->state;
    const struct upload upload = upload_of(call, &in->file);
    TRY(file_check_digest(call, err));
    return upload_write(&upload, in->index * in->file.part_bytes, call->body, err);
}

static status part_apply(struct call *call, struct error *err)
{
    struct part *in = (struct part *)call->state;
    TRY(find_upload(call, &in->row, err));
    if (in->index >= in->row.parts.len)
        return error_set(err, ST_CONFLICT, "the upload has changed meanwhile");
    char *parts = (char *)arena_alloc(&call->arena, in->row.parts.len);
    if (!parts)
        return arena_check(&call->arena, err);
    memcpy(parts, in->row.parts.ptr, in->row.parts.len);
    parts[in->index] = 1;
    in->row.parts = slice_make(parts, in->row.parts.len);
    in->row.expires_ms = call->now_ms + UPLOAD_IDLE_MS;
    return store_file_put(call->txn, &in->row);
}

static status part_reply(struct call *call, struct error *err)
{
    const struct part *in = (const struct part *)call->state;
    size_t done = 0;
    for (size_t i = 0; i < in->row.parts.len; i++)
        done += in->row.parts.ptr[i] != 0;
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "id", in->row.id);
    json_key_u64(w, "part", in->index + 1);
    json_key_u64(w, "parts_done", done);
    json_key_u64(w, "parts_total", in->row.parts.len);
    return reply_end(call, err);
}

/* --- completion ------------------------------------------------------------------------------- */

struct completion {
    struct store_stored_file file, row;
    struct crypt_hash want;
    struct content content;
    bool existed;
};

static status check_parts(const struct store_stored_file *file, struct error *err)
{
    for (size_t i = 0; i < file->parts.len; i++)
        if (file->parts.ptr[i] == 0)
            return error_code(err, ST_CONFLICT, "upload_incomplete",
                              "part %zu has not arrived; GET the file for all that are missing",
                              i + 1);
    return ST_OK;
}

static status complete_check(struct call *call, struct error *err)
{
    struct completion *in = call_state(call, sizeof *in);
    slice sha256 = S("");
    if (!in)
        return arena_check(&call->arena, err);
    TRY(file_find(call, call_param(call, "id"), &in->file, err));
    TRY(body_read(call, err, JSON_STR("sha256", &sha256, 64, 64)));
    if (!crypt_hex_decode(in->want.bytes, CRYPT_HASH_BYTES, sha256))
        return error_code(err, ST_INVALID, "invalid_field",
                          "member 'sha256' must be 64 hexadecimal digits");
    in->row = in->file;
    if (in->file.state == STORE_FILE_UPLOADING)
        return check_parts(&in->file, err);
    if (memcmp(in->file.sha256.ptr, in->want.bytes, CRYPT_HASH_BYTES) != 0)
        return error_code(err, ST_CONFLICT, "upload_complete", "this upload is complete already");
    call_skip_to_reply(call); /* sent again: the same answer */
    return ST_OK;
}

static bool client_left(void *context)
{
    return atomic_load_explicit(&((struct call *)context)->cancelled, memory_order_relaxed);
}

/* Hashing many gigabytes takes longer than a computation may: here it holds up nobody. */
static status complete_fetch(struct call *call, struct error *err)
{
    struct completion *in = (struct completion *)call->state;
    const struct upload upload = upload_of(call, &in->file);
    const struct upload_finish options = {.bytes = in->file.size_bytes,
                                          .want = &in->want,
                                          .name = in->file.name,
                                          .cancelled = client_left,
                                          .context = call};
    return upload_finish(&upload, &options, &in->content, err);
}

static status complete_apply(struct call *call, struct error *err)
{
    struct completion *in = (struct completion *)call->state;
    TRY(idempotency_claim(call, err));
    TRY(find_upload(call, &in->row, err));
    TRY(check_parts(&in->row, err));
    return file_keep(call, &in->row, &in->content, &in->existed, err);
}

static status complete_reply(struct call *call, struct error *err)
{
    const struct completion *in = (const struct completion *)call->state;
    file_put(reply_json(call, 200), &in->row);
    reply_header(call, "Location",
                 arena_printf(&call->arena, "/api/files/" SLICE_FMT, SLICE_ARG(in->row.id)));
    return reply_end(call, err);
}

#include "api/files_parts_doc.h"

const struct route files_parts_routes[] = {
    {.method = METHOD_PUT,
     .path = "/api/files/:id/parts/:n",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_WRITE,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .body_max = UPLOAD_PART_BYTES_MAX,
     .check = part_check,
     .fetch = part_fetch,
     .apply = part_apply,
     .reply = part_reply,
     .doc = DOC_PART},
    {.method = METHOD_POST,
     .path = "/api/files/:id/complete",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_WRITE,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT | ROUTE_FOR_USER,
     .check = complete_check,
     .fetch = complete_fetch,
     .apply = complete_apply,
     .reply = complete_reply,
     .doc = DOC_COMPLETE},
};
