/* Sums of a fixed series with a permuted signal, LANES draws at a time, and r made of them. */
#include "detect/kernel.h"

#include <math.h>

/* Squared norm of the signal on the used transitions of a row with gaps. */
static void masked_norm(const struct series *series, size_t k, const struct signal *signal,
                        lanes *ret)
{
    const double *fixed = plane_row(&series->fixed, k), *slope = series->row[k].slope;
    lanes squares = {0}, sum = {0}, product = {0};
    for (size_t t = signal->first; t < series->source.columns; t++) {
        if (!isfinite(fixed[t]))
            continue;
        lanes value;
        signal_value(signal, t, &value);
        squares += value * value;
        sum += value;
        product += slope[t] * value;
    }
    *ret = squares - sum * sum / (double)series->row[k].count - product * product;
    for (size_t l = 0; l < LANES; l++)
        (*ret)[l] = (*ret)[l] > 1e-14 * squares[l] ? (*ret)[l] : 0;
}

INLINE void add_weighted(const lanes *value, double weight, bool step,
                         pack sum[static KERNEL_PACKS])
{
    for (size_t h = 0; h < KERNEL_PACKS; h++) {
        pack x;
        pack_value(value, h, step, &x);
        sum[h] += weight * x;
    }
}

/* ret = sum over t of weight[t] x value[t], or of the steps of value, in four interleaved sums,
 * since an addition takes longer than the next one has to wait for its operands. */
INLINE void weigh(const double *weight, const struct signal *signal, size_t n, bool step,
                  lanes *ret)
{
    pack sum[4][KERNEL_PACKS] = {{{0}}};
    const lanes *value = signal->value;
    size_t t = signal->first;
    for (; t + 4 <= n; t += 4) {
        for (size_t u = 0; u < 4; u++)
            add_weighted(&value[t + u], weight[t + u], step, sum[u]);
    }
    for (size_t u = 0; t < n; t++, u++)
        add_weighted(&value[t], weight[t], step, sum[u]);
    for (size_t h = 0; h < KERNEL_PACKS; h++)
        ((pack *)ret)[h] = (sum[0][h] + sum[1][h]) + (sum[2][h] + sum[3][h]);
}

static void complete_sums(const struct series *series, size_t k, const struct signal *signal,
                          struct sums *ret)
{
    const struct series_row *row = &series->row[k];
    const double *projected = plane_row(&series->projected, k);
    size_t n = series->source.columns;
    if (signal->step)
        weigh(projected, signal, n, true, &ret->product);
    else
        weigh(projected, signal, n, false, &ret->product);
    for (size_t l = 0; l < LANES; l++) {
        ret->fixed[l] = row->norm;
        ret->count[l] = (double)row->count;
    }
    if (row->full)
        ret->signal = signal->norm;
    else
        masked_norm(series, k, signal, &ret->signal);
}

static void paired_sums(const struct series *series, size_t k, const struct signal *signal,
                        struct sums *ret)
{
    const double *fixed = plane_row(&series->fixed, k);
    lanes count = {0}, s = {0}, ss = {0}, d = {0}, dd = {0}, sd = {0};
    for (size_t t = signal->first; t < series->source.columns; t++) {
        if (!isfinite(fixed[t]))
            continue;
        lanes weight = signal->weight[t], value;
        signal_value(signal, t, &value);
        if (signal->step) {
            weight *= signal->weight[t - 1];
            value *= weight;
        }
        count += weight;
        s += value;
        ss += value * value;
        d += fixed[t] * weight;
        dd += fixed[t] * fixed[t] * weight;
        sd += fixed[t] * value;
    }
    for (size_t l = 0; l < LANES; l++) {
        bool enough = count[l] >= OVERLAP_MIN;
        double n = enough ? count[l] : 1;
        ret->product[l] = enough ? sd[l] - s[l] * d[l] / n : 0;
        ret->signal[l] = enough ? fmax(0, ss[l] - s[l] * s[l] / n) : 0;
        ret->fixed[l] = enough ? fmax(0, dd[l] - d[l] * d[l] / n) : 0;
        ret->count[l] = enough ? n : 0;
    }
}

HOT void sums_of(const struct series *series, size_t unit, const struct signal *signal,
                 struct sums *ret)
{
    size_t row = unit - series->unit; /* in the window */
    if (signal->weight)
        paired_sums(series, row, signal, ret);
    else if (series->row[row].count > 0)
        complete_sums(series, row, signal, ret);
    else
        *ret = (struct sums){0};
}

HOT void sums_add(struct sums *pool, const struct sums *unit)
{
    for (size_t l = 0; l < LANES; l++) {
        pool->product[l] += unit->product[l];
        pool->signal[l] += unit->signal[l];
        pool->fixed[l] += unit->fixed[l];
        pool->count[l] += unit->count[l];
    }
}

HOT void pooled_r(const struct sums *pool, lanes *ret)
{
    for (size_t l = 0; l < LANES; l++) {
        double squares = pool->signal[l] * pool->fixed[l];
        (*ret)[l] = squares > 0 ? pool->product[l] / sqrt(squares > 1e-300 ? squares : 1e-300) : 0;
    }
}

HOT void unit_r(const struct sums *unit, lanes *ret)
{
    for (size_t l = 0; l < LANES; l++) {
        double norm = sqrt(unit->signal[l] * unit->fixed[l]);
        (*ret)[l] = norm > 1e-12 ? unit->product[l] / norm : 0;
    }
}

HOT void lanes_max(lanes *maximum, const lanes *value)
{
    for (size_t l = 0; l < LANES; l++)
        (*maximum)[l] = (*value)[l] > (*maximum)[l] ? (*value)[l] : (*maximum)[l];
}

HOT void tally_unit_max(const struct sums *unit, size_t k, lanes *maximum)
{
    lanes r;
    unit_r(unit, &r);
    for (size_t l = 0; l < LANES; l++) {
        double evidence = -r[l] * sqrt(unit->count[l]);
        (*maximum)[l] = k == 0 || evidence > (*maximum)[l] ? evidence : (*maximum)[l];
    }
}
