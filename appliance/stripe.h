/* Calls to Stripe as its official client makes them: form bodies with literal brackets, a pinned
 * version, an idempotency key on every POST, retries that respect `stripe-should-retry`.
 *
 * Everything here waits for the network: stages `fetch`, the janitor, the CLI; never a loop. */
#ifndef STRIPE_H
#define STRIPE_H

#include "base/buf.h"
#include "json.h"

#include <stdatomic.h>

struct app;
struct call;

#define STRIPE_VERSION "2026-10-28.endive"

enum {
    STRIPE_TIMEOUT_MS = 10000, /* of one try */
    STRIPE_TRIES = 3,
    STRIPE_FORM_MAX = 16384,
    STRIPE_ANSWER_MAX = 1 << 20,
    STRIPE_ID_MAX = 255,
};

/* "name=value&…": brackets of the name stay literal, the value is percent-encoded. */
void stripe_form_add(struct buf *form, const char *name, slice value);

/* An id that may stand in a path: letters, digits, '_' and '-', with this prefix. */
bool stripe_id_ok(slice id, const char *prefix);

struct stripe_request {
    const char *method;    /* "GET", "POST", "DELETE" */
    slice path;            /* "/v1/…", with its query */
    slice form;            /* of a POST */
    slice idempotency_key; /* of a POST; kept over all tries */
    const atomic_bool *cancelled;
};

struct stripe_answer {
    int http_status;
    const struct json *root; /* NULL when there was no JSON */
    slice request_id;        /* Stripe's, for its support; empty when unknown */
    slice body;              /* as received, in the arena */
};

/* ST_OK on 2xx. ST_UPSTREAM: it answered with an error (*ret says which), ST_UNREACHABLE: it did not
 * answer; ST_DISABLED, code "billing_disabled": not in this mode, or air-gapped. */
status stripe_call(struct app *app, const struct stripe_request *request, struct arena *arena,
                   struct stripe_answer *ret, struct error *err);

/* What a client of ours hears about a failed stripe_call: 502 with Stripe's request id, 503 with
 * Retry-After. Returns rc. */
status stripe_problem(struct call *call, status rc, const struct stripe_answer *answer);

#endif
