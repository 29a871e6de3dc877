/* The report of a project's verdict, and its ledger in other schemas. A report is made again from
 * the rounds that the verdict saw, at the level that its look had. */
#include "api/detect_run.h"
#include "api/project_access.h"
#include "api/project_part.h"
#include "api/tables.h"
#include "app.h"
#include "auth.h"
#include "diff_part.h"
#include "import/eee_write.h"
#include "json.h"
#include "ledger_csv.h"
#include "parallel.h"
#include "rate.h"

#include "base/clock.h"
#include "base/crypt.h"

#include "api/project_report_doc.h"

#define ANSWER_BYTES_MAX ((size_t)128 << 20)

enum form { FORM_JSON, FORM_TEXT, FORM_MARKDOWN, FORM_HTML, FORM_EEE, FORM_CSV, FORM_JSONL };
static const struct {
    const char *name, *type;
} forms[] = {
    [FORM_JSON] = {"json", "application/json"},
    [FORM_TEXT] = {"text", "text/plain; charset=utf-8"},
    [FORM_MARKDOWN] = {"md", "text/markdown; charset=utf-8"},
    [FORM_HTML] = {"html", "text/html; charset=utf-8"},
    [FORM_EEE] = {"eee", "application/json"},
    [FORM_CSV] = {"csv", "text/csv; charset=utf-8"},
    [FORM_JSONL] = {"jsonl", "application/x-ndjson"},
};

struct reporting {
    struct store_project project;
    struct store_verdict verdict;
    uint64_t number;
    enum form form;
    struct buf out; /* heap, until it is sent */
    size_t sent;
    /* work only */
    struct arena arena;
    struct ledger ledger;
    const struct json *summary;
    struct judgement judgement;
    struct report_part changes;
    struct project_part part;
};

/* --- check ------------------------------------------------------------------------------------ */

static status read_form(struct call *call, enum form first, enum form last, enum form *ret,
                        struct error *err)
{
    slice wanted = call_query(call, "format");
    *ret = first;
    if (wanted.len == 0)
        return ST_OK;
    for (enum form form = first; form <= last; form++)
        if (slice_eq(wanted, slice_of(forms[form].name))) {
            *ret = form;
            return ST_OK;
        }
    return error_code(err, ST_INVALID, "invalid_parameter", "'%s': '%.*s' is not one of its values",
                      "format", SLICE_ARG(slice_sub(wanted, 0, 40)));
}

static status find(struct call *call, enum form first, enum form last, struct reporting **ret,
                   struct error *err)
{
    struct reporting *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    *ret = in;
    if (call_query(call, "lang").len) /* a link of a page carries no Accept-Language of its own */
        call->lang = lang_from_tag(call_query(call, "lang"));
    TRY(project_find(call, &in->project, err));
    return read_form(call, first, last, &in->form, err);
}

static status report_check(struct call *call, struct error *err)
{
    struct reporting *in;
    char id[STORE_ID_MAX];
    TRY(find(call, FORM_JSON, FORM_HTML, &in, err));
    const struct call_query_range range = {
        .min = 1, .max = UINT32_MAX, .fallback = in->project.verdict_count};
    TRY(call_query_u64(call, "verdict", &range, &in->number, err));
    status rc = in->number == 0 ? ST_NOT_FOUND
                                : store_verdict_get(call->txn, in->project.user_id,
                                                    store_sub_id(id, in->project.id, in->number),
                                                    &call->arena, &in->verdict);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "verdict_not_found", "there is no such verdict");
    return rc == ST_OK ? rate_begin_analysis(call, err) : rc;
}

static status export_check(struct call *call, struct error *err)
{
    struct reporting *in;
    return find(call, FORM_EEE, FORM_JSONL, &in, err);
}

/* --- work: the look again --------------------------------------------------------------------- */

static bool hook_cancelled(void *context)
{
    return call_cancelled((struct call *)context);
}

static void hook_parallel(void *context, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    parallel_for(((struct call *)context)->app->workers, count, body, arg);
}

