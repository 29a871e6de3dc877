/* /api/files: the caller's files: upload in one piece, list, show, delete; and what all routes of
 * files share. Uploads in parts are in files_parts.c, contents in files_read.c. */
#include "api/files.h"

#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "blob.h"
#include "body.h"
#include "idempotency.h"
#include "multipart.h"
#include "plans.h"
#include "reading.h"
#include "upload.h"

#include <assert.h>

/* --- shared ----------------------------------------------------------------------------------- */

status file_find(struct call *call, slice id, struct store_stored_file *ret, struct error *err)
{
    status rc = id.len < STORE_ID_MAX
                    ? store_file_get(call->txn, call->user->id, id, &call->arena, ret)
                    : ST_NOT_FOUND;
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "file_not_found", "there is no such file");
    return rc;
}

status file_find_complete(struct call *call, slice id, struct store_stored_file *ret,
                          struct error *err)
{
    TRY(file_find(call, id, ret, err));
    if (ret->state == STORE_FILE_COMPLETE)
        return ST_OK;
    return error_code(err, ST_CONFLICT, "upload_incomplete",
                      "this file is still being uploaded in parts");
}

static status check_scope(const struct call *call, struct error *err)
{
    if (!call->key || (call->key->scopes & SCOPE_FILES_READ))
        return ST_OK;
    return error_code(err, ST_FORBIDDEN, "insufficient_scope", "this API key lacks the scope '%s'",
                      "files:read");
}

status file_look_up(struct call *call, slice id, struct store_stored_file *ret, struct error *err)
{
    struct reading reading;
    if (!call->user)
        return error_code(err, ST_NOT_FOUND, "file_not_found", "there is no such file");
    TRY(check_scope(call, err));
    if (call->txn)
        return file_find_complete(call, id, ret, err);
    TRY(reading_begin(call, &reading, err));
    call->txn = reading.txn;
    status rc = file_find_complete(call, id, ret, err);
    call->txn = NULL;
    status ended = reading_end(&reading, rc == ST_OK ? err : NULL);
    return rc == ST_OK ? ended : rc;
}

struct crypt_hash file_hash(const struct store_stored_file *file)
{
    struct crypt_hash hash;
    assert(file->sha256.len == CRYPT_HASH_BYTES);
    memcpy(hash.bytes, file->sha256.ptr, CRYPT_HASH_BYTES);
    return hash;
}

slice file_tag(struct call *call, const struct store_stored_file *file)
{
    char hex[FILE_HASH_TEXT_MAX];
    if (file->state != STORE_FILE_COMPLETE)
        return rev_tag(call, (uint64_t)file->created_ms, file->rev);
    return arena_copy(&call->arena, crypt_hex(hex, file->sha256.ptr, CRYPT_HASH_BYTES));
}

static void put_hash(struct json_out *w, const char *key, slice bytes)
{
    char hex[FILE_HASH_TEXT_MAX];
    if (bytes.len)
        json_key_str(w, key, crypt_hex(hex, bytes.ptr, bytes.len));
    else
        json_key_null(w, key);
}

static void put_count(struct json_out *w, const char *key, uint64_t count)
{
    if (count)
        json_key_u64(w, key, count);
    else
        json_key_null(w, key);
}

enum { MISSING_SHOWN_MAX = 100 };

static void put_parts(struct json_out *w, const struct store_stored_file *file)
{
    size_t done = 0, shown = 0;
    for (size_t i = 0; i < file->parts.len; i++)
        done += file->parts.ptr[i] != 0;
    json_key_u64(w, "part_size", file->part_bytes);
    json_key_u64(w, "parts_total", file->parts.len);
    json_key_u64(w, "parts_done", done);
    json_key(w, "parts_missing");
    json_array(w);
    for (size_t i = 0; i < file->parts.len && shown < MISSING_SHOWN_MAX; i++)
        if (file->parts.ptr[i] == 0) {
            json_u64(w, i + 1);
            shown++;
        }
    json_end(w);
    json_key_time(w, "expires_at", file->expires_ms);
}

void file_put(struct json_out *w, const struct store_stored_file *file)
{
    bool complete = file->state == STORE_FILE_COMPLETE;
    json_key_str(w, "id", file->id);
    json_key_str(w, "name", file->name);
    json_key_str(w, "state", complete ? S("complete") : S("uploading"));
    json_key_u64(w, "size", file->size_bytes);
    put_hash(w, "sha256", file->sha256);
    put_hash(w, "md5", file->md5);
    if (file->mime.len)
        json_key_str(w, "mime", file->mime);
    else
        json_key_null(w, "mime");
    put_count(w, "rows", file->row_count);
    put_count(w, "columns", file->column_count);
    json_key_time(w, "created_at", file->created_ms);
    if (!complete)
        put_parts(w, file);
}

