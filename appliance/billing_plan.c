/* What the subscriptions of a user mean: which plan, until when, and what is shown. */
#include "auth.h"
#include "base/bigend.h"
#include "billing.h"
#include "config.h"
#include "plans.h"

#include <stdio.h>

void billing_rules_init(struct billing_rules *ret, const struct config *config,
                        const struct plans *plans, int64_t now_ms)
{
    slice key = config->billing_stripe_secret_key;
    *ret = (struct billing_rules){.now_ms = now_ms};
    for (int i = 0; i < PLAN_COUNT; i++)
        ret->price[i] = plans->plan[i].stripe_price;
    if (config->billing_price_pro.len)
        ret->price[PLAN_PRO] = config->billing_price_pro;
    if (config->billing_price_business.len)
        ret->price[PLAN_BUSINESS] = config->billing_price_business;
    ret->grace_ms = config->billing_past_due_grace_days * INT64_C(86400000);
    ret->livemode = slice_find(key, S("_live_"), &(size_t){0});
    ret->any_livemode = !ret->livemode && !slice_find(key, S("_test_"), &(size_t){0});
}

/* --- one subscription --- */

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

/* Failures after the last payment; the list holds no others. */
static int64_t bad_since(const struct store_stripe_sub *row)
{
    return row->bad.len < BIGEND_BYTES ? 0 : (int64_t)bigend_get(row->bad.ptr);
}

/* Active in Stripe's eyes: what still may end it. */
static void stand_active(const struct store_stripe_sub *row, const struct billing_rules *rules,
                         struct billing_standing *ret)
{
    ret->status = "active";
    ret->entitled = row->hold_ms <= row->paid_ms || row->hold_ms == 0;
    ret->past_due_ms = bad_since(row);
    if (ret->past_due_ms) {
        ret->status = "past_due";
        ret->grace_until_ms = ret->past_due_ms + rules->grace_ms;
        ret->until_ms = ret->grace_until_ms;
    }
    if (row->cancel_at_period_end)
        ret->until_ms = sooner(ret->until_ms, row->period_end_ms);
    ret->until_ms = sooner(ret->until_ms, row->cancel_ms);
    if (!ret->entitled)
        ret->status = "incomplete";
}

void billing_standing_of(const struct store_stripe_sub *row, const struct billing_rules *rules,
                         struct billing_standing *ret)
{
    *ret = (struct billing_standing){.status = "incomplete"};
    if (!plan_from_slug(row->plan, &ret->plan))
        ret->plan = PLAN_FREE;
    if (slice_eq(row->status, S("canceled"))) {
        ret->status = "canceled";
        ret->until_ms = row->ended_ms;
        ret->entitled = row->ended_ms > rules->now_ms;
    } else if (slice_eq(row->status, S("incomplete_expired"))) {
        ret->status = "expired";
    } else if (slice_eq(row->status, S("unpaid")) || slice_eq(row->status, S("paused"))) {
        ret->status = "past_due";
        ret->past_due_ms = bad_since(row);
    } else if (row->status.len && !slice_eq(row->status, S("incomplete"))) {
        stand_active(row, rules, ret); /* past_due and words that we do not know, too */
    }
    if (ret->until_ms && ret->until_ms <= rules->now_ms)
        ret->entitled = false;
    if (ret->plan == PLAN_FREE)
        ret->entitled = false;
}

/* --- all of a user --- */

struct best {
    const struct store_stripe_sub *row; /* NULL: the user never had one */
    struct billing_standing standing;
    unsigned live;
};

/* The highest plan that counts; else the newest word. The order of the rows does not matter. */
static bool is_better(const struct store_stripe_sub *row, const struct billing_standing *standing,
                      const struct best *best)
{
    if (!best->row || standing->entitled != best->standing.entitled)
        return !best->row || standing->entitled;
    if (standing->entitled && standing->plan != best->standing.plan)
        return standing->plan > best->standing.plan;
    if (row->event_ms != best->row->event_ms)
        return row->event_ms > best->row->event_ms;
    return slice_cmp(row->id, best->row->id) > 0;
}

static status find_best(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                        struct arena *arena, struct best *ret)
{
    struct store_stripe_sub *rows;
    struct store_page page = {.limit = BILLING_SUBS_MAX};
    *ret = (struct best){0};
    TRY(store_stripe_sub_list(txn, user_id, &page, arena, &rows));
    for (size_t i = 0; i < page.count; i++) {
        struct billing_standing standing;
        billing_standing_of(&rows[i], rules, &standing);
        ret->live += standing.entitled;
        if (is_better(&rows[i], &standing, ret)) {
            ret->row = &rows[i];
            ret->standing = standing;
        }
    }
    return ST_OK;
}

