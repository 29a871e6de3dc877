/* Rounds of a project: taken in, judged together with all rounds before them, kept with the
 * verdict. One addition is one look and counts as one analysis when the engine could run. */
#include "api/ledger_input.h"
#include "api/project_access.h"
#include "api/project_addition.h"
#include "api/tables.h"
#include "audit.h"
#include "body.h"
#include "charge.h"
#include "events.h"
#include "idempotency.h"
#include "plans.h"
#include "rate.h"

/* --- check ------------------------------------------------------------------------------------ */

static status check_full(const struct store_project *project, struct error *err)
{
    if (project->round_count < PROJECT_ADDITIONS_MAX)
        return ST_OK;
    return error_code(err, ST_LIMIT, "project_full", "a project has at most %d additions",
                      PROJECT_ADDITIONS_MAX);
}

static status add_check(struct call *call, struct error *err)
{
    struct addition *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(project_find_own(call, &in->before, err));
    TRY(ledger_input_options(call, &in->options, err));
    in->says_round_by = ledger_input_says_round_by(call);
    TRY(check_full(&in->before, err));
    TRY(rate_check_quota(call, err));
    return rate_begin_analysis(call, err);
}

/* --- work and apply --------------------------------------------------------------------------- */

static status add_work(struct call *call, struct error *err)
{
    return project_with_snapshot(call, addition_work, err);
}

static status bill(struct call *call, struct addition *in, struct error *err)
{
    if (!in->billed || !call->livemode)
        return ST_OK;
    return charge_analysis(call, &in->month_used, err);
}

/* The first verdict is news, too. */
static status tell(struct call *call, const struct addition *in)
{
    struct buf buf;
    struct json_out w;
    slice body = in->verdict.body, summary;
    if (!in->changed)
        return ST_OK;
    (void)slice_split(&body, '\n', &summary);
    buf_init_arena(&buf, &call->arena, summary.len + 1024);
    json_out_init(&w, &buf, 0);
    json_object(&w);
    json_key_str(&w, "object", S("project"));
    json_key_str(&w, "project_id", in->after.id);
    json_key_str(&w, "from", in->before.verdict);
    json_key_str(&w, "to", in->after.verdict);
    json_key_u64(&w, "rounds_total", in->after.rounds_total);
    json_key(&w, "verdict");
    json_raw(&w, summary);
    json_end(&w);
    TRY(buf_check(&buf, NULL));
    return event_add(call->app, call->txn,
                     &(struct event){.user_id = in->after.user_id,
                                     .type = EVENT_VERDICT_CHANGED,
                                     .cause = in->verdict.id,
                                     .data = buf_slice(&buf),
                                     .livemode = call->livemode,
                                     .now_ms = call->now_ms});
}

/* The i-th deviation as it is kept and shown; its id stands in `id`. */
static struct store_deviation deviation_row(const struct call *call, const struct addition *in,
                                            size_t i, char id[static STORE_ID_MAX])
{
    const struct deviation *d = &in->deviations.at[i];
    return (struct store_deviation){
        .id = store_sub_id(id, in->before.id, in->before.deviation_count + i + 1),
        .user_id = in->before.user_id,
        .kind = slice_of(deviation_slug(d->kind)),
        .field = d->field,
        .from = d->from,
        .to = d->to,
        .round_index = in->after.round_count,
        .created_ms = call->now_ms,
        .run_id = d->run_id,
        .task = d->task,
        .lineage = d->lineage};
}

static status put_deviations(struct call *call, const struct addition *in)
{
    for (size_t i = 0; i < in->deviations.count; i++) {
        char id[STORE_ID_MAX];
        struct store_deviation row = deviation_row(call, in, i, id);
        TRY(store_deviation_add(call->txn, &row));
    }
    return ST_OK;
}

static status refuse_stale(struct error *err)
{
    return error_code(err, ST_CONFLICT, "project_changed",
                      "the project changed while these rounds were judged; send them again");
}

static slice audit_text(struct call *call, const struct addition *in)
{
    return arena_printf(
        &call->arena, "addition %llu, %llu rows, verdict " SLICE_FMT ", %zu deviations",
        (unsigned long long)in->after.round_count, (unsigned long long)in->round.row_count,
        SLICE_ARG(in->after.verdict), in->deviations.count);
}

