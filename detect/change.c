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

/* Own and lagged values of one unit without their trends. */
static void detrend_with_lag(const double *row, struct plane *own, struct plane *lagged, size_t k,
                             uint32_t *index, double *memory)
{
    size_t n = own->columns, count = finite_index(row, n, index);
    if (count < TRANSITIONS_MIN)
        return;
    double mean = row_mean(row, n);
    double *a = memory + TREND_MAX * n, *b = a + n;
    for (size_t i = 0; i < count; i++) {
        double before = index[i] > 0 ? row[index[i] - 1] : NAN;
        a[i] = row[index[i]];
        b[i] = isfinite(before) ? before : mean;
    }
    struct trend trend;
    trend_make(&trend, index, count, /* quadratic= */ false, memory);
    trend_remove(&trend, a);
    trend_remove(&trend, b);
    for (size_t i = 0; i < count; i++) {
        plane_row(own, k)[index[i]] = a[i];
        plane_row(lagged, k)[index[i]] = b[i];
    }
}

/* Takes the pooled slope on the lag out; all zero when rounding is all that is left. */
static void remove_lag(struct plane *own, const struct plane *lagged)
{
    double product = 0, squares = plane_sum_squares(lagged), before = plane_sum_squares(own);
    size_t cells = own->rows * own->columns;
    for (size_t i = 0; i < cells; i++)
        product += isfinite(own->value[i]) ? own->value[i] * lagged->value[i] : 0;
    double slope = squares > 1e-12 ? product / squares : 0;
    for (size_t i = 0; i < cells; i++)
        own->value[i] -= slope * lagged->value[i];
    if (sqrt(plane_sum_squares(own)) >= 1e-6 * fmax(1, sqrt(before)))
        return;
    for (size_t i = 0; i < cells; i++)
        own->value[i] *= 0; /* keeps what is missing missing */
}

static struct plane without_trend_and_lag(struct arena *arena, const struct plane *plane)
{
    struct plane own = plane_make(arena, plane->rows, plane->columns);
    struct arena_mark mark = arena_mark(arena);
    struct plane lagged = plane_make(arena, plane->rows, plane->columns);
    uint32_t *index = arena_array_raw(arena, plane->columns, sizeof *index);
    double *memory = arena_array_raw(arena, (TREND_MAX + 2) * plane->columns, sizeof *memory);
    if (arena->overflow)
        return own;
    for (size_t k = 0; k < plane->rows; k++)
        detrend_with_lag(plane_row(plane, k), &own, &lagged, k, index, memory);
    remove_lag(&own, &lagged);
    arena_rewind(arena, mark);
    return own;
}

static void measure_steps(struct changes *changes, const struct settings *settings)
{
    double rms[PANEL_SETTINGS_MAX];
    size_t n = changes->size.columns;
    for (size_t j = 0; j < settings->count; j++)
        rms[j] = step_rms(&settings->plane[j]);
    for (size_t k = 0; k < changes->size.rows; k++) {
        for (size_t t = 0; t < n; t++) {
            double mean = step_square(settings, rms, k, t) / (double)settings->count;
            plane_row(&changes->size, k)[t] = log1p(sqrt(mean));
            if (t > 0)
                plane_row(&changes->cosine, k)[t] = turn_cosine(settings, rms, k, t);
        }
    }
}

struct changes changes_make(struct arena *arena, size_t unit_count, size_t period_count,
                            const struct settings *settings, const struct categories *categories)
{
    struct changes changes = {0};
    size_t n = period_count - 1;
    if (settings->count > 0) {
        changes.size = plane_make(arena, unit_count, n);
        changes.cosine = plane_make(arena, unit_count, n);
        if (arena->overflow)
            return changes;
        measure_steps(&changes, settings);
        changes.size_residual = without_trend_and_lag(arena, &changes.size);
    }
    if (categories->count == 0)
        return changes;
    changes.switch_count = plane_make(arena, unit_count, n);
    for (size_t k = 0; k < unit_count && !arena->overflow; k++) {
        for (size_t t = 0; t < n; t++) {
            bool missing = settings->count > 0 && !isfinite(plane_row(&changes.size, k)[t]);
            if (!missing)
                plane_row(&changes.switch_count, k)[t] = switches(categories, k * period_count + t);
        }
    }
    if (!arena->overflow)
        changes.switch_residual = without_trend_and_lag(arena, &changes.switch_count);
    return changes;
}
