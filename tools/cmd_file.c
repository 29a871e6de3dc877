/* sleuth file put|get|list|show|rm: files of a user, large ones in parts. */
#include "tools/client.h"
#include "tools/resolve.h"

#include "base/crypt.h"
#include "base/file.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 8 << 20, /* of an upload in parts, and of a download */
    STDIN_BYTES_MAX = 16 << 20,
};

static const struct column columns_list[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"size", N_("SIZE"), COLUMN_NUMBER},
    {"rows", N_("ROWS"), COLUMN_NUMBER},
    {"columns", N_("COLUMNS"), COLUMN_NUMBER},
    {"created_at", N_("CREATED"), COLUMN_TIME},
};
static const struct column columns_one[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"size", N_("SIZE"), COLUMN_NUMBER},
    {"mime", N_("TYPE"), COLUMN_TEXT},
    {"rows", N_("ROWS"), COLUMN_NUMBER},
    {"columns", N_("COLUMNS"), COLUMN_NUMBER},
    {"sha256", N_("SHA-256"), COLUMN_TEXT},
    {"md5", N_("MD5"), COLUMN_TEXT},
    {"created_at", N_("CREATED"), COLUMN_TIME},
    {"parts_done", N_("PARTS THERE"), COLUMN_NUMBER},
    {"parts_total", N_("PARTS"), COLUMN_NUMBER},
    {"expires_at", N_("ENDS"), COLUMN_TIME},
};
static const struct view file_list = {"files", columns_list, ARRAY_COUNT(columns_list)};
static const struct view file_one = {NULL, columns_one, ARRAY_COUNT(columns_one)};

/* "for_user=17" of --user. */
static status user_query(struct cli *cli, slice *ret, struct error *err)
{
    const char *name = cli_text(cli, "user");
    uint64_t id;
    if (!name)
        return cli_usage(cli, err, N_("--user USER says whose files are meant"));
    TRY(resolve_user(cli, name, &id, err));
    *ret = arena_printf(&cli->arena, "for_user=%llu", (unsigned long long)id);
    return arena_check(&cli->arena, err);
}

static slice text_of(const struct json *object, const char *name)
{
    const struct json *value = json_find(object, name);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

/* A call whose body or answer is not JSON of ours. */
static status raw_call(struct cli *cli, const struct host_request *request, struct host_reply *ret,
                       struct error *err)
{
    struct host *host;
    TRY(arena_check(&cli->arena, err));
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, request, &cli->arena, ret, err));
    return host_status(ret, err);
}

/* --- put -------------------------------------------------------------------------------------- */

struct source {
    int fd;
    const char *path;
    uint64_t bytes;
    slice name, query;
    char *piece; /* PIECE_BYTES */
};

