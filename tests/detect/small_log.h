/* Small logs for the tests of the engine: panels and planes from arrays, pseudo-random numbers. */
#ifndef TESTS_DETECT_SMALL_LOG_H
#define TESTS_DETECT_SMALL_LOG_H

#include "detect/kernel.h"
#include "lib/main.h"

#include <math.h>

enum { LOG_ROWS_MAX = 4096, LOG_SETTINGS_MAX = 4 };

/* Rows that a test fills; row order is the test's, names are "A", "B", … by number. */
struct small_log {
    struct arena arena;
    struct panel panel;
    double time[LOG_ROWS_MAX], performance[LOG_ROWS_MAX];
    uint32_t algorithm[LOG_ROWS_MAX], label[LOG_ROWS_MAX];
    double setting[LOG_SETTINGS_MAX][LOG_ROWS_MAX];
    int8_t reported[LOG_ROWS_MAX];
    slice name[64], label_name[64];
    struct panel_setting settings[LOG_SETTINGS_MAX];
    struct panel_category category;
};

static struct small_log small; /* one at a time: too large for the stack */

static inline struct small_log *log_begin(size_t systems, size_t settings, size_t labels)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    struct small_log *log = &small;
    *log = (struct small_log){0};
    arena_init(&log->arena, (size_t)512 << 20);
    for (size_t k = 0; k < systems; k++)
        log->name[k] = slice_make(letters + k, 1);
    for (size_t l = 1; l <= labels; l++)
        log->label_name[l] = slice_make(letters + 25 + l, 1);
    log->label_name[0] = S("");
    log->panel = (struct panel){
        .time = log->time,
        .performance = log->performance,
        .algorithm = log->algorithm,
        .algorithms = {.names = log->name, .count = (uint32_t)systems},
        .settings = log->settings,
        .setting_count = settings,
        .categories = &log->category,
        .category_count = labels > 0,
    };
    static const char *const setting_names[] = {"constraint_a", "constraint_b", "constraint_c",
                                                "constraint_d"};
    for (size_t j = 0; j < settings; j++)
        log->settings[j] = (struct panel_setting){
            .name = slice_of(setting_names[j]), .values = log->setting[j], .prefixed = true};
    log->category =
        (struct panel_category){.name = S("prompt_id"),
                                .labels = log->label,
                                .table = {.names = log->label_name, .count = (uint32_t)labels + 1}};
    return log;
}

/* Appends a row and returns its number; settings and label start at 1 and missing. */
static inline size_t log_row(struct small_log *log, double time, uint32_t system, double score)
{
    size_t row = log->panel.row_count++;
    ck_assert_uint_lt(row, LOG_ROWS_MAX);
    log->time[row] = time;
    log->algorithm[row] = system;
    log->performance[row] = score;
    for (size_t j = 0; j < log->panel.setting_count; j++)
        log->setting[j][row] = 1;
    return row;
}

static inline void log_end(struct small_log *log)
{
    arena_finish(&log->arena);
}

/* Standard normal from a counter generator: the same numbers on every machine. */
static inline double normal(struct rng *rng)
{
    double u = 1 - rng_unif(rng), v = rng_unif(rng);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* A random log of one setting; `reaction` is how strongly log-budget follows the last score. */
static inline struct small_log *log_random(size_t systems, size_t rounds, double reaction,
                                           uint64_t seed)
{
    struct small_log *log = log_begin(systems, 1, 0);
    struct rng rng = rng_begin(seed, 1);
    for (uint32_t k = 0; k < systems; k++) {
        double budget = 3, score = 0;
        for (size_t t = 0; t < rounds; t++) {
            budget += 0.1 * normal(&rng) - reaction * score;
            score = normal(&rng);
            size_t row = log_row(log, (double)t + 1, k, 0.6 + 0.02 * score);
            log->setting[0][row] = exp(budget);
        }
    }
    return log;
}

static inline struct verdict log_verdict(struct small_log *log, uint32_t draws, uint64_t seed)
{
    struct error err;
    struct verdict verdict;
    struct detect_options options = {.draws = draws, .seed = seed, .alpha = 0.05};
    ck_ok(engine_run(&log->panel, &options, &log->arena, &verdict, &err));
    return verdict;
}

static inline struct plane plane_of(double *values, size_t rows, size_t columns)
{
    return (struct plane){.rows = rows, .columns = columns, .value = values};
}

static inline const struct workspace *work_for(struct arena *arena, size_t columns)
{
    struct workspace *work = arena_alloc(arena, sizeof *work);
    ck_assert_ptr_nonnull(work);
    *work = workspace_make(arena, columns);
    return work;
}

static inline const struct workspace *work_of(struct arena *arena, const struct plane *plane)
{
    return work_for(arena, plane->columns);
}

static inline void ck_near(double actual, double expected, double tolerance)
{
    ck_assert_msg(fabs(actual - expected) <= tolerance, "%.17g is not %.17g", actual, expected);
}

#endif
