/* The stored data sets: list, show, cite, fetch; for the host also read and remove. */
#include "api/tables.h"
#include "api/zenodo_run.h"
#include "app.h"
#include "audit.h"
#include "body.h"

#include <unistd.h>

enum { CHUNK_MAX = 8 << 20, CITATION_MAX = 256 << 10 };

/* --- list, show --- */

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_dataset *rows;
    TRY(page_from_query(call, &page, err));
    TRY(store_dataset_list(call->txn, 0, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "datasets");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        dataset_present(w, &rows[i]);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}

/* By id, or by name: then the file that `?file=` says, else the largest CSV file. */
static status find(struct call *call, struct dataset_got *ret, struct error *err)
{
    slice file = call_query(call, "file"), id = call_param(call, "id");
    const struct dataset_want want = {
        .source = {.kind = SOURCE_DATASET, .name = id, .file = file.ptr ? file : S("")},
        .pick = ZENODO_LARGEST_CSV};
    status rc = store_dataset_get(call->txn, 0, id, &call->arena, &ret->row);
    if (rc == ST_OK)
        return dataset_record(&ret->row, &call->arena, &ret->record, err);
    if (rc != ST_NOT_FOUND && rc != ST_INVALID)
        return rc;
    return dataset_find(call->txn, &want, &call->arena, ret, err);
}

static void put_texts(struct json_out *w, const char *key, const slice *texts, size_t count)
{
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < count; i++)
        json_str(w, texts[i]);
    json_end(w);
}

static status show_check(struct call *call, struct error *err)
{
    struct dataset_got got = {0};
    TRY(find(call, &got, err));
    struct json_out *w = reply_json(call, 200);
    dataset_present(w, &got.row);
    put_texts(w, "creators", got.record.creators, got.record.creator_count);
    put_texts(w, "keywords", got.record.keywords, got.record.keyword_count);
    json_key_str(w, "publication_date", got.record.publication_date);
    json_key_str(w, "description", got.record.description);
    json_key_str(w, "access_right", got.record.access_right);
    if (call->actor == ACTOR_HOST) /* what a bundle needs */
        json_key_str(w, "record", got.row.record);
    if (call->actor == ACTOR_HOST)
        json_key_str(w, "etag", got.row.etag);
    return reply_end_tagged(call, err);
}

/* --- citation --- */

static status citation_check(struct call *call, struct error *err)
{
    struct dataset_got got = {0};
    struct buf out;
    struct json_out w;
    slice format = call_query(call, "format");
    bool is_csl = format.ptr && slice_eq(format, S("csl"));
    if (format.ptr && !is_csl && !slice_eq(format, S("bibtex")))
        return error_code(err, ST_INVALID, "format_unknown", "format must be one of bibtex, csl");
    TRY(find(call, &got, err));
    buf_init_arena(&out, &call->arena, CITATION_MAX);
    json_out_init(&w, &out, 2);
    if (is_csl)
        zenodo_csl(&got.record, &w);
    else
        zenodo_bibtex(&got.record, &out);
    TRY(buf_check(&out, err));
    return reply_bytes(call, 200,
                       is_csl ? "application/vnd.citationstyles.csl+json" : "application/x-bibtex",
                       buf_slice(&out));
}

/* --- fetch --- */

struct fetch {
    struct dataset_want want;
    struct dataset_got got;
};

static status fetch_check(struct call *call, struct error *err)
{
    slice text = S(""), file = S("");
    struct fetch *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("source", &text, 1, 1000),
                  JSON_STR_OPT("file_key", &file, 1, SOURCE_FILE_MAX),
                  JSON_BOOL_OPT("revalidate", &in->want.revalidate)));
    TRY(zenodo_source_text(call, text, &in->want.source, err));
    if (file.len > 0)
        in->want.source.file = file;
    in->want.pick = ZENODO_LARGEST_CSV;
    in->want.cancelled = &call->cancelled;
    return ST_OK;
}

static status fetch_fetch(struct call *call, struct error *err)
{
    struct fetch *in = call->state;
    status rc = dataset_obtain(call->app, &in->want, call->now_ms, &call->arena, &in->got, err);
    return rc == ST_OK ? ST_OK : zenodo_problem(call, rc, &in->got, err);
}

static slice object_of(struct call *call, slice id)
{
    return arena_printf(&call->arena, "dataset:%.*s", SLICE_ARG(id));
}

