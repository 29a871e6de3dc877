/* Permutations: the identity first, exact schemes complete, random draws valid and fixed. */
#include "small_log.h"

START_TEST(draw_zero_is_the_identity)
{
    struct draws draws = draws_make(9, 30, 99, 1);
    uint32_t unit[9], period[30];
    ck_assert(!draws.exact);
    ck_assert_uint_eq(draws.count, 100);
    draws_get(&draws, 0, unit, period);
    for (uint32_t k = 0; k < 9; k++)
        ck_assert_uint_eq(unit[k], k);
    for (uint32_t t = 0; t < 30; t++)
        ck_assert_uint_eq(period[t], t);
}
END_TEST

START_TEST(a_small_scheme_is_enumerated_in_lexicographic_order)
{
    struct draws draws = draws_make(2, 3, 1999, 1);
    static const uint32_t expected[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                            {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    uint32_t unit[2], period[3];
    ck_assert(draws.exact);
    ck_assert_uint_eq(draws.count, 12);
    for (size_t b = 0; b < 12; b++) {
        draws_get(&draws, b, unit, period);
        ck_assert_uint_eq(unit[0], b / 6);
        ck_assert_uint_eq(unit[1], 1 - b / 6);
        ck_assert_mem_eq(period, expected[b % 6], sizeof period);
    }
}
END_TEST

START_TEST(the_limit_of_exactness_is_5040)
{
    ck_assert(draws_make(1, 7, 1, 1).exact);  /* 5040 */
    ck_assert(!draws_make(1, 8, 1, 1).exact); /* 40320 */
    ck_assert(draws_make(3, 6, 1, 1).exact);  /* 4320 */
    ck_assert(!draws_make(4, 6, 1, 1).exact); /* 17280 */
}
END_TEST

START_TEST(random_draws_are_permutations_and_depend_on_the_seed)
{
    struct draws one = draws_make(12, 12, 50, 1), two = draws_make(12, 12, 50, 2);
    uint32_t unit[12], period[12], other[12], seen = 0, different = 0;
    for (size_t b = 1; b < one.count; b++) {
        draws_get(&two, b, unit, other);
        draws_get(&one, b, unit, period);
        seen = 0;
        for (size_t t = 0; t < 12; t++)
            seen |= 1U << period[t];
        ck_assert_uint_eq(seen, 0xFFF);
        different += memcmp(period, other, sizeof period) != 0;
    }
    ck_assert_uint_ge(different, 49);
}
END_TEST

TEST_MAIN("permute", draw_zero_is_the_identity, a_small_scheme_is_enumerated_in_lexicographic_order,
          the_limit_of_exactness_is_5040, random_draws_are_permutations_and_depend_on_the_seed)
