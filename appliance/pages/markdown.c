/* Markdown by lines: what kind of block a line belongs to, then what stands inside it. */
#include "pages/markdown.h"

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_LIST, BLOCK_NUMBERED, BLOCK_TABLE, BLOCK_CODE };

struct writer {
    struct buf *out;
    enum block block;
    bool table_head; /* the next row of the table is its heading */
};

/* --- inside a line
 * --------------------------------------------------------------------------------- */

/* Only links that stay on the site or are plain https: documents come with the program, but a
 * careful renderer costs nothing. */
static bool is_safe_link(slice target)
{
    return slice_has_prefix(target, S("/")) || slice_has_prefix(target, S("https://")) ||
           slice_has_prefix(target, S("#"));
}

/* "[text](target)" at the start of s; returns its length, 0 when it is none. */
static size_t put_link(struct buf *out, slice s)
{
    size_t middle, end;
    if (!slice_find(s, S("]("), &middle) || !slice_find_byte(slice_from(s, middle), ')', &end))
        return 0;
    slice text = slice_sub(s, 1, middle - 1);
    slice target = slice_sub(s, middle + 2, end - 2);
    if (!is_safe_link(target))
        return 0;
    buf_put_str(out, "<a href=\"");
    buf_put_html(out, target);
    buf_put_str(out, "\">");
    buf_put_html(out, text);
    buf_put_str(out, "</a>");
    return middle + end + 1;
}

/* Text between two equal marks; returns the length with both marks, 0 when it is not closed. */
static size_t put_marked(struct buf *out, slice s, slice mark, const char *tag)
{
    size_t end;
    if (!slice_has_prefix(s, mark) || !slice_find(slice_from(s, mark.len), mark, &end) || end == 0)
        return 0;
    buf_printf(out, "<%s>", tag);
    buf_put_html(out, slice_sub(s, mark.len, end));
    buf_printf(out, "</%s>", tag);
    return end + 2 * mark.len;
}

static size_t put_special(struct buf *out, slice s)
{
    switch (s.ptr[0]) {
    case '`':
        return put_marked(out, s, S("`"), "code");
    case '*':
        return put_marked(out, s, S("**"), "strong");
    case '[':
        return put_link(out, s);
    default:
        return 0;
    }
}

static void put_inline(struct buf *out, slice s)
{
    size_t plain = 0;
    while (plain < s.len) {
        size_t used = put_special(out, slice_from(s, plain));
        if (used == 0) {
            size_t next = plain + 1;
            while (next < s.len && s.ptr[next] != '`' && s.ptr[next] != '*' && s.ptr[next] != '[')
                next++;
            buf_put_html(out, slice_sub(s, plain, next - plain));
            used = next - plain;
        }
        plain += used;
    }
}

/* --- blocks
 * ---------------------------------------------------------------------------------------- */

static void enter(struct writer *w, enum block block)
{
    static const char *const ends[] = {
        "", "</p>\n", "</ul>\n", "</ol>\n", "</tbody></table></div>\n", "</code></pre>\n"};
    static const char *const begins[] = {"",
                                         "<p>",
                                         "<ul>\n",
                                         "<ol>\n",
                                         "<div class=\"scroll\" tabindex=\"0\"><table>",
                                         "<pre tabindex=\"0\"><code>"};
    if (w->block == block)
        return;
    buf_put_str(w->out, ends[w->block]);
    buf_put_str(w->out, begins[block]);
    w->block = block;
    w->table_head = block == BLOCK_TABLE;
}

/* "API keys" → "api-keys": what links of a table of contents point to. */
static void put_anchor(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        bool kept = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        buf_put_byte(out, kept ? (char)(upper ? c + 32 : c) : '-');
    }
}

static void put_heading(struct writer *w, slice line)
{
    int level = 0;
    while (line.len && line.ptr[0] == '#') {
        level++;
        line = slice_from(line, 1);
    }
    line = slice_trim(line);
    enter(w, BLOCK_NONE);
    buf_printf(w->out, "<h%d id=\"", level);
    put_anchor(w->out, line);
    buf_put_str(w->out, "\">");
    put_inline(w->out, line);
    buf_printf(w->out, "</h%d>\n", level);
}

static bool is_rule_row(slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (!strchr("|-: ", line.ptr[i]))
            return false;
    return true;
}

static void put_table_row(struct writer *w, slice line)
{
    slice cell;
    enter(w, BLOCK_TABLE);
    if (is_rule_row(line))
        return;
    const char *tag = w->table_head ? "th" : "td";
    line = slice_trim(line);
    line = slice_sub(line, 1, line.len - 1 - slice_has_suffix(line, S("|")));
    buf_put_str(w->out, w->table_head ? "<thead><tr>" : "<tr>");
    while (slice_split(&line, '|', &cell)) {
        buf_printf(w->out, "<%s>", tag);
        put_inline(w->out, slice_trim(cell));
        buf_printf(w->out, "</%s>", tag);
    }
    buf_put_str(w->out, w->table_head ? "</tr></thead><tbody>\n" : "</tr>\n");
    w->table_head = false;
}

static void put_item(struct writer *w, enum block block, slice text)
{
    enter(w, block);
    buf_put_str(w->out, "<li>");
    put_inline(w->out, text);
    buf_put_str(w->out, "</li>\n");
}

static void put_text(struct writer *w, slice line)
{
    if (w->block == BLOCK_PARAGRAPH)
        buf_put_byte(w->out, '\n');
    enter(w, BLOCK_PARAGRAPH);
    put_inline(w->out, line);
}

static bool is_numbered(slice line)
{
    return line.len > 3 && line.ptr[0] >= '0' && line.ptr[0] <= '9' &&
           slice_eq(slice_sub(line, 1, 2), S(". "));
}

static void put_line(struct writer *w, slice line)
{
    if (slice_has_prefix(line, S("```"))) {
        enter(w, w->block == BLOCK_CODE ? BLOCK_NONE : BLOCK_CODE);
    } else if (w->block == BLOCK_CODE) {
        buf_put_html(w->out, line);
        buf_put_byte(w->out, '\n');
    } else if (slice_trim(line).len == 0) {
        enter(w, BLOCK_NONE);
    } else if (line.ptr[0] == '#') {
        put_heading(w, line);
    } else if (line.ptr[0] == '|') {
        put_table_row(w, line);
    } else if (slice_has_prefix(line, S("- "))) {
        put_item(w, BLOCK_LIST, slice_from(line, 2));
    } else if (is_numbered(line)) {
        put_item(w, BLOCK_NUMBERED, slice_from(line, 3));
    } else {
        put_text(w, slice_trim(line));
    }
}

void markdown_html(struct buf *out, slice markdown)
{
    struct writer w = {.out = out};
    slice line;
    while (slice_split(&markdown, '\n', &line))
        put_line(&w, line);
    enter(&w, BLOCK_NONE);
}

slice markdown_title(slice markdown)
{
    slice line;
    while (slice_split(&markdown, '\n', &line))
        if (slice_has_prefix(line, S("# ")))
            return slice_trim(slice_from(line, 2));
    return S("");
}