static status read_piece(const struct source *source, uint64_t at, size_t want, struct error *err)
{
    for (size_t have = 0; have < want;) {
        ssize_t n = pread(source->fd, source->piece + have, want - have, (off_t)(at + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ST_IO, "cannot read '%s': %s", source->path,
                             n < 0 ? errno_text(errno) : "it became shorter");
        have += (size_t)n;
    }
    return ST_OK;
}

static status put_whole(struct cli *cli, const struct source *source, slice bytes,
                        const struct json **ret, struct error *err)
{
    struct host_reply reply;
    struct buf query;
    buf_init_arena(&query, &cli->arena, 4096);
    buf_put(&query, source->query);
    buf_put_str(&query, "&name=");
    url_encode(&query, source->name);
    const struct host_request request = {.method = METHOD_POST,
                                         .path = S("/api/files"),
                                         .query = buf_slice(&query),
                                         .body = bytes,
                                         .content_type = S("application/octet-stream")};
    TRY(raw_call(cli, &request, &reply, err));
    return json_parse(reply.body, &cli->arena, ret, err);
}

static status begin_parts(struct cli *cli, const struct source *source, slice *ret_id,
                          struct error *err)
{
    const struct json *root;
    struct buf body;
    struct json_out w;
    buf_init_arena(&body, &cli->arena, 8192);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "name", source->name);
    json_key_u64(&w, "size", source->bytes);
    json_key_u64(&w, "part_size", PIECE_BYTES);
    json_end(&w);
    const struct request request = {METHOD_POST, S("/api/files"), source->query, buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    *ret_id = text_of(root, "id");
    return ST_OK;
}

static status put_part(struct cli *cli, const struct source *source, slice id, uint64_t number,
                       size_t bytes, struct error *err)
{
    struct host_reply reply;
    struct arena_mark mark = arena_mark(&cli->arena);
    const struct host_request request = {.method = METHOD_PUT,
                                         .path =
                                             client_path(cli, "/api/files/%.*s/parts/%llu",
                                                         SLICE_ARG(id), (unsigned long long)number),
                                         .query = source->query,
                                         .body = slice_make(source->piece, bytes),
                                         .content_type = S("application/octet-stream")};
    status rc = raw_call(cli, &request, &reply, err);
    arena_rewind(&cli->arena, mark);
    return rc;
}

static status put_parts(struct cli *cli, const struct source *source, const struct json **ret,
                        struct error *err)
{
    struct crypt_sha256_stream stream;
    struct crypt_hash hash;
    struct progress progress;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    slice id;
    status rc = ST_OK;
    TRY(begin_parts(cli, source, &id, err));
    crypt_sha256_begin(&stream);
    progress_begin(&progress, cli, cli_tr(cli, N_("uploading")));
    for (uint64_t at = 0, number = 1; rc == ST_OK && at < source->bytes; number++) {
        uint64_t left = source->bytes - at;
        size_t bytes = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        rc = read_piece(source, at, bytes, err);
        if (rc == ST_OK)
            rc = put_part(cli, source, id, number, bytes, err);
        if (rc == ST_OK)
            crypt_sha256_more(&stream, slice_make(source->piece, bytes));
        at += bytes;
        progress_show(&progress, at, source->bytes);
    }
    progress_end(&progress);
    TRY(rc);
    crypt_sha256_end(&stream, &hash);
    slice body = arena_printf(&cli->arena, "{\"sha256\":\"%s\"}",
                              crypt_hex(hex, hash.bytes, CRYPT_HASH_BYTES).ptr);
    const struct request request = {METHOD_POST,
                                    client_path(cli, "/api/files/%.*s/complete", SLICE_ARG(id)),
                                    source->query, body};
    return client_call(cli, &request, ret, err);
}

static status source_open(struct source *source, struct error *err)
{
    struct stat info;
    source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (source->fd < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s",
                         source->path, errno_text(errno));
    if (fstat(source->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return error_set(err, ST_INVALID, N_("'%s' is not a regular file"), source->path);
    source->bytes = (uint64_t)info.st_size;
    return ST_OK;
}

static status put_file(struct cli *cli, struct source *source, const struct json **ret,
                       struct error *err)
{
    source->piece = (char *)arena_array_raw(&cli->arena, PIECE_BYTES, 1);
    if (!source->piece)
        return arena_check(&cli->arena, err);
    TRY(source_open(source, err));
    if (source->bytes > PIECE_BYTES)
        return put_parts(cli, source, ret, err);
    TRY(read_piece(source, 0, (size_t)source->bytes, err));
    return put_whole(cli, source, slice_make(source->piece, (size_t)source->bytes), ret, err);
}

static status put_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct source source = {.fd = -1, .path = cli->words[0]};
    const char *name = cli_text(cli, "name");
    bool is_stdin = slice_eq(slice_of(source.path), S("-"));
    slice bytes;
    status rc;
    if (is_stdin && !name)
        return cli_usage(cli, err, N_("standard input needs --name"));
    TRY(user_query(cli, &source.query, err));
    source.name = slice_of(name ? name : source.path);
    if (is_stdin) {
        TRY(file_read("-", STDIN_BYTES_MAX, &cli->arena, &bytes, err));
        rc = put_whole(cli, &source, bytes, &root, err);
    } else {
        rc = put_file(cli, &source, &root, err);
    }
    fd_close(&source.fd);
    TRY(rc);
    if (cli->format_given)
        return view_object(cli, &file_one, root, err);
    buf_put(&cli->out, text_of(root, "id"));
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

/* --- get -------------------------------------------------------------------------------------- */

struct target {
    int fd;
    const char *path;
    slice id, query;
    uint64_t bytes;
    struct crypt_sha256_stream sha256;
};

static status get_piece(struct cli *cli, struct target *target, uint64_t at, size_t bytes,
                        struct error *err)
{
    struct host_reply reply;
    char range[64];
    struct arena_mark mark = arena_mark(&cli->arena);
    (void)snprintf(range, sizeof range, "bytes=%llu-%llu", (unsigned long long)at,
                   (unsigned long long)(at + bytes - 1));
    const struct host_request request = {
        .path = client_path(cli, "/api/files/%.*s/content", SLICE_ARG(target->id)),
        .query = target->query,
        .range = slice_of(range)};
    status rc = raw_call(cli, &request, &reply, err);
    if (rc == ST_OK && reply.body.len != bytes)
        rc = error_set(err, ST_VERIFY, N_("the answer was cut: the stored content is damaged"));
    if (rc == ST_OK) {
        crypt_sha256_more(&target->sha256, reply.body);
        rc = file_write_all(target->fd, reply.body, target->path, err);
    }
    arena_rewind(&cli->arena, mark);
    return rc;
}

static status get_pieces(struct cli *cli, struct target *target, struct error *err)
{
    struct progress progress;
    status rc = ST_OK;
    crypt_sha256_begin(&target->sha256);
    progress_begin(&progress, cli, cli_tr(cli, N_("downloading")));
    for (uint64_t at = 0; rc == ST_OK && at < target->bytes;) {
        uint64_t left = target->bytes - at;
        size_t bytes = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        rc = get_piece(cli, target, at, bytes, err);
        at += bytes;
        progress_show(&progress, at, target->bytes);
    }
    progress_end(&progress);
    return rc;
}

static status compare_hash(struct target *target, slice want, struct error *err)
{
    struct crypt_hash hash;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    crypt_sha256_end(&target->sha256, &hash);
    if (slice_eq(crypt_hex(hex, hash.bytes, CRYPT_HASH_BYTES), want))
        return ST_OK;
    return error_set(err, ST_VERIFY, N_("the content does not have the SHA-256 of its record"));
}

static status get_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const char *output = cli_text(cli, "output");
    struct target target = {
        .fd = STDOUT_FILENO, .path = output ? output : "-", .id = slice_of(cli->words[0])};
    TRY(user_query(cli, &target.query, err));
    slice path = client_path(cli, "/api/files/%.*s", SLICE_ARG(target.id));
    TRY(client_call(cli, &(struct request){.path = path, .query = target.query}, &root, err));
    if (!json_to_u64(json_find(root, "size"), &target.bytes))
        return error_set(err, ST_INTERNAL, N_("cannot read the answer"));
    if (output)
        target.fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target.fd < 0)
        return error_set(err, errno == EEXIST ? ST_CONFLICT : ST_IO, "cannot create '%s': %s",
                         output, errno_text(errno));
    status rc = get_pieces(cli, &target, err);
    if (rc == ST_OK)
        rc = compare_hash(&target, text_of(root, "sha256"), err);
    if (output) {
        fd_close(&target.fd);
        if (rc != ST_OK)
            (void)unlink(output); /* half a file would look like a whole one */
    }
    return rc;
}

/* --- list, show, rm --------------------------------------------------------------------------- */

static status list_run(struct cli *cli, struct error *err)
{
    slice query;
    TRY(user_query(cli, &query, err));
    return client_list(cli, S("/api/files"), query, &file_list, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.path = client_path(cli, "/api/files/%s", cli->words[0])};
    TRY(user_query(cli, &request.query, err));
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &file_one, root, err);
}