static status load(struct call *call, struct reporting *in, uint64_t additions, struct error *err)
{
    const struct ledger_options options = {.round_by = project_round_by(&in->project)};
    ledger_init(&in->ledger, &in->arena);
    TRY(project_load(call->txn, &in->project, additions, &in->ledger, err));
    return ledger_finish(&in->ledger, &options, err);
}

static double number_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value && value->kind == JSON_NUMBER ? value->number : 0;
}

static status look_again(struct call *call, struct reporting *in, struct error *err)
{
    slice body = in->verdict.body, summary;
    (void)slice_split(&body, '\n', &summary);
    TRY(json_parse(summary, &in->arena, &in->summary, err));
    TRY(load(call, in, (uint64_t)number_at(in->summary, "additions"), err));
    const struct judgement_input input = {
        .ledger = &in->ledger,
        .state = {.p_value = 1,
                  .detected = (uint64_t)number_at(in->summary, "sequential.detected_at")},
        .number = in->number,
        .replay_level = number_at(in->summary, "sequential.level"),
        .hooks = {.ctx = call, .parallel_for = hook_parallel, .cancelled = hook_cancelled}};
    TRY(judge(&input, &in->arena, &in->judgement, err));
    TRY(diff_part(in->judgement.diff, call->lang, &in->arena, &in->changes, err));
    return project_part_make(call, &in->project, in->number, &in->part, err);
}

/* --- work: the formats ------------------------------------------------------------------------ */

static slice canonical_report(const struct reporting *in)
{
    slice body = in->verdict.body, summary;
    (void)slice_split(&body, '\n', &summary);
    return body.len ? body : S("null");
}

/* Summary, changes, deviations, reviews and the report as it was kept, all under one seal. */
static status put_sealed(struct call *call, struct reporting *in,
                         const struct report_context *context, struct error *err)
{
    struct buf text;
    struct json_out w;
    slice body = in->verdict.body, summary;
    (void)slice_split(&body, '\n', &summary);
    buf_init_arena(&text, &in->arena, LIMIT_REPLY_BYTES);
    json_out_init(&w, &text, 0);
    json_object(&w);
    json_key_str(&w, "project_id", in->project.id);
    json_key_str(&w, "project_name", in->project.name);
    json_key_str(&w, "verdict_id", in->verdict.id);
    json_key_str(&w, "verdict", in->verdict.verdict);
    json_key(&w, "summary");
    json_raw(&w, summary);
    json_key(&w, "changes");
    json_raw(&w, in->changes.json);
    json_key(&w, "project");
    json_raw(&w, in->part.part.json);
    json_key(&w, "report");
    json_raw(&w, canonical_report(in));
    json_end(&w);
    TRY(buf_check(&text, err));
    return report_seal_canonical(buf_slice(&text), context, call->app->auth->signing_secret,
                                 &in->out, err);
}

/* A verdict without a test still has its first and its last section. */
static void put_plain(struct call *call, struct reporting *in)
{
    const char *headline = judgement_headline(&in->judgement, call->lang);
    struct buf *out = &in->out;
    if (in->form == FORM_HTML) {
        buf_printf(out,
                   "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>Sleuth"
                   "</title><style>",
                   lang_tag(call->lang));
        buf_put(out, report_style());
        buf_put_str(out, "</style></head><body class=\"rp\"><div class=\"page\"><main>\n");
        buf_put(out, in->changes.html);
        buf_put_str(out, "<h1>");
        buf_put_html(out, slice_of(headline));
        buf_put_str(out, "</h1>\n");
        buf_put(out, in->part.part.html);
        buf_put_str(out, "</main></div></body></html>\n");
        return;
    }
    bool text = in->form == FORM_TEXT;
    buf_printf(out, "%s%s\n\n", text ? "" : "# ", headline);
    buf_put(out, text ? in->changes.text : in->changes.markdown);
    buf_put_byte(out, '\n');
    buf_put(out, text ? in->part.part.text : in->part.part.markdown);
}

