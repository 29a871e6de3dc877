/* Changes of sleuth.conf that are either valid and there, or not there. */
#include "tools/config_file.h"

#include "tools/config_edit.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_FILE_BYTES_MAX = 1 << 20, NAME_TEXT_MAX = 96 };

status config_now(struct cli *cli, const char *path, struct config *ret, struct error *err)
{
    struct config_flag flags[2];
    struct config_inputs in = {
        .path = path ? path : cli->config, .environment = environ, .flags = flags};
    if (cli->data)
        flags[in.flag_count++] =
            (struct config_flag){"storage.data_dir", "--data", slice_of(cli->data)};
    if (cli->run_dir)
        flags[in.flag_count++] =
            (struct config_flag){"storage.run_dir", "--run-dir", slice_of(cli->run_dir)};
    return config_load(&in, ret, err);
}

const char *config_path(const struct cli *cli)
{
    return cli->config ? cli->config : CONFIG_FILE_DEFAULT;
}

static const struct config_option *option_named(const char *name)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        char full[NAME_TEXT_MAX];
        (void)snprintf(full, sizeof full, "%s.%s", config_options[i].section,
                       config_options[i].key);
        if (strcmp(full, name) == 0)
            return &config_options[i];
    }
    return NULL;
}

status config_option_find(struct cli *cli, const char *name, const struct config_option **ret,
                          struct error *err)
{
    struct suggestion near = {0};
    *ret = option_named(name);
    if (*ret && (*ret)->type == CONFIG_SECRET) {
        cli_hint(cli, N_("write it into a file and set %s_file to its path"), name);
        return error_set(err, ST_FORBIDDEN, N_("'%s' is a secret and never an argument"), name);
    }
    if (*ret)
        return ST_OK;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        slice full =
            arena_printf(&cli->arena, "%s.%s", config_options[i].section, config_options[i].key);
        if (full.ptr)
            suggest(&near, name, full.ptr);
    }
    if (near.best)
        cli_hint(cli, N_("did you mean '%s%s'?"), "", near.best);
    return error_set(err, ST_NOT_FOUND, N_("there is no setting '%s'"), name);
}

status config_text_set(struct cli *cli, slice *text, const struct config_option *option,
                       const char *value, struct error *err)
{
    struct buf after;
    buf_init_arena(&after, &cli->arena, CONFIG_FILE_BYTES_MAX);
    config_edit(&after, *text, option->section, option->key, value);
    TRY(buf_check(&after, err));
    *text = buf_slice(&after);
    return ST_OK;
}

status config_text_read(struct cli *cli, slice *ret, struct error *err)
{
    *ret = S("");
    status rc = file_read(config_path(cli), CONFIG_FILE_BYTES_MAX, &cli->arena, ret, err);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

/* The new text is tried under a temporary name beside the file, so that conf.d counts, too. */
static status config_try(struct cli *cli, const char *path, slice text, struct error *err)
{
    struct config config;
    slice trial = arena_printf(&cli->arena, "%s.new", path);
    TRY(arena_check(&cli->arena, err));
    TRY(file_replace(trial.ptr, text, 0640, err));
    status rc = config_now(cli, trial.ptr, &config, err);
    if (rc == ST_OK)
        config_finish(&config);
    (void)unlink(trial.ptr); /* a leftover is harmless */
    return rc;
}

status config_text_write(struct cli *cli, slice text, struct error *err)
{
    const char *path = config_path(cli);
    if (cli->dry_run) {
        buf_put(&cli->out, text);
        return ST_OK;
    }
    struct stat old;
    bool existed = stat(path, &old) == 0;
    TRY(config_try(cli, path, text, err));
    TRY(file_replace(path, text, existed ? old.st_mode & 0777 : 0640, err));
    /* The service reads it by its group. Only root can give it away, and only root needs to. */
    if (existed && geteuid() == 0 && chown(path, old.st_uid, old.st_gid) != 0)
        return error_set(err, ST_IO, N_("cannot write '%s': %s"), path, errno_text(errno));
    return ST_OK;
}
