/* Tests of the fences: each act in a child of its own, with and without them. An act that fails in
 * both proves nothing, so each must succeed without. */
#include "sandbox.h"

#include "app.h"
#include "config.h"
#include "lib/main.h"
#include "lib/temp_dir.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPEN, FENCED, FENCED_AIRGAP };

static char home[TEMP_DIR_MAX];    /* the data directory */
static char outside[TEMP_DIR_MAX]; /* belongs to somebody else */
static int listener = -1;          /* a port of loopback that may be called */
static struct sockaddr_in listening;

static const char *at(const char *dir, const char *name)
{
    static char paths[2][128];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static bool makes(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool made = fd >= 0 && write(fd, "text", 4) == 4;
    (void)close(fd);
    return made;
}

static bool opens(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC) >= 0;
}

/* --- what the process does every day: must go on --- */

static void *in_thread(void *arg)
{
    *(bool *)arg = true;
    return NULL;
}

static bool starts_a_thread(void)
{
    bool ran = false;
    pthread_t thread;
    return pthread_create(&thread, NULL, in_thread, &ran) == 0 && pthread_join(thread, NULL) == 0 &&
           ran;
}

static bool writes_at_home(void)
{
    return makes(at(home, "new"));
}

static bool moves_at_home(void)
{
    return mkdir(at(home, "dir"), 0700) == 0 &&
           rename(at(home, "file"), at(home, "dir/moved")) == 0 &&
           link(at(home, "dir/moved"), at(home, "file")) == 0 &&
           unlink(at(home, "dir/moved")) == 0 && rmdir(at(home, "dir")) == 0;
}

static bool cuts_at_home(void)
{
    return truncate(at(home, "file"), 1) == 0;
}

static bool resolves_names(void)
{
    struct addrinfo *found = NULL;
    int rc = getaddrinfo("localhost", "80", NULL, &found);
    freeaddrinfo(found);
    return rc == 0;
}

static bool reads_the_system(void)
{
    return opens("/etc/passwd", O_RDONLY) && opens("/dev/urandom", O_RDONLY);
}

/* --- what only an intruder does --- */

static bool connects(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&listening, sizeof listening) == 0;
}

static bool reads_outside(void)
{
    return opens(at(outside, "file"), O_RDONLY);
}

static bool lists_outside(void)
{
    return opens(outside, O_RDONLY | O_DIRECTORY);
}

static bool writes_outside(void)
{
    return makes(at(outside, "new"));
}

static bool cuts_outside(void)
{
    return truncate(at(outside, "file"), 1) == 0;
}

static bool removes_outside(void)
{
    return unlink(at(outside, "file")) == 0;
}

static bool moves_outside(void)
{
    return rename(at(home, "file"), at(outside, "moved")) == 0;
}

static bool links_outside(void)
{
    return link(at(outside, "file"), at(home, "linked")) == 0;
}

static bool runs_a_program(void)
{
    char *const words[] = {(char[]){"true"}, NULL};
    (void)execv("/bin/true", words); /* ends with 0, like an act that succeeded */
    return false;
}

static bool forks(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool may_be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool reads_memory_by_number(void)
{
    char from = 'x', into = 0;
    const struct iovec local = {&into, 1}, remote = {&from, 1};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
}

static bool listens(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&any, sizeof any) == 0 && listen(fd, 1) == 0;
}

static bool asks_the_kernel_by_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool maps_writable_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool turns_data_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool makes_nameless_files(void)
{
    return memfd_create("x", 0) >= 0;
}

static bool signals_others(void)
{
    return kill(getppid(), 0) == 0;
}

