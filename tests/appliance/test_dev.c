/* dev.c: a throw-away instance and its end. */
#include "dev.h"

#include "app.h"
#include "lib/main.h"

#include <unistd.h>

START_TEST(the_directory_is_fresh_and_goes_with_everything_in_it)
{
    struct error err;
    char first[DEV_DIR_MAX], second[DEV_DIR_MAX];
    struct app *app;
    ck_ok(dev_dir_make(first, &err));
    ck_ok(dev_dir_make(second, &err));
    ck_assert_str_ne(first, second);
    const struct app_options options = {.data_dir = first};
    ck_ok(app_open(&options, false, &app, &err));
    app_close(&app);
    dev_dir_remove(first);
    dev_dir_remove(second);
    dev_dir_remove("");
    ck_assert_int_ne(access(first, F_OK), 0);
    ck_assert_int_ne(access(second, F_OK), 0);
}
END_TEST

START_TEST(an_administrator_and_a_test_key_are_made)
{
    struct error err;
    char dir[DEV_DIR_MAX], text[512] = "";
    struct app *app;
    int fds[2], kept = dup(STDOUT_FILENO);
    ck_ok(dev_dir_make(dir, &err));
    const struct app_options options = {.data_dir = dir};
    ck_ok(app_open(&options, false, &app, &err));
    ck_assert_int_eq(pipe(fds), 0);
    (void)fflush(stdout);
    (void)dup2(fds[1], STDOUT_FILENO);
    enum status_code rc = dev_set_up(app, &err);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    ck_ok(rc);
    ck_assert_int_gt((int)read(fds[0], text, sizeof text - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, "admin admin@"));
    ck_assert_ptr_nonnull(strstr(text, "password "));
    ck_assert_ptr_nonnull(strstr(text, "key sk_test_"));
    ck_assert(atomic_load(&app->set_up));
    app_close(&app);
    dev_dir_remove(dir);
}
END_TEST

TEST_MAIN("dev", the_directory_is_fresh_and_goes_with_everything_in_it,
          an_administrator_and_a_test_key_are_made)
