/* The way back: a backup becomes the database of a data directory, in one step, or not at all.
 *
 * It is unpacked and checked beside the old database, then both names are exchanged; what was there
 * is kept under a name with the time. Nothing is ever written over a file that may be mapped. */
#include "storage/backup_file.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct restoring {
    const struct store_restore_options *options;
    struct store_restored *ret;
    char db[BACKUP_PATH_MAX], scratch[BACKUP_PATH_MAX], kept[BACKUP_PATH_MAX];
    char blobs[BACKUP_PATH_MAX];
};

static status paths_make(struct restoring *r, struct error *err)
{
    const char *dir = r->options->dir;
    struct civil at = civil_from_ms(r->options->now_ms);
    (void)snprintf(r->ret->kept, sizeof r->ret->kept, "db.pre-restore-%04d%02d%02dT%02d%02d%02dZ",
                   at.year, at.month, at.day, at.hour, at.minute, at.second);
    TRY(backup_path(r->db, err, "%s/db", dir));
    TRY(backup_path(r->scratch, err, "%s/restoring", dir));
    TRY(backup_path(r->blobs, err, "%s/blobs", dir));
    return backup_path(r->kept, err, "%s/%s", dir, r->ret->kept);
}

/* Rows of the database that is there, for whoever decides; a damaged one is no reason to stop. */
static void count_before(struct restoring *r)
{
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    const struct store_options options = {.dir = r->options->dir,
                                          .master_key = r->options->keys.master,
                                          .must_exist = true,
                                          .migrate = STORE_MIGRATE_NEVER,
                                          .is_owned = true};
    char path[BACKUP_PATH_MAX];
    if (backup_path(path, NULL, "%s/data.mdb", r->db) != ST_OK || access(path, F_OK) != 0)
        return;
    r->ret->had_database = true;
    if (store_open(&options, &store, NULL) == ST_OK &&
        store_reader_create(store, &reader, NULL) == ST_OK &&
        store_read_begin(reader, &txn, NULL) == ST_OK) {
        r->ret->knew_before = true;
        r->ret->users = table_rows(txn, TABLE_USER);
        r->ret->api_keys = table_rows(txn, TABLE_API_KEY);
        r->ret->analyses = table_rows(txn, TABLE_ANALYSIS);
    }
    store_read_end(&txn);
    store_reader_destroy(&reader);
    store_close(&store);
}

/* The new database takes the name under which the old one will be kept, then the two names are
 * exchanged: a crash leaves the old database or the new one in place, whole. */
static status swap(struct restoring *r, struct error *err)
{
    char from[BACKUP_PATH_MAX];
    TRY(backup_path(from, err, "%s/db", r->scratch));
    if (access(r->kept, F_OK) == 0)
        return error_set(err, ST_CONFLICT, "'%s' exists already", r->kept);
    TRY(dir_sync(from, err)); /* or a power cut behind the swap could leave it empty */
    if (access(r->db, F_OK) != 0) {
        r->ret->kept[0] = '\0';
        if (rename(from, r->db) != 0)
            return error_set(err, ST_IO, "cannot create '%s': %s", r->db, errno_text(errno));
        return dir_sync(r->options->dir, err);
    }
    if (rename(from, r->kept) != 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", r->kept, errno_text(errno));
    TRY(dir_sync(r->options->dir, err));
    if (renameat2(AT_FDCWD, r->db, AT_FDCWD, r->kept, RENAME_EXCHANGE) != 0)
        return error_set(err, ST_IO, "cannot exchange '%s' and '%s': %s", r->db, r->kept,
                         errno_text(errno));
    return dir_sync(r->options->dir, err);
}

static status restore_locked(struct restoring *r, struct error *err)
{
    const struct store_restore_options *options = r->options;
    const struct backup_unpack job = {.path = options->path,
                                      .scratch = r->scratch,
                                      .blob_dir = options->dry_run ? NULL : r->blobs,
                                      .keys = &options->keys};
    struct stat info;
    count_before(r);
    TRY(backup_unpack(&job, &r->ret->facts, err));
    r->ret->facts.file_bytes = stat(options->path, &info) == 0 ? (uint64_t)info.st_size : 0;
    return options->dry_run ? ST_OK : swap(r, err);
}

status store_restore(const struct store_restore_options *options, struct store_restored *ret,
                     struct error *err)
{
    struct restoring r = {.options = options, .ret = ret};
    const char *fs_name;
    bool durable;
    int owner_fd = -1;
    assert(options->keys.master);
    *ret = (struct store_restored){0};
    TRY(paths_make(&r, err));
    TRY(store_backup_sum_check(options->path, err)); /* before anything is made */
    TRY(file_make_dirs(options->dir, 0700, err));
    TRY(owner_fs_check(options->dir, /* require_durable= */ false, &fs_name, &durable, err));
    TRY(owner_take(options->dir, /* socket= */ NULL, &owner_fd, err));
    status rc = restore_locked(&r, err);
    backup_scratch_remove(r.scratch);
    fd_close(&owner_fd);
    return rc;
}
