/* Logs of evaluation tools over HTTP: a run ledger of them, and what changed between their runs. */
#include "api/ledger_input.h"
#include "api/tables.h"
#include "body.h"
#include "call.h"
#include "diff.h"

#include "api/ledger_doc.h"

struct ledger_call {
    struct ledger_options options;
    struct ledger ledger;
    struct diff *diff;
};

/* --- check and work --------------------------------------------------------------------------- */

static status ledger_check(struct call *call, struct error *err)
{
    struct ledger_call *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return ledger_input_options(call, &in->options, err);
}

static status ledger_work(struct call *call, struct error *err)
{
    struct ledger_call *in = call->state;
    struct ledger_input input = {0};
    ledger_init(&in->ledger, &call->arena);
    TRY(ledger_input_read(call, &in->options, &input, &in->ledger, err));
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
