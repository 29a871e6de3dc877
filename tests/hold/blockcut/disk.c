/* A disk that writes down what is done to it: one file behind FUSE, for a loop device on top.
 *
 *   disk MOUNTPOINT MEGABYTES TRACE
 *
 * The file MOUNTPOINT/disk is memory; every write and every flush of its cache goes to TRACE, in
 * order, before it is answered: native uint64 offset and length and the bytes, or offset FLUSH and
 * length 0. Speaks the kernel's protocol (linux/fuse.h) itself; ends when it is unmounted. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE_MAX = 1 << 20, ROOM = WRITE_MAX + 8192, ROOT_NODE = 1, DISK_NODE = 2, MINOR = 31 };
#define FLUSH UINT64_MAX

static int fuse_fd = -1, trace_fd = -1;
static unsigned char *disk;
static uint64_t disk_bytes;
static unsigned char room[ROOM];

static void die(const char *what)
{
    (void)fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void answer(const struct fuse_in_header *in, int error, const void *bytes, size_t len)
{
    struct fuse_out_header out = {
        .len = (uint32_t)(sizeof out + len), .error = -error, .unique = in->unique};
    const struct iovec parts[] = {{&out, sizeof out}, {(void *)(uintptr_t)bytes, len}};
    if (writev(fuse_fd, parts, 2) < 0 && errno != ENOENT) /* ENOENT: it was interrupted */
        die("answer");
}

static void note(uint64_t offset, const void *bytes, uint64_t len)
{
    uint64_t head[] = {offset, len};
    const struct iovec parts[] = {{head, sizeof head}, {(void *)(uintptr_t)bytes, len}};
    if (writev(trace_fd, parts, 2) != (ssize_t)(sizeof head + len))
        die("trace");
}

static struct fuse_attr attr_of(uint64_t node)
{
    bool is_disk = node == DISK_NODE;
    return (struct fuse_attr){.ino = node,
                              .size = is_disk ? disk_bytes : 0,
                              .blocks = is_disk ? disk_bytes / 512 : 0,
                              .mode = is_disk ? S_IFREG | 0600 : S_IFDIR | 0700,
                              .nlink = 1,
                              .blksize = 4096};
}

static void do_init(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
    const struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                      .minor = MINOR,
                                      .max_readahead = init->max_readahead,
                                      .flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
                                      .max_background = 64,
                                      .congestion_threshold = 48,
                                      .max_write = WRITE_MAX,
                                      .time_gran = 1,
                                      .max_pages = WRITE_MAX / 4096};
    answer(in, 0, &out, sizeof out);
}

static void do_lookup(const struct fuse_in_header *in, const char *name)
{
    const struct fuse_entry_out out = {
        .nodeid = DISK_NODE, .entry_valid = 1000, .attr_valid = 1000, .attr = attr_of(DISK_NODE)};
    if (in->nodeid == ROOT_NODE && strcmp(name, "disk") == 0)
        answer(in, 0, &out, sizeof out);
    else
        answer(in, ENOENT, NULL, 0);
}

static void do_read(const struct fuse_in_header *in, const struct fuse_read_in *read_in)
{
    uint64_t at = read_in->offset, len = read_in->size;
    if (at > disk_bytes)
        at = disk_bytes;
    answer(in, 0, disk + at, len < disk_bytes - at ? len : disk_bytes - at);
}

static void do_write(const struct fuse_in_header *in, const struct fuse_write_in *write_in)
{
    const void *bytes = write_in + 1;
    const struct fuse_write_out out = {.size = write_in->size};
    if (write_in->offset > disk_bytes || write_in->size > disk_bytes - write_in->offset) {
        answer(in, ENOSPC, NULL, 0);
        return;
    }
    memcpy(disk + write_in->offset, bytes, write_in->size);
    note(write_in->offset, bytes, write_in->size);
    answer(in, 0, &out, sizeof out);
}

static void do_attr(const struct fuse_in_header *in)
{
    const struct fuse_attr_out out = {.attr_valid = 1000, .attr = attr_of(in->nodeid)};
    answer(in, 0, &out, sizeof out);
}

/* Written around the page cache: what the file system above does is seen at once. */
static void do_open(const struct fuse_in_header *in)
{
    const struct fuse_open_out out = {.fh = 1, .open_flags = FOPEN_DIRECT_IO};
    answer(in, 0, &out, sizeof out);
}

static void handle(const struct fuse_in_header *in)
{
    const struct fuse_statfs_out statfs = {.st = {.bsize = 4096, .namelen = 255, .frsize = 4096}};
    const void *body = in + 1;
    switch (in->opcode) {
    case FUSE_INIT:
        do_init(in, body);
        break;
    case FUSE_LOOKUP:
        do_lookup(in, body);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        do_attr(in);
        break;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
        do_open(in);
        break;
    case FUSE_READ:
        do_read(in, body);
        break;
    case FUSE_WRITE:
        do_write(in, body);
        break;
    case FUSE_FSYNC:
        note(FLUSH, NULL, 0);
        answer(in, 0, NULL, 0);
        break;
    case FUSE_STATFS:
        answer(in, 0, &statfs, sizeof statfs);
        break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_ACCESS:
    case FUSE_DESTROY:
        answer(in, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break; /* not answered */
    default:
        answer(in, ENOSYS, NULL, 0); /* discards among them: the loop device then offers none */
    }
}

static void fuse_mount(const char *at)
{
    char options[128];
    fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse_fd < 0)
        die("/dev/fuse");
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse_fd);
    if (mount("disk", at, "fuse", MS_NOSUID | MS_NODEV, options) != 0)
        die("mount");
}

int main(int count, char **words)
{
    char *end = NULL;
    if (count != 4)
        return 64;
    disk_bytes = strtoull(words[2], &end, 10) << 20;
    if (*end || disk_bytes == 0)
        return 64;
    trace_fd = open(words[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0600);
    if (trace_fd < 0)
        die(words[3]);
    disk = mmap(NULL, disk_bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (disk == MAP_FAILED)
        die("memory");
    fuse_mount(words[1]);
    for (;;) {
        ssize_t len = read(fuse_fd, room, sizeof room);
        if (len < 0 && (errno == EINTR || errno == ENOENT))
            continue;
        if (len < 0)
            return errno == ENODEV ? 0 : 1; /* ENODEV: unmounted */
        if ((size_t)len >= sizeof(struct fuse_in_header))
            handle((const struct fuse_in_header *)(const void *)room);
    }
}
