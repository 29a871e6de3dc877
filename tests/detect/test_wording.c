/* Tests of detect/wording.c: every verdict says what it must and nothing that it must not. */
#include "detect/wording.h"

#include "lib/main.h"
#include "report_sample.h"

static struct arena arena;

static struct wording words(struct sample_options options, enum lang lang)
{
    struct wording w;
    wording_build(sample_report(&options, &arena), lang, &arena, &w);
    return w;
}

static void has(slice text, const char *needle)
{
    size_t at;
    ck_assert_msg(slice_find(text, slice_of(needle), &at), "'%s' is not in '%.*s'", needle,
                  SLICE_ARG(text));
}

/* The kinds of report, each with its reasons. */
static const struct sample_options kinds[] = {
    {.kind = VERDICT_ADAPTIVE},
    {.kind = VERDICT_ADAPTIVE, .attempts = true},
    {.kind = VERDICT_NO_EVIDENCE},
    {.kind = VERDICT_FIXED},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_TOO_FEW_ROUNDS},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_TOO_FEW_RESIDUALS},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_NO_DRAWS},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_DIFFERS_BETWEEN_SYSTEMS},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_DIFFERS_WITHIN_ROUNDS},
    {.classic_engine = true},
};

START_TEST(a_detection_names_p_its_frequency_and_what_it_does_not_prove)
{
    arena_init(&arena, 1 << 22);
    struct wording w = words((struct sample_options){.kind = VERDICT_ADAPTIVE}, LANG_EN);
    has(w.text, "The test settings followed the results in this log (p = .003).");
    has(w.text, "An honest log would show this about 3 times in 1,000.");
    has(w.text, "This is not proof of intent, nor that the final score is wrong.");
    has(w.text, "Do not use this score for a release without a run on data that was not used");
    ck_assert_int_eq(w.tone, TONE_STRONG);
    ck_slice(w.strength, "strong");
    arena_finish(&arena);
}
END_TEST

START_TEST(frequencies_below_one_in_a_thousand_count_logs)
{
    static const struct {
        double p;
        const char *sentence;
    } cases[] = {{0.0005, "about once in 2,000."},        {0.001, "about once in 1,000."},
                 {0.0351, "about 35 times in 1,000."},    {0.0000992, "about once in 10,000."},
                 {1e-11, "less than once in 1,000,000."}, {0, "less than once in 1,000,000."}};
    arena_init(&arena, 1 << 22);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct detect_report *report =
            sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
        report->verdict.p_value = cases[i].p;
        struct wording w;
        wording_build(report, LANG_EN, &arena, &w);
        has(w.frequency, cases[i].sentence);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(chosen_attempts_are_not_called_moved_settings)
{
    arena_init(&arena, 1 << 22);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE, .attempts = true}, &arena);
    report->verdict.mechanisms[MECHANISM_REACTIVE].flagged = false;
    struct wording w;
    wording_build(report, LANG_EN, &arena, &w);
    size_t at;
    ck_assert(!slice_find(w.text, S("settings followed"), &at));
    has(w.text, "the better ones were reported more often than chance allows");
    ck_assert_str_eq(w.headline, "The better attempts were the ones reported");
    arena_finish(&arena);
}
END_TEST

START_TEST(no_evidence_states_its_limit)
{
    arena_init(&arena, 1 << 22);
    struct wording w = words((struct sample_options){.kind = VERDICT_NO_EVIDENCE}, LANG_EN);
    has(w.text, "No such pattern found");
    has(w.text, "This log could miss effects weaker than |r| = .57.");
    has(w.text, "Only the direct reaction of the protocol to the score was tested.");
    has(w.text, "Attempts that were not logged cannot be seen.");
    ck_assert_int_eq(w.tone, TONE_NEUTRAL);
    arena_finish(&arena);
}
END_TEST

START_TEST(insufficient_data_says_why_and_how_much_is_needed)
{
    arena_init(&arena, 1 << 22);
    struct wording w = words(kinds[4], LANG_EN);
    has(w.text, "This log cannot answer the question: 14 rounds, about 22 needed.");
    has(w.text, "Certain findings are below.");
    ck_assert_str_eq(w.answer, "Cannot tell");
    w = words(kinds[4], LANG_ZH);
    has(w.text, "只有 14 轮，大约需要 22 轮");
    arena_finish(&arena);
}
END_TEST

START_TEST(nothing_is_ever_cleared)
{
    static const char *const banned[] = {"no bias", "sound",  "cleared",  "unbiased", "proven",
                                         "safe",    "无偏差", "可以放心", "没有偏差"};
    arena_init(&arena, 1 << 26);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        for (int lang = 0; lang < 2; lang++) {
            struct wording w = words(kinds[i], (enum lang)lang);
            const struct sentences *lists[] = {&w.explanation, &w.findings, &w.unchecked,
                                               &w.next_steps, &w.assumptions};
            for (size_t b = 0; b < ARRAY_COUNT(banned); b++) {
                size_t at;
                ck_assert(!slice_find(w.text, slice_of(banned[b]), &at));
                ck_assert(!slice_find(slice_of(w.headline), slice_of(banned[b]), &at));
                for (size_t l = 0; l < ARRAY_COUNT(lists); l++)
                    for (size_t s = 0; s < lists[l]->count; s++)
                        ck_assert(!slice_find(lists[l]->items[s], slice_of(banned[b]), &at));
            }
        }
    arena_finish(&arena);
}
END_TEST

START_TEST(every_kind_has_words_in_both_languages)
{
    arena_init(&arena, 1 << 26);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct wording en = words(kinds[i], LANG_EN);
        struct wording zh = words(kinds[i], LANG_ZH);
        ck_assert_uint_gt(en.text.len, 20);
        ck_assert_uint_gt(en.next_steps.count, 0);
        ck_assert_uint_gt(en.unchecked.count, 0);
        ck_assert_str_ne(en.headline, zh.headline);
        ck_assert_str_ne(en.answer, zh.answer);
        ck_assert(!slice_eq(en.text, zh.text));
        ck_assert_uint_eq(en.next_steps.count, zh.next_steps.count);
        for (size_t s = 0; s < zh.next_steps.count; s++)
            ck_assert(!slice_eq(en.next_steps.items[s], zh.next_steps.items[s]));
        ck_assert(slice_is_utf8(zh.text) && slice_is_utf8(en.text));
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(a_small_arena_overflows_without_harm)
{
    struct arena big;
    arena_init(&big, 1 << 22);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &big);
    for (size_t cap = 0; cap < 30000; cap += 997) {
        struct arena small;
        struct wording w;
        arena_init(&small, cap);
        wording_build(report, LANG_ZH, &small, &w);
        ck_assert(cap > 0 || small.overflow);
        arena_finish(&small);
    }
    arena_finish(&big);
}
END_TEST

TEST_MAIN("wording", a_detection_names_p_its_frequency_and_what_it_does_not_prove,
          frequencies_below_one_in_a_thousand_count_logs,
          chosen_attempts_are_not_called_moved_settings, no_evidence_states_its_limit,
          insufficient_data_says_why_and_how_much_is_needed, nothing_is_ever_cleared,
          every_kind_has_words_in_both_languages, a_small_arena_overflows_without_harm)
