/* What events of the payment provider do to subscriptions, and what those mean for users.
 *
 * Each subscription row keeps what was said about it in such a way that the order of arrival does
 * not matter: the newest word wins (by second, then deleted over updated over created, then by the
 * event's id), a deletion is final, payments and failures are kept as times. What follows for the
 * user (plan, until when) is derived from the rows after every change, in the same transaction.
 * Everything here runs in a write transaction, reads no clock and calls nobody. */
#ifndef BILLING_H
#define BILLING_H

#include "billing_event.h"
#include "route.h"
#include "storage/storage.h"

struct config;
struct plans;

/* What the configuration says; borrowed texts. */
struct billing_rules {
    slice price[PLAN_COUNT]; /* "price_…"; empty = not sold */
    int64_t grace_ms;        /* after a payment failed */
    bool livemode;           /* of the configured key */
    bool any_livemode;       /* no key: do not compare */
    int64_t now_ms;
};
void billing_rules_init(struct billing_rules *ret, const struct config *config,
                        const struct plans *plans, int64_t now_ms);

enum {
    BILLING_BAD_MAX = 16,      /* failures kept per subscription */
    BILLING_SUBS_MAX = 200,    /* subscriptions of one user */
    BILLING_EVENT_DAYS = 90,   /* Stripe resends for 30 at most */
    BILLING_KEPT_BYTES = 65536 /* payloads above are not kept for a replay */
};

/* What became of an event, as stored and told. */
#define BILLING_OUTCOMES(X)                                                                        \
    X(OUTCOME_APPLIED, "applied")                                                                  \
    X(OUTCOME_DUPLICATE, "duplicate") /* seen before: nothing was written */                       \
    X(OUTCOME_STALE, "stale")         /* something newer is known */                               \
    X(OUTCOME_ORPHAN, "orphan")       /* no user yet: waits for one */                             \
    X(OUTCOME_IGNORED, "ignored")     /* not for us */                                             \
    X(OUTCOME_LIVEMODE, "livemode")   /* of the other mode than the key's */                       \
    X(OUTCOME_CONFLICT, "conflict")   /* its customer belongs to another user */
enum billing_outcome {
#define X(code, name) code,
    BILLING_OUTCOMES(X)
#undef X
};
const char *billing_outcome_name(enum billing_outcome outcome);

struct billing_result {
    enum billing_outcome outcome;
    uint64_t user_id;
    bool dirty;         /* ask the provider how it stands */
    bool unknown_price; /* the plan was kept */
    bool unknown_status;
    bool two_live;     /* the user pays twice */
    uint64_t redriven; /* orphans that found their user */
};

/* Dedupe, effect and audit record of one event. */
status billing_event_apply(struct store_txn *txn, const struct billing_rules *rules,
                           const struct billing_event *event, struct arena *arena,
                           struct billing_result *ret, struct error *err);
/* The same for an event that was seen before (`sleuth billing replay`). */
status billing_event_replay(struct store_txn *txn, const struct billing_rules *rules,
                            const struct billing_event *event, struct arena *arena,
                            struct billing_result *ret, struct error *err);
/* Writes what the provider says now about a subscription. */
status billing_readback_apply(struct store_txn *txn, const struct billing_rules *rules,
                              const struct billing_event *read, uint64_t user_id,
                              struct arena *arena, struct billing_result *ret, struct error *err);
/* Writes what the provider says now about a checkout session of this user. */
status billing_session_apply(struct store_txn *txn, const struct billing_rules *rules,
                             const struct billing_event *session, uint64_t user_id,
                             struct arena *arena, struct billing_result *ret, struct error *err);
/* Ties a customer to a user by hand or after a checkout, and re-drives its orphans. ST_CONFLICT
 * when it belongs to another user. */
status billing_bind(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                    slice customer_id, struct arena *arena, struct billing_result *ret,
                    struct error *err);

/* --- billing_plan.c: what the rows of one user mean --- */

struct billing_standing {
    enum plan_rank plan;
    int64_t until_ms;       /* 0 = open */
    bool entitled;          /* `plan` counts now */
    const char *status;     /* ours: active, canceled, expired, past_due, incomplete */
    int64_t past_due_ms;    /* since; 0 = it is paid */
    int64_t grace_until_ms; /* with past_due_ms */
};
void billing_standing_of(const struct store_stripe_sub *row, const struct billing_rules *rules,
                         struct billing_standing *ret);
/* Derives subscription and plan of the user from the rows; audits a change of the plan. */
status billing_derive(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                      slice cause, struct arena *arena, struct billing_result *ret,
                      struct error *err);
/* Folds one event into a row. True when it was newer than what the row held. */
bool billing_fold(struct store_stripe_sub *row, const struct billing_event *event,
                  const struct billing_rules *rules, struct arena *arena,
                  struct billing_result *ret);

#endif
