/* Which files this process may reach from now on: Linux's Landlock, by its bare system calls. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum landlock_reach {
    LANDLOCK_READ,  /* open and list */
    LANDLOCK_WRITE, /* and make, change, rename, remove */
    LANDLOCK_EMPTY, /* only remove empty directories in it */
};

struct landlock_path {
    const char *path; /* a file, or a directory with everything below it */
    enum landlock_reach reach;
};

/* The kernel's version of the interface, 0 when there is none or it is too old for us (renames
 * between directories came with version 2). Any thread. */
int landlock_version(void);

/* From now on the calling thread, and every thread it makes, opens only what `paths` allow and
 * starts no program. Descriptors that are open stay usable. Paths that are not there are left out.
 *
 * A rule holds for the inode: a directory covers files that are replaced in it, a file does not.
 * `no_tcp` forbids TCP connections, too, where the kernel can (version 4). No new privileges must
 * have been given up before. ST_IO. */
status landlock_restrict(const struct landlock_path *paths, size_t count, bool no_tcp,
                         struct error *err);

#endif