static status put_form(struct call *call, struct reporting *in,
                       const struct report_context *context, struct error *err)
{
    const struct detect_report *report = in->judgement.report;
    if (in->form == FORM_JSON)
        return put_sealed(call, in, context, err);
    if (!report) {
        put_plain(call, in);
        return ST_OK;
    }
    if (in->form == FORM_TEXT)
        return report_text(report, call->lang, context, &in->out, err);
    if (in->form == FORM_MARKDOWN)
        return report_markdown(report, call->lang, context, &in->out, err);
    return report_html(report, call->lang, context, &in->out, err);
}

static status render(struct call *call, struct reporting *in, struct error *err)
{
    char time[TIME_TEXT_MAX];
    const struct ledger_panel_facts *facts = &in->judgement.facts;
    const struct report_runs runs = {.seen = facts->run_rows + facts->failed_rows,
                                     .failed = facts->failed_rows};
    const struct report_context context = {.id = in->verdict.id,
                                           .created_at = time_rfc3339(in->verdict.created_ms, time),
                                           .label = in->project.name,
                                           .grade = in->project.grade,
                                           .clock_source = S("system clock"),
                                           .first = &in->changes,
                                           .last = &in->part.part,
                                           .runs = &runs,
                                           .people = in->part.people,
                                           .person_count = in->part.person_count,
                                           .panel_options = in->judgement.reading,
                                           .elapsed_ms = -1,
                                           .livemode = true};
    return put_form(call, in, &context, err);
}

static status report_inner(struct call *call, struct error *err)
{
    struct reporting *in = call->state;
    TRY(look_again(call, in, err));
    return render(call, in, err);
}

static status export_inner(struct call *call, struct error *err)
{
    struct reporting *in = call->state;
    TRY(load(call, in, in->project.round_count, err));
    if (in->form == FORM_EEE)
        return eee_write(&in->ledger, in->project.id, call->now_ms, &in->out, err);
    if (in->form == FORM_CSV)
        return ledger_write_csv(&in->ledger, &in->out, err);
    ledger_write_jsonl(&in->ledger, &in->out);
    return buf_check(&in->out, err);
}

static enum reply_next next_chunk(struct call *call, void *state, struct buf *chunk,
                                  int32_t *ret_wait_ms)
{
    struct reporting *in = state;
    slice part = slice_sub(slice_from(buf_slice(&in->out), in->sent), 0, LIMIT_STREAM_CHUNK);
    (void)call;
    (void)ret_wait_ms;
    buf_put(chunk, part);
    in->sent += part.len;
    return in->sent < in->out.len ? REPLY_MORE : REPLY_END;
}

static void chunks_over(struct call *call, void *state)
{
    (void)call;
    buf_finish(&((struct reporting *)state)->out);
}

/* Ledgers are larger than a call's arena: the answer stays on the heap until it is sent. */
static status work(struct call *call, stage *inner, struct error *err)
{
    struct reporting *in = call->state;
    arena_init(&in->arena, PROJECT_ARENA_BYTES);
    buf_init(&in->out, ANSWER_BYTES_MAX);
    status rc = project_with_snapshot(call, inner, err);
    arena_finish(&in->arena);
    if (rc == ST_OK)
        rc = buf_check(&in->out, err);
    if (rc != ST_OK) {
        buf_finish(&in->out);
        return rc;
    }
    const struct reply_stream stream = {
        .next = next_chunk, .done = chunks_over, .state = in, .length = (int64_t)in->out.len};
    if (in->form == FORM_HTML)
        detect_allow_report_style(call);
    return reply_stream(call, 200, forms[in->form].type, &stream);
}

static status report_work(struct call *call, struct error *err)
{
    return work(call, report_inner, err);
}

static status export_work(struct call *call, struct error *err)
{
    return work(call, export_inner, err);
}

#define PROJECT_ROW .need = NEED_KEY, .scope = SCOPE_DETECT, .plan_min = PLAN_PRO

const struct route project_report_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/projects/:id/report",
     PROJECT_ROW,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = report_check,
     .work = report_work,
     .doc = DOC_REPORT},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/export",
     PROJECT_ROW,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = export_check,
     .work = export_work,
     .doc = DOC_EXPORT},
};
