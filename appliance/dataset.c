/* Data sets in the store: their ids, how they are found, how they look. */
#include "dataset.h"

#include "config.h"

#include <assert.h>
#include <stdio.h>

/* --- ids ----------------------------------------------------------------------------------------
 */

static void short_hash(char ret[static 17], slice text)
{
    struct crypt_hash hash;
    crypt_sha256(&hash, text);
    (void)crypt_hex(ret, hash.bytes, 8);
}

slice dataset_id(char ret[static STORE_ID_MAX], slice record_id, slice name, slice file_key)
{
    char file[17], folder[17];
    short_hash(file, file_key);
    if (record_id.len > 0 && record_id.len <= SOURCE_RECORD_MAX) {
        (void)snprintf(ret, STORE_ID_MAX, "zenodo-%.*s-%s", SLICE_ARG(record_id), file);
    } else {
        short_hash(folder, name);
        (void)snprintf(ret, STORE_ID_MAX, "dir-%s-%s", folder, file);
    }
    return slice_of(ret);
}

/* --- finding ------------------------------------------------------------------------------------
 */

/* The digits of a concept DOI are the concept's id. */
static bool is_concept(const struct store_dataset *row, slice record)
{
    slice digits;
    return source_record_of_doi(row->concept_doi, &digits) && slice_eq(digits, record);
}

static bool same_version(slice a, slice b)
{
    if (slice_has_prefix(a, S("v")))
        a = slice_from(a, 1);
    if (slice_has_prefix(b, S("v")))
        b = slice_from(b, 1);
    return slice_eq(a, b);
}

static bool keep(const void *arg_row, const void *arg)
{
    const struct store_dataset *row = (const struct store_dataset *)arg_row;
    const struct dataset_want *want = (const struct dataset_want *)arg;
    const struct source *source = &want->source;
    if (source->kind == SOURCE_DATASET)
        return slice_eq(row->name, source->name) || slice_eq(row->id, source->name);
    bool is_record = slice_eq(row->record_id, source->record);
    if (source->version.len > 0)
        return (is_record || is_concept(row, source->record)) &&
               same_version(row->version, source->version);
    return is_record || is_concept(row, source->record);
}

/* Longer numbers are newer: ids grow. */
static int id_compare(slice a, slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return slice_cmp(a, b);
}

static bool is_csv(const struct store_dataset *row)
{
    return slice_has_suffix(row->file_key, S(".csv")) || slice_has_suffix(row->file_key, S(".CSV"));
}

/* The exact version wins over a concept; among versions of a concept the newest. */
static bool is_better(const struct dataset_want *want, const struct store_dataset *row,
                      const struct store_dataset *best)
{
    if (!best)
        return true;
    int newer = id_compare(row->record_id, best->record_id);
    if (newer != 0)
        return newer > 0;
    if (is_csv(row) != is_csv(best))
        return is_csv(row);
    return want->pick == ZENODO_LARGEST_CSV && row->size_bytes > best->size_bytes;
}

static const struct store_dataset *choose(const struct dataset_want *want,
                                          const struct store_dataset *rows, size_t count)
{
    const struct store_dataset *best = NULL;
    slice file = want->source.file;
    bool has_exact = false;
    for (size_t i = 0; i < count; i++)
        has_exact |= slice_eq(rows[i].record_id, want->source.record);
    for (size_t i = 0; i < count; i++) {
        if (has_exact && want->source.record.len > 0 &&
            !slice_eq(rows[i].record_id, want->source.record))
            continue;
        if (file.len > 0 ? slice_eq(rows[i].file_key, file) || slice_eq(rows[i].id, file)
                         : is_better(want, &rows[i], best))
            best = &rows[i];
    }
    return best;
}

status dataset_find(struct store_txn *txn, const struct dataset_want *want, struct arena *arena,
                    struct dataset_got *ret, struct error *err)
{
    struct store_dataset *rows;
    struct store_page page = {.keep = keep, .arg = want};
    *ret = (struct dataset_got){0};
    TRY(store_dataset_list(txn, 0, &page, arena, &rows));
    const struct store_dataset *row = choose(want, rows, page.count);
    if (!row)
        return error_code(err, ST_NOT_FOUND, "dataset_not_found", "there is no such data set here");
    ret->row = *row;
    return dataset_record(row, arena, &ret->record, err);
}

