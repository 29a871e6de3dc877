/* Logs of evaluation tools over HTTP: a run ledger of them, and what changed between their runs. */
#include "api/tables.h"
#include "body.h"
#include "call.h"
#include "diff.h"
#include "import/import.h"
#include "multipart.h"

#include "api/ledger_doc.h"

struct ledger_call {
    struct ledger_options options;
    struct ledger ledger;
    struct diff *diff;
};

/* --- check
 * ----------------------------------------------------------------------------------------- */

static status choice(const struct call *call, const char *name, const char *const *names,
                     size_t count, size_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    if (text.len == 0)
        return ST_OK;
    for (size_t i = 0; i < count; i++)
        if (slice_eq(text, slice_of(names[i]))) {
            *ret = i;
            return ST_OK;
        }
    return error_code(err, ST_INVALID, "invalid_parameter", "'%s': '%.*s' is not one of its values",
                      name, SLICE_ARG(slice_sub(text, 0, 40)));
}

static status ledger_check(struct call *call, struct error *err)
{
    static const char *const rounds[] = {"run", "day", "tag", "commit"};
    static const char *const splits[] = {"unknown", "dev", "test"};
    size_t round = ROUND_BY_RUN;
    size_t split = SPLIT_UNKNOWN;
    struct ledger_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(choice(call, "round_by", rounds, ARRAY_COUNT(rounds), &round, err));
    TRY(choice(call, "split", splits, ARRAY_COUNT(splits), &split, err));
    in->options = (struct ledger_options){.round_by = (enum round_by)round,
                                          .split = (enum run_split)split,
                                          .lineage_pattern = call_query(call, "lineage"),
                                          .metric = call_query(call, "metric")};
    if (call->body.len == 0)
        return error_code(err, ST_INVALID, "missing_field", "the body holds no log");
    return ST_OK;
}

/* --- work
 * ------------------------------------------------------------------------------------------ */

static status read_rows(struct call *call, struct ledger_call *in, struct error *err)
{
    const struct json *root;
    TRY(json_parse(call->body, &call->arena, &root, err));
    const struct json *rows = json_find(root, "ledger");
    if (!rows || rows->kind != JSON_ARRAY)
        return error_code(err, ST_INVALID, "missing_field", "Missing required field: ledger");
    size_t number = 1;
    for (const struct json *row = rows->first; row; row = row->next, number++) {
        status rc = ledger_read_row(&in->ledger, row, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "row %zu", number);
    }
    return ST_OK;
}

static status read_parts(struct call *call, struct import *import, struct error *err)
{
    size_t count;
    struct multipart_part *parts = arena_array(&call->arena, MULTIPART_PARTS_MAX, sizeof *parts);
    if (!parts)
        return arena_check(&call->arena, err);
    TRY(multipart_parse(call_header(call, "content-type"), call->body, parts, &count, err));
    for (size_t i = 0; i < count; i++)
        if (parts[i].filename.len)
            TRY(import_bytes(import, parts[i].filename, parts[i].body, err));
    return ST_OK;
}

static status ledger_work(struct call *call, struct error *err)
{
    struct ledger_call *in = call->state;
    struct import import = {.ledger = &in->ledger, .options = &in->options};
    slice name = call_query(call, "name");
    ledger_init(&in->ledger, &call->arena);
    if (body_is_json(call))
        TRY(read_rows(call, in, err));
    else if (slice_eq(call->content_type, S("multipart/form-data")))
        TRY(read_parts(call, &import, err));
    else
        TRY(import_bytes(&import, name.len ? name : S("upload"), call->body, err));
    return ledger_finish(&in->ledger, &in->options, err);
}

static status diff_work(struct call *call, struct error *err)
{
    struct ledger_call *in = call->state;
    TRY(ledger_work(call, err));
    return diff_ledger(&in->ledger, &call->arena, &in->diff, err);
}

/* --- reply
 * ----------------------------------------------------------------------------------------- */

static void put_excluded(struct json_out *w, const struct ledger *ledger, enum lang lang)
{
    json_key(w, "excluded");
    json_array(w);
    for (size_t i = 0; i < ledger->excluded_count; i++) {
        const struct ledger_excluded *e = &ledger->excluded[i];
        json_object(w);
        json_key_str(w, "path", e->path);
        json_key_str(w, "reason", lang == LANG_ZH ? e->reason_zh : e->reason);
        json_end(w);
    }
    json_end(w);
}

static void put_sources(struct json_out *w, const struct ledger *ledger)
{
    json_key(w, "sources");
    json_array(w);
    for (size_t i = 0; i < ledger->source_count; i++) {
        const struct ledger_source *s = &ledger->sources[i];
        json_object(w);
        json_key_str(w, "path", s->path);
        json_key_str(w, "sha256", s->sha256);
        json_key_str(w, "format", s->format);
        json_key_str(w, "version", s->version);
        json_end(w);
    }
    json_end(w);
}

static status ledger_reply(struct call *call, struct error *err)
{
    const struct ledger_call *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key(w, "ledger");
    json_array(w);
    for (size_t i = 0; i < in->ledger.row_count; i++)
        ledger_row_json(w, &in->ledger.rows[i]);
    json_end(w);
    put_sources(w, &in->ledger);
    put_excluded(w, &in->ledger, call->lang);
    json_key_str(w, "grade", slice_make(&in->ledger.grade, 1));
    return reply_end(call, err);
}

static status diff_reply(struct call *call, struct error *err)
{
    const struct ledger_call *in = call->state;
    struct buf text;
    struct json_out w;
    buf_init_arena(&text, &call->arena, LIMIT_BODY_BYTES);
    json_out_init(&w, &text, 0);
    diff_json(&w, in->diff, call->lang);
    TRY(buf_check(&text, err));
    return reply_bytes(call, 200, "application/json", buf_slice(&text));
}

const struct route ledger_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/ledger",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .body_max = LIMIT_BODY_BYTES,
     .check = ledger_check,
     .work = ledger_work,
     .reply = ledger_reply,
     .doc = DOC_LEDGER},
    {.method = METHOD_POST,
     .path = "/api/diff",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .body_max = LIMIT_BODY_BYTES,
     .check = ledger_check,
     .work = diff_work,
     .reply = diff_reply,
     .doc = DOC_DIFF},
};
