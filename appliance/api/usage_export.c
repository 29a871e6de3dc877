/* Usage in detail: single calls in pages, and sums or calls as a file (CSV, JSON lines).
 *
 * Calls of all users lie together in order of time, so reading those of one user is work for the
 * CPU pool: pages take a snapshot in the stage work, files are streams with a snapshot per chunk.
 */
#include "api/tables.h"
#include "api/usage_api.h"
#include "app.h"
#include "auth.h"
#include "base/clock.h"
#include "body.h"
#include "reading.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, CURSOR_MAX = 64, PAGE_ROWS = 100, ROW_BYTES_MAX = 1024 };

/* --- one call as the API shows it --- */

static void record_members(struct json_out *w, const struct store_usage_call *row)
{
    json_key_time(w, "timestamp", row->at_ms);
    json_key_u64(w, "user_id", row->user_id);
    json_key(w, "api_key_id");
    if (row->api_key_id)
        json_u64(w, row->api_key_id);
    else
        json_null(w);
    json_key_str(w, "endpoint", row->endpoint);
    json_key_str(w, "method", row->method);
    json_key_u64(w, "status_code", row->status);
    json_key_f64(w, "processing_time", (double)row->work_us / 1e6);
    json_key_u64(w, "analyses", row->analyses);
    json_key_u64(w, "bytes_in", row->bytes_in);
    json_key_u64(w, "bytes_out", row->bytes_out);
    json_key_str(w, "request_id", row->request_id);
    json_key_bool(w, "cached", row->cached);
}

/* --- GET /api/usage/records --- */

struct records {
    struct usage_question question;
    struct store_page page;
    struct store_usage_call *rows;
};

static status records_begin(struct call *call, uint64_t user_id, struct error *err)
{
    struct records *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(page_from_query(call, &in->page, err));
    in->page.newest_first = !slice_eq(call_query(call, "order"), S("oldest"));
    in->page.cursor = arena_copy(&call->arena, in->page.cursor);
    return usage_question_read(call, user_id, /* may_group_users= */ false, &in->question, err);
}

static status records_check(struct call *call, struct error *err)
{
    return records_begin(call, call->user->id, err);
}

static status all_records_check(struct call *call, struct error *err)
{
    uint64_t user;
    const struct call_query_range users = {.max = UINT64_MAX};
    TRY(call_query_u64(call, "user", &users, &user, err));
    return records_begin(call, user, err);
}

static status records_work(struct call *call, struct error *err)
{
    struct records *in = call->state;
    struct reading reading;
    TRY(reading_begin(call, &reading, err));
    status rc =
        store_usage_page(reading.txn, &in->question.range, &in->page, &call->arena, &in->rows);
    status end = reading_end(&reading, err);
    if (rc == ST_INVALID)
        return error_code(err, ST_INVALID, "invalid_field",
                          "parameter '%s' is not a cursor of ours", "cursor");
    return rc != ST_OK ? rc : end;
}

static status records_reply(struct call *call, struct error *err)
{
    const struct records *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "records");
    json_array(w);
    for (size_t i = 0; i < in->page.count; i++) {
        json_object(w);
        record_members(w, &in->rows[i]);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &in->page);
    return reply_end(call, err);
}

/* --- GET /api/usage/export --- */

struct export
{
    struct store_usage_range range;
    bool csv, raw;
    bool begun, over;
    int64_t day_ms;          /* next day of the sums */
    char cursor[CURSOR_MAX]; /* next page of the calls */
    size_t cursor_len;
    struct buf rows; /* rendered, not yet sent */
    size_t sent;
};

