/* The check of a whole store: pages of the file, then every value, then what holds between tables.
 *
 * Pages come first and are read without LMDB: only a file whose structure is right is handed to it.
 * The walk runs over a snapshot, so the writer goes on meanwhile. */
#include "storage/internal.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

enum { META_TRIES = 100 };

void check_problem(struct store_check *check, const struct error *what)
{
    check->problems++;
    if (check->problem)
        check->problem(check->arg, what);
}

void check_report(struct store_check *check, const char *format, ...)
{
    struct error what = {0};
    va_list args;
    va_start(args, format);
    (void)error_vset(&what, ST_CORRUPT, format, args); /* returns ST_CORRUPT */
    va_end(args);
    check_problem(check, &what);
}

static status file_open(const char *path, int *ret_fd, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s", path,
                         errno_text(errno));
    *ret_fd = fd;
    return ST_OK;
}

/* A damaged meta page is a finding, not a failure; *ret_found tells whether there is a good one.
 * Damage stays: what a live writer changed between the reads of the two pages is gone at the next
 * look. */
static status meta_read(int fd, const char *path, struct store_check *check, struct pages_meta *ret,
                        bool *ret_found, struct error *err)
{
    struct error what = {0};
    status rc = pages_meta_read(fd, path, ret, &what);
    for (int i = 0; rc == ST_CORRUPT && i < META_TRIES; i++) {
        error_clear(&what);
        rc = pages_meta_read(fd, path, ret, &what);
    }
    *ret_found = rc == ST_OK;
    if (rc == ST_CORRUPT) {
        check_problem(check, &what);
        return ST_OK;
    }
    if (rc != ST_OK && err)
        *err = what;
    return rc;
}

status store_check_pages(const char *path, struct store_check *check, struct error *err)
{
    struct pages_meta meta;
    bool found;
    int fd = -1;
    TRY(file_open(path, &fd, err));
    status rc = meta_read(fd, path, check, &meta, &found, err);
    if (rc == ST_OK && found)
        rc = pages_walk(fd, &meta, check, err);
    fd_close(&fd);
    return rc;
}

/* --- values ----------------------------------------------------------------------------------- */

/* A damaged value is reported, and the walk goes on behind it. */
static bool report_and_go_on(struct store_txn *txn, struct store_check *check)
{
    bool was_value = txn->failed == ST_CORRUPT;
    check_problem(check, &txn->err);
    txn->failed = ST_OK;
    error_clear(&txn->err);
    return was_value;
}

static void values_check(struct store_txn *txn, enum table_id table, struct store_check *check)
{
    struct walk walk;
    void *row = arena_alloc(&txn->scratch, store_tables[table].record->size);
    if (!row) {
        check_report(check, "not enough memory");
        return;
    }
    for (walk_begin(&walk, txn, table, NULL); walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        check->values++;
        status rc = walk_row(&walk, &txn->scratch, row);
        arena_rewind(&txn->scratch, mark);
        if (rc != ST_OK && !report_and_go_on(txn, check))
            break;
    }
    walk_end(&walk);
    if (txn->failed != ST_OK)
        (void)report_and_go_on(txn, check);
}

void check_each(struct store_txn *txn, enum table_id table,
                void (*each)(void *arg, const struct key *key, const void *row), void *arg)
{
    struct walk walk;
    struct arena_mark outer = arena_mark(&txn->scratch);
    void *row = arena_alloc(&txn->scratch, store_tables[table].record->size);
    if (!row) {
        (void)txn_no_memory(txn, &txn->scratch);
        return;
    }
    for (walk_begin(&walk, txn, table, NULL); walk_next(&walk);) {
        struct arena_mark mark = arena_mark(&txn->scratch);
        struct key key = walk.at;
        if (walk_row(&walk, &txn->scratch, row) == ST_OK)
            each(arg, &key, row);
        arena_rewind(&txn->scratch, mark);
    }
    walk_end(&walk);
    arena_rewind(&txn->scratch, outer);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void content_check(struct store_txn *txn, struct store_check *check)
{
    uint64_t before = check->problems;
    uint64_t stamp, id = mdb_txn_id(txn->mdb);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        values_check(txn, (enum table_id)i, check);
    if (check->problems > before)
        return; /* invariants over damaged values only repeat the finding */
    /* A compacted copy starts again at 1. */
    if (meta_get(txn, META_STAMP, &stamp) == ST_OK && stamp != id && id != 1)
        check_report(check,
                     "the newest state is number %llu, but its content was written as number %llu",
                     (unsigned long long)id, (unsigned long long)stamp);
    invariants_check(txn, check);
    if (txn->failed != ST_OK)
        (void)report_and_go_on(txn, check);
}

/* Snapshot and meta page must be of the same commit: between the two the writer may be faster. */
static status snapshot_pages_check(struct store *store, struct store_txn *txn, int fd,
                                   struct store_check *check, struct error *err)
{
    struct pages_meta meta;
    bool found;
    for (int i = 0; i < META_TRIES; i++) {
        if (i > 0) {
            mdb_txn_reset(txn->mdb);
            int rc = mdb_txn_renew(txn->mdb);
            if (rc != 0)
                return error_set(err, mdb_status(rc), "cannot begin a snapshot: %s",
                                 mdb_strerror(rc));
        }
        TRY(meta_read(fd, store->data_path, check, &meta, &found, err));
        if (!found)
            return ST_OK;
        if (meta.txn_id == mdb_txn_id(txn->mdb))
            return pages_walk(fd, &meta, check, err);
    }
    return error_set(err, ST_BUSY, "the store changes too fast to be checked; try again");
}

status store_check(struct store *store, struct store_check *check, struct error *err)
{
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    int fd = -1;
    store_assert(store);
    status rc = store_reader_create(store, &reader, err);
    if (rc == ST_OK)
        rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK)
        rc = file_open(store->data_path, &fd, err);
    if (rc == ST_OK)
        rc = snapshot_pages_check(store, txn, fd, check, err);
    if (rc == ST_OK && check->problems == 0)
        content_check(txn, check);
    fd_close(&fd);
    store_read_end(&txn);
    store_reader_destroy(&reader);
    return rc;
}
