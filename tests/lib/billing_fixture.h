/* Events as Stripe sends them, and the state that they leave, as one text to compare. */
#ifndef TESTS_LIB_BILLING_FIXTURE_H
#define TESTS_LIB_BILLING_FIXTURE_H

#include "billing.h"
#include "lib/temp_store.h"
#include "plans.h"

enum { EVENT_TEXT_MAX = 2048, STATE_TEXT_MAX = 4096 };

static inline struct billing_rules fix_rules(int64_t now_ms)
{
    return (struct billing_rules){
        .price = {[PLAN_PRO] = S("price_pro"), [PLAN_BUSINESS] = S("price_business")},
        .grace_ms = 7 * INT64_C(86400000),
        .now_ms = now_ms};
}

struct sub_text {
    const char *id, *type, *status, *price, *sub, *more;
    int64_t at_s;
    uint64_t user; /* in the metadata; 0 = none */
    bool legacy;   /* periods at the top, as before 2025-03-31 */
    bool at_period_end;
};

static inline const char *sub_event(char *to, struct sub_text t)
{
    char meta[60] = "";
    char period[120];
    if (t.user)
        (void)snprintf(meta, sizeof meta, "\"user_id\":\"%llu\"", (unsigned long long)t.user);
    (void)snprintf(period, sizeof period, ",\"current_period_start\":%d,\"current_period_end\":%d",
                   T0, T0 + 2592000);
    (void)snprintf(
        to, EVENT_TEXT_MAX,
        "{\"id\":\"%s\",\"object\":\"event\",\"type\":\"customer.subscription.%s\",\"created\":%"
        "lld,"
        "\"livemode\":false,\"data\":{\"object\":{\"id\":\"%s\",\"object\":\"subscription\","
        "\"customer\":\"cus_1\",\"status\":\"%s\",\"cancel_at_period_end\":%s,\"cancel_at\":null,"
        "\"created\":%d,\"metadata\":{%s}%s,\"items\":{\"data\":[{\"id\":\"si_1\",\"price\":{"
        "\"id\":"
        "\"%s\"}%s}]}%s}}}",
        t.id, t.type, (long long)t.at_s, t.sub ? t.sub : "sub_1", t.status,
        t.at_period_end ? "true" : "false", T0, meta, t.legacy ? period : "", t.price,
        t.legacy ? "" : period, t.more ? t.more : "");
    return to;
}

static inline const char *invoice_event(char *to, const char *id, const char *type, int64_t at_s,
                                        bool legacy)
{
    (void)snprintf(to, EVENT_TEXT_MAX,
                   "{\"id\":\"%s\",\"type\":\"invoice.%s\",\"created\":%lld,\"livemode\":false,"
                   "\"data\":{\"object\":{\"id\":\"in_1\",\"object\":\"invoice\",\"customer\":"
                   "\"cus_1\",\"amount_paid\":4900,\"amount_due\":4900,\"currency\":\"usd\","
                   "\"billing_reason\":\"subscription_create\",\"hosted_invoice_url\":"
                   "\"https://invoice.stripe.com/i/x\",%s}}}",
                   id, type, (long long)at_s,
                   legacy ? "\"subscription\":\"sub_1\""
                          : "\"parent\":{\"subscription_details\":{\"subscription\":\"sub_1\","
                            "\"metadata\":{}}}");
    return to;
}

static inline const char *checkout_event(char *to, const char *id, const char *type, int64_t at_s,
                                         uint64_t user, const char *payment)
{
    (void)snprintf(to, EVENT_TEXT_MAX,
                   "{\"id\":\"%s\",\"type\":\"checkout.session.%s\",\"created\":%lld,\"livemode\":"
                   "false,\"data\":{\"object\":{\"id\":\"cs_1\",\"object\":\"checkout.session\","
                   "\"mode\":\"subscription\",\"client_reference_id\":\"%llu\",\"customer\":"
                   "\"cus_1\",\"subscription\":\"sub_1\",\"payment_status\":\"%s\"}}}",
                   id, type, (long long)at_s, (unsigned long long)user, payment);
    return to;
}

static inline enum billing_outcome fix_apply(struct temp_store *t, const char *text, int64_t now_ms,
                                             struct billing_result *ret)
{
    struct error err = {0};
    struct billing_event event;
    struct billing_result result;
    struct billing_rules rules = fix_rules(now_ms);
    ck_ok(billing_event_read(slice_of(text), &t->arena, &event, &err));
    ck_ok(billing_event_apply(temp_write(t), &rules, &event, &t->arena, &result, &err));
    if (ret)
        *ret = result;
    return result.outcome;
}

/* All that later answers depend on. */
static inline void fix_state(struct temp_store *t, uint64_t user_id,
                             char ret[static STATE_TEXT_MAX])
{
    struct store_user user = {0};
    struct store_subscription sub = {0};
    struct store_stripe_sub *rows;
    struct store_invoice *invoices;
    struct store_page page = {0};
    struct store_page invoice_page = {0};
    struct error err = {0};
    ck_ok(store_user_get(temp_write(t), user_id, &t->arena, &user));
    (void)store_subscription_get(&t->w, user_id, &t->arena, &sub);
    ck_ok(store_stripe_sub_list(&t->w, user_id, &page, &t->arena, &rows));
    ck_ok(store_invoice_list(&t->w, user_id, &invoice_page, &t->arena, &invoices));
    int n =
        snprintf(ret, STATE_TEXT_MAX,
                 "user %.*s %.*s %lld | %.*s %.*s %.*s %.*s %.*s %lld %lld %d %lld %lld %lld "
                 "%lld %.*s",
                 SLICE_ARG(user.plan), SLICE_ARG(user.plan_source), (long long)user.plan_until_ms,
                 SLICE_ARG(sub.plan), SLICE_ARG(sub.status), SLICE_ARG(sub.customer_id),
                 SLICE_ARG(sub.subscription_id), SLICE_ARG(sub.session_id),
                 (long long)sub.period_start_ms, (long long)sub.period_end_ms,
                 sub.cancel_at_period_end, (long long)sub.ended_ms, (long long)sub.past_due_ms,
                 (long long)sub.event_ms, (long long)sub.created_ms, SLICE_ARG(sub.event_id));
    for (size_t i = 0; i < page.count; i++)
        n += snprintf(ret + n, (size_t)(STATE_TEXT_MAX - n),
                      " | %.*s %.*s %.*s %d %d %lld %lld %lld %zu", SLICE_ARG(rows[i].id),
                      SLICE_ARG(rows[i].status), SLICE_ARG(rows[i].price_id), rows[i].terminal,
                      rows[i].dirty, (long long)rows[i].event_ms, (long long)rows[i].good_ms,
                      (long long)rows[i].paid_ms, rows[i].bad.len);
    for (size_t i = 0; i < invoice_page.count; i++)
        n += snprintf(ret + n, (size_t)(STATE_TEXT_MAX - n), " | %.*s %.*s %llu",
                      SLICE_ARG(invoices[i].id), SLICE_ARG(invoices[i].status),
                      (unsigned long long)invoices[i].amount_cents);
}

#endif
