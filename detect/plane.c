/* K x n tables with missing values: sums, means, rounding. */
#include "detect/engine.h"

#include <math.h>

struct plane plane_make(struct arena *arena, size_t rows, size_t columns)
{
    struct plane plane = {.rows = rows, .columns = columns};
    plane.value = arena_array_raw(arena, rows * columns, sizeof *plane.value);
    for (size_t i = 0; plane.value && i < rows * columns; i++)
        plane.value[i] = NAN;
    return plane;
}

size_t plane_finite_count(const struct plane *plane)
{
    size_t count = 0;
    for (size_t i = 0; i < plane->rows * plane->columns; i++)
        count += isfinite(plane->value[i]) ? 1 : 0;
    return count;
}

bool plane_is_complete(const struct plane *plane)
{
    return plane_finite_count(plane) == plane->rows * plane->columns;
}

double plane_sum_squares(const struct plane *plane)
{
    double sum = 0;
    for (size_t i = 0; i < plane->rows * plane->columns; i++) {
        if (isfinite(plane->value[i]))
            sum += plane->value[i] * plane->value[i];
    }
    return sum;
}

double plane_max_abs(const struct plane *plane)
{
    double max = 0;
    for (size_t i = 0; i < plane->rows * plane->columns; i++) {
        if (isfinite(plane->value[i]))
            max = fmax(max, fabs(plane->value[i]));
    }
    return max;
}

void plane_column_means(const struct plane *plane, double *ret)
{
    for (size_t t = 0; t < plane->columns; t++) {
        double sum = 0;
        size_t count = 0;
        for (size_t k = 0; k < plane->rows; k++) {
            double value = plane_row(plane, k)[t];
            sum += isfinite(value) ? value : 0;
            count += isfinite(value) ? 1 : 0;
        }
        ret[t] = count > 0 ? sum / (double)count : NAN;
    }
}

struct plane plane_mean_row(struct arena *arena, const struct plane *plane)
{
    struct plane mean = plane_make(arena, 1, plane->columns);
    if (mean.value)
        plane_column_means(plane, mean.value);
    return mean;
}

struct plane plane_centred(struct arena *arena, const struct plane *plane)
{
    struct plane centred = plane_make(arena, plane->rows, plane->columns);
    struct plane mean = plane_mean_row(arena, plane);
    if (!centred.value || !mean.value)
        return centred;
    for (size_t k = 0; k < plane->rows; k++) {
        for (size_t t = 0; t < plane->columns; t++)
            plane_row(&centred, k)[t] = plane_row(plane, k)[t] - mean.value[t];
    }
    return centred;
}

double row_rms(const double *row, size_t columns)
{
    double sum = 0;
    size_t count = 0;
    for (size_t t = 0; t < columns; t++) {
        if (isfinite(row[t])) {
            sum += row[t] * row[t];
            count++;
        }
    }
    return count > 0 ? sqrt(sum / (double)count) : 0;
}

double round9(double value)
{
    return rint(value * 1e9) / 1e9;
}
