/* Association of a fixed series with a permuted signal, LANES draws at a time.
 *
 * Complete scores: the signal is projected off mean and slope over the unit's transitions. Since a
 * projection may stand on either side of a product, the fixed side is projected once and a draw
 * costs one multiplication per round. Incomplete scores: both sides are demeaned over the pairs
 * that exist in that draw. */
#include "detect/engine.h"

#include <math.h>

static void project_row(struct series *series, size_t k, const uint32_t *index, double *memory)
{
    size_t n = series->fixed.columns, count = series->row[k].count;
    const double *fixed = plane_row(&series->fixed, k);
    double *projected = plane_row(&series->projected, k);
    double *values = memory + TREND_MAX * n, *slope = memory + (TREND_MAX + 1) * n;
    struct trend trend;
    trend_make(&trend, index, count, /* quadratic= */ false, memory);
    for (size_t i = 0; i < count; i++) {
        values[i] = fixed[index[i]];
        slope[index[i]] = trend.vector[1][i];
    }
    series->row[k].norm = dot(values, values, count);
    trend_remove(&trend, values);
    for (size_t i = 0; i < count; i++)
        projected[index[i]] = values[i];
}

static void keep_slope(struct arena *arena, struct series_row *row, const double *slope, size_t n)
{
    double *copy = arena_array(arena, n, sizeof *copy);
    if (copy)
        memcpy(copy, slope, n * sizeof *copy);
    row->slope = copy;
}

/* The transitions from `first` on where the row is finite; none when there are fewer than three. */
static size_t used_transitions(const double *row, size_t n, size_t first, uint32_t *ret_index)
{
    size_t count = 0;
    for (size_t t = first; t < n; t++) {
        if (isfinite(row[t]))
            ret_index[count++] = (uint32_t)t;
    }
    return count >= OVERLAP_MIN ? count : 0;
}

struct series series_make(struct arena *arena, const struct plane *fixed, size_t first)
{
    size_t n = fixed->columns;
    struct series series = {
        .first = first,
        .fixed = *fixed,
        .projected = {.rows = fixed->rows, .columns = n},
        .row = arena_array(arena, fixed->rows, sizeof *series.row),
    };
    series.projected.value = arena_array(arena, fixed->rows * n, sizeof(double));
    uint32_t *index = arena_array(arena, n, sizeof *index);
    double *memory = arena_array(arena, (TREND_MAX + 2) * n, sizeof *memory);
    if (arena->overflow)
        return series;
    for (size_t k = 0; k < fixed->rows; k++) {
        struct series_row *row = &series.row[k];
        double *slope = memory + (TREND_MAX + 1) * n;
        row->count = used_transitions(plane_row(fixed, k), n, first, index);
        row->full = row->count > 0 && row->count == n - first;
        if (row->count == 0)
            continue;
        memset(slope, 0, n * sizeof *slope);
        project_row(&series, k, index, memory);
        if (!row->full)
            keep_slope(arena, row, slope, n);
    }
    return series;
}
