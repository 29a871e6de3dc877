/* The fixed score side of the draws, and the memory of a block of them. */
#include "detect/engine.h"

#include <math.h>
#include <stdlib.h>

/* --- The fixed score side ------------------------------------------------------------------------
 */

struct ranked {
    double value;
    uint32_t period;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Dense ranks of the rounded residual within a unit: all that "best so far" needs. */
static void rank_unit(const double *row, size_t columns, struct ranked *scratch, int32_t *ret)
{
    size_t count = 0;
    int32_t rank = 0;
    for (size_t t = 0; t < columns; t++) {
        ret[t] = -1;
        if (isfinite(row[t]))
            scratch[count++] = (struct ranked){.value = round9(row[t]), .period = (uint32_t)t};
    }
    qsort(scratch, count, sizeof *scratch, compare_ranked);
    for (size_t i = 0; i < count; i++) {
        rank += i > 0 && scratch[i].value > scratch[i - 1].value;
        ret[scratch[i].period] = rank;
    }
}

/* Unit slope on points first..n-1, zero before; NULL stays all zero below three points. */
static void fill_slope(double *slope, size_t n, size_t first)
{
    double middle = ((double)first + (double)n - 1) / 2, squares = 0;
    for (size_t t = first; t < n && n - first >= 3; t++)
        squares += ((double)t - middle) * ((double)t - middle);
    for (size_t t = 0; t < n; t++)
        slope[t] = t >= first && squares > 0 ? ((double)t - middle) / sqrt(squares) : 0;
}

struct score_side score_side_make(struct arena *arena, const struct plane *residual)
{
    size_t cells = residual->rows * residual->columns;
    size_t n = residual->columns > 0 ? residual->columns - 1 : 0;
    bool anchored = residual->columns <= ANCHOR_PERIODS_MAX;
    struct score_side side = {
        .residual = *residual,
        .mean = plane_mean_row(arena, residual).value,
        .order = anchored ? arena_array(arena, cells, sizeof(int32_t)) : NULL,
        .complete = plane_is_complete(residual),
        .slope = {arena_array(arena, n, sizeof(double)), arena_array(arena, n, sizeof(double))},
    };
    struct arena_mark mark = arena_mark(arena);
    struct ranked *scratch = arena_array(arena, residual->columns, sizeof *scratch);
    if (arena->overflow)
        return side;
    for (size_t k = 0; k < residual->rows && anchored; k++)
        rank_unit(plane_row(residual, k), residual->columns, scratch,
                  side.order + k * residual->columns);
    fill_slope(side.slope[0], n, 0);
    fill_slope(side.slope[1], n, 1);
    arena_rewind(arena, mark);
    return side;
}

/* --- A block of draws ----------------------------------------------------------------------------
 */

size_t block_bytes(const struct score_side *side)
{
    size_t rows = side->residual.rows, periods = side->residual.columns;
    size_t signals = ARRAY_COUNT(((struct block *)0)->memory);
    return (rows + periods) * (LANES + 1) * sizeof(uint32_t) +
           signals * (periods + 1) * sizeof(lanes);
}

/* Zeroes, on a border of their own size: a vector load that crosses one is two. */
static lanes *lanes_array(struct arena *arena, size_t count)
{
    unsigned char *memory = arena_array(arena, count + 1, sizeof(lanes));
    uintptr_t past = (uintptr_t)memory % sizeof(lanes);
    return memory ? (lanes *)(void *)(memory + (past > 0 ? sizeof(lanes) - past : 0)) : NULL;
}

struct block block_make(struct arena *arena, const struct score_side *side,
                        const struct draws *draws, size_t shift)
{
    size_t rows = side->residual.rows, periods = side->residual.columns;
    bool several = rows > 1;
    struct block block = {
        .side = side,
        .draws = draws,
        .unit = arena_array_raw(arena, rows * LANES, sizeof(uint32_t)),
        .period = arena_array_raw(arena, periods * LANES, sizeof(uint32_t)),
        .scratch = arena_array_raw(arena, rows + periods, sizeof(uint32_t)),
        .shift = shift,
    };
    bool weights = !side->complete;
    const bool needed[] = {true, several, several, weights, weights && several};
    for (size_t i = 0; i < ARRAY_COUNT(needed); i++)
        block.memory[i] = needed[i] ? lanes_array(arena, periods) : NULL;
    return block;
}
