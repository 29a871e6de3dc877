/* The end of reading: is the log complete and usable, and what was done to it.
 *
 * The classic engine answers with upstream's sentences in upstream's order (classic.md 1.3), then
 * refuses what upstream only fails on; the calibrated engine follows detect.md section 2. */
#include "detect/panel.h"

#include <math.h>
#include <stdio.h>

enum { NAMES_MAX = 200 };

/* --- names of columns --------------------------------------------------------------------- */

static status check_required(const struct panel_builder *b, struct error *err)
{
    static const enum column_role role[] = {ROLE_TIME, ROLE_ALGORITHM, ROLE_PERFORMANCE};
    static const char *const name[] = {"time_period", "algorithm", "performance"};
    char missing[64] = "";
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_COUNT(role); i++)
        if (!builder_first(b, role[i]))
            len += (size_t)snprintf(missing + len, sizeof missing - len, "%s%s",
                                    len > 0 ? ", " : "", name[i]);
    if (len == 0)
        return ST_OK;
    struct place place = {0};
    row_error_add(
        b->errors, b->arena, "missing_column", &place,
        "there is no column %s; name the column that holds it with a mapping, for example "
        "accuracy=performance",
        missing);
    return error_code(err, ST_INVALID, "invalid_data", "Missing required columns: %s", missing);
}

static status check_protocol(const struct panel_builder *b, struct error *err)
{
    if (builder_first(b, ROLE_SETTING) || builder_first(b, ROLE_CATEGORY) ||
        builder_first(b, ROLE_REPORTED))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_data",
                      "No constraint columns found. At least one 'constraint_*' column is "
                      "required.");
}

/* --- classic engine ------------------------------------------------------------------------- */

/* pandas gives the column a number type: all numbers or missing, or all flags. */
static bool is_numeric(const struct panel_builder *b, const struct column *column)
{
    if (column->texts > 0 || b->row_count == 0)
        return false;
    return column->flags == 0 || column->flags == b->row_count;
}

/* Every field of the column was a number: nothing has to be looked for. */
static bool has_no_gap(const struct panel_builder *b, const struct column *column)
{
    return b->row_count == b->source_row_count &&
           column->numbers + column->flags + column->percents == b->row_count;
}

/* Upstream lets missing values pass. */
static bool in_unit_range(const struct panel_builder *b, const struct column *column)
{
    size_t outside = 0;
    for (size_t row = 0; row < b->row_count; row++) /* no branch: almost always there is none */
        outside += (column->values[row] < 0) | (column->values[row] > 1);
    if (outside == 0)
        return true;
    outside = 0;
    for (size_t row = 0; row < b->row_count; row++) {
        double value = column->values[row];
        struct buf text;
        if (!(value < 0 || value > 1))
            continue;
        outside++;
        if (outside > ROW_ERRORS_MAX)
            break;
        buf_init_arena(&text, b->arena, 64);
        buf_printf(&text, "%.10g", value);
        struct place place = {b->lines[row], column->name, buf_slice(&text)};
        row_error_add(b->errors, b->arena, "out_of_range", &place, "'%.*s' is not in [0, 1]",
                      SLICE_ARG(place.value));
    }
    return outside == 0;
}

static bool has_two_values(const double *values, size_t count)
{
    double first = NAN; /* missing periods do not count */
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        if (isnan(first))
            first = values[i];
        else if (values[i] < first || values[i] > first)
            return true;
    }
    return false;
}

static status check_upstream(const struct panel_builder *b, struct error *err)
{
    const struct column *time = builder_first(b, ROLE_TIME);
    const struct column *performance = builder_first(b, ROLE_PERFORMANCE);
    if (!is_numeric(b, time))
        return error_code(err, ST_INVALID, "invalid_data", "'time_period' must be numeric");
    if (!is_numeric(b, performance))
        return error_code(err, ST_INVALID, "invalid_data", "'performance' must be numeric");
    if (!in_unit_range(b, performance))
        return error_code(err, ST_INVALID, "invalid_data",
                          "'performance' values must be in range [0, 1]");
    if (b->row_count < 4)
        return error_code(err, ST_INVALID, "invalid_data",
                          "Insufficient data: need at least 4 rows, got %zu", b->row_count);
    if (builder_first(b, ROLE_ALGORITHM)->table.count < 2)
        return error_code(err, ST_INVALID, "invalid_data",
                          "At least 2 different algorithms required");
    if (!has_two_values(time->values, b->row_count))
        return error_code(err, ST_INVALID, "invalid_data",
                          "At least 2 different time periods required");
    return ST_OK;
}

/* Adds a row error for every missing value of a column that must be complete. */
static size_t count_missing(const struct panel_builder *b, const struct column *column)
{
    size_t count = 0;
    for (size_t row = 0; row < b->row_count && !has_no_gap(b, column); row++) {
        if (!isnan(column->values[row]))
            continue;
        struct place place = {b->lines[row], column->name, S("")};
        row_error_add(b->errors, b->arena, "missing_value", &place, "the value is missing");
        count++;
    }
    return count;
}

