/* Tests of detect/json_classic.c: classic numbers, null with a reason, bootstrap. */
#include "detect/json_parts.h"

#include "json_check.h"
#include "lib/main.h"
#include "report_sample.h"

static struct arena arena;
static struct buf out;

static slice numbers_of(struct detect_report *report)
{
    struct wording words;
    struct json_out json;
    wording_build(report, LANG_EN, &arena, &words);
    out.len = 0;
    json_out_init(&json, &out, 0);
    json_object(&json);
    json_put_classic_numbers(&json, &words);
    json_put_classic_decision(&json, &words);
    json_end(&json);
    json_is_valid(buf_slice(&out));
    return buf_slice(&out);
}

static struct detect_report *sample(void)
{
    arena_init(&arena, 1 << 26);
    buf_init(&out, 1 << 20);
    return sample_report(&(struct sample_options){.classic_engine = true}, &arena);
}

static void finish(void)
{
    arena_finish(&arena);
    buf_finish(&out);
}

START_TEST(an_undefined_indicator_is_null_with_a_reason)
{
    slice json = numbers_of(sample());
    ck_slice(json_at(json, "rho_pc.score"), "null");
    ck_slice(json_at(json, "rho_pc.reason"), "\"constant_performance\"");
    ck_slice(json_at(json, "rho_pc.interpretation"), "null");
    ck_slice(json_at(json, "rho_pc.p_value"), "null");
    ck_assert(!json_at(json, "psi.reason").ptr);
    ck_assert(!json_at(json, "psi.p_value").ptr);
    finish();
}
END_TEST

START_TEST(upstreams_odd_flag_stands_beside_ours)
{
    slice json = numbers_of(sample());
    ck_slice(json_at(json, "ccs.exceeds_threshold"), "false");
    ck_slice(json_at(json, "ccs.triggered"), "true");
    ck_slice(json_at(json, "psi.threshold"), "0.15");
    finish();
}
END_TEST

START_TEST(without_a_composite_there_is_no_risk)
{
    struct detect_report *report = sample();
    report->classic.cbs_score = NAN;
    slice json = numbers_of(report);
    ck_slice(json_at(json, "cbs_score"), "null");
    ck_slice(json_at(json, "risk_level"), "null");
    ck_slice(json_at(json, "risk_category"), "null");
    ck_slice(json_at(json, "bias_detected"), "true");
    finish();
}
END_TEST

START_TEST(data_and_bootstrap_keep_upstreams_names)
{
    slice json = numbers_of(sample());
    ck_slice(json_at(json, "data_stats.num_rows"), "41");
    ck_slice(json_at(json, "data_stats.num_periods"), "14");
    ck_slice(json_at(json, "data_stats.time_periods"), "[1,2,3,4,5,6,7,8,9,10,11,12,13,14]");
    ck_slice(json_at(json, "data_stats.algorithms"), "[\"atlas-7b\",\"birch-13b\",\"天枢-72B\"]");
    ck_slice(json_at(json, "bootstrap.psi.ci_lower"), "16.4");
    ck_slice(json_at(json, "bootstrap.summary.successful_samples.ccs"), "1000");
    ck_assert(!json_at(json, "bootstrap.psi.samples").ptr);
    finish();
}
END_TEST

START_TEST(numeric_and_missing_names_stay_what_they_are)
{
    struct detect_report *report = sample();
    struct panel panel = *report->panel;
    slice names[] = {S("7"), {NULL, 0}};
    panel.algorithms = (struct panel_labels){names, 2};
    panel.algorithms_numeric = true;
    report->panel = &panel;
    ck_slice(json_at(numbers_of(report), "data_stats.algorithms"), "[7,null]");
    finish();
}
END_TEST

START_TEST(a_log_without_constraints_has_no_classic_decision)
{
    struct detect_report *report = sample();
    report->classic.defined = false;
    slice json = numbers_of(report);
    ck_slice(json_at(json, "bias_detected"), "null");
    ck_slice(json_at(json, "risk_category"), "null");
    finish();
}
END_TEST

TEST_MAIN("json_classic", an_undefined_indicator_is_null_with_a_reason,
          upstreams_odd_flag_stands_beside_ours, without_a_composite_there_is_no_risk,
          data_and_bootstrap_keep_upstreams_names, numeric_and_missing_names_stay_what_they_are,
          a_log_without_constraints_has_no_classic_decision)
