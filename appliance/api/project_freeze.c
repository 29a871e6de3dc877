/* A project's frozen protocol: recorded and sealed before round 1, and what later rounds did
 * otherwise, each with a reason and a named approver. */
#include "api/project_access.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "detect/detect.h"
#include "freeze.h"
#include "idempotency.h"

#include "base/clock.h"
#include "base/crypt.h"

#include "api/project_freeze_doc.h"

enum { SEAL_BYTES_MAX = 4096, REASON_MAX = 2000 };

struct freezing {
    struct store_project row;
    slice sealed; /* what is kept and answered: {"report":CANONICAL,"seal":{…}} */
    struct crypt_hash hash;
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
};

/* --- freeze ----------------------------------------------------------------------------------- */

static status check_open(const struct store_project *row, struct error *err)
{
    if (row->frozen_ms)
        return error_code(err, ST_CONFLICT, "already_frozen",
                          "the protocol of this project is frozen already");
    if (row->round_count)
        return error_code(err, ST_CONFLICT, "rounds_exist",
                          "this project has rounds; a protocol is frozen before the first one");
    return ST_OK;
}

/* The seal is that of reports, so that `sleuth report verify` checks it. */
static status seal(struct call *call, struct freezing *in, slice canonical, struct error *err)
{
    struct buf out;
    struct report_seal parts;
    char time[TIME_TEXT_MAX];
    const struct report_context context = {.id = in->row.id,
                                           .created_at = time_rfc3339(call->now_ms, time),
                                           .clock_source = S("system clock"),
                                           .label = S("frozen protocol"),
                                           .elapsed_ms = -1};
    buf_init_arena(&out, &call->arena, canonical.len + SEAL_BYTES_MAX);
    TRY(report_seal_canonical(canonical, &context, call->app->auth->signing_secret, &out, err));
    TRY(report_verify(buf_slice(&out), call->app->auth->signing_public, &parts, err));
    crypt_sha256(&in->hash, canonical);
    in->sealed = slice_trim(buf_slice(&out));
    slice hex = slice_sub(in->sealed, in->sealed.len - 3 - 2 * CRYPT_SIGNATURE_BYTES,
                          2 * CRYPT_SIGNATURE_BYTES);
    if (!crypt_hex_decode(in->signature, sizeof in->signature, hex))
        return error_set(err, ST_INTERNAL, "the seal has another form than expected");
    return ST_OK;
}

static status freeze_check(struct call *call, struct error *err)
{
    struct freeze freeze;
    const struct json *root;
    struct buf canonical;
    struct freezing *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(project_find_own(call, &in->row, err));
    TRY(check_open(&in->row, err));
    if (!body_is_json(call))
        return error_code(err, ST_MEDIA_TYPE, "unsupported_media_type",
                          "Content-Type must be application/json");
    TRY(json_parse(call->body, &call->arena, &root, err));
    TRY(freeze_read(root, true, &call->arena, &freeze, err));
    const struct freeze_subject subject = {.project_id = in->row.id,
                                           .project_name = in->row.name,
                                           .frozen_ms = call->now_ms,
                                           .frozen_by = project_caller_name(call)};
    buf_init_arena(&canonical, &call->arena, FREEZE_BYTES_MAX);
    freeze_canonical(&freeze, &subject, &canonical);
    TRY(buf_check(&canonical, err));
    return seal(call, in, buf_slice(&canonical), err);
}

static status freeze_apply(struct call *call, struct error *err)
{
    struct freezing *in = call->state;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    TRY(project_find_own(call, &in->row, err));
    TRY(check_open(&in->row, err));
    TRY(idempotency_claim(call, err));
    in->row.freeze = in->sealed;
    in->row.freeze_hash = slice_make(in->hash.bytes, sizeof in->hash.bytes);
    in->row.freeze_signature = slice_make(in->signature, sizeof in->signature);
    in->row.frozen_ms = in->row.updated_ms = call->now_ms;
    TRY(store_project_put(call->txn, &in->row));
    return audit_note(call, "project.freeze", in->row.id,
                      crypt_hex(hex, in->hash.bytes, sizeof in->hash.bytes));
}

