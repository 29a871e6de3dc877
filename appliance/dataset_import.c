/* Reads a bundle into blobs and rows. */
#include "dataset_import.h"

#include "app.h"
#include "base/clock.h"
#include "base/file.h"
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* --- parts --------------------------------------------------------------------------------------
 */

static status parts_read(void *arg, uint64_t at, void *into, size_t bytes, struct error *err)
{
    struct dataset_parts *parts = (struct dataset_parts *)arg;
    for (size_t i = 0; i < parts->count && bytes > 0; i++) {
        uint64_t begin = i > 0 ? parts->ends[i - 1] : 0, size;
        if (at >= parts->ends[i])
            continue;
        if (parts->fd < 0 || parts->open != i) {
            fd_close(&parts->fd);
            TRY(blob_open(parts->blobs, &parts->hashes[i], &parts->fd, &size, err));
            parts->open = i;
        }
        uint64_t here = parts->ends[i] - at;
        size_t n = here < bytes ? (size_t)here : bytes;
        ssize_t got = pread(parts->fd, into, n, (off_t)(at - begin));
        if (got != (ssize_t)n)
            return error_set(err, ST_IO, "cannot read the bundle: %s",
                             got < 0 ? errno_text(errno) : "a part is shorter than it was");
        into = (char *)into + n;
        at += n;
        bytes -= n;
    }
    return bytes == 0 ? ST_OK
                      : error_code(err, ST_INVALID, "bundle_invalid",
                                   "this is not a bundle: it is cut off");
}

status dataset_parts_open(struct blobs *blobs, const struct crypt_hash *hashes, size_t count,
                          struct arena *arena, struct dataset_parts *ret, struct pack_input *ret_in,
                          struct error *err)
{
    *ret = (struct dataset_parts){.blobs = blobs, .hashes = hashes, .count = count, .fd = -1};
    ret->ends = (uint64_t *)arena_array(arena, count, sizeof *ret->ends);
    TRY(arena_check(arena, err));
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes;
        int fd;
        TRY(blob_open(blobs, &hashes[i], &fd, &bytes, err));
        fd_close(&fd);
        ret->ends[i] = (i > 0 ? ret->ends[i - 1] : 0) + bytes;
    }
    *ret_in = (struct pack_input){parts_read, ret, count > 0 ? ret->ends[count - 1] : 0};
    return ST_OK;
}

void dataset_parts_close(struct dataset_parts *parts)
{
    if (parts->count > 0)
        fd_close(&parts->fd);
}

/* --- whose signature ----------------------------------------------------------------------------
 */

static slice keys_dir(const struct app *app, struct arena *arena)
{
    slice given = app->config->datasets_trusted_keys_dir;
    return given.len > 0 ? given : arena_printf(arena, "%s/trusted_keys.d", app->data_dir);
}

/* A wrong signature is refused under every policy but `off`; a missing or foreign one under
 * `require` only. */
static status trust_check(struct app *app, const struct dataset_import *options,
                          struct arena *arena, struct dataset_imported *ret, struct error *err)
{
    struct pack_key keys[PACK_KEYS_MAX];
    size_t count, which;
    struct error why;
    slice policy = app->config->datasets_signature;
    bool is_required = options->require_signature || slice_eq(policy, S("require"));
    if (!is_required && slice_eq(policy, S("off")))
        return ST_OK;
    slice dir = keys_dir(app, arena);
    TRY(arena_check(arena, err));
    TRY(pack_keys_load(dir.ptr, keys, &count, err));
    error_clear(&why);
    ret->is_trusted = pack_trust(&ret->pack, keys, count, &which, &why) == ST_OK;
    if (ret->is_trusted)
        return ST_OK;
    if (strcmp(why.code, "signature_invalid") == 0)
        return error_code(err, ST_VERIFY, "signature_invalid",
                          "the bundle was changed after it was signed");
    if (is_required)
        return error_code(err, ST_FORBIDDEN, "signature_required",
                          "a signature of a trusted key is required: %.160s", why.text);
    ret->warning = arena_copy(arena, slice_of(why.text));
    return ST_OK;
}

/* --- contents -----------------------------------------------------------------------------------
 */

struct copy {
    struct blob_write write;
    const atomic_bool *cancelled;
    bool dry_run;
};

static status copy_take(void *arg, slice bytes, struct error *err)
{
    struct copy *copy = (struct copy *)arg;
    if (copy->cancelled && atomic_load_explicit(copy->cancelled, memory_order_relaxed))
        return error_set(err, ST_CANCELLED, "the call was cancelled");
    return copy->dry_run ? ST_OK : blob_write_append(&copy->write, bytes, err);
}

