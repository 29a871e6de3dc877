/* The verbs of `sleuth dataset` that move bundles: fetch, pack, import, export. */
#include "tools/dataset_run.h"

#include "tools/client.h"
#include "tools/dataset_pack.h"

#include "base/file.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_BYTES = 8 << 20, CALL_MS = 600000 };

/* --- tables -------------------------------------------------------------------------------------
 */

const struct column dataset_columns[DATASET_COLUMNS] = {
    {"name", N_("NAME"), COLUMN_TEXT},       {"file_key", N_("FILE"), COLUMN_TEXT},
    {"size", N_("BYTES"), COLUMN_NUMBER},    {"version", N_("VERSION"), COLUMN_TEXT},
    {"license", N_("LICENCE"), COLUMN_TEXT}, {"origin", N_("ORIGIN"), COLUMN_TEXT},
    {"sha256", N_("SHA-256"), COLUMN_TEXT},  {"fetched_at", N_("FETCHED"), COLUMN_TIME},
};
static const struct view imported_view = {"imported", dataset_columns, DATASET_COLUMNS};

static const struct column pack_columns[] = {
    {"file_key", N_("FILE"), COLUMN_TEXT},
    {"size", N_("BYTES"), COLUMN_NUMBER},
    {"md5", "MD5", COLUMN_TEXT},
    {"sha256", N_("SHA-256"), COLUMN_TEXT},
};

static slice hex_of(struct cli *cli, const void *bytes, size_t len)
{
    char *text = (char *)arena_alloc(&cli->arena, 2 * len + 1);
    return text ? crypt_hex(text, bytes, len) : S("");
}

status dataset_pack_print(struct cli *cli, const struct pack *pack, struct error *err)
{
    struct table table;
    table_init(&table, &cli->arena, pack_columns, ARRAY_COUNT(pack_columns));
    for (size_t i = 0; i < pack->file_count; i++) {
        const struct pack_file *file = &pack->files[i];
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = file->key;
        row[1] = arena_printf(&cli->arena, "%llu", (unsigned long long)file->bytes);
        row[2] = hex_of(cli, file->md5, MD5_BYTES);
        row[3] = hex_of(cli, file->sha256, CRYPT_HASH_BYTES);
    }
    return view_table(cli, "files", &table, err);
}

/* --- import -------------------------------------------------------------------------------------
 */

static status part_send(struct cli *cli, slice bytes, struct buf *list, struct error *err)
{
    struct host *host;
    struct host_reply reply;
    const struct json *root;
    const struct host_request request = {.method = METHOD_POST,
                                         .path = S("/api/host/datasets/parts"),
                                         .body = bytes,
                                         .content_type = S("application/octet-stream")};
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, &request, &cli->arena, &reply, err));
    TRY(host_status(&reply, err));
    TRY(json_parse(reply.body, &cli->arena, &root, err));
    const struct json *sum = json_find(root, "sha256");
    if (!sum || sum->kind != JSON_STRING)
        return error_set(err, ST_INTERNAL, N_("cannot read the answer"));
    buf_put_str(list, list->len > 0 ? ",\"" : "\"");
    buf_put(list, sum->text);
    buf_put_str(list, "\"");
    return ST_OK;
}

static status parts_send(struct cli *cli, int fd, struct buf *list, struct error *err)
{
    struct stat info;
    struct progress progress;
    char *chunk = (char *)arena_alloc(&cli->arena, PART_BYTES);
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK && fstat(fd, &info) != 0)
        rc = error_set(err, ST_IO, "cannot read the bundle: %s", errno_text(errno));
    progress_begin(&progress, cli, cli_tr(cli, N_("sending")));
    for (off_t at = 0; rc == ST_OK && at < info.st_size;) {
        ssize_t n = pread(fd, chunk, PART_BYTES, at);
        if (n <= 0)
            rc = error_set(err, ST_IO, "cannot read the bundle: %s",
                           n < 0 ? errno_text(errno) : "it became shorter");
        else
            rc = part_send(cli, slice_make(chunk, (size_t)n), list, err);
        at += n > 0 ? n : 0;
        progress_show(&progress, (uint64_t)at, (uint64_t)info.st_size);
    }
    progress_end(&progress);
    return rc;
}

