/* Bundles out of Zenodo and out of the store; the bytes of one source. */
#include "tools/client.h"
#include "tools/config_file.h"
#include "tools/dataset_pack.h"

#include "base/clock.h"
#include "host.h"
#include "zenodo.h"

#include <fnmatch.h>
#include <stdio.h>
#include <unistd.h>

enum { PATIENCE_MS = 120000, CHUNK = 4 << 20, NAME_TEXT = 512 };

/* --- Zenodo -------------------------------------------------------------------------------------
 */

/* Configuration and connections of one command. */
struct line {
    struct cli *cli;
    struct config config;
    struct outbound *outbound;
    struct zenodo zenodo;
    struct progress progress;
};

static void line_progress(void *arg, uint64_t done, uint64_t total)
{
    struct line *line = (struct line *)arg;
    progress_show(&line->progress, done, total); /* the command waits: nobody else draws */
}

static status line_open(struct cli *cli, struct line *line, struct error *err)
{
    *line = (struct line){.cli = cli};
    TRY(config_now(cli, cli->config, &line->config, err));
    status rc = outbound_create(&line->config, &line->outbound, err);
    if (rc != ST_OK) {
        config_finish(&line->config);
        return rc;
    }
    line->zenodo = (struct zenodo){.outbound = line->outbound,
                                   .config = &line->config,
                                   .patience_ms = PATIENCE_MS,
                                   .progress = line_progress,
                                   .progress_arg = line};
    progress_begin(&line->progress, cli, cli_tr(cli, N_("downloading")));
    return ST_OK;
}

static void line_close(struct line *line)
{
    progress_end(&line->progress);
    outbound_destroy(&line->outbound);
    config_finish(&line->config);
}

static status record_find(struct line *line, const struct source *source,
                          struct zenodo_answer *answer, struct zenodo_record *ret,
                          struct error *err)
{
    struct arena *arena = &line->cli->arena;
    slice id = source->record;
    if (slice_eq(line->config.zenodo_mode, S("offline")))
        return error_code(err, ST_FORBIDDEN, "egress_forbidden",
                          "zenodo.mode is offline: nothing is downloaded here");
    if (source->version.len > 0)
        TRY(zenodo_get_version(&line->zenodo, id, source->version, arena, &id, err));
    TRY(zenodo_get(&line->zenodo, id, S(""), arena, answer, err));
    TRY(zenodo_record_parse(answer->json, arena, ret, err));
    if (ret->file_count > 0 && ret->files[0].url.len == 0 && ret->files_url.len > 0)
        TRY(zenodo_get_files(&line->zenodo, ret, arena, err));
    return ST_OK;
}

static bool is_wanted(const struct cli *cli, slice key)
{
    char name[NAME_TEXT];
    const char *glob;
    (void)snprintf(name, sizeof name, "%.*s", SLICE_ARG(key));
    for (size_t i = 0; (glob = cli_text_at(cli, "files", i)); i++)
        if (fnmatch(glob, name, 0) == 0)
            return true;
    return false;
}

/* The source's file, else what --files matches, else the largest CSV file. */
static status files_choose(struct line *line, const struct source *source,
                           const struct zenodo_record *record, const struct zenodo_file **ret,
                           size_t *ret_count, struct error *err)
{
    bool by_glob = source->file.len == 0 && cli_flag(line->cli, "files");
    *ret_count = 0;
    for (size_t i = 0; i < record->file_count && by_glob; i++)
        if (is_wanted(line->cli, record->files[i].key))
            ret[(*ret_count)++] = &record->files[i];
    if (!by_glob && (ret[0] = zenodo_file_find(record, source->file, ZENODO_LARGEST_CSV)))
        *ret_count = 1;
    if (*ret_count > 0)
        return ST_OK;
    cli_hint(line->cli, N_("'sleuth info zenodo://%.*s' lists the files"), SLICE_ARG(record->id));
    return error_code(err, ST_NOT_FOUND, "dataset_file_not_found",
                      "the record %.*s has no such file", SLICE_ARG(record->id));
}

