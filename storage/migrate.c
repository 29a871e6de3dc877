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
#include <stdio.h>
#include <unistd.h>

typedef status migrate_step(struct store_txn *txn);

/* 1 → 2: every store has a name of its own, which backups and support bundles tell. */
static status name_the_store(struct store_txn *txn)
{
    char id[STORE_ID_MAX];
    return store_setting_put(txn, S("instance"), store_id_make(id, "ins", clock_wall_ms()));
}

/* steps[i] goes from schema i + 1 to i + 2; a new store takes them all. */
static migrate_step *const steps[] = {name_the_store};
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
