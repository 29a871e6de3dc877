/* Tests of detect/html_classic.c: indicator cards, variation, rounds. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(cards_say_uncalibrated_and_name_what_is_undefined)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_classic(&s.page);
    ck_assert(page_has(&s, "Classic indicators, uncalibrated"));
    ck_assert_uint_eq(page_count(&s, "class=\"card\""), 3);
    ck_assert_uint_eq(page_count(&s, "beyond its threshold"), 2);
    ck_assert_uint_eq(page_count(&s, "not defined for this log"), 1);
    ck_assert(page_has(&s, "95 % interval 16.4 to 24.8 (1,000 resamples)"));
    page_finish(&s);
}
END_TEST

START_TEST(an_undefined_block_leaves_itself_out)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    s.report->classic.defined = false;
    html_classic(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

START_TEST(rounds_hold_plots_variation_and_differences)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_INSUFFICIENT,
                                           .reason = REASON_DIFFERS_BETWEEN_SYSTEMS});
    html_rounds(&s.page);
    ck_assert(page_has(&s, "<caption>Protocol fields that differ</caption>"));
    ck_assert(page_has(&s, "<caption>How much each setting varies</caption>"));
    ck_assert(page_has(&s, "class=\"spark\""));
    ck_assert_uint_ge(page_count(&s, "<figure"), 5);
    ck_assert_uint_eq(page_count(&s, "<figure"), page_count(&s, "</figure>"));
    page_finish(&s);
}
END_TEST

START_TEST(a_log_that_is_too_large_to_plot_has_no_rounds)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    s.report->grid = NULL;
    html_rounds(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    page_finish(&s);
}
END_TEST

TEST_MAIN("html_classic", cards_say_uncalibrated_and_name_what_is_undefined,
          an_undefined_block_leaves_itself_out, rounds_hold_plots_variation_and_differences,
          a_log_that_is_too_large_to_plot_has_no_rounds)
