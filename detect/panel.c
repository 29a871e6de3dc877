/* Builds a panel row by row: columns by role, dropped rows, errors that stick. */
#include "detect/panel.h"

#include <assert.h>
#include <math.h>

enum { ROWS_FIRST = 256 };

static const slice settings_without_prefix[] = {
    SLICE_INIT("temperature"), SLICE_INIT("top_p"),         SLICE_INIT("top_k"),
    SLICE_INIT("max_tokens"),  SLICE_INIT("learning_rate"), SLICE_INIT("batch_size"),
    SLICE_INIT("epochs"),      SLICE_INIT("n_shots"),       SLICE_INIT("num_shots"),
    SLICE_INIT("beam_size"),   SLICE_INIT("num_samples"),   SLICE_INIT("max_steps"),
};

static const slice protocol_fields[] = {
    SLICE_INIT("evaluation_protocol"), SLICE_INIT("protocol"),
    SLICE_INIT("protocol_version"),    SLICE_INIT("prompt_variant"),
    SLICE_INIT("prompt_version"),      SLICE_INIT("prompt_id"),
    SLICE_INIT("prompt_template"),     SLICE_INIT("dataset_version"),
    SLICE_INIT("benchmark_version"),   SLICE_INIT("metric_version"),
    SLICE_INIT("judge_model"),
};

static bool is_among(slice name, const slice *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(name, names[i]))
            return true;
    return false;
}

enum column_role column_role(slice name, enum engine engine)
{
    if (slice_eq(name, S("time_period")))
        return ROLE_TIME;
    if (slice_eq(name, S("algorithm")))
        return ROLE_ALGORITHM;
    if (slice_eq(name, S("performance")))
        return ROLE_PERFORMANCE;
    if (slice_has_prefix(name, S("constraint_")))
        return ROLE_SETTING;
    if (engine == ENGINE_CLASSIC) /* upstream knows no more */
        return ROLE_NONE;
    if (slice_eq(name, S("reported")))
        return ROLE_REPORTED;
    if (is_among(name, settings_without_prefix, ARRAY_COUNT(settings_without_prefix)))
        return ROLE_SETTING;
    if (is_among(name, protocol_fields, ARRAY_COUNT(protocol_fields)) ||
        slice_has_prefix(name, S("protocol:"))) /* fields of a run ledger */
        return ROLE_CATEGORY;
    return ROLE_NONE;
}

static void fail(struct panel_builder *b, status rc)
{
    if (b->rc == ST_OK)
        b->rc = rc;
}

static void fail_full(struct panel_builder *b)
{
    fail(b, error_code(&b->err, ST_TOO_LARGE, "too_large",
                       "the log does not fit into the memory for one analysis"));
}

struct panel_builder *builder_create(const struct panel_options *options, struct arena *arena,
                                     size_t row_cap)
{
    struct panel_builder *b = arena_alloc(arena, sizeof *b);
    if (!b)
        return NULL;
    b->options = options;
    b->arena = arena;
    b->row_cap = row_cap < ROWS_FIRST ? ROWS_FIRST : row_cap;
    b->lines = arena_array_raw(arena, b->row_cap, sizeof *b->lines);
    b->errors = arena_alloc(arena, sizeof *b->errors);
    return b->lines && b->errors ? b : NULL;
}

static bool has_labels(const struct column *column)
{
    return column->role == ROLE_ALGORITHM || column->role == ROLE_CATEGORY;
}

void builder_reserve(struct panel_builder *b, size_t numeric, size_t labelled)
{
    size_t per_row = numeric * sizeof(double) + labelled * sizeof(uint32_t);
    b->slab = arena_array_raw(b->arena, b->row_cap, per_row);
    b->slab_bytes = b->slab ? b->row_cap * per_row : 0;
}

/* Memory for one column: from the slab while it lasts. */
static void *column_memory(struct panel_builder *b, size_t cap, size_t size)
{
    size_t bytes = (cap * size + sizeof(double) - 1) & ~(sizeof(double) - 1);
    if (cap != b->row_cap || bytes > b->slab_bytes)
        return arena_array_raw(b->arena, cap, size);
    void *memory = b->slab;
    b->slab += bytes;
    b->slab_bytes -= bytes;
    return memory;
}

