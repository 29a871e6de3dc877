/* Tests of detect/names.c: what strangers call their systems. */
#include "detect/names.h"

#include "base/text.h"
#include "lib/main.h"

static struct arena arena;

static slice shown(const char *name, size_t columns)
{
    return name_shown(&arena, slice_of(name), columns);
}

START_TEST(ordinary_names_stay_as_they_are)
{
    arena_init(&arena, 1 << 16);
    ck_slice(shown("atlas-7b", 40), "atlas-7b");
    ck_slice(shown("天枢-7B", 40), "天枢-7B");
    ck_slice(shown("مدل", 40), "مدل");
    ck_slice(shown("protocol:limit", 40), "limit"); /* as the log calls it */
    ck_slice(shown("<script>", 40), "<script>"); /* escaping is the renderer's work */
    arena_finish(&arena);
}
END_TEST

START_TEST(control_and_direction_characters_become_visible)
{
    arena_init(&arena, 1 << 16);
    ck_slice(shown("a\x1b[31mb", 40), "a\xEF\xBF\xBD[31mb");
    ck_slice(shown("a\nb\tc", 40), "a\xEF\xBF\xBD"
                                   "b\xEF\xBF\xBD"
                                   "c");
    ck_slice(shown("x\u202Efdp.exe", 40), "x\xEF\xBF\xBD"
                                          "fdp.exe");
    ck_slice(shown("x\u200By\uFEFF", 40), "x\xEF\xBF\xBDy\xEF\xBF\xBD");
    ck_slice(shown("\xff\xfe", 40), "\xEF\xBF\xBD\xEF\xBF\xBD");
    ck_slice(shown("\xc2\x9b"
                   "31m",
                   40),
             "\xEF\xBF\xBD"
             "31m"); /* the C1 form of ESC [ */
    arena_finish(&arena);
}
END_TEST

START_TEST(long_names_are_cut_with_an_ellipsis)
{
    arena_init(&arena, 1 << 16);
    ck_slice(shown("abcdefgh", 8), "abcdefgh");
    ck_slice(shown("abcdefghi", 8), "abcdefg…");
    ck_slice(shown("天枢玉衡开阳", 8), "天枢玉…");
    char big[100000];
    memset(big, 'x', sizeof big);
    slice cut = name_shown(&arena, slice_make(big, sizeof big), 40);
    ck_assert_uint_eq(text_width(cut), 40);
    /* combining marks take no column, so the bytes are bounded too */
    for (size_t i = 0; i + 1 < sizeof big; i += 2)
        memcpy(big + i, "\xCC\x81", 2);
    cut = name_shown(&arena, slice_make(big, sizeof big), 40);
    ck_assert_uint_le(cut.len, NAME_BYTES_MAX);
    ck_assert(slice_is_utf8(cut));
    arena_finish(&arena);
}
END_TEST

START_TEST(a_missing_name_is_shown_as_a_dash)
{
    arena_init(&arena, 1 << 16);
    ck_slice(shown("", 40), "–");
    ck_slice(shown("  \t ", 40), "–");
    ck_slice(name_shown(&arena, (slice){NULL, 0}, 40), "–");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("names", ordinary_names_stay_as_they_are, control_and_direction_characters_become_visible,
          long_names_are_cut_with_an_ellipsis, a_missing_name_is_shown_as_a_dash)
