/* Attempts: completed runs on test data, once per run, the fullest metric speaks. */
#include "attempts.h"
#include "lib/frozen.h"

static struct frozen f;

static size_t count(struct attempts **ret)
{
    static const struct ledger_options plain = {0};
    struct error err = {0};
    size_t n;
    ck_ok(ledger_finish(&f.ledger, &plain, &err));
    ck_ok(attempts_count(&f.ledger, &f.arena, ret, &n, &err));
    return n;
}

START_TEST(completed_runs_on_test_data_count_once)
{
    struct attempts *list;
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1"});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1", .metric = "f1"});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r2", .day = 2});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r3", .day = 3, .status = "failed"});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r4", .day = 4, .split = "dev"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r5", .day = 5, .split = "unknown"});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1", .task = "b"});
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1", .task = "c", .split = "dev"});
    ck_assert_uint_eq(count(&list), 2);
    ck_slice(list[0].task, "a");
    ck_assert_uint_eq(list[0].count, 3);
    ck_assert_uint_eq(list[1].count, 1);
    ck_assert(attempts_have_new(&f.ledger, &list[0]));
    ck_assert(!attempts_have_new(&f.ledger, &list[1]));
    frozen_end(&f);
}
END_TEST

START_TEST(an_empty_ledger_has_none)
{
    struct attempts *list;
    frozen_begin(&f, FROZEN_PLAN);
    ck_assert_uint_eq(count(&list), 0);
    frozen_end(&f);
}
END_TEST

TEST_MAIN("attempts", completed_runs_on_test_data_count_once, an_empty_ledger_has_none)
