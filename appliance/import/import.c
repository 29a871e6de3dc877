/* Chooses the reader for a file by its content, and keeps the book of what was refused and why. */
#include "import/import.h"

#include "archive.h"
#include "json.h"

#include "base/crypt.h"

/* In order: the first that recognises the file reads it. */
static const struct importer *const importers[] = {
    &importer_lm_eval,          &importer_inspect, &importer_eee,
    &importer_opencompass_json, &importer_ledger,  &importer_opencompass_table,
    &importer_mlflow,           &importer_wandb,   &importer_table,
};

static const struct importer *importer_for(const struct import_file *file)
{
    for (size_t i = 0; i < ARRAY_COUNT(importers); i++)
        if (importers[i]->recognise(file))
            return importers[i];
    return NULL;
}

/* True for what ends the whole import; everything else only excludes the file. */
static bool is_fatal(enum status_code rc)
{
    return rc == ST_NO_MEMORY || rc == ST_TOO_LARGE || rc == ST_CANCELLED;
}

static bool looks_like_json(slice bytes)
{
    slice text = slice_trim(slice_sub(bytes, 0, 4096));
    return text.len && (text.ptr[0] == '{' || text.ptr[0] == '[');
}

static status refuse(struct import *import, slice path, const struct error *why, struct error *err)
{
    struct error reason = *why; /* err and why may be the same */
    return ledger_exclude(import->ledger, path, &reason, err);
}

/* What nobody reads: every sample of Inspect, every answer of OpenCompass. */
static const char *const bulky[] = {"samples", "details", "reductions", NULL};

/* Rows that a reader added before it failed are taken back: a file counts whole or not at all. */
static status read_file(struct import *import, struct import_file *file, struct error *err)
{
    size_t rows_before = import->ledger->row_count;
    struct error parse = {0};
    status rc = ST_OK;
    if (looks_like_json(file->bytes)) {
        rc = json_parse_log(file->bytes, bulky, file->scratch, &file->json, &parse);
        if (rc != ST_OK)
            file->json = NULL; /* it may be JSON lines */
    }
    const struct importer *importer = importer_for(file);
    if (!importer && rc != ST_OK)
        return refuse(import, file->path, &parse, err);
    if (!importer) {
        (void)error_set(err, ST_INVALID,
                        "no known evaluation log: expected lm-evaluation-harness "
                        "or Inspect results, OpenCompass, MLflow or W&B tables");
        return refuse(import, file->path, err, err);
    }
    rc = importer->read(import, file, err);
    if (rc == ST_OK)
        rc = import_check_rows(import, rows_before, err);
    if (rc == ST_OK || is_fatal(rc))
        return rc;
    import->ledger->row_count = rows_before;
    (void)error_wrap(err, rc, "%s", importer->format);
    return refuse(import, file->path, err, err);
}

static status read_plain(struct import *import, slice path, slice bytes, struct error *err)
{
    struct arena scratch;
    struct crypt_hash hash;
    struct import_file file = {.path = path, .bytes = bytes, .scratch = &scratch};
    arena_init(&scratch, IMPORT_SCRATCH_BYTES);
    crypt_sha256(&hash, bytes);
    (void)crypt_hex(file.sha256, hash.bytes, sizeof hash.bytes);
    status rc = read_file(import, &file, err);
    arena_finish(&scratch);
    import->file_count++;
    if (import->progress)
        import->progress(import->context, import->file_count, import->ledger->row_count);
    return rc;
}

/* --- archives ------------------------------------------------------------------------------------
 */

struct archive_walk {
    struct import *import;
    slice path; /* of the archive */
};

static status read_entry(void *context, slice name, slice bytes, struct error *err)
{
    struct archive_walk *walk = context;
    struct arena *arena = walk->import->ledger->arena;
    slice path =
        arena_printf(arena, SLICE_FMT "!" SLICE_FMT, SLICE_ARG(walk->path), SLICE_ARG(name));
    if (!path.ptr)
        return arena_check(arena, err);
    if (archive_recognise(bytes)) {
        /* An Inspect log is itself a ZIP; anything deeper is not unpacked. */
        if (slice_has_suffix(name, S(".eval")))
            return read_plain(walk->import, path, bytes, err);
        (void)error_set(err, ST_INVALID, "an archive inside an archive is not read");
        return refuse(walk->import, path, err, err);
    }
    return read_plain(walk->import, path, bytes, err);
}

static bool is_wanted(slice name)
{
    return slice_has_suffix(name, S(".json")) || slice_has_suffix(name, S(".jsonl")) ||
           slice_has_suffix(name, S(".csv")) || slice_has_suffix(name, S(".eval"));
}

status import_bytes(struct import *import, slice path, slice bytes, struct error *err)
{
    if (!archive_recognise(bytes) || slice_has_suffix(path, S(".eval")))
        return read_plain(import, path, bytes, err);
    struct archive_walk walk = {.import = import, .path = path};
    struct archive_limits limits = {.entries_max = IMPORT_ENTRIES_MAX,
                                    .entry_bytes_max = IMPORT_FILE_BYTES_MAX,
                                    .total_bytes_max = IMPORT_ARCHIVE_BYTES_MAX,
                                    .wanted = is_wanted};
    status rc = archive_each(bytes, &limits, read_entry, &walk, err);
    if (rc == ST_OK || rc == ST_NO_MEMORY || rc == ST_CANCELLED)
        return rc;
    return refuse(import, path, err, err);
}
