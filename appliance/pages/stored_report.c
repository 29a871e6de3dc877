/* The words of a stored report, laid out like the full one; see stored_report.h.
 *
 * Nothing is decided here: every sentence is the one that was stored, so that an old analysis reads
 * the same for ever. */
#include "pages/stored_report.h"

#include "detect/wording.h"
#include "pages/parts.h"

#include <stdio.h>

static slice text_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static bool number_at(const struct json *root, const char *path, double *ret)
{
    const struct json *value = json_at(root, path);
    if (!value || value->kind != JSON_NUMBER)
        return false;
    *ret = value->number;
    return true;
}

static void section_open(struct page *page, const char *id, const char *title)
{
    buf_printf(&page->out, "<section id=\"rp-%s\" aria-labelledby=\"rp-%s-h\">", id, id);
    buf_printf(&page->out, "<h2 id=\"rp-%s-h\">", id);
    page_say(page, title);
    page_raw(page, "</h2>\n");
}

static void put_list(struct page *page, const char *class_name, const struct json *list)
{
    buf_printf(&page->out, "<ul class=\"%s\">", class_name);
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        page_raw(page, "<li>");
        page_text(page, item->text);
        page_raw(page, "</li>\n");
    }
    page_raw(page, "</ul>\n");
}

/* A section with a list; nothing when the list is empty. */
static void put_list_section(struct page *page, const char *id, const char *title,
                             const struct json *list)
{
    if (!list || list->kind != JSON_ARRAY || !list->first)
        return;
    section_open(page, id, title);
    put_list(page, slice_eq(slice_of(id), S("next")) ? "steps" : "plain", list);
    page_raw(page, "</section>\n");
}

/* --- the verdict
 * ---------------------------------------------------------------------------------- */

static void put_fact(struct page *page, const char *term, slice value)
{
    if (value.len == 0)
        return;
    page_raw(page, "<div>");
    page_element(page, "dt", NULL, term);
    page_raw(page, "<dd>");
    page_text(page, value);
    page_raw(page, "</dd></div>\n");
}

static slice number_text(struct page *page, const char *format, double number)
{
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.3g", number);
    return arena_printf(&page->call->arena, "%s%s", format, digits);
}

static void put_facts(struct page *page, const struct json *report)
{
    double p, missed, systems, rounds;
    bool found = slice_eq(text_at(report, "verdict.verdict"), S("adaptive_protocol_detected"));
    page_raw(page, "<dl class=\"facts\">\n");
    if (number_at(report, "verdict.p_value", &p))
        put_fact(page, N_("Evidence"), number_text(page, "p = ", p));
    if (number_at(report, "verdict.shape.K", &systems) &&
        number_at(report, "verdict.shape.T", &rounds))
        put_fact(page, N_("Log"),
                 arena_printf(&page->call->arena, tr(page->lang, N_("systems: %zu, rounds: %zu")),
                              (size_t)systems, (size_t)rounds));
    if (!found && number_at(report, "verdict.mde_partial_r", &missed))
        put_fact(page, N_("Could be missed"), number_text(page, "|r| < ", missed));
    put_fact(page, N_("Input grade"), text_at(report, "input_grade"));
    page_raw(page, "</dl>\n");
}

static void put_verdict(struct page *page, const struct json *report)
{
    slice strength = text_at(report, "verdict.strength");
    const char *tone = slice_eq(strength, S("strong"))     ? "strong"
                       : slice_eq(strength, S("moderate")) ? "moderate"
                                                           : "neutral";
    const struct json *steps = json_at(report, "verdict.next_steps");
    buf_printf(&page->out, "<section class=\"verdict %s\" aria-labelledby=\"rp-verdict-h\">", tone);
    page_element(page, "p", "ask", N_("Can this score be used for a decision?"));
    page_raw(page, "<div class=\"answer\"><p><b>");
    page_text(page, text_at(report, "verdict.answer"));
    page_raw(page, "</b></p></div>\n<h2 class=\"head\" id=\"rp-verdict-h\">");
    page_text(page, text_at(report, "verdict.headline"));
    page_raw(page, "</h2><p class=\"text\">");
    page_text(page, text_at(report, "verdict.text"));
    page_raw(page, "</p>");
    if (steps && steps->first) {
        page_raw(page, "<p class=\"next\"><b>");
        page_say(page, N_("Next step:"));
        page_raw(page, "</b> ");
        page_text(page, steps->first->text);
        page_raw(page, "</p>");
    }
    put_facts(page, report);
    page_raw(page, "</section>\n");
}

/* --- mechanisms
 * ----------------------------------------------------------------------------------- */

