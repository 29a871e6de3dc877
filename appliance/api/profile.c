/* POST /api/analyze-csv: a profile of any CSV, computed here and by rules alone. The header of
 * upstream's clients (X-Gemini-API-Key) is ignored: nothing is sent anywhere. */
#include "detect/profile.h"
#include "api/files.h"
#include "api/tables.h"
#include "app.h"
#include "assets.h"
#include "blob.h"
#include "body.h"
#include "call.h"
#include "charge.h"
#include "config.h"
#include "idempotency.h"
#include "plans.h"
#include "rate.h"
#include "storage/storage.h"

#include "base/clock.h"

enum { PROFILE_ARENA_MIN = 16 << 20, PROFILE_BODY_MAX = 1 << 20 };

struct profile_call {
    slice csv, body;
    bool is_mock, is_file;
    struct crypt_hash file_sha256; /* of a file: csv is mapped while the work runs */
    struct crypt_hash hash;
    uint32_t billed;
    uint64_t month_used;
};

static status empty(struct call *call, struct error *err)
{
    call->problem.error = N_("Empty CSV content");
    return error_code(err, ST_INVALID, "empty_csv", "Request body must contain CSV data");
}

/* {"file_id": …}: a file of the user's, no larger than a body may be. */
static status find_file(struct call *call, struct profile_call *in, struct error *err)
{
    struct store_stored_file file;
    slice id;
    TRY(body_read(call, err, JSON_STR("file_id", &id, 1, STORE_ID_MAX - 1)));
    TRY(file_look_up(call, id, &file, err));
    if (file.size_bytes > LIMIT_BODY_BYTES)
        return error_code(err, ST_LIMIT, "profile_too_large",
                          "a file of at most %u MiB can be profiled",
                          (unsigned)(LIMIT_BODY_BYTES >> 20));
    if (file.size_bytes == 0)
        return empty(call, err);
    in->is_file = true;
    in->file_sha256 = file_hash(&file);
    return rate_begin_analysis(call, err);
}

static status profile_check(struct call *call, struct error *err)
{
    struct profile_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    in->csv = call->body;
    in->is_mock = slice_eq(call_query(call, "demo"), S("1"));
    if (in->is_mock) {
        in->csv = asset_find(S("samples/adaptive.csv"))->bytes;
        return ST_OK;
    }
    bool is_text = slice_eq(call->content_type, S("text/plain")) ||
                   slice_eq(call->content_type, S("text/csv"));
    if (slice_eq(call->content_type, S("application/json")))
        return find_file(call, in, err);
    if (call->body.len && !is_text)
        return error_code(err, ST_MEDIA_TYPE, "unsupported_media_type",
                          "Content-Type must be text/csv, text/plain, or application/json with a "
                          "file_id");
    if (slice_trim(call->body).len == 0)
        return empty(call, err);
    return rate_begin_analysis(call, err);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void put_texts(struct json_out *w, const char *key, const struct notes *notes,
                      enum lang lang)
{
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < notes->count; i++)
        json_str(w, notes->items[i].text[lang]);
    json_end(w);
}

static void put_findings(struct json_out *w, const struct profile *profile, enum lang lang)
{
    const struct notes *lists[] = {&profile->quality, &profile->bias};
    json_key(w, "findings");
    json_array(w);
    for (size_t l = 0; l < ARRAY_COUNT(lists); l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            json_object(w);
            json_key_str(w, "kind", l ? S("bias") : S("quality"));
            json_key_str(w, "code", slice_of(lists[l]->items[i].code));
            json_key_str(w, "column", lists[l]->items[i].subject);
            json_key_str(w, "message", lists[l]->items[i].text[lang]);
            json_end(w);
        }
    json_end(w);
}

static void put_columns(struct json_out *w, const struct profile *profile)
{
    json_key(w, "columns");
    json_array(w);
    for (size_t i = 0; i < profile->column_count; i++) {
        const struct profile_column *c = &profile->columns[i];
        json_object(w);
        json_key_str(w, "name", c->name);
        json_key_str(w, "type", slice_of(value_type_name(c->type)));
        json_key_u64(w, "missing", c->missing);
        json_key_u64(w, "distinct", c->distinct);
        json_key_bool(w, "distinct_is_least", c->distinct == PROFILE_DISTINCT_MAX);
        json_key_u64(w, "outliers", c->outliers);
        json_key_f64(w, "min", c->min);
        json_key_f64(w, "max", c->max);
        json_key_f64(w, "mean", c->mean);
        json_key_f64(w, "std", c->sd);
        json_key_f64(w, "r_target", c->r_target);
        json_end(w);
    }
    json_end(w);
}

static slice summary_of(struct call *call, const struct profile *p)
{
    return arena_printf(&call->arena,
                        tr(call->lang, N_("%zu rows and %zu columns; %zu findings about the data, "
                                          "%zu about possible bias.")),
                        p->row_count, p->column_count, p->quality.count, p->bias.count);
}

static status write_answer(struct call *call, struct profile_call *in,
                           const struct profile *profile, struct error *err)
{
    struct buf out;
    struct json_out w;
    buf_init_arena(&out, &call->arena, LIMIT_CALL_ARENA_BYTES);
    json_out_init(&w, &out, 0);
    json_object(&w);
    json_key_str(&w, "summary", summary_of(call, profile));
    put_texts(&w, "dataQualityInsights", &profile->quality, call->lang);
    put_texts(&w, "biasDetectionInsights", &profile->bias, call->lang);
    json_key_str(&w, "provider", S("sleuth"));
    json_key_bool(&w, "isMock", in->is_mock);
    json_key_u64(&w, "rows", profile->row_count);
    json_key_u64(&w, "duplicate_rows", profile->duplicate_rows);
    if (profile->target < profile->column_count)
        json_key_str(&w, "target", profile->columns[profile->target].name);
    else
        json_key_null(&w, "target");
    put_columns(&w, profile);
    put_findings(&w, profile, call->lang);
    json_end(&w);
    in->body = buf_slice(&out);
    return buf_check(&out, err);
}

