/* Permuted score signals, LANES draws at a time: level, improvement, level minus mean, mean. */
#include "detect/kernel.h"

#include <math.h>

enum {
    SIGNAL_LEVEL,
    SIGNAL_CENTRED,
    SIGNAL_COMMON,
    WEIGHT_UNIT,
    WEIGHT_COMMON,
};

struct moments { /* sum of squares, sum, sum of slope x value */
    pack squares[KERNEL_PACKS], sum[KERNEL_PACKS], product[KERNEL_PACKS];
};

INLINE void add_round(struct moments *moments, const lanes *value, double slope, bool step)
{
    for (size_t h = 0; h < KERNEL_PACKS; h++) {
        pack x;
        pack_value(value, h, step, &x);
        moments->squares[h] += x * x;
        moments->sum[h] += x;
        moments->product[h] += slope * x;
    }
}

/* Over first..n-1; two rounds apart from each other, since an addition takes longer than the next
 * one has to wait for its operands. */
INLINE void add_up(const struct signal *signal, const double *slope, size_t n, bool step,
                   lanes ret[static 3])
{
    struct moments even = {.sum = {{0}}}, odd = {.sum = {{0}}};
    size_t t = signal->first;
    for (; t + 2 <= n; t += 2) {
        add_round(&even, &signal->value[t], slope[t], step);
        add_round(&odd, &signal->value[t + 1], slope[t + 1], step);
    }
    if (t < n)
        add_round(&even, &signal->value[t], slope[t], step);
    for (size_t h = 0; h < KERNEL_PACKS; h++) {
        ((pack *)&ret[0])[h] = even.squares[h] + odd.squares[h];
        ((pack *)&ret[1])[h] = even.sum[h] + odd.sum[h];
        ((pack *)&ret[2])[h] = even.product[h] + odd.product[h];
    }
}

/* Squared norm over first..n-1 without mean and slope. */
static void complete_norm(struct signal *signal, const double *slope, size_t n)
{
    lanes sums[3];
    double points = n > signal->first ? (double)(n - signal->first) : 1;
    if (signal->step)
        add_up(signal, slope, n, true, sums);
    else
        add_up(signal, slope, n, false, sums);
    for (size_t l = 0; l < LANES; l++) {
        double squares = sums[0][l], sum = sums[1][l], product = sums[2][l];
        double norm = squares - sum * sum / points - product * product;
        signal->norm[l] = norm > 1e-14 * squares ? norm : 0; /* else nothing but rounding is left */
    }
}

static struct signal signal_make(const struct block *block, size_t value, size_t weight, bool step)
{
    bool complete = block->side->complete;
    size_t n = block->side->residual.columns - 1;
    struct signal signal = {.first = step,
                            .step = step,
                            .value = block->memory[value] + block->shift,
                            .weight = complete ? NULL : block->memory[weight] + block->shift};
    if (complete)
        complete_norm(&signal, block->side->slope[step], n);
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
    block->common = signal_make(block, SIGNAL_COMMON, WEIGHT_COMMON, false);
}

HOT void block_begin(struct block *block, size_t first_draw)
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

HOT void block_load(struct block *block, size_t unit)
{
    if (block->side->complete)
        gather_complete(block, unit);
    else
        gather_incomplete(block, unit);
    block->level = signal_make(block, SIGNAL_LEVEL, WEIGHT_UNIT, false);
    if (block->shift == 0) /* coupling looks at levels only */
        block->improvement = signal_make(block, SIGNAL_LEVEL, WEIGHT_UNIT, true);
    if (!block->memory[SIGNAL_CENTRED])
        return;
    fill_centred(block);
    block->centred = signal_make(block, SIGNAL_CENTRED, WEIGHT_UNIT, false);
}