static void put_freeze(struct json_out *w, const struct store_project *row)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    json_key_str(w, "project_id", row->id);
    json_key_time(w, "frozen_at", row->frozen_ms);
    json_key_str(w, "sha256", crypt_hex(hex, row->freeze_hash.ptr, row->freeze_hash.len));
    json_key(w, "record");
    json_raw(w, row->freeze);
}

static status freeze_reply(struct call *call, struct error *err)
{
    const struct freezing *in = call->state;
    put_freeze(reply_json(call, 201), &in->row);
    return reply_end(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find(call, &row, err));
    if (!row.frozen_ms)
        return error_code(err, ST_NOT_FOUND, "not_frozen",
                          "the protocol of this project is not frozen");
    put_freeze(reply_json(call, 200), &row);
    return reply_end_tagged(call, err);
}

/* --- deviations ------------------------------------------------------------------------------- */

static status list_check(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find(call, &row, err));
    return project_reply_list(call, row.user_id, project_prefix(call, &row), PROJECT_DEVIATIONS,
                              err);
}

struct approval {
    struct store_project project;
    struct store_deviation row;
    char id[STORE_ID_MAX];
    slice reason;
};

static status find_deviation(struct call *call, struct approval *in, struct error *err)
{
    uint64_t number;
    TRY(project_find(call, &in->project, err));
    TRY(call_param_u64(call, "n", &number, err));
    status rc = number > UINT32_MAX
                    ? ST_NOT_FOUND
                    : store_deviation_get(call->txn, in->project.user_id,
                                          store_sub_id(in->id, in->project.id, number),
                                          &call->arena, &in->row);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "deviation_not_found", "there is no such deviation");
    if (rc != ST_OK)
        return rc;
    if (in->row.approved_ms)
        return error_code(err, ST_CONFLICT, "already_approved",
                          "this deviation was approved already");
    return ST_OK;
}

static status approve_check(struct call *call, struct error *err)
{
    struct approval *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find_deviation(call, in, err));
    TRY(body_read(call, err, JSON_STR("reason", &in->reason, 1, REASON_MAX)));
    if (slice_trim(in->reason).len)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_member", "'reason' must not be blank");
}

static status approve_apply(struct call *call, struct error *err)
{
    struct approval *in = call->state;
    TRY(find_deviation(call, in, err));
    TRY(idempotency_claim(call, err));
    in->row.reason = in->reason;
    in->row.approver_id = call->user->id;
    in->row.approver = project_caller_name(call);
    in->row.approved_ms = call->now_ms;
    if (in->project.open_deviations)
        in->project.open_deviations--;
    in->project.updated_ms = call->now_ms;
    TRY(store_deviation_put(call->txn, &in->row));
    TRY(store_project_put(call->txn, &in->project));
    return audit_note(call, "project.deviation.approve", in->row.id,
                      arena_printf(&call->arena, SLICE_FMT ": " SLICE_FMT, SLICE_ARG(in->row.kind),
                                   SLICE_ARG(slice_sub(in->reason, 0, 200))));
}

static status approve_reply(struct call *call, struct error *err)
{
    const struct approval *in = call->state;
    project_put_deviation(reply_json(call, 200), call, &in->row);
    return reply_end(call, err);
}

#define FLAGS       (ROUTE_STRICT | ROUTE_FOR_USER)
#define PROJECT_ROW .need = NEED_KEY, .scope = SCOPE_DETECT, .plan_min = PLAN_PRO

const struct route project_freeze_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/projects/:id/freeze",
     PROJECT_ROW,
     .flags = FLAGS | ROUTE_IDEMPOTENT,
     .check = freeze_check,
     .apply = freeze_apply,
     .reply = freeze_reply,
     .doc = DOC_FREEZE},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/freeze",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = show_check,
     .doc = DOC_FROZEN},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/deviations",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = list_check,
     .doc = DOC_DEVIATIONS},
    {.method = METHOD_POST,
     .path = "/api/projects/:id/deviations/:n/approve",
     .need = NEED_REVIEWER,
     .flags = FLAGS | ROUTE_IDEMPOTENT,
     .check = approve_check,
     .apply = approve_apply,
     .reply = approve_reply,
     .doc = DOC_APPROVE},
};
