/* Panel to frame: distinct periods, rows in their order, row means, units of PSI. */
#include "detect/frame.h"

#include "detect/intern.h"

#include <math.h>

/* Rows → numbers of distinct times in order of first appearance. */
static bool intern_times(const struct panel *panel, struct intern *times, uint32_t *ret_period)
{
    for (size_t row = 0; row < panel->row_count; row++) {
        double time = panel->time[row] + 0.0; /* -0 and 0 are one period */
        bool same = row > 0 && time >= panel->time[row - 1] && time <= panel->time[row - 1];
        uint32_t id =
            same ? ret_period[row - 1] : intern_put(times, slice_make(&time, sizeof time));
        if (id == INTERN_NONE)
            return false;
        ret_period[row] = id;
    }
    return true;
}

/* Numbers the periods by time. */
static bool sort_times(const struct intern *times, struct arena *arena, double *values,
                       uint32_t *period, size_t row_count)
{
    struct arena_mark mark = arena_mark(arena);
    size_t count = times->count;
    double *first_seen = arena_array_raw(arena, count, sizeof *first_seen);
    uint32_t *place = arena_array_raw(arena, count, sizeof *place);
    struct order_item *scratch = arena_array_raw(arena, 2 * count, sizeof *scratch);
    if (!first_seen || !place || !scratch)
        return false;
    for (size_t i = 0; i < count; i++)
        memcpy(&first_seen[i], times->names[i].ptr, sizeof *first_seen);
    const struct order_item *sorted = order_of(first_seen, count, scratch);
    for (size_t i = 0; i < count; i++) {
        values[i] = first_seen[sorted[i].index];
        place[sorted[i].index] = (uint32_t)i;
    }
    for (size_t row = 0; row < row_count; row++)
        period[row] = place[period[row]];
    arena_rewind(arena, mark);
    return true;
}

/* Stable counting sort of the rows by period. */
static bool order_rows(const uint32_t *period, size_t row_count, size_t period_count,
                       struct arena *arena, uint32_t *ret_rows)
{
    struct arena_mark mark = arena_mark(arena);
    size_t *start = arena_array(arena, period_count + 1, sizeof *start);
    if (!start)
        return false;
    for (size_t row = 0; row < row_count; row++)
        start[period[row] + 1]++;
    for (size_t t = 0; t < period_count; t++)
        start[t + 1] += start[t];
    for (size_t row = 0; row < row_count; row++)
        ret_rows[start[period[row]]++] = (uint32_t)row;
    arena_rewind(arena, mark);
    return true;
}

static bool build_periods(const struct panel *panel, struct arena *arena, struct arena *scratch,
                          struct frame *frame)
{
    size_t n = panel->row_count;
    uint32_t *period = arena_array_raw(scratch, n, sizeof *period);
    uint32_t *rows = arena_array_raw(scratch, n, sizeof *rows);
    struct arena_mark mark = arena_mark(scratch);
    struct intern times;
    intern_init(&times, scratch);
    if (!period || !rows || !intern_times(panel, &times, period))
        return false;
    double *values = arena_array_raw(arena, times.count, sizeof *values);
    if (!values || !sort_times(&times, scratch, values, period, n) ||
        !order_rows(period, n, times.count, scratch, rows))
        return false;
    frame->period_count = times.count;
    arena_rewind(scratch, mark);
    frame->period = period;
    frame->period_values = values;
    frame->by_period = rows;
    return true;
}

static double psi_unit_of(const struct moments *m, enum psi_scale scale)
{
    double unit = 1;
    switch (scale) {
    case PSI_RAW:
        return 1;
    case PSI_ZSCORE:
        unit = stats_std(m, 1);
        break;
    case PSI_RELATIVE:
        unit = fabs(m->mean);
        break;
    }
    return unit > 0 ? unit : INFINITY; /* a constant column adds no step */
}

