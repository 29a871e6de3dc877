/* Anchor ranks: how near the next setting lies to the setting of each earlier round.
 *
 * Whoever keeps the best result so far returns to the setting that gave it. The rank of that
 * setting's distance among all earlier rounds is centred by what every unit shares, so that a
 * common drift or a mere preference for recent settings does not count. */
#include "detect/engine.h"

#include <math.h>
#include <stdlib.h>

enum { UNITS_FOR_SHARED_SHAPE = 6, TREND_POINTS_MIN = 3 };

struct build {
    struct anchors *anchors;
    const struct settings *settings;
    double *rms;     /* [settings] typical steps */
    double **scaled; /* [settings] -> [T] of one unit: in typical steps, without its trend */
    double *distance, *sorted;
    uint32_t *index;
    double *memory;
};

/* The settings of one unit on the scale of distances. */
static void scale_unit(const struct build *build, size_t k)
{
    for (size_t j = 0; j < build->settings->count; j++) {
        const struct plane *setting = &build->settings->plane[j];
        const double *x = plane_row(setting, k);
        double *values = build->memory + TREND_MAX * setting->columns;
        size_t count = finite_index(x, setting->columns, build->index);
        struct trend trend;
        trend_make(&trend, build->index, count, /* quadratic= */ false, build->memory);
        for (size_t i = 0; i < count; i++)
            values[i] = x[build->index[i]] / build->rms[j];
        if (count >= TREND_POINTS_MIN)
            trend_remove(&trend, values);
        for (size_t t = 0; t < setting->columns; t++)
            build->scaled[j][t] = NAN;
        for (size_t i = 0; i < count; i++)
            build->scaled[j][build->index[i]] = values[i];
    }
}

