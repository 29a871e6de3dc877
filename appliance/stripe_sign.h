/* Is this body from Stripe? The signature of webhooks, scheme v1.
 *
 * Stripe-Signature: t=<unix seconds>,v1=<64 lower-case hex>[,v1=…][,other=…]; v1 is HMAC-SHA256
 * over
 * "<t>.<body as received>", keyed with the whole text of the secret. Any of several v1 under any of
 * several secrets will do, so that a secret can be rolled. Stricter than Stripe's own client: the
 * time is bounded on both sides, and a header with two times is refused as ambiguous.
 * Pure; any thread. */
#ifndef STRIPE_SIGN_H
#define STRIPE_SIGN_H

#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

enum {
    STRIPE_TOLERANCE_S = 300,
    STRIPE_SECRETS_MAX = 8,
    STRIPE_SIGNATURES_MAX = 16, /* elements of one header */
};

struct stripe_signed {
    slice header;
    slice body;    /* as received */
    slice secrets; /* one or more, commas or blanks between */
    int64_t now_s; /* by our clock, or when a relay received it */
};

/* ST_INVALID with code "invalid_signature"; the sentence never says how close it was. */
status stripe_signature_check(const struct stripe_signed *in, struct error *err);

/* Is there at least one secret, and none that is blank? */
bool stripe_secrets_usable(slice secrets);

#endif
