/* From rows to cells: one value for each system and round, systems sorted by name, rounds by time.
 *
 * Where attempts were logged (column `reported`), the reported ones enter the cell; cells with
 * several attempts of which exactly one was reported also become attempt groups. */
#include "detect/engine.h"

#include <math.h>
#include <stdlib.h>

/* The rows of each cell, in their order in the log. */
struct cell_rows {
    size_t unit_count, period_count;
    slice *unit_name;
    double *period;
    uint32_t *unit_index; /* [algorithms] -> k */
    uint32_t *single;     /* [K * T] as grid.row; or NULL, then: */
    uint32_t *start;      /* [K * T + 1] into row */
    uint32_t *row;        /* [row_count] */
};

struct named_unit {
    slice name;
    uint32_t source;
};

static int compare_named(const void *a, const void *b)
{
    const struct named_unit *x = a, *y = b;
    int order = slice_cmp(x->name, y->name);
    return order != 0 ? order : (x->source > y->source) - (x->source < y->source);
}

static int compare_slice(const void *a, const void *b)
{
    return slice_cmp(*(const slice *)a, *(const slice *)b);
}

/* Systems that have rows, sorted bytewise; ret_index maps the panel's ids to their places. */
static void sort_units(const struct panel *panel, struct arena *arena, struct cell_rows *ret,
                       uint32_t *ret_index)
{
    size_t names = panel->algorithms.count;
    struct named_unit *unit = arena_array(arena, names, sizeof *unit);
    bool *present = arena_array(arena, names, sizeof *present);
    ret->unit_name = arena_array(arena, names, sizeof *ret->unit_name);
    if (arena->overflow)
        return;
    for (size_t i = 0; i < panel->row_count; i++)
        present[panel->algorithm[i]] = true;
    for (size_t a = 0; a < names; a++) {
        if (present[a])
            unit[ret->unit_count++] = (struct named_unit){panel->algorithms.names[a], (uint32_t)a};
    }
    qsort(unit, ret->unit_count, sizeof *unit, compare_named);
    for (size_t k = 0; k < ret->unit_count; k++) {
        ret->unit_name[k] = unit[k].name;
        ret_index[unit[k].source] = (uint32_t)k;
    }
}

static bool time_changes(const struct panel *panel, size_t i)
{
    return i == 0 || panel->time[i] < panel->time[i - 1] || panel->time[i] > panel->time[i - 1];
}

/* The distinct times, ascending. A log that is sorted by time has few places where it changes. */
static void sort_periods(const struct panel *panel, struct arena *arena, struct cell_rows *ret)
{
    size_t changes = 0, n = panel->row_count;
    for (size_t i = 0; i < n; i++)
        changes += time_changes(panel, i);
    ret->period = arena_array(arena, changes, sizeof *ret->period);
    struct arena_mark mark = arena_mark(arena);
    double *time = arena_array_raw(arena, changes, sizeof *time);
    struct order_item *scratch = arena_array_raw(arena, 2 * changes, sizeof *scratch);
    if (arena->overflow)
        return;
    for (size_t i = 0, at = 0; i < n; i++) {
        if (time_changes(panel, i))
            time[at++] = panel->time[i];
    }
    const struct order_item *sorted = order_of(time, changes, scratch);
    for (size_t i = 0; i < changes; i++) {
        if (i == 0 || sorted[i].key != sorted[i - 1].key)
            ret->period[ret->period_count++] = time[sorted[i].index];
    }
    arena_rewind(arena, mark);
}

