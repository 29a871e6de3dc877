/* Which settings count: logs, constants, differences between systems only, live categories. */
#include "small_log.h"

static struct cells cells_of_planes(struct plane *settings, size_t count, struct plane score)
{
    return (struct cells){.unit_count = score.rows,
                          .period_count = score.columns,
                          .score = score,
                          .setting = settings,
                          .setting_count = count};
}

START_TEST(positive_settings_are_compared_by_logarithms)
{
    struct arena arena;
    double score[] = {1, 2, 3}, positive[] = {1, 10, 100}, mixed[] = {-1, 0, 1};
    struct plane planes[] = {plane_of(positive, 1, 3), plane_of(mixed, 1, 3)};
    struct cells cells = cells_of_planes(planes, 2, plane_of(score, 1, 3));
    arena_init(&arena, 1 << 20);
    struct settings usable = settings_usable(&arena, &cells);
    ck_assert_uint_eq(usable.count, 2);
    ck_near(usable.plane[0].value[2], log(100), 1e-15);
    ck_near(usable.plane[1].value[0], -1, 0);
    arena_finish(&arena);
}
END_TEST

START_TEST(constant_and_empty_settings_are_dropped)
{
    struct arena arena;
    double score[] = {1, 2, 3}, same[] = {5, 5 * (1 + 1e-10), 5}, none[] = {NAN, NAN, NAN};
    double moving[] = {1, 1, 2};
    struct plane planes[] = {plane_of(same, 1, 3), plane_of(none, 1, 3), plane_of(moving, 1, 3)};
    struct cells cells = cells_of_planes(planes, 3, plane_of(score, 1, 3));
    arena_init(&arena, 1 << 20);
    struct settings usable = settings_usable(&arena, &cells);
    ck_assert_uint_eq(usable.count, 1);
    ck_assert_uint_eq(usable.source[0], 2);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_difference_between_systems_is_no_movement)
{
    struct arena arena;
    double score[] = {1, 2, 3, 4}, fixed[] = {1, 1, 2, 2}, moves[] = {1, 1, 2, 3};
    struct plane planes[] = {plane_of(fixed, 2, 2), plane_of(moves, 2, 2)};
    struct cells cells = cells_of_planes(planes, 2, plane_of(score, 2, 2));
    arena_init(&arena, 1 << 20);
    struct settings usable = settings_usable(&arena, &cells);
    struct settings moving = settings_moving(&arena, &usable);
    ck_assert_uint_eq(usable.count, 2);
    ck_assert_uint_eq(moving.count, 1);
    ck_assert_uint_eq(moving.source[0], 1);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_category_lives_when_it_changes_within_a_scored_system)
{
    struct arena arena;
    double score[] = {1, NAN, 3, 4};
    uint32_t between[] = {1, 1, 2, 2}, unscored[] = {1, 2, 1, 1}, live[] = {1, 1, 1, 2};
    uint32_t *labels[] = {between, unscored, live}, counts[] = {3, 3, 3};
    struct cells cells = cells_of_planes(NULL, 0, plane_of(score, 2, 2));
    cells.label = labels;
    cells.label_count = counts;
    cells.category_count = 3;
    arena_init(&arena, 1 << 20);
    struct categories alive = categories_live(&arena, &cells);
    ck_assert_uint_eq(alive.count, 1);
    ck_assert_ptr_eq(alive.label[0], live);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("settings", positive_settings_are_compared_by_logarithms,
          constant_and_empty_settings_are_dropped, a_difference_between_systems_is_no_movement,
          a_category_lives_when_it_changes_within_a_scored_system)
