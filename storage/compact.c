/* Rewrites the database without its free pages, while nobody uses it. */
#include "storage/backup_file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static status copy_write(struct store *store, const char *path, struct error *err)
{
    struct store_check check = {0};
    (void)unlink(path); /* left by a crash; absence is the normal case */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", path, errno_text(errno));
    status rc = store_backup(store, fd, err);
    fd_close(&fd);
    if (rc == ST_OK)
        rc = store_check_pages(path, &check, err);
    if (rc == ST_OK && check.problems)
        rc = error_set(err, ST_CORRUPT, "the database is damaged: %llu problems",
                       (unsigned long long)check.problems);
    return rc;
}

static uint64_t bytes_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

status store_compact(struct store **store_at, uint64_t *ret_before, uint64_t *ret_after,
                     struct error *err)
{
    struct store *store = *store_at;
    char copy[BACKUP_PATH_MAX], dir[BACKUP_PATH_MAX];
    store_assert(store);
    *ret_before = bytes_of(store->data_path);
    status rc = backup_path(dir, err, "%s/db", store->dir);
    if (rc == ST_OK)
        rc = backup_path(copy, err, "%s/compact.mdb", dir);
    if (rc == ST_OK)
        rc = copy_write(store, copy, err);
    if (rc == ST_OK) {
        mdb_env_close(store->env); /* never rename over a mapped file; the lock of DATA stays */
        store->env = NULL;
        if (rename(copy, store->data_path) != 0)
            rc = error_set(err, ST_IO, "cannot create '%s': %s", store->data_path,
                           errno_text(errno));
        if (rc == ST_OK)
            rc = dir_sync(dir, err);
        *ret_after = bytes_of(store->data_path);
    }
    if (rc != ST_OK)
        (void)unlink(copy); /* best effort: the next one removes it too */
    store_close(store_at);
    return rc;
}
