/* Hot copy of the database: compact, so that deleted values do not travel in free pages. */
#include "storage/internal.h"

#include <errno.h>
#include <unistd.h>

status store_backup(struct store *store, int fd, struct error *err)
{
    store_assert(store);
    int rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
    if (rc != 0)
        return error_set(err, rc == ENOMEM ? ST_NO_MEMORY : ST_IO, "cannot copy the store: %s",
                         mdb_strerror(rc));
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) /* a pipe has nothing to sync */
        return error_set(err, ST_IO, "cannot copy the store: %s", errno_text(errno));
    return ST_OK;
}
