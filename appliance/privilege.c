/* Effective user of the data directory's owner, and back; and the privileges of a server. */
#include "privilege.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* The C library has no function for it. Those of the calling thread. */
static int capabilities_keep(uint32_t mask)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0)
        return -1;
    if ((data[0].permitted | data[1].permitted | data[0].inheritable | data[1].inheritable) == 0)
        return 0; /* who has none may be forbidden to ask for less */
    data[0].permitted &= mask;
    data[0].effective = data[0].permitted;
    data[0].inheritable = data[1].permitted = data[1].effective = data[1].inheritable = 0;
    return (int)syscall(SYS_capset, &header, data);
}

/* Before the user changes, who alone may do this. */
static void bounds_drop(void)
{
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (i != CAP_NET_BIND_SERVICE)
            (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* without the right there is no need */
}

status privilege_leave(const char *dir, struct error *err)
{
    struct stat owner;
    bounds_drop();
    if (geteuid() == 0 && stat(dir, &owner) == 0 && owner.st_uid != 0 &&
        (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
         setresgid(owner.st_gid, owner.st_gid, owner.st_gid) != 0 ||
         setresuid(owner.st_uid, owner.st_uid, owner.st_uid) != 0))
        return error_set(err, ST_IO, "cannot act as the owner of '%s': %s", dir, errno_text(errno));
    if (capabilities_keep(1U << CAP_NET_BIND_SERVICE) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, ST_IO, "cannot give up privileges: %s", errno_text(errno));
    return ST_OK;
}

void privilege_finish(void)
{
    (void)capabilities_keep(0); /* what we hold can always be less */
}
