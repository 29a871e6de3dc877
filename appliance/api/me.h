/* The export of one's own account, as a stage of the table in me.c. */
#ifndef API_ME_H
#define API_ME_H

#include "base/status.h"

struct call;

/* reply: a stream of JSON lines. */
status me_export_reply(struct call *call, struct error *err);

#endif
