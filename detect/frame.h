/* The view of a panel that the classic indicators share: prefixed constraints, rows by period. */
#ifndef DETECT_FRAME_H
#define DETECT_FRAME_H

#include "detect/detect.h"
#include "detect/stats.h"

struct frame {
    size_t row_count, period_count, constraint_count, algorithm_count;
    const double *performance;   /* [row] */
    const double *row_mean;      /* [row] mean of the row's constraints in raw units; or NaN */
    const double *time;          /* [row] */
    const uint32_t *period;      /* [row] index into period_values */
    const uint32_t *algorithm;   /* [row] */
    const double *period_values; /* [period_count] ascending */
    const uint32_t *by_period;   /* [row_count] rows sorted by period, stable */
    const double *const
        *constraint; /* [constraint_count] -> [row]; columns without values left out */
    const slice *constraint_name;
    const double *psi_unit;         /* [constraint_count] divisor of the PSI steps (psi_scale) */
    const struct moments *moments;  /* [constraint_count] of all rows */
    struct stats_column y, x;       /* performance and row_mean; x undefined when one is missing */
    const struct psi_steps *steps;  /* PSI over all rows */
    bool constraints_logged;        /* the log has constraint_* columns at all */
    bool constraint_missing_in_row; /* some row_mean is NaN */
};

/* PSI of all rows with its details. */
struct psi_steps {
    double score;
    double *length; /* [period_count] of the step into each period, NaN for the first one */
    double *share;  /* [constraint_count] mean share in the squared steps, or 0 */
    double *means;  /* [period_count * constraint_count] */
};

/* First what needs no periods, then the periods. Period values and means live in
 * `arena`, which the report keeps, all else in `scratch`; the panel is borrowed. */
status frame_rows(const struct panel *panel, enum psi_scale scale, struct arena *scratch,
                  struct frame *ret, struct error *err);
status frame_periods(const struct panel *panel, struct arena *arena, struct arena *scratch,
                     struct frame *frame, struct error *err);

/* Shape of every indicator of indicators.def: fills score, p_value and reason. */
typedef status indicator_fn(const struct frame *frame, struct arena *scratch, struct indicator *ret,
                            struct error *err);
indicator_fn psi_measure;
indicator_fn ccs_measure;
indicator_fn rho_pc_measure;

/* Steps between successive periods over some rows.
 *
 * PSI = mean over i of || m_i - m_(i-1) ||_2, m_i = means of the constraints over the rows of
 * period i, all algorithms pooled, missing values left out. Source: upstream psi_calculator.py as
 * described in classic.md 1.4. NaN when a constraint is missing in a whole period; 0 with one
 * period.
 *
 * rows      [row_count] row numbers sorted by period.
 * ret_steps NULL or [period_count]: length of the step into each period, NaN for the first one.
 * ret_share NULL or [constraint_count]: mean share of each constraint in the squared steps, or 0.
 */
struct psi_walk {
    const uint32_t *rows;
    size_t row_count;
    double *ret_steps;
    double *ret_share;
    double *ret_means; /* NULL or [period_count * constraint_count] */
};
double psi_of_rows(const struct frame *frame, const struct psi_walk *walk, struct arena *scratch);

/* CCS over some rows: max(0, 1 - mean of s_j / |mean_j|), s_j with n - 1; a mean of 0 counts 0 when
 * s_j is 0 and infinite otherwise. Source: upstream ccs_calculator.py (classic.md 1.4). NaN when no
 * constraint has two values. scratch: [2 * row_count]. */
double ccs_of_rows(const struct frame *frame, const uint32_t *rows, size_t row_count,
                   double *scratch);

/* Coefficient of variation by the rule of CCS. */
double ccs_variation(const struct moments *moments);

/* Scores, normalised values, composite, risk and votes of classic->indicator (score.c). */
void score_classic(struct classic *classic, const struct detect_options *options);

/* Details per period, algorithm and constraint (classic.c). */
status classic_build(const struct panel *panel, const struct detect_options *options,
                     struct arena *arena, struct classic *ret, struct error *err);

/* Row bootstrap of the three indicators (bootstrap.c). */
status bootstrap_run(const struct frame *frame, const struct detect_options *options,
                     struct arena *arena, struct arena *scratch, struct classic *ret,
                     struct error *err);

#endif
