/* Finds new logs in a directory and captures them: read once, hashed, turned into rows, spooled. */
#include "tools/watch.h"

#include "tools/project.h"

#include "base/bigend.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/file.h"

#include <sys/stat.h>

enum { LIST_BYTES = 64 << 20, BATCH_ARENA_BYTES = 512 << 20 };

/* One addition under way. */
struct batch {
    struct watch_scan *scan;
    struct arena arena;
    struct ledger ledger;
    struct watch_captured files[WATCH_BATCH_FILES];
    size_t count;
    size_t bytes; /* read so far */
};

static void batch_begin(struct batch *b)
{
    arena_init(&b->arena, BATCH_ARENA_BYTES);
    ledger_init(&b->ledger, &b->arena);
    b->count = b->bytes = 0;
}

/* Rows and refused logs as the body of POST …/rounds; empty when nothing was a log. */
static status batch_body(struct batch *b, struct buf *ret, struct error *err)
{
    TRY(ledger_finish(&b->ledger, b->scan->options, err));
    if (b->ledger.row_count == 0)
        return ST_OK;
    project_put_addition(ret, &b->ledger, /* captured= */ true);
    return buf_check(ret, err);
}

static status batch_end(struct batch *b, struct error *err)
{
    struct buf body;
    status rc = ST_OK;
    buf_init(&body, (size_t)16 << 20);
    if (b->count) {
        rc = batch_body(b, &body, err);
        if (rc == ST_OK)
            rc = watch_state_add(b->scan->state, buf_slice(&body), b->files, b->count,
                                 clock_wall_ms(), err);
    }
    buf_finish(&body);
    arena_finish(&b->arena);
    return rc;
}

/* --- one file --------------------------------------------------------------------------------- */

static uint64_t path_key(slice path)
{
    struct crypt_hash hash;
    crypt_hash(&hash, S(""), path);
    uint64_t key = bigend_get(hash.bytes);
    return key ? key : 1;
}

static uint64_t stamp_of(const struct stat *info)
{
    uint64_t stamp = (uint64_t)info->st_size * UINT64_C(0x9E3779B97F4A7C15);
    stamp ^= (uint64_t)info->st_mtim.tv_sec * UINT64_C(0xBF58476D1CE4E5B9);
    stamp ^= (uint64_t)info->st_mtim.tv_nsec * UINT64_C(0x94D049BB133111EB);
    return stamp ? stamp : 1;
}

/* Reads the file's rows. *ret_taken: it counts as captured; else it is looked at again later. */
static status read_file(struct batch *b, slice path, const struct stat *info, bool *ret_taken,
                        struct error *err)
{
    struct arena arena;
    struct crypt_hash hash;
    slice bytes;
    struct import import = {.ledger = &b->ledger, .options = b->scan->options};
    size_t excluded = b->ledger.excluded_count;
    *ret_taken = false;
    arena_init(&arena, (size_t)IMPORT_FILE_BYTES_MAX + (1 << 20));
    status rc = file_read(path.ptr, IMPORT_FILE_BYTES_MAX, &arena, &bytes, err);
    if (rc != ST_OK) { /* gone, or too large: told once, not fatal */
        cli_warn(b->scan->cli, "%.*s: %s", SLICE_ARG(path), err->text);
        arena_finish(&arena);
        return ST_OK;
    }
    crypt_sha256(&hash, bytes);
    if (!watch_state_knows(b->scan->state, hash.bytes)) {
        rc = import_bytes(&import, path, bytes, err);
        int64_t age_ms = clock_wall_ms() - (int64_t)info->st_mtim.tv_sec * 1000;
        bool refused = b->ledger.excluded_count > excluded;
        *ret_taken = rc == ST_OK && (!refused || age_ms >= WATCH_REFUSE_AFTER_MS);
        if (refused && !*ret_taken)
            b->ledger.excluded_count = excluded; /* it may still be written */
    }
    if (*ret_taken) {
        struct watch_captured *file = &b->files[b->count++];
        file->path = arena_copy(&b->arena, path);
        memcpy(file->sha256, hash.bytes, sizeof file->sha256);
        b->bytes += bytes.len;
    }
    arena_finish(&arena);
    return rc;
}

static status look_at(struct batch *b, slice path, size_t *ret_files, struct error *err)
{
    struct stat info;
    bool taken;
    uint64_t key = path_key(path);
    if (lstat(path.ptr, &info) != 0 || !S_ISREG(info.st_mode))
        return ST_OK;
    uint64_t stamp = stamp_of(&info);
    if (watch_table_get(&b->scan->seen, key) == stamp)
        return ST_OK;
    size_t excluded = b->ledger.excluded_count, rows = b->ledger.row_count;
    TRY(read_file(b, path, &info, &taken, err));
    *ret_files += taken;
    int64_t age_ms = clock_wall_ms() - (int64_t)info.st_mtim.tv_sec * 1000;
    bool settled = taken || age_ms >= WATCH_REFUSE_AFTER_MS;
    if (taken && b->ledger.excluded_count > excluded && b->ledger.row_count == rows)
        cli_note(b->scan->cli, N_("not read: %.*s"), SLICE_ARG(path));
    return settled ? watch_table_put(&b->scan->seen, key, stamp, err) : ST_OK;
}

/* --- the directory ---------------------------------------------------------------------------- */

static bool batch_is_full(const struct batch *b)
{
    return b->count == WATCH_BATCH_FILES || b->bytes >= WATCH_BATCH_BYTES_MAX / 4;
}

static status scan_files(struct watch_scan *scan, const slice *paths, size_t count, struct batch *b,
                         size_t *ret_files, struct error *err)
{
    status rc = ST_OK;
    b->scan = scan;
    batch_begin(b);
    for (size_t i = 0; rc == ST_OK && i < count && !interrupted(); i++) {
        if (scan->state->waiting >= WATCH_SPOOL_MAX)
            break; /* the rest stays in the directory until some were sent */
        rc = look_at(b, paths[i], ret_files, err);
        if (rc == ST_OK && batch_is_full(b)) {
            rc = batch_end(b, err);
            batch_begin(b);
        }
    }
    if (rc == ST_OK)
        return batch_end(b, err);
    arena_finish(&b->arena);
    return rc;
}

status watch_scan_run(struct watch_scan *scan, size_t *ret_files, struct error *err)
{
    struct import_listing list;
    struct arena arena;
    *ret_files = 0;
    arena_init(&arena, LIST_BYTES);
    struct batch *batch = arena_alloc(&arena, sizeof *batch);
    status rc = batch ? import_list(scan->dir, &arena, &list, err) : arena_check(&arena, err);
    if (rc == ST_OK)
        rc = scan_files(scan, list.files, list.file_count, batch, ret_files, err);
    arena_finish(&arena);
    return rc;
}
