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

double ccs_of_rows(const struct frame *frame, const uint32_t *rows, size_t row_count,
                   double *scratch)
{
    struct sum sum = {0};
    size_t columns = 0;
    bool infinite = false;

    for (size_t j = 0; j < frame->constraint_count; j++) {
        for (size_t i = 0; i < row_count; i++)
            scratch[i] = frame->constraint[j][rows[i]];
        struct moments m = stats_moments(scratch, row_count);
        double variation = ccs_variation(&m);
        if (isnan(variation))
            continue;
        columns++;
        infinite |= isinf(variation) != 0;
        sum_add(&sum, isinf(variation) ? 0 : variation);
    }
    if (columns == 0)
        return NAN;
    if (infinite)
        return 0;
    double score = 1 - sum_total(&sum) / (double)columns;
    return score > 0 ? score : 0;
}

status ccs_measure(const struct frame *frame, struct arena *scratch, struct indicator *ret,
                   struct error *err)
{
    struct arena_mark mark = arena_mark(scratch);
    double *values = arena_array_raw(scratch, frame->row_count, sizeof *values);
    TRY(arena_check(scratch, err));
    ret->score = ccs_of_rows(frame, frame->by_period, frame->row_count, values);
    if (!frame->constraints_logged)
        ret->reason = "no_constraint_columns";
    else if (isnan(ret->score))
        ret->reason = "too_few_constraint_values";
    arena_rewind(scratch, mark);
    return ST_OK;
}
