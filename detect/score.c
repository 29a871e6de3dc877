/* The composite CBS, the risk word and the vote of the three indicators. */
#include "detect/frame.h"

#include <math.h>

/* Shares in the composite: PSI/0.5 capped at 1, 1 - CCS, |rho| (classic.md 1.4). */
static double normalized(enum indicator_id id, double score)
{
    switch (id) {
    case INDICATOR_PSI:
        return score / 0.5 > 1 ? 1 : score / 0.5;
    case INDICATOR_CCS:
        return 1 - score;
    case INDICATOR_RHO_PC:
        return fabs(score);
    case INDICATOR_COUNT:
        break;
    }
    return NAN;
}

static void decide(struct indicator *indicator, enum indicator_id id, bool higher_is_worse)
{
    double size = id == INDICATOR_RHO_PC ? fabs(indicator->score) : indicator->score;
    indicator->normalized = normalized(id, indicator->score);
    indicator->exceeds_threshold = size >= indicator->threshold; /* false when undefined */
    indicator->triggered = !isnan(size) && indicator->exceeds_threshold == higher_is_worse;
}

static enum risk risk_of(double score)
{
    if (isnan(score))
        return RISK_UNKNOWN;
    return score < 0.3 ? RISK_LOW : score < 0.6 ? RISK_MEDIUM : RISK_HIGH;
}

void score_classic(struct classic *classic, const struct detect_options *options)
{
    static const bool higher_is_worse[] = {
#define X(id, name, limit, weight, higher, measure) [INDICATOR_##id] = higher,
#include "detect/indicators.def"
#undef X
    };
    double score = 0;
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        struct indicator *indicator = &classic->indicator[id];
        indicator->threshold = options->threshold[id];
        decide(indicator, (enum indicator_id)id, higher_is_worse[id]);
        score += options->weights[id] * indicator->normalized;
        classic->indicators_triggered += indicator->triggered;
    }
    classic->cbs_score = score;
    classic->risk = risk_of(score);
    classic->bias_detected = classic->indicators_triggered >= 2;
    classic->confidence = 100.0 * classic->indicators_triggered / INDICATOR_COUNT;
}
