/* The random part of the score: what is left of it without unit trends and nuisance columns.
 *
 * The columns of a small log are held all at once and made orthonormal. Those of a large log would
 * take many times its own memory, so they are passed three times, unit by unit (tall.c). */
#include "detect/engine.h"

#include <math.h>

enum { UNIT_POINTS_MIN = 3 };
#define SCORE SIZE_MAX /* in place of a column */

struct parts { /* what the score and its columns are made of */
    const struct plane *score;
    const struct settings *settings;
    const struct categories *categories;
    const struct nuisance *nuisance;
};

/* Where the usable cells of some units stand when they are stacked, and the trends there. */
struct stack {
    size_t unit, unit_count; /* from that one on */
    uint32_t *index;         /* periods of the usable cells, unit after unit */
    size_t *start;           /* [units + 1] first of each; units with too few cells are empty */
    double *trend_memory;    /* TREND_MAX vectors for each stacked cell */
    struct trend *trend;     /* [units] */
    size_t length;
    bool *usable; /* [T] and */
    double *row;  /* [T] scratch */
};

static struct stack stack_make(struct arena *arena, size_t unit_max, size_t periods)
{
    size_t cells = unit_max * periods;
    return (struct stack){
        .index = arena_array_raw(arena, cells, sizeof(uint32_t)),
        .start = arena_array(arena, unit_max + 1, sizeof(size_t)),
        .trend_memory = arena_array_raw(arena, TREND_MAX * cells, sizeof(double)),
        .trend = arena_array(arena, unit_max, sizeof(struct trend)),
        .usable = arena_array_raw(arena, periods, sizeof(bool)),
        .row = arena_array_raw(arena, periods, sizeof(double)),
    };
}

static void stack_units(struct stack *stack, const struct parts *of, size_t unit, size_t count)
{
    stack->unit = unit;
    stack->unit_count = count;
    stack->length = 0;
    for (size_t u = 0; u < count; u++) {
        size_t start = stack->length, points = 0;
        usable_cells(of->score, of->settings, unit + u, stack->usable);
        for (size_t t = 0; t < of->score->columns; t++) {
            if (stack->usable[t])
                stack->index[start + points++] = (uint32_t)t;
        }
        points = points >= UNIT_POINTS_MIN ? points : 0;
        trend_make(&stack->trend[u], stack->index + start, points, /* quadratic= */ true,
                   stack->trend_memory + TREND_MAX * start);
        stack->length += points;
        stack->start[u + 1] = stack->length;
    }
}

/* The stacked cells of a column, or of the score, without the trend of each unit. */
static void gather_detrended(const struct stack *stack, const struct parts *of, size_t column,
                             double *ret)
{
    for (size_t u = 0; u < stack->unit_count; u++) {
        size_t k = stack->unit + u;
        const double *row = stack->row;
        if (column == SCORE)
            row = plane_row(of->score, k);
        else
            nuisance_fill(of->nuisance, column, of->settings, of->categories, k, of->score->columns,
                          stack->row);
        for (size_t i = stack->start[u]; i < stack->start[u + 1]; i++)
            ret[i] = row[stack->index[i]];
        trend_remove(&stack->trend[u], ret + stack->start[u]);
    }
}

static void put_back(const struct stack *stack, const double *values, struct plane *ret)
{
    for (size_t u = 0; u < stack->unit_count; u++) {
        for (size_t i = stack->start[u]; i < stack->start[u + 1]; i++)
            plane_row(ret, stack->unit + u)[stack->index[i]] = values[i];
    }
}

static void residual_held(struct arena *arena, const struct parts *of, struct plane *ret)
{
    struct stack stack = stack_make(arena, of->score->rows, of->score->columns);
    if (arena->overflow)
        return;
    stack_units(&stack, of, 0, of->score->rows);
    double *stacked = arena_array(arena, stack.length, sizeof *stacked);
    double *values = arena_array(arena, stack.length, sizeof *values);
    struct span span = span_make(arena, stack.length, of->nuisance->count);
    if (arena->overflow)
        return;
    for (size_t c = 0; c < of->nuisance->count; c++) {
        gather_detrended(&stack, of, c, stacked);
        if (sqrt(dot(stacked, stacked, stack.length)) > 1e-10)
            (void)span_add(&span, stacked, 0); /* a column that adds nothing is left out */
    }
    gather_detrended(&stack, of, SCORE, values);
    span_remove(&span, values);
    put_back(&stack, values, ret);
}

/* The columns and then the score of one unit; columns[count + 1] of `periods` numbers each. */
static void gather_unit(struct stack *stack, const struct parts *of, size_t k, double *const *ret)
{
    stack_units(stack, of, k, 1);
    for (size_t c = 0; c < of->nuisance->count; c++)
        gather_detrended(stack, of, c, ret[c]);
    gather_detrended(stack, of, SCORE, ret[of->nuisance->count]);
}

static void residual_passed(struct arena *arena, const struct parts *of, struct plane *ret)
{
    size_t count = of->nuisance->count, periods = of->score->columns;
    struct stack stack = stack_make(arena, 1, periods);
    struct tall tall = tall_make(arena, count);
    double **column = arena_array(arena, count + 1, sizeof *column);
    for (size_t c = 0; c <= count && !arena->overflow; c++)
        column[c] = arena_array_raw(arena, periods, sizeof **column);
    if (arena->overflow)
        return;
    for (int pass = 0; pass < TALL_PASSES; pass++) {
        for (size_t k = 0; k < of->score->rows; k++) {
            gather_unit(&stack, of, k, column);
            tall_pass(&tall, pass, column, stack.length);
            if (pass == TALL_PASSES - 1)
                put_back(&stack, column[count], ret);
        }
        tall_pass_end(&tall, pass);
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
    const struct parts of = {score, settings, categories, nuisance};
    struct plane residual = plane_make(arena, score->rows, score->columns);
    struct arena_mark mark = arena_mark(arena);
    if (arena->overflow)
        return residual;
    if (score->rows * score->columns <= PLANE_KEPT_MAX)
        residual_held(arena, &of, &residual);
    else
        residual_passed(arena, &of, &residual);
    standardise(&residual);
    arena_rewind(arena, mark);
    return residual;
}