/* A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
static void csv_cell(struct buf *out, slice text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]);
    buf_put_byte(out, '"');
    if (formula)
        buf_put_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_byte(out, '"');
        buf_put_byte(out, text.ptr[i]);
    }
    buf_put_byte(out, '"');
}

static void put_csv_call(struct buf *out, const struct store_usage_call *row)
{
    char time[TIME_TEXT_MAX];
    buf_put(out, time_rfc3339(row->at_ms, time));
    buf_printf(out, ",%llu,", (unsigned long long)row->api_key_id);
    csv_cell(out, row->endpoint);
    buf_put_byte(out, ',');
    csv_cell(out, row->method);
    buf_printf(out, ",%llu,%.6f,%llu,%llu,%llu,", (unsigned long long)row->status,
               (double)row->work_us / 1e6, (unsigned long long)row->analyses,
               (unsigned long long)row->bytes_in, (unsigned long long)row->bytes_out);
    csv_cell(out, row->request_id);
    buf_put_str(out, row->cached ? ",true\r\n" : ",false\r\n");
}

static void put_call(struct export *e, const struct store_usage_call *row)
{
    struct json_out w;
    if (e->csv) {
        put_csv_call(&e->rows, row);
        return;
    }
    json_out_init(&w, &e->rows, 0);
    json_object(&w);
    record_members(&w, row);
    json_end(&w);
    buf_put_byte(&e->rows, '\n');
}

static bool put_day(void *arg, const struct store_usage_day *day)
{
    struct export *e = arg;
    struct json_out w;
    char date[TIME_TEXT_MAX];
    slice when = time_date((int64_t)day->day * DAY_MS, date);
    if (e->csv) {
        buf_put(&e->rows, when);
        buf_printf(&e->rows, ",%llu,", (unsigned long long)day->api_key_id);
        csv_cell(&e->rows, day->endpoint);
        buf_printf(&e->rows, ",%llu,%llu,%llu\r\n", (unsigned long long)day->calls,
                   (unsigned long long)day->analyses, (unsigned long long)day->errors);
        return true;
    }
    json_out_init(&w, &e->rows, 0);
    json_object(&w);
    json_key_str(&w, "date", when);
    json_key_u64(&w, "api_key_id", day->api_key_id);
    json_key_str(&w, "endpoint", day->endpoint);
    json_key_u64(&w, "requests", day->calls);
    json_key_u64(&w, "analyses", day->analyses);
    json_key_u64(&w, "errors", day->errors);
    json_end(&w);
    buf_put_byte(&e->rows, '\n');
    return true;
}

static void put_head(struct export *e)
{
    e->begun = true;
    if (!e->csv)
        return;
    buf_put_str(&e->rows, e->raw
                              ? "timestamp,api_key_id,endpoint,method,status_code,processing_time,"
                                "analyses,bytes_in,bytes_out,request_id,cached\r\n"
                              : "date,api_key_id,endpoint,requests,analyses,errors\r\n");
}

static status calls_next(struct export *e, struct store_txn *txn)
{
    struct arena arena;
    struct store_usage_call *rows;
    struct store_page page = {.limit = PAGE_ROWS, .cursor = slice_make(e->cursor, e->cursor_len)};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    status rc = store_usage_page(txn, &e->range, &page, &arena, &rows);
    for (size_t i = 0; i < page.count && rc == ST_OK; i++)
        put_call(e, &rows[i]);
    e->over = rc != ST_OK || !page.next.len || page.next.len > CURSOR_MAX;
    e->cursor_len = e->over ? 0 : page.next.len;
    if (e->cursor_len)
        memcpy(e->cursor, page.next.ptr, e->cursor_len);
    arena_finish(&arena);
    return rc;
}

static status days_next(struct export *e, struct store_txn *txn)
{
    status rc = ST_OK;
    while (rc == ST_OK && e->day_ms < e->range.to_ms && e->rows.len < LIMIT_STREAM_CHUNK / 2) {
        const struct store_usage_range day = {
            .user_id = e->range.user_id, .from_ms = e->day_ms, .to_ms = e->day_ms + DAY_MS};
        rc = store_usage_days(txn, &day, put_day, e);
        e->day_ms += DAY_MS;
    }
    e->over = rc != ST_OK || e->day_ms >= e->range.to_ms;
    return rc;
}

static status rows_fill(const struct call *call, struct export *e)
{
    struct reading reading;
    e->rows.len = e->sent = 0;
    if (!e->begun)
        put_head(e);
    TRY(reading_begin(call, &reading, NULL));
    status rc = e->raw ? calls_next(e, reading.txn) : days_next(e, reading.txn);
    status end = reading_end(&reading, NULL);
    if (rc == ST_OK && e->rows.overflow)
        rc = ST_TOO_LARGE;
    return rc != ST_OK ? rc : end;
}

/* Worker thread. A failure cuts the answer: the client sees that it is not whole. */
static enum reply_next export_next(struct call *call, void *state, struct buf *chunk,
                                   int32_t *ret_wait_ms)
{
    struct export *e = state;
    (void)ret_wait_ms;
    if (e->sent == e->rows.len && !e->over && rows_fill(call, e) != ST_OK) {
        chunk->overflow = true;
        return REPLY_END;
    }
    slice rest = slice_from(buf_slice(&e->rows), e->sent);
    slice part = slice_sub(rest, 0, LIMIT_STREAM_CHUNK);
    buf_put(chunk, part);
    e->sent += part.len;
    return e->over && e->sent == e->rows.len ? REPLY_END : REPLY_MORE;
}

