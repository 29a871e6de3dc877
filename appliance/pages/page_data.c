/* Runs a route of the API inside of a page and shows its answer; see page_data.h. */
#include "pages/page_data.h"

#include "auth.h"
#include "base/clock.h"
#include "call.h"
#include "reading.h"

#include <assert.h>
#include <string.h>

/* --- asking
 * ---------------------------------------------------------------------------------------- */

static const struct route *find_row(const char *path, bool any_method)
{
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++) {
            const struct route *row = &route_tables[t].rows[i];
            if ((any_method || row->method == METHOD_GET) && strcmp(row->path, path) == 0)
                return row;
        }
    return NULL;
}

bool page_data_has(const char *path)
{
    return find_row(path, true) != NULL;
}

static status run_check(struct call *call, struct error *err)
{
    struct reading reading;
    if (!call->route->check)
        return ST_OK;
    TRY(reading_begin(call, &reading, err));
    call->txn = reading.txn;
    status rc = call->route->check(call, err);
    call->txn = NULL;
    status end = reading_end(&reading, err);
    return rc == ST_OK ? end : rc;
}

static status run_stages(struct call *call, struct error *err)
{
    TRY(auth_may(call, err));
    TRY(run_check(call, err));
    if (call->route->fetch && !call->skip_to_reply)
        TRY(call->route->fetch(call, err));
    if (call->route->work && !call->skip_to_reply)
        TRY(call->route->work(call, err));
    return call->route->reply ? call->route->reply(call, err) : ST_OK;
}

static status take_answer(struct call *call, slice *ret, struct error *err)
{
    slice body = call->reply.bytes.len ? call->reply.bytes : buf_slice(&call->reply.body);
    *ret = arena_copy(&call->arena, body);
    return arena_check(&call->arena, err);
}

/* What a sub-call may change in the call, kept aside. */
struct kept {
    const struct route *route;
    void *state;
    struct call_pair query[LIMIT_QUERY_PAIRS];
    size_t query_count;
};

static void set_query(struct call *call, const char *query)
{
    slice rest = slice_of(query);
    slice pair;
    if (!query)
        return;
    call->query_count = 0;
    while (rest.len && slice_split(&rest, '&', &pair) && call->query_count < LIMIT_QUERY_PAIRS) {
        slice name;
        if (slice_split(&pair, '=', &name))
            call->query[call->query_count++] = (struct call_pair){name, pair};
    }
}

status page_answer(struct call *call, const char *path, const char *query, slice *ret,
                   struct error *err)
{
    struct kept kept = {
        .route = call->route, .state = call->state, .query_count = call->query_count};
    memcpy(kept.query, call->query, sizeof kept.query);
    assert(call->actor == ACTOR_SESSION);
    call->route = find_row(path, false);
    if (!call->route) {
        call->route = kept.route;
        return error_code(err, ST_NOT_FOUND, "not_found", "there is no such thing");
    }
    call->state = NULL;
    call->lang = page_lang(call);
    set_query(call, query);
    status rc = run_stages(call, err);
    if (rc == ST_OK)
        rc = take_answer(call, ret, err);
    reply_reset(call);
    call->reply.http_status = 0;
    call->skip_to_reply = false;
    call->route = kept.route;
    call->state = kept.state;
    memcpy(call->query, kept.query, sizeof kept.query);
    call->query_count = kept.query_count;
    return rc;
}

status page_data(struct call *call, const char *path, const char *query, const struct json **ret,
                 struct error *err)
{
    slice body;
    TRY(page_answer(call, path, query, &body, err));
    return json_parse(body, &call->arena, ret, err);
}

status page_data_maybe(struct call *call, const char *path, const char *query,
                       const struct json **ret, struct error *err)
{
    status rc = page_data(call, path, query, ret, err);
    if (rc != ST_NOT_FOUND && rc != ST_FORBIDDEN && rc != ST_PLAN && rc != ST_CONFLICT &&
        rc != ST_DISABLED)
        return rc;
    *ret = NULL;
    call->problem = (struct problem){0};
    return ST_OK;
}

/* --- members
 * --------------------------------------------------------------------------------------- */

slice page_member(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    return value && (value->kind == JSON_STRING || value->kind == JSON_NUMBER) ? value->text
                                                                               : S("");
}

bool page_member_true(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    return value && value->kind == JSON_BOOL && value->boolean;
}