static status bundle_import(struct cli *cli, int fd, struct error *err)
{
    struct buf list, body;
    const struct json *root;
    struct items items = {0};
    const char *name = cli_text(cli, "name");
    cli->may_create_data = true;
    if (cli->timeout_ms == 0)
        cli->timeout_ms = CALL_MS;
    buf_init_arena(&list, &cli->arena, 1 << 20);
    buf_init_arena(&body, &cli->arena, 1 << 20);
    TRY(parts_send(cli, fd, &list, err));
    buf_printf(&body, "{\"require_signature\":%s,\"dry_run\":%s",
               cli_flag(cli, "require-signature") ? "true" : "false",
               cli->dry_run ? "true" : "false");
    if (name)
        buf_put_str(&body, ",\"name\":");
    if (name)
        buf_put_json(&body, slice_of(name));
    buf_put_str(&body, ",\"parts\":[");
    buf_put(&body, buf_slice(&list));
    buf_put_str(&body, "]}");
    TRY(buf_check(&body, err));
    const struct request request = {METHOD_POST, S("/api/host/datasets/import"), S(""),
                                    buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    const struct json *warning = json_find(root, "warning");
    if (warning && warning->kind == JSON_STRING)
        cli_warn(cli, "%.*s", SLICE_ARG(warning->text));
    if (cli->format == FORMAT_JSON)
        return view_object(cli, &imported_view, root, err);
    TRY(items_add(&items, &cli->arena, json_find(root, "imported"), err));
    return view_list(cli, &imported_view, &items, err);
}

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

status dataset_import_run(struct cli *cli, struct error *err)
{
    struct pack_file_out out = {.fd = -1};
    struct pack pack;
    const char *path = cli->words[0];
    if (!is_directory(path)) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s",
                             path, errno_text(errno));
        status rc = bundle_import(cli, fd, err);
        fd_close(&fd);
        return rc;
    }
    TRY(pack_out_open(NULL, &out, err));
    status rc = pack_from_paths(cli, &path, 1, /* checked= */ true, out.fd, &pack, err);
    if (rc == ST_OK)
        rc = bundle_import(cli, out.fd, err);
    struct error ignored; /* a temporary file has no name to fail with */
    (void)pack_out_close(&out, false, &ignored);
    return rc;
}

/* --- fetch, pack, export ------------------------------------------------------------------------
 */

/* Either a file for --output, or straight into the store. */
static status made_deliver(struct cli *cli, struct pack_file_out *out, const struct pack *pack,
                           status rc, struct error *err)
{
    enum status_code code = rc;
    struct error ignored;
    if (code == ST_OK && !out->path)
        code = bundle_import(cli, out->fd, err);
    if (code != ST_OK) {
        (void)pack_out_close(out, false, &ignored); /* the first error is the one to tell */
        return code;
    }
    TRY(pack_out_close(out, true, err));
    if (!out->path)
        return ST_OK;
    if (pack->license.len > 0)
        cli_note(cli, N_("licence: %.*s"), SLICE_ARG(pack->license));
    cli_note(cli, N_("bundle written to '%s'"), out->path);
    return dataset_pack_print(cli, pack, err);
}

status dataset_fetch_run(struct cli *cli, struct error *err)
{
    struct source source;
    struct pack_file_out out;
    struct pack pack = {0};
    TRY(source_parse(slice_of(cli->words[0]), NULL, &source, err));
    if (source.kind != SOURCE_ZENODO)
        return cli_usage(cli, err, N_("'%s' is not a record of Zenodo"), cli->words[0]);
    TRY(pack_out_open(cli_text(cli, "output"), &out, err));
    return made_deliver(cli, &out, &pack, pack_from_zenodo(cli, &source, out.fd, &pack, err), err);
}

