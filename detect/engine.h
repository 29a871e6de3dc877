/* Inside the calibrated engine: the data that its steps hand to each other, and the steps.
 *
 * The null hypothesis: given what was planned, the protocol of round t + 1 does not depend on the
 * random part of the results up to round t. The engine computes that random part (E) and the
 * protocol's own unplanned movements (D, change size, turns, switches), and calibrates every
 * association between them by permuting E against the fixed protocol side.
 *
 *   cells → settings → nuisance → residual → whiten ─┐
 *              └→ innovation, change, anchors ───────┴→ randomise (draws x tests) → combine →
 * verdict
 *
 * K units (systems, sorted bytewise), T periods (rounds), n = T - 1 transitions; transition t leads
 * from period t to t + 1. NaN is a missing value. All memory comes from the arena of the run;
 * arrays that do not fit show in arena_check, so each step tests its arena once at its end. */
#ifndef DETECT_ENGINE_H
#define DETECT_ENGINE_H

#include "detect/detect.h"
#include "detect/order.h"
#include "detect/rng.h"

/* --- Planes: K x n numbers (plane.c) ---------------------------------------------------------- */

struct plane {
    size_t rows, columns;
    double *value; /* [rows * columns]; NULL = there is no such plane */
};

struct plane plane_make(struct arena *arena, size_t rows, size_t columns); /* all NaN */
static inline double *plane_row(const struct plane *plane, size_t row)
{
    return plane->value + row * plane->columns;
}
size_t plane_finite_count(const struct plane *plane);
bool plane_is_complete(const struct plane *plane);
double plane_sum_squares(const struct plane *plane); /* of the finite values, from 0 */
double plane_max_abs(const struct plane *plane);     /* of the finite values; 0 when none */
/* Mean of each column over its finite values, NaN for an empty column; ret[columns]. */
void plane_column_means(const struct plane *plane, double *ret);
/* A copy minus the column means. */
struct plane plane_centred(struct arena *arena, const struct plane *plane);
/* One row: the column means. */
struct plane plane_mean_row(struct arena *arena, const struct plane *plane);
/* Root mean square of the finite values of one row; 0 when there are none. */
double row_rms(const double *row, size_t columns);
double round9(double value); /* to 9 decimals, halves to even: statistics are ranked so */

/* --- Orthogonal projection (basis.c) -----------------------------------------------------------
 */

enum { TREND_MAX = 3 };

/* Orthonormal (1, t) on the given points; t^2 joins when `quadratic` and there are >= 12. */
struct trend {
    size_t count;              /* vectors */
    size_t length;             /* points */
    double *vector[TREND_MAX]; /* [length] each, in memory of the caller */
};
void trend_make(struct trend *trend, const uint32_t *index, size_t length, bool quadratic,
                double *memory /* [TREND_MAX * length] */);
void trend_remove(const struct trend *trend, double *values);

/* Orthonormal columns that grow one by one (twice-iterated Gram-Schmidt). */
struct span {
    size_t length, count, cap;
    double *vectors; /* [cap * length] */
};
struct span span_make(struct arena *arena, size_t length, size_t cap);
/* Adds the part of `column` that is new, unless its norm is <= 1e-6 of the column's or <= floor;
 * column is overwritten. */
bool span_add(struct span *span, double *column, double floor);
void span_remove(const struct span *span, double *values); /* projected out, twice */
double dot(const double *a, const double *b, size_t length);
/* Indices of the finite values of row, ascending; returns how many. */
size_t finite_index(const double *row, size_t columns, uint32_t *ret_index);

/* --- Cells (cells.c) ---------------------------------------------------------------------------
 */

/* Logged attempts of one cell of which exactly one was reported. */
struct attempt_group {
    const double *score;
    size_t count, reported;
};

struct cells {
    size_t unit_count, period_count;
    struct plane score;    /* larger is better */
    struct plane *setting; /* [setting_count] as logged */
    size_t setting_count;
    uint32_t **label; /* [category_count] -> [K * T], 0 = missing, others in byte order */
    uint32_t *label_count;
    size_t category_count;
    struct attempt_group *group;
    size_t group_count;
    const struct grid *grid; /* names, and the same values as logged */
};
status cells_make(const struct panel *panel, bool lower_is_better, struct arena *arena,
                  struct grid *ret_grid, struct cells *ret, struct error *err);

/* --- Settings and categories (settings.c) ------------------------------------------------------
 */

