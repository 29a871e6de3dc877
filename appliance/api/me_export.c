/* GET /api/me/export: everything that is kept about the caller, as JSON lines.
 *
 * A stream on the workers: each chunk takes its own snapshot and reads row after row, so the export
 * of a large account binds neither a loop nor a page of the store for long. A row may be larger
 * than a chunk; it is then sent in pieces. */
#include "api/me.h"

#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "reading.h"
#include "record_json.h"

#include <stdlib.h>

enum { CURSOR_MAX = 256, ROW_BYTES_MAX = 4 * STORE_VALUE_MAX, DAY_MS = 86400000 };

struct export
{
    uint64_t user_id;
    int64_t now_ms;
    size_t section;          /* index into sections, then the end */
    int64_t day;             /* of the sums, when their section has come */
    char cursor[CURSOR_MAX]; /* of the section's list */
    size_t cursor_len;
    struct buf row; /* rendered, not yet sent */
    size_t sent;    /* of row */
};

/* One kind of record: a page of one row at a time, since rows may be large. */
struct section {
    const struct record_json *record;
    status (*list)(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                   struct arena *arena, const void **ret);
};

#define LIST(record, function)                                                                     \
    static status list_##record(struct store_txn *txn, uint64_t user_id, struct store_page *page,  \
                                struct arena *arena, const void **ret)                             \
    {                                                                                              \
        struct store_##record *rows = NULL;                                                        \
        status rc = function(txn, user_id, page, arena, &rows);                                    \
        *ret = rows;                                                                               \
        return rc;                                                                                 \
    }
LIST(api_key, store_key_list)
LIST(session, store_session_list)
LIST(analysis, store_analysis_list)
LIST(project, store_project_list)
LIST(round, store_round_list)
LIST(verdict, store_verdict_list)
LIST(deviation, store_deviation_list)
LIST(review, store_review_list)
LIST(hook, store_hook_list)
LIST(delivery, store_delivery_list)
LIST(stored_file, store_file_list)
LIST(job, store_job_list)
#undef LIST

static status list_user(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                        struct arena *arena, const void **ret)
{
    struct store_user *user = arena_alloc(arena, sizeof *user);
    if (!user)
        return ST_NO_MEMORY;
    TRY(store_user_get(txn, user_id, arena, user));
    *ret = user;
    page->count = 1;
    return ST_OK;
}

