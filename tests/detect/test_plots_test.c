/* Tests of detect/plots_test.c: null, scatter, change sizes. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(the_null_shows_bins_and_this_log)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    plots_null(&s.page);
    size_t filled = 0;
    for (size_t i = 0; i < SAMPLE_BINS; i++)
        filled += s.report->verdict.plots.null_counts[i] > 0;
    ck_assert_uint_eq(page_count(&s, "<rect class=\"br\""), filled);
    ck_assert_uint_eq(page_count(&s, "<line class=\"ob\""), 1);
    ck_assert(page_has(&s, "Observed 5.2; 0 % of 2,000 re-orderings reach it."));
    page_finish(&s);
}
END_TEST

START_TEST(an_observed_value_outside_of_the_bins_is_still_drawn)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_NO_EVIDENCE});
    s.report->verdict.plots.null_observed = 50;
    plots_null(&s.page);
    ck_assert(page_has(&s, "<line class=\"ob2\" x1=\"350\""));
    page_finish(&s);
}
END_TEST

START_TEST(nothing_is_drawn_without_a_test)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_FIXED});
    s.report->verdict.plots = (struct plots){.changes = NULL};
    plots_null(&s.page);
    plots_scatter(&s.page);
    plots_changes(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

START_TEST(the_scatter_has_a_cloud_per_system_and_a_line)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    plots_scatter(&s.page);
    ck_assert_uint_eq(page_count(&s, "<path class=\"m m"), 3);
    ck_assert_uint_eq(page_count(&s, "<path class=\"rf\""), 1);
    ck_assert(page_has(&s, "correlation r = .62 with “constraint_compute”."));
    ck_assert(!page_has(&s, "nan"));
    page_finish(&s);
}
END_TEST

START_TEST(missing_points_and_constant_scores_are_harmless)
{
    static const double x[] = {1, 1, 1, NAN};
    static const double y[] = {0, 1, NAN, 2};
    static const uint32_t system[] = {0, 0, 1, 2};
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    struct plots *plots = &s.report->verdict.plots;
    plots->scatter_x = x;
    plots->scatter_y = y;
    plots->scatter_system = system;
    plots->scatter_count = 4;
    plots_scatter(&s.page);
    ck_assert(!page_has(&s, "<path class=\"rf\"")); /* no line through one x */
    ck_assert(!page_has(&s, "nan"));
    page_finish(&s);
}
END_TEST

/* Two systems, three rounds: after low scores (residual -1) sizes 0.8 and 0.6, after high 0.2. */
START_TEST(change_sizes_are_split_by_the_score_before)
{
    static const double residual[] = {-1, 1, 0, -1, NAN, 0};
    static const double change[] = {0.8, 0.2, 0.6, 0.9};
    static struct change_cloud cloud = {.stride = 1};
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE, .systems = 2, .rounds = 3});
    for (size_t i = 0; i < 4; i++)
        change_cloud_add(&cloud, i, s.report->grid->rounds[i % 2 + 1], residual[i / 2 * 3 + i % 2],
                         change[i]);
    s.report->verdict.plots.changes = &cloud;
    plots_changes(&s.page);
    ck_assert(page_has(&s, "Mean change size 0.7 after low scores, 0.2 after high ones."));
    ck_assert(page_has(&s, "below its trend</bdi></th><td class=\"n\">2</td><td class=\"n\">0.7"));
    page_finish(&s);
}
END_TEST

TEST_MAIN("plots_test", the_null_shows_bins_and_this_log,
          an_observed_value_outside_of_the_bins_is_still_drawn, nothing_is_drawn_without_a_test,
          the_scatter_has_a_cloud_per_system_and_a_line,
          missing_points_and_constant_scores_are_harmless,
          change_sizes_are_split_by_the_score_before)
