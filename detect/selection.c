/* Mechanism "selective reporting": is the reported attempt better than one taken at random?
 *
 * Under the null hypothesis the reported attempt of a group is any of its attempts with equal
 * probability. Statistic: the sum over groups of twice its mid-rank, an integer, whose law is the
 * convolution of the groups' laws; beyond a size the normal law with continuity correction. */
#include "detect/engine.h"
#include "detect/stats.h"

#include <math.h>
#include <stdlib.h>

enum { EXACT_GROUPS_MAX = 2000 };
static const double exact_operations_max = 2e8; /* about 0.2 s */

struct tally { /* in units of half a rank */
    size_t groups, observed, largest, step;
    double expected, variance, operations;
};

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Twice the mid-rank (1 = worst) of every attempt, by its place in sorted order. */
static void twice_midranks(const double *sorted, size_t count, size_t *ret)
{
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        while (end < count && !(sorted[end] > sorted[begin]))
            end++;
        for (size_t i = begin; i < end; i++)
            ret[i] = begin + end + 1;
    }
}

struct group_ranks {
    size_t *rank; /* [count] twice the mid-ranks, ascending */
    size_t count, reported;
};

static struct group_ranks rank_group(struct arena *arena, const struct attempt_group *group)
{
    struct group_ranks ranks = {.rank = arena_array(arena, group->count, sizeof(size_t)),
                                .count = group->count};
    double *sorted = arena_array(arena, group->count, sizeof *sorted);
    if (!ranks.rank || !sorted)
        return ranks;
    memcpy(sorted, group->score, group->count * sizeof *sorted);
    qsort(sorted, group->count, sizeof *sorted, compare_double);
    twice_midranks(sorted, group->count, ranks.rank);
    size_t at = 0;
    while (sorted[at] < group->score[group->reported])
        at++;
    ranks.reported = ranks.rank[at];
    return ranks;
}

static size_t common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void add_group(struct tally *tally, const struct group_ranks *ranks)
{
    double n = (double)ranks->count, mean = n + 1, squares = 0;
    for (size_t i = 0; i < ranks->count; i++) {
        double distance = (double)ranks->rank[i] - mean;
        squares += distance * distance;
        tally->step = common_divisor(tally->step, ranks->rank[i] - ranks->rank[0]);
    }
    tally->groups++;
    tally->observed += ranks->reported;
    tally->largest += ranks->rank[ranks->count - 1];
    tally->expected += mean;
    tally->variance += squares / n;
    tally->operations += (double)tally->largest * n;
}

/* law[0..*length) convolved with the uniform law of one group. */
static void convolve(double *law, double *next, size_t length, const struct group_ranks *ranks)
{
    double share = 1 / (double)ranks->count;
    size_t grown = length + ranks->rank[ranks->count - 1];
    for (size_t i = 0; i < grown; i++)
        next[i] = 0;
    for (size_t r = 0; r < ranks->count; r++) {
        for (size_t i = 0; i < length; i++)
            next[i + ranks->rank[r]] += law[i] * share;
    }
    memcpy(law, next, grown * sizeof *law);
}

static double exact_tail(struct arena *arena, const struct attempt_group *group, size_t group_count,
                         const struct tally *tally)
{
    double *law = arena_array(arena, tally->largest + 1, sizeof *law);
    double *next = arena_array(arena, tally->largest + 1, sizeof *next);
    size_t length = 1;
    if (!law || !next)
        return NAN;
    law[0] = 1;
    for (size_t g = 0; g < group_count; g++) {
        struct arena_mark mark = arena_mark(arena);
        struct group_ranks ranks = rank_group(arena, &group[g]);
        if (arena->overflow)
            return NAN;
        convolve(law, next, length, &ranks);
        length += ranks.rank[ranks.count - 1];
        arena_rewind(arena, mark);
    }
    double tail = 0;
    for (size_t i = length; i-- > tally->observed;)
        tail += law[i];
    return fmin(1, tail);
}

static double normal_tail(const struct tally *tally)
{
    double half_step = (double)(tally->step > 0 ? tally->step : 1) / 2;
    double distance = (double)tally->observed - half_step - tally->expected;
    return tally->variance > 0 ? stats_normal_cdf(-distance / sqrt(tally->variance)) : 1;
}

struct selection selection_test(struct arena *arena, const struct attempt_group *group,
                                size_t group_count)
{
    struct tally tally = {0};
    struct arena_mark mark = arena_mark(arena);
    for (size_t g = 0; g < group_count; g++) {
        struct group_ranks ranks = rank_group(arena, &group[g]);
        if (arena->overflow)
            return (struct selection){0};
        add_group(&tally, &ranks);
        arena_rewind(arena, mark);
    }
    if (group_count == 0)
        return (struct selection){0};
    bool exact = group_count <= EXACT_GROUPS_MAX && tally.operations <= exact_operations_max;
    double span = fmax((double)tally.largest - tally.expected, 1e-12);
    struct selection selection = {
        .present = true,
        .p = exact ? exact_tail(arena, group, group_count, &tally) : normal_tail(&tally),
        .observed_over_max = (double)tally.observed / (double)tally.largest,
        .excess = ((double)tally.observed - tally.expected) / span,
        .groups = group_count,
    };
    arena_rewind(arena, mark);
    return selection;
}
