/* Contents of files: the bytes, whole or a range, and the first rows of a table. */
#include "api/files.h"
#include "api/tables.h"
#include "app.h"
#include "base/file.h"
#include "blob.h"
#include "detect/csv.h"
#include "detect/value_type.h"
#include "json.h"

#include <stdio.h>
#include <unistd.h>

/* --- content ---------------------------------------------------------------------------------- */

/* Opened by the first piece, so that nothing is left open when the client is gone before. A whole
 * content is hashed on its way: damage shows as a cut answer, never as wrong bytes that look right.
 */
struct content_stream {
    struct blobs *blobs;
    struct crypt_hash hash;
    struct crypt_sha256_stream sha256;
    uint64_t offset, left;
    int fd;
    bool is_whole;
};

static bool is_damaged(struct content_stream *stream)
{
    struct crypt_hash have;
    crypt_sha256_end(&stream->sha256, &have);
    return memcmp(have.bytes, stream->hash.bytes, CRYPT_HASH_BYTES) != 0;
}

/* Worker thread. */
static enum reply_next content_next(struct call *call, void *state, struct buf *chunk,
                                    int32_t *ret_wait_ms)
{
    struct content_stream *stream = (struct content_stream *)state;
    struct error err;
    uint64_t bytes;
    size_t want = stream->left < LIMIT_STREAM_CHUNK ? (size_t)stream->left : LIMIT_STREAM_CHUNK;
    (void)call;
    (void)ret_wait_ms;
    if (stream->fd < 0 &&
        blob_open(stream->blobs, &stream->hash, &stream->fd, &bytes, &err) != ST_OK)
        stream->fd = -1;
    char *room = stream->fd >= 0 ? buf_reserve(chunk, want) : NULL;
    ssize_t n = room ? pread(stream->fd, room, want, (off_t)stream->offset) : -1;
    if (n < 0 || (n == 0 && want > 0)) {
        chunk->overflow = true; /* the answer is cut, not padded */
        return REPLY_END;
    }
    buf_grew(chunk, (size_t)n);
    stream->offset += (uint64_t)n;
    stream->left -= (uint64_t)n;
    if (stream->is_whole)
        crypt_sha256_more(&stream->sha256, slice_make(room, (size_t)n));
    if (stream->left > 0)
        return REPLY_MORE;
    if (stream->is_whole && is_damaged(stream))
        chunk->overflow = true;
    return REPLY_END;
}

static void content_done(struct call *call, void *state)
{
    (void)call;
    fd_close(&((struct content_stream *)state)->fd);
}

struct range {
    uint64_t first, last; /* both included */
    bool is_given;
};

/* RFC 9110 section 14: one range of bytes; anything else asks for the whole. False: no byte of it
 * exists (416). */
static bool range_read(slice text, uint64_t size, struct range *ret)
{
    slice first;
    uint64_t a, b;
    *ret = (struct range){0};
    if (!slice_has_prefix(text, S("bytes=")) || slice_find_byte(text, ',', &(size_t){0}))
        return true;
    slice last = slice_from(text, 6);
    if (!slice_split(&last, '-', &first) || !last.ptr)
        return true;
    first = slice_trim(first);
    last = slice_trim(last);
    if (first.len == 0 && slice_to_u64(last, &b)) { /* the last b bytes */
        if (b == 0 || size == 0)
            return false;
        *ret = (struct range){b < size ? size - b : 0, size - 1, true};
        return true;
    }
    if (!slice_to_u64(first, &a) || (last.len && (!slice_to_u64(last, &b) || b < a)))
        return true;
    if (a >= size)
        return false;
    *ret = (struct range){a, last.len && b < size ? b : size - 1, true};
    return true;
}

/* If-Range: the range counts only while the content is the one that the client knows. */
static bool range_is_wanted(const struct call *call, slice tag)
{
    slice condition = call_header(call, "if-range");
    if (!condition.ptr)
        return true;
    return condition.len == tag.len + 2 && slice_eq(slice_sub(condition, 1, tag.len), tag);
}

/* attachment; filename="log.csv"; filename*=UTF-8''… (RFC 6266) */
static void put_disposition(struct call *call, slice name)
{
    struct buf out;
    buf_init_arena(&out, &call->arena, 4096);
    buf_put_str(&out, "attachment; filename=\"");
    for (size_t i = 0; i < name.len; i++)
        buf_put_byte(&out, name.ptr[i] < ' ' || strchr("\"\\%", name.ptr[i]) ? '_' : name.ptr[i]);
    buf_put_str(&out, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '_';
        if (plain)
            buf_put_byte(&out, c);
        else
            buf_printf(&out, "%%%02X", (unsigned char)c);
    }
    reply_header(call, "Content-Disposition", buf_slice(&out));
}