static void put_mechanisms(struct page *page, const struct json *mechanisms)
{
    static const char *const heads[] = {N_("Mechanism"), N_("#p, corrected"), N_("Result"), NULL};
    static const struct {
        slice slug;
        enum mechanism mechanism;
    } known[] = {
        {SLICE_INIT("reactive"), MECHANISM_REACTIVE},
        {SLICE_INIT("lose_shift"), MECHANISM_LOSE_SHIFT},
        {SLICE_INIT("ratchet"), MECHANISM_RATCHET},
    };
    struct page_table table;
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        const struct json *row = json_find(mechanisms, known[i].slug.ptr);
        double p;
        if (!row || !number_at(row, "p_holm", &p))
            continue;
        const struct json *flagged = json_find(row, "flagged");
        page_table_row(page, &table);
        page_table_text(page, &table, slice_of(mechanism_name(known[i].mechanism, page->lang)));
        page_table_text(page, &table, number_text(page, "", p));
        page_table_cell(page, &table);
        page_say(page, flagged && flagged->boolean ? N_("flagged") : N_("not flagged"));
    }
    page_table_close(page, &table);
}

static void put_what_drove(struct page *page, const struct json *report)
{
    const struct json *explanation = json_at(report, "verdict.explanation");
    const struct json *mechanisms = json_at(report, "verdict.mechanisms");
    if (!explanation || !mechanisms)
        return;
    section_open(page, "mechanism", N_("What was tested"));
    put_list(page, "plain", explanation);
    put_mechanisms(page, mechanisms);
    page_raw(page, "</section>\n");
}

/* --- classic block, warnings, origin
 * -------------------------------------------------------------- */

static void put_classic(struct page *page, const struct json *report)
{
    static const struct {
        const char *member, *name;
    } indicators[] = {{"psi", "PSI"}, {"ccs", "CCS"}, {"rho_pc", "rho_PC"}};
    static const char *const heads[] = {N_("Indicator"), N_("#Value"), N_("Meaning"), NULL};
    struct page_table table;
    section_open(page, "classic", N_("Classic indicators, uncalibrated"));
    page_table_open(page, &table, NULL, heads);
    for (size_t i = 0; i < ARRAY_COUNT(indicators); i++) {
        const struct json *row = json_find(report, indicators[i].member);
        double score;
        page_table_row(page, &table);
        page_table_text(page, &table, slice_of(indicators[i].name));
        page_table_text(page, &table,
                        number_at(row, "score", &score) ? number_text(page, "", score) : S("–"));
        page_table_text(page, &table, text_at(row, "interpretation"));
    }
    page_table_close(page, &table);
    page_raw(page, "</section>\n");
}

static void put_notes(struct page *page, const struct json *report)
{
    const struct json *notes = json_find(report, "notes");
    if (!notes || !notes->first)
        return;
    section_open(page, "data", N_("Data and warnings"));
    page_raw(page, "<ul class=\"plain\">");
    for (const struct json *note = notes->first; note; note = note->next) {
        page_raw(page, "<li>");
        page_text(page, text_at(note, "text"));
        page_raw(page, "</li>\n");
    }
    page_raw(page, "</ul></section>\n");
}

static void put_origin(struct page *page, const struct json *report)
{
    const struct json *seed = json_find(report, "seed");
    section_open(page, "provenance", N_("Where this comes from"));
    page_facts_open(page);
    page_fact(page, N_("Input"), text_at(report, "input_name"));
    page_fact_code(page, N_("SHA-256 of the input"), text_at(report, "input_sha256"));
    page_fact_code(page, N_("Report"), text_at(report, "id"));
    page_fact(page, N_("Made at"), text_at(report, "created_at"));
    page_fact(page, N_("Engine"), text_at(report, "engine"));
    page_fact(page, N_("Engine version"), text_at(report, "engine_version"));
    if (seed)
        page_fact(page, N_("Seed"), seed->text);
    page_facts_close(page);
    page_raw(page, "</section>\n");
}

void stored_report_put(struct page *page, const struct json *report)
{
    slice lang = text_at(report, "language");
    page_raw(page, slice_eq(lang, S("zh")) ? "<div class=\"rp\" lang=\"zh-CN\">\n"
                                           : "<div class=\"rp\" lang=\"en\">\n");
    if (json_find(report, "verdict") && json_find(report, "verdict")->kind == JSON_OBJECT) {
        put_verdict(page, report);
        put_list_section(page, "certain", N_("What is certain"),
                         json_at(report, "verdict.findings"));
        put_list_section(page, "unchecked", N_("What was not checked"),
                         json_at(report, "verdict.not_checked"));
        put_what_drove(page, report);
    }
    put_classic(page, report);
    put_list_section(page, "next", N_("Next steps"), json_at(report, "verdict.next_steps"));
    put_notes(page, report);
    put_list_section(page, "use", N_("Assumptions and use"),
                     json_at(report, "verdict.assumptions"));
    put_origin(page, report);
    page_raw(page, "</div>\n");
}
