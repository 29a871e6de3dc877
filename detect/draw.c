/* Permuted score signals, LANES draws at a time: level, improvement, level minus mean, mean. */
#include "detect/engine.h"

#include "detect/wide.h"

#include <math.h>
#include <stdlib.h>

enum {
    SIGNAL_LEVEL,
    SIGNAL_CENTRED,
    SIGNAL_IMPROVEMENT,
    SIGNAL_COMMON,
    WEIGHT_UNIT,
    WEIGHT_STEP,
    WEIGHT_COMMON,
};

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
    struct score_side side = {
        .residual = *residual,
        .mean = arena_array(arena, residual->columns, sizeof(double)),
        .order = arena_array(arena, cells, sizeof(int32_t)),
        .complete = plane_is_complete(residual),
        .slope = {arena_array(arena, n, sizeof(double)), arena_array(arena, n, sizeof(double))},
    };
    struct arena_mark mark = arena_mark(arena);
    struct ranked *scratch = arena_array(arena, residual->columns, sizeof *scratch);
    if (arena->overflow)
        return side;
    plane_column_means(residual, side.mean);
    for (size_t k = 0; k < residual->rows; k++)
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
    return (rows + periods) * (LANES + 1) * sizeof(uint32_t) + signals * periods * sizeof(lanes);
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
    const bool needed[] = {true, several, true, several, weights, weights, weights && several};
    for (size_t i = 0; i < ARRAY_COUNT(needed); i++)
        block.memory[i] = needed[i] ? arena_array(arena, periods, sizeof(lanes)) : NULL;
    return block;
}

/* Over first..n-1: sum of squares, sum, sum of slope x value. */
INLINE void add_up(const struct signal *signal, const double *slope, size_t n, lanes ret[static 3])
{
    half squares[2] = {0}, sum[2] = {0}, part[2] = {0};
    for (size_t t = signal->first; t < n; t++) {
        const half *value = (const half *)&signal->value[t];
        squares[0] += value[0] * value[0];
        squares[1] += value[1] * value[1];
        sum[0] += value[0];
        sum[1] += value[1];
        part[0] += slope[t] * value[0];
        part[1] += slope[t] * value[1];
    }
    half *to = (half *)ret;
    for (size_t i = 0; i < 2; i++) {
        to[i] = squares[i];
        to[2 + i] = sum[i];
        to[4 + i] = part[i];
    }
}

WIDE static void add_up_wide(const struct signal *signal, const double *slope, size_t n,
                             lanes ret[static 3])
{
    add_up(signal, slope, n, ret);
}

/* Squared norm over first..n-1 without mean and slope. */
static void complete_norm(struct signal *signal, const double *slope, size_t n)
{
    lanes sums[3];
    if (HAS_WIDE)
        add_up_wide(signal, slope, n, sums);
    else
        add_up(signal, slope, n, sums);
    const lanes squares = sums[0], sum = sums[1], part = sums[2];
    double points = n > signal->first ? (double)(n - signal->first) : 1;
    signal->norm = squares - sum * sum / points - part * part;
    for (size_t l = 0; l < LANES; l++) /* nothing but rounding is left */
        signal->norm[l] = signal->norm[l] > 1e-14 * squares[l] ? signal->norm[l] : 0;
}

static struct signal signal_make(const struct block *block, size_t value, size_t weight,
                                 size_t first)
{
    bool complete = block->side->complete;
    size_t n = block->side->residual.columns - 1;
    struct signal signal = {.first = first,
                            .value = block->memory[value] + block->shift,
                            .weight = complete ? NULL : block->memory[weight] + block->shift};
    if (complete)
        complete_norm(&signal, block->side->slope[first], n);
    return signal;
}

