/* Transactions: the sticky status, snapshots that are reused, and the write transaction. */
#include "storage/internal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

void store_assert(const struct store *store)
{
    assert(store);
    assert(store->magic == STORE_MAGIC);
}

void txn_assert(const struct store_txn *txn)
{
    assert(txn);
    assert(txn->magic == TXN_MAGIC);
}

/* --- the sticky status ------------------------------------------------------------------------ */

enum status_code mdb_status(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return ST_OK;
    case MDB_NOTFOUND:
        return ST_NOT_FOUND;
    case MDB_KEYEXIST:
        return ST_CONFLICT;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
        return ST_FULL;
    case MDB_TXN_FULL:
        return ST_TOO_LARGE;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CURSOR_FULL:
        return ST_CORRUPT;
    case MDB_READERS_FULL:
        return ST_BUSY;
    case ENOMEM:
        return ST_NO_MEMORY;
    default:
        return ST_IO;
    }
}

status txn_fail(struct store_txn *txn, status rc, const char *format, ...)
{
    va_list args;
    if (txn->failed != ST_OK)
        return txn->failed;
    txn->failed = rc;
    va_start(args, format);
    (void)error_vset(&txn->err, rc, format, args); /* returns rc */
    va_end(args);
    return rc;
}

status txn_mdb(struct store_txn *txn, int rc, const char *what, enum table_id table)
{
    enum status_code translated = mdb_status(rc);
    if (translated == ST_OK || translated == ST_NOT_FOUND || translated == ST_CONFLICT)
        return translated;
    return txn_fail(txn, translated, "operation '%s' on table '%s' failed: %s", what,
                    store_tables[table].name, mdb_strerror(rc));
}

status txn_no_memory(struct store_txn *txn, const struct arena *arena)
{
    /* An arena far from its cap did not get memory from the system. */
    bool at_cap = arena->used_bytes + STORE_VALUE_MAX >= arena->cap_bytes;
    return txn_fail(txn, at_cap ? ST_TOO_LARGE : ST_NO_MEMORY, "no memory for a row");
}

enum status_code store_txn_status(const struct store_txn *txn)
{
    txn_assert(txn);
    return txn->failed;
}

const struct error *store_txn_error(const struct store_txn *txn)
{
    txn_assert(txn);
    return &txn->err;
}

bool store_txn_is_write(const struct store_txn *txn)
{
    txn_assert(txn);
    return txn->is_write;
}

/* --- snapshots and write transactions --------------------------------------------------------- */

status store_reader_create(struct store *store, struct store_reader **ret, struct error *err)
{
    store_assert(store);
    struct store_reader *reader = calloc(1, sizeof *reader); /* owned by loop or worker */
    if (!reader)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    reader->magic = READER_MAGIC;
    reader->txn.store = store;
    arena_init(&reader->txn.scratch, SCRATCH_BYTES_MAX);
    reader->txn.scratch.wipe = true;
    *ret = reader;
    return ST_OK;
}

void store_reader_destroy(struct store_reader **reader)
{
    if (!*reader)
        return;
    assert((*reader)->magic == READER_MAGIC);
    assert(!(*reader)->in_use);
    if ((*reader)->txn.mdb)
        mdb_txn_abort((*reader)->txn.mdb);
    arena_finish(&(*reader)->txn.scratch);
    (*reader)->magic = 0;
    free(*reader);
    *reader = NULL;
}

static int snapshot(struct store_txn *txn)
{
    return txn->mdb ? mdb_txn_renew(txn->mdb)
                    : mdb_txn_begin(txn->store->env, NULL, MDB_RDONLY, &txn->mdb);
}

bool txn_begun(struct store_txn *txn)
{
    if (!txn->is_later)
        return txn->failed == ST_OK;
    int rc = txn->failed == ST_OK ? snapshot(txn) : 0;
    if (rc != 0)
        (void)txn_fail(txn, mdb_status(rc), "cannot begin a snapshot: %s", mdb_strerror(rc));
    txn->is_later = txn->failed != ST_OK;
    return txn->failed == ST_OK;
}

void store_read_later(struct store_reader *reader, struct store_txn **ret)
{
    assert(reader->magic == READER_MAGIC);
    assert(!reader->in_use);
    struct store_txn *txn = &reader->txn;
    txn->magic = TXN_MAGIC;
    txn->failed = ST_OK;
    txn->is_later = true;
    error_clear(&txn->err);
    reader->in_use = true;
    *ret = txn;
}

status store_read_begin(struct store_reader *reader, struct store_txn **ret, struct error *err)
{
    store_read_later(reader, ret);
    if (txn_begun(*ret))
        return ST_OK;
    if (err)
        *err = (*ret)->err;
    enum status_code rc = (*ret)->failed;
    store_read_end(ret);
    return rc;
}

void store_read_end(struct store_txn **txn)
{
    if (!*txn)
        return;
    txn_assert(*txn);
    assert(!(*txn)->is_write);
    struct store_reader *reader =
        (struct store_reader *)(void *)((char *)*txn - offsetof(struct store_reader, txn));
    assert(reader->magic == READER_MAGIC);
    assert(reader->in_use);
    if (!reader->txn.is_later)
        mdb_txn_reset(reader->txn.mdb);
    arena_finish(&reader->txn.scratch);
    reader->txn.magic = 0;
    reader->in_use = false;
    *txn = NULL;
}

status write_begin(struct store *store, struct store_txn *txn, struct error *err)
{
    store_assert(store);
    *txn = (struct store_txn){.magic = TXN_MAGIC, .store = store, .is_write = true};
    arena_init(&txn->scratch, SCRATCH_BYTES_MAX);
    txn->scratch.wipe = true;
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn->mdb);
    if (rc == 0)
        return ST_OK;
    txn->magic = 0;
    return error_set(err, mdb_status(rc), "cannot begin to write: %s", mdb_strerror(rc));
}

int write_commit(struct store_txn *txn)
{
    txn_assert(txn);
    assert(txn->failed == ST_OK);
    /* The stamp binds the content to the number of the transaction: a damaged meta page that makes
     * LMDB take the previous state for the newest one shows in verify.c. */
    if (txn->changes > 0 && meta_put(txn, META_STAMP, mdb_txn_id(txn->mdb)) != ST_OK) {
        int code = txn->failed == ST_NO_MEMORY ? ENOMEM : MDB_BAD_TXN;
        write_abort(txn);
        return code;
    }
    int rc = mdb_txn_commit(txn->mdb);
    /* After the change can be read, before anybody is told; and when it failed: what is then to be
     * read is not known. */
    if (txn->identity_moved)
        (void)atomic_fetch_add_explicit(&txn->store->identity, 1, memory_order_release);
    if (txn->keys_moved)
        (void)atomic_fetch_add_explicit(&txn->store->keys_stamp, 1, memory_order_release);
    if (txn->months_moved)
        (void)atomic_fetch_add_explicit(&txn->store->months_stamp, 1, memory_order_release);
    arena_finish(&txn->scratch);
    txn->magic = 0;
    return rc;
}

void write_abort(struct store_txn *txn)
{
    txn_assert(txn);
    mdb_txn_abort(txn->mdb);
    arena_finish(&txn->scratch);
    txn->magic = 0;
}

uint64_t store_identity(const struct store *store)
{
    return atomic_load_explicit(&store->identity, memory_order_acquire);
}

uint64_t store_keys_stamp(const struct store *store)
{
    return atomic_load_explicit(&store->keys_stamp, memory_order_acquire);
}

uint64_t store_months_stamp(const struct store *store)
{
    return atomic_load_explicit(&store->months_stamp, memory_order_acquire);
}
