/* What the calibrated engine answers: detect.md section 9, the facts behind it, data for plots.
 *
 * Part of detect/detect.h; include that. Arrays live in the arena of engine_run. K systems sorted
 * bytewise by name, T rounds ascending; grids are [k * T + t], transitions [k * (T - 1) + t]. */
#ifndef DETECT_VERDICT_H
#define DETECT_VERDICT_H

#include "base/slice.h"

#include <math.h>

struct notes;

enum verdict_kind {
    VERDICT_ADAPTIVE,     /* "adaptive_protocol_detected" */
    VERDICT_NO_EVIDENCE,  /* "no_evidence" */
    VERDICT_INSUFFICIENT, /* "insufficient_data" */
    VERDICT_FIXED,        /* "fixed_protocol" */
};

enum verdict_reason {
    REASON_NONE,
    REASON_TOO_FEW_ROUNDS,
    REASON_TOO_FEW_RESIDUALS,
    REASON_NO_DRAWS,
    REASON_DIFFERS_BETWEEN_SYSTEMS, /* "protocol_differs_between_systems" */
    REASON_DIFFERS_WITHIN_ROUNDS,   /* "protocol_differs_within_rounds" */
};

enum strength { STRENGTH_NONE, STRENGTH_MODERATE, STRENGTH_STRONG };

enum mechanism {
    MECHANISM_REACTIVE,
    MECHANISM_LOSE_SHIFT,
    MECHANISM_RATCHET,
    MECHANISM_SWITCH,
    MECHANISM_SELECTIVE, /* "selective_reporting" */
    MECHANISM_COUNT
};

/* Stable slugs; NULL for REASON_NONE and STRENGTH_NONE. */
const char *verdict_slug(enum verdict_kind kind);
const char *reason_slug(enum verdict_reason reason);
const char *strength_slug(enum strength strength);
const char *mechanism_slug(enum mechanism mechanism);

enum presence { PRESENCE_ABSENT, PRESENCE_NULL, PRESENCE_COMPUTED };

struct mechanism_result {
    enum presence presence; /* absent: does not apply; null: quadratic rule (detect.md 3.3) */
    double p, p_holm;
    bool flagged; /* p_holm <= alpha */
};

struct statistic {
    const char *name; /* "react_pool", static */
    enum mechanism mechanism;
    double value, p;
};

struct selection {
    bool present; /* attempts were logged */
    double p, observed_over_max, excess;
    size_t groups;
};

struct coupling {
    double p;
    const double *r; /* [r_count] per used constraint, identity draw */
    size_t r_count;
    bool flagged;
};

struct interval {
    bool defined;
    double low, high;
};

/* What drove the verdict, from the identity draw. NaN or empty where it does not apply. */
struct driving_round {
    size_t transition;   /* from round t to t + 1 */
    double time;         /* of round t + 1 */
    double contribution; /* share of the strongest statistic, may be negative */
};

struct facts {
    slice setting;    /* strongest constraint by |r_pool(D_j, level)| */
    double setting_r; /* its sign says: follows good (+) or bad (-) results */
    slice system;     /* unit with the largest |r_u| */
    double system_r;
    const struct driving_round *rounds; /* largest contributions first, at most 5 */
    size_t round_count;
    double change_rate_after_low, change_rate_after_high;  /* share of steps with a change */
    double change_size_after_low, change_size_after_high;  /* mean M */
    double cosine_after_improvement, cosine_after_decline; /* mean turn cosine */
    double switch_rate_after_drop, switch_rate_after_rise;
};

