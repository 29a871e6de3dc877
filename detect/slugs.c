/* Stable names of the enums that leave the library in JSON. */
#include "detect/detect.h"

#include <assert.h>

const char *verdict_slug(enum verdict_kind kind)
{
    static const char *const slug[] = {
        [VERDICT_ADAPTIVE] = "adaptive_protocol_detected",
        [VERDICT_NO_EVIDENCE] = "no_evidence",
        [VERDICT_INSUFFICIENT] = "insufficient_data",
        [VERDICT_FIXED] = "fixed_protocol",
    };
    assert((size_t)kind < ARRAY_COUNT(slug));
    return slug[kind];
}

const char *reason_slug(enum verdict_reason reason)
{
    static const char *const slug[] = {
        [REASON_NONE] = NULL,
        [REASON_TOO_FEW_ROUNDS] = "too_few_rounds",
        [REASON_TOO_FEW_RESIDUALS] = "too_few_residuals",
        [REASON_NO_DRAWS] = "no_draws",
        [REASON_DIFFERS_BETWEEN_SYSTEMS] = "protocol_differs_between_systems",
        [REASON_DIFFERS_WITHIN_ROUNDS] = "protocol_differs_within_rounds",
    };
    assert((size_t)reason < ARRAY_COUNT(slug));
    return slug[reason];
}

const char *strength_slug(enum strength strength)
{
    static const char *const slug[] = {
        [STRENGTH_NONE] = NULL,
        [STRENGTH_MODERATE] = "moderate",
        [STRENGTH_STRONG] = "strong",
    };
    assert((size_t)strength < ARRAY_COUNT(slug));
    return slug[strength];
}

const char *mechanism_slug(enum mechanism mechanism)
{
    static const char *const slug[MECHANISM_COUNT] = {
        [MECHANISM_REACTIVE] = "reactive",
        [MECHANISM_LOSE_SHIFT] = "lose_shift",
        [MECHANISM_RATCHET] = "ratchet",
        [MECHANISM_SWITCH] = "switch",
        [MECHANISM_SELECTIVE] = "selective_reporting",
    };
    assert((size_t)mechanism < ARRAY_COUNT(slug));
    return slug[mechanism];
}

const char *risk_category(enum risk risk)
{
    static const char *const name[] = {
        [RISK_LOW] = "low",
        [RISK_MEDIUM] = "medium",
        [RISK_HIGH] = "high",
        [RISK_UNKNOWN] = NULL,
    };
    assert((size_t)risk < ARRAY_COUNT(name));
    return name[risk];
}

const char *risk_level(enum risk risk)
{
    static const char *const name[] = {
        [RISK_LOW] = "Low Risk",
        [RISK_MEDIUM] = "Medium Risk",
        [RISK_HIGH] = "High Risk",
        [RISK_UNKNOWN] = NULL,
    };
    assert((size_t)risk < ARRAY_COUNT(name));
    return name[risk];
}