/* Moves a column into arrays for `cap` rows. */
static bool column_resize(struct panel_builder *b, struct column *column, size_t cap)
{
    size_t used = b->row_count + b->row_open;
    if (has_labels(column)) {
        uint32_t *labels = column_memory(b, cap, sizeof *labels);
        if (labels && column->labels)
            memcpy(labels, column->labels, used * sizeof *labels);
        column->labels = labels;
        return labels;
    }
    double *values = column_memory(b, cap, sizeof *values);
    if (values && column->values)
        memcpy(values, column->values, used * sizeof *values);
    column->values = values;
    return values;
}

static void set_missing(struct column *column, size_t row)
{
    if (has_labels(column))
        column->labels[row] = 0;
    else
        column->values[row] = NAN;
}

static bool columns_grow(struct panel_builder *b)
{
    size_t cap = b->column_cap ? b->column_cap * 2 : 16;
    struct column *columns = arena_array(b->arena, cap, sizeof *columns);
    if (!columns)
        return false;
    if (b->column_count > 0)
        memcpy(columns, b->columns, b->column_count * sizeof *columns);
    b->columns = columns;
    b->column_cap = cap;
    return true;
}

/* The number of a label; a label seen for the first time must be UTF-8. */
static uint32_t label_put(struct panel_builder *b, struct column *column, slice text)
{
    uint32_t before = column->table.count;
    uint32_t id = intern_put(&column->table, text);
    if (id == INTERN_NONE) {
        fail_full(b);
        return 0;
    }
    if (id == before && !slice_is_utf8(text)) {
        struct place place = {b->line, column->name, S("")};
        row_error_add(b->errors, b->arena, "not_utf8", &place,
                      "the text is not valid UTF-8; save the file as UTF-8");
    }
    return id;
}

/* Upstream keeps blanks and knows missing names; the calibrated engine trims. */
static uint32_t algorithm_put(struct panel_builder *b, struct column *column, slice text)
{
    uint32_t id;
    if (intern_guess(&column->table, text, &id))
        return id;
    if (b->options->engine != ENGINE_CLASSIC)
        return label_put(b, column, slice_trim(text));
    if (!field_is_missing(text, ENGINE_CLASSIC))
        return label_put(b, column, text);
    id = intern_put_missing(&column->table);
    if (id == INTERN_NONE)
        fail_full(b);
    return id;
}

/* Rows that were read before the column existed: missing, and of the system without a name. */
static void fill_before(struct panel_builder *b, struct column *column)
{
    for (size_t row = 0; row < b->row_count + b->row_open; row++)
        set_missing(column, row);
    if (column->role != ROLE_ALGORITHM || b->row_count == 0)
        return;
    uint32_t nameless = algorithm_put(b, column, S(""));
    for (size_t row = 0; row < b->row_count; row++)
        column->labels[row] = nameless;
}

struct column *builder_column(struct panel_builder *b, slice name, enum column_role role)
{
    if (b->column_count == PANEL_COLUMNS_MAX) {
        fail(b, error_code(&b->err, ST_TOO_LARGE, "too_large", "a log has at most %d columns",
                           PANEL_COLUMNS_MAX));
        return NULL;
    }
    if (b->column_count == b->column_cap && !columns_grow(b)) {
        fail_full(b);
        return NULL;
    }
    struct column *column = &b->columns[b->column_count];
    *column = (struct column){.name = arena_copy(b->arena, name), .role = role};
    column->prefixed = slice_has_prefix(name, S("constraint_"));
    intern_init(&column->table, b->arena);
    bool fits = column_resize(b, column, b->row_cap) &&
                (role != ROLE_CATEGORY || intern_put(&column->table, S("")) == 0);
    if (!fits) {
        fail_full(b);
        return NULL;
    }
    fill_before(b, column);
    b->column_count++;
    if (b->first_of[role] == 0)
        b->first_of[role] = b->column_count;
    return column;
}

static void rows_grow(struct panel_builder *b)
{
    size_t cap = b->row_cap * 2;
    uint32_t *lines = arena_array_raw(b->arena, cap, sizeof *lines);
    bool fits = lines;
    for (size_t i = 0; fits && i < b->column_count; i++)
        fits = column_resize(b, &b->columns[i], cap);
    if (!fits) {
        fail_full(b);
        return;
    }
    memcpy(lines, b->lines, b->row_count * sizeof *lines);
    b->lines = lines;
    b->row_cap = cap;
}

