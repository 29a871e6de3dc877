/* How much the protocol moves: size of a change, turns, switches of a category. */
#include "detect/engine.h"

#include <math.h>

enum { TRANSITIONS_MIN = 3 };

double step_rms(const struct plane *setting)
{
    double sum = 0;
    size_t count = 0;
    for (size_t k = 0; k < setting->rows; k++) {
        const double *x = plane_row(setting, k);
        for (size_t t = 0; t + 1 < setting->columns; t++) {
            double step = x[t + 1] - x[t];
            sum += isfinite(step) ? step * step : 0;
            count += isfinite(step);
        }
    }
    return sum > 0 ? sqrt(sum / (double)count) : 1;
}

/* Squared step lengths in units of each setting's typical step; missing unless all are there. */
static double step_square(const struct settings *settings, const double *rms, size_t k, size_t t)
{
    double sum = 0;
    for (size_t j = 0; j < settings->count; j++) {
        const double *x = plane_row(&settings->plane[j], k);
        double step = (x[t + 1] - x[t]) / rms[j];
        sum += step * step;
    }
    return sum;
}

static double turn_cosine(const struct settings *settings, const double *rms, size_t k, size_t t)
{
    double product = 0, here = 0, before = 0;
    for (size_t j = 0; j < settings->count; j++) {
        const double *x = plane_row(&settings->plane[j], k);
        double a = (x[t + 1] - x[t]) / rms[j], b = (x[t] - x[t - 1]) / rms[j];
        product += a * b;
        here += a * a;
        before += b * b;
    }
    double norm = sqrt(here * before);
    if (!isfinite(product))
        return NAN;
    return norm > 1e-12 ? product / norm : 0;
}

/* Number of live categories that changed; missing when a label or a setting is. */
static double switches(const struct categories *categories, size_t cell)
{
    double count = 0;
    for (size_t c = 0; c < categories->count; c++) {
        uint32_t now = categories->label[c][cell + 1], before = categories->label[c][cell];
        if (now == 0 || before == 0)
            return NAN;
        count += now != before;
    }
    return count;
}

static double row_mean(const double *row, size_t columns)
{
    double sum = 0;
    size_t count = 0;
    for (size_t t = 0; t < columns; t++) {
        sum += isfinite(row[t]) ? row[t] : 0;
        count += isfinite(row[t]);
    }
    return count > 0 ? sum / (double)count : NAN;
}

/* A plane without the trend of each unit and without its own lag. */
struct lag_fit {
    struct plane of;
    double slope;         /* pooled, on the lag */
    bool nothing_left;    /* rounding is all there is */
    double *own, *lagged; /* [n] of one unit, NaN = missing; in the workspace */
    struct workspace work;
};

/* From the first `count` places to those of the index, NaN elsewhere; in place, from the end. */
static void spread(double *values, const uint32_t *index, size_t count, size_t n)
{
    for (size_t t = n; t-- > 0;) {
        bool there = count > 0 && index[count - 1] == t;
        values[t] = there ? values[--count] : NAN;
    }
}

/* Own and lagged values of one unit without their trends. */
static void detrend_with_lag(const struct lag_fit *fit, size_t k)
{
    size_t n = fit->of.columns;
    const double *row = plane_row(&fit->of, k);
    size_t count = finite_index(row, n, fit->work.index);
    double mean = row_mean(row, n);
    for (size_t i = 0; i < count; i++) {
        size_t t = fit->work.index[i];
        double before = t > 0 ? row[t - 1] : NAN;
        fit->own[i] = row[t];
        fit->lagged[i] = isfinite(before) ? before : mean;
    }
    count = count < TRANSITIONS_MIN ? 0 : count;
    struct trend trend;
    trend_make(&trend, fit->work.index, count, /* quadratic= */ false, fit->work.memory);
    trend_remove(&trend, fit->own);
    trend_remove(&trend, fit->lagged);
    spread(fit->own, fit->work.index, count, n);
    spread(fit->lagged, fit->work.index, count, n);
}

/* Sums over all units. */
struct lag_sums {
    double own, lagged, product, left; /* squares; left: of own without the slope on the lag */
};

static struct lag_sums add_up(const struct lag_fit *fit)
{
    struct lag_sums sums = {0};
    for (size_t k = 0; k < fit->of.rows; k++) {
        detrend_with_lag(fit, k);
        for (size_t t = 0; t < fit->of.columns; t++) {
            double own = fit->own[t], lagged = fit->lagged[t];
            if (!isfinite(own))
                continue;
            double left = own - fit->slope * lagged;
            sums.own += own * own;
            sums.lagged += lagged * lagged;
            sums.product += own * lagged;
            sums.left += left * left;
        }
    }
    return sums;
}

