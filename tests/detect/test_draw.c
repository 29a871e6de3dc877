/* The fixed score side: ranks within a unit, slopes, and how much a block needs. */
#include "small_log.h"

static double e[] = {1, NAN, 4, -1, 3, 0, 2, 2, -5, 1, 0.5, 7}; /* 2 units of 6 */

START_TEST(equal_rounded_residuals_have_equal_order)
{
    struct arena arena;
    struct plane residual = plane_of(e, 2, 6);
    arena_init(&arena, 1 << 20);
    struct score_side side = score_side_make(&arena, &residual);
    ck_assert_int_eq(side.order[6], side.order[7]);
    ck_assert_int_lt(side.order[8], side.order[10]);
    ck_assert_int_eq(side.order[1], -1);
    ck_assert(!side.complete);
    ck_near(side.mean[1], 2, 0); /* of the one unit that has it */
    arena_finish(&arena);
}
END_TEST

START_TEST(slopes_have_length_one_and_no_mean)
{
    struct arena arena;
    struct plane residual = plane_of(e, 2, 6);
    arena_init(&arena, 1 << 20);
    struct score_side side = score_side_make(&arena, &residual);
    for (size_t first = 0; first < 2; first++) {
        double sum = 0;
        for (size_t t = 0; t < 5; t++)
            sum += side.slope[first][t];
        ck_near(sum, 0, 1e-15);
        ck_near(dot(side.slope[first], side.slope[first], 5), 1, 1e-15);
    }
    ck_near(side.slope[1][0], 0, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_block_lies_on_borders_of_its_vectors)
{
    struct arena arena;
    struct plane residual = plane_of(e, 2, 6);
    arena_init(&arena, 1 << 20);
    struct score_side side = score_side_make(&arena, &residual);
    struct draws draws = draws_make(2, 6, 1, 1);
    struct block block = block_make(&arena, &side, &draws, 0);
    for (size_t i = 0; i < ARRAY_COUNT(block.memory); i++)
        ck_assert_uint_eq((uintptr_t)block.memory[i] % sizeof(lanes), 0);
    ck_assert_uint_ge(block_bytes(&side), 5 * 6 * sizeof(lanes));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("draw", equal_rounded_residuals_have_equal_order, slopes_have_length_one_and_no_mean,
          a_block_lies_on_borders_of_its_vectors)
