/* K x n tables with missing values: rows by rule, sums, means, rounding. */
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

struct plane plane_by_rule(struct arena *arena, size_t rows, size_t columns,
                           void (*fill)(const void *of, size_t row, double *ret), const void *of)
{
    struct plane plane = {.rows = rows, .columns = columns};
    plane.rule = arena_alloc(arena, sizeof *plane.rule);
    if (!plane.rule)
        return plane;
    *plane.rule = (struct plane_rule){.fill = fill, .of = of, .row = SIZE_MAX};
    plane.value = arena_array_raw(arena, columns, sizeof *plane.value);
    return plane;
}

struct workspace workspace_make(struct arena *arena, size_t columns)
{
    return (struct workspace){
        .index = arena_array_raw(arena, columns, sizeof(uint32_t)),
        .memory = arena_array_raw(arena, WORKSPACE_ROWS * columns, sizeof(double)),
    };
}

double *plane_fill_row(const struct plane *plane, size_t row)
{
    struct plane_rule *rule = plane->rule;
    if (rule->row != row || rule->shared)
        rule->fill(rule->of, row, plane->value);
    rule->row = row;
    return plane->value;
}

void plane_copy_row(const struct plane *plane, size_t row, double *ret)
{
    if (plane->rule)
        plane->rule->fill(plane->rule->of, row, ret);
    else
        memcpy(ret, plane_row(plane, row), plane->columns * sizeof *ret);
}

struct plane plane_kept(struct arena *arena, const struct plane *plane)
{
    struct plane kept = {.rows = plane->rows, .columns = plane->columns};
    if (!plane->rule || plane->rows * plane->columns > PLANE_KEPT_MAX)
        return *plane;
    kept.value = arena_array_raw(arena, kept.rows * kept.columns, sizeof *kept.value);
    for (size_t k = 0; k < kept.rows && kept.value && plane->value; k++)
        plane_copy_row(plane, k, plane_row(&kept, k));
    return kept;
}

size_t plane_finite_count(const struct plane *plane)
{
    size_t count = 0;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *row = plane_row(plane, k);
        for (size_t t = 0; t < plane->columns; t++)
            count += isfinite(row[t]) ? 1 : 0;
    }
    return count;
}

bool plane_is_complete(const struct plane *plane)
{
    return plane_finite_count(plane) == plane->rows * plane->columns;
}

double plane_sum_squares(const struct plane *plane)
{
    double sum = 0;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *row = plane_row(plane, k);
        for (size_t t = 0; t < plane->columns; t++) {
            if (isfinite(row[t]))
                sum += row[t] * row[t];
        }
    }
    return sum;
}

double plane_max_abs(const struct plane *plane)
{
    double max = 0;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *row = plane_row(plane, k);
        for (size_t t = 0; t < plane->columns; t++) {
            if (isfinite(row[t]))
                max = fmax(max, fabs(row[t]));
        }
    }
    return max;
}

struct plane plane_mean_row(struct arena *arena, const struct plane *plane)
{
    struct plane mean = {.rows = 1, .columns = plane->columns};
    mean.value = arena_array(arena, plane->columns, sizeof *mean.value);
    struct arena_mark mark = arena_mark(arena);
    uint32_t *count = arena_array(arena, plane->columns, sizeof *count);
    for (size_t k = 0; k < plane->rows && count; k++) {
        const double *row = plane_row(plane, k);
        for (size_t t = 0; t < plane->columns; t++) {
            mean.value[t] += isfinite(row[t]) ? row[t] : 0;
            count[t] += isfinite(row[t]) ? 1 : 0;
        }
    }
    for (size_t t = 0; t < plane->columns && count; t++)
        mean.value[t] = count[t] > 0 ? mean.value[t] / (double)count[t] : NAN;
    arena_rewind(arena, mark);
    return mean;
}

struct centred {
    struct plane of, mean;
};

static void fill_centred_row(const void *of, size_t row, double *ret)
{
    const struct centred *centred = of;
    const double *values = plane_row(&centred->of, row);
    for (size_t t = 0; t < centred->of.columns; t++)
        ret[t] = values[t] - centred->mean.value[t];
}

struct plane plane_centred(struct arena *arena, const struct plane *plane, double *row)
{
    struct centred *centred = arena_alloc(arena, sizeof *centred);
    struct plane none = {.rows = plane->rows, .columns = plane->columns};
    if (!centred)
        return none;
    *centred = (struct centred){.of = *plane, .mean = plane_mean_row(arena, plane)};
    struct plane rule =
        plane_by_rule(arena, plane->rows, plane->columns, fill_centred_row, centred);
    if (arena->overflow)
        return none;
    if (row) {
        rule.value = row;
        rule.rule->shared = true;
    }
    return plane_kept(arena, &rule);
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