/* The panel as cells: what the plots show. Read numbers by grid_number or grid_line. */
struct grid {
    size_t system_count, round_count, setting_count, category_count;
    const slice *systems;           /* [K] */
    const double *rounds;           /* [T] */
    const double *performance;      /* [K * T], NaN = no cell; as logged, not negated */
    const uint32_t *row_counts;     /* [K * T]; NULL with `row` */
    const slice *setting_names;     /* [p] */
    const double *const *settings;  /* [p] -> [K * T] mean of the rows */
    const slice *category_names;    /* [q] */
    const slice *const *categories; /* [q] -> [K * T] labels joined with '|' */
    const uint32_t *row;            /* [K * T] in large logs whose cells have one row at most: that
                                     * row or GRID_NO_ROW, and numbers are the panel's, by row */
};
#define GRID_NO_ROW UINT32_MAX

/* values: grid->performance or one of grid->settings. */
static inline double grid_number(const struct grid *grid, const double *values, size_t cell)
{
    if (!grid->row)
        return values[cell];
    uint32_t row = grid->row[cell];
    return row != GRID_NO_ROW ? values[row] + 0.0 : NAN; /* -0 as 0, as a mean has it */
}

/* The rounds of one system; ret[T]. */
static inline void grid_line(const struct grid *grid, const double *values, size_t system,
                             double *ret)
{
    for (size_t t = 0; t < grid->round_count; t++)
        ret[t] = grid_number(grid, values, system * grid->round_count + t);
}

static inline bool grid_has_rows(const struct grid *grid, size_t cell)
{
    return grid->row ? grid->row[cell] != GRID_NO_ROW : grid->row_counts[cell] > 0;
}

/* Change sizes M (detect.md 3.6) after results below (0) or above (1) their trend: evenly spaced
 * ones to draw, and sums over all. */
enum { CHANGE_DOTS_MAX = 300 };
struct change_cloud {
    size_t stride;                                       /* of the steps that may be drawn */
    double x[2][CHANGE_DOTS_MAX], y[2][CHANGE_DOTS_MAX]; /* time of round t + 1, M */
    size_t count[2];
    double sum[2], total[2]; /* over all steps, drawn or not */
    double most;
};
/* Step number `step` of all: M towards a round at `time`, after a score residual. */
void change_cloud_add(struct change_cloud *cloud, size_t step, double time, double before,
                      double size);

struct plots {
    const struct change_cloud *changes; /* NULL when nothing moves */
    const double *residual;  /* [K * T] standardised score residual E; NULL in large logs */
    const double *scatter_x; /* [scatter_count] residual of round t … */
    const double *scatter_y; /* … against the innovation of facts.setting at t -> t + 1 */
    const uint32_t *scatter_system;
    size_t scatter_count;
    const uint32_t *null_counts; /* [null_bins] permutation null of the panel statistic */
    size_t null_bins;
    double null_low, null_high; /* outer edges of the bins */
    double null_observed;
};

/* A protocol field that differs between or inside systems (verdict reasons of that name). */
struct difference {
    slice field;
    slice system;
    slice values; /* "512" or "512, 1024" */
};

struct verdict {
    enum verdict_kind kind;
    enum verdict_reason reason;
    enum strength strength;
    double p_value;
    double p_panel; /* NaN = null */
    double alpha;
    uint32_t draws; /* with the identity; 0 = no panel test */
    bool exact;     /* all permutations were enumerated */
    bool tested;    /* the panel test ran: draws, exact, whitened, ar are meaningful */
    uint64_t seed;
    struct mechanism_result mechanisms[MECHANISM_COUNT];
    const struct statistic *statistics;
    size_t statistic_count;
    struct selection selection;
    struct coupling coupling;
    size_t n_eff;
    double mde_partial_r;
    double psi_star;
    struct interval psi_star_ci;
    bool whitened;
    double ar[2];
    size_t system_count, round_count, setting_count; /* shape K, T, p */
    const slice *used_constraints;
    size_t used_count;
    const slice *categorical;
    size_t categorical_count;
    size_t rounds_needed; /* for insufficient_data: about this many; 0 = unknown */
    const struct difference *differences;
    size_t difference_count;
    struct notes *warnings; /* quadratic_effect_not_removed, ceiling_effect, anchors_skipped, … */
    struct facts facts;
    struct grid grid;
    struct plots plots;
};

#endif