/* Every row kept has a number in that column. */
static bool is_complete(const struct panel_builder *b, const struct column *column)
{
    return column->numbers + column->flags == b->row_count;
}

static bool has_complete_setting(const struct panel_builder *b)
{
    for (size_t i = 0; i < b->column_count; i++)
        if (b->columns[i].role == ROLE_SETTING && is_complete(b, &b->columns[i]))
            return true;
    return false;
}

static bool row_has_setting(const struct panel_builder *b, size_t row)
{
    for (size_t i = 0; i < b->column_count; i++)
        if (b->columns[i].role == ROLE_SETTING && !isnan(b->columns[i].values[row]))
            return true;
    return false;
}

/* What makes upstream answer 500: refused here with the reason. */
static status check_computable(const struct panel_builder *b, struct error *err)
{
    static const enum column_role complete[] = {ROLE_TIME, ROLE_PERFORMANCE};
    for (size_t i = 0; i < b->column_count; i++) {
        const struct column *c = &b->columns[i];
        if (c->role == ROLE_SETTING && (c->texts > 0 || !is_numeric(b, c)))
            return error_code(err, ST_INVALID, "invalid_data", "'%.*s' must be numeric",
                              SLICE_ARG(text_cut(c->name, NAMES_MAX)));
        if (c->infinities > 0)
            return error_code(err, ST_INVALID, "invalid_data", "'%.*s' values must be finite",
                              SLICE_ARG(text_cut(c->name, NAMES_MAX)));
    }
    for (size_t i = 0; i < ARRAY_COUNT(complete); i++) {
        const struct column *c = builder_first(b, complete[i]);
        size_t count = count_missing(b, c);
        if (count > 0)
            return error_code(err, ST_INVALID, "invalid_data", "'%.*s' is missing in %zu rows",
                              SLICE_ARG(c->name), count);
    }
    if (has_complete_setting(b))
        return ST_OK;
    for (size_t row = 0; row < b->row_count; row++)
        if (!row_has_setting(b, row))
            return error_code(err, ST_INVALID, "invalid_data",
                              "line %u: every constraint value is missing", b->lines[row]);
    return ST_OK;
}

/* --- calibrated engine ------------------------------------------------------------------------ */

/* The first row error becomes the sentence of the whole, in both languages. */
static status refuse_first(const struct row_errors *errors, struct error *err)
{
    const struct row_error *item = &errors->items[0];
    slice column = text_cut(item->column, NAMES_MAX);
    status rc = error_code(err, ST_INVALID, "invalid_data", "line %zu, column '%.*s': %.*s",
                           item->line, SLICE_ARG(column), SLICE_ARG(item->text[LANG_EN]));
    if (err)
        (void)snprintf(err->text_zh, sizeof err->text_zh,
                       tr(LANG_ZH, "line %zu, column '%.*s': %.*s"), item->line, SLICE_ARG(column),
                       SLICE_ARG(item->text[LANG_ZH]));
    return rc;
}

/* A column with percent signs in some fields only has no certain scale. */
static void check_percent(struct panel_builder *b)
{
    for (size_t i = 0; i < b->column_count; i++) {
        const struct column *c = &b->columns[i];
        if (c->percents > 0 && c->numbers > 0)
            row_error_add(b->errors, b->arena, "mixed_percent", &c->first_plain,
                          "'%.*s' has no percent sign, other values of the column have one",
                          SLICE_ARG(text_cut(c->first_plain.value, 64)));
    }
}

static status check_calibrated(struct panel_builder *b, struct error *err)
{
    size_t settings = 0;
    check_percent(b);
    if (b->errors->total > 0)
        return refuse_first(b->errors, err);
    for (size_t i = 0; i < b->column_count; i++)
        settings += b->columns[i].role == ROLE_SETTING;
    if (settings > PANEL_SETTINGS_MAX)
        return error_code(err, ST_LIMIT, "settings",
                          "a log has at most %d numeric settings, got %zu", PANEL_SETTINGS_MAX,
                          settings);
    if (b->row_count == 0)
        return error_code(err, ST_INVALID, "invalid_data",
                          "no row has both a time_period and a performance");
    return ST_OK;
}

/* --- notes --------------------------------------------------------------------------------------
 */

static void note_columns(struct panel_builder *b)
{
    for (size_t i = 0; i < b->column_count; i++) {
        const struct column *c = &b->columns[i];
        slice name = text_cut(c->name, NAMES_MAX);
        if (c->percents > 0)
            note_add(&b->notes, b->arena, "percent_to_fraction", c->name,
                     "column '%.*s': %zu percent values were divided by 100", SLICE_ARG(name),
                     c->percents);
        if (c->flags > 0)
            note_add(&b->notes, b->arena, "flag_to_number", c->name,
                     "column '%.*s': True and False were read as 1 and 0", SLICE_ARG(name));
    }
}