status file_check_space(struct call *call, uint64_t more_bytes, struct error *err)
{
    uint64_t used;
    uint64_t max =
        call->user->file_bytes_max ? call->user->file_bytes_max : call->plan->file_bytes_max;
    TRY(store_file_bytes(call->txn, call->user->id, &used));
    if (used <= max && more_bytes <= max - used)
        return ST_OK;
    return error_code(err, ST_LIMIT, "file_quota_exceeded",
                      "%llu bytes do not fit: %llu of the %llu bytes for files are in use, uploads "
                      "in progress included",
                      (unsigned long long)more_bytes, (unsigned long long)used,
                      (unsigned long long)max);
}

status file_check_digest(struct call *call, struct error *err)
{
    struct crypt_hash hash;
    slice header = call_header(call, "content-digest");
    if (!header.len || call->digest_checked)
        return ST_OK;
    crypt_sha256(&hash, call->body);
    if (content_digest_matches(header, &hash, NULL))
        return ST_OK;
    return error_code(err, ST_VERIFY, "digest_mismatch",
                      "the body does not have the SHA-256 of its Content-Digest; send it again");
}

static slice hash_slice(const struct crypt_hash *hash)
{
    return slice_make(hash->bytes, CRYPT_HASH_BYTES);
}

status file_keep(struct call *call, struct store_stored_file *file, const struct content *content,
                 bool *ret_existed, struct error *err)
{
    struct store_stored_file same;
    slice uploading = file->rev ? file->id : S("");
    status rc = store_file_find(call->txn, call->user->id, &content->sha256, &call->arena, &same);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    *ret_existed = rc == ST_OK;
    if (rc == ST_OK) {
        *file = same;
        return uploading.len ? store_file_del(call->txn, call->user->id, uploading) : ST_OK;
    }
    if (!uploading.len) /* else its bytes count since the upload began */
        TRY(file_check_space(call, content->bytes, err));
    file->state = STORE_FILE_COMPLETE;
    file->size_bytes = content->bytes;
    file->sha256 = hash_slice(&content->sha256);
    file->md5 = slice_make(content->md5, MD5_BYTES);
    file->mime = slice_of(content->mime);
    file->row_count = content->rows;
    file->column_count = content->columns;
    file->parts = S("");
    file->part_bytes = 0;
    file->expires_ms = 0;
    TRY(store_blob_put(call->txn, &(struct store_blob){.sha256 = hash_slice(&content->sha256),
                                                       .size_bytes = content->bytes,
                                                       .created_ms = call->now_ms}));
    TRY(store_file_put(call->txn, file));
    return audit_note(call, "file.create", file->id, S(""));
}

/* --- create: one piece, or the start of an upload in parts ------------------------------------ */

struct create {
    char id[STORE_ID_MAX];
    char name[CONTENT_NAME_MAX + 1];
    bool in_parts, existed;
    slice bytes;
    struct content content;
    struct store_stored_file file, row; /* row: what apply wrote; it may run again */
};

/* {name, size, part_size}: the bytes follow in parts. */
static status read_plan_of_parts(struct call *call, struct create *in, struct error *err)
{
    slice name;
    uint64_t size = 0, part = UPLOAD_PART_BYTES_MAX;
    TRY(body_read(call, err, JSON_STR("name", &name, 1, 1024),
                  JSON_U64("size", &size, 1, 9007199254740991.0),
                  JSON_U64_OPT("part_size", &part, UPLOAD_PART_BYTES_MIN, UPLOAD_PART_BYTES_MAX)));
    uint64_t count = (size + part - 1) / part;
    if (count > UPLOAD_PARTS_MAX)
        return error_code(err, ST_INVALID, "invalid_field",
                          "%llu parts of %llu bytes are more than %d: choose a larger part_size",
                          (unsigned long long)count, (unsigned long long)part, UPLOAD_PARTS_MAX);
    TRY(file_check_space(call, size, err));
    const char *parts = (const char *)arena_alloc(&call->arena, (size_t)count);
    in->in_parts = true;
    in->file.name = content_name(name, in->name);
    in->file.size_bytes = size;
    in->file.part_bytes = part;
    in->file.parts = slice_make(parts, (size_t)count);
    in->file.expires_ms = call->now_ms + UPLOAD_IDLE_MS;
    return arena_check(&call->arena, err);
}

