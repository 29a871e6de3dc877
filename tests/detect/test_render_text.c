/* Tests of detect/render_text.c: what a terminal shows. */
#include "detect/detect.h"

#include "lib/main.h"
#include "payloads.h"
#include "report_sample.h"

static struct error err;

static void render(struct sample_options options, enum lang lang, struct report_context context,
                   struct buf *out)
{
    struct arena arena;
    arena_init(&arena, 1 << 26);
    if (options.name.len)
        context.input_name = context.grade = context.label = options.name;
    buf_init(out, 1 << 20);
    ck_ok(report_text(sample_report(&options, &arena), lang, &context, out, &err));
    arena_finish(&arena);
}

static bool has(const struct buf *buf, const char *needle)
{
    size_t at;
    return slice_find(buf_slice(buf), slice_of(needle), &at);
}

static void check_lines(const struct buf *buf, size_t width)
{
    slice rest = buf_slice(buf);
    slice line;
    while (slice_split(&rest, '\n', &line)) {
        ck_assert_msg(text_width(line) <= width, "%zu columns: '%.*s'", text_width(line),
                      SLICE_ARG(line));
        ck_assert(line.len == 0 || line.ptr[line.len - 1] != ' ');
    }
}

static const struct sample_options kinds[] = {
    {.kind = VERDICT_ADAPTIVE},
    {.kind = VERDICT_NO_EVIDENCE},
    {.kind = VERDICT_FIXED},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_DIFFERS_BETWEEN_SYSTEMS},
    {.classic_engine = true},
    {.kind = VERDICT_ADAPTIVE, .systems = 40, .rounds = 300},
};

START_TEST(the_verdict_stands_first_in_words)
{
    struct buf out;
    render(kinds[0], LANG_EN, sample_context(), &out);
    ck_assert(slice_has_prefix(buf_slice(&out), S("▲ The test settings followed the results\n")));
    ck_assert(has(&out, "An honest log\n  would show this about 3 times in 1,000."));
    ck_assert(has(&out, "Not as it stands: first repeat the test"));
    ck_assert(has(&out, "Classic indicators, uncalibrated"));
    ck_assert(has(&out, "  Reaction to the score   p = .004   flagged\n"));
    buf_finish(&out);
    render(kinds[3], LANG_ZH, sample_context(), &out);
    ck_assert(slice_has_prefix(buf_slice(&out), S("? 无法判断：各系统的测试设置不同\n")));
    buf_finish(&out);
}
END_TEST

START_TEST(lines_keep_to_the_width_in_both_languages)
{
    static const int widths[] = {0, 66, 80, 120};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        for (int lang = 0; lang < 2; lang++)
            for (size_t w = 0; w < ARRAY_COUNT(widths); w++) {
                struct buf out;
                struct report_context context = sample_context();
                context.width = widths[w];
                render(kinds[i], (enum lang)lang, context, &out);
                check_lines(&out, widths[w] ? (size_t)widths[w] : 80);
                buf_finish(&out);
            }
}
END_TEST

START_TEST(columns_of_chinese_names_are_aligned)
{
    struct buf out;
    render(kinds[0], LANG_EN, sample_context(), &out);
    /* both sparklines begin at column 20, whatever the name's script */
    ck_assert(has(&out, "\n  atlas-7b          "));
    ck_assert(has(&out, "\n  天枢-72B          "));
    buf_finish(&out);
}
END_TEST

START_TEST(colour_is_only_there_when_asked_for)
{
    struct buf out;
    struct report_context context = sample_context();
    render(kinds[0], LANG_EN, context, &out);
    ck_assert(!has(&out, "\x1b"));
    buf_finish(&out);
    context.color = true;
    render(kinds[0], LANG_EN, context, &out);
    ck_assert(has(&out, "\x1b[1;31m"));
    ck_assert(slice_has_suffix(buf_slice(&out), S("\x1b[0m")));
    buf_finish(&out);
}
END_TEST

START_TEST(ascii_has_no_other_characters)
{
    struct buf out;
    struct report_context context = sample_context();
    context.ascii = true;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = S("plain")}, LANG_EN, context,
           &out);
    for (size_t i = 0; i < out.len; i++)
        ck_assert_msg((unsigned char)out.ptr[i] < 0x80, "byte %zu of '%.*s'", i, 40, out.ptr + i);
    ck_assert(has(&out, "! The test settings"));
    buf_finish(&out);
}
END_TEST

START_TEST(no_payload_reaches_the_terminal)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
        struct buf out;
        render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = payloads[i]}, LANG_EN,
               sample_context(), &out);
        ck_assert(slice_is_utf8(buf_slice(&out)));
        for (size_t b = 0; b < out.len; b++)
            ck_assert((unsigned char)out.ptr[b] >= 0x20 || out.ptr[b] == '\n');
        ck_assert(!has(&out, "\xc2\x9b") && !has(&out, "\xe2\x80\xae") && !has(&out, "\x7f"));
        check_lines(&out, 80);
        buf_finish(&out);
    }
}
END_TEST

START_TEST(a_missing_context_is_allowed)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena, 1 << 26);
    buf_init(&out, 1 << 20);
    ck_ok(report_text(sample_report(&kinds[0], &arena), LANG_EN, NULL, &out, &err));
    ck_assert_uint_gt(out.len, 1000);
    buf_finish(&out);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("render_text", the_verdict_stands_first_in_words,
          lines_keep_to_the_width_in_both_languages, columns_of_chinese_names_are_aligned,
          colour_is_only_there_when_asked_for, ascii_has_no_other_characters,
          no_payload_reaches_the_terminal, a_missing_context_is_allowed)
