/* The API's JSON for people: lists and single objects as tables, or the JSON itself.
 *
 * Tables show the members that the columns name ("usage.monthly" is a path); -o json prints the
 * answer unchanged with `schema_version` in front, -o jsonl one item of a list per line. */
#ifndef TOOLS_VIEW_H
#define TOOLS_VIEW_H

#include "tools/cli.h"

#include "base/json_out.h"
#include "json.h"

enum { SCHEMA_VERSION = 1, VIEW_ITEMS_MAX = 100000 };

struct view {
    const char *member; /* of the list inside the answer: "users"; NULL: the answer is one object */
    const struct column *columns;
    size_t column_count;
};

/* A list collected page by page. */
struct items {
    const struct json **items;
    size_t count;
    size_t cap;
};
status items_add(struct items *items, struct arena *arena, const struct json *list,
                 struct error *err);

status view_list(struct cli *cli, const struct view *view, const struct items *items,
                 struct error *err);
/* One object: a table of names and values in table format. `root` may be any JSON. */
status view_object(struct cli *cli, const struct view *view, const struct json *root,
                   struct error *err);

/* A table made by the CLI itself, in any format; `member` names the list in JSON. */
status view_table(struct cli *cli, const char *member, const struct table *table,
                  struct error *err);

/* A value as the cell of a table: booleans as words, lists joined, times in the chosen zone. */
slice view_cell(struct cli *cli, const struct json *value, enum column_kind kind);
/* RFC 3339 text in the chosen zone. */
slice view_time(struct cli *cli, slice rfc3339);

/* Writes a tree as JSON again. */
void json_write(struct buf *out, const struct json *value);

#endif
