/* The audit record that goes with every change, in the transaction of the change. */
#ifndef AUDIT_H
#define AUDIT_H

#include "base/slice.h"
#include "base/status.h"

struct call;

/* Apply stage only. action: "key.revoke"; object: "key:42"; detail: what changed, never a secret.
 */
status audit_note(struct call *call, const char *action, slice object, slice detail);
/* Object names in the arena: "user:17", "key:42". */
slice audit_object(struct call *call, const char *kind, uint64_t id);

#endif
