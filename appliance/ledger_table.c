/* Reads rows of a hand-made table from JSON, and names the runs of tables. */
#include "ledger_table.h"

#include "json.h"

static const int64_t MS_PER_DAY = INT64_C(86400000);

static bool is_key(slice name)
{
    return slice_eq(name, S("time_period")) || slice_eq(name, S("algorithm")) ||
           slice_eq(name, S("performance"));
}

static status not_a_number(const char *name, struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_data", "'%s' must be a number", name);
}

static status read_keys(const struct json *object, struct ledger_row *row, double *ret_period,
                        struct error *err)
{
    const struct json *period = json_find(object, "time_period");
    const struct json *system = json_find(object, "algorithm");
    const struct json *score = json_find(object, "performance");
    if (!period || period->kind != JSON_NUMBER || period->number < -1e6 || period->number > 1e6)
        return not_a_number("time_period", err);
    if (!system || (system->kind != JSON_STRING && system->kind != JSON_NUMBER) ||
        system->text.len == 0)
        return error_code(err, ST_INVALID, "invalid_data", "'algorithm' must be a name");
    if (score && score->kind != JSON_NUMBER && score->kind != JSON_NULL)
        return not_a_number("performance", err);
    row->has_value = score && score->kind == JSON_NUMBER;
    row->value = row->has_value ? score->number : 0;
    row->system = system->text;
    *ret_period = period->number;
    return ST_OK;
}

static void read_fields(struct fields_builder *all, const struct json *object)
{
    all->count = all->dropped = 0;
    for (const struct json *value = object->first; value; value = value->next)
        if (!is_key(value->name) && value->kind != JSON_NULL)
            ledger_field_from_json(all, value->name, value);
}

status ledger_table_row(struct ledger *ledger, const struct json *object,
                        const struct ledger_options *options, struct error *err)
{
    struct ledger_row *row;
    double period = 0;
    if (object->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_data", "a row must be an object");
    if (!ledger->builder)
        ledger->builder = arena_alloc(ledger->arena, sizeof *ledger->builder);
    if (!ledger->builder)
        return arena_check(ledger->arena, err);
    TRY(ledger_add(ledger, &row, err));
    TRY(read_keys(object, row, &period, err));
    row->time_ms = (int64_t)(period * (double)MS_PER_DAY);
    row->system = arena_copy(ledger->arena, row->system);
    row->task = S("table");
    row->metric = S("performance");
    row->run_id = arena_printf(ledger->arena, "row %zu", ledger->row_count);
    ledger->grade = 'C';
    read_fields(ledger->builder, object);
    return ledger_assign_roles(row, ledger->builder, options, ledger->arena, err);
}

status ledger_table_name_runs(struct ledger *ledger, struct error *err)
{
    for (size_t i = 0; i < ledger->row_count; i++) {
        struct ledger_row *row = &ledger->rows[i];
        if (!slice_eq(row->task, S("table")))
            continue;
        ledger->grade = 'C';
        if (row->time_ms % MS_PER_DAY != 0)
            return error_code(err, ST_INVALID, "invalid_data",
                              "'time_period' %.6g is not a whole number, which a project needs",
                              (double)row->time_ms / (double)MS_PER_DAY);
        row->run_id =
            arena_printf(ledger->arena, "period %lld", (long long)(row->time_ms / MS_PER_DAY));
    }
    return arena_check(ledger->arena, err);
}
