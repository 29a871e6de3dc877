/* Finds projects by what people type, and calls routes for a user. */
#include "tools/project.h"

#include "tools/resolve.h"

#include "base/file.h"

enum { PAGES_MAX = 1000, QUERY_MAX = 1024 };

struct search {
    slice text;
    struct project_ref best;
    size_t hits;
    bool exact; /* by id */
};

static void row_try(struct search *search, const struct json *row)
{
    const struct json *id = json_find(row, "id");
    const struct json *name = json_find(row, "name");
    uint64_t owner = 0; /* not told to keys: it is the key's own user */
    if (!id || !name || search->exact)
        return;
    (void)json_to_u64(json_find(row, "user_id"), &owner);
    bool same = slice_eq(id->text, search->text);
    bool fits = slice_has_prefix(id->text, search->text) && search->text.len > 4;
    if (!same && !fits && !slice_eq(name->text, search->text))
        return;
    search->exact = same;
    search->hits = same ? 1 : search->hits + 1;
    search->best = (struct project_ref){.id = id->text, .name = name->text, .owner_id = owner};
}

static status search_page(struct cli *cli, struct search *search, slice *cursor, struct error *err)
{
    const struct json *root;
    struct buf query;
    buf_init_arena(&query, &cli->arena, QUERY_MAX);
    buf_put_str(&query, "limit=200");
    if (cursor->len) {
        buf_put_str(&query, "&cursor=");
        url_encode(&query, *cursor);
    }
    slice path = cli->server.len ? S("/api/projects") : S("/api/admin/projects");
    struct request request = {.path = path, .query = buf_slice(&query)};
    TRY(client_call(cli, &request, &root, err));
    const struct json *rows = json_find(root, "projects");
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next)
        row_try(search, row);
    const struct json *next = json_find(root, "next_cursor");
    *cursor = next && next->kind == JSON_STRING ? next->text : S("");
    return ST_OK;
}

status project_resolve(struct cli *cli, const char *text, struct project_ref *ret,
                       struct error *err)
{
    struct search search = {.text = slice_of(text)};
    slice cursor = S("");
    for (int page = 0; page < PAGES_MAX; page++) {
        TRY(search_page(cli, &search, &cursor, err));
        if (search.exact || cursor.len == 0)
            break;
    }
    if (search.hits == 0)
        return error_set(err, ST_NOT_FOUND, N_("there is no project '%s'"), text);
    if (search.hits > 1) {
        cli_hint(cli, N_("write the id"));
        return error_set(err, ST_CONFLICT, N_("'%s' means %zu different projects"), text,
                         search.hits);
    }
    *ret = search.best;
    return ST_OK;
}

slice project_path(struct cli *cli, const struct project_ref *project, const char *tail)
{
    return client_path(cli, "/api/projects/%.*s%s", SLICE_ARG(project->id), tail);
}

slice project_query(struct cli *cli, uint64_t user_id)
{
    if (cli->server.len)
        return S(""); /* the key says whose */
    return arena_printf(&cli->arena, "for_user=%llu", (unsigned long long)user_id);
}

status project_person(struct cli *cli, uint64_t *ret, struct error *err)
{
    const char *name = cli_text(cli, "as");
    if (!name)
        return cli_usage(cli, err, N_("--as USER names the person who does this"));
    return resolve_user(cli, name, ret, err);
}

status project_download(struct cli *cli, slice path, slice query, struct error *err)
{
    struct host *host;
    struct host_reply reply;
    const char *output = cli_text(cli, "output");
    const struct host_request request = {.path = path, .query = query};
    TRY(arena_check(&cli->arena, err));
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, &request, &cli->arena, &reply, err));
    TRY(host_status(&reply, err));
    if (output)
        return file_replace(output, reply.body, 0644, err);
    buf_put(&cli->out, reply.body);
    if (!slice_has_suffix(reply.body, S("\n")))
        buf_put_byte(&cli->out, '\n');
    return buf_check(&cli->out, err);
}