void panel_builder_row(struct panel_builder *b, size_t line)
{
    builder_close_row(b);
    size_t rows_max = b->options->rows_max ? b->options->rows_max : PANEL_ROWS_MAX;
    if (b->rc == ST_OK && b->source_row_count == rows_max)
        fail(b, error_code(&b->err, ST_LIMIT, "rows", "the log has more than %zu rows", rows_max));
    if (b->rc == ST_OK && b->row_count == b->row_cap)
        rows_grow(b);
    if (b->rc != ST_OK)
        return;
    b->source_row_count++;
    b->line = line;
    b->row_open = true;
    b->algorithm_name = (slice){"", 0};
    if (!b->rows_are_complete)
        for (size_t i = 0; i < b->column_count; i++)
            set_missing(&b->columns[i], b->row_count);
}

void builder_put_missing(struct panel_builder *b, struct column *column)
{
    if (b->rc == ST_OK && b->row_open)
        set_missing(column, b->row_count);
}

struct column *builder_first(const struct panel_builder *b, enum column_role role)
{
    return b->first_of[role] > 0 ? &b->columns[b->first_of[role] - 1] : NULL;
}

/* A missing score or time drops the row; the classic engine keeps all. A column that no object of
 * JSON lines has named so far is missing, too: it may come with a later one. */
static bool row_is_dropped(struct panel_builder *b)
{
    const struct column *performance = builder_first(b, ROLE_PERFORMANCE);
    const struct column *time = builder_first(b, ROLE_TIME);
    if (b->options->engine == ENGINE_CLASSIC)
        return false;
    if (!performance || isnan(performance->values[b->row_count])) {
        b->dropped_performance++;
        return true;
    }
    if (!time || isnan(time->values[b->row_count])) {
        b->dropped_time++;
        return true;
    }
    return false;
}

void builder_close_row(struct panel_builder *b)
{
    if (!b->row_open || b->rc != ST_OK)
        return;
    b->row_open = false;
    if (row_is_dropped(b))
        return;
    struct column *algorithm = builder_first(b, ROLE_ALGORITHM);
    if (algorithm)
        algorithm->labels[b->row_count] = algorithm_put(b, algorithm, b->algorithm_name);
    b->lines[b->row_count++] = b->line < UINT32_MAX ? (uint32_t)b->line : UINT32_MAX;
}

/* Records what kind of field it was and refuses what the engine cannot use. */
static void count_kind(struct panel_builder *b, struct column *column, enum field_kind kind,
                       slice text)
{
    struct place place = {b->line, column->name, text};
    bool classic = b->options->engine == ENGINE_CLASSIC;
    column->numbers += kind == FIELD_NUMBER;
    column->flags += kind == FIELD_FLAG;
    column->percents += kind == FIELD_PERCENT;
    column->texts += kind == FIELD_TEXT;
    column->infinities += kind == FIELD_INFINITE;
    if (kind == FIELD_NUMBER && column->first_plain.line == 0)
        column->first_plain = (struct place){b->line, column->name, arena_copy(b->arena, text)};
    if (kind == FIELD_TEXT)
        row_error_add(b->errors, b->arena, "not_a_number", &place, "'%.*s' is not a number",
                      SLICE_ARG(text_cut(text, 64)));
    else if (kind == FIELD_INFINITE && !(classic && column->role == ROLE_PERFORMANCE))
        row_error_add(b->errors, b->arena, "not_finite", &place, "'%.*s' is not a finite number",
                      SLICE_ARG(text_cut(text, 64)));
}

static void number_put(struct panel_builder *b, struct column *column, enum field_kind kind,
                       double value, slice text)
{
    column->values[b->row_count] = value;
    if (kind != FIELD_NUMBER || column->numbers == 0)
        count_kind(b, column, kind, text);
    else
        column->numbers++;
    column->plain = column->numbers > 0; /* the first number has left its place for messages */
}

