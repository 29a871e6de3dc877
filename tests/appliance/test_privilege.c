/* Tests of acting as the owner of a directory. Only root can; others see that nothing happens. */
#include "privilege.h"

#include "lib/main.h"
#include "lib/temp_dir.h"

#include <fcntl.h>
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

TEST_MAIN("privilege", files_belong_to_the_owner_of_the_directory,
          a_missing_directory_changes_nothing)