struct settings {
    size_t count;
    struct plane *plane; /* [count], logs where every value is positive */
    size_t *source;      /* [count] index in cells->setting */
};
/* Every setting that is not constant, on the scale of the analysis. */
struct settings settings_usable(struct arena *arena, const struct cells *cells);
/* Those that move within some unit. */
struct settings settings_moving(struct arena *arena, const struct settings *usable);

struct categories {
    size_t count;
    uint32_t *const *label;      /* [count] -> [K * T] */
    const uint32_t *label_count; /* [count] labels, missing included: ids are below */
};
/* Those whose label changes within some unit, among cells with a score. */
struct categories categories_live(struct arena *arena, const struct cells *cells);

/* --- Score residual (nuisance.c, residual.c, whiten.c) -----------------------------------------
 */

enum nuisance_kind {
    NUISANCE_CALENDAR, /* ((t - (T - 1) / 2) / T)^2 in short logs, where the trend is linear */
    NUISANCE_SETTING,  /* X_i */
    NUISANCE_PRODUCT,  /* Z_i Z_j; i = j is the square; Z is X centred and scaled to [-1, 1] */
    NUISANCE_CUBE,     /* Z_i^3 */
    NUISANCE_DUMMY,    /* 1 where category i has label j */
    NUISANCE_MEAN,     /* mean of all standardised settings: when nothing else fits */
};

struct nuisance_column {
    enum nuisance_kind kind;
    uint32_t i, j;
};

struct nuisance { /* what may explain a score and is not its random part */
    size_t count;
    struct nuisance_column *column;
    bool quadratic_removed; /* false: the quadratic rule switches lose_shift and ratchet off */
    size_t usable_count;    /* cells with score and all settings */
    double *centre, *scale, *deviation; /* [settings] over usable cells: mean, max |.|, sd */
};
/* settings may be empty (coupling): then only the calendar column is considered. */
struct nuisance nuisance_make(struct arena *arena, const struct plane *score,
                              const struct settings *settings, const struct categories *categories);
/* The values of one column in all cells; ret[K * T], defined where the cell is usable. */
void nuisance_fill(const struct nuisance *nuisance, size_t column, const struct settings *settings,
                   const struct categories *categories, struct plane *ret);
/* True where score and all settings are finite. */
bool cell_is_usable(const struct plane *score, const struct settings *settings, size_t cell);
/* E: the score without unit trends and nuisance columns, each unit with root mean square 1. */
struct plane score_residual(struct arena *arena, const struct plane *score,
                            const struct settings *settings, const struct categories *categories,
                            const struct nuisance *nuisance);

struct whitening {
    bool applied;
    double ar[2];
};
/* Removes a clear pooled AR(2) from E in place. */
struct whitening whiten(struct arena *arena, struct plane *residual);

/* --- Protocol side (innovation.c, change.c, anchors.c) -----------------------------------------
 */

/* D: what X at t + 1 adds to a trend and two lags of its own; K x (T - 1). */
struct plane innovation(struct arena *arena, const struct plane *setting);

struct innovations {
    size_t count;
    struct plane *own;      /* [count] D_j */
    struct plane *specific; /* [count] D_j minus its mean over units; NULL: common protocol */
    struct plane *common;   /* [count] D of the mean series, one row; NULL: none */
    /* The same as series from transition 0 on, once the panel test has made them; else NULL. */
    struct series *own_series, *specific_series, *common_series;
};
struct innovations innovations_make(struct arena *arena, const struct settings *settings);

struct changes {
    struct plane size;            /* M; value NULL without settings */
    struct plane size_residual;   /* M without trend and own lag */
    struct plane cosine;          /* turn cosine; missing for transition 0 */
    struct plane switch_count;    /* value NULL without live categories */
    struct plane switch_residual; /* without trend and own lag */
};
struct changes changes_make(struct arena *arena, size_t unit_count, size_t period_count,
                            const struct settings *settings, const struct categories *categories);
/* Root mean square of the finite steps of a setting over all units; 1 when there is none. */
double step_rms(const struct plane *setting);

enum { ANCHOR_PERIODS_MAX = 2000, ANCHOR_VALUES_MAX = 4000000 };

/* How near the setting of round t + 1 lies to that of each earlier round s, as a centred rank. */
struct anchors {
    size_t unit_count;    /* rows of `unit` */
    const uint32_t *slot; /* [K] place of the unit, or UINT32_MAX: left out for its size */
    size_t period_count;
    double *rank; /* [slots][T * (T - 1) / 2]: see anchor_at */
    bool skipped; /* T > ANCHOR_PERIODS_MAX: no anchors at all */
    bool units_left_out;
};
struct anchors anchors_make(struct arena *arena, const struct settings *settings, size_t unit_count,
                            size_t period_count, bool unit_specific);
