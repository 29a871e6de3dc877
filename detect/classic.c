/* The classic block: the three indicators and their details per period, algorithm, constraint. */
#include "detect/frame.h"

#include <math.h>

/* --- periods ------------------------------------------------------------------------------------
 */

static void fill_period(const struct frame *frame, const uint32_t *rows, size_t count,
                        double *scratch, struct classic_period *ret)
{
    struct sum sum = {0};
    for (size_t i = 0; i < count; i++)
        sum_add(&sum, frame->performance[rows[i]]);
    ret->row_count = count;
    ret->performance_mean = sum_total(&sum) / (double)count;
    ret->consistency = ccs_of_rows(frame, rows, count, scratch);
}

static status build_periods(const struct frame *frame, struct arena *arena, struct arena *scratch,
                            struct classic *ret, struct error *err)
{
    size_t p = frame->constraint_count;
    size_t count = frame->period_count;
    struct classic_period *periods = arena_array(arena, count, sizeof *periods);
    struct arena_mark mark = arena_mark(scratch);
    double *values = arena_array_raw(scratch, 2 * frame->row_count, sizeof *values);
    TRY(arena_check(arena, err));
    TRY(arena_check(scratch, err));
    size_t at = 0;
    for (size_t t = 0; t < count; t++) {
        size_t end = at;
        while (end < frame->row_count && frame->period[frame->by_period[end]] == t)
            end++;
        periods[t].time = frame->period_values[t];
        periods[t].step = frame->steps->length[t];
        periods[t].constraint_mean = frame->steps->means + t * p;
        fill_period(frame, frame->by_period + at, end - at, values, &periods[t]);
        at = end;
    }
    arena_rewind(scratch, mark);
    ret->periods = periods;
    ret->period_count = count;
    ret->period_values = frame->period_values;
    return ST_OK;
}

/* --- algorithms
 * ----------------------------------------------------------------------------------- */

/* Rows grouped by algorithm, inside a group still by period: a stable counting sort. */
static bool group_rows(const struct frame *frame, struct arena *arena, uint32_t *ret_rows,
                       size_t *ret_start)
{
    struct arena_mark mark = arena_mark(arena);
    size_t *next = arena_array(arena, frame->algorithm_count + 1, sizeof *next);
    if (!next)
        return false;
    for (size_t row = 0; row < frame->row_count; row++)
        next[frame->algorithm[row] + 1]++;
    for (size_t k = 0; k < frame->algorithm_count; k++)
        next[k + 1] += next[k];
    memcpy(ret_start, next, (frame->algorithm_count + 1) * sizeof *next);
    for (size_t i = 0; i < frame->row_count; i++) {
        uint32_t row = frame->by_period[i];
        ret_rows[next[frame->algorithm[row]]++] = row;
    }
    arena_rewind(arena, mark);
    return true;
}

/* PSI and rho over the rows of one algorithm; NaN where it has too few. */
static void fill_algorithm(const struct frame *frame, const uint32_t *rows, size_t count,
                           struct arena *scratch, struct classic_algorithm *ret)
{
    struct arena_mark mark = arena_mark(scratch);
    double *y = arena_array_raw(scratch, count, sizeof *y);
    double *mean = arena_array_raw(scratch, count, sizeof *mean);
    struct psi_walk walk = {.rows = rows, .row_count = count};
    struct sum sum = {0};
    ret->row_count = count;
    ret->rho_pc = NAN;
    if (!y || !mean || count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        y[i] = frame->performance[rows[i]];
        mean[i] = frame->row_mean[rows[i]];
        sum_add(&sum, y[i]);
    }
    ret->performance_mean = sum_total(&sum) / (double)count;
    bool moves = frame->period[rows[0]] != frame->period[rows[count - 1]];
    ret->psi = moves ? psi_of_rows(frame, &walk, scratch) : NAN;
    if (count >= 3 && !frame->constraint_missing_in_row)
        ret->rho_pc = stats_pearson(y, mean, count);
    arena_rewind(scratch, mark);
}

