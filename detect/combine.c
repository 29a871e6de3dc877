/* From statistics to p-values: ranks among the draws, Cauchy combination, Holm.
 *
 * The combination of dependent p-values by the mean Cauchy transform (Liu and Xie 2020, JASA 115,
 * 393-402) is not trusted to be Cauchy: it is ranked among the same draws again, so that the
 * dependence is handled exactly. The observed draw counts as one of all draws, hence no p-value is
 * ever 0 (Phipson and Smyth 2010, SAGMB 9, article 39). Holm 1979, Scand. J. Statist. 6, 65-70. */
#include "detect/engine.h"

#include <assert.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

struct ranking { /* scratch of combine */
    size_t draws;
    struct order_item *scratch; /* [2 * draws] */
    double *p, *cauchy;         /* cauchy: [2 * draws + 1] transform of each twice-midrank */
    uint32_t *midrank;
};

static struct ranking ranking_make(struct arena *arena, size_t draws)
{
    struct ranking ranking = {
        .draws = draws,
        .scratch = arena_array_raw(arena, 2 * draws, sizeof(struct order_item)),
        .p = arena_array_raw(arena, draws, sizeof(double)),
        .cauchy = arena_array_raw(arena, 2 * draws + 1, sizeof(double)),
        .midrank = arena_array_raw(arena, draws, sizeof(uint32_t)),
    };
    for (size_t h = 0; h <= 2 * draws && ranking.cauchy; h++)
        ranking.cauchy[h] = tan(pi * (0.5 - (double)h / 2 / (double)draws));
    return ranking;
}

/* Ranks a column, adds its Cauchy transform to sum; returns the p-value of the observed draw. */
static double add_transform(struct ranking *ranking, const double *value, double *sum)
{
    rank_draws(value, ranking->draws, ranking->scratch, ranking->p, ranking->midrank);
    for (size_t b = 0; b < ranking->draws; b++)
        sum[b] += ranking->cauchy[ranking->midrank[b]];
    return ranking->p[0];
}

static void mean_rounded(double *sum, size_t draws, size_t count)
{
    for (size_t b = 0; b < draws; b++)
        sum[b] = round9(sum[b] / (double)count);
}

/* The combined statistic of one mechanism in sum; false when it has none. */
static bool combine_mechanism(const struct outcome *outcome, enum mechanism mechanism,
                              struct ranking *ranking, double *sum, double *ret_p_statistic)
{
    size_t count = 0;
    memset(sum, 0, outcome->draw_count * sizeof *sum);
    for (size_t s = 0; s < outcome->statistic_count; s++) {
        if (outcome->mechanism[s] != mechanism)
            continue;
        ret_p_statistic[s] = add_transform(ranking, outcome->value + s * outcome->draw_count, sum);
        count++;
    }
    if (count > 0)
        mean_rounded(sum, outcome->draw_count, count);
    return count > 0;
}

struct combined combine(struct arena *arena, const struct outcome *outcome)
{
    size_t draws = outcome->draw_count, mechanisms = 0;
    struct combined combined = {
        .p_panel = NAN,
        .p_statistic = arena_array(arena, outcome->statistic_count, sizeof(double)),
        .null = arena_array(arena, draws, sizeof(double)),
    };
    struct arena_mark mark = arena_mark(arena);
    struct ranking ranking = ranking_make(arena, draws);
    double *sum = arena_array(arena, draws, sizeof *sum);
    if (arena->overflow)
        return combined;
    for (int m = 0; m < MECHANISM_COUNT; m++) {
        combined.p_mechanism[m] = NAN;
        if (!combine_mechanism(outcome, (enum mechanism)m, &ranking, sum, combined.p_statistic))
            continue;
        combined.p_mechanism[m] = add_transform(&ranking, sum, combined.null);
        mechanisms++;
    }
    if (mechanisms > 0) {
        mean_rounded(combined.null, draws, mechanisms);
        rank_draws(combined.null, draws, ranking.scratch, ranking.p, ranking.midrank);
        combined.p_panel = ranking.p[0];
    }
    arena_rewind(arena, mark);
    return combined;
}

static double to_cauchy(double p)
{
    return tan(pi * (0.5 - fmin(fmax(p, 1e-15), 1 - 1e-15)));
}

double cauchy_pair(double a, double b)
{
    return 0.5 - atan((to_cauchy(a) + to_cauchy(b)) / 2) / pi;
}

void holm(const double *p, size_t count, double *ret_adjusted)
{
    size_t order[MECHANISM_COUNT];
    assert(count <= MECHANISM_COUNT);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && p[order[at - 1]] > p[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    double largest = 0;
    for (size_t rank = 0; rank < count; rank++) {
        largest = fmax(largest, fmin(1, p[order[rank]] * (double)(count - rank)));
        ret_adjusted[order[rank]] = largest;
    }
}
