/* psi*: how much the protocol changes from round to round, free of units, with its interval.
 *
 * Steps of logarithms: 0.05 reads "about 5 % relative change per round". The interval comes from
 * the stationary bootstrap (Politis and Romano 1994, JASA 89, 1303-1313) and is bias-corrected and
 * accelerated (Efron 1987, JASA 82, 171-185). It describes; no verdict depends on it. */
#include "detect/engine.h"
#include "detect/stats.h"

#include <math.h>

enum { RESAMPLES = 999, STEPS_MIN = 4 };
static const double confidence = 0.95;
#define BOOTSTRAP_SEED UINT64_C(0xA5A5A5A5A5A5A5A5)

struct steps { /* sum over the units and their count, for each transition */
    double *sum;
    uint32_t *count;
    size_t periods;
};

/* Steps of one unit: root mean square over the settings that have it, added to sum and count. */
static void add_steps(const struct settings *usable, size_t k, struct steps *ret)
{
    for (size_t t = 0; t + 1 < ret->periods; t++) {
        double squares = 0;
        size_t there = 0;
        for (size_t j = 0; j < usable->count; j++) {
            const double *x = plane_row(&usable->plane[j], k);
            double step = x[t + 1] - x[t];
            squares += isfinite(step) ? step * step : 0;
            there += isfinite(step);
        }
        double length = there > 0 ? sqrt(squares / (double)there) : NAN;
        ret->sum[t] += isfinite(length) ? length : 0;
        ret->count[t] += isfinite(length);
    }
}

/* Mean step of each transition over the units that have it; returns how many transitions do. */
static size_t mean_steps(const struct settings *usable, struct steps *steps)
{
    size_t length = 0;
    for (size_t k = 0; k < usable->plane[0].rows; k++)
        add_steps(usable, k, steps);
    for (size_t t = 0; t + 1 < steps->periods; t++) {
        if (steps->count[t] > 0)
            steps->sum[length++] = steps->sum[t] / (double)steps->count[t];
    }
    return length;
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* One resample: blocks of geometric length that wrap around. */
static double resample(const double *steps, uint32_t count, double block, struct rng *rng)
{
    double sum = 0;
    uint32_t at = rng_below(rng, count);
    for (uint32_t i = 0; i < count; i++) {
        sum += steps[at];
        bool new_block = rng_unif(rng) < 1 / block;
        at = new_block ? rng_below(rng, count) : (at + 1) % count;
    }
    return sum / count;
}

static double acceleration(const double *steps, size_t count)
{
    double n = (double)count, sum = mean_of(steps, count) * n, cubes = 0, squares = 0, mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += (sum - steps[i]) / (n - 1) / n;
    for (size_t i = 0; i < count; i++) {
        double u = mean - (sum - steps[i]) / (n - 1);
        squares += u * u;
        cubes += u * u * u;
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

/* Resamples that equal the estimate but for rounding count half: with few steps there are many. */
static double bias(const double *sorted, double estimate)
{
    double below = 0, rounding = 1e-12 * fabs(estimate);
    for (size_t b = 0; b < RESAMPLES; b++) {
        double distance = sorted[b] - estimate;
        below += distance < -rounding ? 1 : distance > rounding ? 0 : 0.5;
    }
    double share = fmin(fmax(below / RESAMPLES, 0.5 / RESAMPLES), 1 - 0.5 / RESAMPLES);
    return stats_normal_quantile(share);
}

static double corrected_quantile(const double *sorted, double p, double z0, double a)
{
    double z = z0 + stats_normal_quantile(p);
    double place = stats_normal_cdf(z0 + z / (1 - a * z)) * (RESAMPLES - 1);
    size_t low = place > 0 ? (size_t)place : 0;
    low = low < RESAMPLES - 2 ? low : RESAMPLES - 2;
    double part = fmin(fmax(place - (double)low, 0), 1);
    return sorted[low] * (1 - part) + sorted[low + 1] * part;
}

static struct interval interval_of(struct arena *arena, const double *steps, size_t count,
                                   uint64_t seed)
{
    double *mean = arena_array(arena, 2 * RESAMPLES, sizeof *mean);
    if (!mean || count < STEPS_MIN)
        return (struct interval){0};
    double block = fmax(1, rint(1.5 * pow((double)count, 1.0 / 3)));
    for (size_t b = 0; b < RESAMPLES; b++) {
        struct rng rng = rng_begin(seed ^ BOOTSTRAP_SEED, b + 1);
        mean[b] = resample(steps, (uint32_t)count, block, &rng);
    }
    stats_sort(mean, mean + RESAMPLES, RESAMPLES);
    double z0 = bias(mean, mean_of(steps, count)), a = acceleration(steps, count);
    return (struct interval){.defined = true,
                             .low = corrected_quantile(mean, (1 - confidence) / 2, z0, a),
                             .high = corrected_quantile(mean, (1 + confidence) / 2, z0, a)};
}

double psi_star(struct arena *arena, const struct settings *usable, uint64_t seed,
                struct interval *ret_ci)
{
    *ret_ci = (struct interval){0};
    if (usable->count == 0)
        return 0;
    struct arena_mark mark = arena_mark(arena);
    size_t periods = usable->plane[0].columns;
    struct steps steps = {.sum = arena_array(arena, periods, sizeof(double)),
                          .count = arena_array(arena, periods, sizeof(uint32_t)),
                          .periods = periods};
    size_t count = steps.sum && steps.count ? mean_steps(usable, &steps) : 0;
    double psi = count > 0 ? mean_of(steps.sum, count) : 0;
    if (count > 0)
        *ret_ci = interval_of(arena, steps.sum, count, seed);
    arena_rewind(arena, mark);
    return psi;
}
