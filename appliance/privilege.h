/* root works on a data directory as the user who owns it: what it makes there must belong to the
 * service, or the service cannot start afterwards. A server has fewer privileges still. */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct privilege {
    bool dropped;
    gid_t gid; /* effective before */
};

/* Takes the effective user and group of `dir`'s owner, when we are root and the directory is there
 * and not root's; else does nothing. The real user stays, so that the audit log names it. ST_IO.
 * One thread only; end it with privilege_regain. */
status privilege_drop(const char *dir, struct privilege *ret, struct error *err);
void privilege_regain(struct privilege *privilege); /* nothing dropped is allowed */

/* For a server, for good, before its first thread: root becomes the owner of `dir`, unless that is
 * root; all capabilities go but the one to bind low ports, which privilege_finish gives up; no
 * program that is started could gain any. ST_IO. */
status privilege_leave(const char *dir, struct error *err);
void privilege_finish(void); /* the thread that bound the ports */

#endif