struct download {
    struct store_stored_file file;
    struct range range;
};

static status content_check(struct call *call, struct error *err)
{
    struct download *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(file_find_complete(call, call_param(call, "id"), &in->file, err));
    slice tag = file_tag(call, &in->file);
    reply_header(call, "Accept-Ranges", S("bytes"));
    if (reply_etag(call, tag)) {
        call_skip_to_reply(call);
        return ST_OK;
    }
    slice range = call_header(call, "range");
    if (!range.ptr || !range_is_wanted(call, tag))
        return ST_OK;
    if (range_read(range, in->file.size_bytes, &in->range))
        return ST_OK;
    reply_header_sticky(
        call, "Content-Range",
        arena_printf(&call->arena, "bytes */%llu", (unsigned long long)in->file.size_bytes));
    return error_code(err, ST_RANGE, "range_not_satisfiable",
                      "the requested range lies outside of the content");
}

/* Is it there at all? Once bytes are on their way, an error can only cut the answer. */
static status content_fetch(struct call *call, struct error *err)
{
    const struct download *in = (const struct download *)call->state;
    struct crypt_hash hash = file_hash(&in->file);
    uint64_t bytes;
    int fd;
    TRY(blob_open(call->app->blobs, &hash, &fd, &bytes, err));
    fd_close(&fd);
    if (bytes == in->file.size_bytes)
        return ST_OK;
    return error_code(err, ST_CORRUPT, "blob_damaged", "the stored content has another length");
}

static status content_reply(struct call *call, struct error *err)
{
    const struct download *in = (const struct download *)call->state;
    struct content_stream *stream =
        (struct content_stream *)arena_alloc(&call->arena, sizeof *stream);
    if (!stream)
        return arena_check(&call->arena, err);
    *stream = (struct content_stream){.blobs = call->app->blobs,
                                      .hash = file_hash(&in->file),
                                      .left = in->file.size_bytes,
                                      .fd = -1,
                                      .is_whole = !in->range.is_given};
    crypt_sha256_begin(&stream->sha256);
    if (in->range.is_given) {
        stream->offset = in->range.first;
        stream->left = in->range.last - in->range.first + 1;
        reply_header(call, "Content-Range",
                     arena_printf(&call->arena, "bytes %llu-%llu/%llu",
                                  (unsigned long long)in->range.first,
                                  (unsigned long long)in->range.last,
                                  (unsigned long long)in->file.size_bytes));
    }
    put_disposition(call, in->file.name);
    const struct reply_stream how = {.next = content_next,
                                     .done = content_done,
                                     .state = stream,
                                     .length = (int64_t)stream->left};
    slice mime = arena_copy(&call->arena, in->file.mime);
    return reply_stream(call, in->range.is_given ? 206 : 200,
                        mime.len ? mime.ptr : "application/octet-stream", &how);
}

/* --- preview ---------------------------------------------------------------------------------- */

enum { PREVIEW_BYTES = 512 << 10, PREVIEW_ROWS_MAX = 200, PREVIEW_COLUMNS_MAX = 500 };

struct preview {
    struct store_stored_file file;
    uint64_t rows_max;
    slice body;
};

static status preview_check(struct call *call, struct error *err)
{
    struct preview *in = call_state(call, sizeof *in);
    const struct call_query_range range = {.min = 1, .max = PREVIEW_ROWS_MAX, .fallback = 20};
    if (!in)
        return arena_check(&call->arena, err);
    TRY(file_find_complete(call, call_param(call, "id"), &in->file, err));
    TRY(call_query_u64(call, "rows", &range, &in->rows_max, err));
    bool is_table =
        slice_eq(in->file.mime, S("text/csv")) || slice_eq(in->file.mime, S("text/plain"));
    if (is_table)
        return ST_OK;
    return error_code(err, ST_LIMIT, "preview_unavailable",
                      "only CSV and text files have a preview; this is %.*s",
                      SLICE_ARG(in->file.mime));
}