status dataset_pack_run(struct cli *cli, struct error *err)
{
    struct pack_file_out out;
    struct pack pack = {0};
    if (!cli_text(cli, "output"))
        return cli_usage(cli, err, N_("--output FILE is needed"));
    TRY(pack_out_open(cli_text(cli, "output"), &out, err));
    status rc = pack_from_paths(cli, cli->words, cli->word_count, false, out.fd, &pack, err);
    return made_deliver(cli, &out, &pack, rc, err);
}

struct extract {
    int fd;
    const char *name;
};

static status extract_take(void *arg, slice bytes, struct error *err)
{
    struct extract *extract = (struct extract *)arg;
    return file_write_all(extract->fd, bytes, extract->name, err);
}

/* The folders of a name are made one by one, never through a link. */
static int file_create(int dir, slice name)
{
    char part[SOURCE_FILE_MAX + 1];
    slice rest = name, segment;
    int at = dup(dir), below;
    while (at >= 0 && slice_split(&rest, '/', &segment)) {
        bool is_last = segment.ptr + segment.len == name.ptr + name.len;
        (void)snprintf(part, sizeof part, "%.*s", SLICE_ARG(segment));
        if (is_last)
            below = openat(at, part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
        else if (mkdirat(at, part, 0755) != 0 && errno != EEXIST)
            below = -1;
        else
            below = openat(at, part, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        int why = errno;
        fd_close(&at);
        errno = why;
        at = below;
    }
    return at;
}

static status file_extract(const struct pack_input *in, const struct pack_file *file, int dir,
                           struct error *err)
{
    char name[SOURCE_FILE_MAX + 1];
    (void)snprintf(name, sizeof name, "%.*s", SLICE_ARG(file->key));
    struct extract extract = {file_create(dir, file->key), name};
    if (extract.fd < 0)
        return error_set(err, errno == EEXIST ? ST_CONFLICT : ST_IO, "cannot create '%s': %s", name,
                         errno_text(errno));
    status rc = pack_file_read(in, file, extract_take, &extract, err);
    fd_close(&extract.fd);
    if (rc != ST_OK)
        (void)unlinkat(dir, name, 0);
    return rc;
}

static status all_extract(struct cli *cli, int fd, const char *to, struct error *err)
{
    struct pack_input in;
    struct pack pack;
    TRY(file_make_dirs(to, 0755, err));
    TRY(pack_input_fd(&fd, &in, err));
    TRY(pack_open(&in, &cli->arena, &pack, err));
    int dir = open(to, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (dir < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", to, errno_text(errno));
    status rc = ST_OK;
    for (size_t i = 0; i < pack.file_count && rc == ST_OK; i++)
        rc = file_extract(&in, &pack.files[i], dir, err);
    fd_close(&dir);
    return rc == ST_OK ? dataset_pack_print(cli, &pack, err) : rc;
}

static status export_to(struct cli *cli, const char *to, struct error *err)
{
    struct pack_file_out out = {.fd = -1};
    struct pack pack;
    struct error ignored;
    int fd = open(cli->words[0], O_RDONLY | O_CLOEXEC);
    if (fd >= 0) { /* a bundle as a file */
        status rc = all_extract(cli, fd, to, err);
        fd_close(&fd);
        return rc;
    }
    TRY(pack_out_open(NULL, &out, err));
    status rc = pack_from_store(cli, cli->words[0], out.fd, &pack, err);
    if (rc == ST_OK)
        rc = all_extract(cli, out.fd, to, err);
    (void)pack_out_close(&out, false, &ignored);
    return rc;
}

status dataset_export_run(struct cli *cli, struct error *err)
{
    struct pack_file_out out;
    struct pack pack = {0};
    const char *to = cli_text(cli, "to");
    if (!to == !cli_text(cli, "output"))
        return cli_usage(cli, err, N_("give either --output FILE or --to DIRECTORY"));
    if (to)
        return export_to(cli, to, err);
    TRY(pack_out_open(cli_text(cli, "output"), &out, err));
    status rc = pack_from_store(cli, cli->words[0], out.fd, &pack, err);
    return made_deliver(cli, &out, &pack, rc, err);
}
