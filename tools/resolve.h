/* Users, keys and jobs as people name them: by id, e-mail address, prefix, if unambiguous. */
#ifndef TOOLS_RESOLVE_H
#define TOOLS_RESOLVE_H

#include "tools/client.h"

/* An id, an e-mail address, or the beginning of one. ST_NOT_FOUND, ST_CONFLICT when several fit. */
status resolve_user(struct cli *cli, const char *text, uint64_t *ret_id, struct error *err);
/* An id, or the beginning of the key that lists show ("sk_live_Ab3"). */
status resolve_key(struct cli *cli, const char *text, uint64_t *ret_id, struct error *err);

#endif
