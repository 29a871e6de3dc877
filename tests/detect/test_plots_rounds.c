/* Tests of detect/plots_rounds.c: lines, bands, labels and steps over the rounds. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(scores_have_a_line_per_system_bands_and_a_table)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    struct cast cast = plots_cast(s.report);
    plots_key(&s.page, &cast);
    plots_performance(&s.page, &cast);
    ck_assert_uint_eq(page_count(&s, "<path class=\"l l0\" d=\"M0 6"), 1);
    ck_assert_uint_eq(page_count(&s, "class=\"l l2\""), 2); /* key and line */
    ck_assert_uint_eq(page_count(&s, "class=\"band\""), 3);
    ck_assert_uint_eq(page_count(&s, "<tr><th scope=\"row\">"), 14);
    ck_assert(page_has(&s, "41 values from") || page_has(&s, "42 values from"));
    page_finish(&s);
}
END_TEST

START_TEST(without_a_detection_nothing_is_shaded)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_NO_EVIDENCE});
    struct cast cast = plots_cast(s.report);
    plots_performance(&s.page, &cast);
    ck_assert(!page_has(&s, "class=\"band\""));
    ck_assert(!page_has(&s, "Shaded"));
    page_finish(&s);
}
END_TEST

START_TEST(the_driving_setting_comes_first_and_constant_ones_not_at_all)
{
    static double constant[SAMPLE_SYSTEMS * SAMPLE_ROUNDS];
    const double *settings[2];
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    struct cast cast = plots_cast(s.report);
    struct grid grid = *s.report->grid;
    settings[0] = constant;
    settings[1] = grid.settings[1];
    grid.settings = settings;
    s.report->grid = &grid;
    plots_settings(&s.page, &cast);
    ck_assert(!page_has(&s, "constraint_compute"));
    ck_assert(page_has(&s, ">temperature<"));
    page_finish(&s);
}
END_TEST

START_TEST(labels_become_letters_with_a_legend)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    struct cast cast = plots_cast(s.report);
    plots_labels(&s.page, &cast);
    ck_assert_uint_eq(page_count(&s, "<text class=\"on\""), 9); /* 3 labels in 3 systems */
    ck_assert(page_has(&s, "<b>C</b> <bdi>v2</bdi>"));
    page_finish(&s);
}
END_TEST

START_TEST(long_logs_are_thinned_and_their_tables_cut)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE, .rounds = 1000});
    struct cast cast = plots_cast(s.report);
    plots_performance(&s.page, &cast);
    ck_assert_uint_eq(page_count(&s, "<tr><th scope=\"row\">"), HTML_TABLE_ROWS_MAX);
    ck_assert(page_has(&s, "the first 40 rounds"));
    ck_assert_uint_lt(s.out.len, 20000);
    s.out.len = 0;
    plots_labels(&s.page, &cast);
    ck_assert_uint_eq(s.out.len, 0); /* cells would be thinner than a line */
    page_finish(&s);
}
END_TEST

START_TEST(steps_are_bars_without_the_first_period)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    plots_steps(&s.page);
    ck_assert_uint_eq(page_count(&s, "<rect class=\"br\""), 13);
    s.out.len = 0;
    s.report->classic.period_count = 1;
    plots_steps(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

TEST_MAIN("plots_rounds", scores_have_a_line_per_system_bands_and_a_table,
          without_a_detection_nothing_is_shaded,
          the_driving_setting_comes_first_and_constant_ones_not_at_all,
          labels_become_letters_with_a_legend, long_logs_are_thinned_and_their_tables_cut,
          steps_are_bars_without_the_first_period)
