/* LD_PRELOAD library: writes down what a server does to its data directory, in order.
 *
 *   POWERCUT_ROOT=DIR    only what lies below is recorded
 *   POWERCUT_TRACE=FILE  where to (trace.h)
 *   POWERCUT_EAT=all     controls that must fail: every sync of files and directories is swallowed,
 *   POWERCUT_EAT=blobs   or only those of blobs and the spool;
 *   POWERCUT_NOSYNC=1    LMDB is opened with MDB_NOSYNC
 *
 * One mutex around call and record makes the order of the trace the order of the calls. Stores
 * through a shared map are not seen; LMDB's default mode makes none to its data file. The lock file
 * is left out: it is made anew by every start. */
#include "trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_BYTES];
static size_t root_len;
static int trace_fd = -1;
static bool eat_all, eat_blobs, no_sync;

static void die(const char *what)
{
    (void)dprintf(STDERR_FILENO, "powercut recorder: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        die(name);
    return function;
}

/* A function pointer through void *, as POSIX has it. */
#define REAL(pointer, name)                                                                        \
    do {                                                                                           \
        if (!(pointer))                                                                            \
            *(void **)(&(pointer)) = real(name);                                                   \
    } while (0)

/* Calls by number, so that nothing of ours is in the way. */
static long raw(long number, ...)
{
    static long (*next)(long, ...);
    va_list more;
    long arguments[6];
    REAL(next, "syscall");
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(more, long);
    va_end(more);
    return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
}

static void put(const void *bytes, size_t len)
{
    const char *from = bytes;
    while (len) {
        long n = raw(SYS_write, trace_fd, from, len);
        if (n <= 0)
            die("write of the trace");
        from += n;
        len -= (size_t)n;
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *dir = getenv("POWERCUT_ROOT"), *file = getenv("POWERCUT_TRACE");
    const char *eat = getenv("POWERCUT_EAT");
    if (!dir || !file || !realpath(dir, root))
        return;
    root_len = strlen(root);
    eat_all = eat && strcmp(eat, "all") == 0;
    eat_blobs = eat && strcmp(eat, "blobs") == 0;
    no_sync = getenv("POWERCUT_NOSYNC") != NULL;
    trace_fd =
        (int)raw(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace_fd < 0)
        die(file);
    /* Programs that the server starts are not recorded. */
    (void)unsetenv("LD_PRELOAD");
}

/* --- names ------------------------------------------------------------------------------------ */

/* The path below the root, or NULL. `path` is absolute. */
static const char *below(const char *path)
{
    if (trace_fd < 0 || strncmp(path, root, root_len) != 0)
        return NULL;
    if (path[root_len] == '\0')
        return path + root_len;
    return path[root_len] == '/' ? path + root_len + 1 : NULL;
}

static bool fd_path(int fd, char path[static PATH_BYTES])
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, PATH_BYTES - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    return true;
}

/* The absolute path of a name as *at functions take it. */
static bool at_path(int dir_fd, const char *name, char path[static PATH_BYTES])
{
    if (name[0] == '/')
        return snprintf(path, PATH_BYTES, "%s", name) < PATH_BYTES;
    if (dir_fd == AT_FDCWD ? !getcwd(path, PATH_BYTES) : !fd_path(dir_fd, path))
        return false;
    size_t len = strlen(path);
    return snprintf(path + len, PATH_BYTES - len, "/%s", name) < (int)(PATH_BYTES - len);
}

static const char *name_at(int dir_fd, const char *name, char path[static PATH_BYTES])
{
    if (trace_fd < 0 || !at_path(dir_fd, name, path))
        return NULL;
    const char *relative = below(path);
    return relative && !strstr(relative, "lock.mdb") ? relative : NULL;
}

static const char *name_of(int fd, struct stat *info, char path[static PATH_BYTES])
{
    if (trace_fd < 0 || fstat(fd, info) != 0 ||
        (!S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode)))
        return NULL;
    if (!fd_path(fd, path))
        return NULL;
    const char *relative = below(path);
    return relative && !strstr(relative, "lock.mdb") ? relative : NULL;
}

static bool is_eaten(const char *name)
{
    return eat_all || (eat_blobs && (strncmp(name, "data/blobs", 10) == 0 ||
                                     strncmp(name, "data/spool", 10) == 0));
}

/* --- events ----------------------------------------------------------------------------------- */

struct event {
    enum event_kind kind;
    const char *name, *other;
    uint64_t inode, offset;
    const void *data;
    size_t data_len;
};

