/* Tests of one subscription's row: payments and failures in any order, deletion, doubt. */
#include "lib/billing_fixture.h"

static struct arena arena;
static struct billing_result result;
static const struct billing_rules *rules_now(void)
{
    static struct billing_rules rules;
    rules = fix_rules(T0_MS);
    return &rules;
}

static struct billing_event sub_at(const char *word, int64_t at_s)
{
    return (struct billing_event){.id = S("evt_x"),
                                  .kind = BILLING_SUBSCRIPTION,
                                  .rank = RANK_UPDATED,
                                  .status = slice_of(word),
                                  .price_id = S("price_pro"),
                                  .subscription_id = S("sub_1"),
                                  .created_ms = at_s * 1000};
}

static struct billing_event invoice_at(bool paid, int64_t at_s)
{
    return (struct billing_event){.id = S("evt_i"),
                                  .kind = BILLING_INVOICE,
                                  .type = paid ? S("invoice.paid") : S("invoice.payment_failed"),
                                  .created_ms = at_s * 1000};
}

static bool fold(struct store_stripe_sub *row, struct billing_event event)
{
    return billing_fold(row, &event, rules_now(), &arena, &result);
}

static int64_t since(const struct store_stripe_sub *row)
{
    struct billing_standing standing;
    struct store_stripe_sub copy = *row;
    copy.status = S("active");
    copy.plan = S("pro");
    billing_standing_of(&copy, rules_now(), &standing);
    return standing.past_due_ms / 1000;
}

START_TEST(the_grace_begins_with_the_first_failure_after_the_last_payment)
{
    /* Failures at 1, 3 and 5, payments at 2 and 4: whatever the order, since 5. */
    static const int times[5] = {1, 2, 3, 4, 5};
    arena_init(&arena, 1 << 20);
    for (unsigned p = 0; p < 120; p++) {
        struct store_stripe_sub row = {0};
        int left[5] = {0, 1, 2, 3, 4};
        unsigned number = p;
        for (unsigned i = 0; i < 5; i++) {
            unsigned at = number % (5 - i);
            number /= 5 - i;
            int t = times[left[at]];
            (void)fold(&row, invoice_at(t % 2 == 0, t));
            for (unsigned j = at; j + 1 < 5 - i; j++)
                left[j] = left[j + 1];
        }
        ck_assert_int_eq(since(&row), 5);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(repeated_failures_do_not_move_the_beginning)
{
    struct store_stripe_sub row = {0};
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 100; i++)
        (void)fold(&row, invoice_at(false, 100 + i));
    (void)fold(&row, invoice_at(false, 100));
    ck_assert_int_eq(since(&row), 100);
    ck_assert_uint_le(row.bad.len, BILLING_BAD_MAX * 8);
    (void)fold(&row, invoice_at(true, 199));
    ck_assert_int_eq(since(&row), 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(newer_words_win_and_older_ones_do_not)
{
    struct store_stripe_sub row = {0};
    arena_init(&arena, 1 << 20);
    ck_assert(fold(&row, sub_at("active", 10)));
    ck_assert(!fold(&row, sub_at("past_due", 9)));
    ck_slice(row.status, "active");
    ck_assert(fold(&row, sub_at("past_due", 11)));
    ck_slice(row.status, "past_due");
    ck_assert(!row.dirty);
    struct billing_event created = sub_at("incomplete", 11);
    created.rank = RANK_CREATED;
    ck_assert(!fold(&row, created));
    ck_assert(!row.dirty);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_deletion_is_final_even_when_its_time_is_older)
{
    struct store_stripe_sub row = {0};
    struct billing_event deleted = sub_at("canceled", 5);
    deleted.rank = RANK_DELETED;
    arena_init(&arena, 1 << 20);
    (void)fold(&row, sub_at("active", 10));
    ck_assert(fold(&row, deleted));
    ck_assert(row.terminal);
    ck_assert(!fold(&row, sub_at("active", 20)));
    ck_slice(row.status, "canceled");
    arena_finish(&arena);
}
END_TEST

START_TEST(an_unknown_price_keeps_the_plan_and_tells)
{
    struct store_stripe_sub row = {0};
    struct billing_event other = sub_at("active", 11);
    other.price_id = S("price_unknown");
    arena_init(&arena, 1 << 20);
    result = (struct billing_result){0};
    (void)fold(&row, sub_at("active", 10));
    ck_assert(!result.unknown_price);
    (void)fold(&row, other);
    ck_assert(result.unknown_price);
    ck_slice(row.plan, "pro");
    (void)fold(&row, sub_at("a_new_word", 12));
    ck_assert(result.unknown_status);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("billing_fold", the_grace_begins_with_the_first_failure_after_the_last_payment,
          repeated_failures_do_not_move_the_beginning, newer_words_win_and_older_ones_do_not,
          a_deletion_is_final_even_when_its_time_is_older,
          an_unknown_price_keeps_the_plan_and_tells)
