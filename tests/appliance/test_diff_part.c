/* What changed, as a section of a report: bounded, and what breaks comparability comes first. */
#include "diff_part.h"

#include "lib/diff_fixture.h"

static struct import_fixture f;

static struct report_part part_of(const char *rows)
{
    struct report_part part;
    struct error err = {0};
    ck_ok(ledger_read_jsonl(&f.ledger, slice_of(rows), &err));
    ck_ok(diff_part(fixture_diff(&f), LANG_EN, &f.arena, &part, &err));
    return part;
}

static bool has(slice text, const char *part)
{
    return slice_find(text, slice_of(part), NULL);
}

#define ROW(run, day, fields)                                                                      \
    "{\"run_id\":\"" run "\",\"time\":\"2026-01-" day "\",\"system\":\"s\",\"task\":\"t|x\","      \
    "\"metric\":\"m\",\"value\":0.5," fields "}\n"

START_TEST(changes_stand_in_every_format_and_settings_are_left_out)
{
    fixture_begin(&f);
    struct report_part part =
        part_of(ROW("a", "01", "\"protocol\":{\"judge\":\"g\"},\"settings\":{\"lr\":1}")
                    ROW("b", "02", "\"protocol\":{\"judge\":\"<b>\"},\"settings\":{\"lr\":2}"));
    ck_assert(has(part.text, "What changed between the runs"));
    ck_assert(has(part.text, "judge: g → <b>"));
    ck_assert(!has(part.text, "lr"));
    ck_assert(has(part.markdown, "## What changed between the runs"));
    ck_assert(has(part.markdown, "**t\\|x · m · s**: NOT comparable · 2 runs"));
    ck_assert(has(part.markdown, "| ✗ judge | g | \\<b\\> |"));
    ck_assert(has(part.html, "<td>✗ judge</td>"));
    ck_assert(has(part.text, "scores before and after a ✗ measure different things"));
    ck_assert(has(part.html, "&lt;b&gt;"));
    ck_assert(!has(part.html, "<b>"));
    ck_assert(has(part.json, "\"field\":\"judge\""));
    ck_assert_str_eq(part.key, "changes");
    fixture_end(&f);
}
END_TEST

START_TEST(a_long_list_is_cut_and_says_so)
{
    struct buf rows;
    fixture_begin(&f);
    buf_init_arena(&rows, &f.arena, 4 << 20);
    for (int i = 0; i < 400; i++) /* each run changes a note and a breaking field */
        buf_printf(&rows,
                   "{\"run_id\":\"r%03d\",\"time\":\"2026-01-01T%02d:%02d:00Z\",\"system\":\"s\","
                   "\"task\":\"t\",\"metric\":\"m\",\"value\":1,\"protocol\":{\"seed\":%d,"
                   "\"judge\":\"j%d\"}}\n",
                   i, i / 60, i % 60, i, i);
    buf_put_byte(&rows, '\0');
    struct report_part part = part_of(buf_slice(&rows).ptr);
    ck_assert(has(part.text, "More changes were found than are shown."));
    ck_assert(has(part.html, "More changes were found than are shown."));
    ck_assert(has(part.json, "\"truncated\":true"));
    ck_assert(has(part.text, "judge"));
    ck_assert(!has(part.text, "seed"));
    ck_assert_uint_lt(part.html.len, DIFF_PART_BYTES_MAX);
    fixture_end(&f);
}
END_TEST

START_TEST(nothing_to_compare_is_said)
{
    fixture_begin(&f);
    struct report_part part = part_of("");
    ck_assert(has(part.text, "There are no runs to compare."));
    fixture_end(&f);
}
END_TEST

TEST_MAIN("diff_part", changes_stand_in_every_format_and_settings_are_left_out,
          a_long_list_is_cut_and_says_so, nothing_to_compare_is_said)
