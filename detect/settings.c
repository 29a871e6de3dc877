/* Which settings and categories can carry adaptation, and the scale on which they are compared.
 *
 * Positive settings are compared by logarithms, so that units do not matter; constant ones are
 * dropped; differences between systems that never change do not count as adaptation. */
#include "detect/engine.h"

#include <math.h>

/* Range beyond rounding: 1e-9 of the largest magnitude, at least of 1. */
static bool range_is_real(double low, double high, double magnitude)
{
    return high - low > 1e-9 * fmax(1, magnitude);
}

/* Widens the range by the finite values of a row; returns how many there are. */
static size_t row_range(const double *row, size_t columns, double *low, double *high)
{
    size_t count = 0;
    for (size_t t = 0; t < columns; t++) {
        if (!isfinite(row[t]))
            continue;
        *low = fmin(*low, row[t]);
        *high = fmax(*high, row[t]);
        count++;
    }
    return count;
}

static bool all_positive(struct arena *arena, const struct plane *plane)
{
    struct arena_mark mark = arena_mark(arena);
    double *row = arena_array_raw(arena, plane->columns, sizeof *row);
    size_t others = 0;
    for (size_t k = 0; k < plane->rows && row; k++) {
        plane_copy_row(plane, k, row);
        for (size_t t = 0; t < plane->columns; t++)
            others += isfinite(row[t]) && row[t] <= 0;
    }
    arena_rewind(arena, mark);
    return others == 0;
}

static void fill_logs(const void *of, size_t k, double *ret)
{
    const struct plane *logged = of;
    plane_copy_row(logged, k, ret);
    for (size_t t = 0; t < logged->columns; t++)
        ret[t] = log(ret[t]);
}

/* Logarithms when every finite value is positive, else the values as they are. */
static struct plane on_scale(struct arena *arena, const struct plane *logged)
{
    struct plane none = {.rows = logged->rows, .columns = logged->columns};
    if (!all_positive(arena, logged))
        return *logged;
    struct plane rule = plane_by_rule(arena, logged->rows, logged->columns, fill_logs, logged);
    return arena->overflow ? none : plane_kept(arena, &rule);
}

static bool is_constant(const struct plane *plane)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < plane->rows; k++)
        (void)row_range(plane_row(plane, k), plane->columns, &low, &high);
    return !range_is_real(low, high, plane_max_abs(plane));
}

static struct settings settings_empty(struct arena *arena, size_t cap)
{
    return (struct settings){.plane = arena_array(arena, cap, sizeof(struct plane)),
                             .source = arena_array(arena, cap, sizeof(size_t))};
}

struct settings settings_usable(struct arena *arena, const struct cells *cells)
{
    struct settings usable = settings_empty(arena, cells->setting_count);
    for (size_t j = 0; j < cells->setting_count && !arena->overflow; j++) {
        struct arena_mark mark = arena_mark(arena);
        struct plane plane = on_scale(arena, &cells->setting[j]);
        if (!plane.value)
            break;
        if (is_constant(&plane)) {
            arena_rewind(arena, mark);
            continue;
        }
        usable.plane[usable.count] = plane;
        usable.source[usable.count++] = j;
    }
    return usable;
}

static bool moves_within_a_unit(const struct plane *plane)
{
    double magnitude = plane_max_abs(plane);
    for (size_t k = 0; k < plane->rows; k++) {
        double low = INFINITY, high = -INFINITY;
        if (row_range(plane_row(plane, k), plane->columns, &low, &high) > 1 &&
            range_is_real(low, high, magnitude))
            return true;
    }
    return false;
}

struct settings settings_moving(struct arena *arena, const struct settings *usable)
{
    struct settings moving = settings_empty(arena, usable->count);
    for (size_t j = 0; j < usable->count && !arena->overflow; j++) {
        if (!moves_within_a_unit(&usable->plane[j]))
            continue;
        moving.plane[moving.count] = usable->plane[j];
        moving.source[moving.count++] = usable->source[j];
    }
    return moving;
}

static bool label_changes(const struct cells *cells, const uint32_t *label)
{
    for (size_t k = 0; k < cells->unit_count; k++) {
        const double *score = plane_row(&cells->score, k);
        const uint32_t *row = label + k * cells->period_count;
        uint32_t seen = UINT32_MAX;
        for (size_t t = 0; t < cells->period_count; t++) {
            if (!isfinite(score[t]))
                continue;
            if (seen != UINT32_MAX && row[t] != seen)
                return true;
            seen = row[t];
        }
    }
    return false;
}

struct categories categories_live(struct arena *arena, const struct cells *cells)
{
    struct categories live = {0};
    uint32_t **label = arena_array(arena, cells->category_count, sizeof *label);
    uint32_t *label_count = arena_array(arena, cells->category_count, sizeof *label_count);
    for (size_t c = 0; c < cells->category_count && label && label_count; c++) {
        if (!label_changes(cells, cells->label[c]))
            continue;
        label[live.count] = cells->label[c];
        label_count[live.count++] = cells->label_count[c];
    }
    live.label = label;
    live.label_count = label_count;
    return live;
}
