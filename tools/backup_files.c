/* Finds, copies and removes backup files, and reads the keys that open them. */
#include "tools/backup_files.h"
#include "tools/config_file.h"
#include "retention.h"

#include "backup_task.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 16 };

slice backup_files_dir(struct cli *cli, const struct config *config)
{
    if (config->backup_dir.len)
        return arena_copy(&cli->arena, config->backup_dir);
    return arena_printf(&cli->arena, "%s/backups", config_data_dir(config, &cli->arena).ptr);
}

/* --- finding -----------------------------------------------------------------------------------
 */

static int newest_first(const void *a, const void *b)
{
    const struct backup_entry *x = a, *y = b;
    if (x->head.created_ms != y->head.created_ms)
        return x->head.created_ms < y->head.created_ms ? 1 : -1;
    return slice_cmp(y->name, x->name);
}

static void entry_read(struct cli *cli, const char *dir, const char *name, struct backup_entry *ret)
{
    struct stat info;
    struct error ignored = {0}; /* told by `backup verify`; here it is a row without a head */
    ret->name = arena_copy(&cli->arena, slice_of(name));
    ret->path = arena_printf(&cli->arena, "%s/%s", dir, name);
    ret->scheduled = slice_has_prefix(ret->name, S("sleuth-"));
    if (!ret->path.ptr || stat(ret->path.ptr, &info) != 0)
        return;
    ret->bytes = (uint64_t)info.st_size;
    ret->readable =
        store_backup_head_read(ret->path.ptr, &cli->arena, &ret->head, &ignored) == ST_OK;
    if (!ret->readable)
        ret->head = (struct store_backup_head){0};
}

status backup_list_read(struct cli *cli, const char *dir, struct backup_list *ret,
                        struct error *err)
{
    size_t cap = 0;
    void *list = NULL;
    struct dirent *entry;
    *ret = (struct backup_list){0};
    DIR *open_dir = opendir(dir);
    if (!open_dir && errno == ENOENT)
        return ST_OK;
    if (!open_dir)
        return error_set(err, ST_IO, N_("cannot open '%s': %s"), dir, errno_text(errno));
    while (ret->count < BACKUP_FILES_MAX && (entry = readdir(open_dir)) != NULL) {
        if (!slice_has_suffix(slice_of(entry->d_name), S(".backup")))
            continue;
        if (!arena_grow(&cli->arena, &list, &cap, ret->count, sizeof *ret->entries))
            break;
        ret->entries = list;
        ret->entries[ret->count] = (struct backup_entry){0};
        entry_read(cli, dir, entry->d_name, &ret->entries[ret->count++]);
    }
    (void)closedir(open_dir);
    TRY(arena_check(&cli->arena, err));
    if (ret->count)
        qsort(ret->entries, ret->count, sizeof *ret->entries, newest_first);
    return ST_OK;
}

/* --- copying -----------------------------------------------------------------------------------
 */

static status bytes_copy(int from, const char *from_path, int to, const char *to_path,
                         struct error *err)
{
    char bytes[4096];
    for (;;) {
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ST_IO, N_("cannot read '%s': %s"), from_path, errno_text(errno));
        if (got == 0)
            return ST_OK;
        TRY(file_write_all(to, slice_make(bytes, (size_t)got), to_path, err));
    }
}

static status source_open(const char *path, int *ret, struct error *err)
{
    *ret = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, N_("cannot open '%s': %s"),
                         path, errno_text(errno));
    return ST_OK;
}

