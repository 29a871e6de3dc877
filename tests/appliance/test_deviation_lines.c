/* Tasks that were left out and attempts beyond the budget. */
#include "lib/frozen.h"

static struct frozen f;

static void rounds(const char *task, int first, int last, bool is_new)
{
    for (int i = first; i <= last; i++)
        (void)frozen_add(&f, is_new,
                         (struct frozen_row){.run = arena_printf(&f.arena, "r%d", i).ptr,
                                             .day = i,
                                             .task = task,
                                             .n = task[0] == 'b' ? 50 : 100,
                                             .protocol = task[0] == 'b'
                                                             ? "{\"judge\":\"h\",\"limit\":null,"
                                                               "\"seed\":1}"
                                                             : NULL});
}

START_TEST(a_task_two_rounds_behind_was_skipped_one_round_is_on_its_way)
{
    frozen_begin(&f, FROZEN_PLAN);
    rounds("a", 1, 2, true);
    rounds("b", 1, 1, true);
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    rounds("a", 3, 3, true);
    frozen_find(&f);
    frozen_expect(&f, 1, "task_skipped");
    ck_slice(f.found.at[0].task, "b");
    frozen_end(&f);
}
END_TEST

START_TEST(attempts_beyond_the_budget_are_told_per_test_set)
{
    frozen_begin(&f, FROZEN_PLAN);
    f.freeze.budget = 2;
    rounds("a", 1, 2, true);
    rounds("b", 1, 2, false);
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    rounds("a", 3, 3, true);
    frozen_find(&f);
    frozen_expect(&f, 1, "attempts_over_budget");
    ck_slice(f.found.at[0].from, "2");
    ck_slice(f.found.at[0].to, "3");
    ck_slice(f.found.at[0].task, "a");
    frozen_end(&f);
}
END_TEST

START_TEST(failed_runs_and_old_excess_are_no_new_attempt)
{
    frozen_begin(&f, FROZEN_ONE);
    f.freeze.budget = 1;
    rounds("a", 1, 2, false);
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r3", .day = 3, .status = "failed"});
    frozen_find(&f);
    frozen_expect(&f, 1, "run_failed");
    frozen_end(&f);
}
END_TEST

TEST_MAIN("deviation_lines", a_task_two_rounds_behind_was_skipped_one_round_is_on_its_way,
          attempts_beyond_the_budget_are_told_per_test_set,
          failed_runs_and_old_excess_are_no_new_attempt)
