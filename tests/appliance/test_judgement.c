/* Verdicts of a growing project: levels follow the rule, nothing is taken back, honest projects
 * stay honest under fifty looks. */
#include "judgement.h"

#include "detect/rng.h"
#include "lib/main.h"

#include <math.h>

enum { ROUNDS_MAX = 60 };

static struct arena arena;
static struct ledger ledger;

/* One system: setting and score per round; a row per round. */
static void fill(const double *setting, const double *score, size_t rounds)
{
    static const struct ledger_options plain = {0};
    struct error err = {0};
    ledger_init(&ledger, &arena);
    for (size_t i = 0; i < rounds; i++) {
        struct ledger_row *row;
        struct fields_builder *all = arena_alloc(&arena, sizeof *all);
        ck_ok(ledger_add(&ledger, &row, &err));
        fields_add_number(all, &arena, S("constraint_x"), setting[i]);
        ck_ok(fields_build(all, &arena, &row->protocol, &err));
        row->run_id = arena_printf(&arena, "r%02zu", i);
        row->system = S("A");
        row->task = S("t");
        row->metric = S("m");
        row->time_ms = (int64_t)i * 86400000;
        row->value = score[i];
        row->has_value = true;
    }
    ck_ok(ledger_finish(&ledger, &plain, &err));
}

/* share = how much the next setting follows the score. */
static void simulate(uint64_t seed, double share, double setting[static ROUNDS_MAX],
                     double score[static ROUNDS_MAX])
{
    struct rng rng = rng_begin(seed, 1);
    setting[0] = 50;
    for (size_t i = 0; i < ROUNDS_MAX; i++) {
        score[i] = 0.5 + 0.2 * (rng_unif(&rng) - 0.5);
        if (i + 1 < ROUNDS_MAX)
            setting[i + 1] = setting[i] + share * (0.5 - score[i]) + rng_unif(&rng) - 0.5;
    }
}

static struct judgement look(struct project_state state, uint64_t planned, uint64_t number)
{
    struct error err = {0};
    struct judgement result;
    const struct judgement_input in = {
        .ledger = &ledger, .state = state, .planned_rounds = planned, .number = number};
    ck_ok(judge(&in, &arena, &result, &err));
    return result;
}

static const struct project_state beginning = {.p_value = 1};

START_TEST(a_short_project_spends_nothing)
{
    double setting[ROUNDS_MAX], score[ROUNDS_MAX];
    arena_init(&arena, 256 << 20);
    simulate(1, 0, setting, score);
    fill(setting, score, 5);
    struct judgement j = look(beginning, 0, 1);
    ck_assert_str_eq(j.verdict, "insufficient_data");
    ck_assert_str_eq(j.reason, "too_few_rounds");
    ck_assert(!j.tested);
    ck_assert_uint_eq(j.state.tests, 0);
    ck_assert_double_eq(j.state.spent, 0);
    ck_assert(isnan(j.p_value));
    arena_finish(&arena);
}
END_TEST

START_TEST(a_ledger_without_protocol_has_no_test_but_a_reason)
{
    static const struct ledger_options plain = {0};
    struct error err = {0};
    struct ledger_row *row;
    arena_init(&arena, 64 << 20);
    ledger_init(&ledger, &arena);
    ck_ok(ledger_add(&ledger, &row, &err));
    row->run_id = row->system = row->task = row->metric = S("x");
    row->has_value = true;
    row->split = SPLIT_DEV;
    ck_ok(ledger_finish(&ledger, &plain, &err));
    struct judgement j = look(beginning, 0, 1);
    ck_assert_ptr_null(j.report);
    ck_assert_str_eq(j.verdict, "insufficient_data");
    ck_assert_str_eq(j.reason, "only_development");
    ck_assert_ptr_nonnull(strstr(judgement_headline(&j, LANG_EN), "development data"));
    arena_finish(&arena);
}
END_TEST

