/* Tests of the message catalogue and of language choice. */
#include "base/text.h"

#include "lib/main.h"

enum { CONVERSIONS_MAX = 16 };

/* Collects the conversions of a printf format by argument position ("%2$s" or in order). */
static size_t conversions(const char *format, char kinds[CONVERSIONS_MAX][8])
{
    size_t count = 0;
    size_t next = 0;
    for (const char *p = format; (p = strchr(p, '%')); p++) {
        p++;
        if (*p == '%')
            continue;
        size_t at = next;
        if (p[0] >= '1' && p[0] <= '9' && p[1] == '$') {
            at = (size_t)(p[0] - '1');
            p += 2;
        } else {
            next++;
        }
        size_t len = strcspn(p, "diouxXeEfgGcspn") + 1;
        if (strncmp(p, ".*s", 3) == 0)
            next++; /* the width is an argument too */
        ck_assert_uint_lt(at, CONVERSIONS_MAX);
        (void)snprintf(kinds[at], 8, "%.*s", (int)len, p);
        count++;
    }
    return count;
}

START_TEST(every_translation_has_the_conversions_of_its_english_text)
{
    size_t count;
    const struct text_pair *pairs = text_catalogue(&count);
    for (size_t i = 0; i < count; i++) {
        char en[CONVERSIONS_MAX][8] = {{0}};
        char zh[CONVERSIONS_MAX][8] = {{0}};
        ck_assert_msg(conversions(pairs[i].en, en) == conversions(pairs[i].zh, zh), "%s",
                      pairs[i].en);
        for (size_t j = 0; j < CONVERSIONS_MAX; j++)
            ck_assert_msg(strcmp(en[j], zh[j]) == 0, "%s: argument %zu", pairs[i].en, j + 1);
    }
}
END_TEST

START_TEST(no_english_text_stands_twice)
{
    size_t count;
    const struct text_pair *pairs = text_catalogue(&count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strcmp(tr(LANG_ZH, pairs[i].en), pairs[i].zh) == 0, "twice: %s", pairs[i].en);
}
END_TEST

START_TEST(unknown_text_stays_english)
{
    ck_assert_str_eq(tr(LANG_ZH, "no such message in the catalogue"),
                     "no such message in the catalogue");
    ck_assert_str_eq(tr(LANG_EN, "internal server error"), "internal server error");
    ck_assert_str_eq(tr(LANG_ZH, "internal server error"), "服务器内部错误");
}
END_TEST

START_TEST(accept_language_respects_quality)
{
    ck_assert_int_eq(lang_from_accept(S("en;q=0.5, zh-CN;q=0.8")), LANG_ZH);
    ck_assert_int_eq(lang_from_accept(S("zh;q=0.2,en")), LANG_EN);
    ck_assert_int_eq(lang_from_accept(S("fr, de")), LANG_EN);
    ck_assert_int_eq(lang_from_accept(S("")), LANG_EN);
    ck_assert_int_eq(lang_from_tag(S("zh_CN.UTF-8")), LANG_ZH);
    ck_assert_int_eq(lang_from_tag(S("zhuang")), LANG_EN);
}
END_TEST

START_TEST(wide_characters_take_two_columns)
{
    ck_assert_uint_eq(text_width(S("abc")), 3);
    ck_assert_uint_eq(text_width(S("偏差")), 4);
    ck_assert_uint_eq(text_width(S("é")), 1);
    ck_assert_uint_eq(text_width(S("\xFF")), 1);
}
END_TEST

TEST_MAIN("text", every_translation_has_the_conversions_of_its_english_text,
          no_english_text_stands_twice, unknown_text_stays_english,
          accept_language_respects_quality, wide_characters_take_two_columns)
