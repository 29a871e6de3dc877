/* Protocol innovations: what a setting does beyond its trend and its own two lags.
 *
 * A schedule fixed in advance leaves no innovation, so it cannot be blamed; what remains is
 * compared with the scores before it (lagged dependence in the sense of Granger 1969, Econometrica
 * 37, 424-438). Projections are pooled over units after removing each unit's trend. */
#include "detect/engine.h"

#include <math.h>

enum { TRANSITIONS_MIN = 3, LAGS = 2 };

/* Target and lags of one or more units, one unit after another. */
struct stacked {
    double *target, *lag[LAGS];
    size_t length;
};

/* What the pooled projections found: with it the innovation of any unit is computed again by the
 * same steps, so that only one unit has to be held. */
struct fit {
    struct plane setting;
    bool kept[LAGS];       /* false: a lag that adds nothing */
    double norm[LAGS];     /* of what is new in a lag */
    double lag_part[2];    /* of the second lag along the first, in both passes */
    double part[2][LAGS];  /* of the target along the lags */
    bool nothing_left;     /* rounding is all there is */
    struct workspace work; /* trends, then target and lags of one unit */
};

/* The transitions of one unit: X at t + 1, at t, and at t - 1 (its own first value before). */
static size_t stack_unit(const double *x, size_t transitions, const struct stacked *ret, size_t at,
                         uint32_t *ret_index)
{
    size_t count = 0;
    for (size_t t = 0; t < transitions; t++) {
        if (!isfinite(x[t + 1]) || !isfinite(x[t]))
            continue;
        double second = x[t > 0 ? t - 1 : 0];
        ret_index[count] = (uint32_t)t;
        ret->target[at + count] = x[t + 1];
        ret->lag[0][at + count] = x[t];
        ret->lag[1][at + count] = isfinite(second) ? second : x[t];
        count++;
    }
    return count >= TRANSITIONS_MIN ? count : 0;
}

/* Appends one unit without its trends; returns how many transitions it has. */
static size_t stack_detrended(const struct fit *fit, size_t k, struct stacked *ret)
{
    size_t at = ret->length;
    struct trend trend;
    size_t count =
        stack_unit(plane_row(&fit->setting, k), fit->setting.columns - 1, ret, at, fit->work.index);
    if (count == 0)
        return 0;
    trend_make(&trend, fit->work.index, count, /* quadratic= */ false, fit->work.memory);
    trend_remove(&trend, ret->target + at);
    for (size_t l = 0; l < LAGS; l++)
        trend_remove(&trend, ret->lag[l] + at);
    ret->length += count;
    return count;
}

/* Makes what is new in a lag a unit vector; false when that is nothing. before: its norm when it
 * was still whole. */
static bool normalise(double *lag, size_t length, double before, double floor, double *ret_norm)
{
    *ret_norm = sqrt(dot(lag, lag, length));
    if (!(*ret_norm > 1e-6 * before) || !(*ret_norm > floor))
        return false;
    for (size_t i = 0; i < length; i++)
        lag[i] /= *ret_norm;
    return true;
}

/* Twice-iterated Gram-Schmidt as span_add does it, in place, with every part noted. */
static void project(struct fit *fit, const struct stacked *all)
{
    size_t n = all->length;
    double magnitude = plane_max_abs(&fit->setting), floor = 1e-6 * magnitude;
    double first = sqrt(dot(all->lag[0], all->lag[0], n));
    fit->kept[0] = normalise(all->lag[0], n, first, floor, &fit->norm[0]);
    double second = sqrt(dot(all->lag[1], all->lag[1], n));
    for (size_t pass = 0; pass < 2 && fit->kept[0]; pass++)
        fit->lag_part[pass] = subtract_part(all->lag[1], all->lag[0], n);
    fit->kept[1] = normalise(all->lag[1], n, second, floor, &fit->norm[1]);
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t l = 0; l < LAGS; l++)
            if (fit->kept[l])
                fit->part[pass][l] = subtract_part(all->target, all->lag[l], n);
    }
    double norm = sqrt(dot(all->target, all->target, n));
    fit->nothing_left = norm < 1e-6 * fmax(1, magnitude);
}

static void subtract(double *values, const double *unit, double part, size_t length)
{
    for (size_t i = 0; i < length; i++)
        values[i] -= unit[i] * part;
}

/* The steps of `project` on one unit. */
static void fill_innovation(const void *of, size_t k, double *ret)
{
    const struct fit *fit = of;
    double *rows = fit->work.memory + TREND_MAX * fit->setting.columns;
    struct stacked unit = {.target = rows};
    for (size_t l = 0; l < LAGS; l++)
        unit.lag[l] = rows + (l + 1) * fit->setting.columns;
    size_t n = stack_detrended(fit, k, &unit);
    for (size_t l = 0; l < LAGS; l++) {
        for (size_t pass = 0; l == 1 && pass < 2 && fit->kept[0]; pass++)
            subtract(unit.lag[1], unit.lag[0], fit->lag_part[pass], n);
        for (size_t i = 0; i < n && fit->kept[l]; i++)
            unit.lag[l][i] /= fit->norm[l];
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t l = 0; l < LAGS; l++)
            if (fit->kept[l])
                subtract(unit.target, unit.lag[l], fit->part[pass][l], n);
    }
    for (size_t t = 0; t + 1 < fit->setting.columns; t++)
        ret[t] = NAN;
    for (size_t i = 0; i < n; i++)
        ret[fit->work.index[i]] = fit->nothing_left ? 0 : unit.target[i];
}