START_TEST(levels_follow_the_rule)
{
    double setting[ROUNDS_MAX], score[ROUNDS_MAX];
    arena_init(&arena, 256 << 20);
    simulate(2, 0, setting, score);
    fill(setting, score, 30);
    struct judgement open = look(beginning, 0, 1);
    ck_assert(open.tested);
    ck_assert_double_eq_tol(open.level, 0.05 / 2, 1e-15); /* 30 rounds: half */
    struct judgement again = look(open.state, 0, 2);      /* the same rounds: as one more */
    ck_assert(again.tested);
    ck_assert_double_eq_tol(again.level, 0.05 * (30.0 / 60 - 30.0 / 61), 1e-15);
    ck_assert_uint_eq(again.state.rounds, 31);
    struct judgement planned = look(beginning, 60, 1);
    ck_assert_double_eq_tol(planned.level, 0.05 / 4, 1e-15); /* (30/60)^2 */
    ck_assert_uint_eq(planned.state.rounds, 30);
    fill(setting, score, 60);
    planned = look(planned.state, 60, 2);
    ck_assert_double_eq_tol(planned.level, 0.05 * 3 / 4, 1e-15);
    ck_assert_double_eq_tol(planned.state.spent, 1, 1e-12);
    ck_assert_str_eq(judgement_rule(60), "spending_planned");
    ck_assert_str_eq(judgement_rule(0), "spending_open_end");
    arena_finish(&arena);
}
END_TEST

START_TEST(without_a_new_round_a_plan_spends_nothing_and_decides_nothing)
{
    double setting[ROUNDS_MAX], score[ROUNDS_MAX];
    arena_init(&arena, 256 << 20);
    simulate(3, 40, setting, score); /* would be found */
    fill(setting, score, 40);
    struct project_state state = {.tests = 1, .rounds = 40, .p_value = 0.7, .spent = 0.4};
    struct judgement j = look(state, 60, 2);
    ck_assert(!j.tested);
    ck_assert_double_eq(j.state.spent, 0.4);
    ck_assert_str_eq(j.verdict, "no_evidence");
    state.rounds = 60;
    ck_assert(!look(state, 30, 3).tested); /* beyond the plan */
    arena_finish(&arena);
}
END_TEST

START_TEST(what_was_found_stays_found)
{
    double setting[ROUNDS_MAX], score[ROUNDS_MAX];
    arena_init(&arena, 256 << 20);
    simulate(4, 40, setting, score);
    fill(setting, score, 40);
    struct judgement j = look(beginning, 0, 7);
    ck_assert_str_eq(j.verdict, "adaptive_protocol_detected");
    ck_assert_uint_eq(j.state.detected, 7);
    ck_assert_double_le(j.state.p_value, 0.05);
    simulate(5, 0, setting, score); /* an honest log in its place */
    fill(setting, score, 40);
    struct judgement later = look(j.state, 0, 8);
    ck_assert_str_eq(later.verdict, "adaptive_protocol_detected");
    ck_assert_uint_eq(later.state.detected, 7);
    ck_assert_double_le(later.state.p_value, j.state.p_value);
    ck_assert_ptr_nonnull(strstr(judgement_headline(&later, LANG_EN), "earlier look"));
    arena_finish(&arena);
}
END_TEST

/* The engine's shortcut for overwhelming short logs would reject without ever having spent. */
START_TEST(a_short_log_is_never_called_adaptive)
{
    double setting[ROUNDS_MAX], score[ROUNDS_MAX];
    size_t rounds = 3, overwhelming = 0;
    arena_init(&arena, 512 << 20);
    for (simulate(9, 0, setting, score);; rounds++) {
        fill(setting, score, rounds + 1);
        if (look(beginning, 0, 1).tested)
            break;
    }
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct detect_options options = detect_options_default();
        struct error err = {0};
        simulate(seed, 400, setting, score);
        fill(setting, score, rounds);
        struct judgement j = look(beginning, 0, 1);
        ck_assert_str_eq(j.verdict, "insufficient_data");
        ck_assert(!j.tested);
        struct detect_report *alone;
        ck_ok(detect_run(j.report->panel, &options, &arena, &alone, &err));
        overwhelming += alone->verdict.kind == VERDICT_ADAPTIVE;
    }
    ck_assert_uint_gt(overwhelming, 0); /* the engine alone would have called some of them */
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("judgement", a_short_project_spends_nothing,
          a_ledger_without_protocol_has_no_test_but_a_reason, levels_follow_the_rule,
          without_a_new_round_a_plan_spends_nothing_and_decides_nothing, what_was_found_stays_found,
          a_short_log_is_never_called_adaptive)