/* The mean over units is the same for every order of the units. */
static void load_common(struct block *block)
{
    size_t periods = block->side->residual.columns;
    for (size_t t = 0; t < periods; t++) {
        for (size_t l = 0; l < LANES; l++) {
            double mean = block->side->mean[block->period[t * LANES + l]];
            bool missing = !block->side->complete && !isfinite(mean);
            block->memory[SIGNAL_COMMON][t][l] = missing ? 0 : mean;
            if (!block->side->complete)
                block->memory[WEIGHT_COMMON][t][l] = missing ? 0 : 1;
        }
    }
    block->common = signal_make(block, SIGNAL_COMMON, WEIGHT_COMMON, 0);
}

void block_begin(struct block *block, size_t first_draw)
{
    size_t rows = block->side->residual.rows, periods = block->side->residual.columns;
    block->first_draw = first_draw;
    for (size_t l = 0; l < LANES; l++) { /* lanes beyond the last draw repeat the identity */
        size_t b = first_draw + l < block->draws->count ? first_draw + l : 0;
        draws_get(block->draws, b, block->scratch, block->scratch + rows);
        for (size_t k = 0; k < rows; k++)
            block->unit[k * LANES + l] = block->scratch[k];
        for (size_t t = 0; t < periods; t++)
            block->period[t * LANES + l] = block->scratch[rows + t];
    }
    if (block->memory[SIGNAL_COMMON])
        load_common(block);
}

static void gather_complete(struct block *block, size_t unit)
{
    const double *source[LANES];
    size_t periods = block->side->residual.columns;
    lanes *level = block->memory[SIGNAL_LEVEL];
    for (size_t l = 0; l < LANES; l++)
        source[l] = plane_row(&block->side->residual, block->unit[unit * LANES + l]);
    for (size_t t = 0; t < periods; t++) {
        for (size_t l = 0; l < LANES; l++)
            level[t][l] = source[l][block->period[t * LANES + l]];
    }
}

static void gather_incomplete(struct block *block, size_t unit)
{
    size_t periods = block->side->residual.columns;
    gather_complete(block, unit);
    lanes *level = block->memory[SIGNAL_LEVEL], *weight = block->memory[WEIGHT_UNIT];
    for (size_t t = 0; t < periods; t++) {
        for (size_t l = 0; l < LANES; l++) {
            bool missing = !isfinite(level[t][l]);
            weight[t][l] = missing ? 0 : 1;
            level[t][l] = missing ? 0 : level[t][l];
        }
    }
    lanes *step = block->memory[WEIGHT_STEP];
    for (size_t t = 1; t < periods; t++)
        step[t] = weight[t] * weight[t - 1];
}

static void fill_centred(struct block *block)
{
    const lanes *level = block->memory[SIGNAL_LEVEL], *common = block->memory[SIGNAL_COMMON];
    lanes *centred = block->memory[SIGNAL_CENTRED];
    size_t periods = block->side->residual.columns;
    bool complete = block->side->complete;
    for (size_t t = 0; t < periods; t++) {
        centred[t] = level[t] - common[t];
        if (!complete)
            centred[t] *= block->memory[WEIGHT_UNIT][t];
    }
}

void block_load(struct block *block, size_t unit)
{
    const lanes *level = block->memory[SIGNAL_LEVEL];
    lanes *improvement = block->memory[SIGNAL_IMPROVEMENT];
    size_t periods = block->side->residual.columns;
    if (block->side->complete)
        gather_complete(block, unit);
    else
        gather_incomplete(block, unit);
    for (size_t t = 1; t < periods; t++) {
        improvement[t] = level[t] - level[t - 1];
        if (!block->side->complete)
            improvement[t] *= block->memory[WEIGHT_STEP][t];
    }
    block->level = signal_make(block, SIGNAL_LEVEL, WEIGHT_UNIT, 0);
    block->improvement = signal_make(block, SIGNAL_IMPROVEMENT, WEIGHT_STEP, 1);
    if (!block->memory[SIGNAL_CENTRED])
        return;
    fill_centred(block);
    block->centred = signal_make(block, SIGNAL_CENTRED, WEIGHT_UNIT, 0);
}
