/* Cauchy combination and Holm by hand. */
#include "small_log.h"

START_TEST(two_equal_independent_values_keep_their_level)
{
    ck_near(cauchy_pair(0.04, 0.04), 0.04, 1e-12);
    ck_near(cauchy_pair(0.5, 0.5), 0.5, 1e-12);
    ck_assert(cauchy_pair(0.001, 1) < 1);
    ck_assert(cauchy_pair(0, 0.5) > 0);
}
END_TEST

START_TEST(holm_multiplies_in_order_and_never_falls)
{
    const double p[] = {0.04, 0.01, 0.03};
    double adjusted[3];
    holm(p, 3, adjusted);
    ck_near(adjusted[1], 0.03, 1e-15);
    ck_near(adjusted[2], 0.06, 1e-15);
    ck_near(adjusted[0], 0.06, 1e-15);
    const double large[] = {0.9, 0.8};
    holm(large, 2, adjusted);
    ck_near(adjusted[0], 1, 0);
}
END_TEST

START_TEST(one_statistic_alone_keeps_its_p_value)
{
    struct arena arena;
    double value[10];
    for (size_t b = 0; b < 10; b++)
        value[b] = b == 0 ? 8.5 : (double)b;
    struct outcome outcome = {.statistic_count = 1,
                              .name = {"react_pool"},
                              .mechanism = {MECHANISM_REACTIVE},
                              .value = value,
                              .draw_count = 10};
    arena_init(&arena, 1 << 20);
    struct combined combined = combine(&arena, &outcome);
    ck_near(combined.p_panel, 0.2, 0);
    ck_near(combined.p_mechanism[MECHANISM_REACTIVE], 0.2, 0);
    ck_assert(isnan(combined.p_mechanism[MECHANISM_SWITCH]));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("combine", two_equal_independent_values_keep_their_level,
          holm_multiplies_in_order_and_never_falls, one_statistic_alone_keeps_its_p_value)
