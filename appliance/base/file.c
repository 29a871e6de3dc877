/* Reading and replacing whole files; see file.h. */
#include "base/file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing can be done about a failing close */
    *fd = -1;
}

static status open_for_reading(const char *path, int *ret_fd, struct error *err)
{
    if (strcmp(path, "-") == 0) {
        *ret_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    } else {
        *ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (*ret_fd >= 0)
        return ST_OK;
    int number = errno;
    return error_set(err, number == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s", path,
                     errno_text(number));
}

static status read_to_end(int fd, const char *path, size_t max_bytes, struct buf *buf,
                          struct error *err)
{
    struct stat info;
    size_t step = 65536;
    /* A regular file tells its size: one allocation instead of doubling through the arena. */
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (size_t)info.st_size < max_bytes)
        step = (size_t)info.st_size + 2;
    for (;;) {
        char *at = buf_reserve(buf, step);
        if (!at)
            return error_set(err, ST_TOO_LARGE, "'%s' is larger than %zu bytes", path, max_bytes);
        ssize_t got = read(fd, at, step - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
        buf_grew(buf, (size_t)got);
        if (buf->len > max_bytes)
            return error_set(err, ST_TOO_LARGE, "'%s' is larger than %zu bytes", path, max_bytes);
        if (got == 0)
            break;
        step = 65536;
        if (buf->cap - buf->len > 1 && buf->cap - buf->len < step)
            step = buf->cap - buf->len;
    }
    buf->ptr[buf->len] = '\0';
    return ST_OK;
}

status file_read(const char *path, size_t max_bytes, struct arena *arena, slice *ret,
                 struct error *err)
{
    int fd = -1;
    struct buf buf;
    status rc = open_for_reading(path, &fd, err);
    if (rc != ST_OK)
        return rc;
    buf_init_arena(&buf, arena, max_bytes + 131072);
    rc = read_to_end(fd, path, max_bytes, &buf, err);
    fd_close(&fd);
    if (rc == ST_OK)
        *ret = buf_slice(&buf);
    return rc;
}

status file_write_all(int fd, slice bytes, const char *name, struct error *err)
{
    while (bytes.len) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            int number = put < 0 ? errno : EIO;
            return error_set(err, number == ENOSPC || number == EDQUOT ? ST_FULL : ST_IO,
                             "cannot write '%s': %s", name, errno_text(number));
        }
        bytes = slice_from(bytes, (size_t)put);
    }
    return ST_OK;
}

/* fsync of the directory that holds `path`: makes the rename itself durable. */
static status sync_parent(const char *path, struct error *err)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 1;
    (void)snprintf(dir, sizeof dir, "%.*s", len ? len : 1, slash ? (len ? path : "/") : ".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int number = errno;
    fd_close(&fd);
    return synced ? ST_OK : error_set(err, ST_IO, "cannot write '%s': %s", dir, errno_text(number));
}

status file_replace(const char *path, slice bytes, unsigned mode, struct error *err)
{
    char partial[PATH_MAX];
    if (snprintf(partial, sizeof partial, "%s.partial", path) >= (int)sizeof partial)
        return error_set(err, ST_INVALID, "cannot create '%s': %s", path, errno_text(ENAMETOOLONG));
    (void)unlink(partial); /* left by an earlier crash; absence is the normal case */
    int fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", partial, errno_text(errno));
    status rc = file_write_all(fd, bytes, partial, err);
    if (rc == ST_OK && fsync(fd) != 0)
        rc = error_set(err, ST_IO, "cannot write '%s': %s", partial, errno_text(errno));
    fd_close(&fd);
    if (rc == ST_OK && rename(partial, path) != 0)
        rc = error_set(err, ST_IO, "cannot create '%s': %s", path, errno_text(errno));
    if (rc != ST_OK) {
        (void)unlink(partial); /* best effort: the next replace removes it too */
        return rc;
    }
    return sync_parent(path, err);
}

status file_make_dirs(const char *path, unsigned mode, struct error *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return error_set(err, ST_INVALID, "cannot create '%s': %s", path, errno_text(ENAMETOOLONG));
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, (mode_t)mode) == 0)
            TRY(sync_parent(part, err));
        else if (errno != EEXIST)
            return error_set(err, ST_IO, "cannot create '%s': %s", part, errno_text(errno));
        part[i] = kept;
    }
    return ST_OK;
}
