/* Tests of the rules behind the findings of a profile. */
#include "detect/profile_notes.h"

#include "lib/main.h"

#include <math.h>

static size_t target_of(const char *const *names, size_t count)
{
    struct profile_column columns[8];
    for (size_t i = 0; i < count; i++)
        columns[i] = (struct profile_column){.name = slice_of(names[i]), .mean = 1};
    return profile_target(&(struct profile){.column_count = count, .columns = columns});
}

START_TEST(the_result_is_known_by_its_name)
{
    ck_assert_uint_eq(target_of((const char *const[]){"a", "Score", "performance"}, 3), 2);
    ck_assert_uint_eq(target_of((const char *const[]){"a", "ACCURACY"}, 2), 1);
    ck_assert_uint_eq(target_of((const char *const[]){"a", "b"}, 2), 2);
}
END_TEST

START_TEST(findings_are_bounded)
{
    static struct profile_column columns[300];
    struct arena arena;
    arena_init(&arena, 8 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
        columns[i] = (struct profile_column){.name = S("final_x"),
                                             .mean = 1,
                                             .missing = 1,
                                             .present = 1,
                                             .r_target = 0.99,
                                             .hash = 7};
    columns[0].name = S("score");
    struct profile p = {
        .row_count = 30, .column_count = ARRAY_COUNT(columns), .columns = columns, .target = 0};
    profile_notes(&p, &arena);
    ck_assert_uint_eq(p.quality.count, PROFILE_NOTES_MAX);
    ck_assert_uint_eq(p.bias.count, PROFILE_NOTES_MAX);
    ck_assert_str_eq(p.bias.items[0].code, "leakage_correlation");
    ck_assert_str_eq(p.bias.items[1].code, "target_after_event");
    arena_finish(&arena);
}
END_TEST

START_TEST(long_names_are_cut_between_characters)
{
    struct arena arena;
    arena_init(&arena, 8 << 20);
    char name[100];
    for (size_t i = 0; i + 3 <= sizeof name; i += 3)
        memcpy(name + i, "\xe5\x88\x97", 3);
    struct profile_column column = {.name = slice_make(name, 99), .missing = 1, .mean = NAN};
    struct profile p = {.row_count = 30, .column_count = 1, .columns = &column, .target = 1};
    profile_notes(&p, &arena);
    ck_assert(slice_is_utf8(p.quality.items[0].text[LANG_EN]));
    ck_assert_uint_eq(p.quality.items[0].subject.len, 60);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("profile_notes", the_result_is_known_by_its_name, findings_are_bounded,
          long_names_are_cut_between_characters)
