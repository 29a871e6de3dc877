/* CSV to panel: separators, headers, mapping, ragged rows, notes, memory. */
#include "lib/panel.h"

#include <stdlib.h>

static struct arena arena;
static struct error err;
static struct row_errors errors;
static struct panel *panel;
static struct panel_options options;

static status read_csv(const char *csv)
{
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    error_clear(&err);
    panel = NULL;
    return panel_from_csv(slice_of(csv), &options, &arena, &panel, &errors, &err);
}

static bool has_note(const char *code)
{
    for (size_t i = 0; i < panel->notes.count; i++)
        if (strcmp(panel->notes.items[i].code, code) == 0)
            return true;
    return false;
}

START_TEST(the_four_separators_are_detected)
{
    static const char separators[] = {',', ';', '\t', '|'};
    for (size_t i = 0; i < sizeof separators; i++) {
        char csv[] = "time_period,algorithm,performance,top_p\n1,A,0.5,0.1\n";
        for (char *p = csv; *p; p++)
            *p = *p == ',' ? separators[i] : *p;
        options = (struct panel_options){.engine = ENGINE_CALIBRATED};
        ck_ok(read_csv(csv));
        ck_assert_int_eq(panel->separator, separators[i]);
        ck_assert_int_eq(has_note("separator_detected"), i > 0);
        options.separator = separators[i];
        ck_ok(read_csv(csv));
        ck_assert(!has_note("separator_detected"));
    }
    options.separator = ':';
    ck_status(read_csv("a:b\n"), ST_INVALID);
    ck_assert_str_eq(err.code, "separator");
}
END_TEST

START_TEST(known_names_beat_a_more_frequent_separator)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("time_period;algorithm;performance;top_p;a,b,c,d,e,f\n1;A;0.5;1;x\n"));
    ck_assert_int_eq(panel->separator, ';');
}
END_TEST

START_TEST(headers_are_trimmed_only_by_the_calibrated_engine)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("\"time_period\", algorithm ,performance,top_p\n1,A,0.5,1\n"));
    options.engine = ENGINE_CLASSIC;
    ck_status(read_csv("time_period, algorithm,performance,constraint_a\n1,A,0.5,1\n"), ST_INVALID);
    ck_assert_str_eq(err.text, "Missing required columns: algorithm");
}
END_TEST

START_TEST(a_second_column_of_a_name_gets_a_number)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv(
        "time_period,algorithm,performance,constraint_a,constraint_a,constraint_a\n1,A,1,2,3,4\n"));
    ck_assert_uint_eq(panel->setting_count, 3);
    ck_slice(panel->settings[1].name, "constraint_a.1");
    ck_slice(panel->settings[2].name, "constraint_a.2");
    ck_assert_double_eq(panel->settings[2].values[0], 4);
    ck_assert(has_note("duplicate_column"));
}
END_TEST

START_TEST(a_map_renames_columns_and_leaves_a_note)
{
    const struct column_map map[] = {{S("accuracy"), S("performance")},
                                     {S("round"), S("time_period")}};
    options = (struct panel_options){.engine = ENGINE_CALIBRATED, .map = map, .map_count = 2};
    ck_ok(read_csv("round,algorithm,accuracy,performance,top_p\n4,A,0.5,99,1\n"));
    ck_assert_double_eq(panel->performance[0], 0.5);
    ck_assert_double_eq(panel->time[0], 4);
    ck_assert(has_note("column_mapped"));
    ck_status(read_csv("round,algorithm,acc,top_p\n4,A,0.5,99\n"), ST_INVALID);
    ck_assert_str_eq(err.code, "map");
}
END_TEST

START_TEST(short_rows_are_padded_and_long_rows_refused)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("time_period,algorithm,performance,top_p,constraint_a\n1,A,0.5\n2,A,0.5,1\n"));
    ck_assert_uint_eq(panel->settings[0].missing_count, 2);
    ck_assert_uint_eq(panel->settings[1].missing_count, 1);
    ck_status(read_csv("time_period,algorithm,performance,top_p\n1,A,0.5,1\n1,A,0.5,1,2\n"),
              ST_INVALID);
    ck_assert_str_eq(err.code, "csv_parse");
    ck_assert_uint_eq(errors.items[0].line, 3);
}
END_TEST

START_TEST(quoted_labels_keep_line_ends_and_quotes)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("time_period,algorithm,performance,protocol\n1,\"A "
                   "\"\"x\"\"\nb\",0.5,\"p,q\"\n2,循环偏差,0.5,r\n"));
    ck_slice(panel->algorithms.names[0], "A \"x\"\nb");
    ck_slice(panel->algorithms.names[1], "循环偏差");
    ck_slice(panel->categories[0].table.names[1], "p,q");
    ck_assert_uint_eq(panel->line[1], 4);
}
END_TEST

START_TEST(attempts_keep_their_reported_flag)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("time_period,algorithm,performance,reported\n1,A,0.5,1\n1,A,0.6,0\n1,A,0.7,\n"));
    ck_assert_int_eq(panel->reported[0], 1);
    ck_assert_int_eq(panel->reported[1], 0);
    ck_assert_int_eq(panel->reported[2], -1);
}
END_TEST

START_TEST(unused_columns_are_named_in_a_note)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_ok(read_csv("time_period,algorithm,performance,top_p,gpu,comment\n1,A,0.5,1,x,y\n"));
    ck_assert(has_note("columns_ignored"));
    ck_assert(slice_find(panel->notes.items[0].text[LANG_EN], S("gpu, comment"), NULL));
}
END_TEST

START_TEST(other_encodings_are_named)
{
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    ck_status(read_csv("\xFF\xFEt"), ST_INVALID);
    ck_assert_str_eq(err.text, "the file is UTF-16; save it as UTF-8");
}
END_TEST

/* A log whose panel needs more than the arena holds is refused, at any size of the arena. */
START_TEST(memory_is_bounded_and_short_of_it_is_told)
{
    struct buf csv;
    size_t used = 0;
    options = (struct panel_options){.engine = ENGINE_CALIBRATED};
    buf_init(&csv, 1 << 22);
    buf_put_str(&csv, "time_period,algorithm,performance,constraint_compute,constraint_memory\n");
    for (int i = 0; i < 40000; i++)
        buf_printf(&csv, "%d,Algo%d,0.%04d,%d.5,%d.25\n", i / 4, i % 4, i % 10000, 300 + i % 50,
                   i % 9);
    for (size_t cap = 4096; cap <= 3 * csv.len; cap += csv.len / 8) {
        arena_init(&arena, cap);
        status rc = panel_from_csv(buf_slice(&csv), &options, &arena, &panel, NULL, &err);
        ck_assert_msg(rc == ST_OK || rc == ST_TOO_LARGE, "%s", err.text);
        used = rc == ST_OK ? arena.used_bytes : 0;
        arena_finish(&arena);
    }
    ck_assert_uint_gt(used, 0); /* 3 x input are enough */
    ck_assert_uint_le(used, 3 * csv.len);
    buf_finish(&csv);
}
END_TEST

TEST_MAIN("panel_csv", the_four_separators_are_detected, known_names_beat_a_more_frequent_separator,
          headers_are_trimmed_only_by_the_calibrated_engine,
          a_second_column_of_a_name_gets_a_number, a_map_renames_columns_and_leaves_a_note,
          short_rows_are_padded_and_long_rows_refused, quoted_labels_keep_line_ends_and_quotes,
          attempts_keep_their_reported_flag, unused_columns_are_named_in_a_note,
          other_encodings_are_named, memory_is_bounded_and_short_of_it_is_told)