void builder_put(struct panel_builder *b, struct column *column, slice text)
{
    if (b->rc != ST_OK || !b->row_open)
        return;
    if (text.len > PANEL_FIELD_BYTES_MAX) {
        fail(b,
             error_code(&b->err, ST_TOO_LARGE, "too_large",
                        "line %zu: a field has at most %d bytes", b->line, PANEL_FIELD_BYTES_MAX));
        return;
    }
    if (column->role == ROLE_ALGORITHM) {
        b->algorithm_name = text;
    } else if (column->role == ROLE_CATEGORY) {
        column->labels[b->row_count] = label_put(b, column, slice_trim(text));
    } else {
        double value;
        enum field_kind kind = field_number(text, b->options->engine, &value);
        number_put(b, column, kind, value, text);
    }
}

/* --- the public row interface -------------------------------------------------------------- */

status panel_builder_begin(const struct panel_options *options, struct arena *arena,
                           struct panel_builder **ret, struct error *err)
{
    struct panel_builder *b = builder_create(options, arena, ROWS_FIRST);
    if (!b)
        return error_set(err, ST_TOO_LARGE,
                         "the log does not fit into the memory for one analysis");
    *ret = b;
    return ST_OK;
}

static slice mapped_name(const struct panel_options *options, slice name)
{
    for (size_t i = 0; i < options->map_count; i++)
        if (slice_eq(name, options->map[i].from))
            return options->map[i].to;
    for (size_t i = 0; i < options->map_count; i++)
        if (slice_eq(name, options->map[i].to))
            return (slice){0}; /* another column takes this name */
    return name;
}

/* Records repeat their names in order, so the search starts behind the last hit. */
static struct column *column_named(struct panel_builder *b, slice name)
{
    name = mapped_name(b->options, name);
    if (!name.ptr)
        return NULL;
    for (size_t i = 0; i < b->column_count; i++) {
        size_t at = (b->cursor + i) % b->column_count;
        if (slice_eq(b->columns[at].name, name)) {
            b->cursor = at + 1;
            return &b->columns[at];
        }
    }
    enum column_role role = column_role(name, b->options->engine);
    return role == ROLE_NONE ? NULL : builder_column(b, name, role);
}

/* The column that the open row names now. A second value in one row would hide that another row has
 * none: fields are counted. */
static struct column *column_of_row(struct panel_builder *b, slice name)
{
    struct column *column = b->rc == ST_OK && b->row_open ? column_named(b, name) : NULL;
    if (!column)
        return NULL;
    if (column->named_in == b->source_row_count) {
        struct place place = {b->line, column->name, S("")};
        row_error_add(b->errors, b->arena, "named_twice", &place, "the row names it twice");
        return NULL;
    }
    column->named_in = b->source_row_count;
    return column;
}

void panel_builder_text(struct panel_builder *b, slice column_name, slice value)
{
    struct column *column = column_of_row(b, column_name);
    if (column && column->role == ROLE_ALGORITHM) /* kept until the row is closed */
        value = arena_copy(b->arena, value);
    if (column)
        builder_put(b, column, value);
}

void panel_builder_number(struct panel_builder *b, slice column_name, double value)
{
    struct column *column = isnan(value) ? NULL : column_of_row(b, column_name);
    struct buf text;
    if (!column)
        return;
    bool plain = !has_labels(column) && isfinite(value) && value >= 0 && value <= 1;
    if (plain && column->numbers > 0) { /* no message will need the text */
        number_put(b, column, FIELD_NUMBER, value, S(""));
        return;
    }
    bool whole = fabs(value) < 0x1p53 && value <= floor(value);
    buf_init_arena(&text, b->arena, 64);
    if (whole) /* as a name or label: 7, not 7.0 */
        buf_printf(&text, "%.0f", value);
    else if (isfinite(value))
        buf_put_f64(&text, value);
    else
        buf_put_str(&text, value > 0 ? "inf" : "-inf");
    builder_put(b, column, buf_slice(&text));
}

void panel_builder_flag(struct panel_builder *b, slice column_name, bool value)
{
    struct column *column = column_of_row(b, column_name);
    if (column)
        builder_put(b, column, value ? S("true") : S("false"));
}

status panel_builder_end(struct panel_builder *b, struct panel **ret, struct row_errors *ret_errors,
                         struct error *err)
{
    builder_close_row(b);
    status rc = builder_finish(b, ret, err);
    if (ret_errors)
        *ret_errors = *b->errors;
    return rc;
}
