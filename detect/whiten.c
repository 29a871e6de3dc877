/* Removes clear autocorrelation from the score residual: a pooled autoregression of order two.
 *
 * Permuting rounds assumes exchangeable residuals; a walk is made exchangeable first. The lag
 * coefficient of a short detrended series is biased downwards and is corrected by (1 + 3 a) / T
 * (Kendall 1954, Biometrika 41, 403-404; for panels Nickell 1981, Econometrica 49, 1417-1426). */
#include "detect/engine.h"

#include <math.h>

enum { PAIRS_MIN = 12 };

struct moments { /* sums of products of y_t, its first lag a and its second lag b */
    double aa, bb, ab, ya, yb;
    size_t count;
};

static struct moments lag_moments(const struct plane *residual)
{
    struct moments m = {0};
    for (size_t k = 0; k < residual->rows; k++) {
        const double *row = plane_row(residual, k);
        for (size_t t = 2; t < residual->columns; t++) {
            double y = row[t], a = row[t - 1], b = row[t - 2];
            if (!isfinite(y) || !isfinite(a) || !isfinite(b))
                continue;
            m.aa += a * a;
            m.bb += b * b;
            m.ab += a * b;
            m.ya += y * a;
            m.yb += y * b;
            m.count++;
        }
    }
    return m;
}

static double lag(const double *row, size_t t, size_t back)
{
    return t >= back && isfinite(row[t - back]) ? row[t - back] : 0;
}

static void filter_row(double *row, const double *before, size_t columns, const double ar[2])
{
    for (size_t t = 0; t < columns; t++)
        row[t] = before[t] - ar[0] * lag(before, t, 1) - ar[1] * lag(before, t, 2);
    double rms = row_rms(row, columns);
    for (size_t t = 0; t < columns; t++)
        row[t] = rms > 1e-12 ? row[t] / rms : NAN;
}

struct whitening whiten(struct arena *arena, struct plane *residual)
{
    struct whitening result = {0};
    struct moments m = lag_moments(residual);
    double periods = (double)residual->columns, root = sqrt((double)m.count);
    double determinant = m.aa * m.bb - m.ab * m.ab;
    if (m.count < PAIRS_MIN || determinant <= 1e-12 * m.aa * m.bb)
        return result;
    double p1 = (m.ya * m.bb - m.yb * m.ab) / determinant;
    double p2 = (m.yb * m.aa - m.ya * m.ab) / determinant;
    bool second = fabs(p2) > 2.5 / root + 2 / periods;
    result.applied = p1 > 1.5 / root || p1 < -(2.5 / root + 3 / periods) || second;
    if (result.applied) {
        p1 = p1 > 0 ? fmin(p1 + (1 + 3 * p1) / periods, 0.98) : p1;
        p2 = second ? p2 : 0;
    }
    result.ar[0] = p1;
    result.ar[1] = p2;
    struct arena_mark mark = arena_mark(arena);
    double *before = arena_array_raw(arena, residual->columns, sizeof *before);
    for (size_t k = 0; k < residual->rows && result.applied && before; k++) {
        memcpy(before, plane_row(residual, k), residual->columns * sizeof *before);
        filter_row(plane_row(residual, k), before, residual->columns, result.ar);
    }
    arena_rewind(arena, mark);
    return result;
}
