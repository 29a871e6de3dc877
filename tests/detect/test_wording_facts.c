/* Tests of detect/wording_facts.c: what drove a verdict and what is certain, counted by hand. */
#include "detect/wording.h"

#include "lib/main.h"
#include "report_sample.h"

static struct arena arena;

static bool says(const struct sentences *list, const char *needle)
{
    size_t at;
    for (size_t i = 0; i < list->count; i++)
        if (slice_find(list->items[i], slice_of(needle), &at))
            return true;
    return false;
}

START_TEST(a_detection_names_mechanism_setting_system_and_rounds)
{
    arena_init(&arena, 1 << 22);
    struct wording w;
    wording_build(sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena),
                  LANG_EN, &arena, &w);
    ck_assert(says(&w.explanation, "Mechanism: Reaction to the score (p = .004"));
    ck_assert(says(&w.explanation, "“constraint_compute” followed the score: after results above"));
    ck_assert(says(&w.explanation, "“birch-13b” shows it most (r = .71)."));
    ck_assert(says(&w.explanation, "weigh most: 6, 8, 10."));
    ck_assert(says(&w.explanation, "moved by about 7 % per round"));
    arena_finish(&arena);
}
END_TEST

START_TEST(the_sign_of_the_reaction_is_told)
{
    arena_init(&arena, 1 << 22);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
    report->verdict.facts.setting_r = -0.62;
    struct wording w;
    wording_build(report, LANG_EN, &arena, &w);
    ck_assert(says(&w.explanation, "after results below their trend it was moved up"));
    arena_finish(&arena);
}
END_TEST

/* One system, four rounds: 1, 1, 2, (missing), 3 → two of three steps changed, from 1 to 3. */
START_TEST(changes_are_counted_over_gaps)
{
    arena_init(&arena, 1 << 22);
    struct detect_report *report = sample_report(
        &(struct sample_options){.kind = VERDICT_NO_EVIDENCE, .systems = 1, .rounds = 5}, &arena);
    static const double values[] = {1, 1, 2, NAN, 3};
    static const double constant[] = {4, 4, 4, 4, 4};
    const double *settings[] = {values, constant};
    slice labels[] = {S("a"), S("a"), S(""), S("b"), S("c")};
    const slice *categories[] = {labels};
    struct grid grid = *report->grid;
    grid.settings = settings;
    grid.categories = categories;
    report->grid = &grid;
    struct wording w;
    wording_build(report, LANG_EN, &arena, &w);
    ck_assert(says(&w.findings, "“constraint_compute” changed in 2 of 3 steps, between 1 and 3."));
    ck_assert(!says(&w.findings, "“temperature”"));
    ck_assert(says(&w.findings, "The label of “prompt_version” changed in 1 of 2 steps."));
    ck_assert(says(&w.findings, "1 of 5 rows were left out"));
    arena_finish(&arena);
}
END_TEST

START_TEST(differences_between_systems_are_listed)
{
    arena_init(&arena, 1 << 22);
    struct wording w;
    wording_build(sample_report(&(struct sample_options){.kind = VERDICT_INSUFFICIENT,
                                                         .reason = REASON_DIFFERS_BETWEEN_SYSTEMS,
                                                         .systems = 9},
                                &arena),
                  LANG_ZH, &arena, &w);
    ck_assert(says(&w.findings, "“atlas-7b”测试时“max_tokens”= 512, 1024。"));
    ck_assert(says(&w.findings, "另有 3 处差异"));
    arena_finish(&arena);
}
END_TEST

START_TEST(luck_is_given_in_points_with_its_assumptions)
{
    arena_init(&arena, 1 << 22);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_NO_EVIDENCE}, &arena);
    report->options.attempts = 12;
    report->options.score_stderr = 0.01;
    report->selection_optimism = 0.0163;
    struct wording w;
    wording_build(report, LANG_EN, &arena, &w);
    ck_assert(says(&w.explanation, "12 configurations tried and a standard error of 0.01"));
    ck_assert(says(&w.explanation, "leads by about 0.0163 points"));
    ck_assert(says(&w.explanation, "assumes equal true scores"));
    arena_finish(&arena);
}
END_TEST

START_TEST(a_classic_report_says_that_it_did_not_test)
{
    arena_init(&arena, 1 << 22);
    struct wording w;
    wording_build(sample_report(&(struct sample_options){.classic_engine = true}, &arena), LANG_EN,
                  &arena, &w);
    ck_assert(says(&w.unchecked, "the classic indicators do not test that"));
    ck_assert(!says(&w.unchecked, "detected weakly"));
    arena_finish(&arena);
}
END_TEST

START_TEST(measured_error_rates_are_quoted_or_said_to_be_missing)
{
    size_t at;
    arena_init(&arena, 1 << 22);
    struct wording w;
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
    wording_build(report, LANG_EN, &arena, &w);
    report->verdict.system_count = 3;
    report->verdict.round_count = 17;
    slice text = wording_measured(&w);
    ck_assert(
        slice_find(text, S("Measured on simulated logs of 16 rounds and 2 to 3 systems: "), &at));
    ck_assert(slice_find(text, S("make validate of "), &at));
    report->verdict.round_count = 500;
    ck_assert(slice_find(wording_measured(&w), S("has not been measured"), &at));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("wording_facts", a_classic_report_says_that_it_did_not_test,
          measured_error_rates_are_quoted_or_said_to_be_missing,
          a_detection_names_mechanism_setting_system_and_rounds, the_sign_of_the_reaction_is_told,
          changes_are_counted_over_gaps, differences_between_systems_are_listed,
          luck_is_given_in_points_with_its_assumptions)
