/* Composite, risk words and votes at their boundaries. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct classic score_of(double psi, double ccs, double rho)
{
    struct classic classic = {0};
    struct detect_options options = detect_options_default();
    classic.indicator[INDICATOR_PSI].score = psi;
    classic.indicator[INDICATOR_CCS].score = ccs;
    classic.indicator[INDICATOR_RHO_PC].score = rho;
    score_classic(&classic, &options);
    return classic;
}

START_TEST(the_composite_weighs_the_normalised_scores)
{
    struct classic c = score_of(0.25, 0.8, -0.4);
    ck_close(c.cbs_score, 0.33 * 0.5 + 0.33 * 0.2 + 0.34 * 0.4, 1e-15);
    ck_assert_double_eq(score_of(1000, 0.8, 0).indicator[INDICATOR_PSI].normalized, 1);
}
END_TEST

START_TEST(each_indicator_votes_at_its_threshold)
{
    ck_assert(score_of(0.15, 1, 0).indicator[INDICATOR_PSI].triggered);
    ck_assert(!score_of(0.1499, 1, 0).indicator[INDICATOR_PSI].triggered);
    ck_assert(!score_of(0, 0.85, 0).indicator[INDICATOR_CCS].triggered);
    ck_assert(score_of(0, 0.85, 0).indicator[INDICATOR_CCS].exceeds_threshold);
    ck_assert(score_of(0, 0.8499, 0).indicator[INDICATOR_CCS].triggered);
    ck_assert(score_of(0, 1, -0.5).indicator[INDICATOR_RHO_PC].triggered);
    ck_assert(!score_of(0, 1, 0.4999).indicator[INDICATOR_RHO_PC].triggered);
}
END_TEST

START_TEST(two_votes_make_bias)
{
    struct classic c = score_of(0.2, 1, 0);
    ck_assert(!c.bias_detected);
    ck_close(c.confidence, 100.0 / 3, 1e-15);
    c = score_of(0.2, 0.5, 0);
    ck_assert(c.bias_detected);
    ck_assert_uint_eq(c.indicators_triggered, 2);
    ck_assert_double_eq(score_of(1, 0, 1).confidence, 100);
}
END_TEST

START_TEST(risk_changes_at_three_and_six_tenths)
{
    ck_assert_int_eq(score_of(0, 1, 0.8).risk, RISK_LOW);        /* .272 */
    ck_assert_int_eq(score_of(0.5, 1, 0).risk, RISK_MEDIUM);     /* .33 */
    ck_assert_int_eq(score_of(0.5, 0.5, 0.2).risk, RISK_MEDIUM); /* .563 */
    ck_assert_int_eq(score_of(0.5, 0, 0).risk, RISK_HIGH);       /* .66 */
}
END_TEST

START_TEST(an_undefined_score_never_votes_and_has_no_risk)
{
    struct classic c = score_of(NAN, NAN, NAN);
    ck_assert_uint_eq(c.indicators_triggered, 0);
    ck_assert(isnan(c.cbs_score));
    ck_assert_int_eq(c.risk, RISK_UNKNOWN);
}
END_TEST

TEST_MAIN("score", the_composite_weighs_the_normalised_scores,
          each_indicator_votes_at_its_threshold, two_votes_make_bias,
          risk_changes_at_three_and_six_tenths, an_undefined_score_never_votes_and_has_no_risk)
