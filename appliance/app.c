/* Brings up what every process needs that touches the data: configuration, secrets, storage, plans.
 */
#include "app.h"

#include "assets.h"
#include "auth.h"
#include "backup_task.h"
#include "base/clock.h"
#include "base/file.h"
#include "blob.h"
#include "config.h"
#include "entitlement.h"
#include "limits.h"
#include "outbound.h"
#include "plans.h"
#include "rate.h"
#include "route.h"
#include "sandbox.h"
#include "secrets.h"
#include "storage/storage.h"
#include "usage.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RELOADS_MAX = 64, FLAGS_MAX = 8, PATH_BYTES = 4096, WRITE_QUEUE_MAX = 8192 };

/* The app and what only this file owns. Old configurations and plans stay readable, because a call
 * may hold them; so the number of reloads is capped. */
struct app_parts {
    struct app app; /* first: app_parts_of is a cast */
    struct app_options options;
    struct arena arena; /* paths */
    struct secrets secrets;
    struct auth auth;
    struct config configs[RELOADS_MAX];
    struct plans plans[RELOADS_MAX];
    size_t loads;
    char admin_path[PATH_BYTES];
};

static struct app_parts *parts_of(struct app *app)
{
    assert(app->magic == APP_MAGIC);
    return (struct app_parts *)app;
}

/* --- configuration and plans --------------------------------------------------------------------
 */

static void flag_add(struct config_flag *flags, size_t *count, struct config_flag flag)
{
    if (!flag.value.ptr || flag.value.len == 0)
        return;
    assert(*count < FLAGS_MAX);
    flags[(*count)++] = flag;
}

static status configuration_load(const struct app_options *options, struct config *ret,
                                 struct error *err)
{
    struct config_flag flags[FLAGS_MAX];
    size_t count = 0;
    flag_add(flags, &count,
             (struct config_flag){"storage.data_dir", "--data", slice_of(options->data_dir)});
    flag_add(flags, &count,
             (struct config_flag){"storage.run_dir", "--run-dir", slice_of(options->run_dir)});
    flag_add(flags, &count,
             (struct config_flag){"http.listen", "--listen", slice_of(options->listen)});
    flag_add(flags, &count,
             (struct config_flag){"http.tls_cert", "--tls-cert", slice_of(options->tls_cert)});
    flag_add(flags, &count,
             (struct config_flag){"http.tls_key", "--tls-key", slice_of(options->tls_key)});
    if (options->no_tls)
        flag_add(flags, &count, (struct config_flag){"http.tls", "--no-tls", S("false")});
    const struct config_inputs inputs = {
        .path = options->config_path, .environment = environ, .flags = flags, .flag_count = count};
    return config_load(&inputs, ret, err);
}

static const char *plans_path(const struct config *config, char path[static PATH_BYTES])
{
    size_t cut = config->file.len;
    if (config->plans_file.len > 0)
        return config->plans_file.ptr;
    while (cut > 0 && config->file.ptr[cut - 1] != '/')
        cut--;
    if (cut == 0)
        return NULL;
    (void)snprintf(path, PATH_BYTES, "%.*splans.conf", (int)cut, config->file.ptr);
    return path;
}

/* Loads the next generation; on failure nothing has changed. */
static status generation_load(struct app_parts *parts, struct error *err)
{
    char path[PATH_BYTES];
    size_t at = parts->loads;
    if (at == RELOADS_MAX)
        return error_set(err, ST_LIMIT,
                         "the configuration was reloaded %d times: restart the "
                         "server",
                         RELOADS_MAX);
    TRY(configuration_load(&parts->options, &parts->configs[at], err));
    status rc = plans_load(plans_path(&parts->configs[at], path), &parts->plans[at], err);
    if (rc != ST_OK) {
        config_finish(&parts->configs[at]);
        return rc;
    }
    parts->loads++;
    parts->app.config = &parts->configs[at];
    parts->app.plans = &parts->plans[at];
    return ST_OK;
}

static uint64_t reserve_bytes(const struct config *config)
{
    return (uint64_t)config->storage_disk_reserve_mib << 20;
}

status app_reload(struct app *app, struct error *err)
{
    TRY(generation_load(parts_of(app), err));
    if (app->blobs)
        blobs_reserve(app->blobs, reserve_bytes(app->config));
    return ST_OK;
}

status app_data_dir(const struct app_options *options, struct arena *arena, slice *ret,
                    struct error *err)
{
    struct config config;
    TRY(configuration_load(options, &config, err));
    *ret = config_data_dir(&config, arena);
    *ret = arena_copy(arena, *ret); /* it may be the configuration's */
    config_finish(&config);
    return arena_check(arena, err);
}

/* --- directories and storage --------------------------------------------------------------------
 */

/* Nothing inside the data directory is for others. A run directory elsewhere lets the group reach
 * the socket, also when it was made under a strict umask; one that was there stays as it is. */
static status run_dir_make(slice data, slice run, struct error *err)
{
    bool inside = run.len > data.len && slice_has_prefix(run, data) && run.ptr[data.len] == '/';
    bool existed = access(run.ptr, F_OK) == 0;
    mode_t mode = inside ? 0700 : 0750;
    TRY(file_make_dirs(run.ptr, mode, err));
    if ((inside || !existed) && chmod(run.ptr, mode) != 0)
        return error_set(err, ST_IO, "cannot use run directory '%s': %s", run.ptr,
                         errno_text(errno));
    return ST_OK;
}

