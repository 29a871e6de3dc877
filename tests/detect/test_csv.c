/* The CSV splitter: quoting, line ends, blank lines, block edges, lines, linear time. */
#include "detect/csv.h"

#include "base/buf.h"
#include "lib/main.h"

#include <stdlib.h>

enum { CAP = 64 };

static struct arena arena;

/* All fields of all rows as "a|b/c|d": | between fields, / between rows. */
static slice flat(slice text, char separator)
{
    struct csv csv;
    struct csv_field fields[CAP];
    struct buf out;
    size_t count = 0;
    enum csv_result got;
    buf_init_arena(&out, &arena, 1 << 20);
    csv_begin(&csv, text, separator);
    while ((got = csv_row(&csv, fields, CAP, &count)) == CSV_ROW) {
        for (size_t i = 0; i < count && i < CAP; i++) {
            buf_put_str(&out, i > 0 ? "|" : "");
            buf_put(&out, fields[i].escaped ? csv_unescape(&arena, fields[i].raw) : fields[i].raw);
        }
        buf_put_str(&out, "/");
    }
    if (got == CSV_UNTERMINATED)
        buf_put_str(&out, "!");
    return buf_slice(&out);
}

static void setup(void)
{
    arena_init(&arena, 1 << 26);
}

START_TEST(rows_end_at_lf_crlf_cr_or_the_end)
{
    setup();
    ck_slice(flat(S("a,b\nc,d\n"), ','), "a|b/c|d/");
    ck_slice(flat(S("a,b\r\nc,d\r\n"), ','), "a|b/c|d/");
    ck_slice(flat(S("a,b\rc,d"), ','), "a|b/c|d/");
    ck_slice(flat(S(""), ','), "");
    ck_slice(flat(S("a"), ','), "a/");
    ck_slice(flat(S(",\n"), ','), "|/");
}
END_TEST

START_TEST(blank_lines_and_the_byte_order_mark_are_skipped)
{
    setup();
    ck_slice(flat(S("\xEF\xBB\xBF"
                    "a,b\n\n  \n\t\r\nc,d\n\n"),
                  ','),
             "a|b/c|d/");
    ck_slice(flat(S("\"\"\nx\n"), ','), "/x/"); /* an empty quoted field is no blank line */
}
END_TEST

START_TEST(quoted_fields_hold_separators_line_ends_and_quotes)
{
    setup();
    ck_slice(flat(S("\"a,b\",c\n"), ','), "a,b|c/");
    ck_slice(flat(S("\"a\nb\",c\n"), ','), "a\nb|c/");
    ck_slice(flat(S("\"say \"\"hi\"\"\",c\n"), ','), "say \"hi\"|c/");
    ck_slice(flat(S("\"\"\"\",c\n"), ','), "\"|c/");
    ck_slice(flat(S("5\" disk,c\n"), ','), "5\" disk|c/"); /* inside a bare field: a byte */
    ck_slice(flat(S("\"ab\"cd,e\n"), ','), "abcd|e/");     /* behind the quotes: appended */
    ck_slice(flat(S("\"ab\"c\"d\",e\n"), ','), "abc\"d\"|e/");
}
END_TEST

START_TEST(text_that_ends_inside_quotes_is_told)
{
    setup();
    ck_slice(flat(S("a\n\"b,c\n"), ','), "a/!");
    ck_slice(flat(S("\""), ','), "!");
    ck_slice(flat(S("\"\"\""), ','), "!");
}
END_TEST

START_TEST(other_separators_leave_commas_alone)
{
    setup();
    ck_slice(flat(S("a,1;b\n"), ';'), "a,1|b/");
    ck_slice(flat(S("a\tb\n"), '\t'), "a|b/");
}
END_TEST

START_TEST(lines_are_counted_through_quoted_line_ends)
{
    struct csv csv;
    struct csv_field fields[CAP];
    size_t count = 0;
    csv_begin(&csv, S("h\n\"a\r\nb\nc\"\n\nd\re\n"), ',');
    const size_t expected[] = {1, 2, 6, 7};
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        ck_assert_int_eq(csv_row(&csv, fields, CAP, &count), CSV_ROW);
        ck_assert_uint_eq(csv.row_line, expected[i]);
    }
    ck_assert_int_eq(csv_row(&csv, fields, CAP, &count), CSV_END);
}
END_TEST

START_TEST(fields_beyond_the_cap_are_counted_but_not_stored)
{
    struct csv csv;
    struct csv_field fields[2] = {0};
    size_t count = 0;
    csv_begin(&csv, S("a,b,c,d\ne\n"), ',');
    ck_assert_int_eq(csv_row(&csv, fields, 2, &count), CSV_ROW);
    ck_assert_uint_eq(count, 4);
    ck_slice(fields[1].raw, "b");
    ck_assert_int_eq(csv_row(&csv, fields, 2, &count), CSV_ROW);
    ck_assert_uint_eq(count, 1);
}
END_TEST