static status list_subscription(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                                struct arena *arena, const void **ret)
{
    struct store_subscription *row = arena_alloc(arena, sizeof *row);
    if (!row)
        return ST_NO_MEMORY;
    status rc = store_subscription_get(txn, user_id, arena, row);
    *ret = row;
    page->count = rc == ST_OK;
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static const struct section sections[] = {
    {&record_json_user, list_user},
    {&record_json_subscription, list_subscription},
    {&record_json_api_key, list_api_key},
    {&record_json_session, list_session},
    {&record_json_analysis, list_analysis},
    {&record_json_project, list_project},
    {&record_json_round, list_round},
    {&record_json_verdict, list_verdict},
    {&record_json_deviation, list_deviation},
    {&record_json_review, list_review},
    {&record_json_hook, list_hook},
    {&record_json_delivery, list_delivery},
    {&record_json_stored_file, list_stored_file},
    {&record_json_job, list_job},
};

/* --- one row ------------------------------------------------------------------------------------
 */

static void row_render(struct export *e, const struct record_json *record, const void *row,
                       struct arena *arena)
{
    struct json_out w;
    json_out_init(&w, &e->row, 0);
    record_json_write(&w, record, row, arena);
    buf_put_byte(&e->row, '\n');
}

static status section_next(struct export *e, struct store_txn *txn, struct arena *arena)
{
    const struct section *section = &sections[e->section];
    const void *row = NULL;
    struct store_page page = {.limit = 1, .cursor = slice_make(e->cursor, e->cursor_len)};
    page.next = S("");
    TRY(section->list(txn, e->user_id, &page, arena, &row));
    if (page.count)
        row_render(e, section->record, row, arena);
    e->cursor_len = page.next.len < CURSOR_MAX ? page.next.len : 0;
    if (e->cursor_len)
        memcpy(e->cursor, page.next.ptr, e->cursor_len);
    else
        e->section++;
    return ST_OK;
}

struct day_rows {
    struct export *e;
    struct arena *arena;
};

static bool day_row(void *arg, const struct store_usage_day *row)
{
    struct day_rows *rows = arg;
    row_render(rows->e, &record_json_usage_day, row, rows->arena);
    return true;
}

/* All sums of one day. */
static status day_next(struct export *e, struct store_txn *txn, struct arena *arena)
{
    struct day_rows rows = {e, arena};
    const struct store_usage_range range = {
        .user_id = e->user_id, .from_ms = e->day, .to_ms = e->day + DAY_MS};
    e->day += DAY_MS;
    return store_usage_days(txn, &range, day_row, &rows);
}

/* --- the stream ---------------------------------------------------------------------------------
 */

static bool is_over(const struct export *e)
{
    return e->section == ARRAY_COUNT(sections) && e->day > e->now_ms;
}

/* Renders rows until some bytes are there; bounded, for a chunk ends with its snapshot. */
static status rows_fill(struct export *e, struct store_txn *txn)
{
    status rc = ST_OK;
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    arena.wipe = true;
    e->row.len = e->sent = 0;
    for (int i = 0; i < 1000 && rc == ST_OK && !is_over(e) && e->row.len < LIMIT_STREAM_CHUNK / 2;
         i++) {
        struct arena_mark mark = arena_mark(&arena);
        rc = e->section < ARRAY_COUNT(sections) ? section_next(e, txn, &arena)
                                                : day_next(e, txn, &arena);
        arena_rewind(&arena, mark);
    }
    if (arena.overflow || e->row.overflow)
        rc = ST_NO_MEMORY;
    arena_finish(&arena);
    return rc;
}

/* The rest of what is rendered, as much as a chunk holds. */
static void send_pending(struct export *e, struct buf *chunk)
{
    slice rest = slice_from(buf_slice(&e->row), e->sent);
    slice part = slice_sub(rest, 0, LIMIT_STREAM_CHUNK - chunk->len);
    buf_put(chunk, part);
    e->sent += part.len;
}

/* Worker thread. A failure cuts the answer: the client sees that it is not whole. */
static enum reply_next export_next(struct call *call, void *state, struct buf *chunk,
                                   int32_t *ret_wait_ms)
{
    struct export *e = state;
    struct reading reading;
    (void)ret_wait_ms;
    if (e->sent == e->row.len && !is_over(e)) {
        if (reading_begin(call, &reading, NULL) != ST_OK) {
            chunk->overflow = true;
            return REPLY_END;
        }
        status rc = rows_fill(e, reading.txn);
        if (reading_end(&reading, NULL) != ST_OK || rc != ST_OK) {
            chunk->overflow = true;
            return REPLY_END;
        }
    }
    send_pending(e, chunk);
    return e->sent == e->row.len && is_over(e) ? REPLY_END : REPLY_MORE;
}

static void export_done(struct call *call, void *state)
{
    struct export *e = state;
    (void)call;
    buf_finish(&e->row);
    free(e);
}

status me_export_reply(struct call *call, struct error *err)
{
    struct export *e = calloc(1, sizeof *e); /* outlives the call's own memory */
    if (!e)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    e->user_id = call->user->id;
    e->now_ms = call->now_ms;
    e->day = time_day_start(call->user->created_ms);
    buf_init(&e->row, ROW_BYTES_MAX);
    const struct reply_stream stream = {
        .next = export_next, .done = export_done, .state = e, .length = -1};
    reply_header(call, "Content-Disposition", S("attachment; filename=\"sleuth-export.jsonl\""));
    reply_cache(call, "no-store");
    return reply_stream(call, 200, "application/x-ndjson", &stream);
}