/* The one file of a form. */
static status read_form(struct call *call, struct create *in, struct error *err)
{
    struct multipart_part *parts =
        (struct multipart_part *)arena_array(&call->arena, MULTIPART_PARTS_MAX, sizeof *parts);
    size_t count, files = 0;
    if (!parts)
        return arena_check(&call->arena, err);
    TRY(multipart_parse(call_header(call, "content-type"), call->body, parts, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].filename.len && !slice_eq(parts[i].name, S("file")))
            continue;
        in->bytes = parts[i].body;
        in->file.name = content_name(parts[i].filename, in->name);
        files++;
    }
    if (files == 1)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_multipart",
                      "the form must hold exactly one file, not %zu", files);
}

static status create_check(struct call *call, struct error *err)
{
    struct create *in = call_state(call, sizeof *in);
    slice name = call_query(call, "name");
    if (!in)
        return arena_check(&call->arena, err);
    in->file = (struct store_stored_file){.id = store_id_make(in->id, "fil", call->now_ms),
                                          .user_id = call->user->id,
                                          .state = STORE_FILE_UPLOADING,
                                          .created_ms = call->now_ms};
    if (body_is_json(call) && !name.ptr)
        return read_plan_of_parts(call, in, err);
    in->bytes = call->body;
    in->file.name = content_name(name.ptr ? name : S(""), in->name);
    if (slice_eq(call->content_type, S("multipart/form-data")))
        TRY(read_form(call, in, err));
    return file_check_space(call, in->bytes.len, err);
}

/* In the pool that may wait: for the disk here. */
static status create_fetch(struct call *call, struct error *err)
{
    struct create *in = (struct create *)call->state;
    struct content_scan scan;
    struct crypt_hash stored;
    if (in->in_parts)
        return ST_OK;
    TRY(file_check_digest(call, err));
    content_begin(&scan);
    content_more(&scan, in->bytes);
    content_end(&scan, in->file.name, &in->content);
    return blob_put(call->app->blobs, in->bytes, &stored, err);
}

static status create_apply(struct call *call, struct error *err)
{
    struct create *in = (struct create *)call->state;
    in->row = in->file;
    TRY(idempotency_claim(call, err));
    if (!in->in_parts)
        return file_keep(call, &in->row, &in->content, &in->existed, err);
    TRY(file_check_space(call, in->row.size_bytes, err));
    TRY(store_file_put(call->txn, &in->row));
    return audit_note(call, "file.upload", in->row.id, S(""));
}

static status create_reply(struct call *call, struct error *err)
{
    const struct create *in = (const struct create *)call->state;
    file_put(reply_json(call, in->existed ? 200 : 201), &in->row);
    reply_header(call, "Location",
                 arena_printf(&call->arena, "/api/files/" SLICE_FMT, SLICE_ARG(in->row.id)));
    return reply_end(call, err);
}

/* --- list and show ---------------------------------------------------------------------------- */

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_stored_file *rows;
    TRY(page_from_query(call, &page, err));
    page.newest_first = true;
    TRY(store_file_list(call->txn, call->user->id, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "files");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        file_put(w, &rows[i]);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_stored_file file;
    TRY(file_find(call, call_param(call, "id"), &file, err));
    if (reply_etag(call, file_tag(call, &file)))
        return ST_OK;
    file_put(reply_json(call, 200), &file);
    return reply_end(call, err);
}

/* --- delete ----------------------------------------------------------------------------------- */

static status find_to_delete(struct call *call, struct store_stored_file *ret, struct error *err)
{
    TRY(file_find(call, call_param(call, "id"), ret, err));
    if (reply_if_match(call, file_tag(call, ret)))
        return ST_OK;
    return error_code(err, ST_PRECONDITION, "precondition_failed",
                      "it has changed meanwhile; read it again");
}

static status delete_check(struct call *call, struct error *err)
{
    struct store_stored_file file;
    return find_to_delete(call, &file, err);
}

static status delete_apply(struct call *call, struct error *err)
{
    struct store_stored_file file;
    TRY(find_to_delete(call, &file, err));
    TRY(store_file_del(call->txn, call->user->id, file.id));
    return audit_note(call, "file.delete", file.id, S(""));
}

static status delete_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

#include "api/files_doc.h"

const struct route files_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/files",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_WRITE,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT | ROUTE_FOR_USER,
     .body_max = LIMIT_BODY_BYTES,
     .check = create_check,
     .fetch = create_fetch,
     .apply = create_apply,
     .reply = create_reply,
     .doc = DOC_CREATE},
    {.method = METHOD_GET,
     .path = "/api/files",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_READ,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = list_check,
     .doc = DOC_LIST},
    {.method = METHOD_GET,
     .path = "/api/files/:id",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_READ,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = show_check,
     .doc = DOC_SHOW},
    {.method = METHOD_DELETE,
     .path = "/api/files/:id",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_WRITE,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = delete_check,
     .apply = delete_apply,
     .reply = delete_reply,
     .doc = DOC_DELETE},
};