static size_t period_index(const struct cell_rows *rows, double time)
{
    size_t low = 0, high = rows->period_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows->period[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t cell_of(const struct panel *panel, const struct cell_rows *rows, size_t i)
{
    size_t k = rows->unit_index[panel->algorithm[i]];
    return k * rows->period_count + period_index(rows, panel->time[i]);
}

/* The row of each cell of a large log, when none has two; else and in small logs NULL. */
static uint32_t *single_rows(const struct panel *panel, struct arena *arena,
                             const struct cell_rows *rows)
{
    size_t cells = rows->unit_count * rows->period_count;
    struct arena_mark mark = arena_mark(arena);
    uint32_t *row = cells > PLANE_KEPT_MAX ? arena_array_raw(arena, cells, sizeof *row) : NULL;
    if (!row)
        return NULL;
    memset(row, 0xFF, cells * sizeof *row); /* GRID_NO_ROW */
    for (size_t i = 0; i < panel->row_count; i++) {
        uint32_t *where = &row[cell_of(panel, rows, i)];
        if (*where != GRID_NO_ROW) {
            arena_rewind(arena, mark);
            return NULL;
        }
        *where = (uint32_t)i;
    }
    return row;
}

/* Counting sort of the rows by cell. */
static void sort_rows(const struct panel *panel, struct arena *arena, struct cell_rows *ret)
{
    size_t cells = ret->unit_count * ret->period_count;
    uint32_t *cell = arena_array(arena, panel->row_count, sizeof *cell);
    ret->start = arena_array(arena, cells + 2, sizeof *ret->start);
    ret->row = arena_array(arena, panel->row_count, sizeof *ret->row);
    if (arena->overflow)
        return;
    for (size_t i = 0; i < panel->row_count; i++) {
        cell[i] = (uint32_t)cell_of(panel, ret, i);
        ret->start[cell[i] + 2]++;
    }
    for (size_t c = 2; c < cells + 2; c++)
        ret->start[c] += ret->start[c - 1];
    for (size_t i = 0; i < panel->row_count; i++)
        ret->row[ret->start[cell[i] + 1]++] = (uint32_t)i;
}

/* Names and times live in `arena`, the rows of the cells in `scratch` unless each has one. */
static status cell_rows_make(const struct panel *panel, struct arena *arena, struct arena *scratch,
                             struct cell_rows *ret, struct error *err)
{
    *ret = (struct cell_rows){0};
    ret->unit_index = arena_array(scratch, panel->algorithms.count, sizeof *ret->unit_index);
    if (ret->unit_index)
        sort_units(panel, arena, ret, ret->unit_index);
    sort_periods(panel, arena, ret);
    TRY(arena_check(arena, err));
    TRY(arena_check(scratch, err));
    if (ret->unit_count * ret->period_count > PANEL_CELLS_MAX) /* both are below 2^32 */
        return error_set(err, ST_LIMIT, "the log has %zu systems and %zu rounds; at most %d cells",
                         ret->unit_count, ret->period_count, PANEL_CELLS_MAX);
    if (panel->setting_count > PANEL_SETTINGS_MAX)
        return error_set(err, ST_LIMIT, "the log has %zu settings; at most %d",
                         panel->setting_count, PANEL_SETTINGS_MAX);
    ret->single = panel->category_count == 0 ? single_rows(panel, arena, ret) : NULL;
    if (!ret->single)
        sort_rows(panel, scratch, ret);
    TRY(arena_check(scratch, err));
    return arena_check(arena, err);
}

/* --- Values of a cell ----------------------------------------------------------------------------
 */

static bool is_reported(const struct panel *panel, uint32_t row)
{
    return panel->reported && panel->reported[row] == 1;
}

/* Keeps the reported rows of a cell when there are any; ret[count of the cell]. */
static size_t rows_that_count(const struct panel *panel, const struct cell_rows *rows, size_t cell,
                              uint32_t *ret)
{
    size_t begin = rows->start[cell], count = rows->start[cell + 1] - begin, reported = 0;
    for (size_t i = 0; i < count; i++) {
        ret[i] = rows->row[begin + i];
        reported += is_reported(panel, ret[i]);
    }
    if (reported == 0)
        return count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_reported(panel, ret[i]))
            ret[kept++] = ret[i];
    }
    return kept;
}

static double mean_of(const double *values, const uint32_t *rows, size_t count)
{
    double sum = 0;
    size_t finite = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[rows[i]])) {
            sum += values[rows[i]];
            finite++;
        }
    }
    return finite > 0 ? sum / (double)finite : NAN;
}

enum { LABELS_JOINED_MAX = 64 };

static slice join(struct arena *arena, const slice *label, size_t count)
{
    size_t bytes = count - 1;
    for (size_t i = 0; i < count; i++)
        bytes += label[i].len;
    char *text = arena_alloc(arena, bytes);
    if (!text)
        return (slice){0};
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text[at++] = '|';
        memcpy(text + at, label[i].ptr, label[i].len);
        at += label[i].len;
    }
    return slice_make(text, bytes);
}

/* The distinct labels of a cell sorted bytewise, joined with '|'; beyond LABELS_JOINED_MAX cut. */
static slice label_of(const struct panel_category *category, const uint32_t *rows, size_t count,
                      struct arena *arena)
{
    slice label[LABELS_JOINED_MAX];
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        slice next = category->table.names[category->labels[rows[i]]];
        size_t seen = 0;
        while (seen < distinct && !slice_eq(label[seen], next))
            seen++;
        if (seen == distinct && distinct < LABELS_JOINED_MAX)
            label[distinct++] = next;
    }
    if (distinct <= 1)
        return distinct == 1 ? label[0] : (slice){"", 0};
    qsort(label, distinct, sizeof *label, compare_slice);
    return join(arena, label, distinct);
}

struct columns { /* of the grid, while they are filled */
    double *performance;
    uint32_t *row_count;
    double **setting;
    slice **category;
};

