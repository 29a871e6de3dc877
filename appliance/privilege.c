/* Effective user of the data directory's owner, and back. */
#include "privilege.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

status privilege_drop(const char *dir, struct privilege *ret, struct error *err)
{
    struct stat owner;
    *ret = (struct privilege){.gid = getegid()};
    if (geteuid() != 0 || stat(dir, &owner) != 0 || owner.st_uid == 0)
        return ST_OK;
    if (setegid(owner.st_gid) != 0)
        return error_set(err, ST_IO, "cannot act as the owner of '%s': %s", dir, errno_text(errno));
    if (seteuid(owner.st_uid) != 0) {
        int number = errno;
        int rc = setegid(ret->gid); /* we are still root */
        assert(rc == 0);
        (void)rc;
        return error_set(err, ST_IO, "cannot act as the owner of '%s': %s", dir,
                         errno_text(number));
    }
    ret->dropped = true;
    return ST_OK;
}

void privilege_regain(struct privilege *privilege)
{
    if (!privilege->dropped)
        return;
    int rc = seteuid(0); /* the saved user is root: allowed */
    assert(rc == 0);
    rc = setegid(privilege->gid);
    assert(rc == 0);
    (void)rc;
    privilege->dropped = false;
}