static void record(struct event event)
{
    const struct event_head head = {
        .magic = EVENT_MAGIC,
        .kind = (uint16_t)event.kind,
        .name_len = (uint16_t)(event.name ? strlen(event.name) : 0),
        .other_len = (uint32_t)(event.other ? strlen(event.other) : 0),
        .data_len = (uint32_t)event.data_len,
        .inode = event.inode,
        .offset = event.offset,
    };
    put(&head, sizeof head);
    put(event.name, head.name_len);
    put(event.other, head.other_len);
    put(event.data, event.data_len);
}

static void lock(void)
{
    (void)pthread_mutex_lock(&order);
}

static void unlock(void)
{
    int number = errno;
    (void)pthread_mutex_unlock(&order);
    errno = number;
}

/* --- files: open, write, size ----------------------------------------------------------------- */

/* What opening did to the directory is seen by looking before and after. */
static int open_recorded(int dir_fd, const char *name, int flags, unsigned mode,
                         const struct open_how *how)
{
    char path[PATH_BYTES];
    struct stat before, after;
    const char *relative = flags & (O_CREAT | O_TRUNC) && (flags & O_TMPFILE) != O_TMPFILE
                               ? name_at(dir_fd, name, path)
                               : NULL;
    bool existed = false;
    if (relative) {
        lock();
        existed = fstatat(AT_FDCWD, path, &before, AT_SYMLINK_NOFOLLOW) == 0;
    }
    int fd = how ? (int)raw(SYS_openat2, dir_fd, name, how, sizeof *how)
                 : (int)raw(SYS_openat, dir_fd, name, flags, mode);
    if (!relative)
        return fd;
    int number = errno;
    if (fd >= 0 && fstat(fd, &after) == 0) {
        if (!existed)
            record((struct event){EVENT_CREATE, .name = relative, .inode = after.st_ino});
        else if (flags & O_TRUNC && before.st_size > 0)
            record((struct event){EVENT_SIZE, .inode = after.st_ino});
    }
    errno = number;
    unlock();
    return fd;
}

/* blob.c opens by number: libc has no openat2. */
long syscall(long number, ...)
{
    va_list more;
    long arguments[6];
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(more, long);
    va_end(more);
    if (number != SYS_openat2)
        return raw(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                   arguments[5]);
    const struct open_how *how = (const struct open_how *)arguments[2];
    return open_recorded((int)arguments[0], (const char *)arguments[1], (int)how->flags, 0, how);
}

static unsigned mode_of(int flags, va_list more)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, unsigned) : 0;
}

int open(const char *name, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    unsigned mode = mode_of(flags, more);
    va_end(more);
    return open_recorded(AT_FDCWD, name, flags, mode, NULL);
}

int openat(int dir_fd, const char *name, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    unsigned mode = mode_of(flags, more);
    va_end(more);
    return open_recorded(dir_fd, name, flags, mode, NULL);
}

/* One write, wherever it comes from: `call` does it. */
struct write_call {
    int fd;
    const struct iovec *parts;
    int part_count;
    off_t offset; /* -1: where the descriptor stands */
};

static ssize_t write_really(const struct write_call *call)
{
    if (call->offset < 0 && call->part_count == 1)
        return raw(SYS_write, call->fd, call->parts->iov_base, call->parts->iov_len);
    if (call->offset < 0)
        return raw(SYS_writev, call->fd, call->parts, call->part_count);
    if (call->part_count == 1)
        return raw(SYS_pwrite64, call->fd, call->parts->iov_base, call->parts->iov_len,
                   call->offset);
    return raw(SYS_pwritev, call->fd, call->parts, call->part_count, call->offset, 0);
}

static void record_parts(const struct write_call *call, const char *name, uint64_t inode,
                         uint64_t offset)
{
    for (int i = 0; i < call->part_count; offset += call->parts[i].iov_len, i++)
        record((struct event){EVENT_WRITE, .name = name, .inode = inode, .offset = offset,
                              .data = call->parts[i].iov_base, .data_len = call->parts[i].iov_len});
}

/* The head of an answer tells whose it is; noted before the client can have it. */
static void record_answer(const struct write_call *call)
{
    size_t len = call->part_count ? call->parts->iov_len : 0;
    if (trace_fd < 0 || len < 8 || memcmp(call->parts->iov_base, "HTTP/1.1", 8) != 0)
        return;
    lock();
    record((struct event){EVENT_ANSWER, .data = call->parts->iov_base,
                          .data_len = len < ANSWER_BYTES_MAX ? len : ANSWER_BYTES_MAX});
    unlock();
}

