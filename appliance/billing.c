/* Events of the payment provider into the store: once each, in any order; see billing.h. */
#include "billing.h"

#include <assert.h>

enum { ORPHANS_MAX = 500 }; /* re-driven in one transaction; the rest with the next event */
#define DAY_MS INT64_C(86400000)

const char *billing_outcome_name(enum billing_outcome outcome)
{
    static const char *const names[] = {
#define X(code, name) [code] = name,
        BILLING_OUTCOMES(X)
#undef X
    };
    return names[outcome];
}

/* --- whose is it --- */

static bool user_exists(struct store_txn *txn, uint64_t user_id, struct arena *arena)
{
    struct store_user user;
    return user_id && store_user_get(txn, user_id, arena, &user) == ST_OK;
}

/* What we wrote into the metadata, else the customer; 0 = nobody yet. False: the customer belongs
 * to somebody else. */
static bool find_user(struct store_txn *txn, const struct billing_event *event, struct arena *arena,
                      uint64_t *ret)
{
    uint64_t owner = 0;
    bool known = store_customer_find(txn, event->customer_id, &owner) == ST_OK;
    *ret = user_exists(txn, event->user_id, arena) ? event->user_id : 0;
    if (*ret && known && owner != *ret)
        return false;
    if (!*ret && known)
        *ret = owner;
    return true;
}

/* Keeps the index of customers; a row that derive will fill. A checkout and an administrator name
 * the customer anew, other events only when there is none. */
static status bind_customer(struct store_txn *txn, uint64_t user_id, slice customer_id,
                            slice session_id, bool anew, struct arena *arena)
{
    struct store_subscription row = {0};
    status rc = store_subscription_get(txn, user_id, arena, &row);
    if (rc == ST_NOT_FOUND)
        row = (struct store_subscription){.user_id = user_id,
                                          .plan = S("free"),
                                          .status = S("incomplete"),
                                          .source = S("stripe")};
    else if (rc != ST_OK)
        return rc;
    if (customer_id.len && (anew || row.customer_id.len == 0))
        row.customer_id = customer_id;
    if (session_id.len)
        row.session_id = session_id;
    return store_subscription_put(txn, &row);
}

/* --- effects by kind --- */

static status sub_row(struct store_txn *txn, uint64_t user_id, slice id, struct arena *arena,
                      struct store_stripe_sub *ret)
{
    status rc = store_stripe_sub_get(txn, user_id, id, arena, ret);
    if (rc != ST_NOT_FOUND)
        return rc;
    *ret = (struct store_stripe_sub){.id = id, .user_id = user_id};
    return ST_OK;
}

static status put_invoice(struct store_txn *txn, const struct billing_event *e, uint64_t user_id,
                          struct arena *arena)
{
    struct store_invoice row = {0};
    status rc = store_invoice_get(txn, user_id, e->object_id, arena, &row);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    bool was_paid = slice_eq(row.status, S("paid"));
    bool is_paid = slice_eq(e->invoice_status, S("paid"));
    if (rc == ST_OK &&
        ((was_paid && !is_paid) || (was_paid == is_paid && row.event_ms > e->created_ms)))
        return ST_OK; /* paid is the last word about an invoice */
    row = (struct store_invoice){.id = e->object_id,
                                 .user_id = user_id,
                                 .subscription_id = e->subscription_id,
                                 .status = e->invoice_status,
                                 .amount_cents = e->amount_cents,
                                 .currency = e->currency,
                                 .reason = e->reason,
                                 .url = e->url,
                                 .attempts = e->attempts,
                                 .next_attempt_ms = e->next_attempt_ms,
                                 .period_end_ms = e->period_end_ms,
                                 .created_ms = e->invoice_ms,
                                 .event_ms = e->created_ms};
    return store_invoice_put(txn, &row);
}

static slice cause_of(const struct billing_event *e, struct arena *arena)
{
    return e->id.len ? arena_printf(arena, "event=" SLICE_FMT, SLICE_ARG(e->id)) : S("read back");
}

static status apply_owned(struct store_txn *txn, const struct billing_rules *rules,
                          const struct billing_event *e, struct arena *arena,
                          struct billing_result *ret, struct error *err)
{
    struct store_stripe_sub row;
    slice session = e->kind == BILLING_CHECKOUT ? e->object_id : S("");
    TRY(bind_customer(txn, ret->user_id, e->customer_id, session, session.len > 0, arena));
    ret->outcome = OUTCOME_APPLIED;
    if (e->kind == BILLING_INVOICE && e->object_id.len)
        TRY(put_invoice(txn, e, ret->user_id, arena));
    if (e->subscription_id.len) {
        TRY(sub_row(txn, ret->user_id, e->subscription_id, arena, &row));
        if (!billing_fold(&row, e, rules, arena, ret))
            ret->outcome = OUTCOME_STALE;
        TRY(arena_check(arena, err));
        TRY(store_stripe_sub_put(txn, &row));
    }
    return billing_derive(txn, rules, ret->user_id, cause_of(e, arena), arena, ret, err);
}

