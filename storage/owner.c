/* One process owns a data directory: a lock held for life, and the file systems that can be
 * trusted.
 *
 * LMDB would let a second process write, but a stopped one that holds its lock stops everybody, so
 * the whole directory has one owner. The lock is flock on DATA/owner; the text in it names the
 * process and its socket. The file is never removed: a lock on a removed file guards nothing. */
#include "storage/internal.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { OWNER_BYTES_MAX = 4096 };

/* Numbers from linux/magic.h and the file systems' sources (statfs(2) lists them). */
static const struct file_system {
    uint32_t type;
    const char *name;
    bool network, durable;
} file_systems[] = {
    {0x6969, "nfs", true, false},        {0xff534d42, "cifs", true, false},
    {0xfe534d42, "smb2", true, false},   {0x517b, "smb", true, false},
    {0x01021997, "9p", true, false},     {0x564c, "ncp", true, false},
    {0x5346414f, "afs", true, false},    {0x00c36400, "ceph", true, false},
    {0x65735546, "fuse", false, false},  {0x794c7630, "overlay", false, false},
    {0x01021994, "tmpfs", false, false}, {0x858458f6, "ramfs", false, false},
    {0xef53, "ext4", false, true},       {0x58465342, "xfs", false, true},
    {0x9123683e, "btrfs", false, true},  {0x2fc12fc1, "zfs", false, true},
    {0xf2f52010, "f2fs", false, true},   {0xca451a4e, "bcachefs", false, true},
};

static const struct file_system *file_system_find(uint32_t type)
{
    for (size_t i = 0; i < ARRAY_COUNT(file_systems); i++)
        if (file_systems[i].type == type)
            return &file_systems[i];
    return NULL;
}

status owner_fs_judge(const char *dir, uint32_t type, bool require_durable, const char **ret_name,
                      bool *ret_durable, struct error *err)
{
    const struct file_system *known = file_system_find(type);
    if (known && known->network)
        return error_set(err, ST_CONFIG,
                         "data directory '%s' is on the network file system %s; use a local disk",
                         dir, known->name);
    if (require_durable && known && !known->durable)
        return error_set(err, ST_CONFIG,
                         "data directory '%s' is on %s, which may not survive a power cut; use a "
                         "local disk or set storage.require_durable_fs = false",
                         dir, known->name);
    *ret_name = known ? known->name : "unknown";
    *ret_durable = !known || known->durable;
    return ST_OK;
}

status owner_fs_check(const char *dir, bool require_durable, const char **ret_name,
                      bool *ret_durable, struct error *err)
{
    struct statfs fs;
    if (statfs(dir, &fs) != 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", dir, errno_text(errno));
    return owner_fs_judge(dir, (uint32_t)fs.f_type, require_durable, ret_name, ret_durable, err);
}

static size_t read_text(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);
    size_t len = n > 0 ? (size_t)n : 0;
    text[len] = '\0';
    return len;
}

/* The value behind "name " on a line of the owner file. */
static slice owner_value(slice text, slice name)
{
    slice line;
    while (slice_split(&text, '\n', &line))
        if (slice_has_prefix(line, name))
            return slice_from(line, name.len);
    return (slice){"", 0};
}

static status owner_write(int fd, const char *path, const char *socket, struct error *err)
{
    char text[OWNER_BYTES_MAX];
    int len =
        snprintf(text, sizeof text, "pid %ld\nsocket %s\n", (long)getpid(), socket ? socket : "");
    if (len < 0 || (size_t)len >= sizeof text)
        return error_set(err, ST_INVALID, "the name of the socket is too long");
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return error_set(err, ST_IO, "cannot write '%s': %s", path, errno_text(errno));
    return ST_OK;
}

static status owner_taken(int fd, const char *dir, struct error *err)
{
    char text[OWNER_BYTES_MAX];
    slice all = slice_make(text, read_text(fd, text, sizeof text));
    slice pid = owner_value(all, S("pid ")), socket = owner_value(all, S("socket "));
    return error_set(err, ST_LOCKED,
                     "data directory '%s' belongs to process " SLICE_FMT " (socket '" SLICE_FMT
                     "')",
                     dir, SLICE_ARG(pid), SLICE_ARG(socket));
}

status owner_take(const char *dir, const char *socket, int *ret_fd, struct error *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/owner", dir) >= (int)sizeof path)
        return error_set(err, ST_INVALID, "the name of the data directory is too long");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    status rc = ST_OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        rc = errno == EWOULDBLOCK
                 ? owner_taken(fd, dir, err)
                 : error_set(err, ST_IO, "cannot lock '%s': %s", path, errno_text(errno));
    if (rc == ST_OK)
        rc = owner_write(fd, path, socket, err);
    if (rc != ST_OK) {
        fd_close(&fd);
        return rc;
    }
    *ret_fd = fd;
    return ST_OK;
}

/* A shared lock that can be had means that nobody owns the directory. */
status store_owner_get(const char *dir, struct arena *arena, struct store_owner *ret,
                       struct error *err)
{
    char path[PATH_MAX], text[OWNER_BYTES_MAX];
    if (snprintf(path, sizeof path, "%s/owner", dir) >= (int)sizeof path)
        return error_set(err, ST_INVALID, "the name of the data directory is too long");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return ST_NOT_FOUND;
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    bool is_free = flock(fd, LOCK_SH | LOCK_NB) == 0;
    slice all = slice_make(text, read_text(fd, text, sizeof text));
    fd_close(&fd);
    if (is_free)
        return ST_NOT_FOUND;
    struct store_owner owner = {0};
    if (!slice_to_u64(owner_value(all, S("pid ")), &owner.pid))
        owner.pid = 0; /* between its lock and its text */
    owner.socket = arena_copy(arena, owner_value(all, S("socket ")));
    if (!owner.socket.ptr)
        return arena_check(arena, err);
    *ret = owner;
    return ST_OK;
}
