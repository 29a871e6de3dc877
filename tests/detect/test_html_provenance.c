/* Tests of detect/html_provenance.c: completeness, provenance, use, people. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(unknown_completeness_is_said)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_data(&s.page);
    ck_assert(page_has(&s, "unknown: the file does not say which runs it leaves out"));
    ck_assert(page_has(&s, "<dd>41 of 42</dd>"));
    ck_assert(page_has(&s, "decides PSI by its unit alone"));
    page_finish(&s);
}
END_TEST

START_TEST(runs_are_counted_with_the_reason_of_exclusion)
{
    struct report_runs runs = {42, 3, 2, 1, S("limited <runs>")};
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    s.context.runs = &runs;
    html_data(&s.page);
    ck_assert(page_has(&s, "<dt>Runs failed</dt><dd>3</dd>"));
    ck_assert(page_has(&s, "<dd>2: limited &lt;runs&gt;</dd>"));
    page_finish(&s);
}
END_TEST

START_TEST(provenance_names_input_options_and_the_command)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    s.context.key_id = S("0011223344556677");
    html_provenance(&s.page);
    ck_assert(page_has(&s, "<dd>evals.csv</dd>"));
    ck_assert(page_has(&s, "<code>0123456789abcdef0123456789abcdef"));
    ck_assert(page_has(&s, "engine calibrated, seed 1, alpha 0.05"));
    ck_assert(page_has(&s, "<code>sleuth detect evals.csv --seed 1</code>"));
    ck_assert(page_has(&s, "<code>0011223344556677</code>"));
    page_finish(&s);
}
END_TEST

START_TEST(there_are_places_to_sign_and_a_limit_of_use)
{
    struct report_person people[] = {{S("approver"), S("Grace <Hopper>"), S("2026-11-23")}};
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    s.context.people = people;
    s.context.person_count = 1;
    html_use(&s.page);
    ck_assert(page_has(&s, "Prepared by</bdi></th><td></td><td></td>"));
    ck_assert(page_has(&s, "Approved by</bdi></th><td>Grace &lt;Hopper&gt;</td>"));
    ck_assert(page_has(&s, "Not for decisions about people"));
    ck_assert(page_has(&s, "p comes from 2,000 re-orderings of the log (seed 1); level .05."));
    page_finish(&s);
}
END_TEST

TEST_MAIN("html_provenance", unknown_completeness_is_said,
          runs_are_counted_with_the_reason_of_exclusion,
          provenance_names_input_options_and_the_command,
          there_are_places_to_sign_and_a_limit_of_use)
