/* Tables, dialogs, fields, facts: the repeated shapes of pages; see parts.h. */
#include "pages/parts.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>

static void say_attribute(struct page *page, const char *name, const char *english)
{
    buf_printf(&page->out, " %s=\"", name);
    page_say(page, english);
    page_raw(page, "\"");
}

static void data_attribute(struct page *page, const char *name, slice text)
{
    if (text.len == 0)
        return;
    buf_printf(&page->out, " data-%s=\"", name);
    page_text(page, text);
    page_raw(page, "\"");
}

/* --- tables
 * ---------------------------------------------------------------------------------------- */

void page_table_open(struct page *page, struct page_table *table, const char *caption,
                     const char *const *heads)
{
    *table = (struct page_table){.heads = heads};
    page_raw(page, "<div class=\"scroll\" tabindex=\"0\"><table class=\"stack\" role=\"table\">");
    if (caption)
        page_element(page, "caption", NULL, caption);
    page_raw(page, "<thead><tr role=\"row\">");
    for (; *heads; heads++) {
        bool number = **heads == '#';
        buf_printf(&page->out, "<th scope=\"col\" role=\"columnheader\"%s>",
                   number ? " class=\"num\"" : "");
        if (**heads)
            page_say(page, *heads + number);
        else
            page_element(page, "span", "sr", N_("Actions"));
        page_raw(page, "</th>");
    }
    page_raw(page, "</tr></thead><tbody>\n");
}

static void end_row(struct page *page, struct page_table *table)
{
    if (table->column)
        page_raw(page, "</td>");
    if (table->row_open)
        page_raw(page, "</tr>\n");
    table->column = 0;
}

void page_table_row(struct page *page, struct page_table *table)
{
    end_row(page, table);
    page_raw(page, "<tr role=\"row\">");
    table->row_open = true;
}

void page_table_cell(struct page *page, struct page_table *table)
{
    assert(table->row_open);
    assert(table->column < PAGE_TABLE_COLUMNS_MAX);
    const char *head = table->heads[table->column];
    assert(head);
    bool number = *head == '#';
    buf_printf(&page->out, "%s<td role=\"cell\"%s", table->column ? "</td>" : "",
               number ? " class=\"num\"" : "");
    if (*head)
        say_attribute(page, "data-label", head + number);
    page_raw(page, ">");
    table->column++;
}

void page_table_text(struct page *page, struct page_table *table, slice text)
{
    page_table_cell(page, table);
    page_text(page, text);
}

void page_table_number(struct page *page, struct page_table *table, uint64_t number)
{
    page_table_cell(page, table);
    page_number(page, number);
}

void page_table_time(struct page *page, struct page_table *table, int64_t unix_ms)
{
    page_table_cell(page, table);
    page_time(page, unix_ms);
}

void page_table_close(struct page *page, struct page_table *table)
{
    end_row(page, table);
    page_raw(page, "</tbody></table></div>\n");
}

/* --- dialogs and forms
 * ----------------------------------------------------------------------------- */

static void put_form_open(struct page *page, const char *send, const char *done)
{
    page_raw(page, "<form novalidate");
    data_attribute(page, "send", slice_of(send));
    if (done)
        data_attribute(page, "done", slice_of(done));
    page_raw(page, ">");
}

void page_form_errors(struct page *page)
{
    page_raw(page, "<div class=\"notice error\" role=\"alert\" data-error hidden></div>");
}

void page_dialog_open(struct page *page, const struct page_dialog *dialog)
{
    buf_printf(&page->out, "<dialog data-dialog=\"%s\" aria-labelledby=\"dlg-%s\">", dialog->name,
               dialog->name);
    put_form_open(page, dialog->send, dialog->done);
    buf_printf(&page->out, "<h2 id=\"dlg-%s\">", dialog->name);
    page_say(page, dialog->title);
    page_raw(page, "</h2>");
    page_form_errors(page);
}

void page_dialog_close(struct page *page, const struct page_dialog *dialog)
{
    buf_printf(&page->out, "<p class=\"row\"><button type=\"submit\"%s>",
               dialog->danger ? " class=\"danger\"" : "");
    page_say(page, dialog->submit);
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-close>");
    page_say(page, N_("Cancel"));
    page_raw(page, "</button></p></form></dialog>\n");
}

