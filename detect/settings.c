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

static bool row_range(const double *row, size_t columns, double *ret_low, double *ret_high)
{
    size_t count = 0;
    *ret_low = INFINITY;
    *ret_high = -INFINITY;
    for (size_t t = 0; t < columns; t++) {
        if (!isfinite(row[t]))
            continue;
        *ret_low = fmin(*ret_low, row[t]);
        *ret_high = fmax(*ret_high, row[t]);
        count++;
    }
    return count > 1;
}

/* Logarithms in place when every finite value is positive. */
static void take_logs(struct plane *plane)
{
    size_t count = plane->rows * plane->columns;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(plane->value[i]) && plane->value[i] <= 0)
            return;
    }
    for (size_t i = 0; i < count; i++)
        plane->value[i] = log(plane->value[i]);
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
        const struct plane *logged = &cells->setting[j];
        size_t count = logged->rows * logged->columns;
        double low, high;
        struct arena_mark mark = arena_mark(arena);
        struct plane plane = plane_make(arena, logged->rows, logged->columns);
        if (!plane.value)
            break;
        for (size_t i = 0; i < count; i++)
            plane.value[i] = logged->value[i];
        take_logs(&plane);
        row_range(plane.value, count, &low, &high);
        if (!range_is_real(low, high, plane_max_abs(&plane))) {
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
        double low, high;
        if (row_range(plane_row(plane, k), plane->columns, &low, &high) &&
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
