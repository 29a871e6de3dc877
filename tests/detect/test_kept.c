/* Tests of detect/kept.c: what is read back renders to the same text, whatever renders it. */
#include "detect/detect.h"

#include "lib/main.h"
#include "report_sample.h"

static struct error err;

typedef status render_fn(const struct detect_report *report, enum lang lang,
                         const struct report_context *context, struct buf *out, struct error *err);
static render_fn *const renderers[] = {report_json, report_text, report_markdown,
                                       report_html, report_csv,  report_html_fragment};

static slice kept_bytes(struct arena *arena, const struct report_kept *kept)
{
    struct buf out;
    buf_init_arena(&out, arena, 1 << 24);
    ck_ok(report_to_bytes(kept, &out, &err));
    return buf_slice(&out);
}

static void same_text(struct arena *arena, const struct detect_report *a,
                      const struct detect_report *b, const struct report_context *ca,
                      const struct report_context *cb)
{
    for (size_t i = 0; i < ARRAY_COUNT(renderers); i++)
        for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
            struct buf before, after;
            buf_init_arena(&before, arena, 1 << 22);
            buf_init_arena(&after, arena, 1 << 22);
            ck_ok(renderers[i](a, (enum lang)lang, ca, &before, &err));
            ck_ok(renderers[i](b, (enum lang)lang, cb, &after, &err));
            ck_assert_uint_gt(before.len, 100);
            ck_assert(slice_eq(buf_slice(&before), buf_slice(&after)));
        }
}

START_TEST(every_kind_of_report_reads_the_same_when_it_comes_back)
{
    static const struct sample_options kinds[] = {
        {.kind = VERDICT_ADAPTIVE},
        {.kind = VERDICT_ADAPTIVE, .attempts = true},
        {.kind = VERDICT_NO_EVIDENCE},
        {.kind = VERDICT_INSUFFICIENT, .reason = REASON_TOO_FEW_ROUNDS},
        {.kind = VERDICT_INSUFFICIENT, .reason = REASON_DIFFERS_BETWEEN_SYSTEMS},
        {.kind = VERDICT_FIXED},
        {.classic_engine = true},
        {.kind = VERDICT_NO_EVIDENCE, .systems = 2, .rounds = 2},
    };
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct arena arena;
        struct report_kept kept = {.lang = LANG_ZH}, back;
        arena_init(&arena, 1 << 28);
        const struct detect_report *report = sample_report(&kinds[i], &arena);
        kept.report = *report;
        kept.context = sample_context();
        ck_ok(report_from_bytes(kept_bytes(&arena, &kept), &arena, &back, &err));
        ck_assert_int_eq(back.lang, LANG_ZH);
        ck_assert(!back.has_first);
        back.context.command = kept.context.command; /* of the hour, not of the report */
        same_text(&arena, report, &back.report, &kept.context, &back.context);
        arena_finish(&arena);
    }
}
END_TEST

static const struct detect_report *analysed(struct arena *arena, struct detect_options options)
{
    struct buf log;
    struct panel *panel;
    struct detect_report *report;
    uint64_t state = 5;
    struct panel_options reading = {.engine = options.engine};
    buf_init_arena(&log, arena, 1 << 20);
    buf_put_str(&log, "time_period,algorithm,performance,constraint_compute,prompt_version\n");
    for (int t = 1; t <= 24; t++)
        for (int k = 0; k < 3; k++)
            buf_printf(&log, "%d,s%d,%.4f,%d,%s\n", t, k, 0.6 + 0.1 * sample_noise(&state),
                       100 + (int)(40 * sample_noise(&state)), t < 9 ? "v1" : "v2");
    ck_ok(panel_from_csv(buf_slice(&log), &reading, arena, &panel, NULL, &err));
    ck_ok(detect_run(panel, &options, arena, &report, &err));
    return report;
}

START_TEST(so_do_reports_of_both_engines)
{
    for (int engine = ENGINE_CALIBRATED; engine <= ENGINE_CLASSIC; engine++) {
        struct arena arena;
        struct report_kept kept = {.context = sample_context()}, back;
        struct detect_options options = detect_options_default();
        arena_init(&arena, 1 << 28);
        options.engine = (enum engine)engine;
        options.bootstrap.run = true;
        options.draws = 199;
        kept.report = *analysed(&arena, options);
        ck_ok(report_from_bytes(kept_bytes(&arena, &kept), &arena, &back, &err));
        back.context.command = kept.context.command;
        same_text(&arena, &kept.report, &back.report, &kept.context, &back.context);
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(sections_and_runs_come_back_in_both_languages)
{
    struct arena arena;
    const struct report_runs runs = {10, 1, 2, 3, S("2 had no score")};
    struct report_kept kept = {.context = sample_context(), .has_first = true}, back;
    arena_init(&arena, 1 << 26);
    kept.report = *sample_report(&(struct sample_options){.classic_engine = true}, &arena);
    kept.context.runs = &runs;
    kept.first[LANG_EN] =
        (struct report_part){"changes", S("text"), S("markdown"), S("<p>html</p>"), S("[1]")};
    kept.first[LANG_ZH] =
        (struct report_part){"changes", S("文字"), S("标记"), S("<p>网页</p>"), S("[2]")};
    ck_ok(report_from_bytes(kept_bytes(&arena, &kept), &arena, &back, &err));
    ck_assert(back.has_first);
    ck_assert(slice_eq(back.first[LANG_ZH].html, S("<p>网页</p>")));
    for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
        struct report_context a = kept.context, b = back.context;
        a.first = &kept.first[lang];
        b.first = &back.first[lang];
        b.command = a.command;
        same_text(&arena, &kept.report, &back.report, &a, &b);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(cut_bytes_and_other_versions_never_become_a_report)
{
    struct arena arena;
    struct report_kept kept = {.context = sample_context()}, back;
    arena_init(&arena, 1 << 28);
    kept.report = *sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
    slice bytes = kept_bytes(&arena, &kept);
    for (size_t len = 0; len < bytes.len; len += 1 + len / 64) {
        struct arena_mark mark = arena_mark(&arena);
        char *copy = arena_array_raw(&arena, len + 1, 1);
        memcpy(copy, bytes.ptr, len);
        /* The whole is behind no length: cut in its last fields it may read as an older one. */
        status rc = report_from_bytes(slice_make(copy, len), &arena, &back, &err);
        ck_assert(rc == ST_CORRUPT || len > bytes.len / 2);
        arena_rewind(&arena, mark);
    }
    char *other = arena_array_raw(&arena, bytes.len, 1);
    memcpy(other, bytes.ptr, bytes.len);
    other[0] = 2;
    ck_status(report_from_bytes(slice_make(other, bytes.len), &arena, &back, &err), ST_CORRUPT);
    ck_assert_str_eq(err.code, "report_not_kept");
    arena_finish(&arena);
}
END_TEST

START_TEST(a_report_that_does_not_fit_is_refused)
{
    struct arena arena;
    struct buf out;
    struct report_kept kept = {.context = sample_context()};
    arena_init(&arena, 1 << 26);
    kept.report = *sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
    buf_init_arena(&out, &arena, 500);
    ck_status(report_to_bytes(&kept, &out, &err), ST_TOO_LARGE);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("kept", every_kind_of_report_reads_the_same_when_it_comes_back,
          so_do_reports_of_both_engines, sections_and_runs_come_back_in_both_languages,
          cut_bytes_and_other_versions_never_become_a_report, a_report_that_does_not_fit_is_refused)