void page_opener(struct page *page, const char *dialog, const char *text, slice id, slice name)
{
    buf_printf(&page->out, "<button type=\"button\" class=\"small plain\" data-open=\"%s\"",
               dialog);
    data_attribute(page, "id", id);
    data_attribute(page, "name", name);
    page_raw(page, ">");
    page_say(page, text);
    page_raw(page, "</button> ");
}

void page_form_open(struct page *page, const char *send, const char *done, const char *said)
{
    put_form_open(page, send, done);
    page_form_errors(page);
    if (!said)
        return;
    page_raw(page, "<p class=\"notice ok\" role=\"status\" data-said hidden>");
    page_say(page, said);
    page_raw(page, "</p>");
}

void page_form_close(struct page *page, const char *submit)
{
    page_raw(page, "<p><button type=\"submit\">");
    page_say(page, submit);
    page_raw(page, "</button></p></form>\n");
}

/* Ids are unique because names are: dots, which selectors dislike, become dashes. */
static void field_id(struct page *page, const char *attribute, const struct page_field *field)
{
    buf_printf(&page->out, " %s=\"f-", attribute);
    for (const char *p = field->name; *p; p++)
        buf_put_byte(&page->out, *p == '.' ? '-' : *p);
    page_raw(page, "\"");
}

static void field_open(struct page *page, const struct page_field *field)
{
    page_raw(page, "<div class=\"field\"><label");
    field_id(page, "for", field);
    page_raw(page, ">");
    page_say(page, field->label);
    page_raw(page, "</label>");
}

static void field_attributes(struct page *page, const struct page_field *field)
{
    field_id(page, "id", field);
    buf_printf(&page->out, " name=\"%s\"", field->name);
    if (field->attributes)
        buf_printf(&page->out, " %s", field->attributes);
}

static void field_close(struct page *page, const struct page_field *field)
{
    if (field->help)
        page_element(page, "p", "help", field->help);
    page_raw(page, "</div>\n");
}

void page_field(struct page *page, const struct page_field *field)
{
    field_open(page, field);
    page_raw(page, "<input");
    field_attributes(page, field);
    if (field->value.len) {
        page_raw(page, " value=\"");
        page_text(page, field->value);
        page_raw(page, "\"");
    }
    page_raw(page, ">");
    field_close(page, field);
}

void page_text_area(struct page *page, const struct page_field *field)
{
    field_open(page, field);
    page_raw(page, "<textarea spellcheck=\"false\"");
    field_attributes(page, field);
    page_raw(page, ">\n"); /* the first line break is not part of the text */
    page_text(page, field->value);
    page_raw(page, "</textarea>");
    field_close(page, field);
}

void page_select(struct page *page, const struct page_field *field,
                 const struct page_option *options)
{
    field_open(page, field);
    page_raw(page, "<select");
    field_attributes(page, field);
    page_raw(page, ">");
    for (; options->value; options++) {
        bool chosen = slice_eq(field->value, slice_of(options->value));
        buf_printf(&page->out, "<option value=\"%s\"%s>", options->value,
                   chosen ? " selected" : "");
        page_say(page, options->text);
        page_raw(page, "</option>");
    }
    page_raw(page, "</select>");
    field_close(page, field);
}

void page_confirm(struct page *page, const char *label)
{
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, label);
    page_raw(page, " <code data-text=\"name\"></code><input autocomplete=\"off\" "
                   "data-confirm=\"name\" required></label></div>");
}

void page_reveal(struct page *page, const char *title, const char *label, const char *env)
{
    page_raw(page, "<dialog data-dialog=\"reveal\" aria-labelledby=\"dlg-reveal\"><h2 "
                   "id=\"dlg-reveal\">");
    page_say(page, title);
    page_raw(page, "</h2>");
    page_element(page, "p", "notice warn", N_("It will not be shown again."));
    page_raw(page, "<p class=\"secret\"><label class=\"sr\" for=\"secret\">");
    page_say(page, label);
    page_raw(
        page,
        "</label><input id=\"secret\" readonly data-secret><button type=\"button\" data-copy>");
    page_say(page, N_("Copy"));
    page_raw(page, "</button></p><p role=\"status\" data-copied hidden>");
    page_say(page, N_("Copied."));
    page_raw(page, "</p><p class=\"row\">");
    if (env) {
        buf_printf(&page->out, "<a class=\"button plain\" data-env=\"%s\" download=\"sleuth.env\">",
                   env);
        page_say(page, N_("Download .env"));
        page_raw(page, "</a>");
    }
    page_raw(page, "<button type=\"button\" data-saved>");
    page_say(page, N_("I saved it"));
    page_raw(page, "</button></p></dialog>\n");
}