static void note_dropped(struct panel_builder *b)
{
    if (b->dropped_performance > 0)
        note_add(&b->notes, b->arena, "rows_without_performance", S("performance"),
                 "%zu rows without a performance value were left out", b->dropped_performance);
    if (b->dropped_time > 0)
        note_add(&b->notes, b->arena, "rows_without_time", S("time_period"),
                 "%zu rows without a time period were left out", b->dropped_time);
}

/* --- the finished panel --------------------------------------------------------------------------
 */

static struct panel_labels labels_of(const struct column *column)
{
    return (struct panel_labels){column->table.names, column->table.count};
}

static bool all_integers(struct panel_labels labels)
{
    int64_t value;
    for (uint32_t i = 0; i < labels.count; i++)
        if (labels.names[i].ptr && !slice_to_i64(labels.names[i], &value))
            return false;
    return true;
}

static struct panel_setting setting_of(const struct panel_builder *b, const struct column *column)
{
    struct panel_setting setting = {
        .name = column->name, .values = column->values, .prefixed = column->prefixed};
    for (size_t row = 0; row < b->row_count && !has_no_gap(b, column); row++)
        setting.missing_count += isnan(column->values[row]) ? 1U : 0U;
    return setting;
}

/* constraint_* first, then the hyper-parameters, each in header order. */
static void put_settings(const struct panel_builder *b, struct panel *panel)
{
    for (int prefixed = 1; prefixed >= 0; prefixed--)
        for (size_t i = 0; i < b->column_count; i++) {
            const struct column *c = &b->columns[i];
            if (c->role == ROLE_SETTING && c->prefixed == prefixed)
                panel->settings[panel->setting_count++] = setting_of(b, c);
        }
}

static void put_categories(const struct panel_builder *b, struct panel *panel)
{
    for (size_t i = 0; i < b->column_count; i++) {
        const struct column *c = &b->columns[i];
        if (c->role == ROLE_CATEGORY)
            panel->categories[panel->category_count++] =
                (struct panel_category){c->name, c->labels, labels_of(c)};
    }
}

static const int8_t *reported_of(const struct panel_builder *b)
{
    const struct column *column = builder_first(b, ROLE_REPORTED);
    int8_t *reported = column ? arena_array_raw(b->arena, b->row_count + 1, 1) : NULL;
    for (size_t row = 0; reported && row < b->row_count; row++) {
        double value = column->values[row];
        bool zero = !(value < 0 || value > 0);
        reported[row] = isnan(value) ? -1 : zero ? 0 : 1;
    }
    return reported;
}

static struct panel *panel_create(struct panel_builder *b)
{
    struct panel *panel = arena_alloc(b->arena, sizeof *panel);
    if (!panel)
        return NULL;
    *panel = (struct panel){
        .row_count = b->row_count,
        .time = builder_first(b, ROLE_TIME)->values,
        .performance = builder_first(b, ROLE_PERFORMANCE)->values,
        .algorithm = builder_first(b, ROLE_ALGORITHM)->labels,
        .algorithms = labels_of(builder_first(b, ROLE_ALGORITHM)),
        .settings = arena_array(b->arena, b->column_count, sizeof *panel->settings),
        .categories = arena_array(b->arena, b->column_count, sizeof *panel->categories),
        .reported = reported_of(b),
        .line = b->lines,
        .engine = b->options->engine,
        .separator = b->separator,
        .source_row_count = b->source_row_count,
        .dropped_performance = b->dropped_performance,
        .dropped_time = b->dropped_time,
    };
    if (!panel->settings || !panel->categories)
        return NULL;
    panel->algorithms_numeric = panel->engine == ENGINE_CLASSIC && all_integers(panel->algorithms);
    put_settings(b, panel);
    put_categories(b, panel);
    panel->notes = b->notes;
    return panel;
}

status builder_finish(struct panel_builder *b, struct panel **ret, struct error *err)
{
    if (b->rc != ST_OK) {
        if (err)
            *err = b->err;
        return b->rc;
    }
    TRY(check_required(b, err));
    TRY(check_protocol(b, err));
    if (b->options->engine == ENGINE_CLASSIC) {
        TRY(check_upstream(b, err));
        TRY(check_computable(b, err));
    } else {
        TRY(check_calibrated(b, err));
    }
    if (b->errors->total > 0) /* classic: not UTF-8 */
        return refuse_first(b->errors, err);
    note_columns(b);
    note_dropped(b);
    struct panel *panel = panel_create(b);
    TRY(arena_check(b->arena, err));
    *ret = panel;
    return ST_OK;
}
