/* Notes and row errors: both languages, caps, cutting of values. */
#include "detect/notes.h"
#include "lib/main.h"

static struct arena arena;

START_TEST(notes_keep_their_order_and_formatted_text)
{
    struct notes notes = {0};
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 20; i++)
        note_add(&notes, &arena, "test_note", S("x"), "note %d of %s", i, "many");
    ck_assert_uint_eq(notes.count, 20);
    ck_slice(notes.items[19].text[LANG_EN], "note 19 of many");
    ck_slice(notes.items[0].subject, "x");
    ck_assert_uint_gt(notes.items[0].text[LANG_ZH].len, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_full_arena_drops_notes_and_says_so)
{
    struct notes notes = {0};
    arena_init(&arena, 64);
    note_add(&notes, &arena, "test_note", S("x"), "%s", "text");
    ck_assert_uint_eq(notes.count, 0);
    ck_assert(arena.overflow);
    arena_finish(&arena);
}
END_TEST

START_TEST(row_errors_beyond_the_cap_are_only_counted)
{
    static struct row_errors errors;
    struct place place = {.line = 7, .column = S("performance"), .value = S("n/a?")};
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < ROW_ERRORS_MAX + 5; i++)
        row_error_add(&errors, &arena, "not_a_number", &place, "no number");
    ck_assert_uint_eq(errors.count, ROW_ERRORS_MAX);
    ck_assert_uint_eq(errors.total, ROW_ERRORS_MAX + 5);
    ck_assert_uint_eq(errors.items[0].line, 7);
    ck_slice(errors.items[0].value, "n/a?");
    row_error_add(/* errors= */ NULL, &arena, "x", &place, "nothing happens");
    arena_finish(&arena);
}
END_TEST

START_TEST(cutting_never_splits_a_character)
{
    ck_slice(text_cut(S("abc"), 10), "abc");
    ck_slice(text_cut(S("abc"), 2), "ab");
    ck_slice(text_cut(S("a循环"), 4), "a循");
    ck_slice(text_cut(S("a循环"), 6), "a循");
    ck_slice(text_cut(S("a循环"), 3), "a");
    ck_slice(text_cut(S("循"), 0), "");
}
END_TEST

TEST_MAIN("notes", notes_keep_their_order_and_formatted_text, a_full_arena_drops_notes_and_says_so,
          row_errors_beyond_the_cap_are_only_counted, cutting_never_splits_a_character)
