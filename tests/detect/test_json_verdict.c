/* Tests of detect/json_verdict.c: the shape of detect.md section 9. */
#include "detect/json_parts.h"

#include "json_check.h"
#include "lib/main.h"
#include "report_sample.h"

static struct arena arena;
static struct buf out;

static slice verdict_of(struct sample_options options)
{
    struct wording words;
    struct json_out json;
    arena_init(&arena, 1 << 26);
    buf_init(&out, 1 << 20);
    wording_build(sample_report(&options, &arena), LANG_EN, &arena, &words);
    json_out_init(&json, &out, 0);
    json_object(&json);
    json_put_verdict(&json, &words);
    json_end(&json);
    json_is_valid(buf_slice(&out));
    return json_at(buf_slice(&out), "verdict");
}

static void finish(void)
{
    arena_finish(&arena);
    buf_finish(&out);
}

START_TEST(mechanisms_are_results_null_or_absent)
{
    slice v = verdict_of((struct sample_options){.kind = VERDICT_ADAPTIVE});
    ck_slice(json_at(v, "mechanisms.reactive"), "{\"p\":0.001,\"p_holm\":0.004,\"flagged\":true}");
    ck_slice(json_at(v, "mechanisms.ratchet"), "null");
    ck_assert(!json_at(v, "mechanisms.selective_reporting").ptr);
    finish();
}
END_TEST

START_TEST(all_fields_are_there)
{
    static const char *const fields[] = {"verdict",
                                         "reason",
                                         "strength",
                                         "p_value",
                                         "p_panel",
                                         "alpha",
                                         "draws",
                                         "exact",
                                         "seed",
                                         "mechanisms",
                                         "statistics.react_pool.value",
                                         "statistics.shift_lv.p",
                                         "selection",
                                         "coupling.p",
                                         "coupling.r",
                                         "coupling.flagged",
                                         "n_eff",
                                         "mde_partial_r",
                                         "psi_star",
                                         "psi_star_ci.ci_low",
                                         "psi_star_ci.ci_high",
                                         "whitened",
                                         "ar",
                                         "shape.K",
                                         "shape.T",
                                         "shape.p",
                                         "shape.used_constraints",
                                         "shape.categorical",
                                         "warnings",
                                         "text",
                                         "explanation",
                                         "next_steps"};
    slice v = verdict_of((struct sample_options){.kind = VERDICT_ADAPTIVE});
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        ck_assert_msg(json_at(v, fields[i]).ptr, "%s", fields[i]);
    ck_slice(json_at(v, "reason"), "null");
    ck_slice(json_at(v, "strength"), "\"strong\"");
    ck_slice(json_at(v, "selection"), "null");
    ck_slice(json_at(v, "drivers.rounds"), "[6,8,10]");
    finish();
}
END_TEST

START_TEST(an_untested_panel_has_null_where_nothing_was_drawn)
{
    slice v = verdict_of((struct sample_options){.kind = VERDICT_FIXED});
    static const char *const fields[] = {"draws", "exact", "whitened", "ar"};
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        ck_slice(json_at(v, fields[i]), "null");
    finish();
}
END_TEST

START_TEST(reasons_and_differences_are_told)
{
    slice v = verdict_of((struct sample_options){.kind = VERDICT_INSUFFICIENT,
                                                 .reason = REASON_DIFFERS_BETWEEN_SYSTEMS});
    ck_slice(json_at(v, "verdict"), "\"insufficient_data\"");
    ck_slice(json_at(v, "reason"), "\"protocol_differs_between_systems\"");
    ck_assert(slice_has_prefix(json_at(v, "differences"), S("[{\"field\":\"max_tokens\",\"system\":"
                                                            "\"atlas-7b\",\"values\":")));
    finish();
}
END_TEST

START_TEST(attempts_appear_as_selection)
{
    slice v = verdict_of((struct sample_options){.kind = VERDICT_ADAPTIVE, .attempts = true});
    ck_slice(json_at(v, "selection"),
             "{\"p\":0.0001,\"groups\":36,\"observed_over_max\":0.8,\"excess\":0.46}");
    ck_assert(json_at(v, "mechanisms.selective_reporting.p_holm").ptr);
    finish();
}
END_TEST

TEST_MAIN("json_verdict", mechanisms_are_results_null_or_absent, all_fields_are_there,
          an_untested_panel_has_null_where_nothing_was_drawn, reasons_and_differences_are_told,
          attempts_appear_as_selection)
