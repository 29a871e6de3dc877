/* Bundles come in: as one body, as an uploaded file, or (from the host) in parts. */
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "body.h"
#include "dataset_import.h"

struct import {
    struct dataset_import options;
    struct crypt_hash *parts; /* NULL: the bundle is the body */
    size_t part_count;
    struct dataset_imported imported;
};

/* --- what is to be imported --- */

static status parts_take(struct call *call, const struct json *list, struct import *in,
                         struct error *err)
{
    if (list->kind != JSON_ARRAY || list->count == 0 || list->count > DATASET_PARTS_MAX)
        return error_code(err, ST_INVALID, "invalid_field", "parts must be a list of 1 to %d sums",
                          DATASET_PARTS_MAX);
    in->parts = (struct crypt_hash *)arena_array(&call->arena, list->count, sizeof *in->parts);
    TRY(arena_check(&call->arena, err));
    for (const struct json *item = list->first; item; item = item->next)
        if (item->kind != JSON_STRING ||
            !crypt_hex_decode(in->parts[in->part_count++].bytes, CRYPT_HASH_BYTES, item->text))
            return error_code(err, ST_INVALID, "invalid_field", "a part is not a SHA-256");
    return ST_OK;
}

static status file_take(struct call *call, slice id, struct import *in, struct error *err)
{
    struct store_stored_file file;
    status rc = call->user ? store_file_get(call->txn, call->user->id, id, &call->arena, &file)
                           : ST_NOT_FOUND;
    if (rc == ST_NOT_FOUND || (rc == ST_OK && file.state != STORE_FILE_COMPLETE))
        return error_code(err, ST_NOT_FOUND, "file_not_found", "there is no such file");
    TRY(rc);
    in->parts = (struct crypt_hash *)arena_alloc(&call->arena, sizeof *in->parts);
    TRY(arena_check(&call->arena, err));
    memcpy(in->parts[0].bytes, file.sha256.ptr, CRYPT_HASH_BYTES);
    in->part_count = 1;
    return ST_OK;
}

static status body_take(struct call *call, struct import *in, struct error *err)
{
    const struct json *parts = NULL;
    slice file_id = S("");
    bool is_host = call->actor == ACTOR_HOST;
    TRY(body_read(call, err, JSON_STR_OPT("name", &in->options.name, 1, DATASET_NAME_MAX),
                  JSON_STR_OPT("file_id", &file_id, 1, STORE_ID_MAX),
                  JSON_TREE_OPT("parts", &parts),
                  JSON_BOOL_OPT("require_signature", &in->options.require_signature),
                  JSON_BOOL_OPT("dry_run", &in->options.dry_run)));
    if (in->options.name.len > 0 && (!source_file_is_safe(in->options.name) ||
                                     slice_find_byte(in->options.name, '/', &(size_t){0})))
        return error_code(err, ST_INVALID, "invalid_field", "name must not hold '/' or '..'");
    if (parts && is_host)
        return parts_take(call, parts, in, err);
    if (file_id.len > 0 && !parts)
        return file_take(call, file_id, in, err);
    return error_code(err, ST_INVALID, "missing_field", "Missing required field: %s", "file_id");
}

static status import_check(struct call *call, struct error *err)
{
    struct import *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    in->options.now_ms = call->now_ms;
    in->options.cancelled = &call->cancelled;
    if (body_is_json(call))
        return body_take(call, in, err);
    if (slice_eq(call->content_type, S("application/x-tar")))
        return ST_OK;
    return error_code(err, ST_MEDIA_TYPE, "unsupported_media_type",
                      "the body must be a bundle (application/x-tar) or JSON");
}

/* --- work, apply --- */

static status memory_read(void *arg, uint64_t at, void *into, size_t bytes, struct error *err)
{
    const slice *body = (const slice *)arg;
    if (at > body->len || bytes > body->len - at)
        return error_code(err, ST_INVALID, "bundle_invalid", "this is not a bundle: it is cut off");
    memcpy(into, body->ptr + at, bytes);
    return ST_OK;
}

static status import_work(struct call *call, struct error *err)
{
    struct import *in = call->state;
    struct pack_input input = {memory_read, &call->body, call->body.len};
    struct dataset_parts parts = {0};
    status rc = ST_OK;
    if (in->parts)
        rc = dataset_parts_open(call->app->blobs, in->parts, in->part_count, &call->arena, &parts,
                                &input, err);
    if (rc == ST_OK)
        rc = dataset_import_read(call->app, &input, &in->options, &call->arena, &in->imported, err);
    dataset_parts_close(&parts);
    return rc;
}

static status import_apply(struct call *call, struct error *err)
{
    struct import *in = call->state;
    if (in->options.dry_run)
        return ST_OK;
    TRY(dataset_import_keep(call->txn, dataset_bytes_max(call->app->config), &in->imported, err));
    return audit_note(
        call, "dataset.import",
        arena_printf(&call->arena, "dataset:%.*s", SLICE_ARG(in->imported.rows[0].name)),
        arena_printf(&call->arena, "%zu files%s", in->imported.pack.file_count,
                     in->imported.is_trusted ? ", signed" : ""));
}

static status import_reply(struct call *call, struct error *err)
{
    const struct import *in = call->state;
    const struct pack *pack = &in->imported.pack;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "imported");
    json_array(w);
    for (size_t i = 0; i < pack->file_count; i++) {
        json_object(w);
        dataset_present(w, &in->imported.rows[i]);
        json_end(w);
    }
    json_end(w);
    json_key_bool(w, "dry_run", in->options.dry_run);
    json_key_bool(w, "signed", pack->is_signed);
    json_key_bool(w, "trusted", in->imported.is_trusted);
    json_key(w, "key_id");
    if (pack->is_signed)
        json_str(w, slice_of(pack->key_id));
    else
        json_null(w);
    json_key(w, "warning");
    if (in->imported.warning.len > 0)
        json_str(w, in->imported.warning);
    else
        json_null(w);
    return reply_end(call, err);
}

/* --- parts --- */

static status part_check(struct call *call, struct error *err)
{
    struct crypt_hash *hash = call_state(call, sizeof *hash);
    return hash ? ST_OK : arena_check(&call->arena, err);
}

/* Without a record the blob lives for an hour: long enough for the import that follows. */
static status part_work(struct call *call, struct error *err)
{
    return blob_put(call->app->blobs, call->body, call->state, err);
}

static status part_reply(struct call *call, struct error *err)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    const struct crypt_hash *hash = call->state;
    json_key_str(reply_json(call, 200), "sha256", crypt_hex(hex, hash->bytes, sizeof hash->bytes));
    return reply_end(call, err);
}

#include "api/datasets_doc.h"

/* clang-format off */
const struct route datasets_import_routes[] = {
    {.method = METHOD_POST, .path = "/api/datasets/import", .need = NEED_ADMIN, .flags = ROUTE_STRICT,
     .body_max = LIMIT_BODY_BYTES, .check = import_check, .work = import_work, .apply = import_apply,
     .reply = import_reply, .doc = DOC_IMPORT},
    {.method = METHOD_POST, .path = "/api/host/datasets/import", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .body_max = LIMIT_BODY_BYTES,
     .check = import_check, .work = import_work, .apply = import_apply, .reply = import_reply,
     .doc = DOC_IMPORT},
    {.method = METHOD_POST, .path = "/api/host/datasets/parts", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .body_max = LIMIT_BODY_BYTES,
     .check = part_check, .work = part_work, .reply = part_reply, .doc = DOC_PART},
};
/* clang-format on */
