/* Tests of the secrets directory: first start, later starts, lost and damaged files. */
#include "secrets.h"

#include "base/file.h"
#include "lib/main.h"

#include <sys/stat.h>
#include <unistd.h>

static struct error err;
static char dir[64];
static char sub[96];

static void start(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/sleuth-secrets-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(sub, sizeof sub, "%s/secrets", dir);
}

static void finish(void)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(first_start_makes_three_private_files_and_the_next_reads_them)
{
    struct secrets a;
    struct secrets b;
    struct stat info;
    char path[128];
    start();
    ck_ok(secrets_load(sub, true, &a, &err));
    ck_ok(secrets_load(sub, false, &b, &err));
    ck_assert_mem_eq(&a, &b, sizeof a);
    ck_assert_mem_ne(a.master, a.pepper, sizeof a.master);
    const char *names[] = {"master.key", "pepper", "signing.key"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", sub, names[i]);
        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert_uint_eq(info.st_mode & 0777, 0600);
    }
    ck_assert_int_eq(stat(sub, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0700);
    finish();
}
END_TEST

START_TEST(a_database_without_its_key_is_refused_with_the_file_named)
{
    struct secrets secrets;
    start();
    ck_status(secrets_load(sub, false, &secrets, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "secrets/master.key"));
    ck_assert_ptr_nonnull(strstr(err.text, "restore"));
    finish();
}
END_TEST

START_TEST(raw_bytes_and_hexadecimal_are_read_and_anything_else_is_refused)
{
    struct secrets secrets;
    char path[128];
    start();
    ck_ok(secrets_load(sub, true, &secrets, &err));
    (void)snprintf(path, sizeof path, "%s/pepper", sub);
    ck_ok(file_replace(path, S("0123456789abcdef0123456789abcdef"), 0600, &err));
    ck_ok(secrets_load(sub, false, &secrets, &err));
    ck_assert_mem_eq(secrets.pepper, "0123456789abcdef0123456789abcdef", 32);
    ck_ok(file_replace(path, S("short"), 0600, &err));
    ck_status(secrets_load(sub, false, &secrets, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "64 hexadecimal"));
    finish();
}
END_TEST

TEST_MAIN("secrets", first_start_makes_three_private_files_and_the_next_reads_them,
          a_database_without_its_key_is_refused_with_the_file_named,
          raw_bytes_and_hexadecimal_are_read_and_anything_else_is_refused)
