/* Asking the payment provider how things stand, when events were not enough: subscriptions that are
 * in doubt, events that were missed while the appliance was down, a checkout that came back.
 *
 * Waits for the network: stage `fetch`, the janitor. */
#ifndef BILLING_SYNC_H
#define BILLING_SYNC_H

#include "billing.h"

struct app;

enum {
    BILLING_SYNC_MAX = 20,        /* subscriptions asked for in one round */
    BILLING_CATCH_UP_PAGES = 10,  /* of the events list */
    BILLING_CATCH_UP_EVENTS = 200 /* fetched in one round; the next one goes on */
};

struct billing_sync {
    uint64_t asked, changed, failed; /* subscriptions */
    uint64_t events, applied;        /* of the events list: unknown here, and applied */
};

/* Reads back the subscriptions of one user, or (0) all that are in doubt. A subscription that
 * cannot be read counts as failed; the first reason stands in err, and the rest is still asked for.
 */
status billing_sync_subscriptions(struct app *app, uint64_t user_id, struct billing_sync *ret,
                                  struct error *err);
/* Fetches the events that were not seen, newest first. */
status billing_catch_up(struct app *app, struct billing_sync *ret, struct error *err);
/* Reads a checkout session back for the user who came back from it; *ret_confirmed says that it is
 * paid and its subscription applied. ST_NOT_FOUND when it is somebody else's. */
status billing_sync_session(struct app *app, uint64_t user_id, slice session_id,
                            bool *ret_confirmed, struct error *err);
/* Derives every user's plan again: manual plans end by the clock alone. */
status billing_derive_all(struct app *app, struct error *err);

/* One round of the janitor, every minute. Does nothing unless cards are taken here. */
status billing_reconcile(struct app *app, int64_t now_mono_ms, int64_t *hourly_ms,
                         struct error *err);

#endif
