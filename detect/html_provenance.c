/* The end of an HTML report: data, warnings, where every number comes from, use, people. */
#include "detect/html_parts.h"
#include "detect/names.h"
#include "detect/number.h"

#include <math.h>

enum { NOTES_MAX = 40, PEOPLE_MAX = 12 };

static slice text_of(struct page *page, slice text)
{
    return text.len ? name_shown(page->words->arena, text, 160) : (slice){NULL, 0};
}

/* --- data
 * ----------------------------------------------------------------------------------------- */

static void put_runs(struct page *page)
{
    struct wording *w = page->words;
    const struct report_runs *runs = page->context->runs;
    if (!runs) {
        html_fact(page, N_("Completeness"),
                  slice_of(tr(w->lang, N_("unknown: the file does not say which runs it leaves "
                                          "out"))));
        return;
    }
    html_fact(page, N_("Runs seen"), slice_of(wording_count(w, runs->seen)));
    html_fact(page, N_("Runs failed"), slice_of(wording_count(w, runs->failed)));
    html_fact(page, N_("Runs excluded"),
              arena_printf(w->arena, "%s%s" SLICE_FMT, wording_count(w, runs->excluded),
                           runs->excluded_why.len ? ": " : "",
                           SLICE_ARG(text_of(page, runs->excluded_why))));
    html_fact(page, N_("Gaps"), slice_of(wording_count(w, runs->gaps)));
}

static void put_notes(struct page *page)
{
    const struct notes *notes = &page->words->report->warnings;
    if (notes->count == 0)
        return;
    buf_put_str(page->out, "<ul class=\"plain\">\n");
    for (size_t i = 0; i < notes->count && i < NOTES_MAX; i++) {
        buf_put_str(page->out, "<li>");
        html_text(page,
                  name_shown(page->words->arena, notes->items[i].text[page->words->lang], 240));
        buf_put_str(page->out, "</li>\n");
    }
    buf_put_str(page->out, "</ul>\n");
}

void html_data(struct page *page)
{
    struct wording *w = page->words;
    const struct panel *panel = w->report->panel;
    html_section(page, "data", N_("Data and warnings"));
    buf_put_str(page->out, "<dl class=\"prov\">\n");
    html_fact(page, N_("Rows used"),
              arena_printf(w->arena, tr(w->lang, N_("%s of %s")),
                           wording_count(w, panel->row_count),
                           wording_count(w, panel->source_row_count ? panel->source_row_count
                                                                    : panel->row_count)));
    if (panel->dropped_performance)
        html_fact(page, N_("Without a score"),
                  slice_of(wording_count(w, panel->dropped_performance)));
    if (panel->dropped_time)
        html_fact(page, N_("Without a time"), slice_of(wording_count(w, panel->dropped_time)));
    put_runs(page);
    buf_put_str(page->out, "</dl>\n");
    put_notes(page);
    html_section_end(page);
}

/* --- provenance
 * ----------------------------------------------------------------------------------- */

static slice options_text(struct page *page)
{
    struct wording *w = page->words;
    const struct detect_options *o = &w->report->options;
    struct buf buf;
    buf_init_arena(&buf, w->arena, 1024);
    buf_printf(&buf, "engine %s, seed %llu, alpha %s",
               o->engine == ENGINE_CLASSIC ? "classic" : "calibrated", (unsigned long long)o->seed,
               wording_number(w, o->alpha));
    if (o->draws != DRAWS_AUTO)
        buf_printf(&buf, ", draws %u", o->draws);
    if (o->lower_is_better)
        buf_put_str(&buf, ", lower is better");
    if (o->bootstrap.run)
        buf_printf(&buf, ", bootstrap %u", o->bootstrap.resamples);
    buf_put_str(&buf, ", weights");
    for (int i = 0; i < INDICATOR_COUNT; i++)
        buf_printf(&buf, " %s", wording_number(w, o->weights[i]));
    buf_put_str(&buf, ", thresholds");
    for (int i = 0; i < INDICATOR_COUNT; i++)
        buf_printf(&buf, " %s", wording_number(w, o->threshold[i]));
    return buf_slice(&buf);
}

