/* The top of an HTML report: answer, verdict, certain findings, mechanism, next steps. */
#include "detect/html_parts.h"
#include "detect/names.h"
#include "detect/number.h"
#include "detect/plots.h"

#include <math.h>

/* --- facts beside the verdict ------------------------------------------------------------------
 */

static void fact(struct page *page, const char *term, slice value, slice detail)
{
    if (value.len == 0)
        return;
    buf_put_str(page->out, "<div><dt>");
    html_say(page, term);
    buf_put_str(page->out, "</dt><dd>");
    html_text(page, value);
    if (detail.len) {
        buf_put_str(page->out, "<small>");
        html_text(page, detail);
        buf_put_str(page->out, "</small>");
    }
    buf_put_str(page->out, "</dd></div>\n");
}

static slice say(struct page *page, const char *english)
{
    return slice_of(tr(page->words->lang, english));
}

static slice grade_meaning(struct page *page)
{
    slice grade = page->context->grade;
    if (slice_eq(grade, S("A")))
        return say(page, N_("captured while the tests ran"));
    if (slice_eq(grade, S("B")))
        return say(page, N_("tool files, imported with their hashes"));
    if (slice_eq(grade, S("C")))
        return say(page, N_("a table made by hand; nothing vouches for its completeness"));
    return S("");
}

static void fact_evidence(struct page *page)
{
    struct wording *w = page->words;
    const struct verdict *v = &w->report->verdict;
    if (!v->tested && !v->selection.present)
        return;
    slice p = arena_printf(w->arena, "p %s", wording_p(w, v->p_value));
    slice level = arena_printf(w->arena, tr(w->lang, N_("a detection needs p ≤ %s")),
                               wording_unit(w, v->alpha));
    if (w->strength.len)
        fact(page, N_("Evidence"), w->strength, p);
    else
        fact(page, N_("Test result"), p, level);
}

static void fact_limit(struct page *page)
{
    struct wording *w = page->words;
    const struct verdict *v = &w->report->verdict;
    if (!v->tested || !isfinite(v->mde_partial_r) || v->kind == VERDICT_ADAPTIVE)
        return;
    fact(page, N_("Could be missed"),
         arena_printf(w->arena, "|r| < %s", wording_unit(w, v->mde_partial_r)),
         say(page, N_("weaker effects than this are found in fewer than 4 of 5 logs")));
}

static void put_facts(struct page *page)
{
    struct wording *w = page->words;
    const struct detect_report *report = w->report;
    buf_put_str(page->out, "<dl class=\"facts\">\n");
    if (report->has_verdict)
        fact_evidence(page);
    if (report->grid)
        fact(page, N_("Log"),
             arena_printf(w->arena, tr(w->lang, N_("systems: %zu, rounds: %zu")),
                          report->grid->system_count, report->grid->round_count),
             arena_printf(w->arena, tr(w->lang, N_("%s rows")),
                          wording_count(w, report->panel->row_count)));
    if (report->has_verdict)
        fact_limit(page);
    if (isfinite(report->selection_optimism))
        fact(page, N_("Luck of the best attempt"),
             arena_printf(w->arena, tr(w->lang, N_("about %s points")),
                          wording_number(w, report->selection_optimism)),
             arena_printf(w->arena, tr(w->lang, N_("best of %s equal configurations")),
                          wording_count(w, report->options.attempts)));
    if (page->context->grade.len)
        fact(page, N_("Input grade"), name_shown(w->arena, page->context->grade, NAME_COLUMNS_MAX),
             grade_meaning(page));
    buf_put_str(page->out, "</dl>\n");
}

/* --- verdict -------------------------------------------------------------------------------------
 */

