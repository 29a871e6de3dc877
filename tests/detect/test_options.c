/* Defaults, presets and refusals of detect_options. */
#include "detect/detect.h"
#include "lib/main.h"

#include <math.h>

static struct error err;

START_TEST(defaults_are_valid_and_those_of_the_contract)
{
    struct detect_options o = detect_options_default();
    ck_ok(detect_options_check(&o, &err));
    ck_assert_int_eq(o.engine, ENGINE_CALIBRATED);
    ck_assert_uint_eq(o.seed, 1);
    ck_assert_uint_eq(o.draws, DRAWS_AUTO);
    ck_assert_double_eq(o.alpha, 0.05);
    ck_assert_double_eq(o.threshold[INDICATOR_CCS], 0.85);
    ck_assert_double_eq(o.weights[INDICATOR_RHO_PC], 0.34);
    ck_assert_uint_eq(o.bootstrap.resamples, 1000);
}
END_TEST

START_TEST(weights_follow_numpy_isclose)
{
    struct detect_options o = detect_options_default();
    o.weights[0] = 0.5;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "weights");
    o.weights[0] = 0.33 + 1.0009e-5;
    ck_ok(detect_options_check(&o, &err));
    o.weights[0] = 0.33 + 1.002e-5;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    o.weights[0] = NAN;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
}
END_TEST

START_TEST(only_the_classic_engine_takes_negative_weights)
{
    struct detect_options o = detect_options_default();
    o.weights[0] = 1.5, o.weights[1] = -0.7, o.weights[2] = 0.2;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    o.engine = ENGINE_CLASSIC;
    ck_ok(detect_options_check(&o, &err));
}
END_TEST

START_TEST(numbers_outside_their_range_are_named)
{
    struct detect_options o = detect_options_default();
    o.alpha = 0;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "alpha");
    o = detect_options_default();
    o.seed = SEED_MAX;
    ck_ok(detect_options_check(&o, &err));
    o.seed = SEED_MAX + 1;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "seed");
    o = detect_options_default();
    o.bootstrap.resamples = 0;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "n_bootstrap");
    o = detect_options_default();
    o.bootstrap.confidence = 1;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "confidence");
    o = detect_options_default();
    o.draws = DRAWS_MAX + 1;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "draws");
    o = detect_options_default();
    o.score_stderr = -1;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "stderr");
    o = detect_options_default();
    o.threshold[0] = NAN;
    ck_status(detect_options_check(&o, &err), ST_INVALID);
    ck_assert_str_eq(err.code, "thresholds");
}
END_TEST

START_TEST(a_preset_sets_thresholds_and_level)
{
    struct detect_options o = detect_options_default();
    const struct preset *strict = preset_find(S("strict"));
    ck_assert_ptr_nonnull(strict);
    ck_assert(strict->fail_on_everything);
    detect_options_preset(&o, strict);
    ck_assert_double_eq(o.alpha, strict->alpha);
    ck_assert_double_eq(o.threshold[INDICATOR_PSI], strict->threshold[INDICATOR_PSI]);
    ck_ok(detect_options_check(&o, &err));
    ck_assert_ptr_null(preset_find(S("Strict")));
}
END_TEST

START_TEST(the_standard_preset_is_first_and_equals_the_defaults)
{
    size_t count = 0;
    const struct preset *table = preset_table(&count);
    struct detect_options o = detect_options_default();
    ck_assert_uint_eq(count, 5);
    ck_assert_str_eq(table[0].name, "standard");
    for (int i = 0; i < INDICATOR_COUNT; i++)
        ck_assert_double_eq(o.threshold[i], table[0].threshold[i]);
    ck_assert_double_eq(o.alpha, table[0].alpha);
}
END_TEST

TEST_MAIN("options", defaults_are_valid_and_those_of_the_contract, weights_follow_numpy_isclose,
          only_the_classic_engine_takes_negative_weights, numbers_outside_their_range_are_named,
          a_preset_sets_thresholds_and_level, the_standard_preset_is_first_and_equals_the_defaults)
