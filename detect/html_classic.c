/* The classic indicators in an HTML report: cards, composite score, steps, variation. */
#include "detect/html_parts.h"
#include "detect/number.h"
#include "detect/plots.h"

#include <math.h>

enum { CONSTRAINT_ROWS_MAX = 16 };

static void put_interval(struct page *page, enum indicator_id id)
{
    const struct detect_report *report = page->words->report;
    const struct bootstrap_stat *stat = &report->classic.bootstrap[id];
    if (!report->classic.bootstrapped || !isfinite(stat->ci_lower))
        return;
    slice text = arena_printf(
        page->words->arena, tr(page->words->lang, N_("%s interval %s to %s (%s resamples)")),
        wording_percent(page->words, report->options.bootstrap.confidence),
        wording_number(page->words, stat->ci_lower), wording_number(page->words, stat->ci_upper),
        wording_count(page->words, stat->successful));
    html_paragraph(page, "dim", text);
    if (id == INDICATOR_PSI && stat->ci_lower > report->classic.indicator[id].score)
        html_paragraph(page, "dim",
                       slice_of(tr(page->words->lang,
                                   N_("Resampling rows leaves fewer in each period, which pushes "
                                      "PSI upward: the interval may lie above the value."))));
}

static void put_card(struct page *page, enum indicator_id id)
{
    const struct classic *classic = &page->words->report->classic;
    const struct indicator *indicator = &classic->indicator[id];
    struct buf *out = page->out;
    bool known = isfinite(indicator->score);
    buf_printf(out, "<div class=\"card\"><h3>%s</h3><p class=\"big\">", indicator_title(id));
    html_number(page, indicator->score);
    buf_put_str(out, "</p>\n<p><b>");
    html_say(page, !known                 ? N_("not defined for this log")
                   : indicator->triggered ? N_("beyond its threshold")
                                          : N_("within its threshold"));
    buf_put_str(out, "</b> (");
    number_sig(out, indicator->threshold, 3);
    buf_put_str(out, ")</p>\n");
    html_paragraph(page, "dim", slice_of(indicator_meaning(id, page->words->lang)));
    plots_indicator(page, id);
    if (known)
        put_interval(page, id);
    if (known)
        html_paragraph(page, "small", slice_of(classic_band(classic, id, page->words->lang)));
    buf_put_str(out, "</div>\n");
}

static void put_constraint(struct page *page, size_t i)
{
    const struct classic *classic = &page->words->report->classic;
    const struct classic_constraint *constraint = &classic->constraints[i];
    double *means = arena_array(page->words->arena, HTML_POINTS_MAX * 2, sizeof *means);
    html_row(page);
    html_head_cell(page, constraint->name);
    html_number_cell(page, constraint->mean);
    html_number_cell(page, constraint->std);
    html_number_cell(page, constraint->cv);
    html_number_cell(page, constraint->correlation);
    buf_put_str(page->out, "<td>");
    size_t stride = (classic->period_count + HTML_POINTS_MAX - 1) / HTML_POINTS_MAX;
    size_t count = 0;
    for (size_t t = 0; means && t < classic->period_count; t += stride)
        means[count++] =
            classic->periods[t].constraint_mean ? classic->periods[t].constraint_mean[i] : NAN;
    svg_sparkline(page->out, means, count,
                  slice_of(tr(page->words->lang, N_("mean over the periods"))));
    buf_put_str(page->out, "</td>");
    html_row_end(page);
}

static void put_variation(struct page *page)
{
    static const char *const headings[] = {N_("Setting"),
                                           N_("#Mean"),
                                           N_("#Std. deviation"),
                                           N_("#Variation (CV)"),
                                           N_("#r with score"),
                                           N_("Over the periods"),
                                           NULL};
    const struct classic *classic = &page->words->report->classic;
    if (!classic->constraints || !classic->periods || classic->constraint_count == 0)
        return;
    html_table(page, "wide", N_("How much each setting varies"), headings);
    for (size_t i = 0; i < classic->constraint_count && i < CONSTRAINT_ROWS_MAX; i++)
        put_constraint(page, i);
    html_table_end(page);
}

void html_classic(struct page *page)
{
    const struct classic *classic = &page->words->report->classic;
    if (!classic->defined)
        return;
    html_section(page, "classic", N_("Classic indicators, uncalibrated"));
    buf_put_str(page->out, "<p class=\"note dim\">");
    html_say(page, page->words->report->has_verdict
                       ? N_("For comparison with earlier reports. These thresholds depend on units "
                            "and have no known error rate; the verdict above does not use them.")
                       : N_("These thresholds depend on units and have no known error rate."));
    buf_put_str(page->out, "</p>\n<div class=\"cards\">\n");
    for (int i = 0; i < INDICATOR_COUNT; i++)
        put_card(page, (enum indicator_id)i);
    buf_put_str(page->out, "</div>\n<div class=\"plots\">\n");
    plots_cbs(page);
    buf_put_str(page->out, "</div>\n");
    html_section_end(page);
}

/* --- over the rounds ----------------------------------------------------------------------------
 */

static void put_differences(struct page *page)
{
    static const char *const headings[] = {N_("System"), N_("Field"), N_("Values"), NULL};
    const struct verdict *v = &page->words->report->verdict;
    if (!page->words->report->has_verdict || v->difference_count == 0)
        return;
    html_table(page, "wide", N_("Protocol fields that differ"), headings);
    for (size_t i = 0; i < v->difference_count && i < HTML_TABLE_ROWS_MAX; i++) {
        html_row(page);
        html_head_cell(page, v->differences[i].system);
        buf_put_str(page->out, "<td>");
        html_name(page, v->differences[i].field);
        buf_put_str(page->out, "</td><td>");
        html_name(page, v->differences[i].values);
        buf_put_str(page->out, "</td>");
        html_row_end(page);
    }
    html_table_end(page);
}

void html_rounds(struct page *page)
{
    const struct detect_report *report = page->words->report;
    if (!report->grid || report->grid->round_count == 0 || report->grid->system_count == 0)
        return;
    struct cast cast = plots_cast(report);
    html_section(page, "rounds", N_("Scores and settings over the rounds"));
    put_differences(page);
    plots_key(page, &cast);
    buf_put_str(page->out, "<div class=\"plots\">\n");
    plots_performance(page, &cast);
    plots_settings(page, &cast);
    plots_labels(page, &cast);
    plots_steps(page);
    buf_put_str(page->out, "</div>\n");
    put_variation(page);
    html_section_end(page);
}