static void export_done(struct call *call, void *state)
{
    struct export *e = state;
    (void)call;
    buf_finish(&e->rows);
    free(e);
}

static status one_of(const struct call *call, const char *name, const char *first,
                     const char *second, bool *ret_second, struct error *err)
{
    slice text = call_query(call, name);
    *ret_second = slice_eq(text, slice_of(second));
    if (!text.ptr || *ret_second || slice_eq(text, slice_of(first)))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_field", "parameter '%s' must be %s or %s", name,
                      first, second);
}

static status export_check(struct call *call, struct error *err)
{
    struct usage_question question;
    bool raw;
    bool jsonl;
    TRY(one_of(call, "rows", "days", "calls", &raw, err));
    TRY(one_of(call, "format", "csv", "jsonl", &jsonl, err));
    TRY(usage_question_read(call, call->user->id, /* may_group_users= */ false, &question, err));
    if (raw)
        TRY(auth_check_plan(call, PLAN_BUSINESS, err));
    struct export *e = calloc(1, sizeof *e); /* outlives the call's own memory */
    if (!e)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    e->range = question.range;
    e->day_ms = question.range.from_ms;
    e->raw = raw;
    e->csv = !jsonl;
    buf_init(&e->rows, (size_t)STORE_PAGE_MAX * ROW_BYTES_MAX + (size_t)STORE_VALUE_MAX);
    const struct reply_stream stream = {
        .next = export_next, .done = export_done, .state = e, .length = -1};
    reply_header(call, "Content-Disposition",
                 e->csv ? S("attachment; filename=\"usage.csv\"")
                        : S("attachment; filename=\"usage.jsonl\""));
    return reply_stream(call, 200, e->csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
                        &stream);
}

/* clang-format off */
#define RANGE {"from", "query", "{\"type\":\"string\"}", N_("first day, UTC"), false}, \
              {"to", "query", "{\"type\":\"string\"}", N_("last day, UTC"), false}
#define PAGE {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", N_("rows of one page"), false}, \
             {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false}, \
             {"order", "query", "{\"enum\":[\"newest\",\"oldest\"]}", N_("which entries come first"), false}
static const struct route_param records_params[] = {RANGE, PAGE, {0}};
static const struct route_param all_records_params[] = {RANGE, PAGE,
    {"user", "query", "{\"type\":\"integer\",\"minimum\":0}", N_("number of one user"), false}, {0}};
static const struct route_param export_params[] = {RANGE,
    {"format", "query", "{\"enum\":[\"csv\",\"jsonl\"]}", N_("CSV or JSON lines"), false},
    {"rows", "query", "{\"enum\":[\"days\",\"calls\"]}", N_("sums of days, or single calls (plan business and higher)"), false}, {0}};

const struct route usage_export_routes[] = {
    {.method = METHOD_GET, .path = "/api/usage/records", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED,
     .check = records_check, .work = records_work, .reply = records_reply,
     .doc = {.summary = N_("Your single calls, newest first"), .tag = "Usage", .params = records_params, .response = "#UsageRecords", .errors = "400 401 403 503"}},
    {.method = METHOD_GET, .path = "/api/usage/export", .need = NEED_KEY, .scope = SCOPE_USAGE_READ, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .check = export_check,
     .doc = {.summary = N_("Your daily sums or single calls as a file"), .tag = "Usage", .params = export_params, .response = "{\"type\":\"string\"}", .response_type = "text/csv, application/x-ndjson", .errors = "400 401 403"}},
    {.method = METHOD_GET, .path = "/api/admin/usage/records", .need = NEED_ADMIN, .flags = ROUTE_STRICT,
     .check = all_records_check, .work = records_work, .reply = records_reply,
     .doc = {.summary = N_("Single calls of all users, newest first"), .tag = "Administration", .params = all_records_params, .response = "#UsageRecords", .errors = "400 401 403 429 503"}},
};
/* clang-format on */
