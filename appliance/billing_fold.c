/* Folds the words about one subscription into its row, whatever their order; see billing.h. */
#include "base/bigend.h"
#include "billing.h"
#include "plans.h"

/* --- times of failures: 8 bytes each, big-endian, ascending --- */

static int64_t bad_at(slice bad, size_t index)
{
    return (int64_t)bigend_get(bad.ptr + index * BIGEND_BYTES);
}

/* The list with one time more; without those that a later payment settled. The earliest failures
 * decide when the grace began, so it is the latest that a full list drops. */
static void bad_rebuild(struct store_stripe_sub *row, int64_t more_ms, struct arena *arena)
{
    int64_t times[BILLING_BAD_MAX + 1];
    size_t count = 0;
    size_t held = row->bad.len / 8;
    for (size_t i = 0; i < held && i < BILLING_BAD_MAX; i++) {
        int64_t at = bad_at(row->bad, i);
        if (more_ms && more_ms < at)
            times[count++] = more_ms;
        if (more_ms && more_ms <= at)
            more_ms = 0;
        times[count++] = at;
    }
    if (more_ms)
        times[count++] = more_ms;
    size_t from = 0;
    while (from < count && times[from] <= row->good_ms)
        from++;
    count -= from;
    if (count > BILLING_BAD_MAX)
        count = BILLING_BAD_MAX;
    char *bytes = arena_array(arena, count + 1, 8);
    if (!bytes)
        return; /* the arena's overflow fails the call */
    for (size_t i = 0; i < count; i++)
        bigend_put(bytes + BIGEND_BYTES * i, (uint64_t)times[from + i]);
    row->bad = slice_make(bytes, 8 * count);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void note_good(struct store_stripe_sub *row, int64_t at_ms, struct arena *arena)
{
    row->good_ms = later(row->good_ms, at_ms);
    bad_rebuild(row, 0, arena);
}

static void note_times(struct store_stripe_sub *row, const struct billing_event *e,
                       struct arena *arena)
{
    bool paid = slice_eq(e->type, S("invoice.paid")) ||
                slice_eq(e->type, S("checkout.session.async_payment_succeeded"));
    bool failed = slice_eq(e->type, S("invoice.payment_failed")) ||
                  slice_eq(e->type, S("checkout.session.async_payment_failed"));
    if (slice_eq(e->type, S("checkout.session.completed"))) {
        paid = !slice_eq(e->payment_status, S("unpaid"));
        if (!paid)
            row->hold_ms = later(row->hold_ms, e->created_ms);
    }
    if (e->kind == BILLING_SUBSCRIPTION) {
        bool good = slice_eq(e->status, S("active")) || slice_eq(e->status, S("trialing"));
        failed = slice_eq(e->status, S("past_due")) || slice_eq(e->status, S("unpaid"));
        if (good)
            note_good(row, e->created_ms, arena);
    }
    if (paid) {
        row->paid_ms = later(row->paid_ms, e->created_ms);
        note_good(row, e->created_ms, arena);
    }
    if (failed)
        bad_rebuild(row, e->created_ms, arena);
}

/* --- which word is the newest --- */

static bool is_newer(const struct store_stripe_sub *row, const struct billing_event *e,
                     bool *ret_unsure)
{
    *ret_unsure = false;
    if (e->rank == RANK_DELETED)
        return row->event_rank != RANK_DELETED;
    if (row->terminal)
        return false;
    if (e->created_ms != row->event_ms)
        return e->created_ms > row->event_ms;
    if (e->rank != row->event_rank)
        return e->rank > row->event_rank;
    *ret_unsure = true; /* two of one kind in one second: only the provider knows */
    return slice_cmp(e->id, row->event_id) > 0;
}

static bool status_is_known(slice word)
{
    static const char *const known[] = {"incomplete", "incomplete_expired", "trialing", "active",
                                        "past_due",   "canceled",           "unpaid",   "paused"};
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (slice_eq(word, slice_of(known[i])))
            return true;
    return false;
}

static void take_price(struct store_stripe_sub *row, const struct billing_event *e,
                       const struct billing_rules *rules, struct billing_result *ret)
{
    row->price_id = e->price_id;
    for (int i = 0; i < PLAN_COUNT; i++)
        if (rules->price[i].len && slice_eq(rules->price[i], e->price_id)) {
            row->plan = slice_of(plan_slug((enum plan_rank)i));
            return;
        }
    ret->unknown_price = true; /* keep the plan: never silently free, never silently more */
}

static void take_state(struct store_stripe_sub *row, const struct billing_event *e,
                       const struct billing_rules *rules, struct billing_result *ret)
{
    bool deleted = e->rank == RANK_DELETED;
    row->status = deleted ? S("canceled") : e->status;
    row->terminal = deleted || slice_eq(e->status, S("canceled"));
    row->cancel_at_period_end = e->cancel_at_period_end;
    row->cancel_ms = e->cancel_ms;
    row->ended_ms = e->ended_ms ? e->ended_ms : row->terminal ? e->created_ms : 0;
    row->trial_end_ms = e->trial_end_ms;
    row->period_start_ms = e->period_start_ms;
    row->period_end_ms = e->period_end_ms;
    row->livemode = e->livemode;
    row->started_ms = e->started_ms;
    if (!status_is_known(row->status))
        ret->unknown_status = true;
    take_price(row, e, rules, ret);
}

bool billing_fold(struct store_stripe_sub *row, const struct billing_event *event,
                  const struct billing_rules *rules, struct arena *arena,
                  struct billing_result *ret)
{
    bool unsure;
    if (event->customer_id.len)
        row->customer_id = event->customer_id;
    note_times(row, event, arena);
    if (event->kind != BILLING_SUBSCRIPTION)
        return true;
    bool newer = is_newer(row, event, &unsure);
    /* What was read back is as new as our clock says; near it the provider has to be asked again.
     */
    bool near_readback =
        !newer && row->synced_ms && event->created_ms > row->synced_ms - INT64_C(300000);
    row->dirty |= unsure || (near_readback && !row->terminal);
    if (newer) {
        take_state(row, event, rules, ret);
        row->event_ms = event->created_ms;
        row->event_rank = event->rank;
        row->event_id = event->id;
    }
    ret->dirty |= row->dirty;
    return newer;
}