/* A customer that is gone buys nothing more; what it has bought ends by its own events. */
static status apply_customer(struct store_txn *txn, const struct billing_event *e,
                             struct arena *arena, struct billing_result *ret)
{
    struct store_subscription row;
    ret->outcome = OUTCOME_IGNORED;
    if (store_customer_find(txn, e->customer_id, &ret->user_id) != ST_OK)
        return ST_OK;
    TRY(store_subscription_get(txn, ret->user_id, arena, &row));
    row.customer_id = S("");
    ret->outcome = OUTCOME_APPLIED;
    return store_subscription_put(txn, &row);
}

static struct store_billing_event stored(const struct billing_event *e, uint64_t user_id,
                                         const struct billing_rules *rules,
                                         enum billing_outcome outcome)
{
    bool keeps = e->kind != BILLING_OTHER && e->payload.len <= BILLING_KEPT_BYTES;
    return (struct store_billing_event){.id = e->id,
                                        .type = e->type,
                                        .user_id = user_id,
                                        .customer_id = e->customer_id,
                                        .object_id = e->object_id,
                                        .outcome = slice_of(billing_outcome_name(outcome)),
                                        .created_ms = e->created_ms,
                                        .seen_ms = rules->now_ms,
                                        .expires_ms = rules->now_ms + BILLING_EVENT_DAYS * DAY_MS,
                                        .payload = keeps ? e->payload : S("")};
}

static bool concerns_us(const struct billing_event *e)
{
    if (e->kind == BILLING_CHECKOUT)
        return slice_eq(e->mode, S("subscription")) && e->subscription_id.len > 0;
    if (e->kind == BILLING_INVOICE)
        return e->subscription_id.len > 0;
    return e->kind == BILLING_SUBSCRIPTION && e->subscription_id.len > 0;
}

static status apply_one(struct store_txn *txn, const struct billing_rules *rules,
                        const struct billing_event *e, struct arena *arena,
                        struct billing_result *ret, struct error *err)
{
    ret->outcome = OUTCOME_IGNORED;
    if (!rules->any_livemode && e->livemode != rules->livemode) {
        ret->outcome = OUTCOME_LIVEMODE;
        return ST_OK;
    }
    if (e->kind == BILLING_CUSTOMER)
        return apply_customer(txn, e, arena, ret);
    if (e->kind == BILLING_NOTICE) {
        (void)store_customer_find(txn, e->customer_id, &ret->user_id); /* for the audit record */
        return ST_OK;
    }
    if (!concerns_us(e))
        return ST_OK;
    if (!find_user(txn, e, arena, &ret->user_id)) {
        ret->outcome = OUTCOME_CONFLICT;
        return ST_OK;
    }
    if (ret->user_id)
        return apply_owned(txn, rules, e, arena, ret, err);
    ret->outcome = OUTCOME_ORPHAN;
    struct store_billing_event orphan = stored(e, 0, rules, OUTCOME_ORPHAN);
    return store_orphan_put(txn, &orphan);
}

/* --- orphans --- */

static bool of_customer(const void *row, const void *arg)
{
    const struct store_billing_event *orphan = row;
    return slice_eq(orphan->customer_id, *(const slice *)arg);
}

static status redrive_one(struct store_txn *txn, const struct billing_rules *rules,
                          struct store_billing_event *orphan, struct arena *arena,
                          struct billing_result *total, struct error *err)
{
    struct billing_event event;
    struct billing_result one = {0};
    TRY(billing_event_read(orphan->payload, arena, &event, err));
    TRY(apply_one(txn, rules, &event, arena, &one, err));
    if (one.outcome == OUTCOME_ORPHAN)
        return ST_OK;
    TRY(store_orphan_del(txn, orphan->id));
    total->redriven++;
    total->dirty |= one.dirty;
    total->unknown_price |= one.unknown_price;
    orphan->user_id = one.user_id;
    orphan->outcome = slice_of(billing_outcome_name(one.outcome));
    return store_event_put(txn, orphan);
}

static status redrive(struct store_txn *txn, const struct billing_rules *rules, slice customer_id,
                      struct arena *arena, struct billing_result *ret, struct error *err)
{
    struct store_page page = {.keep = of_customer, .arg = &customer_id};
    size_t seen = 0;
    if (customer_id.len == 0)
        return ST_OK;
    do {
        struct store_billing_event *rows;
        TRY(store_orphan_list(txn, &page, arena, &rows));
        for (size_t i = 0; i < page.count; i++)
            TRY(redrive_one(txn, rules, &rows[i], arena, ret, err));
        seen += page.count;
        page.cursor = page.next;
    } while (page.next.len && seen < ORPHANS_MAX);
    return ST_OK;
}

/* --- the public ones --- */

