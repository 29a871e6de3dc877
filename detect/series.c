/* Association of a fixed series with a permuted signal, LANES draws at a time.
 *
 * Complete scores: the signal is projected off mean and slope over the unit's transitions. Since a
 * projection may stand on either side of a product, the fixed side is projected once and a draw
 * costs one multiplication per round. Incomplete scores: both sides are demeaned over the pairs
 * that exist in that draw. */
#include "detect/engine.h"

#include "detect/wide.h"

#include <math.h>

enum { PAIRS_MIN = 3 };

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
    return count >= PAIRS_MIN ? count : 0;
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

/* Squared norm of the signal on the used transitions of a row with gaps. */
static void masked_norm(const struct series *series, size_t k, const struct signal *signal,
                        lanes *ret)
{
    const double *fixed = plane_row(&series->fixed, k), *slope = series->row[k].slope;
    lanes squares = {0}, sum = {0}, part = {0};
    for (size_t t = signal->first; t < series->fixed.columns; t++) {
        if (!isfinite(fixed[t]))
            continue;
        lanes value = signal->value[t];
        squares += value * value;
        sum += value;
        part += slope[t] * value;
    }
    *ret = squares - sum * sum / (double)series->row[k].count - part * part;
    for (size_t l = 0; l < LANES; l++)
        (*ret)[l] = (*ret)[l] > 1e-14 * squares[l] ? (*ret)[l] : 0;
}

/* ret = sum over t of weight[t] x value[t]. */
INLINE void weigh(const double *weight, const lanes *value, size_t first, size_t n, lanes *ret)
{
    half low = {0}, high = {0};
    for (size_t t = first; t < n; t++) {
        const half *part = (const half *)&value[t];
        low += weight[t] * part[0];
        high += weight[t] * part[1];
    }
    half *sum = (half *)ret;
    sum[0] = low;
    sum[1] = high;
}

WIDE static void weigh_wide(const double *weight, const lanes *value, size_t first, size_t n,
                            lanes *ret)
{
    weigh(weight, value, first, n, ret);
}

static void complete_sums(const struct series *series, size_t k, const struct signal *signal,
                          struct sums *ret)
{
    const struct series_row *row = &series->row[k];
    const double *projected = plane_row(&series->projected, k);
    size_t n = series->fixed.columns;
    if (HAS_WIDE)
        weigh_wide(projected, signal->value, signal->first, n, &ret->product);
    else
        weigh(projected, signal->value, signal->first, n, &ret->product);
    ret->fixed = (lanes){0} + row->norm;
    ret->count = (lanes){0} + (double)row->count;
    if (row->full)
        ret->signal = signal->norm;
    else
        masked_norm(series, k, signal, &ret->signal);
}

static void paired_sums(const struct series *series, size_t k, const struct signal *signal,
                        struct sums *ret)
{
    const double *fixed = plane_row(&series->fixed, k);
    lanes count = {0}, s = {0}, ss = {0}, d = {0}, dd = {0}, sd = {0};
    for (size_t t = signal->first; t < series->fixed.columns; t++) {
        if (!isfinite(fixed[t]))
            continue;
        lanes value = signal->value[t], weight = signal->weight[t];
        count += weight;
        s += value;
        ss += value * value;
        d += fixed[t] * weight;
        dd += fixed[t] * fixed[t] * weight;
        sd += fixed[t] * value;
    }
    for (size_t l = 0; l < LANES; l++) {
        bool enough = count[l] >= PAIRS_MIN;
        double n = enough ? count[l] : 1;
        ret->product[l] = enough ? sd[l] - s[l] * d[l] / n : 0;
        ret->signal[l] = enough ? fmax(0, ss[l] - s[l] * s[l] / n) : 0;
        ret->fixed[l] = enough ? fmax(0, dd[l] - d[l] * d[l] / n) : 0;
        ret->count[l] = enough ? n : 0;
    }
}

void sums_of(const struct series *series, size_t row, const struct signal *signal, struct sums *ret)
{
    if (signal->weight)
        paired_sums(series, row, signal, ret);
    else if (series->row[row].count > 0)
        complete_sums(series, row, signal, ret);
    else
        *ret = (struct sums){0};
}

void sums_add(struct sums *pool, const struct sums *unit)
{
    pool->product += unit->product;
    pool->signal += unit->signal;
    pool->fixed += unit->fixed;
    pool->count += unit->count;
}

void pooled_r(const struct sums *pool, lanes *ret)
{
    for (size_t l = 0; l < LANES; l++) {
        double squares = pool->signal[l] * pool->fixed[l];
        (*ret)[l] = squares > 0 ? pool->product[l] / sqrt(fmax(squares, 1e-300)) : 0;
    }
}

void unit_r(const struct sums *unit, lanes *ret)
{
    for (size_t l = 0; l < LANES; l++) {
        double norm = sqrt(unit->signal[l] * unit->fixed[l]);
        (*ret)[l] = norm > 1e-12 ? unit->product[l] / norm : 0;
    }
}

void lanes_max(lanes *maximum, const lanes *value)
{
    for (size_t l = 0; l < LANES; l++)
        (*maximum)[l] = fmax((*maximum)[l], (*value)[l]);
}

void tally_unit_max(const struct sums *unit, size_t k, lanes *maximum)
{
    lanes r;
    unit_r(unit, &r);
    for (size_t l = 0; l < LANES; l++) {
        double evidence = -r[l] * sqrt(unit->count[l]);
        (*maximum)[l] = k == 0 ? evidence : fmax((*maximum)[l], evidence);
    }
}