/* s <= t <= T - 2 */
static inline double *anchor_at(const struct anchors *anchors, size_t slot, size_t t, size_t s)
{
    size_t per_unit = anchors->period_count * (anchors->period_count - 1) / 2;
    return anchors->rank + slot * per_unit + t * (t + 1) / 2 + s;
}

/* --- Draws (permute.c, draw.c, block.c) --------------------------------------------------------
 */

enum { EXACT_DRAWS_MAX = 5040 };

struct draws {
    size_t unit_count, period_count;
    size_t count; /* with the identity, which is draw 0 */
    uint64_t seed;
    bool exact; /* every pair of permutations once */
};
struct draws draws_make(size_t unit_count, size_t period_count, uint32_t random_draws,
                        uint64_t seed);
/* Draw number b < count: residual of (k, t) comes from (ret_unit[k], ret_period[t]). */
void draws_get(const struct draws *draws, size_t b, uint32_t *ret_unit, uint32_t *ret_period);

/* Draws are computed LANES at a time: a lane is one draw, so that a sum over rounds needs no
 * reordering to be fast, and gives the same bits however the draws are spread over threads. */
enum { LANES = 8 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(16)));

/* A permuted score signal of one unit over the transitions. */
struct signal {
    size_t first;        /* first transition that it has: 1 for improvements */
    const lanes *value;  /* [n], 0 where missing */
    const lanes *weight; /* [n] 1 or 0; NULL when nothing is missing */
    lanes norm;          /* complete signals: squared norm without trend, over first..n-1 */
};

/* The fixed score side. */
struct score_side {
    struct plane residual; /* E */
    double *mean;          /* [T] over the units, NaN where none has a value */
    int32_t *order;        /* [K * T] rank of the rounded residual in its unit; -1 = missing */
    bool complete;
    double *slope[2]; /* unit slope vector of transitions 0..n-1 and 1..n-1, [n] each */
};
struct score_side score_side_make(struct arena *arena, const struct plane *residual);

struct block {
    const struct score_side *side;
    const struct draws *draws;
    size_t first_draw;
    uint32_t *unit;                            /* [K][LANES] */
    uint32_t *period;                          /* [T][LANES] */
    uint32_t *scratch;                         /* [K + T] one draw as it comes */
    lanes *memory[7];                          /* signal values and weights, [T] each */
    struct signal level, centred, improvement; /* of the loaded unit; centred: minus the mean */
    struct signal common;                      /* the mean over units */
    size_t shift; /* 1 for coupling: signals of round t + 1 instead of t */
};
struct block block_make(struct arena *arena, const struct score_side *side,
                        const struct draws *draws, size_t shift);
size_t block_bytes(const struct score_side *side);

/* --- Association of a fixed series with a signal (series.c, sums.c)
 * ------------------------------------
 */

enum { OVERLAP_MIN = 3 }; /* fewer say nothing about a mean and a slope */

struct series_row {
    size_t count;        /* transitions used; 0 = fewer than three */
    double norm;         /* sum of squares of the series */
    bool full;           /* every transition from first on */
    const double *slope; /* unit slope on the used transitions, 0 elsewhere; NULL when full */
};

struct series {
    size_t first;
    struct plane fixed;     /* as given, NaN = missing */
    struct plane projected; /* without trend, 0 = missing */
    struct series_row *row; /* [rows] */
};
/* first: the first transition of the signals that it will meet. */
struct series series_make(struct arena *arena, const struct plane *fixed, size_t first);

struct sums { /* of one unit, or pooled over units */
    lanes product, signal, fixed, count;
};

/* --- Tests (tests.def, one file per mechanism) -------------------------------------------------
 */

struct protocol { /* everything that stays fixed while the scores are permuted */
    size_t unit_count, period_count, setting_count;
    struct settings settings;
    struct innovations innovations;
    struct changes changes;
    struct anchors anchors;
    bool quadratic_removed;
    const struct score_side *side;
    struct series *own, *specific, *common; /* [setting_count]; NULL as in innovations */
    struct series size_level, size_improvement, cosine, switch_level, switch_improvement;
};

enum { TEST_STATISTICS_MAX = 4 };

