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

/* A table of numbers. The many tables of a large log would take many times its own memory, so a
 * table can also be a rule that computes the row that is asked for: by the same steps that fill a
 * stored one, hence with the same bits. */
struct plane {
    size_t rows, columns;
    double *value; /* [rows * columns], by a rule [columns]; NULL = there is no such plane */
    struct plane_rule *rule; /* NULL: every row is stored */
};

struct plane_rule {
    void (*fill)(const void *of, size_t row, double *ret);
    const void *of;
    size_t row;  /* that value holds; SIZE_MAX = none */
    bool shared; /* value belongs to other planes as well: it holds no row for long */
};

enum { PLANE_KEPT_MAX = 1 << 15 }; /* values; larger planes stay rules */

struct plane plane_make(struct arena *arena, size_t rows, size_t columns); /* all NaN */
struct plane plane_by_rule(struct arena *arena, size_t rows, size_t columns,
                           void (*fill)(const void *of, size_t row, double *ret), const void *of);
/* All rows of a small plane, so that none is computed again; a large one as it is. */
struct plane plane_kept(struct arena *arena, const struct plane *plane);
double *plane_fill_row(const struct plane *plane, size_t row);
/* A row by a rule stands until the next one of that plane is asked for. */
static inline double *plane_row(const struct plane *plane, size_t row)
{
    return plane->rule ? plane_fill_row(plane, row) : plane->value + row * plane->columns;
}
/* Room for one row at a time, shared by all rules of an analysis: what one of them has left there
 * is of no use once another plane's row was asked for. */
struct workspace {
    uint32_t *index; /* [columns] */
    double *memory;  /* [WORKSPACE_ROWS * columns] */
};
enum { WORKSPACE_ROWS = 6 };
struct workspace workspace_make(struct arena *arena, size_t columns);
/* The same into memory of the caller; what plane_row gave before still stands. */
void plane_copy_row(const struct plane *plane, size_t row, double *ret);
size_t plane_finite_count(const struct plane *plane);
bool plane_is_complete(const struct plane *plane);
double plane_sum_squares(const struct plane *plane); /* of the finite values, from 0 */
double plane_max_abs(const struct plane *plane);     /* of the finite values; 0 when none */
/* One row: the mean of each column over its finite values, NaN for an empty column. */
struct plane plane_mean_row(struct arena *arena, const struct plane *plane);
/* The same plane minus its column means. row: [columns] that a large one may share with others, of
 * which only one is read at a time, or NULL. */
struct plane plane_centred(struct arena *arena, const struct plane *plane, double *row);
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

/* The same for columns too long to be held, in three passes over pieces of them (tall.c). */
struct tall {
    size_t count;          /* columns; the target stands behind them */
    double *column, *part; /* [count + 1][count + 1] */
    double *norm, *left;   /* [count + 1] */
    bool *kept;
};
enum { TALL_PASSES = 3 };
struct tall tall_make(struct arena *arena, size_t count);
/* piece[count + 1] of `length` numbers each, which are overwritten: the target by what is left of
 * it in the last pass. Each pass takes the same pieces in the same order. */
void tall_pass(struct tall *tall, int pass, double *const *piece, size_t length);
void tall_pass_end(struct tall *tall, int pass);

/* Indices of the finite values of row, ascending; returns how many. */
size_t finite_index(const double *row, size_t columns, uint32_t *ret_index);
/* Takes the part along a unit vector out; returns how much it was. */
double subtract_part(double *values, const double *unit, size_t length);

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
/* The values of one column in all cells of a unit; ret[T], defined where the cell is usable. */
void nuisance_fill(const struct nuisance *nuisance, size_t column, const struct settings *settings,
                   const struct categories *categories, size_t unit, size_t period_count,
                   double *ret);
/* True where score and all settings of the unit are finite; ret[T]. */
void usable_cells(const struct plane *score, const struct settings *settings, size_t unit,
                  bool *ret);
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
struct plane innovation(struct arena *arena, const struct plane *setting,
                        const struct workspace *work);

struct innovations {
    size_t count;
    struct plane *own;      /* [count] D_j */
    struct plane *specific; /* [count] D_j minus its mean over units; NULL: common protocol */
    struct plane *common;   /* [count] D of the mean series, one row; NULL: none */
};
struct innovations innovations_make(struct arena *arena, const struct settings *settings,
                                    const struct workspace *work);

struct changes {
    struct plane size;            /* M; value NULL without settings. Large ones are rules */
    struct plane size_residual;   /* M without trend and own lag */
    struct plane cosine;          /* turn cosine; missing for transition 0 */
    struct plane switch_count;    /* value NULL without live categories */
    struct plane switch_residual; /* without trend and own lag */
};
struct changes changes_make(struct arena *arena, size_t unit_count, size_t period_count,
                            const struct settings *settings, const struct categories *categories,
                            const struct workspace *work);
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
    bool step;           /* stands for value[t] - value[t - 1], where both are there */
    const lanes *value;  /* [n], 0 where missing */
    const lanes *weight; /* [n] 1 or 0; NULL when nothing is missing */
    lanes norm;          /* complete signals: squared norm without trend, over first..n-1 */
};

