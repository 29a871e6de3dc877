/* The registration of `sleuth watch` with the appliance: kept beside the state, so that runs during
 * a restart are still covered by it. */
#include "tools/watch.h"

#include "tools/project.h"

#include "base/file.h"
#include "base/json_out.h"

#include <unistd.h>

enum { SESSION_BYTES_MAX = 4096 };

static slice session_path(const struct watch_state *state, struct arena *arena)
{
    return arena_printf(arena, SLICE_FMT ".session", SLICE_ARG(state->path));
}

static slice text_of(const struct json *root, const char *name)
{
    const struct json *member = json_find(root, name);
    return member && member->kind == JSON_STRING ? member->text : S("");
}

/* Empty when there is none, or one of another project. */
static slice read_token(slice path, slice project_id, struct arena *arena)
{
    slice bytes;
    const struct json *root;
    struct error ignored;
    if (file_read(path.ptr, SESSION_BYTES_MAX, arena, &bytes, &ignored) != ST_OK ||
        json_parse(bytes, arena, &root, &ignored) != ST_OK)
        return S("");
    return slice_eq(text_of(root, "project_id"), project_id) ? text_of(root, "token") : S("");
}

status watch_session_get(struct cli *cli, const struct watch_state *state,
                         const struct project_ref *project, slice *ret_token, struct error *err)
{
    struct host *host;
    struct host_reply reply;
    const struct json *root;
    slice path = session_path(state, &cli->arena);
    TRY(arena_check(&cli->arena, err));
    *ret_token = read_token(path, project->id, &cli->arena);
    if (ret_token->len)
        return ST_OK;
    const struct host_request request = {.method = METHOD_POST,
                                         .path = project_path(cli, project, "/watch"),
                                         .query = project_query(cli, project->owner_id)};
    TRY(arena_check(&cli->arena, err));
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, &request, &cli->arena, &reply, err));
    TRY(host_status(&reply, err));
    TRY(json_parse(reply.body, &cli->arena, &root, err));
    TRY(file_replace(path.ptr, reply.body, 0600, err));
    *ret_token = text_of(root, "token");
    return ST_OK;
}

void watch_session_drop(struct cli *cli, const struct watch_state *state)
{
    slice path = session_path(state, &cli->arena);
    if (path.ptr)
        (void)unlink(path.ptr); /* absent is fine */
}
