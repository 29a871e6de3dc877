/* rho_PC: correlation of performance with the row's mean constraint.
 *
 * Pearson over rows of y_r and the mean of the row's constraints in raw units, so the constraint of
 * the largest scale decides. Source: upstream rho_pc_calculator.py (classic.md 1.4). */
#include "detect/frame.h"

#include <math.h>

static const char *undefined_reason(const struct frame *frame)
{
    if (!frame->constraints_logged)
        return "no_constraint_columns";
    if (frame->constraint_missing_in_row)
        return "constraints_missing_in_row";
    if (frame->row_count < 3)
        return "too_few_rows";
    return frame->y.moments.max > frame->y.moments.min ? "constant_constraints"
                                                       : "constant_performance";
}

status rho_pc_measure(const struct frame *frame, struct arena *scratch, struct indicator *ret,
                      struct error *err)
{
    size_t n = frame->row_count;
    bool usable = frame->constraint_count > 0 && !frame->constraint_missing_in_row && n >= 3;
    ret->score = usable ? stats_pearson_of(&frame->y, &frame->x) : NAN;
    ret->p_value = stats_correlation_p(ret->score, (double)n - 2);
    ret->significant = ret->p_value < 0.05;
    if (isnan(ret->score))
        ret->reason = undefined_reason(frame);
    return ST_OK;
}
