/* Tests of detect/render_markdown.c: tables, task list, escaping. */
#include "detect/detect.h"

#include "lib/main.h"
#include "payloads.h"
#include "report_sample.h"

static struct error err;

static void render(struct sample_options options, enum lang lang, struct buf *out)
{
    struct arena arena;
    struct report_context context = sample_context();
    arena_init(&arena, 1 << 26);
    if (options.name.len)
        context.input_name = context.grade = context.command = options.name;
    buf_init(out, 1 << 20);
    ck_ok(report_markdown(sample_report(&options, &arena), lang, &context, out, &err));
    arena_finish(&arena);
}

static bool has(const struct buf *buf, const char *needle)
{
    size_t at;
    return slice_find(buf_slice(buf), slice_of(needle), &at);
}

START_TEST(the_report_reads_as_a_document)
{
    struct buf out;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE}, LANG_EN, &out);
    ck_assert(
        slice_has_prefix(buf_slice(&out), S("# The test settings followed the results\n\n**Can"
                                            " this score be used for a decision?** Not as")));
    ck_assert(has(&out, "\n- [ ] Fix the settings"));
    ck_assert(has(&out, "\n| Reaction to the score | settings moved with the score of the round "
                        "before | .004 | flagged |\n"));
    ck_assert(has(&out, "\n| Ratchet | "));
    ck_assert(has(&out, "## Classic indicators, uncalibrated\n"));
    ck_assert(has(&out, "\n| atlas-7b | 1 | "));
    ck_assert(has(&out, "“constraint\\_compute”"));
    buf_finish(&out);
    render((struct sample_options){.kind = VERDICT_NO_EVIDENCE}, LANG_ZH, &out);
    ck_assert(has(&out, "## 没有检查的\n"));
    buf_finish(&out);
}
END_TEST

/* Unescaped characters that would start markup inside of a name. */
START_TEST(no_payload_becomes_markup)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
        struct buf out;
        render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = payloads[i]}, LANG_EN,
               &out);
        ck_assert(!has(&out, "<") && !has(&out, ">"));
        ck_assert(!has(&out, "://"));
        ck_assert(!has(&out, "\x1b") && !has(&out, "\xe2\x80\xae"));
        slice rest = buf_slice(&out);
        slice line;
        while (slice_split(&rest, '\n', &line)) {
            size_t at;
            ck_assert(!slice_find(line, S("`alert"), &at) || line.ptr[at - 1] == '\\');
            ck_assert(!slice_find(line, S("]("), &at) || line.ptr[at - 1] == '\\');
            ck_assert(!slice_has_prefix(line, S("=")) && !slice_has_prefix(line, S("# heading")));
        }
        buf_finish(&out);
    }
}
END_TEST

/* A pipe in a name would open a column: every row of a table has the pipes of its head. */
START_TEST(names_cannot_add_columns)
{
    struct buf out;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = S("a|b|c")}, LANG_EN, &out);
    slice rest = buf_slice(&out);
    slice line;
    size_t columns = 0;
    while (slice_split(&rest, '\n', &line)) {
        size_t pipes = 0;
        for (size_t i = 0; i < line.len; i++)
            pipes += line.ptr[i] == '|' && (i == 0 || line.ptr[i - 1] != '\\');
        bool row = slice_has_prefix(line, S("|"));
        ck_assert(!row || columns == 0 || pipes == columns);
        columns = row ? pipes : 0;
    }
    buf_finish(&out);
}
END_TEST

TEST_MAIN("render_markdown", the_report_reads_as_a_document, no_payload_becomes_markup,
          names_cannot_add_columns)