uint64_t page_member_u64(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    uint64_t number;
    return value && json_to_u64(value, &number) ? number : 0;
}

slice page_member_list(struct page *page, const struct json *object, const char *path)
{
    const struct json *list = json_at(object, path);
    struct buf out;
    buf_init_arena(&out, &page->call->arena, 65536);
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        if (out.len)
            buf_put_str(&out, ", ");
        buf_put(&out, item->text);
    }
    return buf_slice(&out);
}

bool page_data_is_empty(const struct json *list)
{
    return !list || !list->first;
}

void page_time_text(struct page *page, slice rfc3339)
{
    int64_t at_ms = 0;
    page_moment(page, time_parse(rfc3339, &at_ms) ? at_ms : 0);
}

/* --- words
 * ----------------------------------------------------------------------------------------- */

void page_word(struct page *page, slice slug)
{
    static const struct {
        slice slug;
        const char *text;
    } words[] = {
        {SLICE_INIT("user"), N_("user")},
        {SLICE_INIT("reviewer"), N_("reviewer")},
        {SLICE_INIT("admin"), N_("administrator")},
        {SLICE_INIT("preparer"), N_("preparer")},
        {SLICE_INIT("approver"), N_("approver")},
        {SLICE_INIT("upload"), N_("result files")},
        {SLICE_INIT("watch"), N_("a watched directory")},
        {SLICE_INIT("complete"), N_("complete")},
        {SLICE_INIT("uploading"), N_("not complete yet")},
        {SLICE_INIT("online"), N_("from the network")},
        {SLICE_INIT("bundle"), N_("from a bundle")},
        {SLICE_INIT("directory"), N_("from a directory")},
        {SLICE_INIT("manual"), N_("set by the administrator")},
        {SLICE_INIT("default"), N_("default")},
        {SLICE_INIT("file"), N_("configuration file")},
        {SLICE_INIT("flag"), N_("command line")},
        {SLICE_INIT("none"), N_("none")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (slice_eq(words[i].slug, slug)) {
            page_say(page, words[i].text);
            return;
        }
    page_text(page, slug);
}

/* --- showing
 * --------------------------------------------------------------------------------------- */

static void put_value(struct page *page, const struct json *row, const char *member,
                      enum page_cell kind)
{
    slice text = page_member(row, member);
    switch (kind) {
    case CELL_TEXT:
        page_text(page, text);
        break;
    case CELL_CODE:
        page_raw(page, text.len ? "<code>" : "");
        page_text(page, text);
        page_raw(page, text.len ? "</code>" : "");
        break;
    case CELL_WORD:
        page_word(page, text);
        break;
    case CELL_NUMBER: {
        uint64_t number;
        if (slice_to_u64(text, &number))
            page_number(page, number);
        else
            page_text(page, text.len ? text : S("–"));
        break;
    }
    case CELL_BYTES:
        page_bytes(page, page_member_u64(row, member));
        break;
    case CELL_TIME:
        page_time_text(page, text);
        break;
    case CELL_YES:
        page_say(page, page_member_true(row, member) ? N_("yes") : N_("no"));
        break;
    case CELL_LIST:
        page_text(page, page_member_list(page, row, member));
        break;
    case CELL_CALL:
        break;
    }
}

void page_data_table(struct page *page, const char *caption, const struct page_column *columns,
                     const struct json *rows)
{
    const char *heads[PAGE_TABLE_COLUMNS_MAX + 1] = {NULL};
    struct page_table table;
    for (size_t i = 0; columns[i].head; i++) {
        assert(i < PAGE_TABLE_COLUMNS_MAX);
        heads[i] = columns[i].head;
    }
    page_table_open(page, &table, caption, heads);
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next) {
        page_table_row(page, &table);
        for (size_t i = 0; columns[i].head; i++) {
            page_table_cell(page, &table);
            if (columns[i].put)
                columns[i].put(page, row);
            else
                put_value(page, row, columns[i].member, columns[i].kind);
        }
    }
    page_table_close(page, &table);
}

void page_data_fact(struct page *page, const char *term, const struct json *object,
                    const char *member, enum page_cell kind)
{
    const struct json *value = json_at(object, member);
    if (!value || value->kind == JSON_NULL || (value->kind == JSON_STRING && !value->text.len))
        return;
    page_element(page, "dt", NULL, term);
    page_raw(page, "<dd>");
    put_value(page, object, member, kind);
    page_raw(page, "</dd>");
}