static ssize_t write_recorded(const struct write_call *call)
{
    char path[PATH_BYTES];
    struct stat info;
    const char *name = name_of(call->fd, &info, path);
    if (!name) {
        record_answer(call);
        return write_really(call);
    }
    lock();
    int flags = fcntl(call->fd, F_GETFL);
    off_t offset = call->offset;
    if (offset < 0 && fstat(call->fd, &info) == 0)
        offset = flags & O_APPEND ? info.st_size : lseek(call->fd, 0, SEEK_CUR);
    size_t len = 0;
    for (int i = 0; i < call->part_count; i++)
        len += call->parts[i].iov_len;
    record_parts(call, name, info.st_ino, (uint64_t)offset);
    ssize_t done = write_really(call);
    if (done != (ssize_t)len)
        die("a write was cut short");
    if (flags & O_DSYNC && !is_eaten(name))
        record((struct event){EVENT_DURABLE, .name = name, .inode = info.st_ino});
    unlock();
    return done;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    const struct iovec part = {(void *)(uintptr_t)bytes, len};
    return write_recorded(&(struct write_call){fd, &part, 1, -1});
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    const struct iovec part = {(void *)(uintptr_t)bytes, len};
    return write_recorded(&(struct write_call){fd, &part, 1, offset});
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return write_recorded(&(struct write_call){fd, parts, count, -1});
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return write_recorded(&(struct write_call){fd, parts, count, offset});
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    const struct iovec part = {(void *)(uintptr_t)bytes, len};
    record_answer(&(struct write_call){fd, &part, 1, -1});
    return raw(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

static int size_recorded(int fd, off_t size, bool only_grows)
{
    char path[PATH_BYTES];
    struct stat info;
    const char *name = name_of(fd, &info, path);
    lock();
    int rc =
        only_grows ? (int)raw(SYS_fallocate, fd, 0, 0, size) : (int)raw(SYS_ftruncate, fd, size);
    if (rc == 0 && name && !(only_grows && info.st_size >= size))
        record((struct event){EVENT_SIZE, .name = name, .inode = info.st_ino,
                              .offset = (uint64_t)size});
    unlock();
    return rc;
}

int ftruncate(int fd, off_t size)
{
    return size_recorded(fd, size, /* only_grows= */ false);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    return size_recorded(fd, offset + len, /* only_grows= */ true) == 0 ? 0 : errno;
}

/* --- barriers --------------------------------------------------------------------------------- */

static int sync_recorded(int fd, long number)
{
    char path[PATH_BYTES];
    struct stat info;
    const char *name = name_of(fd, &info, path);
    if (name && is_eaten(name))
        return 0;
    lock();
    int rc = (int)raw(number, fd);
    if (rc == 0 && name)
        record((struct event){S_ISDIR(info.st_mode) ? EVENT_SYNC_DIR : EVENT_SYNC, .name = name,
                              .inode = info.st_ino});
    unlock();
    return rc;
}

int fsync(int fd)
{
    return sync_recorded(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_recorded(fd, SYS_fdatasync);
}

/* --- names: make, move, remove ---------------------------------------------------------------- */

static int names_recorded(enum event_kind kind, long rc, const char *name, const char *other)
{
    if (rc == 0 && (name || other))
        record((struct event){kind, .name = name, .other = other});
    unlock();
    return (int)rc;
}

int mkdirat(int dir_fd, const char *name, mode_t mode)
{
    char path[PATH_BYTES];
    lock();
    return names_recorded(EVENT_MKDIR, raw(SYS_mkdirat, dir_fd, name, mode),
                          name_at(dir_fd, name, path), NULL);
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    char from_path[PATH_BYTES], to_path[PATH_BYTES];
    lock();
    const char *name = name_at(from_fd, from, from_path), *other = name_at(to_fd, to, to_path);
    return names_recorded(flags & RENAME_EXCHANGE ? EVENT_EXCHANGE : EVENT_RENAME,
                          raw(SYS_renameat2, from_fd, from, to_fd, to, flags), name, other);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return renameat2(from_fd, from, to_fd, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    char from_path[PATH_BYTES], to_path[PATH_BYTES];
    lock();
    const char *name = name_at(from_fd, from, from_path), *other = name_at(to_fd, to, to_path);
    return names_recorded(EVENT_LINK, raw(SYS_linkat, from_fd, from, to_fd, to, flags), name,
                          other);
}

int unlinkat(int dir_fd, const char *name, int flags)
{
    char path[PATH_BYTES];
    lock();
    const char *relative = name_at(dir_fd, name, path);
    return names_recorded(EVENT_UNLINK, raw(SYS_unlinkat, dir_fd, name, flags), relative, NULL);
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

/* --- LMDB in the mode that must fail ---------------------------------------------------------- */

int mdb_env_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode)
{
    static int (*next)(MDB_env *, const char *, unsigned, mdb_mode_t);
    REAL(next, "mdb_env_open");
    return next(env, path, no_sync ? flags | MDB_NOSYNC : flags, mode);
}
