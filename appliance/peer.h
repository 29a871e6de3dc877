/* Names of Unix users for the audit log, without the C library's name services. */
#ifndef PEER_H
#define PEER_H

#include "base/arena.h"

/* "unix:alice(1000)", or "unix:1000" when /etc/passwd does not know the number. In the arena;
 * empty only when that is exhausted. */
slice peer_actor(uint32_t uid, struct arena *arena);

/* The name of a uid in the text of a passwd file; empty when there is none. */
slice peer_name(slice passwd, uint32_t uid);

#endif
