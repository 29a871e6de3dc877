/* Tests of acting as the owner of a directory. Only root can; others see that nothing happens. */
#include "privilege.h"

#include "lib/main.h"
#include "lib/temp_dir.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOMEBODY = 12345, SOME_GROUP = 12346 };

static char dir[TEMP_DIR_MAX];

START_TEST(files_belong_to_the_owner_of_the_directory)
{
    struct privilege privilege;
    struct error err = {0};
    struct stat made;
    char path[64];
    temp_dir_make(dir);
    if (geteuid() != 0) {
        ck_ok(privilege_drop(dir, &privilege, &err));
        ck_assert(!privilege.dropped);
        temp_dir_remove(dir);
        return;
    }
    ck_assert_int_eq(chown(dir, SOMEBODY, SOME_GROUP), 0);
    ck_ok(privilege_drop(dir, &privilege, &err));
    ck_assert(privilege.dropped);
    ck_assert_uint_eq(geteuid(), SOMEBODY);
    ck_assert_uint_eq(getuid(), 0); /* the audit log still names root */
    (void)snprintf(path, sizeof path, "%s/file", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    privilege_regain(&privilege);
    ck_assert_uint_eq(geteuid(), 0);
    ck_assert_uint_eq(getegid(), 0);
    ck_assert_int_eq(stat(path, &made), 0);
    ck_assert_uint_eq(made.st_uid, SOMEBODY);
    ck_assert_uint_eq(made.st_gid, SOME_GROUP);
    privilege_regain(&privilege); /* twice is allowed */
    temp_dir_remove(dir);
}
END_TEST

START_TEST(a_missing_directory_changes_nothing)
{
    struct privilege privilege;
    struct error err = {0};
    uid_t before = geteuid();
    ck_ok(privilege_drop("/nowhere/at/all", &privilege, &err));
    ck_assert(!privilege.dropped);
    ck_assert_uint_eq(geteuid(), before);
    privilege_regain(&privilege);
}
END_TEST

/* In a child, because there is no way back; the number of the first thing that is wrong. */
static int left_for_good(void)
{
    struct error err = {0};
    uid_t owner = geteuid() == 0 ? SOMEBODY : geteuid();
    if (privilege_leave(dir, &err) != ST_OK)
        return 1;
    privilege_finish();
    if (getuid() != owner || geteuid() != owner)
        return 2;
    if (owner == SOMEBODY && (getgid() != SOME_GROUP || getgroups(0, NULL) != 0))
        return 3;
    if (seteuid(0) == 0 || setegid(0) == 0 || open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0)
        return 4;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0
               ? 0
               : 5;
}

START_TEST(a_server_becomes_the_owner_for_good)
{
    int code;
    if (geteuid() != 0) {
        printf("SKIPPED: only root can become somebody else\n");
        return;
    }
    temp_dir_make(dir);
    ck_assert_int_eq(chown(dir, SOMEBODY, SOME_GROUP), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(left_for_good());
    ck_assert_int_eq(waitpid(pid, &code, 0), pid);
    ck_assert_int_eq(WIFEXITED(code) ? WEXITSTATUS(code) : 100, 0);
    temp_dir_remove(dir);
}
END_TEST

TEST_MAIN("privilege", files_belong_to_the_owner_of_the_directory,
          a_missing_directory_changes_nothing, a_server_becomes_the_owner_for_good)