/* A byte-by-byte splitter: slow, and obviously the rule. */
static slice flat_simple(slice text, char separator)
{
    struct buf out;
    struct buf row;
    size_t fields = 1;
    bool bare_text = false; /* the row has something that is not blank, or quotes */
    enum { START, BARE, QUOTED, BEHIND } state = START;
    buf_init_arena(&out, &arena, 1 << 20);
    buf_init_arena(&row, &arena, 1 << 20);
    for (size_t i = 0; i <= text.len; i++) {
        bool end = i == text.len;
        char c = end ? '\n' : text.ptr[i];
        bool line_end = c == '\n' || c == '\r';
        if (state == QUOTED && end) {
            buf_put_str(&out, "!");
            return buf_slice(&out);
        }
        if (state == QUOTED) {
            bool doubled = c == '"' && i + 1 < text.len && text.ptr[i + 1] == '"';
            if (c != '"' || doubled)
                buf_put_byte(&row, c);
            i += doubled;
            state = c == '"' && !doubled ? BEHIND : QUOTED;
        } else if (c == '"' && state == START) {
            state = QUOTED;
            bare_text = true;
        } else if (c == separator && !line_end) {
            buf_put_byte(&row, '|');
            fields++;
            state = START;
        } else if (line_end) {
            if (fields > 1 || bare_text) {
                buf_put(&out, buf_slice(&row));
                buf_put_byte(&out, '/');
            }
            i += c == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
            row.len = 0;
            fields = 1;
            bare_text = false;
            state = START;
        } else {
            bare_text |= !memchr(" \t\v\f", c, 4);
            buf_put_byte(&row, c);
            state = state == START ? BARE : state;
        }
    }
    return buf_slice(&out);
}

/* Random texts of the bytes that matter, with lengths around the block of 64. */
START_TEST(the_fast_splitter_agrees_with_a_simple_one)
{
    static const char bytes[] = "a1 ,,\"\"\n\r;x";
    uint32_t state = 12345;
    for (int round = 0; round < 20000; round++) {
        char text[200];
        size_t len = 0;
        state = state * 1664525 + 1013904223;
        size_t target = (state >> 8) % sizeof text;
        for (; len < target; len++) {
            state = state * 1664525 + 1013904223;
            text[len] = bytes[(state >> 16) % (sizeof bytes - 1)];
        }
        setup();
        slice fast = flat(slice_make(text, len), ',');
        slice simple = flat_simple(slice_make(text, len), ',');
        ck_assert_msg(slice_eq(fast, simple), "'%.*s': '%.*s' and '%.*s'", (int)len, text,
                      SLICE_ARG(fast), SLICE_ARG(simple));
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(the_bound_on_rows_is_never_too_small)
{
    ck_assert_uint_eq(csv_rows_bound(S("")), 1);
    ck_assert_uint_eq(csv_rows_bound(S("a\nb\r\nc")), 4);
}
END_TEST

/* 8 MB of quotes: doubled or lone, one field or many; each within the test's time limit. */
START_TEST(quote_bombs_take_linear_time)
{
    size_t len = 8u << 20;
    char *text = malloc(len);
    struct csv csv;
    struct csv_field fields[CAP];
    size_t count = 0;
    ck_assert_ptr_nonnull(text);
    memset(text, '"', len);
    csv_begin(&csv, slice_make(text, len), ',');
    while (csv_row(&csv, fields, CAP, &count) == CSV_ROW)
        ck_assert_uint_le(count, 1);
    for (size_t i = 1; i < len; i += 2)
        text[i] = ',';
    csv_begin(&csv, slice_make(text, len), ',');
    while (csv_row(&csv, fields, CAP, &count) == CSV_ROW)
        ck_assert_uint_gt(count, 1);
    free(text);
}
END_TEST

START_TEST(the_separator_is_the_most_frequent_of_the_first_line)
{
    ck_assert_int_eq(csv_separator_guess(S("a,b;c\n1;2;3\n")), ',');
    ck_assert_int_eq(csv_separator_guess(S("a;b;c\n1,2,3,4\n")), ';');
    ck_assert_int_eq(csv_separator_guess(S("\"a,b,c\"|d\n")), '|');
    ck_assert_int_eq(csv_separator_guess(S("a\tb")), '\t');
    ck_assert_int_eq(csv_separator_guess(S("a")), ',');
    ck_assert_int_eq(csv_separator_guess(S("")), ',');
}
END_TEST

TEST_MAIN("csv", the_separator_is_the_most_frequent_of_the_first_line,
          rows_end_at_lf_crlf_cr_or_the_end, blank_lines_and_the_byte_order_mark_are_skipped,
          quoted_fields_hold_separators_line_ends_and_quotes, text_that_ends_inside_quotes_is_told,
          other_separators_leave_commas_alone, lines_are_counted_through_quoted_line_ends,
          fields_beyond_the_cap_are_counted_but_not_stored,
          the_fast_splitter_agrees_with_a_simple_one, the_bound_on_rows_is_never_too_small,
          quote_bombs_take_linear_time)