struct plane innovation(struct arena *arena, const struct plane *setting,
                        const struct workspace *work)
{
    size_t n = setting->columns - 1, cells = setting->rows * n;
    struct plane none = {.rows = setting->rows, .columns = n};
    struct fit *fit = arena_alloc(arena, sizeof *fit);
    struct arena_mark mark = arena_mark(arena);
    struct stacked all = {.target = arena_array_raw(arena, cells, sizeof(double))};
    for (size_t l = 0; l < LAGS; l++)
        all.lag[l] = arena_array_raw(arena, cells, sizeof(double));
    if (arena->overflow)
        return none;
    *fit = (struct fit){.setting = *setting, .work = *work};
    for (size_t k = 0; k < setting->rows; k++)
        (void)stack_detrended(fit, k, &all); /* too short a unit adds nothing */
    project(fit, &all);
    arena_rewind(arena, mark);
    struct plane rule = plane_by_rule(arena, setting->rows, n, fill_innovation, fit);
    return arena->overflow ? none : plane_kept(arena, &rule);
}

/* Sum over settings of the squared distance to the grand mean. */
static double variation(const struct settings *settings)
{
    double sum = 0, squares = 0;
    size_t count = 0;
    for (size_t j = 0; j < settings->count; j++) {
        const struct plane *plane = &settings->plane[j];
        for (size_t k = 0; k < plane->rows; k++) {
            const double *x = plane_row(plane, k);
            for (size_t t = 0; t < plane->columns; t++) {
                sum += isfinite(x[t]) ? x[t] : 0;
                count += isfinite(x[t]);
            }
        }
    }
    double mean = count > 0 ? sum / (double)count : 0;
    for (size_t j = 0; j < settings->count; j++) {
        const struct plane *plane = &settings->plane[j];
        for (size_t k = 0; k < plane->rows; k++) {
            const double *x = plane_row(plane, k);
            for (size_t t = 0; t < plane->columns; t++) {
                double distance = isfinite(x[t]) ? x[t] - mean : 0;
                squares += distance * distance;
            }
        }
    }
    return squares;
}

/* The same protocol for every unit has no unit-specific part; a mean series that does not move has
 * no common part. */
static void drop_empty_parts(struct innovations *ret, const struct settings *settings)
{
    double own = 0, specific = 0, common = 0;
    for (size_t j = 0; j < ret->count; j++) {
        own += plane_sum_squares(&ret->own[j]);
        specific += plane_sum_squares(&ret->specific[j]);
        common += plane_sum_squares(&ret->common[j]);
    }
    if (specific < 1e-8 * fmax(own, 1e-300))
        ret->specific = NULL;
    if (!(common > 1e-16 * fmax(1e-300, variation(settings))))
        ret->common = NULL;
}

/* Of the mean series; one row, stored. */
static struct plane common_innovation(struct arena *arena, const struct plane *setting,
                                      const struct workspace *work)
{
    struct plane ret = plane_make(arena, 1, setting->columns - 1);
    struct arena_mark mark = arena_mark(arena);
    struct plane mean = plane_mean_row(arena, setting);
    if (arena->overflow)
        return ret;
    struct plane rule = innovation(arena, &mean, work);
    if (!arena->overflow)
        plane_copy_row(&rule, 0, ret.value);
    arena_rewind(arena, mark);
    return ret;
}

struct innovations innovations_make(struct arena *arena, const struct settings *settings,
                                    const struct workspace *work)
{
    struct innovations ret = {.count = settings->count};
    if (settings->count == 0)
        return ret;
    ret.own = arena_array(arena, settings->count, sizeof *ret.own);
    bool several = settings->plane[0].rows > 1;
    if (several) {
        ret.specific = arena_array(arena, settings->count, sizeof *ret.specific);
        ret.common = arena_array(arena, settings->count, sizeof *ret.common);
    }
    double *row = arena_array_raw(arena, settings->plane[0].columns, sizeof *row);
    for (size_t j = 0; j < settings->count && !arena->overflow; j++) {
        ret.own[j] = innovation(arena, &settings->plane[j], work);
        if (!several || arena->overflow)
            continue;
        ret.specific[j] = plane_centred(arena, &ret.own[j], row);
        ret.common[j] = common_innovation(arena, &settings->plane[j], work);
    }
    if (several && !arena->overflow)
        drop_empty_parts(&ret, settings);
    return ret;
}