/* --- small things
 * ---------------------------------------------------------------------------------- */

void page_facts_open(struct page *page)
{
    page_raw(page, "<dl class=\"facts-list\">");
}

static void fact_open(struct page *page, const char *term)
{
    page_element(page, "dt", NULL, term);
    page_raw(page, "<dd>");
}

void page_fact(struct page *page, const char *term, slice text)
{
    if (text.len == 0)
        return;
    fact_open(page, term);
    page_text(page, text);
    page_raw(page, "</dd>");
}

void page_fact_code(struct page *page, const char *term, slice text)
{
    if (text.len == 0)
        return;
    fact_open(page, term);
    page_raw(page, "<code>");
    page_text(page, text);
    page_raw(page, "</code></dd>");
}

void page_fact_time(struct page *page, const char *term, int64_t unix_ms)
{
    if (unix_ms == 0)
        return;
    fact_open(page, term);
    page_moment(page, unix_ms);
    page_raw(page, "</dd>");
}

void page_fact_number(struct page *page, const char *term, uint64_t number)
{
    fact_open(page, term);
    page_number(page, number);
    page_raw(page, "</dd>");
}

void page_facts_close(struct page *page)
{
    page_raw(page, "</dl>\n");
}

void page_card_open(struct page *page, const char *title)
{
    page_raw(page, "<section class=\"card\">");
    page_element(page, "h2", NULL, title);
}

void page_card_close(struct page *page)
{
    page_raw(page, "</section>\n");
}

void page_link(struct page *page, const char *href, const char *class_name, const char *text)
{
    page_raw(page, "<a href=\"");
    page_text(page, slice_of(href));
    if (class_name)
        buf_printf(&page->out, "\" class=\"%s", class_name);
    page_raw(page, "\">");
    page_say(page, text);
    page_raw(page, "</a>");
}

void page_empty(struct page *page, const char *text, const char *href, const char *action)
{
    page_raw(page, "<div class=\"empty\">");
    page_element(page, "p", NULL, text);
    if (href) {
        page_raw(page, "<p>");
        page_link(page, href, "button", action);
        page_raw(page, "</p>");
    }
    page_raw(page, "</div>\n");
}

void page_plan_needed(struct page *page)
{
    page_empty(page, N_("Your plan does not include this."), "/pricing", N_("Compare plans"));
}

void page_more(struct page *page, slice cursor, slice query)
{
    if (cursor.len == 0)
        return;
    page_raw(page, "<p><a class=\"button plain small\" rel=\"next\" href=\"?");
    page_text(page, query);
    page_raw(page, query.len ? "&amp;cursor=" : "cursor=");
    page_text(page, cursor);
    page_raw(page, "\">");
    page_say(page, N_("Older entries"));
    page_raw(page, "</a></p>\n");
}

void page_tag(struct page *page, const char *class_name, const char *text)
{
    buf_printf(&page->out, "<span class=\"tag %s\">", class_name);
    page_say(page, text);
    page_raw(page, "</span>");
}

void page_bytes(struct page *page, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < ARRAY_COUNT(units); unit++)
        value /= 1024;
    buf_printf(&page->out, unit && value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void page_moment(struct page *page, int64_t unix_ms)
{
    char full[TIME_TEXT_MAX];
    if (unix_ms == 0) {
        page_raw(page, "—");
        return;
    }
    struct civil at = civil_from_ms(unix_ms);
    buf_printf(&page->out,
               "<time datetime=\"" SLICE_FMT "\">%04d-%02d-%02d %02d:%02d:%02d UTC</time>",
               SLICE_ARG(time_rfc3339(unix_ms, full)), at.year, at.month, at.day, at.hour,
               at.minute, at.second);
}