/* Distance between two rounds of the unit, rounded; NaN when a setting is missing. */
static double distance_between(const struct build *build, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < build->settings->count; j++) {
        const double *z = build->scaled[j];
        sum += (z[a] - z[b]) * (z[a] - z[b]);
    }
    return round9(sqrt(sum));
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* First place in sorted[count] that is not below (or, with `above`, that is above) value. */
static size_t place(const double *sorted, size_t count, double value, bool above)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] < value || (above && sorted[middle] <= value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mid-ranks of the distances of rounds 0..t to round t + 1. */
static void rank_round(struct build *build, size_t slot, size_t t)
{
    size_t count = 0;
    for (size_t s = 0; s <= t; s++) {
        build->distance[s] = distance_between(build, t + 1, s);
        if (isfinite(build->distance[s]))
            build->sorted[count++] = build->distance[s];
    }
    qsort(build->sorted, count, sizeof(double), compare_double);
    for (size_t s = 0; s <= t; s++) {
        double d = build->distance[s], rank = NAN;
        if (isfinite(d) && count >= 2 && t >= 1) {
            size_t below = place(build->sorted, count, d, false);
            size_t upto = place(build->sorted, count, d, true);
            double middle = (double)below + (double)(upto - below) / 2;
            rank = middle / (double)count - 0.5;
        }
        *anchor_at(build->anchors, slot, t, s) = rank;
    }
}

/* Unit-specific protocols of many units: what they share at (t, s) is no reaction of one unit. */
static void subtract_shared_shape(struct anchors *anchors)
{
    for (size_t t = 0; t + 1 < anchors->period_count; t++) {
        for (size_t s = 0; s <= t; s++) {
            double sum = 0;
            size_t count = 0;
            for (size_t slot = 0; slot < anchors->unit_count; slot++) {
                double rank = *anchor_at(anchors, slot, t, s);
                sum += isfinite(rank) ? rank : 0;
                count += isfinite(rank);
            }
            for (size_t slot = 0; slot < anchors->unit_count && count > 0; slot++)
                *anchor_at(anchors, slot, t, s) -= sum / (double)count;
        }
    }
}

/* Otherwise only the preference for recent rounds: the mean for each lag t - s. */
static void subtract_recency(struct anchors *anchors)
{
    for (size_t lag = 0; lag + 1 < anchors->period_count; lag++) {
        double sum = 0;
        size_t count = 0;
        for (size_t slot = 0; slot < anchors->unit_count; slot++) {
            for (size_t t = lag; t + 1 < anchors->period_count; t++) {
                double rank = *anchor_at(anchors, slot, t, t - lag);
                sum += isfinite(rank) ? rank : 0;
                count += isfinite(rank);
            }
        }
        for (size_t slot = 0; slot < anchors->unit_count && count > 0; slot++) {
            for (size_t t = lag; t + 1 < anchors->period_count; t++)
                *anchor_at(anchors, slot, t, t - lag) -= sum / (double)count;
        }
    }
}

struct unit_moves {
    size_t moves;
    uint32_t unit;
};

static int more_moves_first(const void *a, const void *b)
{
    const struct unit_moves *x = a, *y = b;
    if (x->moves != y->moves)
        return x->moves > y->moves ? -1 : 1;
    return x->unit < y->unit ? -1 : 1;
}

static size_t count_moves(const struct settings *settings, size_t k)
{
    size_t moves = 0;
    for (size_t j = 0; j < settings->count; j++) {
        const double *x = plane_row(&settings->plane[j], k);
        for (size_t t = 0; t + 1 < settings->plane[j].columns; t++) {
            double step = x[t + 1] - x[t];
            moves += isfinite(step) && fabs(step) > 0;
        }
    }
    return moves;
}

/* Within the memory budget the units that move most are kept. */
static uint32_t *choose_units(struct arena *arena, struct anchors *ret,
                              const struct settings *settings, size_t unit_count)
{
    uint32_t *slot = arena_array(arena, unit_count, sizeof *slot);
    struct unit_moves *order = arena_array(arena, unit_count, sizeof *order);
    size_t most = ANCHOR_VALUES_MAX / (ret->period_count * ret->period_count);
    if (arena->overflow)
        return NULL;
    for (size_t k = 0; k < unit_count; k++)
        order[k] = (struct unit_moves){.moves = count_moves(settings, k), .unit = (uint32_t)k};
    qsort(order, unit_count, sizeof *order, more_moves_first);
    most = most > 0 ? most : 1;
    ret->unit_count = unit_count < most ? unit_count : most;
    ret->units_left_out = ret->unit_count < unit_count;
    for (size_t k = 0; k < unit_count; k++)
        slot[k] = UINT32_MAX;
    for (size_t i = 0; i < ret->unit_count; i++)
        slot[order[i].unit] = (uint32_t)i;
    return slot;
}

static void rank_all(struct arena *arena, struct anchors *anchors, const struct settings *settings,
                     size_t unit_count)
{
    size_t periods = anchors->period_count;
    struct build build = {
        .anchors = anchors,
        .settings = settings,
        .rms = arena_array_raw(arena, settings->count, sizeof(double)),
        .scaled = arena_array(arena, settings->count, sizeof(double *)),
        .distance = arena_array_raw(arena, periods, sizeof(double)),
        .sorted = arena_array_raw(arena, periods, sizeof(double)),
        .index = arena_array_raw(arena, periods, sizeof(uint32_t)),
        .memory = arena_array_raw(arena, (TREND_MAX + 1) * periods, sizeof(double)),
    };
    for (size_t j = 0; j < settings->count && !arena->overflow; j++) {
        build.rms[j] = step_rms(&settings->plane[j]);
        build.scaled[j] = arena_array_raw(arena, periods, sizeof(double));
    }
    for (size_t k = 0; k < unit_count && !arena->overflow; k++) {
        if (anchors->slot[k] == UINT32_MAX)
            continue;
        scale_unit(&build, k);
        for (size_t t = 0; t + 1 < periods; t++)
            rank_round(&build, anchors->slot[k], t);
    }
}

struct anchors anchors_make(struct arena *arena, const struct settings *settings, size_t unit_count,
                            size_t period_count, bool unit_specific)
{
    struct anchors anchors = {.period_count = period_count};
    anchors.skipped = period_count > ANCHOR_PERIODS_MAX;
    if (anchors.skipped || settings->count == 0)
        return anchors;
    anchors.slot = choose_units(arena, &anchors, settings, unit_count);
    size_t per_unit = period_count * (period_count - 1) / 2;
    anchors.rank = arena_array_raw(arena, anchors.unit_count * per_unit, sizeof(double));
    struct arena_mark mark = arena_mark(arena);
    if (arena->overflow)
        return anchors;
    rank_all(arena, &anchors, settings, unit_count);
    if (arena->overflow)
        return anchors;
    if (unit_specific && unit_count >= UNITS_FOR_SHARED_SHAPE)
        subtract_shared_shape(&anchors);
    else
        subtract_recency(&anchors);
    for (size_t i = 0; i < anchors.unit_count * per_unit; i++)
        anchors.rank[i] = isfinite(anchors.rank[i]) ? anchors.rank[i] : 0; /* adds nothing */
    arena_rewind(arena, mark);
    return anchors;
}