static status fetch_apply(struct call *call, struct error *err)
{
    struct fetch *in = call->state;
    TRY(dataset_keep(call->txn, dataset_bytes_max(call->app->config), &in->got, err));
    return audit_note(call, "dataset.fetch", object_of(call, in->got.row.id), in->got.row.source);
}

static status fetch_reply(struct call *call, struct error *err)
{
    const struct fetch *in = call->state;
    dataset_present(reply_json(call, 200), &in->got.row);
    return reply_end(call, err);
}

/* --- the host: bytes, removal --- */

struct content {
    struct store_dataset row;
    uint64_t offset, length;
    slice bytes;
};

static status content_check(struct call *call, struct error *err)
{
    struct dataset_got got = {0};
    struct content *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find(call, &got, err));
    in->row = got.row;
    const struct call_query_range at = {.max = got.row.size_bytes};
    const struct call_query_range len = {.min = 1, .max = CHUNK_MAX, .fallback = CHUNK_MAX};
    TRY(call_query_u64(call, "offset", &at, &in->offset, err));
    return call_query_u64(call, "length", &len, &in->length, err);
}

static status content_work(struct call *call, struct error *err)
{
    struct content *in = call->state;
    struct crypt_hash sha256;
    uint64_t bytes;
    int fd;
    memcpy(sha256.bytes, in->row.sha256.ptr, sizeof sha256.bytes);
    TRY(blob_open(call->app->blobs, &sha256, &fd, &bytes, err));
    uint64_t left = bytes > in->offset ? bytes - in->offset : 0;
    size_t want = (size_t)(left < in->length ? left : in->length);
    char *text = (char *)arena_alloc(&call->arena, want);
    ssize_t got = text ? pread(fd, text, want, (off_t)in->offset) : -1;
    (void)close(fd);
    TRY(arena_check(&call->arena, err));
    if (got != (ssize_t)want)
        return error_code(err, ST_IO, "blob_damaged", "cannot read the data set");
    in->bytes = slice_make(text, want);
    return ST_OK;
}

static status content_reply(struct call *call, struct error *err)
{
    const struct content *in = call->state;
    (void)err;
    return reply_bytes(call, 200, "application/octet-stream", in->bytes);
}

static status remove_check(struct call *call, struct error *err)
{
    struct dataset_got got = {0};
    struct store_dataset *row = call_state(call, sizeof *row);
    if (!row)
        return arena_check(&call->arena, err);
    TRY(find(call, &got, err));
    *row = got.row;
    return ST_OK;
}

static status remove_apply(struct call *call, struct error *err)
{
    const struct store_dataset *row = call->state;
    status rc = store_dataset_del(call->txn, 0, row->id);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "dataset_not_found", "there is no such data set here");
    TRY(rc);
    return audit_note(call, "dataset.remove", object_of(call, row->id), row->source);
}

static status remove_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

#include "api/datasets_doc.h"

/* clang-format off */
const struct route datasets_routes[] = {
    {.method = METHOD_GET, .path = "/api/datasets", .need = NEED_KEY, .scope = SCOPE_DATASETS_READ,
     .flags = ROUTE_STRICT, .check = list_check, .doc = DOC_LIST},
    {.method = METHOD_GET, .path = "/api/datasets/:id", .need = NEED_KEY, .scope = SCOPE_DATASETS_READ,
     .flags = ROUTE_STRICT, .check = show_check, .doc = DOC_SHOW},
    {.method = METHOD_GET, .path = "/api/datasets/:id/citation", .need = NEED_KEY, .scope = SCOPE_DATASETS_READ,
     .flags = ROUTE_STRICT, .check = citation_check, .doc = DOC_CITATION},
    {.method = METHOD_POST, .path = "/api/datasets/fetch", .need = NEED_KEY, .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT, .check = fetch_check, .fetch = fetch_fetch, .apply = fetch_apply,
     .reply = fetch_reply, .doc = DOC_FETCH},
};

const struct route datasets_host_routes[] = {
    {.method = METHOD_GET, .path = "/api/host/datasets", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = list_check, .doc = DOC_LIST},
    {.method = METHOD_GET, .path = "/api/host/datasets/:id", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = show_check, .doc = DOC_SHOW},
    {.method = METHOD_GET, .path = "/api/host/datasets/:id/content", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = content_check,
     .work = content_work, .reply = content_reply, .doc = DOC_CONTENT},
    {.method = METHOD_DELETE, .path = "/api/host/datasets/:id", .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .check = remove_check,
     .apply = remove_apply, .reply = remove_reply, .doc = DOC_REMOVE},
};
/* clang-format on */
