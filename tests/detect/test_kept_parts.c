/* Tests of detect/kept_parts.c: fields that no renderer shows today come back too. */
#include "detect/detect.h"
#include "detect/keeper.h"

#include "lib/main.h"
#include "report_sample.h"

static struct arena arena;

/* Writes `from` with `fields` and reads it into `to`. */
static void there_and_back(void *from, void *to, keep_fn *fields)
{
    struct buf bytes;
    arena_init(&arena, 1 << 24);
    buf_init_arena(&bytes, &arena, 1 << 20);
    struct keeper k = {.out = &bytes};
    keep_part(&k, from, fields);
    k = (struct keeper){.at = bytes.ptr, .end = bytes.ptr + bytes.len, .arena = &arena};
    keep_part(&k, to, fields);
    ck_assert(!k.is_bad);
    ck_assert(k.at == k.end);
}

START_TEST(options_come_back_with_their_preset)
{
    struct detect_options from = detect_options_default(), to = {0};
    from.seed = SEED_MAX;
    from.draws = DRAWS_AUTO;
    from.bootstrap.method = CI_BCA;
    from.psi_scale = PSI_RELATIVE;
    from.attempts = 12;
    from.preset = preset_find(S("strict"));
    ck_assert(from.preset);
    there_and_back(&from, &to, keep_options_fields);
    ck_assert(to.seed == from.seed && to.draws == from.draws && to.attempts == 12);
    ck_assert(to.preset == from.preset);
    ck_assert(to.bootstrap.method == CI_BCA && to.psi_scale == PSI_RELATIVE);
    ck_assert(memcmp(to.weights, from.weights, sizeof to.weights) == 0);
    ck_assert(isnan(to.score_stderr));
    arena_finish(&arena);
}
END_TEST

START_TEST(a_panel_comes_back_without_its_columns)
{
    static slice names[] = {SLICE_INIT("7"), {NULL, 0}};
    static const double time[] = {1, 2};
    struct panel to = {0}, from = {.row_count = 2,
                                   .time = time,
                                   .algorithms = {names, 2},
                                   .algorithms_numeric = true,
                                   .setting_count = 1,
                                   .separator = ';',
                                   .source_row_count = 4,
                                   .dropped_time = 2};
    there_and_back(&from, &to, keep_panel_fields);
    ck_assert(to.row_count == 2 && to.algorithms.count == 2 && to.algorithms_numeric);
    ck_assert(slice_eq(to.algorithms.names[0], S("7")) && !to.algorithms.names[1].ptr);
    ck_assert(to.separator == ';' && to.source_row_count == 4 && to.dropped_time == 2);
    ck_assert(!to.time && to.setting_count == 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_grid_and_its_plots_come_back)
{
    struct arena own;
    struct buf bytes;
    arena_init(&own, 1 << 24);
    struct grid *from = sample_grid(&(struct sample_options){0}, &own), to = {0};
    struct plots plots = sample_plots(from, &own), back = {0};
    there_and_back(from, &to, keep_grid_fields);
    ck_assert_uint_eq(to.system_count, from->system_count);
    ck_assert(slice_eq(to.categories[0][3], from->categories[0][3]));
    ck_assert(memcmp(to.settings[1], from->settings[1], sizeof(double) * 3 * 14) == 0);
    ck_assert_uint_eq(to.row_counts[20], from->row_counts[20]);
    buf_init_arena(&bytes, &own, 1 << 20);
    struct keeper k = {.out = &bytes};
    keep_plots(&k, &plots, from);
    k = (struct keeper){.at = bytes.ptr, .end = bytes.ptr + bytes.len, .arena = &own};
    keep_plots(&k, &back, &to);
    ck_assert(!k.is_bad && k.at == k.end);
    ck_assert_uint_eq(back.scatter_count, plots.scatter_count);
    ck_assert_uint_eq(back.null_counts[14], plots.null_counts[14]);
    ck_assert(memcmp(&back.null_observed, &plots.null_observed, sizeof(double)) == 0);
    arena_finish(&own);
    arena_finish(&arena);
}
END_TEST

START_TEST(periods_come_back_with_the_means_of_their_constraints)
{
    struct arena own;
    arena_init(&own, 1 << 24);
    const struct grid *grid = sample_grid(&(struct sample_options){0}, &own);
    struct classic to = {0}, from = sample_classic(&(struct sample_options){0}, grid, &own);
    there_and_back(&from, &to, keep_classic_fields);
    ck_assert_uint_eq(to.period_count, SAMPLE_ROUNDS);
    ck_assert(to.periods[3].constraint_mean[0] > 359 && to.periods[3].constraint_mean[0] < 361);
    ck_assert_str_eq(to.indicator[INDICATOR_RHO_PC].reason, "constant_performance");
    ck_assert(!to.bootstrap[0].samples);
    ck_assert_uint_eq(to.constraints[0].missing_count, 1);
    arena_finish(&own);
    arena_finish(&arena);
}
END_TEST

START_TEST(the_warnings_of_a_verdict_come_back)
{
    struct arena own;
    arena_init(&own, 1 << 24);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_FIXED}, &own);
    struct verdict to = {0};
    note_add(report->verdict.warnings, &own, "ceiling_effect", S("s"), "%s", "words");
    there_and_back(&report->verdict, &to, keep_verdict_fields);
    ck_assert_int_eq(to.kind, VERDICT_FIXED);
    ck_assert_uint_eq(to.warnings->count, 1);
    ck_assert_str_eq(to.warnings->items[0].code, "ceiling_effect");
    arena_finish(&own);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("kept_parts", options_come_back_with_their_preset, a_panel_comes_back_without_its_columns,
          a_grid_and_its_plots_come_back, periods_come_back_with_the_means_of_their_constraints,
          the_warnings_of_a_verdict_come_back)