static void fill_cell(const struct panel *panel, const struct cell_rows *rows, size_t cell,
                      uint32_t *scratch, const struct columns *columns, struct arena *arena)
{
    size_t count = rows_that_count(panel, rows, cell, scratch);
    columns->row_count[cell] = rows->start[cell + 1] - rows->start[cell];
    columns->performance[cell] = mean_of(panel->performance, scratch, count);
    for (size_t j = 0; j < panel->setting_count; j++)
        columns->setting[j][cell] = mean_of(panel->settings[j].values, scratch, count);
    for (size_t c = 0; c < panel->category_count; c++)
        columns->category[c][cell] = label_of(&panel->categories[c], scratch, count, arena);
}

static void columns_make(const struct panel *panel, size_t cells, struct arena *arena,
                         struct columns *ret, struct grid *grid)
{
    slice *setting_name = arena_array(arena, panel->setting_count, sizeof(slice));
    slice *category_name = arena_array(arena, panel->category_count, sizeof(slice));
    ret->performance = arena_array(arena, cells, sizeof(double));
    ret->row_count = arena_array(arena, cells, sizeof(uint32_t));
    ret->setting = arena_array(arena, panel->setting_count, sizeof *ret->setting);
    ret->category = arena_array(arena, panel->category_count, sizeof *ret->category);
    if (arena->overflow)
        return;
    for (size_t j = 0; j < panel->setting_count; j++) {
        setting_name[j] = panel->settings[j].name;
        ret->setting[j] = arena_array(arena, cells, sizeof(double));
    }
    for (size_t c = 0; c < panel->category_count; c++) {
        category_name[c] = panel->categories[c].name;
        ret->category[c] = arena_array(arena, cells, sizeof(slice));
    }
    grid->performance = ret->performance;
    grid->row_counts = ret->row_count;
    grid->setting_names = setting_name;
    grid->settings = (const double *const *)ret->setting;
    grid->category_names = category_name;
    grid->categories = (const slice *const *)ret->category;
}

/* One row for each cell at most: the panel's own columns are the grid's. */
static void view_rows(const struct panel *panel, struct arena *arena, struct grid *grid)
{
    slice *setting_name = arena_array(arena, panel->setting_count, sizeof(slice));
    const double **setting = arena_array(arena, panel->setting_count, sizeof(double *));
    if (arena->overflow)
        return;
    for (size_t j = 0; j < panel->setting_count; j++) {
        setting_name[j] = panel->settings[j].name;
        setting[j] = panel->settings[j].values;
    }
    grid->performance = panel->performance;
    grid->setting_names = setting_name;
    grid->settings = setting;
}

static status fill_grid(const struct panel *panel, const struct cell_rows *rows,
                        struct arena *arena, struct arena *scratch, struct grid *ret,
                        struct error *err)
{
    size_t cells = rows->unit_count * rows->period_count;
    struct columns columns;
    *ret = (struct grid){.system_count = rows->unit_count,
                         .round_count = rows->period_count,
                         .setting_count = panel->setting_count,
                         .category_count = panel->category_count,
                         .systems = rows->unit_name,
                         .rounds = rows->period,
                         .row = rows->single};
    if (rows->single) {
        view_rows(panel, arena, ret);
        return arena_check(arena, err);
    }
    uint32_t *kept = arena_array_raw(scratch, panel->row_count, sizeof *kept);
    columns_make(panel, cells, arena, &columns, ret);
    TRY(arena_check(arena, err));
    TRY(arena_check(scratch, err));
    for (size_t cell = 0; cell < cells; cell++)
        fill_cell(panel, rows, cell, kept, &columns, arena);
    return arena_check(arena, err);
}

status grid_build(const struct panel *panel, struct arena *arena, struct grid *ret,
                  struct error *err)
{
    struct cell_rows rows;
    struct arena scratch;
    arena_init_within(&scratch, arena);
    status rc = cell_rows_make(panel, arena, &scratch, &rows, err);
    if (rc == ST_OK)
        rc = fill_grid(panel, &rows, arena, &scratch, ret, err);
    arena_finish(&scratch);
    return rc;
}

/* --- Cells of the analysis -----------------------------------------------------------------------
 */

/* Ids in byte order; the empty label is 0. */
static uint32_t number_labels(const slice *label, size_t cells, struct arena *arena,
                              uint32_t *ret_label)
{
    struct arena_mark mark = arena_mark(arena);
    slice *sorted = arena_array(arena, cells, sizeof *sorted);
    size_t distinct = 0;
    if (!sorted)
        return 0;
    for (size_t i = 0; i < cells; i++) {
        bool known = label[i].len == 0 || (i > 0 && slice_eq(label[i], label[i - 1]));
        if (!known)
            sorted[distinct++] = label[i];
    }
    qsort(sorted, distinct, sizeof *sorted, compare_slice);
    size_t count = 0;
    for (size_t i = 0; i < distinct; i++) {
        if (count == 0 || !slice_eq(sorted[i], sorted[count - 1]))
            sorted[count++] = sorted[i];
    }
    for (size_t i = 0; i < cells; i++) {
        slice *found = bsearch(&label[i], sorted, count, sizeof *sorted, compare_slice);
        ret_label[i] = found ? (uint32_t)(found - sorted) + 1 : 0;
    }
    arena_rewind(arena, mark);
    return (uint32_t)count + 1;
}

