/* One analysis from panel to report: options, warnings, exit code. */
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct detect_report *report;

static const char log_text[] =
    "time_period,algorithm,performance,constraint_compute,constraint_dataset_size\n"
    "1,A,.61,300,50000\n1,B,.66,310,50000\n2,A,.62,320,60000\n2,B,.67,300,60000\n"
    "3,A,.64,330,70000\n3,B,.68,350,70000\n";

static status run_classic(struct detect_options *options)
{
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    options->engine = ENGINE_CLASSIC;
    return detect_run(panel_of(&arena, ENGINE_CLASSIC, log_text), options, &arena, &report, &err);
}

START_TEST(a_classic_report_echoes_its_options_without_hooks)
{
    struct detect_options options = detect_options_default();
    int ctx = 0;
    options.seed = 77;
    options.hooks.ctx = &ctx;
    ck_ok(run_classic(&options));
    ck_assert_uint_eq(report->options.seed, 77);
    ck_assert_ptr_null(report->options.hooks.ctx);
    ck_assert(!report->has_verdict);
    ck_assert_str_eq(report->engine_version, DETECT_ENGINE_VERSION);
    ck_assert(isnan(report->selection_optimism));
    ck_assert_int_eq(detect_exit_code(report), report->classic.bias_detected ? 1 : 0);
}
END_TEST

START_TEST(a_dominating_unit_is_a_warning)
{
    struct detect_options options = detect_options_default();
    ck_ok(run_classic(&options));
    ck_assert_uint_eq(report->warnings.count, 1);
    ck_assert_str_eq(report->warnings.items[0].code, "psi_unit_dominated_by");
    ck_slice(report->warnings.items[0].subject, "constraint_dataset_size");
    options.psi_scale = PSI_ZSCORE;
    ck_ok(run_classic(&options));
    ck_assert_uint_eq(report->warnings.count, 0);
}
END_TEST

START_TEST(wrong_options_are_refused_before_any_work)
{
    struct detect_options options = detect_options_default();
    options.weights[0] = 9;
    ck_status(run_classic(&options), ST_INVALID);
    ck_assert_str_eq(err.code, "weights");
}
END_TEST

START_TEST(known_attempts_and_error_give_the_optimism)
{
    struct detect_options options = detect_options_default();
    options.attempts = 2;
    options.score_stderr = 0.01;
    ck_ok(run_classic(&options));
    ck_close(report->selection_optimism, 0.01 / sqrt(3.14159265358979324), 1e-11);
}
END_TEST

TEST_MAIN("detect", a_classic_report_echoes_its_options_without_hooks,
          a_dominating_unit_is_a_warning, wrong_options_are_refused_before_any_work,
          known_attempts_and_error_give_the_optimism)