void html_verdict(struct page *page)
{
    static const char *const tones[] = {"neutral", "moderate", "strong"};
    struct wording *w = page->words;
    struct buf *out = page->out;
    const char *heading = page->whole ? "h1" : "h2";
    buf_printf(out, "<section class=\"verdict %s\" aria-labelledby=\"rp-verdict-h\">\n",
               tones[w->tone]);
    buf_put_str(out, "<p class=\"ask\">");
    html_say(page, N_("Can this score be used for a decision?"));
    buf_put_str(out, "</p>\n<div class=\"answer\">");
    plots_icon(page);
    buf_put_str(out, "<p><b>");
    html_text(page, slice_of(w->answer));
    buf_put_str(out, "</b> ");
    html_text(page, slice_of(w->answer_why));
    buf_put_str(out, "</p></div>\n");
    buf_printf(out, "<%s class=\"head\" id=\"rp-verdict-h\">", heading);
    html_text(page, slice_of(w->headline));
    buf_printf(out, "</%s>\n", heading);
    html_paragraph(page, "text", w->text);
    if (w->next_steps.count) {
        buf_put_str(out, "<p class=\"next\"><b>");
        html_say(page, N_("Next step:"));
        buf_put_str(out, "</b> ");
        html_text(page, w->next_steps.items[0]);
        buf_put_str(out, "</p>\n");
    }
    plots_frequency(page);
    put_facts(page);
    buf_put_str(out, "</section>\n");
}

void html_certain(struct page *page)
{
    const struct wording *w = page->words;
    buf_put_str(page->out, "<div class=\"two\">\n");
    if (w->findings.count) {
        html_section(page, "certain", N_("What is certain"));
        html_list(page, "plain", &w->findings);
        html_section_end(page);
    }
    html_section(page, "unchecked", N_("What was not checked"));
    html_list(page, "plain", &w->unchecked);
    html_section_end(page);
    buf_put_str(page->out, "</div>\n");
}

/* --- mechanism -----------------------------------------------------------------------------------
 */

static void put_mechanism_row(struct page *page, enum mechanism mechanism)
{
    const struct mechanism_result *m = &page->words->report->verdict.mechanisms[mechanism];
    struct buf *out = page->out;
    html_row(page);
    buf_put_str(out, "<th scope=\"row\">");
    html_text(page, slice_of(mechanism_name(mechanism, page->words->lang)));
    buf_put_str(out, "<small>");
    html_text(page, slice_of(mechanism_meaning(mechanism, page->words->lang)));
    buf_put_str(out, "</small></th>");
    if (m->presence == PRESENCE_COMPUTED) {
        buf_put_str(out, "<td class=\"n\">");
        html_text(page, slice_of(wording_p_cell(page->words, m->p_holm)));
        buf_put_str(out, m->flagged ? "</td><td class=\"flag\">▲ " : "</td><td>– ");
        html_say(page, m->flagged ? N_("flagged") : N_("not flagged"));
        buf_put_str(out, "</td>");
    } else {
        buf_put_str(out, "<td class=\"n\">–</td><td class=\"dim\">");
        html_say(page, m->presence == PRESENCE_NULL ? N_("not computed: too few rounds")
                                                    : N_("does not apply"));
        buf_put_str(out, "</td>");
    }
    html_row_end(page);
}

void html_mechanism(struct page *page)
{
    static const char *const headings[] = {N_("Mechanism"), N_("#p, corrected"), N_("Result"),
                                           NULL};
    const struct detect_report *report = page->words->report;
    if (!report->has_verdict || report->verdict.kind == VERDICT_FIXED)
        return;
    html_section(page, "mechanism",
                 report->verdict.kind == VERDICT_ADAPTIVE ? N_("What drove it")
                                                          : N_("What was tested"));
    html_list(page, "plain", &page->words->explanation);
    if (report->verdict.tested || report->verdict.selection.present) {
        html_table(page, "wide", N_("The ways in which settings or reports can follow results"),
                   headings);
        for (int m = 0; m < MECHANISM_COUNT; m++)
            put_mechanism_row(page, (enum mechanism)m);
        html_table_end(page);
    }
    buf_put_str(page->out, "<div class=\"plots\">\n");
    plots_null(page);
    plots_scatter(page);
    plots_changes(page);
    buf_put_str(page->out, "</div>\n");
    html_section_end(page);
}

void html_next_steps(struct page *page)
{
    html_section(page, "next", N_("Next steps"));
    html_list(page, "steps", &page->words->next_steps);
    html_section_end(page);
}