static bool pick_constraints(const struct panel *panel, enum psi_scale scale, struct arena *arena,
                             struct frame *frame)
{
    const double **constraint = arena_array(arena, panel->setting_count + 1, sizeof(double *));
    slice *name = arena_array(arena, panel->setting_count + 1, sizeof *name);
    double *unit = arena_array(arena, panel->setting_count + 1, sizeof *unit);
    struct moments *moments = arena_array(arena, panel->setting_count + 1, sizeof *moments);
    if (!constraint || !name || !unit || !moments)
        return false;
    for (size_t j = 0; j < panel->setting_count; j++) {
        const struct panel_setting *setting = &panel->settings[j];
        frame->constraints_logged |= setting->prefixed;
        if (!setting->prefixed || setting->missing_count == panel->row_count)
            continue;
        size_t used = frame->constraint_count++;
        constraint[used] = setting->values;
        name[used] = setting->name;
    }
    for (size_t j = 0; j < frame->constraint_count; j++) {
        if (j % 2 == 0) { /* an odd one out is its own partner */
            struct moments both[2];
            size_t next = j + 1 < frame->constraint_count ? j + 1 : j;
            stats_moments_pair(constraint[j], constraint[next], panel->row_count, both);
            moments[j] = both[0];
            moments[next] = both[next - j];
        }
        unit[j] = psi_unit_of(&moments[j], scale);
    }
    frame->constraint = constraint;
    frame->constraint_name = name;
    frame->psi_unit = unit;
    frame->moments = moments;
    return true;
}

static bool build_row_means(struct arena *arena, struct frame *frame)
{
    double *mean = arena_array_raw(arena, frame->row_count, sizeof *mean);
    if (!mean)
        return false;
    for (size_t row = 0; row < frame->row_count; row++) {
        double sum = 0;
        size_t count = 0;
        for (size_t j = 0; j < frame->constraint_count; j++) {
            double value = frame->constraint[j][row];
            bool there = !isnan(value);
            sum += there ? value : 0;
            count += there;
        }
        mean[row] = count > 0 ? sum / (double)count : NAN;
        frame->constraint_missing_in_row |= count == 0;
    }
    frame->row_mean = mean;
    struct moments both[2];
    stats_moments_pair(mean, frame->performance, frame->row_count, both);
    frame->x = stats_column_of(mean, &both[0]);
    frame->y = stats_column_of(frame->performance, &both[1]);
    return true;
}

static bool build_steps(struct arena *arena, struct arena *scratch, struct frame *frame)
{
    size_t p = frame->constraint_count;
    struct psi_steps *steps = arena_alloc(scratch, sizeof *steps);
    if (!steps)
        return false;
    steps->length = arena_array_raw(scratch, frame->period_count, sizeof(double));
    steps->means = arena_array_raw(arena, frame->period_count, (p + 1) * sizeof(double));
    steps->share = arena_array(scratch, p + 1, sizeof(double));
    if (arena->overflow || scratch->overflow)
        return false;
    struct psi_walk walk = {.rows = frame->by_period,
                            .row_count = frame->row_count,
                            .ret_steps = steps->length,
                            .ret_share = steps->share,
                            .ret_means = steps->means};
    steps->score = psi_of_rows(frame, &walk, scratch);
    frame->steps = steps;
    return true;
}

static status too_large(struct error *err)
{
    return error_set(err, ST_TOO_LARGE, "the log does not fit into the memory for one analysis");
}

status frame_rows(const struct panel *panel, enum psi_scale scale, struct arena *scratch,
                  struct frame *ret, struct error *err)
{
    struct frame frame = {
        .row_count = panel->row_count,
        .performance = panel->performance,
        .time = panel->time,
        .algorithm = panel->algorithm,
        .algorithm_count = panel->algorithms.count,
    };
    if (!pick_constraints(panel, scale, scratch, &frame) || !build_row_means(scratch, &frame))
        return too_large(err);
    *ret = frame;
    return ST_OK;
}

status frame_periods(const struct panel *panel, struct arena *arena, struct arena *scratch,
                     struct frame *frame, struct error *err)
{
    if (!build_periods(panel, arena, scratch, frame) || !build_steps(arena, scratch, frame))
        return too_large(err);
    return ST_OK;
}