static bool group_of(const struct panel *panel, const struct cell_rows *rows, size_t cell,
                     double sign, struct arena *arena, struct attempt_group *ret)
{
    size_t begin = rows->start[cell], count = rows->start[cell + 1] - begin, reported = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_reported(panel, rows->row[begin + i])) {
            ret->reported = i;
            reported++;
        }
    }
    double *score = reported == 1 && count > 1 ? arena_array(arena, count, sizeof *score) : NULL;
    for (size_t i = 0; i < count && score; i++)
        score[i] = sign * panel->performance[rows->row[begin + i]];
    ret->score = score;
    ret->count = count;
    return score;
}

static void find_groups(const struct panel *panel, const struct cell_rows *rows, double sign,
                        struct arena *arena, struct cells *ret)
{
    size_t cells = rows->unit_count * rows->period_count;
    if (!panel->reported || rows->single) /* a single row is no choice */
        return;
    ret->group = arena_array(arena, cells, sizeof *ret->group);
    for (size_t cell = 0; cell < cells && !arena->overflow; cell++)
        ret->group_count += group_of(panel, rows, cell, sign, arena, &ret->group[ret->group_count]);
}

/* A number of the grid as a plane. */
struct grid_rule {
    const struct grid *grid;
    const double *values;
    double sign;
};

static void fill_from_grid(const void *of, size_t k, double *ret)
{
    const struct grid_rule *rule = of;
    grid_line(rule->grid, rule->values, k, ret);
    for (size_t t = 0; t < rule->grid->round_count; t++)
        ret[t] *= rule->sign;
}

static struct plane plane_of_grid(struct arena *arena, const struct grid *grid,
                                  const double *values, double sign)
{
    size_t units = grid->system_count, periods = grid->round_count;
    struct plane none = {.rows = units, .columns = periods};
    struct grid_rule *rule = arena_alloc(arena, sizeof *rule);
    if (!rule)
        return none;
    *rule = (struct grid_rule){.grid = grid, .values = values, .sign = sign};
    struct plane plane = plane_by_rule(arena, units, periods, fill_from_grid, rule);
    return arena->overflow ? none : plane_kept(arena, &plane);
}

static void fill_planes(const struct grid *grid, double sign, struct arena *arena,
                        struct cells *ret)
{
    ret->setting = arena_array(arena, grid->setting_count, sizeof *ret->setting);
    ret->score = plane_of_grid(arena, grid, grid->performance, sign);
    for (size_t j = 0; j < grid->setting_count && !arena->overflow; j++)
        ret->setting[j] = plane_of_grid(arena, grid, grid->settings[j], 1);
}

static void fill_labels(const struct grid *grid, struct arena *arena, struct cells *ret)
{
    size_t cells = grid->system_count * grid->round_count;
    ret->label = arena_array(arena, grid->category_count, sizeof *ret->label);
    ret->label_count = arena_array(arena, grid->category_count, sizeof *ret->label_count);
    for (size_t c = 0; c < grid->category_count && !arena->overflow; c++) {
        ret->label[c] = arena_array(arena, cells, sizeof **ret->label);
        if (!arena->overflow)
            ret->label_count[c] = number_labels(grid->categories[c], cells, arena, ret->label[c]);
    }
}

static status cells_of_rows(const struct panel *panel, double sign, struct arena *arena,
                            struct arena *scratch, struct grid *ret_grid, struct cells *ret,
                            struct error *err)
{
    struct cell_rows rows;
    TRY(cell_rows_make(panel, arena, scratch, &rows, err));
    TRY(fill_grid(panel, &rows, arena, scratch, ret_grid, err));
    *ret = (struct cells){.unit_count = rows.unit_count,
                          .period_count = rows.period_count,
                          .setting_count = panel->setting_count,
                          .category_count = panel->category_count,
                          .grid = ret_grid};
    fill_planes(ret_grid, sign, arena, ret);
    fill_labels(ret_grid, arena, ret);
    find_groups(panel, &rows, sign, arena, ret);
    return arena_check(arena, err);
}

status cells_make(const struct panel *panel, bool lower_is_better, struct arena *arena,
                  struct grid *ret_grid, struct cells *ret, struct error *err)
{
    struct arena scratch;
    arena_init_within(&scratch, arena);
    status rc = cells_of_rows(panel, lower_is_better ? -1 : 1, arena, &scratch, ret_grid, ret, err);
    arena_finish(&scratch);
    return rc;
}
