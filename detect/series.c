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

static bool is_full(const struct series *series, size_t k)
{
    return series->row[k].count == series->fixed.columns - series->first;
}

/* Counts of all rows; rows with gaps get room for their slope, in one piece. */
static double *count_rows(struct arena *arena, struct series *series, uint32_t *index)
{
    size_t n = series->fixed.columns, gaps = 0;
    for (size_t k = 0; k < series->fixed.rows; k++) {
        size_t count = used_transitions(plane_row(&series->fixed, k), n, series->first, index);
        series->row[k].count = count;
        series->row[k].full = count > 0 && is_full(series, k);
        gaps += count > 0 && !series->row[k].full;
    }
    return gaps > 0 ? arena_array(arena, gaps * n, sizeof(double)) : NULL;
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
    if (arena->overflow)
        return series;
    double *slopes = count_rows(arena, &series, index);
    struct arena_mark mark = arena_mark(arena);
    double *memory = arena_array(arena, (TREND_MAX + 2) * n, sizeof *memory);
    for (size_t k = 0; k < fixed->rows && !arena->overflow; k++) {
        struct series_row *row = &series.row[k];
        double *slope = memory + (TREND_MAX + 1) * n;
        if (row->count == 0)
            continue;
        (void)used_transitions(plane_row(fixed, k), n, first, index); /* as counted before */
        memset(slope, 0, n * sizeof *slope);
        project_row(&series, k, index, memory);
        if (!row->full) {
            memcpy(slopes, slope, n * sizeof *slope);
            row->slope = slopes;
            slopes += n;
        }
    }
    arena_rewind(arena, mark);
    return series;
}
