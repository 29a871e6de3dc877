/* Finds the one row of a list that a word means. */
#include "tools/resolve.h"

enum { PAGES_MAX = 1000, PAGE_ROWS = 200, QUERY_MAX = 1024 };

/* What is looked for in a list: rows whose `member` equals or begins with `text`. */
struct search {
    const char *path;
    const char *list;   /* "users" */
    const char *member; /* "email" */
    slice text;
    uint64_t id; /* of the best row */
    size_t hits; /* rows that begin so */
    bool exact;
};

/* "sk_live_Ab3xyz…" is shown with dots behind the prefix. */
static slice without_dots(slice shown)
{
    if (slice_has_suffix(shown, S("...")))
        shown.len -= 3;
    return shown;
}

static void row_try(struct search *search, const struct json *row)
{
    const struct json *member = json_find(row, search->member);
    uint64_t id;
    if (!member || member->kind != JSON_STRING || !json_to_u64(json_find(row, "id"), &id))
        return;
    slice value = without_dots(member->text);
    slice text = without_dots(search->text);
    if (slice_eq_nocase(value, text)) {
        search->exact = true;
        search->id = id;
        search->hits = 1;
    } else if (!search->exact && text.len && text.len < value.len &&
               slice_eq_nocase(slice_sub(value, 0, text.len), text)) {
        search->id = id;
        search->hits++;
    }
}

static status search_page(struct cli *cli, struct search *search, slice *cursor, struct error *err)
{
    const struct json *root;
    struct buf query;
    buf_init_arena(&query, &cli->arena, QUERY_MAX);
    buf_printf(&query, "limit=%d", PAGE_ROWS);
    if (cursor->len) {
        buf_put_str(&query, "&cursor=");
        url_encode(&query, *cursor);
    }
    struct request request = {.path = slice_of(search->path), .query = buf_slice(&query)};
    TRY(client_call(cli, &request, &root, err));
    const struct json *rows = json_find(root, search->list);
    for (const struct json *row = rows ? rows->first : NULL; row && !search->exact; row = row->next)
        row_try(search, row);
    const struct json *next = json_find(root, "next_cursor");
    *cursor = next && next->kind == JSON_STRING ? next->text : S("");
    return ST_OK;
}

static status search_run(struct cli *cli, struct search *search, struct error *err)
{
    slice cursor = S("");
    for (int page = 0; page < PAGES_MAX; page++) {
        TRY(search_page(cli, search, &cursor, err));
        if (search->exact || cursor.len == 0)
            break;
    }
    if (search->hits == 1)
        return ST_OK;
    if (search->hits > 1) {
        cli_hint(cli, N_("write more of it, or the id"));
        return error_set(err, ST_CONFLICT, N_("'%.*s' means %zu different ones"),
                         SLICE_ARG(search->text), search->hits);
    }
    return error_set(err, ST_NOT_FOUND, N_("there is no '%.*s'"), SLICE_ARG(search->text));
}

/* Asks for the row by the word itself: the routes know ids, addresses and long prefixes. */
static status direct(struct cli *cli, const char *path, slice text, uint64_t *ret_id,
                     struct error *err)
{
    const struct json *root;
    struct buf url;
    buf_init_arena(&url, &cli->arena, QUERY_MAX);
    buf_printf(&url, "%s/", path);
    url_encode(&url, text);
    struct request request = {.path = buf_slice(&url)};
    TRY(client_call(cli, &request, &root, err));
    return json_to_u64(json_find(root, "id"), ret_id) ? ST_OK : ST_NOT_FOUND;
}

static status resolve(struct cli *cli, struct search *search, uint64_t *ret_id, struct error *err)
{
    if (slice_to_u64(search->text, ret_id))
        return ST_OK;
    status rc = direct(cli, search->path, without_dots(search->text), ret_id, err);
    if (rc != ST_NOT_FOUND && rc != ST_INVALID)
        return rc;
    error_clear(err);
    TRY(search_run(cli, search, err));
    *ret_id = search->id;
    return ST_OK;
}

status resolve_user(struct cli *cli, const char *text, uint64_t *ret_id, struct error *err)
{
    struct search search = {"/api/admin/users", "users", "email", slice_of(text), 0, 0, false};
    return resolve(cli, &search, ret_id, err);
}

status resolve_key(struct cli *cli, const char *text, uint64_t *ret_id, struct error *err)
{
    struct search search = {"/api/admin/keys", "keys", "prefix", slice_of(text), 0, 0, false};
    return resolve(cli, &search, ret_id, err);
}