/* The first bytes, without the last line when that is cut. */
static status read_head(struct call *call, const struct preview *in, slice *ret, struct error *err)
{
    struct crypt_hash hash = file_hash(&in->file);
    uint64_t bytes;
    int fd;
    TRY(blob_open(call->app->blobs, &hash, &fd, &bytes, err));
    size_t want = bytes < PREVIEW_BYTES ? (size_t)bytes : PREVIEW_BYTES;
    char *into = (char *)arena_array_raw(&call->arena, want + 1, 1);
    ssize_t n = into ? pread(fd, into, want, 0) : 0;
    fd_close(&fd);
    TRY(arena_check(&call->arena, err));
    if (n != (ssize_t)want)
        return error_set(err, ST_IO, "cannot read a blob");
    while (want < bytes && want > 0 && into[want - 1] != '\n')
        want--;
    *ret = slice_make(into, want);
    return ST_OK;
}

struct preview_row {
    slice *cells;
    size_t count;
};

static slice cell_text(struct call *call, const struct csv_field *field)
{
    return field->escaped ? csv_unescape(&call->arena, field->raw) : field->raw;
}

static status take_row(struct call *call, const struct csv_field *fields, size_t count,
                       struct preview_row *ret, struct error *err)
{
    ret->count = count < PREVIEW_COLUMNS_MAX ? count : PREVIEW_COLUMNS_MAX;
    ret->cells = (slice *)arena_array(&call->arena, ret->count, sizeof *ret->cells);
    for (size_t i = 0; ret->cells && i < ret->count; i++)
        ret->cells[i] = cell_text(call, &fields[i]);
    return arena_check(&call->arena, err);
}

static enum value_type column_type(const struct preview_row *rows, size_t count, size_t column)
{
    enum value_type type = VALUE_EMPTY;
    double ignored;
    for (size_t i = 0; i < count; i++)
        if (column < rows[i].count)
            type = value_type_join(type, value_type_of(rows[i].cells[column], &ignored));
    return type;
}

static void put_preview(struct json_out *w, const struct preview_row *header,
                        const struct preview_row *rows, size_t count)
{
    json_key(w, "columns");
    json_array(w);
    for (size_t i = 0; i < header->count; i++) {
        json_object(w);
        json_key_str(w, "name", slice_trim(header->cells[i]));
        json_key_str(w, "type", slice_of(value_type_name(column_type(rows, count, i))));
        json_end(w);
    }
    json_end(w);
    json_key(w, "rows");
    json_array(w);
    for (size_t i = 0; i < count; i++) {
        json_array(w);
        for (size_t c = 0; c < rows[i].count; c++)
            json_str(w, rows[i].cells[c]);
        json_end(w);
    }
    json_end(w);
}

static status preview_fetch(struct call *call, struct error *err)
{
    struct preview *in = (struct preview *)call->state;
    struct csv csv;
    struct csv_field *fields =
        (struct csv_field *)arena_array(&call->arena, PREVIEW_COLUMNS_MAX, sizeof *fields);
    struct preview_row *rows =
        (struct preview_row *)arena_array(&call->arena, PREVIEW_ROWS_MAX + 1, sizeof *rows);
    size_t count = 0, width = 0;
    slice head = S("");
    struct buf out;
    struct json_out w;
    TRY(arena_check(&call->arena, err));
    TRY(read_head(call, in, &head, err));
    csv_begin(&csv, head, csv_separator_guess(head));
    while (count < in->rows_max + 1 &&
           csv_row(&csv, fields, PREVIEW_COLUMNS_MAX, &width) == CSV_ROW)
        TRY(take_row(call, fields, width, &rows[count++], err));
    buf_init_arena(&out, &call->arena, LIMIT_CALL_ARENA_BYTES);
    json_out_init(&w, &out, 0);
    json_object(&w);
    json_key_str(&w, "id", in->file.id);
    put_preview(&w, &rows[0], rows + 1, count > 0 ? count - 1 : 0);
    json_key_u64(&w, "rows_total", in->file.row_count);
    json_end(&w);
    in->body = buf_slice(&out);
    return buf_check(&out, err);
}

static status preview_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_bytes(call, 200, "application/json", ((const struct preview *)call->state)->body);
}

#include "api/files_read_doc.h"

const struct route files_read_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/files/:id/content",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_READ,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = content_check,
     .fetch = content_fetch,
     .reply = content_reply,
     .doc = DOC_CONTENT},
    {.method = METHOD_GET,
     .path = "/api/files/:id/preview",
     .need = NEED_KEY,
     .scope = SCOPE_FILES_READ,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = preview_check,
     .fetch = preview_fetch,
     .reply = preview_reply,
     .doc = DOC_PREVIEW},
};