static status dirs_choose(struct app_parts *parts, struct error *err)
{
    const struct config *config = parts->app.config;
    slice data = config_data_dir(config, &parts->arena);
    char real[PATH_BYTES];
    if (!parts->options.must_exist)
        TRY(file_make_dirs(data.ptr, 0700, err));
    if (!realpath(data.ptr, real))
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
                         "cannot use data directory '%s': %s", data.ptr, errno_text(errno));
    data = arena_copy(&parts->arena, slice_of(real));
    slice run = config_run_dir(config, data, &parts->arena);
    TRY(arena_check(&parts->arena, err));
    parts->app.data_dir = data.ptr;
    if (parts->options.sandboxed)
        TRY(sandbox_begin(&parts->app, err));
    parts->app.run_dir = run.ptr;
    if (snprintf(parts->admin_path, sizeof parts->admin_path, "%s/admin.sock", run.ptr) >=
        (int)sizeof parts->admin_path)
        return error_set(err, ST_CONFIG, "the run directory's name is too long");
    parts->app.admin_path = parts->admin_path;
    return run_dir_make(data, run, err);
}

static bool database_exists(const char *data_dir)
{
    char path[PATH_BYTES];
    return snprintf(path, sizeof path, "%s/db/data.mdb", data_dir) < (int)sizeof path &&
           access(path, F_OK) == 0;
}

static status storage_start(struct app_parts *parts, bool writer, struct error *err)
{
    struct app *app = &parts->app;
    const struct config *config = app->config;
    bool exists = database_exists(app->data_dir);
    slice secrets_dir = config_secrets_dir(slice_of(app->data_dir), &parts->arena);
    TRY(arena_check(&parts->arena, err));
    if (!exists && parts->options.must_exist)
        return error_set(err, ST_NOT_FOUND, "there is no database in '%s'", app->data_dir);
    TRY(secrets_load(secrets_dir.ptr, !exists, &parts->secrets, err));
    auth_init(&parts->auth, &parts->secrets);
    app->auth = &parts->auth;
    const struct store_options options = {
        .dir = app->data_dir,
        .master_key = parts->secrets.master,
        .socket = app->admin_path,
        .map_bytes = (uint64_t)config->storage_map_gib << 30,
        .must_exist = parts->options.must_exist,
        .require_durable = config->storage_require_durable_fs,
        .program = app->version,
        .now_ms = app->start_ms,
    };
    TRY(store_open(&options, &app->store, err));
    TRY(blobs_open(app->data_dir, reserve_bytes(config), &app->blobs, err));
    TRY(backup_task_create(app, &app->backup, err));
    return writer ? store_writer_start(app->store, WRITE_QUEUE_MAX, err) : ST_OK;
}

status app_look_set_up(struct app *app, struct error *err)
{
    struct store_reader *reader;
    struct store_txn *txn;
    uint64_t all, enabled = 0;
    TRY(store_reader_create(app->store, &reader, err));
    status rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        rc = store_user_count(txn, &all, &enabled);
        store_read_end(&txn);
    }
    store_reader_destroy(&reader);
    if (rc == ST_OK)
        atomic_store(&app->set_up, enabled > 0);
    return rc;
}

static status parts_start(struct app_parts *parts, bool writer, struct error *err)
{
    TRY(generation_load(parts, err));
    TRY(dirs_choose(parts, err));
    if (parts->options.sandboxed)
        TRY(sandbox_enter(&parts->app, parts->options.throw_away, err));
    TRY(route_init(err));
    TRY(assets_init(err));
    TRY(rate_create(&parts->app.rate, err));
    TRY(usage_create(&parts->app.usage, err));
    TRY(storage_start(parts, writer, err));
    TRY(entitlement_create(&parts->app, &parts->app.entitlement, err));
    return app_look_set_up(&parts->app, err);
}

status app_open(const struct app_options *options, bool writer, struct app **ret, struct error *err)
{
    struct app_parts *parts = (struct app_parts *)calloc(1, sizeof *parts);
    if (!parts)
        return error_set(err, ST_NO_MEMORY, "not enough memory to start");
    parts->options = *options;
    arena_init(&parts->arena, (size_t)1 << 20);
    struct app *app = &parts->app;
    app->magic = APP_MAGIC;
    app->version = VERSION;
    app->start_ms = clock_wall_ms();
    app->start_mono_ms = clock_mono_ms();
    status rc = parts_start(parts, writer, err);
    if (rc != ST_OK) {
        app_close(&app);
        return rc;
    }
    *ret = app;
    return ST_OK;
}

void app_close(struct app **app)
{
    if (!*app)
        return;
    struct app_parts *parts = parts_of(*app);
    *app = NULL;
    outbound_destroy(&parts->app.outbound); /* of the CLI's own process; the server's is gone */
    backup_task_destroy(&parts->app.backup);
    blobs_close(&parts->app.blobs);
    entitlement_destroy(&parts->app.entitlement);
    store_close(&parts->app.store);
    usage_destroy(&parts->app.usage);
    rate_destroy(&parts->app.rate);
    if (parts->app.auth)
        auth_finish(&parts->auth);
    secrets_finish(&parts->secrets);
    for (size_t i = 0; i < parts->loads; i++) {
        plans_finish(&parts->plans[i]);
        config_finish(&parts->configs[i]);
    }
    arena_finish(&parts->arena);
    parts->app.magic = 0;
    free(parts);
}
