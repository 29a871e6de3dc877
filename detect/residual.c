/* The random part of the score: what is left of it without unit trends and nuisance columns. */
#include "detect/engine.h"

#include <math.h>

enum { UNIT_POINTS_MIN = 3 };

/* Where the usable cells of all units stand when they are stacked. */
struct stack {
    uint32_t *index;      /* periods of the usable cells, unit after unit */
    size_t *start;        /* [K + 1] first of each unit; units with too few cells are empty */
    double *trend_memory; /* TREND_MAX vectors for each stacked cell */
    struct trend *trend;  /* [K] */
    size_t length;
};

static size_t usable_periods(const struct plane *score, const struct settings *settings, size_t k,
                             uint32_t *ret_index)
{
    size_t count = 0;
    for (size_t t = 0; t < score->columns; t++) {
        if (cell_is_usable(score, settings, k * score->columns + t))
            ret_index[count++] = (uint32_t)t;
    }
    return count >= UNIT_POINTS_MIN ? count : 0;
}

static struct stack stack_make(struct arena *arena, const struct plane *score,
                               const struct settings *settings)
{
    size_t cells = score->rows * score->columns;
    struct stack stack = {
        .index = arena_array_raw(arena, cells, sizeof *stack.index),
        .start = arena_array(arena, score->rows + 1, sizeof *stack.start),
        .trend_memory = arena_array_raw(arena, TREND_MAX * cells, sizeof *stack.trend_memory),
        .trend = arena_array(arena, score->rows, sizeof *stack.trend),
    };
    if (arena->overflow)
        return stack;
    for (size_t k = 0; k < score->rows; k++) {
        size_t start = stack.length;
        size_t count = usable_periods(score, settings, k, stack.index + start);
        trend_make(&stack.trend[k], stack.index + start, count, /* quadratic= */ true,
                   stack.trend_memory + TREND_MAX * start);
        stack.length += count;
        stack.start[k + 1] = stack.length;
    }
    return stack;
}

/* The stacked cells of a plane, without the trend of each unit. */
static void gather_detrended(const struct stack *stack, const struct plane *plane, double *ret)
{
    for (size_t k = 0; k < plane->rows; k++) {
        for (size_t i = stack->start[k]; i < stack->start[k + 1]; i++)
            ret[i] = plane_row(plane, k)[stack->index[i]];
        trend_remove(&stack->trend[k], ret + stack->start[k]);
    }
}

/* Each unit to root mean square 1; a unit without variation has no residual. */
static void standardise(struct plane *residual)
{
    for (size_t k = 0; k < residual->rows; k++) {
        double *row = plane_row(residual, k);
        double rms = row_rms(row, residual->columns);
        for (size_t t = 0; t < residual->columns; t++)
            row[t] = rms > 1e-12 ? row[t] / rms : NAN;
    }
}

struct plane score_residual(struct arena *arena, const struct plane *score,
                            const struct settings *settings, const struct categories *categories,
                            const struct nuisance *nuisance)
{
    struct plane residual = plane_make(arena, score->rows, score->columns);
    struct arena_mark mark = arena_mark(arena);
    struct stack stack = stack_make(arena, score, settings);
    struct plane column = plane_make(arena, score->rows, score->columns);
    double *stacked = arena_array(arena, stack.length, sizeof *stacked);
    double *values = arena_array(arena, stack.length, sizeof *values);
    struct span span = span_make(arena, stack.length, nuisance->count);
    if (arena->overflow)
        return residual;
    for (size_t c = 0; c < nuisance->count; c++) {
        nuisance_fill(nuisance, c, settings, categories, &column);
        gather_detrended(&stack, &column, stacked);
        if (sqrt(dot(stacked, stacked, stack.length)) > 1e-10)
            (void)span_add(&span, stacked, 0); /* a column that adds nothing is left out */
    }
    gather_detrended(&stack, score, values);
    span_remove(&span, values);
    for (size_t k = 0; k < score->rows; k++) {
        for (size_t i = stack.start[k]; i < stack.start[k + 1]; i++)
            plane_row(&residual, k)[stack.index[i]] = values[i];
    }
    standardise(&residual);
    arena_rewind(arena, mark);
    return residual;
}
