/* Tests of the Markdown renderer: blocks, inline marks, and hostile text. */
#include "pages/markdown.h"

#include "lib/main.h"

static struct buf out;

static const char *render(const char *markdown)
{
    buf_finish(&out);
    buf_init(&out, 100000);
    markdown_html(&out, slice_of(markdown));
    buf_put_byte(&out, '\0');
    return out.ptr;
}

START_TEST(headings_get_anchors_and_paragraphs_join_their_lines)
{
    ck_assert_str_eq(render("# API keys\n\none\ntwo\n\nthree\n"),
                     "<h1 id=\"api-keys\">API keys</h1>\n<p>one\ntwo</p>\n<p>three</p>\n");
}
END_TEST

START_TEST(lists_and_tables_end_where_they_end)
{
    ck_assert_str_eq(render("- a\n- b\n\n1. c\n"),
                     "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n</ol>\n");
    ck_assert_str_eq(
        render("| a | b |\n|---|---|\n| 1 | `2` |\n"),
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n"
        "<tr><td>1</td><td><code>2</code></td></tr>\n</tbody></table></div>\n");
}
END_TEST

START_TEST(code_blocks_keep_their_lines_and_marks)
{
    ck_assert_str_eq(render("```sh\ncurl **x**\n\n# no heading\n```\n"),
                     "<pre tabindex=\"0\"><code>curl **x**\n\n# no heading\n</code></pre>\n");
}
END_TEST

START_TEST(inline_marks_and_links_are_rendered)
{
    ck_assert_str_eq(
        render("**bold** and [docs](/docs) and `a < b`"),
        "<p><strong>bold</strong> and <a href=\"/docs\">docs</a> and <code>a &lt; b</code></p>\n");
    ck_assert_str_eq(render("an *odd [mark"), "<p>an *odd [mark</p>\n");
}
END_TEST

START_TEST(nothing_from_the_text_becomes_markup)
{
    static const char *const hostile[] = {
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](/a\"onmouseover=x)",
        "# <img src=x onerror=y>",
        "| <b> | c |",
        "`<i>`",
    };
    for (size_t i = 0; i < ARRAY_COUNT(hostile); i++) {
        const char *html = render(hostile[i]);
        ck_assert_msg(!strstr(html, "<script") && !strstr(html, "<img") && !strstr(html, "<b>") &&
                          !strstr(html, "<i>") && !strstr(html, "href=\"javascript") &&
                          !strstr(html, "\"onmouseover"),
                      "%s", html);
    }
}
END_TEST

START_TEST(title_is_the_first_heading)
{
    ck_slice(markdown_title(S("text\n# First steps\n# Other\n")), "First steps");
    ck_slice(markdown_title(S("text\n")), "");
}
END_TEST

TEST_MAIN("markdown", headings_get_anchors_and_paragraphs_join_their_lines,
          lists_and_tables_end_where_they_end, code_blocks_keep_their_lines_and_marks,
          inline_marks_and_links_are_rendered, nothing_from_the_text_becomes_markup,
          title_is_the_first_heading)
