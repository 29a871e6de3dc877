/* Options, data and answer of an analysis of a data set. */
#include "api/zenodo_run.h"

#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "config.h"
#include "import/import.h"
#include "reading.h"

#include <math.h>
#include <string.h>

enum { TEXT_MAX = 1000, DISTINCT_MAX = 1000, INFO_ARENA = 64 << 20 };

/* --- options --- */

static slice text_member(const struct json *root, const char *name)
{
    const struct json *member = json_find(root, name);
    if (member && (member->kind == JSON_STRING || member->kind == JSON_NUMBER))
        return member->text;
    return S("");
}

static bool bool_member(const struct json *root, const char *name, bool otherwise)
{
    const struct json *member = json_find(root, name);
    return member && member->kind == JSON_BOOL ? member->boolean : otherwise;
}

status zenodo_source_read(struct call *call, const struct json *root, struct source *ret,
                          struct error *err)
{
    static const char *const names[] = {"source", "doi", "record_id"};
    slice given = S("");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        slice text = text_member(root, names[i]);
        if (text.len > 0 && given.len > 0) {
            call->problem.error = N_("Validation error");
            return error_code(err, ST_INVALID, "invalid_source",
                              "give one of source, doi and record_id");
        }
        given = text.len > 0 ? text : given;
    }
    return zenodo_source_text(call, given, ret, err);
}

status zenodo_source_text(struct call *call, slice given, struct source *ret, struct error *err)
{
    if (given.len == 0)
        given = call->app->config->zenodo_source;
    TRY(source_parse(given, NULL, ret, err));
    if (ret->kind == SOURCE_ZENODO || ret->kind == SOURCE_DATASET)
        return ST_OK;
    call->problem.error = N_("Validation error");
    return error_code(err, ST_INVALID, "invalid_source",
                      "'%.*s' is not a record of Zenodo or a stored data set",
                      SLICE_ARG(slice_sub(given, 0, 120)));
}

status zenodo_call_read(struct call *call, const struct json *root, struct zenodo_call *ret,
                        struct error *err)
{
    static const struct json nothing = {.kind = JSON_OBJECT};
    if (!root)
        root = &nothing;
    TRY(zenodo_source_read(call, root, &ret->want.source, err));
    slice key = text_member(root, "file_key");
    if (key.len > 0)
        ret->want.source.file = key;
    if (key.len > TEXT_MAX)
        return error_code(err, ST_INVALID, "invalid_field", "file_key is too long");
    ret->want.pick = ZENODO_FIRST_CSV;
    ret->want.revalidate = bool_member(root, "revalidate", false);
    ret->want.cancelled = &call->cancelled;
    ret->use_cache = bool_member(root, "use_cache", true);
    return detect_input_options(call, &call->arena, root, &ret->detect.input, err);
}

/* --- data --- */

status zenodo_problem(struct call *call, status rc, const struct dataset_got *got,
                      struct error *err)
{
    enum status_code code = rc;
    if (got->retry_after_s > 0 && code == ST_BUSY)
        call->problem.retry_after_s = got->retry_after_s;
    if (code == ST_CONFLICT)
        call->problem.error = N_("Dataset not available offline");
    /* What the other side sent, or where it led, is not the client's fault. */
    if (code == ST_VERIFY || code == ST_TIMEOUT ||
        (code == ST_FORBIDDEN && err && err->code && strcmp(err->code, "egress_forbidden") == 0))
        call->problem.http_status = 502;
    return rc;
}

status zenodo_call_fetch(struct call *call, struct zenodo_call *in, struct error *err)
{
    status rc = dataset_obtain(call->app, &in->want, call->now_ms, &call->arena, &in->got, err);
    return rc == ST_OK ? ST_OK : zenodo_problem(call, rc, &in->got, err);
}

/* --- what the file holds --- */

struct info {
    size_t rows;
    slice *names[2]; /* algorithms, time periods, in order of appearance */
    size_t counts[2];
    double min, max, sum;
    size_t performances;
};

static void distinct_add(struct info *info, size_t which, slice cell)
{
    slice *names = info->names[which];
    for (size_t i = info->counts[which]; i-- > 0;) /* newest first: logs are sorted */
        if (slice_eq(names[i], cell))
            return;
    if (info->counts[which] < DISTINCT_MAX && cell.len > 0)
        names[info->counts[which]++] = cell;
}

static void row_add(struct info *info, const struct csv_rows *rows)
{
    double value;
    info->rows++;
    distinct_add(info, 0, slice_trim(csv_rows_cell(rows, "algorithm")));
    distinct_add(info, 1, slice_trim(csv_rows_cell(rows, "time_period")));
    if (!slice_to_f64(slice_trim(csv_rows_cell(rows, "performance")), &value))
        return;
    info->min = info->performances == 0 || value < info->min ? value : info->min;
    info->max = info->performances == 0 || value > info->max ? value : info->max;
    info->sum += value;
    info->performances++;
}

static void put_texts(struct json_out *w, const char *key, const slice *texts, size_t count,
                      bool numbers)
{
    double number;
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < count; i++)
        if (numbers && slice_to_f64(texts[i], &number))
            json_f64(w, number);
        else
            json_str(w, texts[i]);
    json_end(w);
}

