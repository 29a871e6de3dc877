/* The whole analysis under changes that must not, and one that must, change its answer. */
#include "small_log.h"

static struct verdict twice(struct small_log *log)
{
    return log_verdict(log, 499, 9);
}

static void same(const struct verdict *a, const struct verdict *b, double tolerance)
{
    ck_assert_uint_eq(a->statistic_count, b->statistic_count);
    for (size_t s = 0; s < a->statistic_count; s++)
        ck_near(a->statistics[s].p, b->statistics[s].p, tolerance);
    ck_near(a->p_value, b->p_value, tolerance);
}

START_TEST(the_order_of_rows_does_not_matter)
{
    struct small_log *log = log_random(3, 20, 0.05, 81);
    struct verdict before = twice(log);
    size_t n = log->panel.row_count;
    struct rng rng = rng_begin(1, 2);
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = rng_below(&rng, (uint32_t)i + 1);
        double time = log->time[i], score = log->performance[i], x = log->setting[0][i];
        uint32_t system = log->algorithm[i];
        log->time[i] = log->time[j];
        log->performance[i] = log->performance[j];
        log->setting[0][i] = log->setting[0][j];
        log->algorithm[i] = log->algorithm[j];
        log->time[j] = time;
        log->performance[j] = score;
        log->setting[0][j] = x;
        log->algorithm[j] = system;
    }
    struct verdict after = twice(log);
    same(&before, &after, 0);
    log_end(log);
}
END_TEST

START_TEST(units_of_settings_and_scores_do_not_matter)
{
    struct small_log *log = log_random(3, 20, 0.05, 82);
    struct verdict before = twice(log);
    for (size_t i = 0; i < log->panel.row_count; i++) {
        log->setting[0][i] *= 1000;
        log->performance[i] = 7 + 250 * log->performance[i];
    }
    struct verdict after = twice(log);
    same(&before, &after, 3.0 / 500);
    log_end(log);
}
END_TEST

START_TEST(a_constant_or_static_column_changes_nothing)
{
    struct small_log *log = log_random(3, 20, 0.05, 83);
    struct verdict before = twice(log);
    log->settings[1] = (struct panel_setting){.name = S("constraint_b"), .values = log->setting[1]};
    log->panel.setting_count = 2;
    for (size_t i = 0; i < log->panel.row_count; i++)
        log->setting[1][i] = 8;
    struct verdict constant = twice(log);
    same(&before, &constant, 0);
    for (size_t i = 0; i < log->panel.row_count; i++)
        log->setting[1][i] = 8 + log->algorithm[i];
    struct verdict fixed_by_system = twice(log);
    same(&before, &fixed_by_system, 0);
    log_end(log);
}
END_TEST

START_TEST(renaming_systems_keeps_every_value_and_exact_p)
{
    struct small_log *log = log_random(2, 6, 0.1, 84);
    struct verdict before = twice(log);
    ck_assert(before.exact);
    slice first = log->name[0];
    log->name[0] = log->name[1];
    log->name[1] = first;
    struct verdict after = twice(log);
    for (size_t s = 0; s < before.statistic_count; s++)
        ck_near(before.statistics[s].value, after.statistics[s].value, 1e-9);
    same(&before, &after, 1e-9);
    log_end(log);
}
END_TEST

START_TEST(lower_is_better_mirrors_the_score)
{
    struct error err;
    struct small_log *log = log_random(3, 20, 0.1, 85);
    struct verdict before = twice(log), after;
    struct detect_options options = {
        .draws = 499, .seed = 9, .alpha = 0.05, .lower_is_better = true};
    for (size_t i = 0; i < log->panel.row_count; i++)
        log->performance[i] = -log->performance[i];
    ck_ok(engine_run(&log->panel, &options, &log->arena, &after, &err));
    same(&before, &after, 0);
    log_end(log);
}
END_TEST

/* Scores permuted over the rounds know nothing of the protocol: p is uniform. */
START_TEST(scores_shuffled_over_time_give_uniform_p)
{
    enum { LOGS = 400 };
    size_t below_half = 0, below_tenth = 0;
    for (uint64_t i = 0; i < LOGS; i++) {
        struct small_log *log = log_random(1, 20, 0.3, 1000 + i);
        struct rng rng = rng_begin(i, 77);
        for (size_t t = 19; t > 0; t--) {
            size_t other = rng_below(&rng, (uint32_t)t + 1);
            double score = log->performance[t];
            log->performance[t] = log->performance[other];
            log->performance[other] = score;
        }
        double p = log_verdict(log, 99, i).p_value;
        below_half += p <= 0.5;
        below_tenth += p <= 0.1;
        log_end(log);
    }
    ck_assert_uint_ge(below_half, LOGS / 2 - 40); /* four standard deviations: 10 each */
    ck_assert_uint_le(below_half, LOGS / 2 + 40);
    ck_assert_uint_le(below_tenth, LOGS / 10 + 24);
}
END_TEST

START_TEST(empty_and_tiny_logs_are_insufficient_or_fixed)
{
    struct small_log *log = log_begin(1, 1, 0);
    struct verdict empty = log_verdict(log, 99, 1);
    ck_assert_int_eq(empty.kind, VERDICT_FIXED);
    log->setting[0][log_row(log, 1, 0, 0.5)] = 3;
    log->setting[0][log_row(log, 2, 0, 0.6)] = 4;
    struct verdict two = log_verdict(log, 99, 1);
    ck_assert_int_eq(two.reason, REASON_TOO_FEW_ROUNDS);
    ck_assert_uint_eq(two.round_count, 2);
    log_end(log);
}
END_TEST

START_TEST(scores_at_the_ceiling_are_warned_about)
{
    struct small_log *log = log_random(3, 20, 0, 86);
    for (size_t i = 0; i < log->panel.row_count; i += 6)
        log->performance[i] = 1;
    struct verdict verdict = twice(log);
    ck_assert_uint_ge(verdict.warnings->count, 1);
    ck_assert_str_eq(verdict.warnings->items[0].code, "ceiling_effect");
    ck_assert_uint_gt(verdict.warnings->items[0].text[LANG_ZH].len, 0);
    log_end(log);
}
END_TEST

START_TEST(an_arena_that_is_too_small_is_an_error_at_every_size)
{
    struct small_log *log = log_random(2, 12, 0.1, 87);
    const struct detect_options options = {.draws = 99, .seed = 1, .alpha = 0.05};
    bool done = false;
    for (size_t cap = 4096; !done && cap < (64u << 20); cap += 16384) {
        struct arena arena;
        struct verdict verdict;
        struct error err;
        arena_init(&arena, cap);
        status rc = engine_run(&log->panel, &options, &arena, &verdict, &err);
        ck_assert(rc == ST_OK || rc == ST_TOO_LARGE);
        done = rc == ST_OK;
        arena_finish(&arena);
    }
    ck_assert(done);
    log_end(log);
}
END_TEST

TEST_MAIN("engine", the_order_of_rows_does_not_matter, units_of_settings_and_scores_do_not_matter,
          a_constant_or_static_column_changes_nothing,
          renaming_systems_keeps_every_value_and_exact_p, lower_is_better_mirrors_the_score,
          scores_shuffled_over_time_give_uniform_p, empty_and_tiny_logs_are_insufficient_or_fixed,
          scores_at_the_ceiling_are_warned_about,
          an_arena_that_is_too_small_is_an_error_at_every_size)
