/* The names that leave the library never change. */
#include "detect/detect.h"
#include "lib/main.h"

START_TEST(every_verdict_reason_and_strength_has_its_contract_name)
{
    ck_assert_str_eq(verdict_slug(VERDICT_ADAPTIVE), "adaptive_protocol_detected");
    ck_assert_str_eq(verdict_slug(VERDICT_NO_EVIDENCE), "no_evidence");
    ck_assert_str_eq(verdict_slug(VERDICT_INSUFFICIENT), "insufficient_data");
    ck_assert_str_eq(verdict_slug(VERDICT_FIXED), "fixed_protocol");
    ck_assert_ptr_null(reason_slug(REASON_NONE));
    ck_assert_str_eq(reason_slug(REASON_TOO_FEW_ROUNDS), "too_few_rounds");
    ck_assert_str_eq(reason_slug(REASON_TOO_FEW_RESIDUALS), "too_few_residuals");
    ck_assert_str_eq(reason_slug(REASON_NO_DRAWS), "no_draws");
    ck_assert_str_eq(reason_slug(REASON_DIFFERS_BETWEEN_SYSTEMS),
                     "protocol_differs_between_systems");
    ck_assert_str_eq(reason_slug(REASON_DIFFERS_WITHIN_ROUNDS), "protocol_differs_within_rounds");
    ck_assert_ptr_null(strength_slug(STRENGTH_NONE));
    ck_assert_str_eq(strength_slug(STRENGTH_MODERATE), "moderate");
    ck_assert_str_eq(strength_slug(STRENGTH_STRONG), "strong");
}
END_TEST

START_TEST(every_mechanism_has_its_contract_name)
{
    static const char *const name[] = {"reactive", "lose_shift", "ratchet", "switch",
                                       "selective_reporting"};
    for (int m = 0; m < MECHANISM_COUNT; m++)
        ck_assert_str_eq(mechanism_slug((enum mechanism)m), name[m]);
}
END_TEST

START_TEST(unknown_risk_has_no_words)
{
    ck_assert_str_eq(risk_category(RISK_LOW), "low");
    ck_assert_str_eq(risk_level(RISK_MEDIUM), "Medium Risk");
    ck_assert_str_eq(risk_level(RISK_HIGH), "High Risk");
    ck_assert_ptr_null(risk_category(RISK_UNKNOWN));
    ck_assert_ptr_null(risk_level(RISK_UNKNOWN));
}
END_TEST

TEST_MAIN("slugs", every_verdict_reason_and_strength_has_its_contract_name,
          every_mechanism_has_its_contract_name, unknown_risk_has_no_words)
