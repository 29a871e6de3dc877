/* Anchor ranks by hand, their centring, and the memory budget. */
#include "small_log.h"

static double x[2 * 2001];

START_TEST(ranks_are_centred_for_each_lag)
{
    struct arena arena;
    struct rng rng = rng_begin(2, 0);
    for (size_t t = 0; t < 20; t++)
        x[t] = normal(&rng);
    struct plane planes[] = {plane_of(x, 1, 20)};
    struct settings settings = {.count = 1, .plane = planes};
    arena_init(&arena, 1 << 20);
    struct anchors anchors = anchors_make(&arena, &settings, 1, 20, false);
    for (size_t lag = 0; lag < 19; lag++) {
        double sum = 0;
        for (size_t t = lag > 0 ? lag : 1; t < 19; t++)
            sum += *anchor_at(&anchors, 0, t, t - lag);
        ck_near(sum, 0, 1e-12);
    }
    ck_near(*anchor_at(&anchors, 0, 0, 0), 0, 0); /* one earlier round has no rank */
    arena_finish(&arena);
}
END_TEST

START_TEST(the_nearest_earlier_round_has_the_lowest_rank)
{
    struct arena arena;
    /* steps of rms 1, no trend in levels: -1 1 -1 1 … with a visit to the middle */
    const double levels[] = {-1, 1, 1, -1, -1, 1, 1, -1};
    for (size_t t = 0; t < 8; t++)
        x[t] = levels[t];
    struct plane planes[] = {plane_of(x, 1, 8)};
    struct settings settings = {.count = 1, .plane = planes};
    arena_init(&arena, 1 << 20);
    struct anchors anchors = anchors_make(&arena, &settings, 1, 8, false);
    /* round 3 (-1) from rounds 0 (-1), 1, 2 (1): before centring -1/3, 1/6, 1/6 */
    double near_one = *anchor_at(&anchors, 0, 2, 0), far_one = *anchor_at(&anchors, 0, 2, 1);
    ck_assert(near_one < far_one);
    arena_finish(&arena);
}
END_TEST

START_TEST(very_long_logs_have_no_anchors)
{
    struct arena arena;
    struct plane planes[] = {plane_of(x, 1, 2001)};
    struct settings settings = {.count = 1, .plane = planes};
    arena_init(&arena, 1 << 20);
    ck_assert(anchors_make(&arena, &settings, 1, 2001, false).skipped);
    arena_finish(&arena);
}
END_TEST

START_TEST(beyond_the_budget_the_units_that_move_most_are_kept)
{
    struct arena arena;
    for (size_t t = 0; t < 2000; t++) {
        x[t] = t == 5 ? 1 : 2;         /* two moves */
        x[2000 + t] = t % 2 ? 1 : 2.5; /* always moves */
    }
    struct plane planes[] = {plane_of(x, 2, 2000)};
    struct settings settings = {.count = 1, .plane = planes};
    arena_init(&arena, 64 << 20);
    struct anchors anchors = anchors_make(&arena, &settings, 2, 2000, false);
    ck_assert(anchors.units_left_out);
    ck_assert_uint_eq(anchors.unit_count, 1);
    ck_assert_uint_eq(anchors.slot[0], UINT32_MAX);
    ck_assert_uint_eq(anchors.slot[1], 0);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("anchors", ranks_are_centred_for_each_lag, the_nearest_earlier_round_has_the_lowest_rank,
          very_long_logs_have_no_anchors, beyond_the_budget_the_units_that_move_most_are_kept)
