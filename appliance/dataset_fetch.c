/* Data sets out of the store or from Zenodo, as zenodo.mode says. */
#include "dataset.h"

#include "app.h"
#include "config.h"

#include <assert.h>

/* --- the mode -----------------------------------------------------------------------------------
 */

static bool is_offline(const struct app *app)
{
    return !app->outbound || slice_eq(app->config->zenodo_mode, S("offline")) ||
           slice_eq(app->config->outbound_mode, S("airgap"));
}

static status stored_find(struct app *app, const struct dataset_want *want, struct arena *arena,
                          struct dataset_got *ret, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = dataset_find(txn, want, arena, ret, err);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    return rc;
}

/* --- the record ---------------------------------------------------------------------------------
 */

struct fetch {
    struct app *app;
    const struct dataset_want *want;
    struct zenodo zenodo;
    struct arena *arena;
    int64_t now_ms;
    struct dataset_got stored; /* row without id: nothing is stored */
    slice json, etag;
};

static status record_get(struct fetch *fetch, slice record_id, struct dataset_got *ret,
                         struct error *err)
{
    struct zenodo_answer answer;
    /* Only what was stored under this very id can be said to have not changed. */
    bool is_same =
        slice_eq(fetch->stored.row.record_id, record_id) && fetch->stored.row.record.len > 0;
    TRY(zenodo_get(&fetch->zenodo, record_id, is_same ? fetch->stored.row.etag : S(""),
                   fetch->arena, &answer, err));
    ret->asked = true;
    fetch->json = answer.not_modified ? fetch->stored.row.record : answer.json;
    fetch->etag = answer.not_modified ? fetch->stored.row.etag : answer.etag;
    return zenodo_record_parse(fetch->json, fetch->arena, &ret->record, err);
}

static status record_find(struct fetch *fetch, struct dataset_got *ret, struct error *err)
{
    slice id = fetch->want->source.record;
    if (fetch->want->source.version.len > 0)
        TRY(zenodo_get_version(&fetch->zenodo, id, fetch->want->source.version, fetch->arena, &id,
                               err));
    TRY(record_get(fetch, id, ret, err));
    bool has_links = ret->record.file_count > 0 && ret->record.files[0].url.len > 0;
    if (fetch->want->record_only || has_links || ret->record.files_url.len == 0)
        return ST_OK;
    return zenodo_get_files(&fetch->zenodo, &ret->record, fetch->arena, err);
}

/* --- the file -----------------------------------------------------------------------------------
 */

struct spool {
    struct blobs *blobs;
    struct blob_write write;
    uint64_t bytes_max;
    bool is_open;
};

static status spool_restart(void *arg, struct error *err)
{
    struct spool *spool = (struct spool *)arg;
    if (spool->is_open)
        blob_write_abort(&spool->write);
    spool->is_open = false;
    TRY(blob_write_begin(spool->blobs, spool->bytes_max, &spool->write, err));
    spool->is_open = true;
    return ST_OK;
}

static status spool_take(void *arg, slice bytes, struct error *err)
{
    struct spool *spool = (struct spool *)arg;
    return blob_write_append(&spool->write, bytes, err);
}

/* Before it is downloaded; dataset_keep looks once more, under the writer's order. */
static status total_room(struct app *app, uint64_t bytes, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = dataset_room(txn, dataset_bytes_max(app->config), bytes, err);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    return rc;
}

static status file_get(struct fetch *fetch, const struct zenodo_file *file, struct zenodo_sums *ret,
                       struct error *err)
{
    struct spool spool = {.blobs = fetch->app->blobs, .bytes_max = file->size};
    const struct zenodo_sink sink = {spool_restart, spool_take, &spool};
    struct crypt_hash stored;
    status rc = total_room(fetch->app, file->size, err);
    if (rc == ST_OK)
        rc = blobs_room(fetch->app->blobs, file->size, err);
    if (rc == ST_OK)
        rc = zenodo_get_file(&fetch->zenodo, file, &sink, ret, err);
    if (rc == ST_OK) {
        rc = blob_write_commit(&spool.write, &stored, err);
        if (rc == ST_OK)
            assert(memcmp(stored.bytes, ret->sha256.bytes, sizeof stored.bytes) == 0);
    } else if (spool.is_open) {
        blob_write_abort(&spool.write);
    }
    return rc;
}

static slice hex_of(const void *bytes, size_t len, struct arena *arena)
{
    char *text = (char *)arena_alloc(arena, 2 * len + 1);
    return text ? crypt_hex(text, bytes, len) : S("");
}

