/* Feeds JSON objects into detect's panel builder. */
#include "json_rows.h"

struct rows {
    struct panel_builder *builder;
    size_t base;  /* depth of a row: 1 inside an array, 0 in JSON lines */
    size_t count; /* rows seen */
};

static void put(struct panel_builder *builder, const struct json *value)
{
    switch (value->kind) {
    case JSON_NUMBER:
        panel_builder_number(builder, value->name, value->number);
        break;
    case JSON_STRING:
        panel_builder_text(builder, value->name, value->text);
        break;
    case JSON_BOOL:
        panel_builder_flag(builder, value->name, value->boolean);
        break;
    case JSON_NULL: /* missing, as an absent member */
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
}

static status rows_begin(void *context, enum json_kind kind, slice name, size_t depth,
                         struct error *err)
{
    struct rows *rows = context;
    if (depth == 0 && kind == JSON_ARRAY && rows->count == 0)
        rows->base = 1;
    else if (depth == rows->base && kind == JSON_OBJECT)
        panel_builder_row(rows->builder, ++rows->count);
    else if (depth <= rows->base)
        return error_code(err, ST_INVALID, "invalid_data", "row %zu is not a JSON object",
                          rows->count + 1);
    return ST_OK;
}

static status rows_value(void *context, const struct json *value, size_t depth, struct error *err)
{
    struct rows *rows = context;
    if (depth <= rows->base)
        return error_code(err, ST_INVALID, "invalid_data", "row %zu is not a JSON object",
                          rows->count + 1);
    if (depth == rows->base + 1)
        put(rows->builder, value);
    return ST_OK;
}

status json_rows(slice text, const struct panel_options *options, struct arena *arena,
                 struct panel **ret, struct row_errors *ret_errors, struct error *err)
{
    struct rows rows = {0};
    const struct json_events events = {.context = &rows, .begin = rows_begin, .value = rows_value};
    TRY(panel_builder_begin(options, arena, &rows.builder, err));
    TRY(json_walk(text, true, &events, err));
    return panel_builder_end(rows.builder, ret, ret_errors, err);
}

status json_rows_from_tree(const struct json *array, const struct panel_options *options,
                           struct arena *arena, struct panel **ret, struct row_errors *ret_errors,
                           struct error *err)
{
    struct panel_builder *builder;
    size_t count = 0;
    if (array->kind != JSON_ARRAY)
        return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be a list of objects",
                          "rows");
    TRY(panel_builder_begin(options, arena, &builder, err));
    for (const struct json *row = array->first; row; row = row->next) {
        if (row->kind != JSON_OBJECT)
            return error_code(err, ST_INVALID, "invalid_data", "row %zu is not a JSON object",
                              count + 1);
        panel_builder_row(builder, ++count);
        for (const struct json *value = row->first; value; value = value->next)
            put(builder, value);
    }
    return panel_builder_end(builder, ret, ret_errors, err);
}
