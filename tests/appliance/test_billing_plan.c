/* Tests of what subscriptions mean: the table of statuses, ends, grace, two at once, manual plans.
 */
#include "lib/billing_fixture.h"

enum { DAY = 86400 };
#define DAY_MS INT64_C(86400000)

static struct billing_standing stand(struct store_stripe_sub row)
{
    struct billing_standing standing;
    const struct billing_rules rules = fix_rules(T0_MS);
    if (row.plan.len == 0)
        row.plan = S("pro");
    billing_standing_of(&row, &rules, &standing);
    return standing;
}

/* One failure, as the fold writes it. */
static slice bad_since(char *to, int64_t ms)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)((uint64_t)ms >> (56 - 8 * i));
    return slice_make(to, 8);
}

START_TEST(statuses_mean_what_the_contract_says)
{
    static const struct {
        const char *word, *ours;
        bool entitled;
    } rows[] = {{"active", "active", true},          {"trialing", "active", true},
                {"past_due", "active", true}, /* paid since: bad is empty */
                {"unpaid", "past_due", false},       {"paused", "past_due", false},
                {"incomplete", "incomplete", false}, {"incomplete_expired", "expired", false},
                {"canceled", "canceled", false},     {"", "incomplete", false},
                {"a_new_word", "active", true}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct billing_standing s = stand(
            (struct store_stripe_sub){.status = slice_of(rows[i].word), .ended_ms = T0_MS - 1});
        ck_assert_msg(s.entitled == rows[i].entitled, "%s", rows[i].word);
        ck_assert_str_eq(s.status, rows[i].ours);
    }
}
END_TEST

START_TEST(grace_ends_seven_days_after_the_first_failure)
{
    char bytes[8];
    struct store_stripe_sub row = {.status = S("past_due")};
    row.bad = bad_since(bytes, T0_MS - 7 * DAY_MS + 1);
    struct billing_standing s = stand(row);
    ck_assert(s.entitled);
    ck_assert_int_eq(s.until_ms, T0_MS + 1);
    ck_assert_str_eq(s.status, "past_due");
    row.bad = bad_since(bytes, T0_MS - 7 * DAY_MS);
    ck_assert(!stand(row).entitled);
    row.status = S("active"); /* the invoice failed, the subscription does not say so yet */
    ck_assert(!stand(row).entitled);
}
END_TEST

START_TEST(ends_are_taken_from_whichever_comes_first)
{
    struct store_stripe_sub row = {
        .status = S("active"), .cancel_at_period_end = true, .period_end_ms = T0_MS + 5 * DAY_MS};
    ck_assert_int_eq(stand(row).until_ms, T0_MS + 5 * DAY_MS);
    row.cancel_ms = T0_MS + 2 * DAY_MS;
    ck_assert_int_eq(stand(row).until_ms, T0_MS + 2 * DAY_MS);
    row.cancel_at_period_end = false;
    row.cancel_ms = 0;
    ck_assert_int_eq(stand(row).until_ms, 0);
    struct billing_standing s =
        stand((struct store_stripe_sub){.status = S("canceled"), .ended_ms = T0_MS + DAY_MS});
    ck_assert(s.entitled && s.until_ms == T0_MS + DAY_MS);
}
END_TEST

START_TEST(nothing_is_granted_before_a_delayed_payment_came)
{
    struct store_stripe_sub row = {.status = S("active"), .hold_ms = T0_MS - 1000};
    ck_assert(!stand(row).entitled);
    ck_assert_str_eq(stand(row).status, "incomplete");
    row.paid_ms = T0_MS - 500;
    ck_assert(stand(row).entitled);
}
END_TEST

static struct temp_store t;

static void put(uint64_t user, const char *id, const char *plan, const char *word)
{
    struct error err = {0};
    struct store_stripe_sub row = {.id = slice_of(id),
                                   .user_id = user,
                                   .customer_id = S("cus_1"),
                                   .status = slice_of(word),
                                   .plan = slice_of(plan),
                                   .event_ms = T0_MS};
    ck_ok(store_stripe_sub_put(temp_write(&t), &row));
}

static struct billing_result derive(uint64_t user, int64_t now_ms)
{
    struct error err = {0};
    struct billing_result result = {0};
    const struct billing_rules rules = fix_rules(now_ms);
    ck_ok(billing_derive(temp_write(&t), &rules, user, S("test"), &t.arena, &result, &err));
    return result;
}

static void plan_is(uint64_t user, const char *plan, const char *source)
{
    struct error err = {0};
    struct store_user row;
    ck_ok(store_user_get(temp_write(&t), user, &t.arena, &row));
    ck_slice(row.plan, plan);
    ck_slice(row.plan_source, source);
}

START_TEST(of_two_living_subscriptions_the_higher_counts)
{
    temp_open(&t);
    uint64_t user = temp_user(&t, "ann@example.com", STORE_ROLE_USER);
    put(user, "sub_a", "business", "active");
    put(user, "sub_b", "pro", "active");
    ck_assert(derive(user, T0_MS).two_live);
    plan_is(user, "business", "stripe");
    put(user, "sub_a", "business", "canceled");
    ck_assert(!derive(user, T0_MS).two_live);
    plan_is(user, "pro", "stripe");
    put(user, "sub_b", "pro", "unpaid");
    (void)derive(user, T0_MS);
    plan_is(user, "free", "");
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_manual_plan_stands_until_it_ends_or_less_was_given)
{
    struct error err = {0};
    struct store_user row;
    temp_open(&t);
    uint64_t user = temp_user(&t, "ann@example.com", STORE_ROLE_USER);
    ck_ok(store_user_get(temp_write(&t), user, &t.arena, &row));
    row.plan = S("enterprise");
    row.plan_source = S("manual");
    row.plan_until_ms = T0_MS + DAY_MS;
    ck_ok(store_user_put(&t.w, &row));
    put(user, "sub_a", "pro", "active");
    (void)derive(user, T0_MS);
    plan_is(user, "enterprise", "manual");
    (void)derive(user, T0_MS + DAY_MS);
    plan_is(user, "pro", "stripe");
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(who_never_bought_keeps_what_others_gave)
{
    temp_open(&t);
    uint64_t user = temp_user(&t, "ann@example.com", STORE_ROLE_USER);
    (void)derive(user, T0_MS);
    plan_is(user, "free", "");
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("billing_plan", statuses_mean_what_the_contract_says,
          grace_ends_seven_days_after_the_first_failure, ends_are_taken_from_whichever_comes_first,
          nothing_is_granted_before_a_delayed_payment_came,
          of_two_living_subscriptions_the_higher_counts,
          a_manual_plan_stands_until_it_ends_or_less_was_given,
          who_never_bought_keeps_what_others_gave)