static void row_fill(const struct fetch *fetch, const struct zenodo_file *file,
                     const struct zenodo_sums *sums, struct dataset_got *ret)
{
    const struct zenodo_record *record = &ret->record;
    struct arena *arena = fetch->arena;
    char id[STORE_ID_MAX];
    ret->row = (struct store_dataset){
        .id = arena_copy(arena, dataset_id(id, record->id, S(""), file->key)),
        .name = arena_printf(arena, "zenodo-%.*s", SLICE_ARG(record->id)),
        .source =
            arena_printf(arena, "zenodo://%.*s/%.*s", SLICE_ARG(record->id), SLICE_ARG(file->key)),
        .doi = record->doi,
        .concept_doi = record->concept_doi,
        .record_id = record->id,
        .file_key = file->key,
        .version = record->version,
        .license = record->license,
        .title = record->title,
        .size_bytes = sums->bytes,
        .md5 = hex_of(sums->md5, MD5_BYTES, arena),
        .sha256 = arena_copy(arena, slice_make(sums->sha256.bytes, CRYPT_HASH_BYTES)),
        .record = fetch->json,
        .etag = fetch->etag,
        .origin = S("online"),
        .fetched_ms = fetch->now_ms,
        .checked_ms = fetch->now_ms,
        .created_ms = fetch->now_ms,
    };
    ret->is_new = true;
}

/* The same version and file as the store has: nothing is downloaded again. */
static bool stored_take(const struct fetch *fetch, const struct zenodo_file *file,
                        struct dataset_got *ret)
{
    const struct store_dataset *row = &fetch->stored.row;
    if (!slice_eq(row->record_id, ret->record.id) || !slice_eq(row->file_key, file->key) ||
        row->size_bytes != file->size || (file->md5.len > 0 && !slice_eq(row->md5, file->md5)))
        return false;
    ret->row = *row;
    ret->row.record = fetch->json;
    ret->row.etag = fetch->etag;
    ret->row.checked_ms = fetch->now_ms;
    ret->is_new = true;
    return true;
}

static status file_obtain(struct fetch *fetch, struct dataset_got *ret, struct error *err)
{
    struct zenodo_sums sums;
    slice key = fetch->want->source.file;
    const struct zenodo_file *file = zenodo_file_find(&ret->record, key, fetch->want->pick);
    if (!file && key.len > 0)
        return error_code(err, ST_NOT_FOUND, "dataset_file_not_found",
                          "the record %.*s has no file '%.*s'", SLICE_ARG(ret->record.id),
                          SLICE_ARG(slice_sub(key, 0, 120)));
    if (!file)
        return error_code(err, ST_NOT_FOUND, "dataset_file_not_found",
                          "the record %.*s has no CSV file that is given out",
                          SLICE_ARG(ret->record.id));
    if (stored_take(fetch, file, ret))
        return ST_OK;
    TRY(file_get(fetch, file, &sums, err));
    row_fill(fetch, file, &sums, ret);
    return arena_check(fetch->arena, err);
}

/* --- all of it ----------------------------------------------------------------------------------
 */

static status not_here(const struct dataset_want *want, struct error *err)
{
    if (want->source.kind == SOURCE_DATASET)
        return error_code(err, ST_NOT_FOUND, "dataset_not_found", "there is no such data set here");
    return error_code(err, ST_CONFLICT, "dataset_not_available_offline",
                      "Import it with: sleuth dataset import <bundle>");
}

static status fetch_run(struct fetch *fetch, struct dataset_got *ret, struct error *err)
{
    status rc = record_find(fetch, ret, err);
    if (rc == ST_OK && !fetch->want->record_only)
        rc = file_obtain(fetch, ret, err);
    else if (rc == ST_OK && slice_eq(fetch->stored.row.record_id, ret->record.id))
        ret->row = fetch->stored.row;
    ret->retry_after_s = fetch->zenodo.retry_after_s;
    return rc;
}

status dataset_obtain(struct app *app, const struct dataset_want *want, int64_t now_ms,
                      struct arena *arena, struct dataset_got *ret, struct error *err)
{
    struct fetch fetch = {
        .app = app,
        .want = want,
        .zenodo = {.outbound = app->outbound,
                   .config = app->config,
                   .patience_ms = want->patience_ms,
                   .cancelled = want->cancelled},
        .arena = arena,
        .now_ms = now_ms,
    };
    struct error ignored;
    *ret = (struct dataset_got){0};
    status rc = stored_find(app, want, arena, &fetch.stored, &ignored);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return error_set(err, rc, "cannot look for data sets: %.160s", ignored.text);
    bool found = rc == ST_OK;
    bool may_stay = slice_eq(app->config->zenodo_mode, S("cache-first")) && !want->revalidate;
    if (is_offline(app) || want->source.kind == SOURCE_DATASET || (found && may_stay)) {
        *ret = fetch.stored;
        return found ? ST_OK : not_here(want, err);
    }
    return fetch_run(&fetch, ret, err);
}
