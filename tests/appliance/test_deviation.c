/* Runs against a frozen protocol: clean ones, repeated ones, abandoned ones, what was told before.
 */
#include "lib/frozen.h"

static struct frozen f;

START_TEST(a_clean_continuation_has_no_deviation)
{
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r2", .day = 2});
    (void)frozen_add(
        &f, true,
        (struct frozen_row){.run = "r2",
                            .day = 2,
                            .task = "b",
                            .n = 50,
                            .protocol = "{\"judge\":\"h\",\"limit\":null,\"seed\":1}"});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    frozen_end(&f);
}
END_TEST

START_TEST(rows_of_before_are_not_judged_again)
{
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1", .protocol = "{}"});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    frozen_end(&f);
}
END_TEST

START_TEST(other_metrics_of_a_run_are_not_judged_when_the_agreed_one_is_there)
{
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r1"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r1", .metric = "f1", .n = 3});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r2", .day = 2, .metric = "f1"});
    frozen_find(&f);
    frozen_expect(&f, 1, "metric_changed");
    ck_slice(f.found.at[0].from, "acc");
    ck_slice(f.found.at[0].to, "f1");
    frozen_end(&f);
}
END_TEST

START_TEST(a_run_with_two_contents_is_repeated)
{
    frozen_begin(&f, FROZEN_ONE);
    (void)frozen_add(&f, false, (struct frozen_row){.run = "r1"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r1", .value = "0.9"});
    frozen_find(&f);
    frozen_expect(&f, 1, "run_repeated");
    frozen_end(&f);
}
END_TEST

START_TEST(a_running_log_may_end_but_not_be_passed_over)
{
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, false,
                     (struct frozen_row){.run = "r1", .status = "running", .value = "null"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r1"});
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    frozen_end(&f);
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, false,
                     (struct frozen_row){.run = "r1", .status = "running", .value = "null"});
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r2", .day = 2});
    frozen_find(&f);
    frozen_expect(&f, 1, "run_abandoned");
    ck_slice(f.found.at[0].run_id, "r1");
    frozen_end(&f);
}
END_TEST

START_TEST(one_difference_in_many_runs_is_one_deviation_and_can_be_settled)
{
    frozen_begin(&f, FROZEN_ONE);
    for (int i = 1; i <= 3; i++)
        (void)frozen_add(&f, true,
                         (struct frozen_row){.run = arena_printf(&f.arena, "r%d", i).ptr,
                                             .day = i,
                                             .protocol = "{\"judge\":\"x\",\"limit\":null,"
                                                         "\"seed\":1}"});
    frozen_find(&f);
    frozen_expect(&f, 1, "judge_changed");
    f.settled = f.found.at[0];
    f.has_settled = true;
    frozen_find(&f);
    frozen_expect(&f, 0, NULL);
    f.settled.to = S("y");
    frozen_find(&f);
    frozen_expect(&f, 1, "judge_changed");
    frozen_end(&f);
}
END_TEST

START_TEST(excluded_files_and_lower_grades_are_told)
{
    struct error why = {.text = "out of memory"}, err = {0};
    frozen_begin(&f, FROZEN_PLAN);
    (void)frozen_add(&f, true, (struct frozen_row){.run = "r1"});
    ck_ok(ledger_exclude(&f.addition, S("r0.json"), &why, &err));
    f.grade_before = 'A';
    frozen_find(&f);
    frozen_expect(&f, 2, "run_excluded");
    ck_slice(f.found.at[0].to, "out of memory");
    ck_assert_str_eq(deviation_slug(f.found.at[1].kind), "grade_lowered");
    frozen_end(&f);
}
END_TEST

START_TEST(more_than_the_limit_are_counted_not_kept)
{
    frozen_begin(&f, FROZEN_PLAN);
    for (int i = 1; i <= DEVIATIONS_MAX + 50; i++)
        (void)frozen_add(&f, true,
                         (struct frozen_row){.run = arena_printf(&f.arena, "r%d", i).ptr,
                                             .status = "failed",
                                             .value = "null"});
    frozen_find(&f);
    ck_assert_uint_eq(f.found.count, DEVIATIONS_MAX);
    ck_assert_uint_eq(f.found.total, DEVIATIONS_MAX + 50);
    frozen_end(&f);
}
END_TEST

START_TEST(every_kind_has_a_name_and_a_sentence_in_both_languages)
{
    enum deviation_kind back;
    for (int i = 0; i < DEVIATION_KINDS; i++) {
        enum deviation_kind kind = (enum deviation_kind)i;
        ck_assert(deviation_kind_from(slice_of(deviation_slug(kind)), &back));
        ck_assert_int_eq(back, kind);
        ck_assert_str_ne(deviation_text(kind, LANG_EN), deviation_text(kind, LANG_ZH));
    }
    ck_assert(!deviation_kind_from(S("nonsense"), &back));
}
END_TEST

TEST_MAIN("deviation", a_clean_continuation_has_no_deviation, rows_of_before_are_not_judged_again,
          other_metrics_of_a_run_are_not_judged_when_the_agreed_one_is_there,
          a_run_with_two_contents_is_repeated, a_running_log_may_end_but_not_be_passed_over,
          one_difference_in_many_runs_is_one_deviation_and_can_be_settled,
          excluded_files_and_lower_grades_are_told, more_than_the_limit_are_counted_not_kept,
          every_kind_has_a_name_and_a_sentence_in_both_languages)