static status add_apply(struct call *call, struct error *err)
{
    struct addition *in = call->state;
    struct store_project now;
    TRY(project_find_own(call, &now, err));
    if (now.rev != in->before.rev)
        return refuse_stale(err);
    TRY(idempotency_claim(call, err));
    if (in->known)
        return ST_OK;
    TRY(bill(call, in, err));
    TRY(store_round_add(call->txn, &in->round));
    TRY(store_verdict_add(call->txn, &in->verdict));
    TRY(put_deviations(call, in));
    in->after.rev = now.rev;
    TRY(store_project_put(call->txn, &in->after));
    TRY(tell(call, in));
    return audit_note(call, "project.round", in->after.id, audit_text(call, in));
}

/* --- reply ------------------------------------------------------------------------------------ */

static void put_deviations_found(struct json_out *w, const struct call *call,
                                 const struct addition *in)
{
    json_key(w, "deviations");
    json_array(w);
    for (size_t i = 0; i < in->deviations.count; i++) {
        char id[STORE_ID_MAX];
        const struct store_deviation row = deviation_row(call, in, i, id);
        json_object(w);
        project_put_deviation(w, call, &row);
        json_end(w);
    }
    json_end(w);
}

static status add_reply(struct call *call, struct error *err)
{
    const struct addition *in = call->state;
    const struct store_project *after = in->known ? &in->before : &in->after;
    bool counted = in->billed && !in->known && call->livemode;
    call->analyses_counted = counted;
    reply_header_u64(call, "Sleuth-Analyses-Counted", counted);
    if (counted)
        rate_counted(call, in->month_used);
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "project_id", after->id);
    json_key_u64(w, "addition", after->round_count);
    json_key_u64(w, "rows_added", in->known ? 0 : in->round.row_count);
    json_key_bool(w, "already_recorded", in->known);
    if (in->known)
        json_key_null(w, "grade");
    else
        json_key_str(w, "grade", in->round.grade); /* of this addition */
    json_key_u64(w, "rounds_total", after->rounds_total);
    json_key_bool(w, "changed", !in->known && in->changed);
    json_key(w, "verdict");
    if (in->known) {
        json_null(w);
    } else {
        slice body = in->verdict.body, summary;
        (void)slice_split(&body, '\n', &summary);
        json_raw(w, summary);
    }
    put_deviations_found(w, call, in);
    json_key_u64(w, "deviations_found", in->deviations.total);
    json_key_u64(w, "deviations_open", after->open_deviations);
    return reply_end(call, err);
}

/* --- lists ------------------------------------------------------------------------------------ */

static status list_check(struct call *call, struct error *err)
{
    struct store_project *project = call_state(call, sizeof *project);
    return project ? project_find(call, project, err) : arena_check(&call->arena, err);
}

static status rounds_inner(struct call *call, struct error *err)
{
    const struct store_project *project = call->state;
    return project_reply_list(call, project->user_id, project_prefix(call, project), PROJECT_ROUNDS,
                              err);
}

static status verdicts_inner(struct call *call, struct error *err)
{
    const struct store_project *project = call->state;
    return project_reply_list(call, project->user_id, project_prefix(call, project),
                              PROJECT_VERDICTS, err);
}

static status rounds_work(struct call *call, struct error *err)
{
    return project_with_snapshot(call, rounds_inner, err);
}

static status verdicts_work(struct call *call, struct error *err)
{
    return project_with_snapshot(call, verdicts_inner, err);
}

#include "api/project_rounds_doc.h"

#define PROJECT_ROW .need = NEED_KEY, .scope = SCOPE_DETECT, .plan_min = PLAN_PRO

const struct route project_rounds_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/projects/:id/rounds",
     PROJECT_ROW,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER | ROUTE_IDEMPOTENT | ROUTE_ANALYSIS,
     .body_max = LIMIT_BODY_BYTES,
     .check = add_check,
     .work = add_work,
     .apply = add_apply,
     .reply = add_reply,
     .doc = DOC_ADD},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/rounds",
     PROJECT_ROW,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = list_check,
     .work = rounds_work,
     .doc = DOC_ROUNDS},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/verdicts",
     PROJECT_ROW,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER,
     .check = list_check,
     .work = verdicts_work,
     .doc = DOC_VERDICTS},
};