struct test {
    enum mechanism mechanism;
    bool needs_quadratic; /* not computed under the quadratic rule */
    /* Names of the statistics that apply to this protocol; 0 = the test does not apply. */
    size_t (*statistics)(const struct protocol *, const char *ret_names[TEST_STATISTICS_MAX]);
    size_t (*tally_bytes)(const struct protocol *); /* sums over the units of one block */
    void (*unit)(const struct protocol *, const struct block *, size_t unit, void *tally);
    void (*finish)(const struct protocol *, const struct block *, void *tally,
                   lanes ret[TEST_STATISTICS_MAX]);
};

/* --- Randomisation and combination (randomise.c, combine.c) ------------------------------------
 */

struct outcome { /* statistics of every draw */
    size_t statistic_count;
    const char *name[MECHANISM_COUNT * TEST_STATISTICS_MAX];
    enum mechanism mechanism[MECHANISM_COUNT * TEST_STATISTICS_MAX];
    double *value; /* [statistic_count][draws], rounded to 9 decimals */
    size_t draw_count;
};
status randomise(const struct protocol *protocol, const struct draws *draws,
                 const struct detect_hooks *hooks, struct arena *arena, struct outcome *ret,
                 struct error *err);

/* Runs body over `count` slices in waves; between waves it asks for cancellation and tells the
 * progress. step(ctx, slot, begin, end) computes blocks begin..end-1 with the memory of `slot`. */
struct wave {
    size_t count;      /* blocks */
    size_t per_slot;   /* blocks of one slot in one wave */
    size_t slots;      /* bodies that may run at the same time */
    const char *phase; /* for progress */
    void *ctx;
    void (*step)(void *ctx, size_t slot, size_t begin, size_t end);
};
status wave_run(const struct wave *wave, const struct detect_hooks *hooks, struct error *err);
enum { SLOTS_MAX = 8, SLOT_BYTES_MAX = 16 << 20 };
size_t slots_for(size_t bytes_per_slot, size_t blocks);
size_t blocks_per_slot(size_t operations_per_block);

/* Share of draws with a value >= each one's, and twice the mid-rank count; both [count]. No value
 * is NaN (rank.c). */
void rank_draws(const double *value, size_t count, struct order_item *scratch /* [2 * count] */,
                double *ret_p, uint32_t *ret_twice_midrank);

struct combined {
    double p_panel;
    double p_mechanism[MECHANISM_COUNT]; /* NaN where not computed */
    double *p_statistic;                 /* [statistic_count] */
    double *null;                        /* [draws] panel statistic, the observed one first */
};
struct combined combine(struct arena *arena, const struct outcome *outcome);
double cauchy_pair(double a, double b);                         /* two independent p-values */
void holm(const double *p, size_t count, double *ret_adjusted); /* count <= MECHANISM_COUNT */

/* --- Beside the panel test ---------------------------------------------------------------------
 */

struct selection selection_test(struct arena *arena, const struct attempt_group *group,
                                size_t group_count); /* selection.c */
status coupling_test(const struct cells *cells, const struct innovations *innovations,
                     const struct detect_options *options, uint32_t draws, struct arena *arena,
                     struct coupling *ret, struct error *err);           /* coupling.c */
size_t effective_count(const struct plane *score, bool common_protocol); /* sensitivity.c */
/* |r| that a test of one slope on n_eff points finds with 80 % power (one-sided; Fisher's z). */
double minimum_detectable_r(size_t n_eff, double alpha);
bool too_few_rounds(size_t period_count, size_t n_eff);
/* Rounds from which a log of this many units can answer. */
size_t rounds_needed(size_t unit_count, bool common_protocol);
/* Mean relative size of a change per round and its interval (describe.c). */
double psi_star(struct arena *arena, const struct settings *usable, uint64_t seed,
                struct interval *ret_ci);

struct analysis { /* everything that verdict and explanation look at */
    const struct panel *panel;
    const struct cells *cells;
    struct settings usable;
    struct innovations usable_innovations;
    struct categories live;
    struct protocol protocol;
    struct score_side side;
    struct plane raw_residual; /* before whitening */
    struct draws draws;
    struct outcome outcome;
    struct combined combined;
    bool moves;  /* some setting moves within a unit, or some category is live */
    bool tested; /* enough residuals: the panel test ran */
};
/* Order of the verdicts, overall p, Holm (verdict.c); ret holds the pieces computed before. */
void verdict_decide(const struct analysis *analysis, struct arena *arena, struct verdict *ret);
/* Facts and plots of the identity draw (explain.c). */
void explain(const struct analysis *analysis, struct arena *arena, struct verdict *ret);

#endif
