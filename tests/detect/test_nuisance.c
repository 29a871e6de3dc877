/* Which columns a log can pay for, and the quadratic rule. */
#include "small_log.h"

static double score[64], x[64];
static struct plane planes[1];

/* One system, one setting with `distinct` values, `rounds` rounds. */
static struct nuisance columns_for(struct arena *arena, size_t rounds, size_t distinct,
                                   const struct categories *categories)
{
    static size_t source[1];
    for (size_t t = 0; t < rounds; t++) {
        score[t] = (double)t;
        x[t] = (double)(t % distinct);
    }
    struct plane y = plane_of(score, 1, rounds);
    planes[0] = plane_of(x, 1, rounds);
    struct settings settings = {.count = 1, .plane = planes, .source = source};
    return nuisance_make(arena, &y, &settings, categories);
}

START_TEST(a_log_pays_one_column_for_four_spare_cells)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct categories none = {0};
    struct nuisance three = columns_for(&arena, 15, 5, &none); /* (15 - 3) / 4 = 3: X, X^2, X^3 */
    ck_assert_uint_eq(three.count, 3);
    ck_assert_int_eq(three.column[2].kind, NUISANCE_CUBE);
    ck_assert(three.quadratic_removed);
    struct nuisance two = columns_for(&arena, 14, 5, &none);
    ck_assert_uint_eq(two.count, 2);
    ck_assert_int_eq(two.column[1].kind, NUISANCE_PRODUCT);
    arena_finish(&arena);
}
END_TEST

START_TEST(without_room_for_squares_the_quadratic_rule_holds)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct categories none = {0};
    struct nuisance line = columns_for(&arena, 7, 5, &none); /* (7 - 3) / 4 = 1 */
    ck_assert_uint_eq(line.count, 1);
    ck_assert_int_eq(line.column[0].kind, NUISANCE_SETTING);
    ck_assert(!line.quadratic_removed);
    struct nuisance two_valued = columns_for(&arena, 7, 2, &none); /* needs no square */
    ck_assert(two_valued.quadratic_removed);
    struct nuisance nothing = columns_for(&arena, 6, 5, &none);
    ck_assert_uint_eq(nothing.count, 0);
    ck_assert(!nothing.quadratic_removed);
    arena_finish(&arena);
}
END_TEST

START_TEST(short_logs_get_a_calendar_column)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct categories none = {0};
    struct nuisance at_8 = columns_for(&arena, 11, 2, &none); /* (11 - 3) / 4 = 2 */
    ck_assert_int_eq(at_8.column[0].kind, NUISANCE_CALENDAR);
    double value[11];
    struct settings settings = {.count = 1, .plane = planes};
    nuisance_fill(&at_8, 0, &settings, &none, 0, 11, value);
    ck_near(value[5], 0, 0);
    ck_near(value[0], 25.0 / 121, 1e-15);
    arena_finish(&arena);
}
END_TEST

START_TEST(dummies_need_well_replicated_labels)
{
    struct arena arena;
    uint32_t two[24], many[24], counts[] = {25}, *which[1];
    for (uint32_t t = 0; t < 24; t++) {
        two[t] = 1 + t % 2;
        many[t] = 1 + t;
    }
    which[0] = two;
    struct categories categories = {.count = 1, .label = which, .label_count = counts};
    arena_init(&arena, 1 << 20);
    struct nuisance replicated = columns_for(&arena, 24, 2, &categories);
    ck_assert_uint_eq(replicated.count, 2); /* X and one dummy */
    ck_assert_int_eq(replicated.column[1].kind, NUISANCE_DUMMY);
    which[0] = many;
    struct nuisance single = columns_for(&arena, 24, 2, &categories);
    ck_assert_uint_eq(single.count, 1);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("nuisance", a_log_pays_one_column_for_four_spare_cells,
          without_room_for_squares_the_quadratic_rule_holds, short_logs_get_a_calendar_column,
          dummies_need_well_replicated_labels)