static status file_copy(struct app *app, const struct pack_input *in, const struct pack_file *file,
                        const struct dataset_import *options, struct error *err)
{
    struct copy copy = {.cancelled = options->cancelled, .dry_run = options->dry_run};
    struct crypt_hash hash;
    if (options->dry_run)
        return pack_file_read(in, file, copy_take, &copy, err);
    TRY(blob_write_begin(app->blobs, file->bytes, &copy.write, err));
    status rc = pack_file_read(in, file, copy_take, &copy, err);
    if (rc == ST_OK)
        return blob_write_commit(&copy.write, &hash, err);
    blob_write_abort(&copy.write);
    return rc;
}

static slice hex_of(const void *bytes, size_t len, struct arena *arena)
{
    char *text = (char *)arena_alloc(arena, 2 * len + 1);
    return text ? crypt_hex(text, bytes, len) : S("");
}

static slice name_of(const struct pack *pack, const struct dataset_import *options,
                     struct arena *arena)
{
    if (options->name.len > 0)
        return options->name;
    if (pack->record_id.len > 0)
        return arena_printf(arena, "zenodo-%.*s", SLICE_ARG(pack->record_id));
    return source_file_is_safe(pack->title) && pack->title.len <= DATASET_NAME_MAX ? pack->title
                                                                                   : S("bundle");
}

static void row_fill(const struct dataset_imported *imported, const struct pack_file *file,
                     const struct dataset_import *options, struct arena *arena,
                     struct store_dataset *ret)
{
    const struct pack *pack = &imported->pack;
    char id[STORE_ID_MAX];
    int64_t retrieved_ms;
    slice name = name_of(pack, options, arena);
    bool is_record = pack->record_id.len > 0;
    *ret = (struct store_dataset){
        .id = arena_copy(arena, dataset_id(id, pack->record_id, name, file->key)),
        .name = name,
        .source = is_record ? arena_printf(arena, "zenodo://%.*s/%.*s", SLICE_ARG(pack->record_id),
                                           SLICE_ARG(file->key))
                            : arena_printf(arena, "bundle://%.*s/%.*s", SLICE_ARG(name),
                                           SLICE_ARG(file->key)),
        .doi = pack->doi,
        .concept_doi = pack->concept_doi,
        .record_id = pack->record_id,
        .file_key = file->key,
        .version = pack->version,
        .license = pack->license,
        .title = pack->title,
        .size_bytes = file->bytes,
        .md5 = hex_of(file->md5, MD5_BYTES, arena),
        .sha256 = arena_copy(arena, slice_make(file->sha256, CRYPT_HASH_BYTES)),
        .record = pack->record,
        .etag = pack->etag,
        .origin = pack->record.len > 0 ? S("bundle") : S("directory"),
        .is_signed = imported->is_trusted,
        .fetched_ms =
            time_parse(pack->retrieved_at, &retrieved_ms) ? retrieved_ms : options->now_ms,
        .checked_ms = options->now_ms,
        .created_ms = options->now_ms,
    };
}

status dataset_import_read(struct app *app, const struct pack_input *in,
                           const struct dataset_import *options, struct arena *arena,
                           struct dataset_imported *ret, struct error *err)
{
    uint64_t total = 0;
    struct zenodo_record record;
    *ret = (struct dataset_imported){0};
    TRY(pack_open(in, arena, &ret->pack, err));
    TRY(trust_check(app, options, arena, ret, err));
    if (ret->pack.record.len > 0)
        TRY(zenodo_record_parse(ret->pack.record, arena, &record, err));
    for (size_t i = 0; i < ret->pack.file_count; i++)
        total += ret->pack.files[i].bytes;
    TRY(blobs_room(app->blobs, options->dry_run ? 0 : total, err));
    ret->rows = (struct store_dataset *)arena_array(arena, ret->pack.file_count, sizeof *ret->rows);
    TRY(arena_check(arena, err));
    for (size_t i = 0; i < ret->pack.file_count; i++) {
        TRY(file_copy(app, in, &ret->pack.files[i], options, err));
        row_fill(ret, &ret->pack.files[i], options, arena, &ret->rows[i]);
    }
    return arena_check(arena, err);
}

status dataset_import_keep(struct store_txn *txn, uint64_t bytes_max,
                           struct dataset_imported *imported, struct error *err)
{
    for (size_t i = 0; i < imported->pack.file_count; i++) {
        struct dataset_got got = {.row = imported->rows[i], .is_new = true};
        TRY(dataset_keep(txn, bytes_max, &got, err));
    }
    return ST_OK;
}