static status build_algorithms(const struct frame *frame, const struct panel *panel,
                               struct arena *arena, struct arena *scratch, struct classic *ret,
                               struct error *err)
{
    size_t count = frame->algorithm_count;
    struct classic_algorithm *algorithms = arena_array(arena, count, sizeof *algorithms);
    struct arena_mark mark = arena_mark(scratch);
    uint32_t *rows = arena_array_raw(scratch, frame->row_count, sizeof *rows);
    size_t *start = arena_array_raw(scratch, count + 1, sizeof *start);
    TRY(arena_check(arena, err));
    if (!rows || !start || !group_rows(frame, scratch, rows, start))
        return arena_check(scratch, err);
    for (size_t k = 0; k < count; k++) {
        algorithms[k].name = panel->algorithms.names[k];
        fill_algorithm(frame, rows + start[k], start[k + 1] - start[k], scratch, &algorithms[k]);
    }
    arena_rewind(scratch, mark);
    ret->algorithms = algorithms;
    ret->algorithm_count = count;
    return arena_check(scratch, err);
}

/* --- constraints
 * ------------------------------------------------------------------------------------ */

/* Pearson with performance over the rows that have the value. */
static double correlate(const struct frame *frame, size_t j, struct arena *scratch,
                        size_t *ret_count)
{
    const double *values = frame->constraint[j];
    if (frame->moments[j].count == frame->row_count) {
        struct stats_column column = stats_column_of(values, &frame->moments[j]);
        *ret_count = frame->row_count;
        return frame->row_count >= 3 ? stats_pearson_of(&column, &frame->y) : NAN;
    }
    struct arena_mark mark = arena_mark(scratch);
    double *x = arena_array_raw(scratch, frame->row_count, sizeof *x);
    double *y = arena_array_raw(scratch, frame->row_count, sizeof *y);
    size_t count = 0;
    if (!x || !y)
        return NAN;
    for (size_t row = 0; row < frame->row_count; row++) {
        x[count] = values[row];
        y[count] = frame->performance[row];
        count += isnan(values[row]) ? 0U : 1U;
    }
    double r = count >= 3 ? stats_pearson(x, y, count) : NAN;
    *ret_count = count;
    arena_rewind(scratch, mark);
    return r;
}

static size_t count_outliers(const double *values, size_t count, const struct moments *m)
{
    double std = stats_std(m, 1);
    size_t outliers = 0;
    if (m->count < 3 || !(std > 0))
        return 0;
    for (size_t i = 0; i < count; i++)
        outliers += fabs((values[i] - m->mean) / std) > 2; /* NaN compares false */
    return outliers;
}

static status build_constraints(const struct frame *frame, struct arena *arena,
                                struct arena *scratch, struct classic *ret, struct error *err)
{
    size_t n = frame->row_count;
    struct classic_constraint *items = arena_array(arena, frame->constraint_count, sizeof *items);
    TRY(arena_check(arena, err));
    for (size_t j = 0; j < frame->constraint_count; j++) {
        const double *values = frame->constraint[j];
        struct moments m = frame->moments[j];
        size_t pairs = 0;
        items[j] = (struct classic_constraint){
            .name = frame->constraint_name[j],
            .count = m.count,
            .missing_count = n - m.count,
            .mean = m.mean,
            .std = stats_std(&m, 1),
            .min = m.min,
            .max = m.max,
            .cv = ccs_variation(&m),
            .outlier_count = count_outliers(values, n, &m),
            .psi_share = frame->steps->share[j],
        };
        items[j].correlation = correlate(frame, j, scratch, &pairs);
        items[j].p_value = stats_correlation_p(items[j].correlation, (double)pairs - 2);
    }
    ret->constraints = items;
    ret->constraint_count = frame->constraint_count;
    return arena_check(scratch, err);
}

/* --- rank and partial correlation
 * ---------------------------------------------------------------------- */

/* The column minus its least-squares line on time. */
static void detrend(const struct stats_column *column, const double *time,
                    const struct moments *of_time, double *ret)
{
    const double *values = column->values;
    double mean = column->moments.mean;
    struct sum cross = {0};
    for (size_t i = 0; i < column->count; i++)
        sum_add(&cross, (time[i] - of_time->mean) * (values[i] - mean));
    double slope = of_time->squares > 0 ? sum_total(&cross) / of_time->squares : 0;
    for (size_t i = 0; i < column->count; i++)
        ret[i] = values[i] - mean - slope * (time[i] - of_time->mean);
}

