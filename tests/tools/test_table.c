/* Tests of tables: width, truncation, CSV. */
#include "fake_cli.h"

static const struct column columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"count", "COUNT", COLUMN_NUMBER},
    {"note", "NOTE", COLUMN_TEXT},
};

static struct cli cli;
static struct table table;
static struct error err;

static void add(const char *name, const char *count, const char *note)
{
    slice *row = table_row(&table);
    ck_assert_ptr_nonnull(row);
    row[0] = slice_of(name);
    row[1] = slice_of(count);
    row[2] = slice_of(note);
}

static void begin(void)
{
    fake_cli_init(&cli, NULL);
    table_init(&table, &cli.arena, columns, ARRAY_COUNT(columns));
}

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
    begin();
    add("a", "1", "first");
    add("longer name", "1000", "second");
    ck_ok(table_print(&cli, &table, &err));
    ck_slice(buf_slice(&cli.out), "NAME         COUNT  NOTE\n"
                                  "a                1  first\n"
                                  "longer name   1000  second\n");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(chinese_characters_take_two_columns)
{
    begin();
    add("模型", "1", "x");
    add("abcd", "2", "y");
    ck_ok(table_print(&cli, &table, &err));
    ck_slice(buf_slice(&cli.out), "NAME  COUNT  NOTE\n"
                                  "模型      1  x\n"
                                  "abcd      2  y\n");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(a_pipe_is_never_cut_and_a_terminal_never_wraps)
{
    begin();
    add("a rather long name that does not fit", "1", "and a note behind it that is long, too");
    ck_ok(table_print(&cli, &table, &err));
    size_t at;
    ck_assert(slice_find(buf_slice(&cli.out), S("that is long, too"), &at));
    cli.out.len = 0;
    cli.out_columns = 40;
    ck_ok(table_print(&cli, &table, &err));
    slice rest = buf_slice(&cli.out);
    slice line;
    while (slice_split(&rest, '\n', &line))
        ck_assert_uint_le(text_width(line), 40);
    ck_assert(slice_find(buf_slice(&cli.out), S("…"), &at));
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(a_wide_character_is_never_cut_in_half)
{
    struct buf out;
    buf_init(&out, 1000);
    put_cell(&out, S("评测日志"), 6, false, true);
    ck_slice(buf_slice(&out), "评测… "); /* 2 + 2 + 1, one blank of padding */
    out.len = 0;
    put_cell(&out, S("评测日志"), 8, false, true);
    ck_slice(buf_slice(&out), "评测日志");
    buf_finish(&out);
}
END_TEST

START_TEST(control_characters_cannot_drive_the_terminal)
{
    begin();
    add("\033[31mred\n", "1", "\xff");
    ck_ok(table_print(&cli, &table, &err));
    ck_slice(buf_slice(&cli.out), "NAME       COUNT  NOTE\n"
                                  "?[31mred?      1  ?\n");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(chosen_columns_stand_in_the_order_of_the_flag)
{
    begin();
    add("a", "1", "x");
    cli.columns = "note,name";
    cli.header = false;
    ck_ok(table_print(&cli, &table, &err));
    ck_slice(buf_slice(&cli.out), "x  a\n");
    cli.columns = "nam";
    ck_status(table_print(&cli, &table, &err), ST_INVALID);
    ck_assert_int_eq(cli.exit_code, EXIT_USAGE);
    ck_assert_str_eq(cli.hint, "did you mean 'name'?");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(an_empty_table_prints_nothing_and_csv_its_heading)
{
    begin();
    ck_ok(table_print(&cli, &table, &err));
    ck_assert_uint_eq(cli.out.len, 0);
    cli.format = FORMAT_CSV;
    ck_ok(table_print(&cli, &table, &err));
    ck_slice(buf_slice(&cli.out), "name,count,note\n");
    fake_cli_finish(&cli);
}
END_TEST

static void csv_is(const char *cell, const char *expected)
{
    struct buf out;
    buf_init(&out, 1000);
    csv_field(&out, slice_of(cell));
    ck_slice(buf_slice(&out), expected);
    buf_finish(&out);
}

START_TEST(csv_quotes_what_needs_quotes)
{
    csv_is("plain", "plain");
    csv_is("a,b", "\"a,b\"");
    csv_is("say \"hi\"", "\"say \"\"hi\"\"\"");
    csv_is("two\nlines", "\"two\nlines\"");
    csv_is("", "");
}
END_TEST

START_TEST(csv_cells_never_run_as_formulas)
{
    csv_is("=1+1", "\"'=1+1\"");
    csv_is("+cmd", "\"'+cmd\"");
    csv_is("-cmd", "\"'-cmd\"");
    csv_is("@SUM(A1)", "\"'@SUM(A1)\"");
    csv_is("\tx", "\"'\tx\"");
    csv_is("-1.5", "-1.5"); /* a number is a number */
}
END_TEST

TEST_MAIN("table", columns_are_as_wide_as_their_widest_cell, chinese_characters_take_two_columns,
          a_pipe_is_never_cut_and_a_terminal_never_wraps, a_wide_character_is_never_cut_in_half,
          control_characters_cannot_drive_the_terminal,
          chosen_columns_stand_in_the_order_of_the_flag,
          an_empty_table_prints_nothing_and_csv_its_heading, csv_quotes_what_needs_quotes,
          csv_cells_never_run_as_formulas)
