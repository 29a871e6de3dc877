/* Tests of detect/plots.c: ranges, thinning, who is drawn. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(ranges_skip_missing_values)
{
    double low = 0;
    double high = 0;
    ck_assert(range_of((double[]){NAN, 3, -1, NAN}, 4, &low, &high));
    ck_assert(low == -1 && high == 3);
    ck_assert(!range_of((double[]){NAN}, 1, &low, &high));
    ck_assert(!range_of(NULL, 0, &low, &high));
}
END_TEST

START_TEST(thinning_averages_neighbours_and_keeps_short_lines)
{
    double x[] = {1, 2, 3, 4, 5};
    double y[] = {10, 20, NAN, 40, 50};
    ck_assert_uint_eq(thin_out(x, y, 5, 5), 5);
    ck_assert(x[4] == 5 && y[0] == 10);
    ck_assert_uint_eq(thin_out(x, y, 5, 3), 3);
    ck_assert(x[0] == 1.5 && y[0] == 15);
    ck_assert(x[1] == 3.5 && y[1] == 40);
    ck_assert(x[2] == 5 && y[2] == 50);
}
END_TEST

START_TEST(the_suspected_system_leads_and_the_rest_is_counted)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE, .systems = 9});
    struct cast cast = plots_cast(s.report);
    ck_assert_uint_eq(cast.count, HTML_SERIES_MAX);
    ck_assert_uint_eq(cast.left_out, 3);
    ck_assert_uint_eq(cast.systems[0], 1);
    ck_assert_uint_eq(cast.systems[1], 0);
    s.report->verdict.kind = VERDICT_NO_EVIDENCE;
    cast = plots_cast(s.report);
    ck_assert_uint_eq(cast.systems[0], 0);
    page_finish(&s);
}
END_TEST

START_TEST(figures_have_ids_title_description_and_caption)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    for (int i = 0; i < 2; i++) {
        struct figure figure = {.title = "Score", .caption = "As <logged>.", .description = S("d")};
        figure_begin(&s.page, &figure, 100);
        figure_drawn(&s.page, &figure);
        figure_end(&s.page);
    }
    ck_assert(page_has(&s, "<svg id=\"rp-f1\" class=\"plot\" viewBox=\"0 0 360 100\" role=\"img\" "
                           "aria-labelledby=\"rp-f1-t rp-f1-d\">"));
    ck_assert(page_has(&s, "id=\"rp-f2\""));
    ck_assert(page_has(&s, "<desc id=\"rp-f1-d\">d</desc>"));
    ck_assert(page_has(&s, "<figcaption><b>Score</b> As &lt;logged&gt;.</figcaption>"));
    page_finish(&s);
}
END_TEST

TEST_MAIN("plots", ranges_skip_missing_values, thinning_averages_neighbours_and_keeps_short_lines,
          the_suspected_system_leads_and_the_rest_is_counted,
          figures_have_ids_title_description_and_caption)