static void pack_describe(struct line *line, const struct zenodo_record *record,
                          const struct zenodo_answer *answer, struct pack *ret)
{
    char time[TIME_TEXT_MAX];
    slice now = arena_copy(&line->cli->arena, time_rfc3339(clock_wall_ms() / 1000 * 1000, time));
    *ret = (struct pack){
        .created = now,
        .retrieved_at = now,
        .tool = S("sleuth " VERSION),
        .license = record->license,
        .title = record->title,
        .base_url = line->config.zenodo_base_url,
        .record_id = record->id,
        .doi = record->doi,
        .concept_doi = record->concept_doi,
        .version = record->version,
        .etag = answer->etag,
        .record = answer->json,
    };
    ret->base_url = arena_copy(&line->cli->arena, ret->base_url);
}

static status sink_restart(void *arg, struct error *err)
{
    struct pack_writer *writer = (struct pack_writer *)arg;
    (void)err;
    pack_write_file(writer, writer->index);
    return ST_OK;
}

static status sink_take(void *arg, slice bytes, struct error *err)
{
    return pack_write_take((struct pack_writer *)arg, bytes, err);
}

static status files_get(struct line *line, struct pack_writer *writer,
                        const struct zenodo_file *const *files, struct error *err)
{
    const struct zenodo_sink sink = {sink_restart, sink_take, writer};
    struct zenodo_sums sums;
    for (size_t i = 0; i < writer->pack->file_count; i++) {
        writer->index = i;
        TRY(zenodo_get_file(&line->zenodo, files[i], &sink, &sums, err));
        TRY(pack_write_file_end(writer, err));
    }
    return ST_OK;
}

static status zenodo_pack(struct line *line, const struct source *source, int fd, struct pack *ret,
                          struct error *err)
{
    struct cli *cli = line->cli;
    struct zenodo_answer answer;
    struct zenodo_record record;
    struct pack_writer writer;
    size_t count;
    TRY(pack_signer_check(cli, err)); /* before an hour of downloading */
    TRY(record_find(line, source, &answer, &record, err));
    const struct zenodo_file **files =
        (const struct zenodo_file **)arena_array(&cli->arena, record.file_count + 1, sizeof *files);
    TRY(arena_check(&cli->arena, err));
    TRY(files_choose(line, source, &record, files, &count, err));
    pack_describe(line, &record, &answer, ret);
    ret->files = (struct pack_file *)arena_array(&cli->arena, count, sizeof *ret->files);
    TRY(arena_check(&cli->arena, err));
    for (size_t i = 0; i < count; i++)
        ret->files[i] = (struct pack_file){.key = files[i]->key, .bytes = files[i]->size};
    ret->file_count = count;
    TRY(pack_write_begin(&writer, fd, ret, err));
    TRY(files_get(line, &writer, files, err));
    return pack_finish(cli, &writer, err);
}

status pack_from_zenodo(struct cli *cli, const struct source *source, int fd, struct pack *ret,
                        struct error *err)
{
    struct line line;
    TRY(line_open(cli, &line, err));
    status rc = zenodo_pack(&line, source, fd, ret, err);
    line_close(&line);
    return rc;
}

static status record_print(struct cli *cli, const struct zenodo_record *record, struct error *err)
{
    static const struct column columns[] = {{"key", N_("FILE"), COLUMN_TEXT},
                                            {"size", N_("BYTES"), COLUMN_NUMBER},
                                            {"md5", "MD5", COLUMN_TEXT}};
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    cli_note(cli, "%.*s", SLICE_ARG(record->title));
    for (size_t i = 0; i < record->creator_count; i++)
        cli_note(cli, "%.*s", SLICE_ARG(record->creators[i]));
    cli_note(cli, N_("record %.*s, version %.*s, DOI %.*s, licence %.*s"), SLICE_ARG(record->id),
             SLICE_ARG(record->version), SLICE_ARG(record->doi), SLICE_ARG(record->license));
    for (size_t i = 0; i < record->file_count; i++) {
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = record->files[i].key;
        row[1] = arena_printf(&cli->arena, "%llu", (unsigned long long)record->files[i].size);
        row[2] = record->files[i].md5;
    }
    return view_table(cli, "files", &table, err);
}

