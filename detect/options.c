/* Options of an analysis: defaults, presets, and the check that refuses nonsense by name. */
#include "detect/detect.h"

#include <math.h>

static const struct preset presets[] = {
    {"standard",
     {0.15, 0.85, 0.50},
     0.05,
     false,
     N_("the default: one honest log in twenty is flagged by chance")},
    {"strict",
     {0.10, 0.90, 0.40},
     0.01,
     true,
     N_("for release gates: fewer false alarms in the calibrated test, tighter classic limits, and "
        "every finding fails the gate")},
    {"lenient",
     {0.25, 0.70, 0.70},
     0.10,
     false,
     N_("for exploring: a weaker pattern is enough for a hint, the classic limits are wide")},
    {"academic",
     {0.10, 0.90, 0.50},
     0.05,
     false,
     N_("for papers and reviews: the usual level of 0.05 with tighter classic limits")},
    {"industrial",
     {0.20, 0.80, 0.50},
     0.01,
     false,
     N_("for routine pipelines with many logs: level 0.01, wider classic limits")},
};

const struct preset *preset_table(size_t *ret_count)
{
    *ret_count = ARRAY_COUNT(presets);
    return presets;
}

const struct preset *preset_find(slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(presets); i++)
        if (slice_eq(name, slice_of(presets[i].name)))
            return &presets[i];
    return NULL;
}

struct detect_options detect_options_default(void)
{
    struct detect_options options = {
        .engine = ENGINE_CALIBRATED,
        .seed = 1,
        .draws = DRAWS_AUTO,
        .alpha = 0.05,
        .bootstrap = {.resamples = 1000, .confidence = 0.95, .method = CI_PERCENTILE},
        .psi_scale = PSI_RAW,
        .preset = &presets[0],
        .score_stderr = NAN,
    };
#define X(id, name, limit, weight, higher, measure)                                                \
    options.threshold[INDICATOR_##id] = limit;                                                     \
    options.weights[INDICATOR_##id] = weight;
#include "detect/indicators.def"
#undef X
    return options;
}

void detect_options_preset(struct detect_options *options, const struct preset *preset)
{
    options->preset = preset;
    options->alpha = preset->alpha;
    memcpy(options->threshold, preset->threshold, sizeof options->threshold);
}

static status weights_check(const struct detect_options *options, struct error *err)
{
    double sum = 0;
    for (int i = 0; i < INDICATOR_COUNT; i++) {
        double weight = options->weights[i];
        if (!isfinite(weight))
            return error_code(err, ST_INVALID, "weights", "weights must be finite numbers");
        if (weight < 0 && options->engine != ENGINE_CLASSIC)
            return error_code(err, ST_INVALID, "weights", "weights must not be negative");
        sum += weight;
    }
    if (fabs(sum - 1) > 1e-8 + 1e-5) /* numpy.isclose(sum, 1) */
        return error_code(err, ST_INVALID, "weights", "weights must sum to 1.0, got %.10g", sum);
    return ST_OK;
}

static status bootstrap_check(const struct bootstrap_options *bootstrap, struct error *err)
{
    if (bootstrap->resamples < 1 || bootstrap->resamples > BOOTSTRAP_MAX)
        return error_code(err, ST_INVALID, "n_bootstrap", "n_bootstrap must be from 1 to %d",
                          BOOTSTRAP_MAX);
    if (!(bootstrap->confidence > 0 && bootstrap->confidence < 1))
        return error_code(err, ST_INVALID, "confidence",
                          "confidence must lie between 0 and 1, got %.10g", bootstrap->confidence);
    return ST_OK;
}

status detect_options_check(const struct detect_options *options, struct error *err)
{
    TRY(weights_check(options, err));
    TRY(bootstrap_check(&options->bootstrap, err));
    if (!(options->alpha > 0 && options->alpha <= 0.5))
        return error_code(err, ST_INVALID, "alpha",
                          "alpha must lie above 0 and at most at 0.5, got %.10g", options->alpha);
    if (options->seed > SEED_MAX)
        return error_code(err, ST_INVALID, "seed", "seed must be from 0 to 2^53 - 1");
    if (options->draws != DRAWS_AUTO && options->draws > DRAWS_MAX)
        return error_code(err, ST_INVALID, "draws", "draws must be from 0 to %d", DRAWS_MAX);
    for (int i = 0; i < INDICATOR_COUNT; i++)
        if (!isfinite(options->threshold[i]))
            return error_code(err, ST_INVALID, "thresholds", "thresholds must be finite numbers");
    if (options->score_stderr < 0 || isinf(options->score_stderr))
        return error_code(err, ST_INVALID, "stderr",
                          "the standard error of a score must be a finite number from 0 up");
    return ST_OK;
}
