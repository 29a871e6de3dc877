/* Idempotency-Key: a POST that is sent again is answered again instead of done again.
 *
 * One row per (user, method and path, key) for 24 h, written in the transaction of the effect; the
 * answer joins it before it is sent. Same key and same body: the stored answer, with
 * Idempotency-Replayed; still running: 409; another body: 422. Answers that hold a secret are never
 * kept: a replay says 409 already_created. */
#ifndef IDEMPOTENCY_H
#define IDEMPOTENCY_H

#include "base/slice.h"
#include "base/status.h"

struct call;

/* Loop, snapshot; the end of rate_call on ROUTE_IDEMPOTENT routes. May build the whole answer. */
status idempotency_call(struct call *call, struct error *err);
/* Apply, before anything is written. ST_CONFLICT: another call with this key was quicker. A call
 * without the header does nothing here. */
status idempotency_claim(struct call *call, struct error *err);
/* Apply of ROUTE_SECRET routes, after the object exists: what a replay may say about it. */
status idempotency_name(struct call *call, slice object, struct error *err);

#endif