status zenodo_show(struct cli *cli, const struct source *source, struct error *err)
{
    struct line line;
    struct zenodo_answer answer;
    struct zenodo_record record;
    TRY(line_open(cli, &line, err));
    status rc = record_find(&line, source, &answer, &record, err);
    line_close(&line);
    return rc == ST_OK ? record_print(cli, &record, err) : rc;
}

/* --- the store ----------------------------------------------------------------------------------
 */

static slice text_of(const struct json *object, const char *name)
{
    const struct json *member = json_find(object, name);
    return member && member->kind == JSON_STRING ? member->text : S("");
}

typedef status take_fn(void *arg, slice bytes, struct error *err);

/* In chunks, each in memory that the next one reuses. */
static status content_read(struct cli *cli, slice id, uint64_t size, take_fn *take, void *arg,
                           struct error *err)
{
    struct host *host;
    TRY(client_host(cli, &host, err));
    for (uint64_t at = 0; at < size;) {
        struct host_reply reply;
        struct arena_mark mark = arena_mark(&cli->arena);
        const struct host_request request = {
            .method = METHOD_GET,
            .path = client_path(cli, "/api/host/datasets/%.*s/content", SLICE_ARG(id)),
            .query =
                arena_printf(&cli->arena, "offset=%llu&length=%d", (unsigned long long)at, CHUNK)};
        TRY(arena_check(&cli->arena, err));
        TRY(host_call(host, &request, &cli->arena, &reply, err));
        TRY(host_status(&reply, err));
        if (reply.body.len == 0)
            return error_set(err, ST_CORRUPT, "the data set is shorter than its record says");
        TRY(take(arg, reply.body, err));
        at += reply.body.len;
        arena_rewind(&cli->arena, mark);
    }
    return ST_OK;
}

static status row_get(struct cli *cli, slice name, slice file, const struct json **ret,
                      struct error *err)
{
    struct buf path, query;
    buf_init_arena(&path, &cli->arena, 4096);
    buf_init_arena(&query, &cli->arena, 4096);
    buf_put_str(&path, "/api/host/datasets/");
    url_encode(&path, name);
    if (file.len > 0)
        buf_put_str(&query, "file=");
    url_encode(&query, file);
    const struct request request = {METHOD_GET, buf_slice(&path), buf_slice(&query), S("")};
    return client_call(cli, &request, ret, err);
}

/* All rows of that name. */
static status rows_get(struct cli *cli, const char *name, const struct json **rows, size_t max,
                       size_t *ret_count, struct error *err)
{
    slice cursor = S("");
    *ret_count = 0;
    do {
        const struct json *page;
        const struct request request = {
            METHOD_GET, S("/api/host/datasets"),
            cursor.len > 0 ? arena_printf(&cli->arena, "cursor=%.*s", SLICE_ARG(cursor)) : S(""),
            S("")};
        TRY(client_call(cli, &request, &page, err));
        const struct json *list = json_find(page, "datasets");
        for (const struct json *row = list ? list->first : NULL; row; row = row->next)
            if ((slice_eq(text_of(row, "name"), slice_of(name)) ||
                 slice_eq(text_of(row, "id"), slice_of(name))) &&
                *ret_count < max)
                rows[(*ret_count)++] = row;
        cursor = text_of(page, "next_cursor");
    } while (cursor.len > 0);
    return *ret_count > 0 ? ST_OK
                          : error_code(err, ST_NOT_FOUND, "dataset_not_found",
                                       "there is no such data set here");
}

static void row_describe(struct cli *cli, const struct json *full, struct pack *ret)
{
    char time[TIME_TEXT_MAX];
    *ret = (struct pack){
        .created = arena_copy(&cli->arena, time_rfc3339(clock_wall_ms() / 1000 * 1000, time)),
        .retrieved_at = text_of(full, "fetched_at"),
        .tool = S("sleuth " VERSION),
        .license = text_of(full, "license"),
        .title = text_of(full, "title"),
        .base_url = S(""),
        .record_id = text_of(full, "record_id"),
        .doi = text_of(full, "doi"),
        .concept_doi = text_of(full, "concept_doi"),
        .version = text_of(full, "version"),
        .etag = text_of(full, "etag"),
        .record = text_of(full, "record"),
    };
}

