/* The whole contract of the detection library: log in, panel, analysis, report out.
 *
 * Pure and deterministic: same panel and options give the same bits on one architecture, for any
 * number of threads. No I/O, no clock, no globals; all memory comes from the caller's arenas and
 * lives as long as they do. Every function may be called from any thread; an arena belongs to one
 * thread at a time. Numbers that are not defined are NaN here and null in JSON, with a reason.
 *
 * Reading order: 1 notes and row errors, 2 options, 3 panel, 4 classic block, 5 calibrated verdict,
 * 6 the report, 7 renderers. */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#define DETECT_ENGINE_VERSION "2.0.1" /* changes whenever any number of a report can change */

enum {
    ROW_ERRORS_MAX = 100,            /* kept; the rest is only counted */
    PANEL_COLUMNS_MAX = 4096,        /* header fields of a log */
    PANEL_SETTINGS_MAX = 64,         /* numeric settings */
    PANEL_FIELD_BYTES_MAX = 1 << 20, /* one field */
    PANEL_ROWS_MAX = 20000000,
    PANEL_CELLS_MAX = 4000000, /* systems x rounds (detect.md section 2) */
    BOOTSTRAP_MAX = 1000000,
    DRAWS_MAX = 1000000,
};
#define SEED_MAX   ((uint64_t)9007199254740991) /* 2^53 - 1: exact in every JSON reader */
#define DRAWS_AUTO UINT32_MAX                   /* 1999, or 499 for large panels */

/* --- 1. Notes and row errors ---------------------------------------------------------------- */

/* A sentence in both languages (index: enum lang) with a stable code; transformations, warnings. */
struct note {
    const char *code; /* "percent_to_fraction", static storage */
    slice subject;    /* column, system, … that it is about; may be empty */
    slice text[2];
};

struct notes {
    struct note *items;
    size_t count;
    size_t cap;
};

/* Appends a note; the English format is translated by the catalogue (base/text.h). A full arena
 * drops the note and shows in arena_check. */
