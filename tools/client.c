/* Calls the appliance's routes over its socket or in this process, and shows what they answer. */
#include "tools/client.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { PAGES_MAX = 1000, PATH_MAX_BYTES = 2048, PAGE_ROWS = 200 };

status client_host(struct cli *cli, struct host **ret, struct error *err)
{
    if (!cli->host) {
        struct host_options options = {
            .config_path = cli->config,
            .data_dir = cli->data,
            .run_dir = cli->run_dir,
            .lang = cli->lang,
            .timeout_ms = cli->timeout_ms > 0 ? (int)cli->timeout_ms : 0,
            .must_exist = !cli->may_create_data,
            .server = cli->server,
            .api_key = cli->api_key,
            .ca_file = cli->ca_file,
        };
        TRY(host_open(&options, &cli->host, err));
        if (cli->verbose)
            cli_note(cli, cli->server.len ? N_("asking the appliance of --server")
                          : host_is_remote(cli->host)
                              ? N_("asking the running server over its socket")
                              : N_("no server is running: working on the data directory itself"));
    }
    *ret = cli->host;
    return ST_OK;
}

status client_call(struct cli *cli, const struct request *request, const struct json **ret,
                   struct error *err)
{
    static const struct json nothing = {.kind = JSON_NULL};
    struct host *host;
    struct host_reply reply;
    struct host_request wire = {.method = request->method,
                                .path = request->path,
                                .query = request->query,
                                .body = request->body};
    TRY(arena_check(&cli->arena, err));
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, &wire, &cli->arena, &reply, err));
    TRY(host_status(&reply, err));
    *ret = &nothing;
    if (slice_trim(reply.body).len == 0)
        return ST_OK;
    status rc = json_parse(reply.body, &cli->arena, ret, err);
    return rc == ST_OK ? ST_OK : error_wrap(err, ST_INTERNAL, N_("cannot read the answer"));
}

void url_encode(struct buf *out, slice text)
{
    /* '@' is allowed in paths and queries (RFC 3986, pchar) and keeps addresses readable. */
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";
    for (size_t i = 0; i < text.len; i++) {
        if (memchr(safe, text.ptr[i], sizeof safe - 1))
            buf_put_byte(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
    }
}

slice client_path(struct cli *cli, const char *format, ...)
{
    char path[PATH_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(path, sizeof path, format, args);
    va_end(args);
    return arena_copy(&cli->arena, slice_of(path));
}

static slice page_query(struct cli *cli, slice query, slice cursor)
{
    struct buf text;
    buf_init_arena(&text, &cli->arena, PATH_MAX_BYTES);
    buf_put(&text, query);
    buf_printf(&text, "%slimit=%d", query.len ? "&" : "", PAGE_ROWS);
    if (cursor.len) {
        buf_put_str(&text, "&cursor=");
        url_encode(&text, cursor);
    }
    return buf_slice(&text);
}

status client_list(struct cli *cli, slice path, slice query, const struct view *view,
                   struct error *err)
{
    struct items items = {0};
    slice cursor = S("");
    for (int page = 0; page < PAGES_MAX; page++) {
        const struct json *root;
        struct request request = {.path = path, .query = page_query(cli, query, cursor)};
        TRY(client_call(cli, &request, &root, err));
        TRY(items_add(&items, &cli->arena, json_find(root, view->member), err));
        const struct json *next = json_find(root, "next_cursor");
        if (!next || next->kind != JSON_STRING || next->text.len == 0)
            break;
        cursor = next->text;
    }
    return view_list(cli, view, &items, err);
}

status client_show(struct cli *cli, slice path, const struct view *view, struct error *err)
{
    const struct json *root;
    TRY(client_call(cli, &(struct request){.path = path}, &root, err));
    return view_object(cli, view, root, err);
}