/* Text that a machine reads again: not shortened, only escaped. */
static void put_code(struct page *page, const char *term, slice text)
{
    if (text.len == 0)
        return;
    buf_put_str(page->out, "<dt>");
    html_say(page, term);
    buf_put_str(page->out, "</dt><dd><code>");
    html_text(page, text_of(page, text));
    buf_put_str(page->out, "</code></dd>\n");
}

void html_provenance(struct page *page)
{
    const struct report_context *c = page->context;
    html_section(page, "provenance", N_("Where this comes from"));
    buf_put_str(page->out, "<dl class=\"prov\">\n");
    html_fact(page, N_("Input"), text_of(page, c->input_name));
    put_code(page, N_("SHA-256 of the input"), c->input_sha256);
    html_fact(page, N_("Label"), text_of(page, c->label));
    put_code(page, N_("Report"), c->id);
    html_fact(page, N_("Made at"), text_of(page, c->created_at));
    html_fact(page, N_("Clock"), text_of(page, c->clock_source));
    html_fact(page, N_("Options"), options_text(page));
    html_fact(page, N_("Engine version"), slice_of(page->words->report->engine_version));
    put_code(page, N_("SHA-256 of the program"), c->binary_sha256);
    put_code(page, N_("Recompute with"), c->command);
    put_code(page, N_("Sealed with key"), c->key_id);
    html_fact(page, N_("Supersedes"), text_of(page, c->supersedes));
    html_fact(page, N_("Superseded by"), text_of(page, c->superseded_by));
    html_fact(page, N_("Kept"), text_of(page, c->retention));
    if (c->elapsed_ms >= 0)
        html_fact(
            page, N_("Time taken"),
            arena_printf(page->words->arena, "%lld ms%s", (long long)c->elapsed_ms,
                         c->from_cache ? tr(page->words->lang, N_(" (from the cache)")) : ""));
    buf_put_str(page->out, "</dl>\n");
    html_section_end(page);
}

/* --- use and people
 * ---------------------------------------------------------------------------------- */

static void put_person(struct page *page, slice role, const struct report_person *person)
{
    html_row(page);
    html_head_cell(page, role);
    for (int i = 0; i < 2; i++) {
        slice text = !person ? (slice){NULL, 0} : i == 0 ? person->name : person->time;
        buf_put_str(page->out, "<td>");
        html_text(page, text_of(page, text));
        buf_put_str(page->out, "</td>");
    }
    html_row_end(page);
}

/* Places to sign, by hand too; not to be taken for the seal of the appliance. */
static void put_people(struct page *page)
{
    static const char *const headings[] = {N_("Role"), N_("Full name"), N_("Date and time"), NULL};
    static const char *const roles[] = {N_("Prepared by"), N_("Reviewed by"), N_("Approved by")};
    static const char *const slugs[] = {"preparer", "reviewer", "approver"};
    const struct report_context *c = page->context;
    html_table(page, "wide sign", N_("People who stand by this report"), headings);
    for (size_t r = 0; r < ARRAY_COUNT(roles); r++) {
        size_t found = 0;
        for (size_t i = 0; i < c->person_count && i < PEOPLE_MAX; i++)
            if (slice_eq(c->people[i].role, slice_of(slugs[r]))) {
                put_person(page, slice_of(tr(page->words->lang, roles[r])), &c->people[i]);
                found++;
            }
        if (found == 0)
            put_person(page, slice_of(tr(page->words->lang, roles[r])), NULL);
    }
    html_table_end(page);
}

void html_use(struct page *page)
{
    html_section(page, "use", N_("Assumptions and use"));
    html_list(page, "plain", &page->words->assumptions);
    if (page->words->report->has_verdict)
        html_paragraph(page, "plain", wording_measured(page->words));
    buf_put_str(page->out, "<p>");
    html_say(page, N_("Intended use: to support a decision about a score by showing whether the "
                      "test settings followed the results."));
    buf_put_str(page->out, "</p>\n<p>");
    html_say(page, N_("Not for decisions about people (hiring, pay, discipline), and no proof of "
                      "intent or misconduct."));
    buf_put_str(page->out, "</p>\n");
    put_people(page);
    html_section_end(page);
}
