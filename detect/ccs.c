/* CCS: how constant the constraints are, one minus their mean coefficient of variation. */
#include "detect/frame.h"

#include <math.h>

double ccs_variation(const struct moments *moments)
{
    double std = stats_std(moments, 1);
    double size = fabs(moments->mean);
    if (size > 0)
        return std / size;
    return std > 0 ? INFINITY : std; /* 0, or NaN below two values */
}

/* Running mean of the variations of the constraints. */
struct ccs {
    struct sum sum;
    size_t columns;
    bool infinite;
};

static void ccs_add(struct ccs *ccs, const struct moments *moments)
{
    double variation = ccs_variation(moments);
    if (isnan(variation))
        return;
    ccs->columns++;
    ccs->infinite |= isinf(variation) != 0;
    sum_add(&ccs->sum, isinf(variation) ? 0 : variation);
}

static double ccs_score(const struct ccs *ccs)
{
    if (ccs->columns == 0)
        return NAN;
    if (ccs->infinite)
        return 0;
    double score = 1 - sum_total(&ccs->sum) / (double)ccs->columns;
    return score > 0 ? score : 0;
}

static void gather(const double *values, const uint32_t *rows, size_t row_count, double *ret)
{
    for (size_t i = 0; i < row_count; i++)
        ret[i] = values[rows[i]];
}

double ccs_of_rows(const struct frame *frame, const uint32_t *rows, size_t row_count,
                   double *scratch)
{
    struct ccs ccs = {0};
    struct moments both[2];
    for (size_t j = 0; j < frame->constraint_count; j += 2) {
        bool two = j + 1 < frame->constraint_count;
        gather(frame->constraint[j], rows, row_count, scratch);
        if (two)
            gather(frame->constraint[j + 1], rows, row_count, scratch + row_count);
        stats_moments_pair(scratch, two ? scratch + row_count : scratch, row_count, both);
        ccs_add(&ccs, &both[0]);
        if (two)
            ccs_add(&ccs, &both[1]);
    }
    return ccs_score(&ccs);
}

/* Sums are taken by period; where the log is sorted so, its moments are known. */
static bool rows_are_in_order(const struct frame *frame)
{
    for (size_t i = 0; i < frame->row_count; i++)
        if (frame->by_period[i] != i)
            return false;
    return true;
}

static double ccs_of_frame(const struct frame *frame, double *scratch)
{
    struct ccs ccs = {0};
    if (!rows_are_in_order(frame))
        return ccs_of_rows(frame, frame->by_period, frame->row_count, scratch);
    for (size_t j = 0; j < frame->constraint_count; j++)
        ccs_add(&ccs, &frame->moments[j]);
    return ccs_score(&ccs);
}

status ccs_measure(const struct frame *frame, struct arena *scratch, struct indicator *ret,
                   struct error *err)
{
    struct arena_mark mark = arena_mark(scratch);
    double *values = arena_array_raw(scratch, 2 * frame->row_count, sizeof *values);
    TRY(arena_check(scratch, err));
    ret->score = ccs_of_frame(frame, values);
    if (!frame->constraints_logged)
        ret->reason = "no_constraint_columns";
    else if (isnan(ret->score))
        ret->reason = "too_few_constraint_values";
    arena_rewind(scratch, mark);
    return ST_OK;
}
