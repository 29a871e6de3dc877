/* Tests of deliveries: the signature, the schedule of attempts, what a hook's record says. */
#include "deliver.h"

#include "lib/job_fixture.h"

static struct temp_store t;

START_TEST(the_signature_is_stripes)
{
    char text[DELIVER_SIGNATURE_MAX];
    struct arena arena;
    arena_init(&arena, 1 << 20);
    /* Computed with stripe-node, node:crypto and openssl, which agree. */
    ck_slice(deliver_sign(text, S("whsec_test_secret"), 1700000000000,
                          S("{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\"}"),
                          &arena),
             "t=1700000000,v1=dfb4777aaaec4ea29ff455dd4df7fe6b2ef71096ad3a93a158db7e100109ea91");
    ck_slice(deliver_sign(text, S("whsec_test_secret"), 1760000000999,
                          S("{\"id\":\"evt_2\",\"object\":\"event\",\"data\":{\"object\":{\"name\":"
                            "\"偏差 é\"}}}"),
                          &arena),
             "t=1760000000,v1=c44f1486b69df03e8cf6ea8bd1492149243ad9ab6990f161411a0efd002d6b59");
    arena_finish(&arena);
}
END_TEST

START_TEST(eight_attempts_take_24_hours)
{
    int64_t sum = 0;
    for (uint64_t attempts = 1; attempts < DELIVER_ATTEMPTS; attempts++) {
        ck_assert_int_gt(deliver_pause_ms(attempts),
                         attempts > 1 ? deliver_pause_ms(attempts - 1) : 0);
        sum += deliver_pause_ms(attempts);
    }
    ck_assert_int_eq(sum, 24 * 3600 * 1000);
    ck_assert_int_eq(deliver_pause_ms(DELIVER_ATTEMPTS), 0);
    ck_assert_int_eq(deliver_pause_ms(0), 0);
}
END_TEST

START_TEST(secrets_are_of_one_form_and_differ)
{
    char a[DELIVER_SECRET_MAX], b[DELIVER_SECRET_MAX], again[DELIVER_SECRET_MAX];
    const struct auth auth = {.pepper = {7}};
    deliver_secret_make(a);
    deliver_secret_make(b);
    ck_assert_str_ne(a, b);
    ck_assert_uint_eq(strlen(a), DELIVER_SECRET_MAX - 1);
    deliver_secret_of_user(&auth, 1, a);
    deliver_secret_of_user(&auth, 2, b);
    deliver_secret_of_user(&auth, 1, again);
    ck_assert_str_ne(a, b);
    ck_assert_str_eq(a, again);
    ck_assert_uint_eq(strlen(a), DELIVER_SECRET_MAX - 1);
    ck_assert(strncmp(a, "whsec_", 6) == 0);
}
END_TEST

static void open_with_delivery(void)
{
    temp_open(&t);
    struct store_hook hook = {.id = S("hok_1"),
                              .user_id = 1,
                              .url = S("https://example.com/"),
                              .secret = S("whsec_x"),
                              .enabled = true};
    struct store_delivery row = {.id = S("evt_1"),
                                 .user_id = 1,
                                 .hook_id = S("hok_1"),
                                 .next_ms = T0_MS,
                                 .created_ms = T0_MS};
    ck_status(store_hook_add(temp_write(&t), &hook), ST_OK);
    ck_status(store_delivery_add(&t.w, &row), ST_OK);
}

static void outcome(uint64_t http_status, int64_t at_ms)
{
    const struct deliver_outcome what = {.user_id = 1,
                                         .id = S("evt_1"),
                                         .http_status = http_status,
                                         .error = S(""),
                                         .now_ms = at_ms};
    ck_status(deliver_record(temp_write(&t), &what), ST_OK);
}

static struct store_delivery row(void)
{
    struct store_delivery ret;
    ck_status(store_delivery_get(&t.w, 1, S("evt_1"), &t.arena, &ret), ST_OK);
    return ret;
}

static struct store_hook hook(void)
{
    struct store_hook ret;
    ck_status(store_hook_get(&t.w, 1, S("hok_1"), &t.arena, &ret), ST_OK);
    return ret;
}

START_TEST(success_ends_a_delivery_and_clears_the_failures)
{
    open_with_delivery();
    outcome(500, T0_MS + 10);
    ck_assert_int_eq(row().next_ms, T0_MS + 10 + 60000);
    ck_assert_uint_eq(hook().failures, 1);
    ck_assert_int_eq(hook().failing_ms, T0_MS + 10);
    outcome(204, T0_MS + 70000);
    ck_assert_int_eq(row().next_ms, 0);
    ck_assert_int_eq(row().finished_ms, T0_MS + 70000);
    ck_assert_uint_eq(row().attempts, 2);
    ck_assert_uint_eq(hook().failures, 0);
    ck_assert_int_eq(hook().failing_ms, 0);
    ck_assert_int_eq(hook().delivered_ms, T0_MS + 70000);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(after_eight_failures_a_delivery_ends)
{
    open_with_delivery();
    for (int i = 1; i <= DELIVER_ATTEMPTS; i++) {
        outcome(i % 2 ? 0 : 302, T0_MS + i);
        ck_assert(i < DELIVER_ATTEMPTS ? row().next_ms > 0 : row().next_ms == 0);
    }
    ck_assert_uint_eq(row().attempts, DELIVER_ATTEMPTS);
    ck_assert(hook().enabled); /* one day is not three */
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_hook_that_fails_for_three_days_is_switched_off)
{
    struct store_audit *audit;
    struct store_page page = {0};
    open_with_delivery();
    outcome(500, T0_MS);
    outcome(500, T0_MS + 3 * 86400000LL - 1);
    ck_assert(hook().enabled);
    outcome(500, T0_MS + 3 * 86400000LL);
    ck_assert(!hook().enabled);
    ck_status(store_audit_list(&t.w, &page, &t.arena, &audit), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    ck_slice(audit[0].action, "hook.disable");
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(old_records_go_when_new_ones_end)
{
    struct store_delivery gone;
    open_with_delivery();
    outcome(200, T0_MS);
    struct store_delivery fresh = {.id = S("evt_2"), .user_id = 1, .next_ms = T0_MS};
    ck_status(store_delivery_add(&t.w, &fresh), ST_OK);
    const struct deliver_outcome what = {.user_id = 1,
                                         .id = S("evt_2"),
                                         .http_status = 200,
                                         .error = S(""),
                                         .now_ms = T0_MS + 31 * 86400000LL};
    ck_status(deliver_record(&t.w, &what), ST_OK);
    ck_status(store_delivery_get(&t.w, 1, S("evt_1"), &t.arena, &gone), ST_NOT_FOUND);
    ck_status(store_delivery_get(&t.w, 1, S("evt_2"), &t.arena, &gone), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("deliver", the_signature_is_stripes, eight_attempts_take_24_hours,
          secrets_are_of_one_form_and_differ, success_ends_a_delivery_and_clears_the_failures,
          after_eight_failures_a_delivery_ends, a_hook_that_fails_for_three_days_is_switched_off,
          old_records_go_when_new_ones_end)
