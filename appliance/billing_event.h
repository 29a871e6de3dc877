/* One event of the payment provider, read from its JSON: what billing.c needs of it and no more.
 *
 * Both shapes of the API are read: periods on the items of a subscription (since 2025-03-31) or on
 * the subscription itself, the subscription of an invoice under `parent` or at the top. A member
 * that is absent or null is empty here; ids may come expanded as objects. Pure; any thread. */
#ifndef BILLING_EVENT_H
#define BILLING_EVENT_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

struct json;

enum billing_kind {
    BILLING_CHECKOUT,     /* checkout.session.completed and its delayed outcomes */
    BILLING_SUBSCRIPTION, /* customer.subscription.* */
    BILLING_INVOICE,      /* invoice.paid, payment_failed, payment_action_required */
    BILLING_CUSTOMER,     /* customer.deleted */
    BILLING_NOTICE,       /* disputes, refunds: for the administrator's eyes */
    BILLING_OTHER,        /* kept by id, nothing else */
};

/* Order of events of one second: what stands higher wins. */
enum billing_rank { RANK_NONE, RANK_CREATED, RANK_UPDATED, RANK_DELETED };

struct billing_event {
    slice id, type;
    int64_t created_ms;
    bool livemode;
    enum billing_kind kind;
    slice object_id;       /* session, subscription, invoice, customer */
    slice customer_id;     /* cus_… */
    slice subscription_id; /* sub_… */
    uint64_t user_id;      /* what we wrote into its metadata; 0 = nothing */
    /* subscription */
    enum billing_rank rank;
    slice status, price_id;
    bool cancel_at_period_end;
    int64_t cancel_ms, ended_ms, trial_end_ms, period_start_ms, period_end_ms, started_ms;
    /* checkout */
    slice mode, payment_status;
    /* invoice */
    slice invoice_status, currency, reason, url;
    uint64_t amount_cents, attempts;
    int64_t next_attempt_ms, invoice_ms;
    slice payload; /* the whole text, borrowed */
};

enum { BILLING_PAYLOAD_MAX = 1 << 20 };

/* ST_INVALID when it is no event; texts borrow from `text` or live in the arena. */
status billing_event_read(slice text, struct arena *arena, struct billing_event *ret,
                          struct error *err);
/* The members of a subscription object that was read back, as of `now_ms`. */
status billing_subscription_read(const struct json *object, int64_t now_ms,
                                 struct billing_event *ret, struct error *err);
/* The same for a checkout session. */
status billing_session_read(const struct json *object, int64_t now_ms, struct billing_event *ret,
                            struct error *err);

#endif
