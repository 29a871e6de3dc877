/* Selective reporting: exact laws by hand, ties, and the normal law for many groups. */
#include "small_log.h"

static struct selection test_of(const struct attempt_group *group, size_t count)
{
    struct arena arena;
    arena_init(&arena, 64 << 20);
    struct selection selection = selection_test(&arena, group, count);
    ck_assert(!arena.overflow);
    arena_finish(&arena);
    return selection;
}

START_TEST(the_best_of_four_has_p_one_quarter)
{
    const double score[] = {0.1, 0.4, 0.2, 0.3};
    const struct attempt_group best = {.score = score, .count = 4, .reported = 1};
    struct selection selection = test_of(&best, 1);
    ck_near(selection.p, 0.25, 1e-15);
    ck_near(selection.excess, 1, 1e-15);
    ck_near(selection.observed_over_max, 1, 0);
    const struct attempt_group worst = {.score = score, .count = 4, .reported = 0};
    ck_near(test_of(&worst, 1).p, 1, 1e-15);
}
END_TEST

START_TEST(groups_multiply_and_ties_share_their_rank)
{
    const double score[] = {1, 2}, tied[] = {1, 1};
    const struct attempt_group groups[] = {{.score = score, .count = 2, .reported = 1},
                                           {.score = score, .count = 2, .reported = 1},
                                           {.score = score, .count = 2, .reported = 1}};
    ck_near(test_of(groups, 3).p, 0.125, 1e-15);
    const struct attempt_group tie = {.score = tied, .count = 2, .reported = 0};
    ck_near(test_of(&tie, 1).p, 1, 1e-15);
}
END_TEST

START_TEST(no_groups_no_test)
{
    ck_assert(!test_of(NULL, 0).present);
}
END_TEST

START_TEST(beyond_two_thousand_groups_the_normal_law_is_near_the_exact_one)
{
    static struct attempt_group groups[2001];
    static const double score[] = {1, 2, 3};
    for (size_t g = 0; g < 2001; g++)
        groups[g] =
            (struct attempt_group){.score = score, .count = 3, .reported = g % 20 == 0 ? 2 : g % 3};
    double exact = test_of(groups, 2000).p, normal_law = test_of(groups, 2001).p;
    ck_assert(exact < 0.01);
    ck_near(log10(normal_law), log10(exact), 0.1);
}
END_TEST

TEST_MAIN("selection", the_best_of_four_has_p_one_quarter,
          groups_multiply_and_ties_share_their_rank, no_groups_no_test,
          beyond_two_thousand_groups_the_normal_law_is_near_the_exact_one)