static status note_event(struct store_txn *txn, const struct billing_rules *rules,
                         const struct billing_event *e, const char *action,
                         const struct billing_result *result, struct arena *arena)
{
    return store_audit_add(
        txn,
        &(struct store_audit){
            .at_ms = rules->now_ms,
            .actor = S("stripe"),
            .action = slice_of(action),
            .object = arena_printf(arena, "event:" SLICE_FMT, SLICE_ARG(e->id)),
            .detail = arena_printf(
                arena, "type=" SLICE_FMT " object=" SLICE_FMT " outcome=%s user=%llu redriven=%llu",
                SLICE_ARG(e->type), SLICE_ARG(e->object_id), billing_outcome_name(result->outcome),
                (unsigned long long)result->user_id, (unsigned long long)result->redriven)});
}

static status apply_noted(struct store_txn *txn, const struct billing_rules *rules,
                          const struct billing_event *event, const char *action,
                          struct arena *arena, struct billing_result *ret, struct error *err)
{
    TRY(apply_one(txn, rules, event, arena, ret, err));
    if (ret->user_id)
        TRY(redrive(txn, rules, event->customer_id, arena, ret, err));
    struct store_billing_event row = stored(event, ret->user_id, rules, ret->outcome);
    TRY(store_event_put(txn, &row));
    TRY(note_event(txn, rules, event, action, ret, arena));
    return arena_check(arena, err);
}

status billing_event_apply(struct store_txn *txn, const struct billing_rules *rules,
                           const struct billing_event *event, struct arena *arena,
                           struct billing_result *ret, struct error *err)
{
    struct store_billing_event seen;
    *ret = (struct billing_result){.outcome = OUTCOME_DUPLICATE};
    status rc = store_event_get(txn, event->id, arena, &seen);
    if (rc != ST_NOT_FOUND)
        return rc; /* nothing is written for an event that was seen */
    return apply_noted(txn, rules, event, "billing.event", arena, ret, err);
}

status billing_event_replay(struct store_txn *txn, const struct billing_rules *rules,
                            const struct billing_event *event, struct arena *arena,
                            struct billing_result *ret, struct error *err)
{
    *ret = (struct billing_result){0};
    status rc = store_orphan_del(txn, event->id); /* it is put again if it still has no user */
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    return apply_noted(txn, rules, event, "billing.replay", arena, ret, err);
}

status billing_readback_apply(struct store_txn *txn, const struct billing_rules *rules,
                              const struct billing_event *read, uint64_t user_id,
                              struct arena *arena, struct billing_result *ret, struct error *err)
{
    struct store_stripe_sub row;
    *ret = (struct billing_result){.user_id = user_id, .outcome = OUTCOME_APPLIED};
    assert(read->kind == BILLING_SUBSCRIPTION);
    TRY(bind_customer(txn, user_id, read->customer_id, S(""), false, arena));
    TRY(sub_row(txn, user_id, read->subscription_id, arena, &row));
    struct billing_event as_event = *read;
    bool ended = slice_eq(read->status, S("canceled"));
    as_event.rank = ended ? RANK_DELETED : RANK_UPDATED;
    if (row.event_ms >= as_event.created_ms) /* our clock is behind the provider's */
        as_event.created_ms = row.event_ms + 1;
    (void)billing_fold(&row, &as_event, rules, arena, ret); /* a terminal row stays as it is */
    row.dirty = ret->dirty = false;
    row.synced_ms = as_event.created_ms;
    TRY(arena_check(arena, err));
    TRY(store_stripe_sub_put(txn, &row));
    return billing_derive(txn, rules, user_id, S("read back"), arena, ret, err);
}

status billing_session_apply(struct store_txn *txn, const struct billing_rules *rules,
                             const struct billing_event *session, uint64_t user_id,
                             struct arena *arena, struct billing_result *ret, struct error *err)
{
    uint64_t owner;
    *ret = (struct billing_result){.user_id = user_id};
    assert(session->kind == BILLING_CHECKOUT);
    if (store_customer_find(txn, session->customer_id, &owner) == ST_OK && owner != user_id)
        return error_code(err, ST_CONFLICT, "customer_taken",
                          "this customer belongs to another user");
    TRY(apply_owned(txn, rules, session, arena, ret, err));
    return redrive(txn, rules, session->customer_id, arena, ret, err);
}

status billing_bind(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                    slice customer_id, struct arena *arena, struct billing_result *ret,
                    struct error *err)
{
    uint64_t owner;
    *ret = (struct billing_result){.user_id = user_id, .outcome = OUTCOME_APPLIED};
    if (store_customer_find(txn, customer_id, &owner) == ST_OK && owner != user_id)
        return error_code(err, ST_CONFLICT, "customer_taken",
                          "this customer belongs to another user");
    TRY(bind_customer(txn, user_id, customer_id, S(""), true, arena));
    return redrive(txn, rules, customer_id, arena, ret, err);
}
