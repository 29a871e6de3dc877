/* Tests of detect/html_verdict.c: the first screen of a report. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(answer_headline_text_and_facts_stand_together)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_verdict(&s.page);
    ck_assert(page_has(&s, "<section class=\"verdict strong\""));
    ck_assert(page_has(&s, "<b>Not as it stands</b>"));
    ck_assert(page_has(&s, "<h2 class=\"head\" id=\"rp-verdict-h\">The test settings followed"));
    ck_assert(page_has(&s, "<dt>Evidence</dt><dd>strong<small>p = .003</small>"));
    ck_assert(page_has(&s, "<dt>Input grade</dt><dd>C<small>a table made by hand"));
    ck_assert_uint_eq(page_count(&s, "class=\"hit\""), 3); /* 3 in 1,000 */
    page_finish(&s);
}
END_TEST

START_TEST(no_evidence_shows_what_could_be_missed)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_NO_EVIDENCE});
    html_verdict(&s.page);
    ck_assert(page_has(&s, "<dt>Could be missed</dt><dd>|r| &lt; .57"));
    ck_assert(page_has(&s, "<b>With conditions</b>"));
    ck_assert(!page_has(&s, "class=\"hit\""));
    page_finish(&s);
}
END_TEST

START_TEST(luck_is_shown_in_points_when_known)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_NO_EVIDENCE});
    s.report->selection_optimism = 0.0163;
    s.report->options.attempts = 12;
    html_verdict(&s.page);
    ck_assert(page_has(&s, "<dd>about 0.0163 points<small>best of 12 equal configurations"));
    page_finish(&s);
}
END_TEST

START_TEST(mechanisms_show_result_null_and_absence_apart)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_mechanism(&s.page);
    ck_assert_uint_eq(page_count(&s, "▲ flagged"), 1);
    ck_assert_uint_eq(page_count(&s, "not computed: too few rounds"), 2);
    ck_assert_uint_eq(page_count(&s, "does not apply"), 1);
    ck_assert_uint_eq(page_count(&s, "– not flagged"), 1);
    page_finish(&s);
}
END_TEST

START_TEST(a_fixed_protocol_has_no_mechanism_section)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_FIXED});
    html_mechanism(&s.page);
    ck_assert_uint_eq(s.out.len, 0);
    html_certain(&s.page);
    html_next_steps(&s.page);
    ck_assert(page_has(&s, "Attempts that were never logged"));
    ck_assert(page_has(&s, "<ul class=\"steps\">"));
    page_finish(&s);
}
END_TEST

TEST_MAIN("html_verdict", answer_headline_text_and_facts_stand_together,
          no_evidence_shows_what_could_be_missed, luck_is_shown_in_points_when_known,
          mechanisms_show_result_null_and_absence_apart, a_fixed_protocol_has_no_mechanism_section)