void note_add(struct notes *notes, struct arena *arena, const char *code, slice subject,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

struct row_error {
    size_t line;      /* 1-based line of the source where the row starts; 0 = the whole input */
    slice column;     /* header name; empty = the whole row */
    slice value;      /* what stood there, cut to 64 bytes */
    const char *code; /* "not_a_number", "out_of_range", "not_finite", "too_many_fields", … */
    slice text[2];    /* index: enum lang */
};

struct row_errors {
    struct row_error items[ROW_ERRORS_MAX]; /* in source order */
    size_t count;                           /* filled in items */
    size_t total;                           /* found in all */
};

/* --- 2. Options ------------------------------------------------------------------------------ */

enum engine { ENGINE_CALIBRATED, ENGINE_CLASSIC };
enum psi_scale { PSI_RAW, PSI_ZSCORE, PSI_RELATIVE };
enum ci_method { CI_PERCENTILE, CI_BCA };

#define X(id, ...) INDICATOR_##id,
enum indicator_id {
#include "detect/indicators.def"
    INDICATOR_COUNT
};
#undef X

struct preset {
    const char *name;                  /* "standard" */
    double threshold[INDICATOR_COUNT]; /* classic thresholds */
    double alpha;                      /* level of the calibrated test */
    bool fail_on_everything;           /* sleuth gate: all of --fail-on, not only adaptive */
    const char *meaning;               /* one English sentence, translated by tr() */
};
const struct preset *preset_find(slice name);         /* NULL when there is none */
const struct preset *preset_table(size_t *ret_count); /* standard first */

struct bootstrap_options {
    bool run;
    uint32_t resamples;    /* 1000 */
    double confidence;     /* 0.95 */
    enum ci_method method; /* percentile */
    bool include_samples;  /* keep 3 x resamples doubles in the report */
};

/* Runs body(arg, i) for every i < count, in any order and on any threads; returns when all are
 * done. body never allocates from an arena. */
typedef void parallel_for_fn(void *ctx, size_t count, void (*body)(void *arg, size_t i), void *arg);

/* The work's link to its surroundings; all members may be NULL. cancelled and progress may be
 * called from any thread that parallel_for uses. */
struct detect_hooks {
    void *ctx; /* first argument of all three */
    parallel_for_fn *parallel_for;
    bool (*cancelled)(void *ctx); /* true → ST_CANCELLED within about 20 ms; also for deadlines */
    void (*progress)(void *ctx, const char *phase, size_t done, size_t total); /* "bootstrap" … */
};

struct detect_options {
    enum engine engine;
    uint64_t seed;        /* 0..SEED_MAX; 1 */
    uint32_t draws;       /* permutations beside the identity; DRAWS_AUTO */
    double alpha;         /* 0.05; inside (0, 0.5] */
    bool lower_is_better; /* performance is a loss; the engine negates it */
    struct bootstrap_options bootstrap;
    double weights[INDICATOR_COUNT]; /* sum 1; negative only with the classic engine */
    double threshold[INDICATOR_COUNT];
    enum psi_scale psi_scale;
    const struct preset *preset; /* echo only: detect_options_preset copies its numbers */
    uint32_t attempts;           /* configurations tried for the best score; 0 = unknown */
    double score_stderr;         /* standard error of one score; NaN = unknown */
    struct detect_hooks hooks;
};

struct detect_options detect_options_default(void);
void detect_options_preset(struct detect_options *options, const struct preset *preset);
/* ST_INVALID naming the option ("weights", "alpha", "seed", "draws", "n_bootstrap", …). */
status detect_options_check(const struct detect_options *options, struct error *err);

/* --- 3. Panel: the log as columns ------------------------------------------------------------ */

struct column_map {
    slice from; /* header name in the file */
    slice to;   /* name that Sleuth knows */
};

struct panel_options {
    enum engine engine; /* classic: pandas' rules and upstream's checks (classic.md 1.3) */
    char separator;     /* 0 = detect among , ; TAB |   (classic engine: comma) */
    const struct column_map *map;
    size_t map_count;
    size_t rows_max; /* limit of the plan; 0 = PANEL_ROWS_MAX; beyond: ST_LIMIT */
    /* The reader of a CSV is past these bytes of it; it may come back once, from the start. For
     * texts that are mapped files: their pages may go. May be NULL. */
    void (*passed)(void *ctx, size_t at, size_t bytes);
    void *passed_ctx;
};

struct panel_labels {
    slice *names; /* distinct labels in order of first appearance; ptr NULL = missing (classic) */
    uint32_t count;
};

struct panel_setting { /* a numeric constraint */
    slice name;
    const double *values; /* [row_count], NaN = missing */
    size_t missing_count;
    bool prefixed; /* constraint_*; false: temperature, top_p, … (not in the classic block) */
};

struct panel_category { /* protocol field with text labels; label 0 is the empty one = missing */
    slice name;
    const uint32_t *labels; /* [row_count] into table */
    struct panel_labels table;
};

struct panel {
    size_t row_count;
    const double *time;        /* [row_count], finite */
    const double *performance; /* [row_count], finite */
    const uint32_t *algorithm; /* [row_count] into algorithms */
    struct panel_labels algorithms;
    bool algorithms_numeric;        /* every name is an integer: JSON writes numbers (classic) */
    struct panel_setting *settings; /* constraint_* in header order, then hyper-parameters */
    size_t setting_count;
    struct panel_category *categories; /* in header order */
    size_t category_count;
    const int8_t *reported;     /* [row_count] 1, 0, -1 = missing; NULL = no such column */
    const uint32_t *line;       /* [row_count] source line (or record number) of the row */
    enum engine engine;         /* whose rules it was read with */
    char separator;             /* 0 when built by rows */
    size_t source_row_count;    /* data rows seen, dropped ones included */
    size_t dropped_performance; /* rows dropped: performance missing (calibrated) */
    size_t dropped_time;        /* rows dropped: time missing */
    struct notes notes;         /* transformations and warnings of reading, in order */
};

/* Reads a CSV (RFC 4180, UTF-8, BOM, CRLF) by the rules of options->engine: classic.md 1.2-1.3 or
 * detect.md section 2. csv is borrowed only for the call. Memory: at most about 3 x csv.len.
 * ret_errors (may be NULL) receives every bad field, also when the first already decides the
 * status. Error codes in err->code: "csv_parse" (api.md "Failed to parse CSV data"),
 * "invalid_data" (err->text = upstream's exact details string), ST_LIMIT "rows". */
status panel_from_csv(slice csv, const struct panel_options *options, struct arena *arena,
                      struct panel **ret, struct row_errors *ret_errors, struct error *err);

/* Row by row, for JSON lines, JSON arrays and ledgers; same rules, same checks, same notes.
 * begin → { row → text|number|flag … } per record → end. Unknown columns are ignored, absent ones
 * are missing. Errors stick: panel_builder_end returns them. */
struct panel_builder;
status panel_builder_begin(const struct panel_options *options, struct arena *arena,
                           struct panel_builder **ret, struct error *err);
void panel_builder_row(struct panel_builder *builder, size_t line);
void panel_builder_text(struct panel_builder *builder, slice column, slice value);
void panel_builder_number(struct panel_builder *builder, slice column, double value);
void panel_builder_flag(struct panel_builder *builder, slice column, bool value);
status panel_builder_end(struct panel_builder *builder, struct panel **ret,
                         struct row_errors *ret_errors, struct error *err);

/* --- 4. Classic block: comparable with the open-source service, uncalibrated ------------------ */

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_UNKNOWN };
const char *risk_category(enum risk risk); /* "low" "medium" "high"; NULL for unknown (JSON null) */
const char *risk_level(enum risk risk);    /* "Low Risk" …; NULL for unknown */