/* What decides the answer: text, language, engine. */
static void hash_of(struct call *call, struct profile_call *in)
{
    struct crypt_sha256_stream stream;
    crypt_sha256_begin(&stream);
    crypt_sha256_more(&stream, S("profile\n" DETECT_ENGINE_VERSION "\n"));
    crypt_sha256_more(&stream, slice_of(lang_tag(call->lang)));
    crypt_sha256_more(&stream, S("\n"));
    crypt_sha256_more(&stream, in->csv);
    crypt_sha256_end(&stream, &in->hash);
}

static status profile_text(struct call *call, struct profile_call *in, struct error *err)
{
    struct profile *profile;
    struct arena arena;
    arena_init(&arena, PROFILE_ARENA_MIN + 24 * in->csv.len);
    status rc = profile_csv(in->csv, &arena, &profile, err);
    if (rc == ST_OK)
        rc = write_answer(call, in, profile, err);
    arena_finish(&arena);
    if (rc == ST_INVALID)
        call->problem.error = N_("Failed to parse CSV data");
    hash_of(call, in);
    return rc;
}

static status profile_work(struct call *call, struct error *err)
{
    struct profile_call *in = (struct profile_call *)call->state;
    struct blob_map map;
    if (!in->is_file)
        return profile_text(call, in, err);
    TRY(blob_map(call->app->blobs, &in->file_sha256, &map, err));
    in->csv = map.bytes;
    status rc = profile_text(call, in, err);
    in->csv = S("");
    blob_unmap(&map);
    return rc;
}

/* --- billing ---------------------------------------------------------------------------------- */

static status bill(struct call *call, struct profile_call *in, struct error *err)
{
    const struct store_cache_entry entry = {
        .user_id = call->user->id,
        .hash = slice_make(in->hash.bytes, CRYPT_HASH_BYTES),
        .month = store_month(call->now_ms),
        .body = in->body.len <= PROFILE_BODY_MAX ? in->body : S(""),
        .created_ms = call->now_ms,
        .expires_ms = time_next_month_start(call->now_ms),
    };
    TRY(charge_analysis(call, &in->month_used, err));
    in->billed = 1;
    return store_cache_put(call->txn, &entry, (uint64_t)call->app->config->cache_max_mib << 20);
}

/* The same text is counted once a month. */
static status profile_apply(struct call *call, struct error *err)
{
    struct profile_call *in = (struct profile_call *)call->state;
    struct store_cache_entry entry;
    in->billed = 0;
    TRY(idempotency_claim(call, err));
    if (in->is_mock || !call->livemode)
        return ST_OK;
    status rc =
        store_cache_get(call->txn, call->user->id, &in->hash, call->now_ms, &call->arena, &entry);
    return rc == ST_NOT_FOUND ? bill(call, in, err) : rc;
}

static status profile_reply(struct call *call, struct error *err)
{
    const struct profile_call *in = (const struct profile_call *)call->state;
    (void)err;
    call->analyses_counted = in->billed;
    reply_header_u64(call, "Sleuth-Analyses-Counted", in->billed);
    if (in->billed)
        rate_counted(call, in->month_used);
    return reply_bytes(call, 200, "application/json", in->body);
}

/* clang-format off */
static const struct route_param profile_params[] = {
    {"demo", "query", "{\"enum\":[\"0\",\"1\"]}", N_("1: the profile of a sample log, marked isMock and not counted"), false},
    {0},
};
#define DOC_PROFILE {.summary = N_("Profile a CSV: missing values, types, outliers, duplicates, leakage"), .tag = "Detection", \
    .details = N_("Computed by rules on this appliance; no text is made up and nothing is sent anywhere. The body is the CSV, or {\"file_id\": …} of a file that was uploaded before. Counts as one analysis."), \
    .params = profile_params, .request = "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"file_id\"],\"properties\":{\"file_id\":{\"type\":\"string\"}}}]}", .request_types = "text/csv, text/plain", \
    .response = "{\"type\":\"object\",\"required\":[\"summary\",\"dataQualityInsights\",\"biasDetectionInsights\",\"provider\",\"isMock\"],\"properties\":{\"summary\":{\"type\":\"string\"},\"dataQualityInsights\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"biasDetectionInsights\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"provider\":{\"const\":\"sleuth\"},\"isMock\":{\"type\":\"boolean\"},\"rows\":{\"type\":\"integer\"},\"duplicate_rows\":{\"type\":\"integer\"},\"target\":{\"type\":[\"string\",\"null\"]},\"columns\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}", \
    .errors = "400 401 403 404 409 413 415 422 429 503"}
/* clang-format on */

const struct route profile_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/analyze-csv",
     .need = NEED_KEY,
     .plan_min = PLAN_PRO,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_ANALYSIS | ROUTE_IDEMPOTENT,
     .body_max = LIMIT_BODY_BYTES,
     .check = profile_check,
     .work = profile_work,
     .apply = profile_apply,
     .reply = profile_reply,
     .doc = DOC_PROFILE},
};
