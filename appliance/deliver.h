/* Sends what events.c wrote to the addresses that asked for it, signed like Stripe's webhooks.
 *
 *   Sleuth-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(secret, t "." body)>
 *   Sleuth-Event-Id:  the id of the delivery, the same at every attempt
 *
 * An answer of 2xx is success; anything else is tried again, DELIVER_ATTEMPTS times over 24 hours.
 * A hook that has failed for three days is switched off. At least once: a crash between the answer
 * and its record sends again, with the same id. */
#ifndef DELIVER_H
#define DELIVER_H

#include "storage/storage.h"

struct app;
struct auth;

enum {
    DELIVER_ATTEMPTS = 8,
    DELIVER_TIMEOUT_MS = 10000, /* of one attempt */
    DELIVER_THREADS = 4,
    DELIVER_SIGNATURE_MAX = 100,
    DELIVER_SECRET_MAX = 50, /* "whsec_", 43 characters, NUL */
    DELIVER_DISABLE_DAYS = 3,
    DELIVER_KEPT_DAYS = 30, /* records of finished deliveries */
};

/* Starts the thread and its senders; app->outbound is there. Main thread. */
status deliver_start(struct app *app, struct error *err);
/* Ends what is being sent (it is sent again later) and joins. Before outbound and the writer end.
 */
void deliver_stop(struct app *app);

/* "t=…,v1=…"; the arena holds the body once more. */
slice deliver_sign(char ret[static DELIVER_SIGNATURE_MAX], slice secret, int64_t now_ms, slice body,
                   struct arena *arena);
/* A new secret; and the one that signs the callbacks of a user's jobs, made from the pepper. */
void deliver_secret_make(char ret[static DELIVER_SECRET_MAX]);
void deliver_secret_of_user(const struct auth *auth, uint64_t user_id,
                            char ret[static DELIVER_SECRET_MAX]);
/* Wait after the n-th failed attempt (1…); 0 = there is no further one. */
int64_t deliver_pause_ms(uint64_t attempts);

/* Writer: what an attempt led to. */
struct deliver_outcome {
    uint64_t user_id;
    slice id;
    uint64_t http_status; /* 0 = no answer */
    slice error;
    int64_t now_ms;
};
status deliver_record(struct store_txn *txn, const struct deliver_outcome *outcome);

#endif
