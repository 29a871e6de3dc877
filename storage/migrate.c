/* The schema: stamped into a new store, brought up step by step in an old one, refused when newer.
 *
 * A step changes the meaning of stored records inside the transaction that opens the store, so a
 * crash leaves the old schema whole. Before the first step the store goes into a backup, whose
 * check runs all steps on a copy: a migration that fails, fails there. Downgrade = restore that
 * backup with the older program. */
#include "storage/backup_file.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

typedef status migrate_step(struct store_txn *txn);

/* 1 → 2: every store has a name of its own, which backups and support bundles tell. */
static status name_the_store(struct store_txn *txn)
{
    char id[STORE_ID_MAX];
    return store_setting_put(txn, S("instance"), store_id_make(id, "ins", clock_wall_ms()));
}

/* 2 → 3: only cached results that have a body are in the order in which room is made; how many
 * there are is no longer a counter of its own. */
static status order_cached_bodies(struct store_txn *txn)
{
    return cache_order_bodies(txn);
}

/* 3 → 4: an index of the blobs that wait for their copy, and the sum of the data sets. */
static status index_the_waiting(struct store_txn *txn)
{
    struct walk walk;
    uint64_t bytes = 0;
    status rc = ST_OK;
    for (walk_begin(&walk, txn, TABLE_BLOB, NULL); rc == ST_OK && walk_next(&walk);) {
        struct store_blob blob;
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct key key = key_of_bytes(walk.key);
        rc = walk_row(&walk, &txn->scratch, &blob);
        if (rc == ST_OK)
            rc = blob_waiting_move(txn, &key, &blob);
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    for (walk_begin(&walk, txn, TABLE_DATASET, NULL); rc == ST_OK && walk_next(&walk);) {
        struct store_dataset row;
        struct arena_mark mark = arena_mark(&txn->scratch);
        rc = walk_row(&walk, &txn->scratch, &row);
        bytes += rc == ST_OK ? row.size_bytes : 0;
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    TRY(rc);
    TRY(txn->failed);
    return meta_put(txn, META_DATASET_BYTES, bytes);
}

/* 4 → 5: the keys that work are counted in a row of each user. */
static status count_keys(struct store_txn *txn)
{
    return key_count_all(txn);
}

/* steps[i] goes from schema i + 1 to i + 2; a new store takes them all. */
static migrate_step *const steps[] = {name_the_store, order_cached_bodies, index_the_waiting,
                                      count_keys};
_Static_assert(ARRAY_COUNT(steps) == STORE_SCHEMA - 1, "one step per schema after the first");

status migrate_schema(struct store_txn *txn, uint64_t *ret, struct error *err)
{
    status rc = meta_get(txn, "schema", ret);
    if (rc == ST_CORRUPT)
        return error_set(err, ST_CONFIG,
                         "the store in '%s' does not open with this master key, or its first "
                         "record is damaged",
                         txn->store->dir);
    if (rc == ST_OK && *ret > STORE_SCHEMA)
        return error_set(err, ST_CONFIG,
                         "the store in '%s' has schema %llu, this program knows %d; use a newer "
                         "program or restore an older backup",
                         txn->store->dir, (unsigned long long)*ret, STORE_SCHEMA);
    if (rc != ST_OK && err)
        *err = txn->err;
    return rc;
}

status migrate_run(struct store_txn *txn, uint64_t schema, struct error *err)
{
    status rc = ST_OK;
    if (schema == STORE_SCHEMA)
        return ST_OK;
    for (uint64_t at = schema ? schema : 1; rc == ST_OK && at < STORE_SCHEMA; at++)
        rc = steps[at - 1](txn);
    if (rc == ST_OK)
        rc = meta_put(txn, "schema", STORE_SCHEMA);
    if (rc != ST_OK && err)
        *err = txn->err;
    return rc;
}

status migrate_backup(struct store *store, const struct store_options *options, uint64_t schema,
                      struct error *err)
{
    char dir[BACKUP_PATH_MAX], path[BACKUP_PATH_MAX], scratch[BACKUP_PATH_MAX];
    struct store_info info;
    struct store_backup_facts facts;
    TRY(store_info_get(store, &info, err));
    TRY(backup_path(dir, err, "%s/backups", store->dir));
    TRY(backup_path(scratch, err, "%s/backups/checking", store->dir));
    TRY(backup_path(path, err, "%s/before-schema-%d-txn-%llu.backup", dir, STORE_SCHEMA,
                    (unsigned long long)info.txn_id));
    if (access(path, F_OK) == 0)
        return ST_OK; /* of this very state: a crash came between copy and migration */
    TRY(file_make_dirs(dir, 0700, err));
    const struct store_backup_options copy = {.path = path,
                                              .scratch = scratch,
                                              .kind = STORE_BACKUP_MASTER,
                                              .program = options->program ? options->program : "",
                                              .now_ms = options->now_ms,
                                              .without_blobs = true};
    status rc = store_backup_create(store, &copy, &facts, err);
    return rc == ST_OK
               ? ST_OK
               : error_wrap(err, rc, "schema %llu stays: the copy before the migration failed",
                            (unsigned long long)schema);
}

/* --- tried on a copy ---------------------------------------------------------------------------
 */

static status file_copy(const char *from, const char *to, struct error *err)
{
    char bytes[4096];
    ssize_t got = 0;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status rc = ST_OK;
    if (in < 0 || out < 0)
        rc = error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s",
                       in < 0 ? from : to, errno_text(errno));
    while (rc == ST_OK && (got = read(in, bytes, sizeof bytes)) > 0)
        rc = file_write_all(out, slice_make(bytes, (size_t)got), to, err);
    if (rc == ST_OK && got < 0)
        rc = error_set(err, ST_IO, "cannot read '%s': %s", from, errno_text(errno));
    fd_close(&in);
    fd_close(&out);
    return rc;
}

static status copy_check(struct store *store, struct error *err)
{
    struct store_check check = {0};
    TRY(store_check(store, &check, err));
    if (check.problems)
        return error_set(err, ST_CORRUPT, "the database is damaged: %llu problems",
                         (unsigned long long)check.problems);
    return ST_OK;
}

static status try_in(const struct store_options *options, const char *scratch, uint64_t *ret_from,
                     uint64_t *ret_to, struct error *err)
{
    char from[BACKUP_PATH_MAX], to[BACKUP_PATH_MAX];
    struct store *store = NULL;
    struct store_options copy = *options;
    copy.dir = scratch;
    copy.must_exist = true;
    copy.require_durable = false;
    copy.migrate = STORE_MIGRATE_BLINDLY;
    TRY(backup_path(from, err, "%s/db/data.mdb", options->dir));
    TRY(backup_path(to, err, "%s/db", scratch));
    TRY(file_make_dirs(to, 0700, err));
    TRY(backup_path(to, err, "%s/db/data.mdb", scratch));
    TRY(file_copy(from, to, err));
    TRY(store_open(&copy, &store, err));
    *ret_from = store->schema_before;
    *ret_to = store->schema;
    status rc = copy_check(store, err);
    store_close(&store);
    return rc;
}

status store_migrate_try(const struct store_options *options, const char *scratch,
                         uint64_t *ret_from, uint64_t *ret_to, struct error *err)
{
    int owner_fd = -1;
    if (access(options->dir, F_OK) != 0)
        return error_set(err, ST_NOT_FOUND, "there is no store in '%s'", options->dir);
    TRY(owner_take(options->dir, /* socket= */ NULL, &owner_fd, err));
    backup_scratch_remove(scratch);
    status rc = try_in(options, scratch, ret_from, ret_to, err);
    backup_scratch_remove(scratch);
    fd_close(&owner_fd);
    return rc;
}
