/* Association of a fixed series with a permuted signal, LANES draws at a time.
 *
 * Complete scores: the signal is projected off mean and slope over the unit's transitions. Since a
 * projection may stand on either side of a product, the fixed side is projected once and a draw
 * costs one multiplication per round. Incomplete scores: both sides are demeaned over the pairs
 * that exist in that draw. */
#include "detect/engine.h"

#include <math.h>

/* The row of the source at place i of the window: used transitions, norm, projection, slope. */
static void project_row(struct series *series, size_t i, const double *fixed)
{
    size_t n = series->source.columns, count = series->row[i].count;
    double *projected = plane_row(&series->projected, i);
    double *values = series->work.memory + TREND_MAX * n,
           *slope = series->work.memory + (TREND_MAX + 1) * n;
    struct trend trend;
    memset(projected, 0, n * sizeof *projected);
    if (count == 0)
        return;
    memset(slope, 0, n * sizeof *slope);
    trend_make(&trend, series->work.index, count, /* quadratic= */ false, series->work.memory);
    for (size_t u = 0; u < count; u++) {
        values[u] = fixed[series->work.index[u]];
        slope[series->work.index[u]] = trend.vector[1][u];
    }
    series->row[i].norm = dot(values, values, count);
    trend_remove(&trend, values);
    for (size_t u = 0; u < count; u++)
        projected[series->work.index[u]] = values[u];
    if (series->row[i].full || !series->slope)
        return;
    memcpy(series->slope + i * n, slope, n * sizeof *slope);
    series->row[i].slope = series->slope + i * n;
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

static bool has_gaps(const struct series *series)
{
    size_t n = series->source.columns;
    for (size_t k = 0; k < series->source.rows; k++) {
        size_t count =
            used_transitions(plane_row(&series->source, k), n, series->first, series->work.index);
        if (count > 0 && count < n - series->first)
            return true;
    }
    return false;
}

/* What a draw reads: the projection of complete scores, the series itself of incomplete ones, and
 * that as well where it has gaps. A stored source is read in its place. */
struct series series_open(struct arena *arena, const struct plane *fixed, size_t first,
                          size_t unit_max, bool complete, const struct workspace *work)
{
    size_t n = fixed->columns;
    struct series series = {
        .first = first,
        .unit_max = unit_max < fixed->rows ? unit_max : fixed->rows,
        .source = *fixed,
        .fixed = {.rows = unit_max, .columns = n},
        .projected = {.rows = unit_max, .columns = n},
        .row = arena_array(arena, unit_max, sizeof *series.row),
        .work = *work,
    };
    if (arena->overflow)
        return series;
    bool gaps = complete && has_gaps(&series);
    if (complete)
        series.projected.value = arena_array(arena, series.unit_max * n, sizeof(double));
    if (gaps)
        series.slope = arena_array(arena, series.unit_max * n, sizeof(double));
    if (fixed->rule && (gaps || !complete))
        series.fixed.value = arena_array(arena, series.unit_max * n, sizeof(double));
    return series;
}

void series_load(struct series *series, size_t unit)
{
    size_t n = series->source.columns;
    series->unit = unit;
    if (!series->source.rule)
        series->fixed.value = plane_row(&series->source, unit);
    for (size_t i = 0; i < series->unit_max && unit + i < series->source.rows; i++) {
        const double *fixed = plane_row(&series->source, unit + i);
        size_t count = used_transitions(fixed, n, series->first, series->work.index);
        series->row[i] =
            (struct series_row){.count = count, .full = count > 0 && count == n - series->first};
        if (series->source.rule && series->fixed.value)
            memcpy(plane_row(&series->fixed, i), fixed, n * sizeof *fixed);
        if (series->projected.value)
            project_row(series, i, fixed);
    }
}

struct series series_make(struct arena *arena, const struct plane *fixed, size_t first)
{
    struct workspace work = workspace_make(arena, fixed->columns);
    struct series series =
        series_open(arena, fixed, first, fixed->rows, /* complete= */ true, &work);
    if (fixed->rule && !series.fixed.value) /* whatever the scores will be */
        series.fixed.value = arena_array(arena, fixed->rows * fixed->columns, sizeof(double));
    if (!arena->overflow)
        series_load(&series, 0);
    return series;
}

/* --- Those of a protocol -------------------------------------------------------------------------
 */

static struct series *open_all(struct arena *arena, const struct protocol *protocol,
                               const struct plane *planes, size_t unit_max, bool complete)
{
    size_t count = protocol->setting_count;
    struct series *series = planes ? arena_array(arena, count, sizeof *series) : NULL;
    for (size_t j = 0; j < count && series && !arena->overflow; j++)
        series[j] = series_open(arena, &planes[j], 0, unit_max, complete, &protocol->work);
    return series;
}

/* Bytes that one unit takes in all windows. */
static size_t bytes_per_unit(const struct protocol *protocol)
{
    size_t series = 2 * protocol->setting_count + 3;
    if (protocol->changes.switch_count.value)
        series += 2;
    return series * (protocol->period_count * sizeof(double) + sizeof(struct series_row));
}

void protocol_open(struct arena *arena, struct protocol *protocol, bool complete)
{
    const struct innovations *innovations = &protocol->innovations;
    const struct changes *changes = &protocol->changes;
    const struct workspace *work = &protocol->work;
    size_t p = protocol->setting_count, cells = protocol->unit_count * protocol->period_count;
    size_t most = protocol->unit_count;
    if (cells > PLANE_KEPT_MAX)
        most = window_units(most, bytes_per_unit(protocol), cells);
    protocol->unit_max = most;
    protocol->own = open_all(arena, protocol, innovations->own, most, complete);
    protocol->specific = open_all(arena, protocol, innovations->specific, most, complete);
    protocol->common = open_all(arena, protocol, innovations->common, 1, complete);
    for (size_t j = 0; j < p && protocol->common && !arena->overflow; j++)
        series_load(&protocol->common[j], 0); /* stays */
    if (changes->size.value && !arena->overflow) {
        protocol->size_level = series_open(arena, &changes->size_residual, 0, most, complete, work);
        protocol->size_improvement =
            series_open(arena, &changes->size_residual, 1, most, complete, work);
        protocol->cosine = series_open(arena, &changes->cosine, 1, most, complete, work);
    }
    if (changes->switch_count.value && !arena->overflow) {
        protocol->switch_level =
            series_open(arena, &changes->switch_residual, 0, most, complete, work);
        protocol->switch_improvement =
            series_open(arena, &changes->switch_residual, 1, most, complete, work);
    }
    if (!arena->overflow)
        protocol_load(protocol, 0);
}

void protocol_load(struct protocol *protocol, size_t unit)
{
    struct series *single[] = {&protocol->size_level, &protocol->size_improvement,
                               &protocol->cosine, &protocol->switch_level,
                               &protocol->switch_improvement};
    for (size_t j = 0; j < protocol->setting_count && protocol->own; j++)
        series_load(&protocol->own[j], unit);
    for (size_t j = 0; j < protocol->setting_count && protocol->specific; j++)
        series_load(&protocol->specific[j], unit);
    for (size_t i = 0; i < ARRAY_COUNT(single); i++) {
        if (single[i]->source.value)
            series_load(single[i], unit);
    }
}
