/* The report as a self-contained HTML page, and as sections for the web app.
 *
 * No script, no external resource, one style element; at most REPORT_HTML_MAX bytes, because every
 * table and drawing is bounded (html.h). */
#include "detect/html_parts.h"
#include "detect/names.h"

#include <assert.h>

enum { SCRATCH_BYTES_MAX = 1 << 26 };

static const struct report_context empty_context = {.elapsed_ms = -1};

static void put_part(struct page *page, const struct report_part *part)
{
    if (part)
        buf_put(page->out, part->html);
}

static void put_sections(struct page *page)
{
    put_part(page, page->context->first);
    html_verdict(page);
    html_certain(page);
    html_mechanism(page);
    html_classic(page);
    html_rounds(page);
    html_next_steps(page);
    html_data(page);
    html_provenance(page);
    html_use(page);
    put_part(page, page->context->last);
}

static slice input_name(struct page *page)
{
    slice name = page->context->label.len ? page->context->label : page->context->input_name;
    return name.len ? name_shown(page->words->arena, name, NAME_COLUMNS_MAX) : name;
}

static void put_head(struct page *page)
{
    struct buf *out = page->out;
    buf_printf(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
               page->words->lang == LANG_ZH ? "zh-CN" : "en");
    buf_put_str(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_text(page, slice_of(page->words->headline));
    if (input_name(page).len) {
        buf_put_str(out, " · ");
        html_text(page, input_name(page));
    }
    buf_put_str(out, " · Sleuth</title>\n<style>");
    buf_put(out, report_style());
    buf_put_str(out,
                "</style>\n</head>\n<body class=\"rp\">\n<a class=\"skip\" href=\"#rp-main\">");
    html_say(page, N_("Skip to the report"));
    buf_put_str(out, "</a>\n<div class=\"page\">\n");
}

static void put_bar(struct page *page)
{
    struct buf *out = page->out;
    buf_put_str(out, "<header class=\"bar\"><b>Sleuth</b><span>");
    html_say(page, N_("Report on an evaluation log"));
    buf_put_str(out, "</span>");
    if (input_name(page).len) {
        buf_put_str(out, "<span><bdi>");
        html_text(page, input_name(page));
        buf_put_str(out, "</bdi></span>");
    }
    if (page->context->created_at.len) {
        buf_put_str(out, "<time>");
        html_name(page, page->context->created_at);
        buf_put_str(out, "</time>");
    }
    buf_put_str(out, "</header>\n<main id=\"rp-main\">\n");
}

static void put_foot(struct page *page)
{
    struct buf *out = page->out;
    buf_put_str(out, "</main>\n<footer>");
    html_text(page, slice_of(page->words->headline));
    buf_put_str(out, " · ");
    html_say(page, N_("This report says what the log shows; it does not say that a score is right "
                      "or wrong."));
    buf_printf(out, " Sleuth %s", page->words->report->engine_version);
    if (page->context->grade.len) {
        buf_put_str(out, " · ");
        html_say(page, N_("Input grade"));
        buf_put_byte(out, ' ');
        html_name(page, page->context->grade);
    }
    buf_put_str(out, "</footer>\n</div>\n</body>\n</html>\n");
}

static status render(const struct detect_report *report, enum lang lang, bool whole,
                     const struct report_context *context, struct buf *out, struct error *err)
{
    assert(report->panel);
    struct arena arena;
    struct wording words;
    arena_init(&arena, SCRATCH_BYTES_MAX);
    wording_build(report, lang, &arena, &words);
    struct page page = {
        .out = out, .words = &words, .context = context ? context : &empty_context, .whole = whole};
    if (whole) {
        put_head(&page);
        put_bar(&page);
        put_sections(&page);
        put_foot(&page);
    } else {
        buf_printf(out, "<div class=\"rp\" lang=\"%s\">\n", lang == LANG_ZH ? "zh-CN" : "en");
        put_sections(&page);
        buf_put_str(out, "</div>\n");
    }
    status rc = arena_check(&arena, err);
    arena_finish(&arena);
    return rc == ST_OK ? buf_check(out, err) : rc;
}

status report_html(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err)
{
    return render(report, lang, true, context, out, err);
}

status report_html_fragment(const struct detect_report *report, enum lang lang,
                            const struct report_context *context, struct buf *out,
                            struct error *err)
{
    return render(report, lang, false, context, out, err);
}
