/* What named people say about a verdict: accept, dispute, comment, sign. Each review is a statement
 * that names the verdict by its hash, signed with the appliance's key. */
#include "api/project_access.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "idempotency.h"

#include "base/crypt.h"

#include "api/project_reviews_doc.h"

enum { COMMENT_MAX = 4000, STATEMENT_BYTES_MAX = 32768 };

struct reviewing {
    struct store_project project;
    struct store_verdict verdict;
    struct store_review row;
    slice verdict_id, decision, comment, role;
    char sub_id[STORE_ID_MAX];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
};

/* --- list ------------------------------------------------------------------------------------- */

static status list_check(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find(call, &row, err));
    return project_reply_list(call, row.user_id, project_prefix(call, &row), PROJECT_REVIEWS, err);
}

/* --- add -------------------------------------------------------------------------------------- */

static bool one_of(slice text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(text, slice_of(names[i])))
            return true;
    return false;
}

/* Owners may comment and sign as preparer; judging is for the role reviewer. */
static status check_rights(const struct call *call, const struct reviewing *in, struct error *err)
{
    static const char *const decisions[] = {"accept", "dispute", "comment", "sign"};
    static const char *const roles[] = {"preparer", "reviewer", "approver"};
    bool judges = slice_eq(in->decision, S("accept")) || slice_eq(in->decision, S("dispute")) ||
                  !slice_eq(in->role, S("preparer"));
    if (!one_of(in->decision, decisions, ARRAY_COUNT(decisions)))
        return error_code(err, ST_INVALID, "invalid_member", "'%s' must be %s", "decision",
                          "accept, dispute, comment or sign");
    if (!one_of(in->role, roles, ARRAY_COUNT(roles)))
        return error_code(err, ST_INVALID, "invalid_member", "'%s' must be %s", "role",
                          "preparer, reviewer or approver");
    if (judges && !project_is_reviewer(call))
        return error_code(err, ST_FORBIDDEN, "role_required", "this needs the role '%s'",
                          "reviewer");
    if (slice_eq(in->decision, S("comment")) && slice_trim(in->comment).len == 0)
        return error_code(err, ST_INVALID, "invalid_member", "'%s' must not be blank", "comment");
    return ST_OK;
}

/* By its id or number; without one the newest. */
static status find_verdict(struct call *call, struct reviewing *in, struct error *err)
{
    uint64_t number = in->project.verdict_count;
    slice prefix = project_prefix(call, &in->project);
    char id[STORE_ID_MAX];
    if (slice_has_prefix(in->verdict_id, prefix))
        number = project_number_of(in->verdict_id);
    else if (in->verdict_id.len && !slice_to_u64(in->verdict_id, &number))
        number = 0;
    status rc = number == 0 || number > UINT32_MAX
                    ? ST_NOT_FOUND
                    : store_verdict_get(call->txn, in->project.user_id,
                                        store_sub_id(id, in->project.id, number), &call->arena,
                                        &in->verdict);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "verdict_not_found", "there is no such verdict");
    return rc;
}

/* The text that is signed: members sorted, the verdict named by the hash of what was kept. */
static status make_statement(struct call *call, struct reviewing *in, struct error *err)
{
    struct buf text;
    struct json_out w;
    struct crypt_hash hash;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    crypt_sha256(&hash, in->verdict.body);
    buf_init_arena(&text, &call->arena, STATEMENT_BYTES_MAX);
    json_out_init(&w, &text, 0);
    json_object(&w);
    json_key_str(&w, "account_role", project_caller_role(call, &in->project));
    json_key_str(&w, "comment", in->comment);
    json_key_str(&w, "decision", in->decision);
    json_key_str(&w, "project_id", in->project.id);
    json_key_time(&w, "reviewed_at", call->now_ms);
    json_key_str(&w, "reviewer", project_caller_name(call));
    json_key_u64(&w, "reviewer_id", call->user->id);
    json_key_str(&w, "role", in->role);
    json_key_str(&w, "verdict", in->verdict.verdict);
    json_key_str(&w, "verdict_id", in->verdict.id);
    json_key_str(&w, "verdict_sha256", crypt_hex(hex, hash.bytes, sizeof hash.bytes));
    json_end(&w);
    TRY(buf_check(&text, err));
    crypt_sign(in->signature, call->app->auth->signing_secret, buf_slice(&text));
    in->row.statement = buf_slice(&text);
    return ST_OK;
}

static status add_check(struct call *call, struct error *err)
{
    struct reviewing *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(project_find(call, &in->project, err));
    in->role = project_is_reviewer(call) ? S("reviewer") : S("preparer");
    TRY(body_read(call, err, JSON_STR_OPT("verdict_id", &in->verdict_id, 1, STORE_ID_MAX),
                  JSON_STR("decision", &in->decision, 1, 16),
                  JSON_STR_OPT("comment", &in->comment, 0, COMMENT_MAX),
                  JSON_STR_OPT("role", &in->role, 1, 16)));
    TRY(check_rights(call, in, err));
    TRY(find_verdict(call, in, err));
    return make_statement(call, in, err);
}

static status add_apply(struct call *call, struct error *err)
{
    struct reviewing *in = call->state;
    TRY(project_find(call, &in->project, err));
    TRY(idempotency_claim(call, err));
    in->project.review_count++;
    in->project.updated_ms = call->now_ms;
    in->row = (struct store_review){
        .id = store_sub_id(in->sub_id, in->project.id, in->project.review_count),
        .user_id = in->project.user_id,
        .verdict_id = in->verdict.id,
        .decision = in->decision,
        .comment = in->comment,
        .reviewer_id = call->user->id,
        .reviewer = project_caller_name(call),
        .role = in->role,
        .signature = slice_make(in->signature, sizeof in->signature),
        .created_ms = call->now_ms,
        .statement = in->row.statement};
    TRY(store_review_add(call->txn, &in->row));
    TRY(store_project_put(call->txn, &in->project));
    return audit_note(call, "project.review", in->row.id,
                      arena_printf(&call->arena, SLICE_FMT " " SLICE_FMT " as " SLICE_FMT,
                                   SLICE_ARG(in->decision), SLICE_ARG(in->verdict.id),
                                   SLICE_ARG(in->role)));
}

static status add_reply(struct call *call, struct error *err)
{
    const struct reviewing *in = call->state;
    project_put_review(reply_json(call, 201), call, &in->row);
    return reply_end(call, err);
}

#define FLAGS (ROUTE_STRICT | ROUTE_FOR_USER)

const struct route project_reviews_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/projects/:id/reviews",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .plan_min = PLAN_PRO,
     .flags = FLAGS,
     .check = list_check,
     .doc = DOC_REVIEWS},
    {.method = METHOD_POST,
     .path = "/api/projects/:id/reviews",
     .need = NEED_SESSION,
     .flags = FLAGS | ROUTE_IDEMPOTENT,
     .check = add_check,
     .apply = add_apply,
     .reply = add_reply,
     .doc = DOC_REVIEW},
};
