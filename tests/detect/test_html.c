/* Tests of detect/html.c: escaping, tables, numbers. */
#include "lib/main.h"
#include "page_sample.h"

static struct page_sample s;

START_TEST(text_is_escaped_and_names_are_isolated)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_text(&s.page, S("<b>&\"'"));
    ck_slice(buf_slice(&s.out), "&lt;b&gt;&amp;&quot;&#39;");
    s.out.len = 0;
    html_name(&s.page, S("a\x1b<b>"));
    ck_slice(buf_slice(&s.out), "<bdi>a\xEF\xBF\xBD&lt;b&gt;</bdi>");
    page_finish(&s);
}
END_TEST

START_TEST(numbers_show_three_digits_and_hold_all)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_number(&s.page, 0.123456789);
    ck_slice(buf_slice(&s.out), "<span title=\"0.123456789\">0.123</span>");
    s.out.len = 0;
    html_number(&s.page, NAN);
    ck_slice(buf_slice(&s.out), "–");
    page_finish(&s);
}
END_TEST

START_TEST(tables_have_caption_scope_and_number_columns)
{
    static const char *const headings[] = {"System", "#Mean", NULL};
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_table(&s.page, "wide", "Values", headings);
    html_row(&s.page);
    html_head_cell(&s.page, S("a"));
    html_number_cell(&s.page, 1.5);
    html_row_end(&s.page);
    html_table_end(&s.page);
    ck_slice(
        buf_slice(&s.out),
        "<div class=\"scroll\" tabindex=\"0\"><table "
        "class=\"wide\"><caption>Values</caption><thead><tr><th "
        "scope=\"col\">System</th><th scope=\"col\" class=\"n\">Mean</th></tr></thead><tbody>\n"
        "<tr><th scope=\"row\"><bdi>a</bdi></th><td class=\"n\">1.5</td></tr>\n"
        "</tbody></table></div>\n");
    page_finish(&s);
}
END_TEST

START_TEST(empty_lists_and_facts_leave_themselves_out)
{
    page_begin(&s, (struct sample_options){.kind = VERDICT_ADAPTIVE});
    html_list(&s.page, "plain", &(struct sentences){.count = 0});
    html_fact(&s.page, "Input", S(""));
    ck_assert_uint_eq(s.out.len, 0);
    html_fact(&s.page, "Input", S("<x>"));
    ck_slice(buf_slice(&s.out), "<dt>Input</dt><dd>&lt;x&gt;</dd>\n");
    page_finish(&s);
}
END_TEST

TEST_MAIN("html", text_is_escaped_and_names_are_isolated, numbers_show_three_digits_and_hold_all,
          tables_have_caption_scope_and_number_columns, empty_lists_and_facts_leave_themselves_out)
