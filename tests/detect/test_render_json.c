/* Tests of detect/render_json.c: canonical members, request members, valid JSON always. */
#include "detect/detect.h"

#include "json_check.h"
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
        context.input_name = context.grade = context.id = context.label = options.name;
    buf_init(out, 1 << 20);
    ck_ok(report_json(sample_report(&options, &arena), lang, &context, out, &err));
    arena_finish(&arena);
}

START_TEST(a_calibrated_report_decides_by_its_verdict)
{
    struct buf out;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE}, LANG_EN, &out);
    slice json = buf_slice(&out);
    json_is_valid(json);
    ck_slice(json_at(json, "engine"), "\"calibrated\"");
    ck_slice(json_at(json, "bias_detected"), "true");
    ck_slice(json_at(json, "risk_category"), "\"high\"");
    ck_slice(json_at(json, "indicators_triggered"), "1");
    ck_slice(json_at(json, "confidence"), "null");
    ck_slice(json_at(json, "classic.bias_detected"), "true");
    ck_slice(json_at(json, "classic.indicators_triggered"), "2");
    ck_slice(json_at(json, "classic.note"), "\"uncalibrated\"");
    ck_slice(json_at(json, "verdict.verdict"), "\"adaptive_protocol_detected\"");
    ck_slice(json_at(json, "warnings"), "[\"psi_unit_dominated_by:constraint_compute\"]");
    ck_slice(json_at(json, "options.draws"), "null");
    ck_slice(json_at(json, "options.engine"), "\"calibrated\"");
    buf_finish(&out);
}
END_TEST

START_TEST(risk_words_follow_the_verdict)
{
    static const struct {
        struct sample_options options;
        const char *category;
    } cases[] = {{{.kind = VERDICT_NO_EVIDENCE}, "\"low\""},
                 {{.kind = VERDICT_FIXED}, "\"low\""},
                 {{.kind = VERDICT_INSUFFICIENT, .reason = REASON_TOO_FEW_ROUNDS}, "\"unknown\""}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf out;
        render(cases[i].options, LANG_EN, &out);
        ck_slice(json_at(buf_slice(&out), "risk_category"), cases[i].category);
        ck_slice(json_at(buf_slice(&out), "bias_detected"), "false");
        buf_finish(&out);
    }
}
END_TEST

START_TEST(a_classic_report_means_what_upstream_means)
{
    struct buf out;
    render((struct sample_options){.classic_engine = true}, LANG_EN, &out);
    slice json = buf_slice(&out);
    json_is_valid(json);
    ck_slice(json_at(json, "engine"), "\"classic\"");
    ck_slice(json_at(json, "verdict"), "null");
    ck_slice(json_at(json, "risk_level"), "\"Medium Risk\"");
    ck_slice(json_at(json, "indicators_triggered"), "2");
    ck_assert(slice_has_prefix(json_at(json, "confidence"), S("66.6666666666666")));
    buf_finish(&out);
}
END_TEST

START_TEST(what_varies_stands_behind_what_is_signed)
{
    struct arena arena;
    struct buf canonical, whole;
    struct report_context context = sample_context();
    arena_init(&arena, 1 << 26);
    struct detect_report *report =
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena);
    buf_init(&canonical, 1 << 20);
    buf_init(&whole, 1 << 20);
    ck_ok(report_canonical(report, LANG_EN, &context, &canonical, &err));
    ck_ok(report_json(report, LANG_EN, &context, &whole, &err));
    slice prefix = slice_sub(buf_slice(&canonical), 0, canonical.len - 1); /* without the brace */
    ck_assert(slice_has_prefix(buf_slice(&whole), prefix));
    ck_assert(!json_at(buf_slice(&canonical), "id").ptr);
    ck_assert(!json_at(buf_slice(&canonical), "created_at").ptr);
    ck_slice(json_at(buf_slice(&whole), "elapsed_ms"), "41");
    ck_slice(json_at(buf_slice(&whole), "livemode"), "true");
    ck_assert_uint_eq(json_at(buf_slice(&canonical), "input_sha256").len, 66);
    canonical.len = 0;
    ck_ok(report_canonical(report, LANG_ZH, &context, &canonical, &err));
    ck_slice(json_at(buf_slice(&canonical), "language"), "\"zh\"");
    buf_finish(&canonical);
    buf_finish(&whole);
    arena_finish(&arena);
}
END_TEST

START_TEST(the_same_report_gives_the_same_bytes)
{
    struct buf first, second;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE}, LANG_EN, &first);
    render((struct sample_options){.kind = VERDICT_ADAPTIVE}, LANG_EN, &second);
    ck_assert(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_finish(&first);
    buf_finish(&second);
}
END_TEST

START_TEST(no_payload_breaks_the_json)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
        struct buf out;
        render((struct sample_options){.kind = VERDICT_INSUFFICIENT,
                                       .reason = REASON_DIFFERS_BETWEEN_SYSTEMS,
                                       .name = payloads[i]},
               LANG_EN, &out);
        json_is_valid(buf_slice(&out));
        ck_assert(!json_at(buf_slice(&out), "admin").ptr);
        buf_finish(&out);
    }
}
END_TEST

TEST_MAIN("render_json", a_calibrated_report_decides_by_its_verdict, risk_words_follow_the_verdict,
          a_classic_report_means_what_upstream_means, what_varies_stands_behind_what_is_signed,
          the_same_report_gives_the_same_bytes, no_payload_breaks_the_json)