/* What the user sees: GET /api/billing/subscription. */
static status write_summary(struct store_txn *txn, const struct best *best, uint64_t user_id,
                            struct arena *arena)
{
    struct store_subscription row = {0};
    const struct store_stripe_sub *sub = best->row;
    status rc = store_subscription_get(txn, user_id, arena, &row);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    row.user_id = user_id;
    row.source = S("stripe");
    row.plan = sub->plan.len ? sub->plan : S("free");
    row.status = slice_of(best->standing.status);
    if (sub->customer_id.len)
        row.customer_id = sub->customer_id;
    row.subscription_id = sub->id;
    row.price_id = sub->price_id;
    row.period_start_ms = sub->period_start_ms;
    row.period_end_ms = sub->period_end_ms;
    row.cancel_at_period_end = sub->cancel_at_period_end;
    row.cancel_ms = sub->cancel_ms;
    row.ended_ms = sub->ended_ms;
    row.past_due_ms = best->standing.past_due_ms;
    row.grace_until_ms = best->standing.grace_until_ms;
    row.event_ms = sub->event_ms;
    row.event_id = sub->event_id;
    row.livemode = sub->livemode;
    row.created_ms = sub->started_ms;
    row.updated_ms = sub->event_ms;
    return store_subscription_put(txn, &row);
}

static status note_plan(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                        slice detail, struct arena *arena)
{
    return store_audit_add(
        txn, &(struct store_audit){
                 .at_ms = rules->now_ms,
                 .actor = S("stripe"),
                 .action = S("billing.plan"),
                 .object = arena_printf(arena, "user:%llu", (unsigned long long)user_id),
                 .detail = detail});
}

/* A plan that an administrator gave by hand stands while it is the better one. */
static bool manual_stands(const struct store_user *user, const struct best *best, int64_t now_ms)
{
    enum plan_rank by_hand = auth_plan(user, now_ms);
    if (!slice_eq(user->plan_source, S("manual")) || by_hand == PLAN_FREE)
        return false;
    return !best->standing.entitled || by_hand >= best->standing.plan;
}

static status write_user(struct store_txn *txn, const struct billing_rules *rules,
                         const struct best *best, uint64_t user_id, slice cause,
                         struct arena *arena)
{
    struct store_user user;
    bool entitled = best->row && best->standing.entitled;
    status rc = store_user_get(txn, user_id, arena, &user);
    if (rc == ST_NOT_FOUND)
        return ST_OK; /* deleted meanwhile */
    if (rc != ST_OK || manual_stands(&user, best, rules->now_ms))
        return rc;
    bool by_stripe = slice_eq(user.plan_source, S("stripe"));
    slice plan = entitled ? slice_of(plan_slug(best->standing.plan)) : S("free");
    slice source = entitled ? S("stripe") : S("");
    int64_t until_ms = entitled ? best->standing.until_ms : 0;
    if (!entitled && !by_stripe)
        return ST_OK; /* the plan came from elsewhere */
    if (slice_eq(user.plan, plan) && slice_eq(user.plan_source, source) &&
        user.plan_until_ms == until_ms)
        return ST_OK;
    slice detail = arena_printf(arena, SLICE_FMT " to " SLICE_FMT " until_s=%lld " SLICE_FMT,
                                SLICE_ARG(user.plan), SLICE_ARG(plan), (long long)until_ms / 1000,
                                SLICE_ARG(cause));
    user.plan = plan;
    user.plan_source = source;
    user.plan_until_ms = until_ms;
    user.plan_note = S("");
    user.updated_ms = rules->now_ms;
    TRY(store_user_put(txn, &user));
    return note_plan(txn, rules, user_id, detail, arena);
}

status billing_derive(struct store_txn *txn, const struct billing_rules *rules, uint64_t user_id,
                      slice cause, struct arena *arena, struct billing_result *ret,
                      struct error *err)
{
    struct best best;
    TRY(find_best(txn, rules, user_id, arena, &best));
    ret->two_live = best.live > 1;
    if (!best.row)
        return ST_OK;
    TRY(write_summary(txn, &best, user_id, arena));
    TRY(write_user(txn, rules, &best, user_id, cause, arena));
    return arena_check(arena, err);
}
