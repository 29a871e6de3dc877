/* Tests of Landlock's rules for single files; test_sandbox.c tries what a server may do. */
#include "landlock.h"

#include "lib/main.h"
#include "lib/temp_dir.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[TEMP_DIR_MAX], one[64], two[64];

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    (void)close(fd);
    return fd >= 0;
}

/* The number of the first thing that is not as it should be. */
static int restricted(enum landlock_reach reach)
{
    struct error err = {0};
    const struct landlock_path paths[] = {{one, reach}, {"/does/not/exist", LANDLOCK_READ}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        landlock_restrict(paths, 2, /* no_tcp= */ false, &err) != ST_OK)
        return 1;
    if (!opens(one, O_RDONLY))
        return 2;
    if (opens(one, O_WRONLY) != (reach == LANDLOCK_WRITE))
        return 3;
    return opens(two, O_RDONLY) ? 4 : 0;
}

static int in_child(enum landlock_reach reach)
{
    int code;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(restricted(reach));
    ck_assert_int_eq(waitpid(pid, &code, 0), pid);
    return WIFEXITED(code) ? WEXITSTATUS(code) : 100;
}

START_TEST(only_the_named_file_is_in_reach)
{
    if (landlock_version() == 0) {
        printf("SKIPPED: this kernel has no Landlock\n");
        return;
    }
    temp_dir_make(dir);
    (void)snprintf(one, sizeof one, "%s/one", dir);
    (void)snprintf(two, sizeof two, "%s/two", dir);
    ck_assert(opens(one, O_WRONLY | O_CREAT) && opens(two, O_WRONLY | O_CREAT));
    ck_assert_int_eq(in_child(LANDLOCK_READ), 0);
    ck_assert_int_eq(in_child(LANDLOCK_WRITE), 0);
    temp_dir_remove(dir);
}
END_TEST

TEST_MAIN("landlock", only_the_named_file_is_in_reach)
