/* Which files and which system calls a serving process needs; Landlock and seccomp refuse the rest.
 */
#include "sandbox.h"

#include "app.h"
#include "base/file.h"
#include "config.h"
#include "landlock.h"
#include "log.h"
#include "privilege.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATHS_MAX = 96, PATH_BYTES = 4096, ARENA_BYTES = 1 << 20 };

/* Sanitizers trace, fork and read /proc; coverage writes beside the objects. */
#ifdef SANDBOX_INSTRUMENTED
static const bool instrumented = true;
#else
static const bool instrumented = false;
#endif

static bool is_off(const struct config *config)
{
    return instrumented || slice_eq(config->sandbox_mode, S("off"));
}

static bool is_required(const struct config *config)
{
    return slice_eq(config->sandbox_mode, S("required"));
}

/* --- files --------------------------------------------------------------------------------------
 */

/* Names, time zones, certificates, libraries that name services load, the numbers of cores. */
static const char *const system_paths[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/dev/null",
    "/run/systemd/resolve",
    "/dev/random",
    "/dev/urandom",
    "/run/resolvconf",
    "/run/nscd",
    "/proc/sys/vm",
    "/run/NetworkManager",
    "/sys/devices/system/cpu",
};

struct fence {
    struct landlock_path paths[PATHS_MAX];
    size_t count;
    struct arena arena;
};

static void add(struct fence *fence, enum landlock_reach reach, slice path)
{
    if (path.len == 0 || fence->count == PATHS_MAX)
        return; /* too many only means less reach */
    slice copy = arena_copy(&fence->arena, path);
    if (copy.ptr)
        fence->paths[fence->count++] = (struct landlock_path){copy.ptr, reach};
}

/* The directory of a file, because the file may be replaced; never the root. */
static void add_parent(struct fence *fence, enum landlock_reach reach, slice path)
{
    size_t cut = path.len;
    while (cut > 0 && path.ptr[cut - 1] != '/')
        cut--;
    if (cut == 1)
        add(fence, reach, path);
    else
        add(fence, reach, cut ? slice_make(path.ptr, cut) : S("."));
}

/* As it is named, and where links lead to: certificates are often links. */
static void add_file(struct fence *fence, slice path)
{
    char real[PATH_BYTES];
    if (path.len == 0)
        return;
    add_parent(fence, LANDLOCK_READ, path);
    if (realpath(path.ptr, real))
        add_parent(fence, LANDLOCK_READ, slice_of(real));
}

static void add_secret_files(struct fence *fence, const struct config *config)
{
    slice rest = config->secret_files, line;
    while (slice_split(&rest, '\n', &line))
        add_file(fence, arena_copy(&fence->arena, line));
}

/* A directory that is written to is made now, while that is possible; who needs it says if it is
 * not there. */
static void add_directory(struct fence *fence, slice path)
{
    struct error ignored = {0};
    if (path.len && access(path.ptr, F_OK) != 0)
        (void)file_make_dirs(path.ptr, 0700, &ignored);
    add(fence, LANDLOCK_WRITE, path);
}

static void fence_draw(struct fence *fence, const struct app *app, bool throw_away)
{
    const struct config *config = app->config;
    for (size_t i = 0; i < ARRAY_COUNT(system_paths); i++)
        add(fence, LANDLOCK_READ, slice_of(system_paths[i]));
    add_file(fence, config->file);
    add_file(fence, config->plans_file);
    add_file(fence, config->http_tls_cert);
    add_file(fence, config->http_tls_key);
    add_file(fence, config->outbound_ca_file);
    add_file(fence, config->license_file);
    add_file(fence, config->license_trusted_keys_file);
    add_secret_files(fence, config);
    add(fence, LANDLOCK_READ, config->datasets_trusted_keys_dir);
    add(fence, LANDLOCK_WRITE, slice_of(app->data_dir));
    add(fence, LANDLOCK_WRITE, slice_of(app->run_dir));
    add_directory(fence, config_secrets_dir(slice_of(app->data_dir), &fence->arena));
    add_directory(fence, config->backup_dir);
    add(fence, LANDLOCK_WRITE, config->backup_copy_dir);
    if (throw_away)
        add_parent(fence, LANDLOCK_EMPTY, slice_of(app->data_dir));
}

status sandbox_begin(const struct app *app, struct error *err)
{
    return is_off(app->config) ? ST_OK : privilege_leave(app->data_dir, err);
}

status sandbox_enter(struct app *app, bool throw_away, struct error *err)
{
    const struct config *config = app->config;
    struct fence fence = {.count = 0};
    if (is_off(config))
        return ST_OK;
    if (landlock_version() == 0 && is_required(config))
        return error_set(err, ST_CONFIG,
                         "sandbox.mode is 'required', but this kernel has no Landlock");
    if (landlock_version() == 0)
        return ST_OK;
    arena_init(&fence.arena, ARENA_BYTES);
    fence_draw(&fence, app, throw_away);
    status rc = arena_check(&fence.arena, err);
    if (rc == ST_OK)
        rc = landlock_restrict(fence.paths, fence.count,
                               slice_eq(config->outbound_mode, S("airgap")), err);
    arena_finish(&fence.arena);
    if (rc == ST_OK)
        app->fenced_files = landlock_version();
    return rc;
}