static status rm_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.method = METHOD_DELETE,
                              .path = client_path(cli, "/api/files/%s", cli->words[0])};
    TRY(user_query(cli, &request.query, err));
    if (cli->dry_run) {
        cli_note(cli, N_("would delete the file '%s'"), cli->words[0]);
        return ST_OK;
    }
    TRY(confirm(cli, err, N_("Delete the file '%s'?"), cli->words[0]));
    return client_call(cli, &request, &root, err);
}

/* --- the table -------------------------------------------------------------------------------- */

/* clang-format off */
#define USER_FLAG {"user", .kind = FLAG_TEXT, .value = "USER", .summary = N_("whose files are meant (required)")}
static const struct flag put_flags[] = {
    USER_FLAG,
    {"name", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("name to keep (default: that of the file)")},
    {0},
};
static const struct flag get_flags[] = {
    USER_FLAG,
    {"output", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("write to a new file instead of standard output")},
    {0},
};
static const struct flag user_flags[] = {USER_FLAG, {0}};

static const struct example put_examples[] = {
    {"ID=$(sleuth file put log.csv --user ada@example.com)", N_("the id alone goes to standard output")},
    {"zcat log.csv.gz | sleuth file put - --name log.csv --user ada@example.com", N_("from standard input, at most 16 MiB")},
    {0},
};
static const struct example get_examples[] = {
    {"sleuth file get fil_01jdb3 --user ada@example.com --output log.csv", N_("fetched in pieces, its hash is checked")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth file list --user ada@example.com", N_("files of one user, newest first")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth file show fil_01jdb3 --user ada@example.com", N_("one file, or how far its upload is")},
    {0},
};
static const struct example rm_examples[] = {
    {"sleuth file rm fil_01jdb3 --user ada@example.com --yes", N_("without asking")},
    {0},
};

static const struct command commands[] = {
    {"file", "put", "FILE|-", 1, 1, N_("Store a file for a user and print its id."), N_("Files above 8 MiB are sent in parts. The same content is kept once."), put_examples, put_flags, false, put_run},
    {"file", "get", "ID", 1, 1, N_("Write the content of a file."), NULL, get_examples, get_flags, false, get_run},
    {"file", "list", NULL, 0, 0, N_("List the files of a user."), NULL, list_examples, user_flags, false, list_run},
    {"file", "show", "ID", 1, 1, N_("Show one file."), NULL, show_examples, user_flags, false, show_run},
    {"file", "rm", "ID", 1, 1, N_("Delete a file, or give up its upload."), NULL, rm_examples, user_flags, false, rm_run},
    {0},
};
/* clang-format on */

const struct noun noun_file = {.name = "file",
                               .summary = N_("files of users: put, get, list, rm"),
                               .group = N_("Analysis"),
                               .commands = commands};
