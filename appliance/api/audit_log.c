/* The audit log: entries with their checkpoints, and the check of the whole chain. */
#include "api/tables.h"
#include "app.h"
#include "audit_trail.h"
#include "auth.h"
#include "base/file.h"
#include "body.h"
#include "reading.h"

#include <stdio.h>

enum { PATH_BYTES = 4096, TRAIL_BYTES = 96 << 20 };

/* --- list --- */

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_audit *rows;
    TRY(page_from_query(call, &page, err));
    page.newest_first = !slice_eq(call_query(call, "order"), S("oldest"));
    TRY(store_audit_list(call->txn, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "entries");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        struct store_audit_mark mark;
        status rc = store_audit_mark_get(call->txn, rows[i].seq, &call->arena, &mark);
        if (rc != ST_OK && rc != ST_NOT_FOUND)
            return rc;
        json_object(w);
        audit_entry_write(w, &rows[i], rc == ST_OK ? &mark : NULL);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

/* --- verify --- */

struct verification {
    struct audit_trail trail;
    struct error why;
    status rc;
    uint64_t last_mark;
};

/* Checkpoints of the store and of the file beside it: who cuts the log off has to cut both. */
static status marks_read(struct call *call, struct verification *v, struct store_txn *txn,
                         struct arena *arena)
{
    char path[PATH_BYTES];
    slice text;
    slice line;
    struct store_page page = {0};
    do {
        struct store_audit_mark *rows;
        page.cursor = page.next.ptr ? page.next : S("");
        TRY(store_audit_mark_list(txn, &page, arena, &rows));
        for (size_t i = 0; i < page.count; i++) {
            TRY(audit_trail_mark(&v->trail, &rows[i], &v->why));
            v->last_mark = rows[i].seq;
        }
    } while (page.next.len);
    (void)snprintf(path, sizeof path, "%s/" CHECKPOINT_FILE, call->app->data_dir);
    status rc = file_read(path, CHECKPOINT_FILE_BYTES_MAX, arena, &text, &v->why);
    if (rc == ST_NOT_FOUND)
        error_clear(&v->why);
    if (rc != ST_OK)
        return rc == ST_NOT_FOUND ? ST_OK : rc;
    while (slice_split(&text, '\n', &line))
        if (line.len && line.ptr[line.len - 1] == '}') /* a torn line is no checkpoint */
            TRY(audit_trail_checkpoint(&v->trail, line, &v->why));
    return ST_OK;
}

static bool entry_next(void *arg, const struct store_audit *entry)
{
    struct verification *v = arg;
    v->rc = audit_trail_link(&v->trail, entry, &v->why);
    return v->rc == ST_OK;
}

static status verify_work(struct call *call, struct error *err)
{
    struct reading reading;
    struct arena arena;
    struct verification *v = call_state(call, sizeof *v);
    if (!v)
        return arena_check(&call->arena, err);
    TRY(reading_begin(call, &reading, err));
    arena_init(&arena, TRAIL_BYTES);
    audit_trail_begin(&v->trail, &arena, call->app->auth->signing_public);
    v->rc = marks_read(call, v, reading.txn, &arena);
    if (v->rc == ST_OK) {
        status rc = store_audit_each(reading.txn, entry_next, v);
        v->rc = v->rc == ST_OK ? rc : v->rc;
    }
    if (v->rc == ST_OK)
        v->rc = audit_trail_end(&v->trail, &v->why);
    status end = reading_end(&reading, err);
    arena_finish(&arena);
    if (v->rc != ST_OK && v->rc != ST_VERIFY && err && end == ST_OK)
        *err = v->why;
    return v->rc == ST_OK || v->rc == ST_VERIFY ? end : v->rc;
}

static status verify_reply(struct call *call, struct error *err)
{
    const struct verification *v = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_bool(w, "ok", v->rc == ST_OK);
    json_key_u64(w, "entries", v->trail.seq);
    json_key_u64(w, "checkpoints", v->trail.checkpoints);
    json_key_u64(w, "last_checkpoint", v->last_mark);
    if (v->rc != ST_OK)
        json_key_str(w, "problem", slice_of(call->lang == LANG_ZH ? v->why.text_zh : v->why.text));
    return reply_end(call, err);
}

/* clang-format off */
static const struct route_param list_params[] = {
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {"order", "query", "{\"enum\":[\"newest\",\"oldest\"]}", N_("which entries come first"), false}, {0}};

const struct route audit_log_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/audit", .need = NEED_ADMIN, .flags = ROUTE_STRICT, .check = list_check,
     .doc = {.summary = N_("Read the audit log"), .tag = "Administration", .params = list_params, .response = "{\"type\":\"object\",\"required\":[\"entries\",\"next_cursor\"],\"properties\":{\"entries\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"seq\",\"at\",\"actor\",\"action\",\"hash\"],\"properties\":{\"seq\":{\"type\":\"integer\"},\"at\":{\"$ref\":\"#/components/schemas/Time\"},\"actor\":{\"type\":\"string\"},\"action\":{\"type\":\"string\"},\"object\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"},\"checkpoint\":{\"type\":\"object\"}}}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", .errors = "400 401 403 429"}},
    {.method = METHOD_GET, .path = "/api/admin/audit/verify", .need = NEED_HOST, .flags = ROUTE_STRICT, .work = verify_work, .reply = verify_reply,
     .doc = {.summary = N_("Check the hash chain and the checkpoints of the audit log"), .tag = "Administration", .response = "{\"type\":\"object\",\"required\":[\"ok\"],\"properties\":{\"ok\":{\"type\":\"boolean\"}}}", .errors = "404"}},
};
/* clang-format on */
