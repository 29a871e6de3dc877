/* Blocks of draws: signals of the identity are the residual itself, missing cells weigh nothing. */
#include "small_log.h"

static double e[] = {1, 2, 4, -1, 3, 0, 2, 2, -5, 1, 0.5, 7}; /* 2 units of 6 */

static struct block load(struct arena *arena, struct score_side *side, struct draws *draws)
{
    struct plane residual = plane_of(e, 2, 6);
    arena_init(arena, 1 << 20);
    *side = score_side_make(arena, &residual);
    *draws = draws_make(2, 6, 1, 1);
    struct block block = block_make(arena, side, draws, 0);
    block_begin(&block, 0);
    block_load(&block, 0);
    return block;
}

START_TEST(lane_zero_of_the_first_block_is_the_observed_log)
{
    struct arena arena;
    struct score_side side;
    struct draws draws;
    struct block block = load(&arena, &side, &draws);
    for (size_t t = 0; t < 5; t++) {
        ck_near(block.level.value[t][0], e[t], 0);
        ck_near(block.common.value[t][0], (e[t] + e[6 + t]) / 2, 0);
        ck_near(block.centred.value[t][0], (e[t] - e[6 + t]) / 2, 1e-15);
    }
    lanes step;
    signal_value(&block.improvement, 2, &step);
    ck_near(step[0], 2, 0);
    ck_assert_uint_eq(block.improvement.first, 1);
    arena_finish(&arena);
}
END_TEST

START_TEST(the_norm_leaves_mean_and_slope_out)
{
    struct arena arena;
    struct score_side side;
    struct draws draws;
    struct block block = load(&arena, &side, &draws);
    uint32_t index[] = {0, 1, 2, 3, 4};
    double memory[TREND_MAX * 5], values[5];
    struct trend trend;
    memcpy(values, e, sizeof values);
    trend_make(&trend, index, 5, false, memory);
    trend_remove(&trend, values);
    ck_near(block.level.norm[0], dot(values, values, 5), 1e-12);
    arena_finish(&arena);
}
END_TEST

START_TEST(missing_cells_have_weight_zero)
{
    struct arena arena;
    struct score_side side;
    struct draws draws;
    double kept = e[1];
    e[1] = NAN;
    struct block block = load(&arena, &side, &draws);
    ck_near(block.level.weight[1][0], 0, 0);
    ck_near(block.level.value[1][0], 0, 0);
    ck_near(block.level.weight[1][0] * block.level.weight[0][0], 0, 0);
    ck_near(block.level.weight[2][0] * block.level.weight[1][0], 0, 0);
    ck_near(block.level.weight[3][0] * block.level.weight[2][0], 1, 0);
    ck_near(block.common.value[1][0], e[7], 0);
    e[1] = kept;
    arena_finish(&arena);
}
END_TEST

START_TEST(a_shifted_block_looks_one_round_ahead)
{
    struct arena arena;
    struct score_side side;
    struct draws draws;
    (void)load(&arena, &side, &draws);
    struct block block = block_make(&arena, &side, &draws, 1);
    block_begin(&block, 0);
    block_load(&block, 1);
    ck_near(block.level.value[0][0], e[7], 0);
    ck_near(block.common.value[4][0], (e[5] + e[11]) / 2, 0);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("block", lane_zero_of_the_first_block_is_the_observed_log,
          the_norm_leaves_mean_and_slope_out, missing_cells_have_weight_zero,
          a_shifted_block_looks_one_round_ahead)