static status parent_sync(struct cli *cli, const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    slice dir =
        slash ? arena_copy(&cli->arena, slice_make(path, (size_t)(slash - path) + 1)) : S(".");
    int fd = dir.ptr ? open(dir.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool synced = fd >= 0 && fsync(fd) == 0;
    int number = errno;
    fd_close(&fd);
    return synced ? ST_OK
                  : error_set(err, ST_IO, N_("cannot write '%s': %s"), path, errno_text(number));
}

status backup_file_copy(struct cli *cli, const char *from, const char *to, struct error *err)
{
    int in = -1, out = -1;
    const char *partial = arena_printf(&cli->arena, "%s.partial", to).ptr;
    TRY(arena_check(&cli->arena, err));
    if (access(to, F_OK) == 0)
        return error_set(err, ST_CONFLICT, N_("'%s' exists already"), to);
    TRY(source_open(from, &in, err));
    (void)unlink(partial); /* left by an earlier copy; absence is the normal case */
    out = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status rc =
        out >= 0 ? bytes_copy(in, from, out, partial, err)
                 : error_set(err, ST_IO, N_("cannot create '%s': %s"), partial, errno_text(errno));
    if (rc == ST_OK && fsync(out) != 0)
        rc = error_set(err, ST_IO, N_("cannot write '%s': %s"), partial, errno_text(errno));
    fd_close(&in);
    fd_close(&out);
    if (rc == ST_OK)
        rc = store_backup_sum_check(partial, err);
    if (rc == ST_OK && rename(partial, to) != 0)
        rc = error_set(err, ST_IO, N_("cannot create '%s': %s"), to, errno_text(errno));
    if (rc != ST_OK) {
        (void)unlink(partial); /* best effort */
        return rc;
    }
    return parent_sync(cli, to, err);
}

status backup_file_print(struct cli *cli, const char *from, struct error *err)
{
    int in = -1;
    TRY(cli_flush(cli, err));
    TRY(source_open(from, &in, err));
    status rc = bytes_copy(in, from, STDOUT_FILENO, "-", err);
    fd_close(&in);
    return rc;
}

/* --- retention ---------------------------------------------------------------------------------
 */

static status entries_prune(struct cli *cli, const struct backup_list *list, const bool *keep,
                            struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (keep[i])
            continue;
        cli_note(cli, cli->dry_run ? N_("would remove '%s'") : N_("removed '%s'"),
                 list->entries[i].path.ptr);
        if (!cli->dry_run && unlink(list->entries[i].path.ptr) != 0)
            return error_set(err, ST_IO, N_("cannot remove '%s': %s"), list->entries[i].path.ptr,
                             errno_text(errno));
    }
    return ST_OK;
}

status backup_prune(struct cli *cli, const struct config *config, const char *dir,
                    struct error *err)
{
    struct backup_list all, ours = {0};
    const struct retention rule = {.daily = (uint64_t)config->backup_keep_daily,
                                   .weekly = (uint64_t)config->backup_keep_weekly,
                                   .monthly = (uint64_t)config->backup_keep_monthly};
    TRY(backup_list_read(cli, dir, &all, err));
    ours.entries = arena_array(&cli->arena, all.count + 1, sizeof *ours.entries);
    int64_t *times = arena_array(&cli->arena, all.count + 1, sizeof *times);
    bool *keep = arena_array(&cli->arena, all.count + 1, sizeof *keep);
    TRY(arena_check(&cli->arena, err));
    for (size_t i = 0; i < all.count; i++) {
        /* What cannot be read, or was not made by the schedule, is left to people. */
        if (!all.entries[i].readable || !all.entries[i].scheduled)
            continue;
        times[ours.count] = all.entries[i].head.created_ms;
        ours.entries[ours.count++] = all.entries[i];
    }
    retention_decide(&rule, times, ours.count, keep);
    return entries_prune(cli, &ours, keep, err);
}

/* --- keys --------------------------------------------------------------------------------------
 */

static status identity_read(struct cli *cli, const char *path, struct backup_keys *ret,
                            struct error *err)
{
    slice text;
    TRY(file_read(path, 1024, &cli->arena, &text, err));
    if (!backup_key_parse("slsec_", text, ret->identity))
        return error_set(err, ST_INVALID, N_("'%s' is not a secret key of 'sleuth backup keygen'"),
                         path);
    ret->keys.identity = ret->identity;
    return ST_OK;
}

status backup_keys_read(struct cli *cli, const char *data_dir, struct backup_keys *ret,
                        struct error *err)
{
    const char *secrets = cli_text(cli, "secrets");
    const char *identity = cli_text(cli, "identity");
    const char *passphrase = cli_text(cli, "passphrase-file");
    *ret = (struct backup_keys){0};
    cli->arena.wipe = true;
    if (!secrets)
        secrets = config_secrets_dir(slice_of(data_dir), &cli->arena).ptr;
    TRY(arena_check(&cli->arena, err));
    status rc = secrets_load(secrets, /* may_create= */ false, &ret->secrets, err);
    if (rc != ST_OK) {
        cli_hint(cli, N_("the master key is kept apart from backups: give the directory that holds "
                         "it with --secrets"));
        return rc;
    }
    ret->keys.master = ret->secrets.master;
    if (identity)
        rc = identity_read(cli, identity, ret, err);
    if (rc == ST_OK && passphrase)
        rc = prompt_secret(cli, N_("Passphrase of the backup"), passphrase, /* confirm= */ false,
                           &ret->keys.passphrase, err);
    if (rc != ST_OK)
        backup_keys_finish(ret);
    return rc;
}

void backup_keys_finish(struct backup_keys *keys)
{
    secrets_finish(&keys->secrets);
    crypt_wipe(keys, sizeof *keys);
}
