/* Landlock by its bare system calls: the C library has no functions for them. */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of linux/landlock.h, here because the header of Debian 12 ends at version 2. */
enum {
    RULE_PATH_BENEATH = 1,
    CREATE_VERSION = 1 << 0,
    VERSION_MIN = 2,
    VERSION_TRUNCATE = 3,
    VERSION_TCP = 4,
    VERSION_IOCTL = 5,
};

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL = 1 << 15,
    FS_OF_VERSION_2 = (1 << 14) - 1, /* all rights, also those that are granted to nobody */
    FS_OF_FILES = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    NET_CONNECT_TCP = 1 << 1,
};

struct ruleset_attr {
    uint64_t handled_fs;
    uint64_t handled_net;
};

struct path_beneath_attr {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

static const uint64_t reaches[] = {
    [LANDLOCK_READ] = FS_READ_FILE | FS_READ_DIR,
    [LANDLOCK_WRITE] = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE |
                       FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_REFER | FS_TRUNCATE,
    [LANDLOCK_EMPTY] = FS_REMOVE_DIR,
};

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return version < VERSION_MIN ? 0 : (int)version;
}

static status rule_add(int ruleset, const struct landlock_path *path, uint64_t handled,
                       struct error *err)
{
    struct stat facts;
    struct path_beneath_attr rule = {.allowed = reaches[path->reach] & handled,
                                     .parent_fd = open(path->path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return ST_OK; /* what is not there needs no rule */
    if (fstat(rule.parent_fd, &facts) == 0 && !S_ISDIR(facts.st_mode))
        rule.allowed &= FS_OF_FILES;
    long rc = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
    int number = errno;
    (void)close(rule.parent_fd);
    if (rc != 0)
        return error_set(err, ST_IO, "cannot fence off files at '%s': %s", path->path,
                         errno_text(number));
    return ST_OK;
}

status landlock_restrict(const struct landlock_path *paths, size_t count, bool no_tcp,
                         struct error *err)
{
    int version = landlock_version();
    struct ruleset_attr attr = {.handled_fs = FS_OF_VERSION_2};
    size_t bytes = version < VERSION_TCP ? sizeof attr.handled_fs : sizeof attr;
    if (version >= VERSION_TRUNCATE)
        attr.handled_fs |= FS_TRUNCATE;
    if (version >= VERSION_IOCTL)
        attr.handled_fs |= FS_IOCTL;
    if (version >= VERSION_TCP && no_tcp)
        attr.handled_net = NET_CONNECT_TCP;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, bytes, 0);
    if (ruleset < 0)
        return error_set(err, ST_IO, "cannot fence off files: %s", errno_text(errno));
    status rc = ST_OK;
    for (size_t i = 0; i < count && rc == ST_OK; i++)
        rc = rule_add(ruleset, &paths[i], attr.handled_fs, err);
    if (rc == ST_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        rc = error_set(err, ST_IO, "cannot fence off files: %s", errno_text(errno));
    (void)close(ruleset);
    return rc;
}