/* --- rows ---------------------------------------------------------------------------------------
 */

status dataset_record(const struct store_dataset *row, struct arena *arena,
                      struct zenodo_record *ret, struct error *err)
{
    if (row->record.len > 0)
        return zenodo_record_parse(row->record, arena, ret, err);
    struct zenodo_file *file = (struct zenodo_file *)arena_alloc(arena, sizeof *file);
    *ret = (struct zenodo_record){.id = row->record_id.len > 0 ? row->record_id : row->name,
                                  .doi = row->doi,
                                  .concept_doi = row->concept_doi,
                                  .title = row->title,
                                  .version = row->version,
                                  .license = row->license,
                                  .files = file,
                                  .file_count = file ? 1 : 0};
    if (file)
        *file = (struct zenodo_file){
            .key = row->file_key, .size = row->size_bytes, .md5 = row->md5, .type = S("")};
    return arena_check(arena, err);
}

uint64_t dataset_bytes_max(const struct config *config)
{
    return (uint64_t)config->datasets_total_mib << 20;
}

status dataset_room(struct store_txn *txn, uint64_t bytes_max, uint64_t bytes, struct error *err)
{
    uint64_t have;
    TRY(store_dataset_bytes(txn, &have));
    if (bytes <= bytes_max && have <= bytes_max - bytes)
        return ST_OK;
    return error_code(err, ST_FULL, "datasets_full",
                      "all data sets together would have more than %llu MiB (datasets.total_mib)",
                      (unsigned long long)(bytes_max >> 20));
}

static status row_put(struct store_txn *txn, uint64_t bytes_max, struct store_dataset *row,
                      struct error *err)
{
    struct store_dataset old;
    struct arena scratch;
    arena_init(&scratch, STORE_VALUE_MAX);
    status rc = store_dataset_get(txn, 0, row->id, &scratch, &old);
    if (rc == ST_OK) /* it was there first */
        row->created_ms = old.created_ms;
    uint64_t before = rc == ST_OK ? old.size_bytes : 0;
    arena_finish(&scratch);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    if (row->size_bytes > before)
        TRY(dataset_room(txn, bytes_max, row->size_bytes - before, err));
    return store_dataset_put(txn, row);
}

status dataset_keep(struct store_txn *txn, uint64_t bytes_max, struct dataset_got *got,
                    struct error *err)
{
    struct store_dataset *row = &got->row;
    if (!got->is_new)
        return ST_OK;
    assert(row->sha256.len == CRYPT_HASH_BYTES);
    const struct store_blob blob = {
        .sha256 = row->sha256, .size_bytes = row->size_bytes, .created_ms = row->checked_ms};
    TRY(store_blob_put(txn, &blob));
    return row_put(txn, bytes_max, row, err);
}

void dataset_present(struct json_out *w, const struct store_dataset *row)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    bool hashed = row->sha256.len == CRYPT_HASH_BYTES;
    json_key_str(w, "id", row->id);
    json_key_str(w, "name", row->name);
    json_key_str(w, "source", row->source);
    json_key_str(w, "title", row->title);
    json_key_str(w, "file_key", row->file_key);
    json_key_u64(w, "size", row->size_bytes);
    json_key_str(w, "md5", row->md5);
    json_key_str(w, "sha256", hashed ? crypt_hex(hex, row->sha256.ptr, CRYPT_HASH_BYTES) : S(""));
    json_key_str(w, "doi", row->doi);
    json_key_str(w, "concept_doi", row->concept_doi);
    json_key_str(w, "record_id", row->record_id);
    json_key_str(w, "version", row->version);
    json_key_str(w, "license", row->license);
    json_key_str(w, "origin", row->origin);
    json_key_bool(w, "signed", row->is_signed);
    json_key_time(w, "fetched_at", row->fetched_ms);
    json_key_time(w, "checked_at", row->checked_ms);
}
