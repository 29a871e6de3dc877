/* Words of the classic block: bands at their limits, number of next steps. */
#include "lib/panel.h"

static struct classic classic;

static const char *band(enum indicator_id id, double score, double p_value)
{
    classic = (struct classic){0};
    classic.indicator[id].score = score;
    classic.indicator[id].p_value = p_value;
    return classic_band(&classic, id, LANG_EN);
}

START_TEST(bands_change_at_upstreams_limits)
{
    ck_assert_str_ne(band(INDICATOR_PSI, 0.0999, 0), band(INDICATOR_PSI, 0.10, 0));
    ck_assert_str_ne(band(INDICATOR_PSI, 0.1499, 0), band(INDICATOR_PSI, 0.15, 0));
    ck_assert_str_ne(band(INDICATOR_PSI, 0.2499, 0), band(INDICATOR_PSI, 0.25, 0));
    ck_assert_str_ne(band(INDICATOR_CCS, 0.90, 0), band(INDICATOR_CCS, 0.8999, 0));
    ck_assert_str_ne(band(INDICATOR_CCS, 0.85, 0), band(INDICATOR_CCS, 0.8499, 0));
    ck_assert_str_ne(band(INDICATOR_CCS, 0.70, 0), band(INDICATOR_CCS, 0.6999, 0));
    ck_assert_str_ne(band(INDICATOR_RHO_PC, 0.2999, 0), band(INDICATOR_RHO_PC, 0.3, 0));
    ck_assert_str_eq(band(INDICATOR_RHO_PC, 0.3, 0), band(INDICATOR_RHO_PC, 0.5, 0));
    ck_assert_str_ne(band(INDICATOR_RHO_PC, 0.5, 0), band(INDICATOR_RHO_PC, 0.5001, 0));
    ck_assert_str_ne(band(INDICATOR_RHO_PC, 0.6, 0), band(INDICATOR_RHO_PC, -0.6, 0));
    ck_assert_str_eq(band(INDICATOR_RHO_PC, 0.6, 0.05), band(INDICATOR_RHO_PC, -0.2, 0.9));
}
END_TEST

START_TEST(undefined_indicators_are_called_so)
{
    ck_assert(strstr(band(INDICATOR_PSI, NAN, NAN), "cannot be computed"));
    ck_assert(strstr(band(INDICATOR_CCS, NAN, NAN), "cannot be computed"));
    ck_assert(strstr(band(INDICATOR_RHO_PC, NAN, NAN), "cannot be computed"));
}
END_TEST

START_TEST(each_trigger_brings_its_next_step_and_one_more)
{
    size_t count = 0;
    classic = (struct classic){.bias_detected = true};
    classic.indicator[INDICATOR_PSI].triggered = true;
    classic.indicator[INDICATOR_RHO_PC].triggered = true;
    while (classic_recommendation(&classic, count, LANG_EN))
        count++;
    ck_assert_uint_eq(count, 3);
    classic = (struct classic){0};
    for (count = 0; classic_recommendation(&classic, count, LANG_ZH); count++)
        continue;
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(the_interpretation_names_all_three_and_the_caveat)
{
    struct buf out;
    classic = (struct classic){.spearman = 0.9};
    buf_init(&out, 1 << 16);
    classic_interpretation(&classic, LANG_EN, &out);
    ck_assert(slice_find(buf_slice(&out), S("PSI:"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("CCS:"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("rho_PC:"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("uncalibrated"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("rank correlation"), NULL));
    buf_finish(&out);
}
END_TEST

/* Every sentence that a person can see exists in Chinese. */
START_TEST(every_sentence_has_its_chinese_twin)
{
    for (int id = 0; id < INDICATOR_COUNT; id++)
        for (double score = -1; score <= 1; score += 0.04) {
            const char *english = band((enum indicator_id)id, score, 0);
            ck_assert_str_ne(english, classic_band(&classic, (enum indicator_id)id, LANG_ZH));
        }
    classic = (struct classic){.bias_detected = true};
    for (int id = 0; id < INDICATOR_COUNT; id++)
        classic.indicator[id].triggered = true;
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_ne(classic_recommendation(&classic, i, LANG_EN),
                         classic_recommendation(&classic, i, LANG_ZH));
}
END_TEST

TEST_MAIN("classic_text", bands_change_at_upstreams_limits, undefined_indicators_are_called_so,
          each_trigger_brings_its_next_step_and_one_more,
          the_interpretation_names_all_three_and_the_caveat, every_sentence_has_its_chinese_twin)
