/* Chooses rows, one metric per task, and protocol fields of a ledger, and builds the panel. */
#include "ledger_panel.h"

struct field_column {
    slice name;
    slice column; /* name that detect/ knows: constraint_<name>, or protocol:<name> for labels */
    const struct ledger_field *first; /* first value seen */
    bool is_label;
    bool varies;
};

struct panel_draft {
    const struct ledger *ledger;
    struct arena *arena;
    bool *taken; /* per ledger row */
    struct field_column columns[LEDGER_COLUMNS_MAX];
    size_t column_count;
    bool several_lineages;
    struct ledger_panel_facts *facts;
};

/* --- rows ----------------------------------------------------------------------------------------
 */

static bool same_unit(const struct ledger_row *a, const struct ledger_row *b)
{
    return slice_eq(a->task, b->task) && slice_eq(a->lineage, b->lineage);
}

static size_t counted_rows(const struct ledger_row *rows, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++)
        counted += rows[i].round > 0 && rows[i].split != SPLIT_DEV;
    return counted;
}

/* Rows of one metric follow each other; returns how many there are from `start` on. */
static size_t line_length(const struct ledger *ledger, size_t start)
{
    size_t end = start + 1;
    while (end < ledger->row_count && ledger_same_line(&ledger->rows[start], &ledger->rows[end]))
        end++;
    return end - start;
}

static void take_line(struct panel_draft *s, size_t start, size_t length)
{
    for (size_t i = start; i < start + length; i++) {
        const struct ledger_row *row = &s->ledger->rows[i];
        s->taken[i] = row->round > 0 && row->split != SPLIT_DEV;
        s->facts->run_rows += s->taken[i];
        s->facts->failed_rows += row->round == 0;
        s->facts->dev_rows += row->round > 0 && row->split == SPLIT_DEV;
    }
}

/* The metric with the most rounds speaks for its unit; the first by name when several do. */
static size_t select_unit(struct panel_draft *s, size_t start)
{
    const struct ledger_row *rows = s->ledger->rows;
    size_t best = start;
    size_t best_count = 0;
    size_t end = start;
    while (end < s->ledger->row_count && same_unit(&rows[start], &rows[end])) {
        size_t length = line_length(s->ledger, end);
        size_t counted = counted_rows(&rows[end], length);
        if (counted > best_count) {
            best = end;
            best_count = counted;
        }
        end += length;
    }
    size_t length = line_length(s->ledger, best);
    take_line(s, best, length);
    s->facts->metric_rows += end - start - length;
    s->facts->unit_count += best_count > 0;
    return end;
}

static void select_rows(struct panel_draft *s)
{
    for (size_t start = 0; start < s->ledger->row_count;)
        start = select_unit(s, start);
    const struct ledger_row *first = NULL;
    for (size_t i = 0; i < s->ledger->row_count; i++) {
        if (!s->taken[i])
            continue;
        if (!first)
            first = &s->ledger->rows[i];
        else if (!slice_eq(first->lineage, s->ledger->rows[i].lineage))
            s->several_lineages = true;
    }
}

/* --- fields --------------------------------------------------------------------------------------
 */

/* Numbers that are names: their size means nothing. */
static bool is_name_like(slice name)
{
    return slice_find(name, S("seed"), NULL) || slice_find(name, S("version"), NULL) ||
           slice_find(name, S("hash"), NULL) || slice_find(name, S("sha"), NULL) ||
           slice_has_suffix(name, S("_id"));
}

static void note_value(struct panel_draft *s, const struct ledger_field *field)
{
    struct field_column *column = NULL;
    for (size_t i = 0; i < s->column_count && !column; i++)
        if (slice_eq(s->columns[i].name, field->name))
            column = &s->columns[i];
    if (!column && s->column_count == LEDGER_COLUMNS_MAX) {
        s->facts->dropped_columns++;
        return;
    }
    if (!column) {
        column = &s->columns[s->column_count++];
        *column = (struct field_column){
            .name = field->name, .first = field, .is_label = is_name_like(field->name)};
    }
    bool numeric = field->kind == FIELD_NUMBER || field->kind == FIELD_BOOL;
    column->is_label = column->is_label || !numeric;
    column->varies = column->varies || !field_eq(column->first, field);
}