static void put_info(struct json_out *w, const struct info *info, const struct csv_rows *rows)
{
    bool any = info->performances > 0;
    json_key(w, "dataset_info");
    json_object(w);
    json_key_u64(w, "rows", info->rows);
    json_key_u64(w, "columns", rows->column_count);
    put_texts(w, "column_names", rows->header, rows->column_count, false);
    put_texts(w, "algorithms", info->names[0], info->counts[0], false);
    put_texts(w, "time_periods", info->names[1], info->counts[1], true);
    json_key(w, "performance_range");
    json_object(w);
    json_key_f64(w, "min", any ? info->min : (double)NAN);
    json_key_f64(w, "max", any ? info->max : (double)NAN);
    json_key_f64(w, "mean", any ? info->sum / (double)info->performances : (double)NAN);
    json_end(w);
    json_end(w);
}

static status info_read(struct json_out *w, slice text, struct arena *arena, struct error *err)
{
    struct csv_rows rows;
    struct info info = {0};
    status rc = ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(info.names); i++)
        info.names[i] = (slice *)arena_array(arena, DISTINCT_MAX, sizeof(slice));
    TRY(arena_check(arena, err));
    TRY(csv_rows_begin(&rows, text, arena, err));
    while (csv_rows_next(&rows, &rc, err))
        row_add(&info, &rows);
    if (rc == ST_OK)
        put_info(w, &info, &rows);
    return rc;
}

/* --- the answer --- */

static slice or_na(slice text)
{
    return text.len > 0 ? text : S("N/A");
}

static void put_source(struct json_out *w, const struct dataset_got *got)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    const struct zenodo_record *record = &got->record;
    const struct store_dataset *row = &got->row;
    json_key(w, "source_data");
    json_object(w);
    json_key_str(w, "doi", or_na(record->doi));
    json_key_str(w, "record_id", record->id);
    json_key_str(w, "title", or_na(record->title));
    put_texts(w, "creators", record->creators, record->creator_count, false);
    json_key_str(w, "publication_date", or_na(record->publication_date));
    json_key_str(w, "description", record->description);
    json_key_str(w, "license", or_na(record->license));
    json_key_str(w, "access_right", or_na(record->access_right));
    json_key_str(w, "file_key", row->file_key);
    json_key_str(w, "version", record->version);
    json_key_str(w, "md5", row->md5);
    json_key_str(w, "sha256", crypt_hex(hex, row->sha256.ptr, CRYPT_HASH_BYTES));
    json_key_str(w, "origin", row->origin);
    json_end(w);
}

static void put_processing(struct json_out *w, const struct call *call, bool from_cache)
{
    char utc[TIME_TEXT_MAX], local[TIME_TEXT_MAX];
    slice time = time_rfc3339(call->now_ms / 1000 * 1000, utc);
    memcpy(local, time.ptr, time.len);
    local[10] = ' '; /* "2026-11-23 04:45:21", as it has always been written */
    json_key(w, "processing_info");
    json_object(w);
    json_key_f64(w, "elapsed_time_seconds", (double)(clock_mono_us() - call->begin_us) / 1e6);
    json_key_str(w, "timestamp", slice_make(local, 19));
    json_key_bool(w, "from_cache", from_cache);
    json_key_str(w, "timestamp_utc", time);
    json_end(w);
}

static status answer_write(struct call *call, struct zenodo_call *in, slice text,
                           struct arena *arena, struct error *err)
{
    struct buf out;
    struct json_out w;
    buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
    json_out_init(&w, &out, 0);
    json_object(&w);
    put_source(&w, &in->got);
    TRY(info_read(&w, text, arena, err));
    json_key(&w, "sleuth_analysis");
    json_raw(&w, in->detect.body);
    put_processing(&w, call, call->cached);
    if (call->cached)
        json_key_bool(&w, "from_cache", true);
    json_end(&w);
    in->body = buf_slice(&out);
    return buf_check(&out, err);
}

/* --- the analysis --- */

static status cache_look(struct call *call, struct zenodo_call *in, struct error *err)
{
    struct reading reading;
    if (!in->use_cache)
        return ST_OK;
    TRY(reading_begin(call, &reading, err));
    call->txn = reading.txn;
    status rc = detect_cache_answer(call, &in->detect, err);
    call->txn = NULL;
    TRY(reading_end(&reading, err));
    call->cached = rc == ST_OK && in->detect.body.len > 0;
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status compute(struct call *call, struct zenodo_call *in, const struct detect_hooks *hooks,
                      struct error *err)
{
    struct detect_call *detect = &in->detect;
    struct arena arena;
    detect_input_hash(&detect->input, &detect->input_sha256, &detect->cache_hash);
    TRY(cache_look(call, in, err));
    if (!call->cached)
        TRY(detect_compute(call, detect, hooks, err));
    detect->analysis.source = in->got.row.source;
    arena_init(&arena, INFO_ARENA);
    status rc = answer_write(call, in, detect->input.text, &arena, err);
    arena_finish(&arena);
    return rc;
}

status zenodo_call_compute(struct call *call, struct zenodo_call *in,
                           const struct detect_hooks *hooks, struct error *err)
{
    struct crypt_hash sha256;
    struct blob_map map = {0};
    memcpy(sha256.bytes, in->got.row.sha256.ptr, CRYPT_HASH_BYTES);
    TRY(blob_map(call->app->blobs, &sha256, &map, err));
    in->detect.input.text = map.bytes;
    status rc = compute(call, in, hooks, err);
    in->detect.input.text = S("");
    blob_unmap(&map);
    return rc;
}

status zenodo_call_keep(struct call *call, struct zenodo_call *in, bool *ret_is_new,
                        struct error *err)
{
    *ret_is_new = false;
    TRY(dataset_keep(call->txn, dataset_bytes_max(call->app->config), &in->got, err));
    if (call->cached) /* nothing was computed */
        return ST_OK;
    return detect_keep(call, &in->detect, ret_is_new);
}
