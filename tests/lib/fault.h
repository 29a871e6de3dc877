/* Failures on demand: the n-th call of one function fails, by the linker's --wrap.
 *
 * Include it in exactly one file of a program that is linked with the options of WRAP in the
 * Makefile. It reaches calls from our objects, not those inside of shared libraries.
 *   fault_arm(FAULT_MDB_PUT, n); … ; bool was_hit = fault_disarm(); */
#ifndef TESTS_LIB_FAULT_H
#define TESTS_LIB_FAULT_H

#include <errno.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/types.h>

/* function, what it gives when it fails */
#define FAULTS(X)                                                                                  \
    X(MALLOC, "malloc")                                                                            \
    X(CALLOC, "calloc")                                                                            \
    X(ENV_OPEN, "mdb_env_open")                                                                    \
    X(DBI_OPEN, "mdb_dbi_open")                                                                    \
    X(TXN_BEGIN, "mdb_txn_begin")                                                                  \
    X(COMMIT_FULL, "mdb_txn_commit: disk full")                                                    \
    X(COMMIT_EIO, "mdb_txn_commit: sync failed")                                                   \
    X(GET, "mdb_get")                                                                              \
    X(PUT, "mdb_put")                                                                              \
    X(DEL, "mdb_del")                                                                              \
    X(CURSOR_OPEN, "mdb_cursor_open")                                                              \
    X(CURSOR_GET, "mdb_cursor_get")                                                                \
    X(FSYNC, "fsync")                                                                              \
    X(RENAME, "rename")                                                                            \
    X(PREAD, "pread")                                                                              \
    X(PWRITE, "pwrite")

#define X(id, name) FAULT_##id,
enum fault_call { FAULTS(X) FAULT_COUNT };
#undef X
#define X(id, name) name,
static const char *const fault_names[] = {FAULTS(X)};
#undef X

static struct {
    bool armed, hit;
    bool disk_full; /* statvfs says that nothing is left */
    enum fault_call call;
    unsigned left; /* calls that still succeed */
} fault;

static void fault_arm(enum fault_call call, unsigned n)
{
    fault.call = call;
    fault.left = n;
    fault.hit = false;
    fault.armed = true;
}

static bool fault_disarm(void)
{
    fault.armed = false;
    return fault.hit;
}

static bool fault_now(enum fault_call call)
{
    if (!fault.armed || fault.call != call || fault.hit || fault.left-- > 0)
        return false;
    fault.hit = true;
    return true;
}

/* Each wrapper: the real function, unless it is its turn to fail. */
#define WRAP(ret, name, call, failure, params, args)                                               \
    ret __real_##name params;                                                                      \
    ret __wrap_##name params;                                                                      \
    ret __wrap_##name params                                                                       \
    {                                                                                              \
        if (fault_now(call))                                                                       \
            return failure;                                                                        \
        return __real_##name args;                                                                 \
    }

WRAP(void *, malloc, FAULT_MALLOC, NULL, (size_t n), (n))
WRAP(void *, calloc, FAULT_CALLOC, NULL, (size_t n, size_t size), (n, size))
WRAP(int, mdb_env_open, FAULT_ENV_OPEN, ENOMEM,
     (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode), (env, path, flags, mode))
WRAP(int, mdb_dbi_open, FAULT_DBI_OPEN, MDB_DBS_FULL,
     (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi), (txn, name, flags, dbi))
WRAP(int, mdb_txn_begin, FAULT_TXN_BEGIN, ENOMEM,
     (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn), (env, parent, flags, txn))
WRAP(int, mdb_get, FAULT_GET, MDB_PAGE_NOTFOUND,
     (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(int, mdb_put, FAULT_PUT, MDB_MAP_FULL,
     (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags),
     (txn, dbi, key, data, flags))
WRAP(int, mdb_del, FAULT_DEL, MDB_MAP_FULL,
     (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(int, mdb_cursor_open, FAULT_CURSOR_OPEN, ENOMEM,
     (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
WRAP(int, mdb_cursor_get, FAULT_CURSOR_GET, MDB_PAGE_NOTFOUND,
     (MDB_cursor * cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op), (cursor, key, data, op))
WRAP(int, fsync, FAULT_FSYNC, (errno = EIO, -1), (int fd), (fd))
WRAP(int, rename, FAULT_RENAME, (errno = EIO, -1), (const char *from, const char *to), (from, to))
WRAP(ssize_t, pread, FAULT_PREAD, (errno = EIO, -1), (int fd, void *to, size_t n, off_t at),
     (fd, to, n, at))
WRAP(ssize_t, pwrite, FAULT_PWRITE, (errno = ENOSPC, -1),
     (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
#undef WRAP

int __real_statvfs(const char *path, struct statvfs *ret);
int __wrap_statvfs(const char *path, struct statvfs *ret);
int __wrap_statvfs(const char *path, struct statvfs *ret)
{
    int rc = __real_statvfs(path, ret);
    if (fault.disk_full)
        ret->f_bavail = 0;
    return rc;
}

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn) /* a failed commit ends the transaction too */
{
    bool full = fault_now(FAULT_COMMIT_FULL);
    if (!full && !fault_now(FAULT_COMMIT_EIO))
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return full ? ENOSPC : EIO;
}

#endif