static void fill_without_lag(const void *of, size_t k, double *ret)
{
    const struct lag_fit *fit = of;
    detrend_with_lag(fit, k);
    for (size_t t = 0; t < fit->of.columns; t++) {
        ret[t] = fit->own[t] - fit->slope * fit->lagged[t];
        if (fit->nothing_left)
            ret[t] *= 0; /* keeps what is missing missing */
    }
}

static struct plane without_trend_and_lag(struct arena *arena, const struct plane *plane,
                                          const struct workspace *work)
{
    size_t n = plane->columns;
    struct plane none = {.rows = plane->rows, .columns = n};
    struct lag_fit *fit = arena_alloc(arena, sizeof *fit);
    struct plane rule = plane_by_rule(arena, plane->rows, n, fill_without_lag, fit);
    if (arena->overflow)
        return none;
    *fit = (struct lag_fit){.of = *plane,
                            .own = work->memory + TREND_MAX * n,
                            .lagged = work->memory + (TREND_MAX + 1) * n,
                            .work = *work};
    struct lag_sums sums = add_up(fit);
    fit->slope = sums.lagged > 1e-12 ? sums.product / sums.lagged : 0;
    double left = add_up(fit).left;
    fit->nothing_left = !(sqrt(left) >= 1e-6 * fmax(1, sqrt(sums.own)));
    return plane_kept(arena, &rule);
}

/* What sizes and cosines are computed from. */
struct steps {
    struct settings settings;
    double rms[PANEL_SETTINGS_MAX];
};

static void fill_size(const void *of, size_t k, double *ret)
{
    const struct steps *steps = of;
    const struct settings *settings = &steps->settings;
    for (size_t t = 0; t + 1 < settings->plane[0].columns; t++)
        ret[t] = log1p(sqrt(step_square(settings, steps->rms, k, t) / (double)settings->count));
}

static void fill_cosine(const void *of, size_t k, double *ret)
{
    const struct steps *steps = of;
    for (size_t t = 0; t + 1 < steps->settings.plane[0].columns; t++)
        ret[t] = t > 0 ? turn_cosine(&steps->settings, steps->rms, k, t) : NAN;
}

static struct plane kept_rule(struct arena *arena, size_t rows, size_t columns,
                              void (*fill)(const void *, size_t, double *), const void *of)
{
    struct plane none = {.rows = rows, .columns = columns};
    struct plane rule = plane_by_rule(arena, rows, columns, fill, of);
    return arena->overflow ? none : plane_kept(arena, &rule);
}

static void measure_steps(struct arena *arena, struct changes *ret, size_t unit_count,
                          const struct settings *settings, const struct workspace *work)
{
    size_t n = settings->plane[0].columns - 1;
    struct steps *steps = arena_alloc(arena, sizeof *steps);
    if (!steps)
        return;
    steps->settings = *settings;
    for (size_t j = 0; j < settings->count; j++)
        steps->rms[j] = step_rms(&settings->plane[j]);
    ret->size = kept_rule(arena, unit_count, n, fill_size, steps);
    ret->cosine = kept_rule(arena, unit_count, n, fill_cosine, steps);
    if (!arena->overflow)
        ret->size_residual = without_trend_and_lag(arena, &ret->size, work);
}

struct switch_rule {
    struct categories categories;
    struct plane size; /* value NULL without settings: then nothing is missing for them */
    size_t period_count;
};

static void fill_switches(const void *of, size_t k, double *ret)
{
    const struct switch_rule *rule = of;
    const double *size = rule->size.value ? plane_row(&rule->size, k) : NULL;
    for (size_t t = 0; t + 1 < rule->period_count; t++) {
        bool missing = size && !isfinite(size[t]);
        ret[t] = missing ? NAN : switches(&rule->categories, k * rule->period_count + t);
    }
}

struct changes changes_make(struct arena *arena, size_t unit_count, size_t period_count,
                            const struct settings *settings, const struct categories *categories,
                            const struct workspace *work)
{
    struct changes changes = {0};
    if (settings->count > 0)
        measure_steps(arena, &changes, unit_count, settings, work);
    struct switch_rule *rule = categories->count > 0 ? arena_alloc(arena, sizeof *rule) : NULL;
    if (arena->overflow || !rule)
        return changes;
    *rule = (struct switch_rule){
        .categories = *categories, .size = changes.size, .period_count = period_count};
    changes.switch_count = kept_rule(arena, unit_count, period_count - 1, fill_switches, rule);
    if (!arena->overflow)
        changes.switch_residual = without_trend_and_lag(arena, &changes.switch_count, work);
    return changes;
}