/* Spearman: Pearson of mid-ranks. 20 bytes for each row. */
static double rank_correlation(const struct frame *frame, struct arena *arena)
{
    size_t n = frame->row_count;
    struct arena_mark mark = arena_mark(arena);
    uint32_t *of_y = arena_array_raw(arena, n, sizeof *of_y);
    struct order_item *scratch = arena_array_raw(arena, 2 * n, sizeof *scratch);
    double r = NAN;
    if (of_y && scratch) {
        stats_twice_ranks(order_of(frame->performance, n, scratch), n, of_y);
        const struct order_item *sorted = order_of(frame->row_mean, n, scratch);
        uint32_t *of_x = (uint32_t *)(void *)(sorted == scratch ? scratch + n : scratch);
        stats_twice_ranks(sorted, n, of_x);
        struct stats_column y = stats_column_of_ranks(of_y, n), x = stats_column_of_ranks(of_x, n);
        r = stats_pearson_of(&y, &x);
    }
    arena_rewind(arena, mark);
    return r;
}

static status correlate_otherwise(const struct frame *frame, struct arena *arena,
                                  struct classic *ret, struct error *err)
{
    size_t n = frame->row_count;
    struct indicator rho;
    ret->spearman = ret->spearman_p = ret->partial_rho = ret->partial_p = NAN;
    TRY(rho_pc_measure(frame, arena, &rho, err));
    if (n < 3 || isnan(rho.score))
        return ST_OK;
    ret->spearman = rank_correlation(frame, arena);
    ret->spearman_p = stats_correlation_p(ret->spearman, (double)n - 2);
    struct arena_mark mark = arena_mark(arena);
    double *a = arena_array_raw(arena, n, sizeof *a);
    double *b = arena_array_raw(arena, n, sizeof *b);
    TRY(arena_check(arena, err));
    struct moments time = stats_moments(frame->time, n);
    detrend(&frame->y, frame->time, &time, a);
    detrend(&frame->x, frame->time, &time, b);
    ret->partial_rho = stats_pearson(a, b, n);
    ret->partial_p = stats_correlation_p(ret->partial_rho, (double)n - 2);
    arena_rewind(arena, mark);
    return ST_OK;
}

/* Whole columns are correlated first, before the memory of the periods is taken. */
static status measure(const struct panel *panel, const struct detect_options *options,
                      struct arena *arena, struct arena *scratch, struct classic *ret,
                      struct error *err)
{
    static indicator_fn *const measure[] = {
#define X(id, name, limit, weight, higher, function) [INDICATOR_##id] = function,
#include "detect/indicators.def"
#undef X
    };
    struct frame frame;
    TRY(frame_rows(panel, options->psi_scale, scratch, &frame, err));
    ret->defined = frame.constraints_logged;
    TRY(correlate_otherwise(&frame, scratch, ret, err));
    TRY(frame_periods(panel, arena, scratch, &frame, err));
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        ret->indicator[id].p_value = NAN;
        TRY(measure[id](&frame, scratch, &ret->indicator[id], err));
    }
    score_classic(ret, options);
    TRY(build_periods(&frame, arena, scratch, ret, err));
    TRY(build_algorithms(&frame, panel, arena, scratch, ret, err));
    TRY(build_constraints(&frame, arena, scratch, ret, err));
    if (options->bootstrap.run && frame.constraint_count > 0)
        TRY(bootstrap_run(&frame, options, arena, scratch, ret, err));
    return ST_OK;
}

status classic_build(const struct panel *panel, const struct detect_options *options,
                     struct arena *arena, struct classic *ret, struct error *err)
{
    struct classic classic = {.row_count = panel->row_count};
    struct arena scratch; /* the frame: more than the classic block itself */
    arena_init_within(&scratch, arena);
    status rc = measure(panel, options, arena, &scratch, &classic, err);
    if (rc == ST_OK)
        rc = arena_check(&scratch, err);
    arena_finish(&scratch);
    if (rc == ST_OK)
        *ret = classic;
    return rc;
}
