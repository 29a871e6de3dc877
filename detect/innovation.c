/* Protocol innovations: what a setting does beyond its trend and its own two lags.
 *
 * A schedule fixed in advance leaves no innovation, so it cannot be blamed; what remains is
 * compared with the scores before it (lagged dependence in the sense of Granger 1969, Econometrica
 * 37, 424-438). Projections are pooled over units after removing each unit's trend. */
#include "detect/engine.h"

#include <math.h>

enum { TRANSITIONS_MIN = 3, LAGS = 2 };

struct stacked { /* target and lags of all units, one after another */
    double *target, *lag[LAGS];
    size_t *start; /* [K + 1] */
    uint32_t *index;
    size_t length;
};

/* The transitions of one unit: X at t + 1, at t, and at t - 1 (its own first value before). */
static size_t stack_unit(const double *x, size_t transitions, size_t at, struct stacked *ret)
{
    size_t count = 0;
    for (size_t t = 0; t < transitions; t++) {
        if (!isfinite(x[t + 1]) || !isfinite(x[t]))
            continue;
        double second = x[t > 0 ? t - 1 : 0];
        ret->index[at + count] = (uint32_t)t;
        ret->target[at + count] = x[t + 1];
        ret->lag[0][at + count] = x[t];
        ret->lag[1][at + count] = isfinite(second) ? second : x[t];
        count++;
    }
    return count >= TRANSITIONS_MIN ? count : 0;
}

static void detrend_unit(struct stacked *stacked, size_t at, size_t count, double *memory)
{
    struct trend trend;
    trend_make(&trend, stacked->index + at, count, /* quadratic= */ false, memory);
    trend_remove(&trend, stacked->target + at);
    for (size_t l = 0; l < LAGS; l++)
        trend_remove(&trend, stacked->lag[l] + at);
}

static struct stacked stack_setting(struct arena *arena, const struct plane *setting)
{
    size_t transitions = setting->columns - 1, cells = setting->rows * transitions;
    double *memory = arena_array_raw(arena, TREND_MAX * transitions, sizeof *memory);
    struct stacked stacked = {
        .target = arena_array_raw(arena, cells, sizeof(double)),
        .start = arena_array(arena, setting->rows + 1, sizeof(size_t)),
        .index = arena_array_raw(arena, cells, sizeof(uint32_t)),
    };
    for (size_t l = 0; l < LAGS; l++)
        stacked.lag[l] = arena_array_raw(arena, cells, sizeof(double));
    for (size_t k = 0; k < setting->rows && !arena->overflow; k++) {
        size_t at = stacked.length;
        size_t count = stack_unit(plane_row(setting, k), transitions, at, &stacked);
        if (count > 0)
            detrend_unit(&stacked, at, count, memory);
        stacked.length += count;
        stacked.start[k + 1] = stacked.length;
    }
    return stacked;
}

struct plane innovation(struct arena *arena, const struct plane *setting)
{
    size_t transitions = setting->columns - 1;
    struct plane result = plane_make(arena, setting->rows, transitions);
    struct arena_mark mark = arena_mark(arena);
    struct stacked stacked = stack_setting(arena, setting);
    struct span span = span_make(arena, stacked.length, LAGS);
    if (arena->overflow)
        return result;
    double magnitude = plane_max_abs(setting);
    for (size_t l = 0; l < LAGS; l++)
        (void)span_add(&span, stacked.lag[l], 1e-6 * magnitude); /* a lag that adds nothing */
    span_remove(&span, stacked.target);
    double norm = sqrt(dot(stacked.target, stacked.target, stacked.length));
    bool nothing_left = norm < 1e-6 * fmax(1, magnitude);
    for (size_t k = 0; k < setting->rows; k++) {
        for (size_t i = stacked.start[k]; i < stacked.start[k + 1]; i++)
            plane_row(&result, k)[stacked.index[i]] = nothing_left ? 0 : stacked.target[i];
    }
    arena_rewind(arena, mark);
    return result;
}

/* Sum over settings of the squared distance to the grand mean. */
static double variation(const struct settings *settings)
{
    double sum = 0, squares = 0;
    size_t count = 0;
    for (size_t j = 0; j < settings->count; j++) {
        const struct plane *plane = &settings->plane[j];
        for (size_t i = 0; i < plane->rows * plane->columns; i++) {
            sum += isfinite(plane->value[i]) ? plane->value[i] : 0;
            count += isfinite(plane->value[i]);
        }
    }
    double mean = count > 0 ? sum / (double)count : 0;
    for (size_t j = 0; j < settings->count; j++) {
        const struct plane *plane = &settings->plane[j];
        for (size_t i = 0; i < plane->rows * plane->columns; i++) {
            double distance = isfinite(plane->value[i]) ? plane->value[i] - mean : 0;
            squares += distance * distance;
        }
    }
    return squares;
}

/* The same protocol for every unit has no unit-specific part; a mean series that does not move has
 * no common part. */
static void drop_empty_parts(struct innovations *ret, const struct settings *settings)
{
    double own = 0, specific = 0, common = 0;
    for (size_t j = 0; j < ret->count; j++) {
        own += plane_sum_squares(&ret->own[j]);
        specific += plane_sum_squares(&ret->specific[j]);
        common += plane_sum_squares(&ret->common[j]);
    }
    if (specific < 1e-8 * fmax(own, 1e-300))
        ret->specific = NULL;
    if (!(common > 1e-16 * fmax(1e-300, variation(settings))))
        ret->common = NULL;
}

struct innovations innovations_make(struct arena *arena, const struct settings *settings)
{
    struct innovations ret = {.count = settings->count};
    if (settings->count == 0)
        return ret;
    ret.own = arena_array(arena, settings->count, sizeof *ret.own);
    bool several = settings->plane[0].rows > 1;
    if (several) {
        ret.specific = arena_array(arena, settings->count, sizeof *ret.specific);
        ret.common = arena_array(arena, settings->count, sizeof *ret.common);
    }
    for (size_t j = 0; j < settings->count && !arena->overflow; j++) {
        ret.own[j] = innovation(arena, &settings->plane[j]);
        if (!several || arena->overflow)
            continue;
        struct plane mean = plane_mean_row(arena, &settings->plane[j]);
        ret.specific[j] = plane_centred(arena, &ret.own[j]);
        if (!arena->overflow)
            ret.common[j] = innovation(arena, &mean);
    }
    if (several && !arena->overflow)
        drop_empty_parts(&ret, settings);
    return ret;
}