/* --- system calls -------------------------------------------------------------------------------
 */

/* No program is started, no process made or traced, no port bound, no user changed: none of those
 * is here. Names that an architecture does not have are left out. */
/* clang-format off */
static const char *const calls[] = {
    /* files */
    "access", "chmod", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fallocate", "fchmod", "fchmodat", "fcntl", "fdatasync",
    "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "link",
    "linkat", "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2",
    "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
    "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile",
    "stat", "statfs", "statx", "sync_file_range", "truncate", "umask", "unlink", "unlinkat",
    "utimensat", "write", "writev",
    /* connections */
    "accept", "accept4", "connect", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_pwait2", "epoll_wait", "eventfd2", "getpeername", "getsockname", "getsockopt", "pipe",
    "pipe2", "poll", "ppoll", "pselect6", "recvfrom", "recvmmsg", "recvmsg", "select", "sendmmsg",
    "sendmsg", "sendto", "setsockopt", "shutdown",
    /* memory */
    "brk", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mremap", "msync", "munlock",
    "munmap",
    /* threads and signals */
    "exit", "exit_group", "futex", "get_robust_list", "getcpu", "gettid", "restart_syscall", "rseq",
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address",
    "sigaltstack",
    /* time, chance, and who we are */
    "clock_getres", "clock_gettime", "clock_nanosleep", "getegid", "geteuid", "getgid", "getpgrp",
    "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrusage", "gettimeofday",
    "getuid", "nanosleep", "sysinfo", "time", "times", "uname",
};
/* clang-format on */

/* Calls that are allowed with some arguments only. Threads, not processes: without clone3, whose
 * flags lie in memory, libraries use clone. Limits are read, not set. What can be written never
 * becomes code. */
/* clang-format off */
static const struct {
    int call;
    struct scmp_arg_cmp only;
} rules[] = {
    {SCMP_SYS(socket),     {0, SCMP_CMP_EQ, AF_UNIX, 0}},
    {SCMP_SYS(socket),     {0, SCMP_CMP_EQ, AF_INET, 0}},
    {SCMP_SYS(socket),     {0, SCMP_CMP_EQ, AF_INET6, 0}},
    {SCMP_SYS(socketpair), {0, SCMP_CMP_EQ, AF_UNIX, 0}},
    {SCMP_SYS(ioctl),      {1, SCMP_CMP_EQ, FIONBIO, 0}},
    {SCMP_SYS(ioctl),      {1, SCMP_CMP_EQ, FIONREAD, 0}},
    {SCMP_SYS(ioctl),      {1, SCMP_CMP_EQ, TCGETS, 0}},
    {SCMP_SYS(prctl),      {0, SCMP_CMP_EQ, PR_SET_NAME, 0}},
    {SCMP_SYS(prlimit64),  {2, SCMP_CMP_EQ, 0, 0}},
    {SCMP_SYS(clone),      {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
    {SCMP_SYS(mmap),       {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
    {SCMP_SYS(mmap),       {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0}},
    {SCMP_SYS(mprotect),   {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
};
/* clang-format on */

static int rules_add(scmp_filter_ctx filter)
{
    /* Only our own threads get signals: that is how abort() works. */
    const struct scmp_arg_cmp own = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
    int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own);
    for (size_t i = 0; i < ARRAY_COUNT(rules) && rc == 0; i++)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].only);
    return rc;
}

/* 0, or a negative errno. Other calls "do not exist": libraries know what to do then. */
static int filter_load(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter)
        return -ENOMEM;
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* threads that exist, too */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree; older ones: a list */
    for (size_t i = 0; i < ARRAY_COUNT(calls) && rc == 0; i++) {
        int number = seccomp_syscall_resolve_name(calls[i]);
        if (number >= 0)
            rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
    }
    if (rc == 0)
        rc = rules_add(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

static void state_log(const struct app *app)
{
    bool whole = app->fenced_files && app->fenced_calls;
    const char *calls_text = app->fenced_calls ? "seccomp" : "open";
    char files[32] = "open";
    if (app->fenced_files)
        (void)snprintf(files, sizeof files, "landlock %d", app->fenced_files);
    if (whole || is_off(app->config))
        log_info("sandbox", F_CSTR("files", files), F_CSTR("calls", calls_text));
    else
        log_warn("sandbox", F_CSTR("files", files), F_CSTR("calls", calls_text),
                 F_CSTR("advice", "this kernel has no more; services in containers may need a "
                                  "permission for it"));
}

status sandbox_close(struct app *app, struct error *err)
{
    if (!is_off(app->config)) {
        privilege_finish();
        int rc = filter_load();
        if (rc != 0 && is_required(app->config))
            return error_set(err, ST_CONFIG,
                             "sandbox.mode is 'required', but the filter of system calls cannot be "
                             "set: %s",
                             errno_text(-rc));
        app->fenced_calls = rc == 0;
    }
    state_log(app);
    return ST_OK;
}
