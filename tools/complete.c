/* Values out of the database for shell completion: addresses of users, beginnings of keys. */
#include "tools/complete.h"

#include "tools/client.h"

enum { ANSWER_MS = 50 };

/* Which list completes which placeholder. */
static const struct {
    const char *placeholder;
    const char *path;
    const char *list;
    const char *member; /* what is offered */
    const char *text;   /* what is shown beside it */
} sources[] = {
    {"USER", "/api/admin/users", "users", "email", "plan"},
    {"KEY", "/api/admin/keys", "keys", "prefix", "name"},
};

static void offer(struct cli *cli, const struct json *row, size_t source, slice begun)
{
    slice value = view_cell(cli, json_find(row, sources[source].member), COLUMN_TEXT);
    slice text = view_cell(cli, json_find(row, sources[source].text), COLUMN_TEXT);
    if (slice_has_suffix(value, S("...")))
        value.len -= 3;
    if (!slice_has_prefix(value, begun))
        return;
    put_cell(&cli->out, value, SIZE_MAX, false, false); /* control characters become harmless */
    buf_put_byte(&cli->out, '\t');
    put_cell(&cli->out, text, SIZE_MAX, false, false);
    buf_put_byte(&cli->out, '\n');
}

static void offer_list(struct cli *cli, size_t source, slice begun)
{
    const struct json *root;
    struct error ignored; /* completion stays silent: whoever runs the command is told */
    struct request request = {.path = slice_of(sources[source].path), .query = S("limit=200")};
    cli->timeout_ms = ANSWER_MS;
    if (client_call(cli, &request, &root, &ignored) != ST_OK)
        return;
    const struct json *rows = json_find(root, sources[source].list);
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next)
        offer(cli, row, source, begun);
}

void complete_values(struct cli *cli, slice placeholder, slice begun)
{
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        size_t at;
        if (slice_find(placeholder, slice_of(sources[i].placeholder), &at)) {
            offer_list(cli, i, begun);
            return;
        }
    }
}
