/* Escaped text, names, headings, lists and tables for HTML reports. */
#include "detect/html.h"

#include "detect/names.h"
#include "detect/number.h"

#include <math.h>

void html_text(struct page *page, slice text)
{
    buf_put_html(page->out, text);
}

void html_say(struct page *page, const char *english)
{
    buf_put_html(page->out, slice_of(tr(page->words->lang, english)));
}

void html_name(struct page *page, slice name)
{
    buf_put_str(page->out, "<bdi>");
    buf_put_html(page->out, name_shown(page->words->arena, name, NAME_COLUMNS_MAX));
    buf_put_str(page->out, "</bdi>");
}

void html_number(struct page *page, double value)
{
    struct buf *out = page->out;
    if (!isfinite(value)) {
        number_sig(out, value, 3);
        return;
    }
    buf_put_str(out, "<span title=\"");
    buf_put_f64(out, value);
    buf_put_str(out, "\">");
    number_sig(out, value, 3);
    buf_put_str(out, "</span>");
}

void html_paragraph(struct page *page, const char *class, slice text)
{
    buf_printf(page->out, "<p class=\"%s\">", class);
    html_text(page, text);
    buf_put_str(page->out, "</p>\n");
}

void html_list(struct page *page, const char *class, const struct sentences *list)
{
    if (list->count == 0)
        return;
    buf_printf(page->out, "<ul class=\"%s\">\n", class);
    for (size_t i = 0; i < list->count; i++) {
        buf_put_str(page->out, "<li>");
        html_text(page, list->items[i]);
        buf_put_str(page->out, "</li>\n");
    }
    buf_put_str(page->out, "</ul>\n");
}

void html_section(struct page *page, const char *id, const char *english)
{
    buf_printf(page->out, "<section id=\"rp-%s\" aria-labelledby=\"rp-%s-h\">\n", id, id);
    buf_printf(page->out, "<h2 id=\"rp-%s-h\">", id);
    html_say(page, english);
    buf_put_str(page->out, "</h2>\n");
}

void html_section_end(struct page *page)
{
    buf_put_str(page->out, "</section>\n");
}

void html_table(struct page *page, const char *class, const char *caption,
                const char *const *headings)
{
    struct buf *out = page->out;
    buf_printf(out, "<div class=\"scroll\" tabindex=\"0\"><table class=\"%s\"><caption>", class);
    html_say(page, caption);
    buf_put_str(out, "</caption><thead><tr>");
    for (; *headings; headings++) {
        bool number = **headings == '#';
        buf_put_str(out, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        html_say(page, *headings + number);
        buf_put_str(out, "</th>");
    }
    buf_put_str(out, "</tr></thead><tbody>\n");
}

void html_table_end(struct page *page)
{
    buf_put_str(page->out, "</tbody></table></div>\n");
}

void html_row(struct page *page)
{
    buf_put_str(page->out, "<tr>");
}

void html_row_end(struct page *page)
{
    buf_put_str(page->out, "</tr>\n");
}

void html_head_cell(struct page *page, slice name)
{
    buf_put_str(page->out, "<th scope=\"row\">");
    html_name(page, name);
    buf_put_str(page->out, "</th>");
}

void html_text_cell(struct page *page, slice text)
{
    buf_put_str(page->out, "<td>");
    html_text(page, text);
    buf_put_str(page->out, "</td>");
}

void html_number_cell(struct page *page, double value)
{
    buf_put_str(page->out, "<td class=\"n\">");
    number_sig(page->out, value, 4);
    buf_put_str(page->out, "</td>");
}

void html_count_cell(struct page *page, uint64_t value)
{
    buf_put_str(page->out, "<td class=\"n\">");
    number_grouped(page->out, value);
    buf_put_str(page->out, "</td>");
}

void html_details(struct page *page)
{
    buf_put_str(page->out, "<details><summary>");
    html_say(page, N_("Show as table"));
    buf_put_str(page->out, "</summary>\n");
}

void html_details_end(struct page *page)
{
    buf_put_str(page->out, "</details>\n");
}

void html_fact(struct page *page, const char *term, slice text)
{
    if (text.len == 0)
        return;
    buf_put_str(page->out, "<dt>");
    html_say(page, term);
    buf_put_str(page->out, "</dt><dd>");
    html_text(page, text);
    buf_put_str(page->out, "</dd>\n");
}