/* The fixed score side. */
struct score_side {
    struct plane residual; /* E */
    double *mean;          /* [T] over the units, NaN where none has a value */
    int32_t *order; /* [K * T] rank of the rounded residual in its unit, -1 = missing; NULL in logs
                     * too long for anchors */
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
    lanes *memory[5];                          /* signal values and weights, [T] each */
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

/* Of a large log only the units of a window are there; they are loaded one window after another. */
struct series {
    size_t first;
    size_t unit;            /* first one of the window */
    size_t unit_max;        /* most units that fit into the window */
    struct plane source;    /* as given, NaN = missing */
    struct plane fixed;     /* the same, window */
    struct plane projected; /* without trend, 0 = missing; window */
    struct series_row *row; /* [unit_max] */
    double *slope;          /* [unit_max * n] for rows with gaps, or NULL */
    struct workspace work;  /* of loading */
};
/* first: the first transition of the signals that it will meet. All units. */
struct series series_make(struct arena *arena, const struct plane *fixed, size_t first);
/* Room for unit_max units, none loaded. complete: the scores have no gaps (score_side). */
struct series series_open(struct arena *arena, const struct plane *fixed, size_t first,
                          size_t unit_max, bool complete, const struct workspace *work);
void series_load(struct series *series, size_t unit); /* that unit and those behind */

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
    size_t unit_max; /* in one window of the series */
    struct workspace work;
    bool quadratic_removed;
    const struct score_side *side;
    struct series *own, *specific, *common; /* [setting_count]; NULL as in innovations */
    struct series size_level, size_improvement, cosine, switch_level, switch_improvement;
};

/* The series of all planes that the protocol has; those of own_series and the like as they are. */
void protocol_open(struct arena *arena, struct protocol *protocol, bool complete);
void protocol_load(struct protocol *protocol, size_t unit); /* the window from that unit on */

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
status randomise(struct protocol *protocol, const struct draws *draws,
                 const struct detect_hooks *hooks, struct arena *arena, struct outcome *ret,
                 struct error *err);

/* All blocks of draws over all units, on any threads (sweep.c). Of a large log the fixed side of
 * the units is there window by window; what a block carries from one to the next is its tally. */
struct sweep {
    size_t block_count, unit_count;
    size_t unit_max;    /* of a window */
    size_t tally_bytes; /* zeroed before the first unit */
    size_t per_slot;    /* blocks between two questions whether to go on */
    size_t slots;       /* bodies that may run at the same time */
    const char *phase;  /* for progress */
    void *ctx;
    void (*load)(void *ctx, size_t first_unit); /* not called when all units fit */
    void (*begin)(void *ctx, size_t slot, size_t block);
    bool (*unit)(void *ctx, size_t slot, size_t unit, void *tally); /* false: stop the block */
    void (*finish)(void *ctx, size_t slot, size_t block, void *tally);
};
status sweep_run(const struct sweep *sweep, const struct detect_hooks *hooks, struct arena *arena,
                 struct error *err);
enum { SLOTS_MAX = 8, SLOT_BYTES_MAX = 12 << 20 };
size_t slots_for(size_t bytes_per_slot, size_t blocks);
size_t blocks_per_slot(size_t operations_per_block);
/* Units of which `bytes` each fit beside a log of that many cells. */
size_t window_units(size_t unit_count, size_t bytes_per_unit, size_t cells);

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

struct analysis;

/* --- Beside the panel test ---------------------------------------------------------------------
 */

struct selection selection_test(struct arena *arena, const struct attempt_group *group,
                                size_t group_count); /* selection.c */
status coupling_test(const struct analysis *analysis, const struct detect_options *options,
                     uint32_t draws, struct arena *arena, struct coupling *ret,
                     struct error *err);                                 /* coupling.c */
size_t effective_count(const struct plane *score, bool common_protocol); /* sensitivity.c */
/* |r| that a test of one slope on n_eff points finds with 80 % power (one-sided; Fisher's z). */
double minimum_detectable_r(size_t n_eff, double alpha);
bool too_few_rounds(size_t period_count, size_t n_eff);
/* Rounds from which a log of this many units can answer. */
size_t rounds_needed(size_t unit_count, bool common_protocol);
/* Mean relative size of a change per round and its interval (describe.c). */
double psi_star(struct arena *arena, const struct settings *usable, uint64_t seed,
                struct interval *ret_ci);

/* The setting that follows the scores most, and the unit that does in any setting. */
struct strongest {
    size_t setting, unit;
    double setting_r, unit_r;
    bool found;
};

struct analysis { /* everything that verdict and explanation look at */
    const struct panel *panel;
    const struct cells *cells;
    struct workspace work;
    struct settings usable;
    struct innovations usable_innovations;
    struct categories live;
    struct protocol protocol;
    struct score_side side;
    struct draws draws;
    struct strongest strongest;
    struct outcome outcome;
    struct combined combined;
    bool moves;  /* some setting moves within a unit, or some category is live */
    bool tested; /* enough residuals: the panel test ran */
};
/* Order of the verdicts, overall p, Holm (verdict.c); ret holds the pieces computed before. */
void verdict_decide(const struct analysis *analysis, struct arena *arena, struct verdict *ret);
/* Facts and plots of the identity draw (explain.c), in the order of these calls: what nothing is
 * known of; how the protocol answered to the residual before whitening; which setting and system
 * move with the scores, while the protocol's series are open; all else. */
struct facts facts_unknown(void);
void explain_answers(const struct analysis *analysis, const struct plane *residual,
                     struct arena *arena, struct verdict *ret);
struct strongest find_strongest(struct analysis *analysis, struct arena *scratch);
void explain(const struct analysis *analysis, struct arena *arena, struct verdict *ret);

#endif
