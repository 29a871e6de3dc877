/* PSI: mean length of the constraint step from one period to the next. */
#include "detect/frame.h"

#include <math.h>

/* Mean of one constraint over rows[0..count), NaN without a value. */
static double period_mean(const double *values, const uint32_t *rows, size_t count)
{
    struct sum sum = {0};
    size_t there = 0;
    for (size_t i = 0; i < count; i++) {
        double value = values[rows[i]];
        bool missing = isnan(value); /* adds 0, which changes nothing */
        sum_add(&sum, missing ? 0 : value);
        there += !missing;
    }
    return there > 0 ? sum_total(&sum) / (double)there : NAN;
}

/* The same of all constraints. A single row is its own mean. */
static void period_means(const struct frame *frame, const uint32_t *rows, size_t count,
                         double *ret_means)
{
    for (size_t j = 0; j < frame->constraint_count; j++)
        ret_means[j] = count == 1 ? frame->constraint[j][rows[0]] + 0.0
                                  : period_mean(frame->constraint[j], rows, count);
}

/* Euclidean length of the step in the units of psi_scale, safe for any magnitude; adds the share
 * of each constraint in the squared length to `shares` unless that is NULL. */
static double step_length(const struct frame *frame, const double *from, const double *to,
                          double *steps, double *shares)
{
    double largest = 0;
    double sum = 0;
    for (size_t j = 0; j < frame->constraint_count; j++) {
        steps[j] = (to[j] - from[j]) / frame->psi_unit[j];
        double size = fabs(steps[j]);
        largest = size > largest || isnan(size) ? size : largest;
    }
    double scale = stats_scale(largest);
    double unit = 1 / scale; /* a power of two: exact */
    for (size_t j = 0; j < frame->constraint_count; j++) {
        steps[j] *= unit;
        sum += steps[j] * steps[j];
    }
    for (size_t j = 0; shares && sum > 0 && j < frame->constraint_count; j++)
        shares[j] += steps[j] * steps[j] / sum;
    return sqrt(sum) * scale;
}

/* To a sum of 1, or all 0 when nothing moved. */
static void normalise(double *shares, size_t count)
{
    double total = 0;
    for (size_t j = 0; j < count; j++)
        total += shares[j];
    for (size_t j = 0; j < count; j++)
        shares[j] = total > 0 ? shares[j] / total : 0;
}

double psi_of_rows(const struct frame *frame, const struct psi_walk *walk, struct arena *scratch)
{
    struct arena_mark mark = arena_mark(scratch);
    size_t p = frame->constraint_count;
    double *means = arena_array(scratch, 3 * p + 1, sizeof *means);
    double *shares = arena_array(scratch, p + 1, sizeof *shares);
    struct sum total = {0};
    size_t periods = 0;

    if (!means || !shares)
        return NAN;
    for (size_t at = 0; at < walk->row_count;) {
        uint32_t period = frame->period[walk->rows[at]];
        size_t end = at + 1;
        while (end < walk->row_count && frame->period[walk->rows[end]] == period)
            end++;
        double *now = means + (periods % 2) * p;
        const double *before = means + (1 - periods % 2) * p;
        period_means(frame, walk->rows + at, end - at, now);
        double step = NAN;
        if (periods > 0)
            step = step_length(frame, before, now, means + 2 * p, walk->ret_share ? shares : NULL);
        if (periods++ > 0)
            sum_add(&total, step);
        if (walk->ret_steps)
            walk->ret_steps[period] = step;
        if (walk->ret_means)
            memcpy(walk->ret_means + period * p, now, p * sizeof *now);
        at = end;
    }
    normalise(shares, p);
    if (walk->ret_share)
        memcpy(walk->ret_share, shares, p * sizeof *shares);
    arena_rewind(scratch, mark);
    return periods > 1 ? sum_total(&total) / (double)(periods - 1) : 0;
}

status psi_measure(const struct frame *frame, struct arena *scratch, struct indicator *ret,
                   struct error *err)
{
    ret->score = NAN;
    if (frame->constraint_count == 0) {
        ret->reason = frame->constraints_logged ? "no_constraint_values" : "no_constraint_columns";
    } else if (frame->period_count < 2) {
        ret->reason = "too_few_periods";
    } else {
        ret->score = frame->steps->score;
        if (isnan(ret->score))
            ret->reason = "constraint_missing_in_period";
    }
    return arena_check(scratch, err);
}