status pack_from_store(struct cli *cli, const char *name, int fd, struct pack *ret,
                       struct error *err)
{
    const struct json *full;
    struct pack_writer writer;
    size_t count;
    const struct json **rows =
        (const struct json **)arena_array(&cli->arena, PACK_FILES_MAX, sizeof *rows);
    TRY(arena_check(&cli->arena, err));
    TRY(rows_get(cli, name, rows, PACK_FILES_MAX, &count, err));
    TRY(row_get(cli, text_of(rows[0], "id"), S(""), &full, err));
    row_describe(cli, full, ret);
    ret->files = (struct pack_file *)arena_array(&cli->arena, count, sizeof *ret->files);
    TRY(arena_check(&cli->arena, err));
    for (size_t i = 0; i < count; i++) {
        ret->files[i].key = text_of(rows[i], "file_key");
        if (!json_to_u64(json_find(rows[i], "size"), &ret->files[i].bytes))
            return error_set(err, ST_CORRUPT, "a stored data set has no size");
    }
    ret->file_count = count;
    TRY(pack_write_begin(&writer, fd, ret, err));
    for (size_t i = 0; i < count; i++) {
        pack_write_file(&writer, i);
        TRY(content_read(cli, text_of(rows[i], "id"), ret->files[i].bytes, sink_take, &writer,
                         err));
        TRY(pack_write_file_end(&writer, err));
    }
    return pack_finish(cli, &writer, err);
}

/* --- the bytes of a source ----------------------------------------------------------------------
 */

static status memory_restart(void *arg, struct error *err)
{
    (void)err;
    ((struct buf *)arg)->len = 0;
    return ST_OK;
}

static status memory_take(void *arg, slice bytes, struct error *err)
{
    buf_put((struct buf *)arg, bytes);
    return buf_check((struct buf *)arg, err);
}

static status zenodo_text(struct cli *cli, const struct source *source, struct buf *out,
                          struct error *err)
{
    struct line line;
    struct zenodo_answer answer;
    struct zenodo_record record;
    struct zenodo_sums sums;
    const struct zenodo_sink sink = {memory_restart, memory_take, out};
    TRY(line_open(cli, &line, err));
    status rc = record_find(&line, source, &answer, &record, err);
    if (rc == ST_OK) {
        const struct zenodo_file *file =
            zenodo_file_find(&record, source->file, ZENODO_LARGEST_CSV);
        rc = file ? zenodo_get_file(&line.zenodo, file, &sink, &sums, err)
                  : error_code(err, ST_NOT_FOUND, "dataset_file_not_found",
                               "the record %.*s has no such file", SLICE_ARG(record.id));
        if (rc == ST_OK)
            cli_note(cli, N_("%.*s of record %.*s, licence %.*s"), SLICE_ARG(file->key),
                     SLICE_ARG(record.id), SLICE_ARG(record.license));
    }
    line_close(&line);
    return rc;
}

static status stored_text(struct cli *cli, const struct source *source, struct buf *out,
                          struct error *err)
{
    const struct json *row;
    uint64_t size;
    TRY(row_get(cli, source->name, source->file, &row, err));
    if (!json_to_u64(json_find(row, "size"), &size))
        return error_set(err, ST_CORRUPT, "a stored data set has no size");
    return content_read(cli, text_of(row, "id"), size, memory_take, out, err);
}

static bool exists(slice path)
{
    char name[4096];
    return path.len < sizeof name && snprintf(name, sizeof name, "%.*s", SLICE_ARG(path)) > 0 &&
           access(name, F_OK) == 0;
}

status source_of_word(const char *word, struct source *ret, struct error *err)
{
    return source_parse(slice_of(word), exists, ret, err);
}

status source_text(struct cli *cli, const char *word, struct arena *arena, bool *ret_is_source,
                   slice *ret, struct error *err)
{
    struct source source;
    struct buf out;
    TRY(source_of_word(word, &source, err));
    *ret_is_source = source.kind == SOURCE_ZENODO || source.kind == SOURCE_DATASET;
    if (!*ret_is_source)
        return ST_OK;
    buf_init_arena(&out, arena, (size_t)2 << 30);
    TRY(source.kind == SOURCE_ZENODO ? zenodo_text(cli, &source, &out, err)
                                     : stored_text(cli, &source, &out, err));
    *ret = buf_slice(&out);
    return ST_OK;
}
