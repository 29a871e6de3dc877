/* Shows the API's JSON as tables, or as it came. */
#include "tools/view.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { TIME_SHOWN_MAX = 40 };

/* --- JSON again --- */

static void scalar_write(struct json_out *w, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_null(w);
        return;
    case JSON_BOOL:
        json_bool(w, value->boolean);
        return;
    case JSON_NUMBER:
        json_raw(w, value->text);
        return;
    case JSON_STRING:
        json_str(w, value->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    assert(false);
}

static void key_write(struct json_out *w, slice name)
{
    /* json_key wants NUL-terminated text; names out of a tree are slices. */
    char key[JSON_KEY_MAX + 1];
    (void)snprintf(key, sizeof key, "%.*s", SLICE_ARG(name));
    json_key(w, key);
}

/* Walks the tree with a stack of its own: the text came from outside. Members of the outermost
 * object go into the object that is already open when `inside` is set. */
static void tree_write(struct json_out *w, const struct json *value, bool inside)
{
    const struct json *parents[JSON_DEPTH_MAX + 2];
    int depth = 0;
    const struct json *at = value;
    while (at) {
        bool nested = at->kind == JSON_ARRAY || at->kind == JSON_OBJECT;
        bool outermost = at == value;
        if (depth > 0 && parents[depth - 1]->kind == JSON_OBJECT)
            key_write(w, at->name);
        if (nested && !(outermost && inside)) {
            if (at->kind == JSON_OBJECT)
                json_object(w);
            else
                json_array(w);
        }
        if (nested && at->first) {
            assert(depth <= JSON_DEPTH_MAX);
            parents[depth++] = at;
            at = at->first;
            continue;
        }
        if (!nested)
            scalar_write(w, at);
        else if (!(outermost && inside))
            json_end(w);
        while (depth > 0 && !at->next) {
            at = parents[--depth];
            if (!(at == value && inside))
                json_end(w);
        }
        at = depth > 0 ? at->next : NULL;
    }
}

void json_write(struct buf *out, const struct json *value)
{
    struct json_out w;
    json_out_init(&w, out, 0);
    tree_write(&w, value, false);
}

static void json_begin(struct cli *cli, struct json_out *w)
{
    json_out_init(w, &cli->out, cli->tty_out ? 2 : 0);
    json_object(w);
    json_key_u64(w, "schema_version", SCHEMA_VERSION);
}

static status object_json(struct cli *cli, const struct json *root)
{
    struct json_out w;
    if (cli->format == FORMAT_JSONL) {
        json_write(&cli->out, root);
        buf_put_byte(&cli->out, '\n');
        return ST_OK;
    }
    json_begin(cli, &w);
    if (root->kind == JSON_OBJECT) {
        tree_write(&w, root, true);
    } else {
        json_key(&w, "value");
        tree_write(&w, root, false);
    }
    json_end(&w);
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

static status list_json(struct cli *cli, const char *member, const struct items *items)
{
    struct json_out w;
    if (cli->format == FORMAT_JSONL) {
        for (size_t i = 0; i < items->count; i++) {
            json_write(&cli->out, items->items[i]);
            buf_put_byte(&cli->out, '\n');
        }
        return ST_OK;
    }
    json_begin(cli, &w);
    json_key(&w, member);
    json_array(&w);
    for (size_t i = 0; i < items->count; i++)
        tree_write(&w, items->items[i], false);
    json_end(&w);
    json_key_null(&w, "next_cursor"); /* all pages were fetched */
    json_end(&w);
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

/* --- cells --- */

slice view_time(struct cli *cli, slice rfc3339)
{
    int64_t ms;
    struct tm local;
    char text[TIME_SHOWN_MAX];
    if (!time_parse(rfc3339, &ms))
        return rfc3339;
    if (!cli->local_time && cli->format == FORMAT_TABLE) /* people need no milliseconds */
        return arena_copy(&cli->arena, time_rfc3339(ms - ms % 1000, text));
    if (!cli->local_time)
        return rfc3339;
    time_t seconds = (time_t)(ms / 1000);
    if (!localtime_r(&seconds, &local))
        return rfc3339;
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &local);
    return arena_copy(&cli->arena, slice_make(text, len));
}

static slice joined(struct cli *cli, const struct json *list)
{
    struct buf text;
    buf_init_arena(&text, &cli->arena, 1 << 16);
    for (const struct json *item = list->first; item; item = item->next) {
        if (item != list->first)
            buf_put_str(&text, ", ");
        if (item->kind == JSON_ARRAY || item->kind == JSON_OBJECT)
            json_write(&text, item);
        else
            buf_put(&text, view_cell(cli, item, COLUMN_TEXT));
    }
    return buf_slice(&text);
}

slice view_cell(struct cli *cli, const struct json *value, enum column_kind kind)
{
    struct buf text;
    if (!value)
        return S("");
    switch (value->kind) {
    case JSON_NULL:
        return S("");
    case JSON_BOOL:
        return slice_of(cli_tr(cli, value->boolean ? N_("yes") : N_("no")));
    case JSON_NUMBER:
        return value->text;
    case JSON_STRING:
        return kind == COLUMN_TIME ? view_time(cli, value->text) : value->text;
    case JSON_ARRAY:
        return joined(cli, value);
    case JSON_OBJECT:
        break;
    }
    buf_init_arena(&text, &cli->arena, 1 << 16);
    json_write(&text, value);
    return buf_slice(&text);
}

/* --- lists and objects --- */

status items_add(struct items *items, struct arena *arena, const struct json *list,
                 struct error *err)
{
    size_t need = items->count + (list ? list->count : 0);
    if (need > VIEW_ITEMS_MAX)
        return error_set(err, ST_TOO_LARGE, N_("the list has more than %d entries"),
                         VIEW_ITEMS_MAX);
    if (need > items->cap) {
        size_t cap = need * 2;
        const struct json **grown = arena_array(arena, cap, sizeof(const struct json *));
        if (!grown)
            return arena_check(arena, err);
        if (items->count)
            memcpy(grown, items->items, items->count * sizeof(const struct json *));
        items->items = grown;
        items->cap = cap;
    }
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        items->items[items->count++] = item;
    return ST_OK;
}

static status list_table(struct cli *cli, const struct view *view, const struct items *items,
                         struct error *err)
{
    struct table table;
    table_init(&table, &cli->arena, view->columns, view->column_count);
    for (size_t i = 0; i < items->count; i++) {
        slice *row = table_row(&table);
        for (size_t c = 0; row && c < view->column_count; c++)
            row[c] = view_cell(cli, json_at(items->items[i], view->columns[c].name),
                               view->columns[c].kind);
    }
    if (items->count == 0 && cli->format == FORMAT_TABLE)
        cli_note(cli, N_("nothing to show"));
    return table_print(cli, &table, err);
}

status view_list(struct cli *cli, const struct view *view, const struct items *items,
                 struct error *err)
{
    if (cli->format == FORMAT_JSON || cli->format == FORMAT_JSONL)
        return list_json(cli, view->member, items);
    return list_table(cli, view, items, err);
}

/* "NAME  value" lines, the names as headings of the first column. */
static status object_table(struct cli *cli, const struct view *view, const struct json *root,
                           struct error *err)
{
    static const struct column pair[] = {{"field", N_("FIELD"), COLUMN_TEXT},
                                         {"value", N_("VALUE"), COLUMN_TEXT}};
    struct table table;
    bool header = cli->header;
    table_init(&table, &cli->arena, pair, ARRAY_COUNT(pair));
    for (size_t c = 0; c < view->column_count; c++) {
        const struct json *value = json_at(root, view->columns[c].name);
        slice *row = value ? table_row(&table) : NULL;
        if (!row)
            continue;
        row[0] = slice_of(cli_tr(cli, view->columns[c].title));
        row[1] = view_cell(cli, value, view->columns[c].kind);
    }
    cli->header = false;
    status rc = table_print(cli, &table, err);
    cli->header = header;
    return rc;
}

status view_object(struct cli *cli, const struct view *view, const struct json *root,
                   struct error *err)
{
    if (cli->format == FORMAT_JSON || cli->format == FORMAT_JSONL)
        return object_json(cli, root);
    if (cli->format == FORMAT_CSV || cli->columns) {
        struct items one = {.items = &root, .count = 1, .cap = 1};
        return list_table(cli, view, &one, err);
    }
    return object_table(cli, view, root, err);
}

/* --- tables of our own --- */

static void row_json(struct json_out *w, const struct table *table, size_t row)
{
    json_object(w);
    for (size_t c = 0; c < table->column_count; c++) {
        slice cell = table->cells[row * table->column_count + c];
        double number;
        json_key(w, table->columns[c].name);
        if (table->columns[c].kind == COLUMN_NUMBER && slice_to_f64(cell, &number))
            json_raw(w, cell);
        else
            json_str(w, cell);
    }
    json_end(w);
}

status view_table(struct cli *cli, const char *member, const struct table *table, struct error *err)
{
    struct json_out w;
    TRY(arena_check(table->arena, err));
    if (cli->format == FORMAT_TABLE || cli->format == FORMAT_CSV)
        return table_print(cli, table, err);
    if (cli->format == FORMAT_JSONL) {
        for (size_t row = 0; row < table->row_count; row++) {
            json_out_init(&w, &cli->out, 0);
            row_json(&w, table, row);
            buf_put_byte(&cli->out, '\n');
        }
        return ST_OK;
    }
    json_begin(cli, &w);
    json_key(&w, member);
    json_array(&w);
    for (size_t row = 0; row < table->row_count; row++)
        row_json(&w, table, row);
    json_end(&w);
    json_end(&w);
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}
