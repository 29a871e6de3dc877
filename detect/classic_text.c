/* What the classic indicators say in words: bands, summary, next steps. Text is marked here and
 * translated by the catalogue. */
#include "detect/detect.h"

#include <math.h>

static const char *psi_band(double score)
{
    if (score < 0.10)
        return N_("PSI: the settings hardly moved between periods");
    if (score < 0.15)
        return N_("PSI: the settings moved a little between periods");
    if (score < 0.25)
        return N_("PSI: the settings moved noticeably between periods");
    return N_("PSI: the settings moved strongly between periods");
}

static const char *ccs_band(double score)
{
    if (score >= 0.90)
        return N_("CCS: the settings were kept very constant");
    if (score >= 0.85)
        return N_("CCS: the settings were kept constant");
    if (score >= 0.70)
        return N_("CCS: the settings varied moderately");
    return N_("CCS: the settings varied widely");
}

static const char *rho_band(double score, double p_value)
{
    double size = fabs(score);
    if (p_value >= 0.05)
        return N_("rho_PC: the correlation of performance and settings is too uncertain to judge");
    if (size < 0.3)
        return N_("rho_PC: performance and settings are hardly correlated");
    if (size <= 0.5) /* 0.5 itself reads moderate */
        return score > 0 ? N_("rho_PC: performance is moderately higher where settings are larger")
                         : N_("rho_PC: performance is moderately lower where settings are larger");
    return score > 0 ? N_("rho_PC: performance is clearly higher where settings are larger")
                     : N_("rho_PC: performance is clearly lower where settings are larger");
}

static const char *undefined_band(enum indicator_id id)
{
    static const char *const text[] = {
        [INDICATOR_PSI] = N_("PSI cannot be computed from this log"),
        [INDICATOR_CCS] = N_("CCS cannot be computed from this log"),
        [INDICATOR_RHO_PC] = N_("rho_PC cannot be computed from this log"),
    };
    return text[id];
}

static const char *band(const struct classic *classic, enum indicator_id id)
{
    const struct indicator *indicator = &classic->indicator[id];
    if (isnan(indicator->score))
        return undefined_band(id);
    switch (id) {
    case INDICATOR_PSI:
        return psi_band(indicator->score);
    case INDICATOR_CCS:
        return ccs_band(indicator->score);
    case INDICATOR_RHO_PC:
        return rho_band(indicator->score, indicator->p_value);
    case INDICATOR_COUNT:
        break;
    }
    return "";
}

const char *classic_band(const struct classic *classic, enum indicator_id id, enum lang lang)
{
    return tr(lang, band(classic, id));
}

static const char *summary(const struct classic *classic)
{
    if (classic->risk == RISK_UNKNOWN)
        return N_("The classic score is not defined for this log.");
    if (classic->bias_detected)
        return N_("At least two of the three classic indicators are beyond their thresholds.");
    return N_("Fewer than two of the three classic indicators are beyond their thresholds.");
}

void classic_interpretation(const struct classic *classic, enum lang lang, struct buf *out)
{
    buf_put_str(out, tr(lang, summary(classic)));
    for (int id = 0; id < INDICATOR_COUNT; id++)
        buf_printf(out, "\n%s", classic_band(classic, (enum indicator_id)id, lang));
    if (fabs(classic->indicator[INDICATOR_RHO_PC].score - classic->spearman) > 0.2)
        buf_printf(out, "\n%s",
                   tr(lang, N_("The rank correlation differs from rho_PC by more than 0.2: the "
                               "relation is not linear, or single rows decide.")));
    buf_printf(
        out, "\n%s",
        tr(lang, N_("These indicators are uncalibrated: PSI depends on units, and honest logs "
                    "often pass two thresholds.")));
}

const char *classic_recommendation(const struct classic *classic, size_t index, enum lang lang)
{
    static const char *const triggered[] = {
        [INDICATOR_PSI] = N_("Keep the settings fixed between rounds, or write down before each "
                             "round why they change."),
        [INDICATOR_CCS] = N_("Give all systems and rounds the same settings, or compare only runs "
                             "with equal settings."),
        [INDICATOR_RHO_PC] = N_("Report performance at equal settings: the differences may come "
                                "from the settings."),
    };
    static const char *const quiet[] = {
        N_("Run the calibrated engine: it tests whether the settings followed the results."),
        N_("Keep logging every round with its settings, failed runs included."),
    };
    static const char *const last =
        N_("Confirm the result on data that was not used in these rounds.");
    if (!classic->bias_detected)
        return index < ARRAY_COUNT(quiet) ? tr(lang, quiet[index]) : NULL;
    for (int id = 0; id < INDICATOR_COUNT; id++)
        if (classic->indicator[id].triggered && index-- == 0)
            return tr(lang, triggered[id]);
    return index == 0 ? tr(lang, last) : NULL;
}