static status select_columns(struct panel_draft *s, struct error *err)
{
    for (size_t i = 0; i < s->ledger->row_count; i++)
        for (size_t j = 0; s->taken[i] && j < s->ledger->rows[i].protocol.count; j++)
            note_value(s, &s->ledger->rows[i].protocol.at[j]);
    if (s->facts->run_rows == 0 && s->facts->dev_rows > 0)
        return error_code(err, ST_INVALID, "only_development",
                          "every completed run is on development data");
    if (s->facts->run_rows == 0)
        return error_set(err, ST_INVALID, "no completed run on test data is left to analyse");
    if (s->column_count == 0)
        return error_set(err, ST_INVALID, "the logs record no protocol field");
    for (size_t i = 0; i < s->column_count; i++) {
        struct field_column *column = &s->columns[i];
        bool prefixed = slice_has_prefix(column->name, S("constraint_"));
        const char *prefix = column->is_label ? "protocol:" : prefixed ? "" : "constraint_";
        column->column = arena_printf(s->arena, "%s" SLICE_FMT, prefix, SLICE_ARG(column->name));
        s->facts->column_count += column->varies;
    }
    return arena_check(s->arena, err);
}

/* --- panel ---------------------------------------------------------------------------------------
 */

static slice unit_name(const struct panel_draft *s, const struct ledger_row *row)
{
    if (slice_eq(row->task, S("table"))) /* a hand-made table has no tasks */
        return row->lineage;
    if (!s->several_lineages)
        return row->task;
    return arena_printf(s->arena, SLICE_FMT " · " SLICE_FMT, SLICE_ARG(row->lineage),
                        SLICE_ARG(row->task));
}

static void put_fields(const struct panel_draft *s, struct panel_builder *b,
                       const struct ledger_row *row)
{
    for (size_t i = 0; i < s->column_count; i++) {
        const struct field_column *column = &s->columns[i];
        const struct ledger_field *field = fields_find(&row->protocol, column->name);
        if (!field)
            continue; /* missing, which is not the same as unchanged */
        if (column->is_label)
            panel_builder_text(b, column->column, field->text);
        else
            panel_builder_number(b, column->column, field->number);
    }
}

static void put_row(struct panel_draft *s, struct panel_builder *b, const struct ledger_row *row,
                    size_t number)
{
    bool lower = row->direction == DIRECTION_LOWER;
    panel_builder_row(b, number);
    panel_builder_number(b, S("time_period"), (double)row->round);
    panel_builder_text(b, S("algorithm"), unit_name(s, row));
    panel_builder_number(b, S("performance"), lower ? -row->value : row->value);
    put_fields(s, b, row);
    s->facts->negated = s->facts->negated || lower;
}

status ledger_to_panel(const struct ledger *ledger, const struct panel_options *options,
                       struct arena *arena, struct panel **ret,
                       struct ledger_panel_facts *ret_facts, struct error *err)
{
    struct panel_builder *builder;
    struct panel_draft *s = arena_alloc(arena, sizeof *s);
    if (!s)
        return arena_check(arena, err);
    *ret_facts = (struct ledger_panel_facts){0};
    *s = (struct panel_draft){.ledger = ledger, .arena = arena, .facts = ret_facts};
    s->taken = arena_array(arena, ledger->row_count, sizeof *s->taken);
    if (!s->taken)
        return arena_check(arena, err);
    select_rows(s);
    TRY(select_columns(s, err));
    TRY(panel_builder_begin(options, arena, &builder, err));
    for (size_t i = 0; i < ledger->row_count; i++)
        if (s->taken[i])
            put_row(s, builder, &ledger->rows[i], i + 1);
    return panel_builder_end(builder, ret, NULL, err);
}