struct indicator {
    double score;      /* NaN when undefined */
    double normalized; /* share in the composite, 0..1 */
    double threshold;
    bool exceeds_threshold; /* upstream's odd meaning: for ccs true = good */
    bool triggered;         /* true = bad, for every indicator */
    double p_value;         /* rho_pc only, else NaN */
    bool significant;       /* rho_pc only: p_value < 0.05 */
    const char *reason;     /* slug when undefined: "constant_performance" …; NULL */
};

struct classic_period {
    double time;
    size_t row_count;
    double performance_mean;
    double step;                   /* Euclidean length of the constraint step; NaN for the first */
    double consistency;            /* CCS of the rows of this period */
    const double *constraint_mean; /* [constraint_count] */
};

struct classic_algorithm {
    slice name; /* ptr NULL = missing */
    size_t row_count;
    double performance_mean;
    double psi; /* PSI and rho_PC over its own rows */
    double rho_pc;
};

struct classic_constraint {
    slice name;
    size_t count, missing_count, outlier_count; /* outlier: |z| > 2 */
    double mean, std, min, max, cv;             /* std with n - 1; cv = std / |mean| */
    double correlation, p_value;                /* with performance */
    double psi_share;                           /* mean share in the squared steps, 0..1 */
};

struct bootstrap_stat {
    double mean, median, std, ci_lower, ci_upper; /* std with n; NaN when no sample succeeded */
    size_t successful, failures;
    const double *samples; /* [successful]; NULL unless include_samples */
};

struct classic {
    bool defined; /* at least one constraint_* column: the fields below make sense */
    struct indicator indicator[INDICATOR_COUNT];
    double cbs_score;
    enum risk risk;
    bool bias_detected;
    unsigned indicators_triggered;
    double confidence;             /* 100 x triggered / 3 */
    double spearman, spearman_p;   /* performance against mean constraint */
    double partial_rho, partial_p; /* rho_PC without a linear time trend */
    size_t row_count;
    const double *period_values; /* distinct times, ascending */
    size_t period_count, algorithm_count, constraint_count;
    const struct classic_period *periods;
    const struct classic_algorithm *algorithms; /* in order of first appearance */
    const struct classic_constraint *constraints;
    bool bootstrapped;
    struct bootstrap_stat bootstrap[INDICATOR_COUNT];
};

/* One sentence on one indicator; several lines on all; next steps, one per call until NULL. */
const char *classic_band(const struct classic *classic, enum indicator_id id, enum lang lang);
void classic_interpretation(const struct classic *classic, enum lang lang, struct buf *out);
const char *classic_recommendation(const struct classic *classic, size_t index, enum lang lang);

/* Expected lead of the best of `attempts` equal scores over a single one: score_stderr x expected
 * maximum of that many independent standard normals (Tippett 1925). Assumes equal true scores,
 * normal and independent errors, and that the best was reported. */
double selection_optimism(uint32_t attempts, double score_stderr);

/* --- 5. Calibrated verdict (detect.md sections 2-9) --------------------------------------------
 */
#include "detect/verdict.h"

/* The calibrated analysis. With fewer rounds than needed the status is ST_OK and the verdict says
 * so. ST_CANCELLED, ST_TOO_LARGE (arena), ST_LIMIT (cells, settings). */
status engine_run(const struct panel *panel, const struct detect_options *options,
                  struct arena *arena, struct verdict *ret, struct error *err);

/* The panel as cells (detect.md section 2), for plots; the engine fills verdict.grid the same way.
 */
status grid_build(const struct panel *panel, struct arena *arena, struct grid *ret,
                  struct error *err);

/* --- 6. The report -----------------------------------------------------------------------------
 */

struct detect_report {
    const struct panel *panel;
    struct detect_options options; /* echo; hooks cleared */
    const char *engine_version;
    struct classic classic;
    bool has_verdict; /* calibrated engine */
    struct verdict verdict;
    const struct grid *grid;   /* both engines; NULL when the panel is too large to plot */
    struct notes warnings;     /* of the panel, the classic block and the verdict, in order */
    double selection_optimism; /* in score units; NaN when attempts or stderr is unknown */
};

/* panel and options are borrowed as long as the report lives. */
status detect_run(const struct panel *panel, const struct detect_options *options,
                  struct arena *arena, struct detect_report **ret, struct error *err);

/* 0 nothing flagged, 1 adaptive protocol (classic engine: bias) detected. */
int detect_exit_code(const struct detect_report *report);

/* --- 7. Renderers -------------------------------------------------------------------------------
 */
#include "detect/render.h"

#include "detect/kept.h"

#endif