static bool sets_limits(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool allows_cores(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool changes_its_user(void)
{
    return setresuid(getuid(), getuid(), getuid()) == 0;
}

static bool makes_namespaces(void)
{
    return unshare(CLONE_FS) == 0;
}

static const struct act {
    const char *name;
    bool (*succeeds)(void);
    bool allowed;
    bool needs_landlock;
} acts[] = {
    {"start a thread", starts_a_thread, true, false},
    {"write at home", writes_at_home, true, true},
    {"move, link, remove at home", moves_at_home, true, true},
    {"cut a file at home", cuts_at_home, true, true},
    {"resolve a name", resolves_names, true, true},
    {"read what all may read", reads_the_system, true, true},
    {"call a port", connects, true, false},
    {"read outside", reads_outside, false, true},
    {"list outside", lists_outside, false, true},
    {"write outside", writes_outside, false, true},
    {"cut a file outside", cuts_outside, false, true},
    {"remove outside", removes_outside, false, true},
    {"move a file outside", moves_outside, false, true},
    {"link a file from outside", links_outside, false, true},
    {"start a program", runs_a_program, false, false},
    {"make a process", forks, false, false},
    {"be traced", may_be_traced, false, false},
    {"read memory of a process", reads_memory_by_number, false, false},
    {"listen on a port", listens, false, false},
    {"open a netlink socket", asks_the_kernel_by_netlink, false, false},
    {"map writable code", maps_writable_code, false, false},
    {"turn data into code", turns_data_into_code, false, false},
    {"make a file without a name", makes_nameless_files, false, false},
    {"signal another process", signals_others, false, false},
    {"set limits", sets_limits, false, false},
    {"allow core dumps", allows_cores, false, false},
    {"change the user", changes_its_user, false, false},
    {"leave a namespace", makes_namespaces, false, false},
};

/* --- the children --- */

static struct app app;
static struct config config;

static void enter(int fences)
{
    struct error err = {0};
    const struct config_flag flags[] = {
        {"outbound.mode", "test", fences == FENCED_AIRGAP ? S("airgap") : S("online")}};
    const struct config_inputs inputs = {.flags = flags, .flag_count = 1};
    if (config_load(&inputs, &config, &err) != ST_OK)
        _exit(100);
    log_configure(&(struct log_options){.fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR});
    app.config = &config;
    app.data_dir = app.run_dir = home;
    if (fences != OPEN && (sandbox_begin(&app, &err) != ST_OK ||
                           sandbox_enter(&app, /* throw_away= */ true, &err) != ST_OK ||
                           sandbox_close(&app, &err) != ST_OK)) {
        printf("%s\n", err.text);
        _exit(101);
    }
}

static void world_make(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof listening;
    temp_dir_make(home);
    temp_dir_make(outside);
    ck_assert(makes(at(home, "file")) && makes(at(outside, "file")));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
    ck_assert_int_eq(listen(listener, 64), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&listening, &len), 0);
}

static void world_end(void)
{
    (void)close(listener);
    (void)mkdir(home, 0700); /* one act removes it */
    temp_dir_remove(home);
    temp_dir_remove(outside);
}

/* Its exit code: 0 when the act succeeded, 1 when not. */
static int in_child(bool (*succeeds)(void), int fences)
{
    int code;
    world_make();
    (void)fflush(stdout);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        enter(fences);
        _exit(!succeeds());
    }
    ck_assert_int_eq(waitpid(pid, &code, 0), pid);
    ck_assert_msg(WIFEXITED(code), "ended by signal %d", WTERMSIG(code));
    world_end();
    return WEXITSTATUS(code);
}

static bool has_files(void)
{
    return app.fenced_files > 0;
}

static bool has_calls(void)
{
    return app.fenced_calls;
}

START_TEST(every_forbidden_act_fails_and_daily_work_goes_on)
{
    bool files = in_child(has_files, FENCED) == 0, calls = in_child(has_calls, FENCED) == 0;
    unsigned refused = 0, allowed = 0;
    for (size_t i = 0; i < ARRAY_COUNT(acts); i++) {
        const struct act *act = &acts[i];
        if (!(act->needs_landlock ? files : calls)) {
            printf("SKIPPED: no %s here to refuse: %s\n",
                   act->needs_landlock ? "Landlock" : "seccomp", act->name);
            continue;
        }
        ck_assert_msg(in_child(act->succeeds, OPEN) == 0, "fails in the open: %s", act->name);
        int fenced = in_child(act->succeeds, FENCED);
        ck_assert_msg(fenced == !act->allowed, "%s: %d", act->name, fenced);
        refused += !act->allowed;
        allowed += act->allowed;
    }
    printf("figure: %u acts of an intruder refused, %u daily ones allowed\n", refused, allowed);
}
END_TEST

START_TEST(an_airgapped_server_calls_no_port)
{
    if (in_child(has_files, FENCED) != 0)
        return;
    ck_assert_int_eq(in_child(connects, FENCED_AIRGAP), 1);
}
END_TEST

static int gate[2];

static void *forks_later(void *arg)
{
    char byte;
    *(bool *)arg = read(gate[0], &byte, 1) == 1 && forks();
    return NULL;
}

static pthread_t earlier;
static bool earlier_forked;

static bool an_earlier_thread_forks(void)
{
    return write(gate[1], "x", 1) == 1 && pthread_join(earlier, NULL) == 0 && earlier_forked;
}

START_TEST(threads_that_exist_are_fenced_too)
{
    int code;
    world_make();
    ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        earlier_forked = false;
        if (pthread_create(&earlier, NULL, forks_later, &earlier_forked) != 0)
            _exit(2);
        enter(FENCED);
        _exit(app.fenced_calls ? an_earlier_thread_forks() : 0);
    }
    ck_assert_int_eq(waitpid(pid, &code, 0), pid);
    ck_assert(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    world_end();
}
END_TEST

static bool removes_its_home(void)
{
    (void)rmdir(at(home, "secrets")); /* made by the fence, when there is one */
    return unlink(at(home, "file")) == 0 && rmdir(home) == 0;
}

START_TEST(a_throw_away_directory_can_be_removed)
{
    ck_assert_int_eq(in_child(removes_its_home, FENCED), 0);
}
END_TEST

TEST_MAIN("sandbox", every_forbidden_act_fails_and_daily_work_goes_on,
          an_airgapped_server_calls_no_port, threads_that_exist_are_fenced_too,
          a_throw_away_directory_can_be_removed)
