/* Tests of detect/plots_marks.c: icon, frequency, composite score, indicators. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

/* The shape of a verdict's icon; no kind shares the triangle of a detection. */
START_TEST(only_a_detection_has_the_triangle)
{
    static const struct sample_options kinds[] = {{.kind = VERDICT_ADAPTIVE},
                                                  {.kind = VERDICT_NO_EVIDENCE},
                                                  {.kind = VERDICT_INSUFFICIENT},
                                                  {.kind = VERDICT_FIXED},
                                                  {.classic_engine = true}};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        page_begin(&s, kinds[i]);
        plots_icon(&s.page);
        ck_assert_int_eq(page_has(&s, "M20 4.5L37 34.5L3 34.5z"), i == 0);
        ck_assert(page_has(&s, "aria-hidden=\"true\""));
        page_finish(&s);
    }
}
END_TEST

START_TEST(one_square_per_honest_log_that_looks_like_this)
{
    static const struct {
        double p;
        size_t hits;
    } cases[] = {{0.003, 3}, {0.0005, 1}, {0.0001, 0}, {0.047, 47}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
        s.report->verdict.p_value = cases[i].p;
        plots_frequency(&s.page);
        ck_assert_uint_eq(page_count(&s, "class=\"hit\""), cases[i].hits);
        ck_assert_int_eq(page_has(&s, "none is coloured"), cases[i].hits == 0);
        page_finish(&s);
    }
}
END_TEST

START_TEST(the_composite_score_has_its_zones)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    plots_cbs(&s.page);
    ck_assert(page_has(&s, "<rect class=\"z0\" x=\"6\" y=\"22\" width=\"104.4\""));
    ck_assert(page_has(&s, ">0.6</text>"));
    ck_assert(page_has(&s, ">0.52</text>"));
    s.out.len = 0;
    s.report->classic.cbs_score = NAN;
    plots_cbs(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

START_TEST(an_indicator_shows_value_threshold_and_interval)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    plots_indicator(&s.page, INDICATOR_PSI);
    ck_assert_uint_eq(page_count(&s, "class=\"ci\""), 1);
    ck_assert_uint_eq(page_count(&s, "class=\"th\""), 1);
    s.out.len = 0;
    s.report->classic.bootstrapped = false;
    plots_indicator(&s.page, INDICATOR_CCS);
    ck_assert_uint_eq(page_count(&s, "class=\"ci\""), 0);
    s.out.len = 0;
    plots_indicator(&s.page, INDICATOR_RHO_PC);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

TEST_MAIN("plots_marks", only_a_detection_has_the_triangle,
          one_square_per_honest_log_that_looks_like_this, the_composite_score_has_its_zones,
          an_indicator_shows_value_threshold_and_interval)
