/* app.c: what a process needs, up and down; who else holds the directory; reloads. */
#include "app.h"

#include "config.h"
#include "lib/main.h"
#include "lib/temp_dir.h"
#include "limits.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMP_DIR_MAX];

START_TEST(an_empty_directory_becomes_a_data_directory)
{
    struct error err;
    struct app *app;
    temp_dir_make(dir);
    const struct app_options options = {.data_dir = dir};
    ck_ok(app_open(&options, /* writer= */ true, &app, &err));
    ck_assert_str_eq(app->data_dir, dir);
    ck_assert_ptr_nonnull(strstr(app->admin_path, "/run/admin.sock"));
    ck_assert_ptr_nonnull(app->store);
    ck_assert(!atomic_load(&app->set_up));
    app_close(&app);
    ck_assert_ptr_null(app);
    ck_ok(app_open(&options, false, &app, &err)); /* and is found again */
    app_close(&app);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(a_second_process_is_told_that_the_directory_is_taken)
{
    struct error err;
    struct app *first, *second;
    temp_dir_make(dir);
    const struct app_options options = {.data_dir = dir};
    ck_ok(app_open(&options, false, &first, &err));
    ck_status(app_open(&options, false, &second, &err), ST_LOCKED);
    app_close(&first);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(a_missing_database_is_not_made_when_it_must_exist)
{
    struct error err;
    struct app *app;
    char path[64];
    temp_dir_make(dir);
    struct app_options options = {.data_dir = dir, .must_exist = true};
    ck_status(app_open(&options, false, &app, &err), ST_NOT_FOUND);
    (void)snprintf(path, sizeof path, "%s/none", dir);
    options.data_dir = path;
    ck_status(app_open(&options, false, &app, &err), ST_NOT_FOUND);
    ck_assert_int_ne(access(path, F_OK), 0);
    temp_dir_remove(dir);
}
END_TEST

static unsigned mode_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    return info.st_mode & 07777;
}

START_TEST(only_a_run_directory_elsewhere_is_open_to_the_group)
{
    struct error err;
    struct app *app;
    char inside[64], outside[64];
    mode_t mask = umask(0077);
    temp_dir_make(dir);
    (void)snprintf(inside, sizeof inside, "%s/run", dir);
    (void)snprintf(outside, sizeof outside, "%s-run", dir);
    ck_assert_int_eq(mkdir(inside, 0755), 0); /* as an older release left it */
    ck_assert_int_eq(chmod(inside, 0755), 0);
    struct app_options options = {.data_dir = dir};
    ck_ok(app_open(&options, false, &app, &err));
    app_close(&app);
    ck_assert_uint_eq(mode_of(inside), 0700);
    options.run_dir = outside;
    ck_ok(app_open(&options, false, &app, &err));
    app_close(&app);
    ck_assert_uint_eq(mode_of(outside), 0750);
    ck_assert_int_eq(chmod(outside, 0711), 0); /* the operator's choice */
    ck_ok(app_open(&options, false, &app, &err));
    app_close(&app);
    ck_assert_uint_eq(mode_of(outside), 0711);
    ck_assert_int_eq(rmdir(outside), 0);
    (void)umask(mask);
    temp_dir_remove(dir);
}
END_TEST

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

START_TEST(a_reload_takes_the_new_file_or_keeps_the_old_values)
{
    struct error err;
    struct app *app;
    char path[64];
    temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/sleuth.conf", dir);
    file_write(path, "[http]\ndrain_seconds = 5\n");
    const struct app_options options = {.config_path = path, .data_dir = dir};
    ck_ok(app_open(&options, false, &app, &err));
    ck_assert_int_eq(app->config->http_drain_seconds, 5);
    file_write(path, "[http]\ndrain_seconds = 7\n");
    ck_ok(app_reload(app, &err));
    ck_assert_int_eq(app->config->http_drain_seconds, 7);
    ck_assert_str_eq(app->data_dir, dir);
    file_write(path, "[http]\ndrain_seconds = many\n");
    ck_status(app_reload(app, &err), ST_CONFIG);
    ck_assert_int_eq(app->config->http_drain_seconds, 7);
    app_close(&app);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(the_data_directory_is_known_without_opening_it)
{
    struct error err;
    struct arena arena;
    slice found;
    arena_init(&arena, 1 << 16);
    const struct app_options options = {.data_dir = "/srv/elsewhere"};
    ck_ok(app_data_dir(&options, &arena, &found, &err));
    ck_slice(found, "/srv/elsewhere");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("app", only_a_run_directory_elsewhere_is_open_to_the_group,
          an_empty_directory_becomes_a_data_directory,
          a_second_process_is_told_that_the_directory_is_taken,
          a_missing_database_is_not_made_when_it_must_exist,
          a_reload_takes_the_new_file_or_keeps_the_old_values,
          the_data_directory_is_known_without_opening_it)
