/* Projects: create, list, show, change, delete. What happens inside of one stands in project_*.c.
 */
#include "api/project_access.h"
#include "api/tables.h"
#include "attempts.h"
#include "audit.h"
#include "body.h"
#include "freeze.h"
#include "idempotency.h"

#include "base/clock.h"

enum { NAME_MAX_BYTES = 100, TEXT_MAX_BYTES = 2000, PROJECTS_MAX = 1000 };

#include "api/projects_doc.h"

/* --- create ----------------------------------------------------------------------------------- */

struct create {
    struct store_project row;
    char id[STORE_ID_MAX];
};

static status check_name(slice name, struct error *err)
{
    if (slice_trim(name).len)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_member", "'name' must not be blank");
}

static status create_check(struct call *call, struct error *err)
{
    struct create *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("name", &in->row.name, 1, NAME_MAX_BYTES),
                  JSON_STR_OPT("description", &in->row.description, 0, TEXT_MAX_BYTES),
                  JSON_STR_OPT("task", &in->row.task, 0, NAME_MAX_BYTES),
                  JSON_STR_OPT("metric", &in->row.metric, 0, NAME_MAX_BYTES)));
    in->row.id = store_id_make(in->id, "prj", call->now_ms);
    in->row.user_id = call->user->id;
    in->row.created_ms = in->row.updated_ms = call->now_ms;
    return check_name(in->row.name, err);
}

struct counter {
    size_t *count;
};

/* Keeps nothing: rows are counted, not collected. */
static bool count_row(const void *row, const void *arg)
{
    (void)row;
    ++*((const struct counter *)arg)->count;
    return false;
}

static status check_room(struct call *call, struct error *err)
{
    size_t count = 0;
    struct store_project *rows;
    struct store_page page = {.keep = count_row, .arg = &(struct counter){&count}};
    TRY(store_project_list(call->txn, call->user->id, &page, &call->arena, &rows));
    if (count < PROJECTS_MAX)
        return ST_OK;
    return error_code(err, ST_LIMIT, "too_many_projects", "an account has at most %d projects",
                      PROJECTS_MAX);
}

static status create_apply(struct call *call, struct error *err)
{
    struct create *in = call->state;
    in->row.rev = 0;
    TRY(idempotency_claim(call, err));
    TRY(check_room(call, err));
    TRY(store_project_add(call->txn, &in->row));
    return audit_note(call, "project.create", in->row.id, in->row.name);
}

static status put_answer(struct call *call, int http_status, const struct store_project *row,
                         struct error *err)
{
    project_put_project(reply_json(call, http_status), call, row);
    reply_header(
        call, "etag",
        arena_printf(&call->arena, "\"" SLICE_FMT "\"", SLICE_ARG(project_tag(call, row))));
    return reply_end(call, err);
}

static status create_reply(struct call *call, struct error *err)
{
    const struct create *in = call->state;
    reply_header(call, "location",
                 arena_printf(&call->arena, "/api/projects/" SLICE_FMT, SLICE_ARG(in->row.id)));
    return put_answer(call, 201, &in->row, err);
}

/* --- list and show ---------------------------------------------------------------------------- */

static status list_check(struct call *call, struct error *err)
{
    bool all = slice_eq(call_query(call, "scope"), S("all"));
    if (all && !project_is_reviewer(call))
        return error_code(err, ST_FORBIDDEN, "role_required", "this needs the role '%s'",
                          "reviewer");
    return project_reply_list(call, all ? 0 : call->user->id, S(""), PROJECT_PROJECTS, err);
}

static status admin_list_check(struct call *call, struct error *err)
{
    return project_reply_list(call, 0, S(""), PROJECT_PROJECTS, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find(call, &row, err));
    if (reply_etag(call, project_tag(call, &row)))
        return ST_OK;
    project_put_project(reply_json(call, 200), call, &row);
    return reply_end(call, err);
}

/* --- attempts --------------------------------------------------------------------------------- */

static status attempts_find(struct call *call, struct error *err)
{
    struct store_project *row = call_state(call, sizeof *row);
    return row ? project_find(call, row, err) : arena_check(&call->arena, err);
}

static status read_budget(struct call *call, const struct store_project *row, uint64_t *ret,
                          struct error *err)
{
    const struct json *root;
    struct freeze freeze;
    *ret = 0;
    if (!row->frozen_ms)
        return ST_OK;
    TRY(json_parse(row->freeze, &call->arena, &root, err));
    TRY(freeze_read(json_find(root, "report"), false, &call->arena, &freeze, err));
    *ret = freeze.budget;
    return ST_OK;
}

static status put_attempts(struct call *call, const struct store_project *row,
                           struct ledger *ledger, struct error *err)
{
    static const struct ledger_options plain = {0};
    struct attempts *list;
    size_t count;
    uint64_t budget;
    TRY(read_budget(call, row, &budget, err));
    TRY(project_load(call->txn, row, row->round_count, ledger, err));
    TRY(ledger_finish(ledger, &plain, err));
    TRY(attempts_count(ledger, ledger->arena, &list, &count, err));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "attempts");
    json_array(w);
    for (size_t i = 0; i < count; i++) {
        json_object(w);
        json_key_str(w, "test_set", list[i].task);
        json_key_str(w, "lineage", list[i].lineage);
        json_key_u64(w, "attempts", list[i].count);
        json_key(w, "budget");
        if (budget)
            json_u64(w, budget);
        else
            json_null(w);
        json_end(w);
    }
    json_end(w);
    return reply_end(call, err);
}

static status attempts_inner(struct call *call, struct error *err)
{
    struct arena arena;
    struct ledger ledger;
    arena_init(&arena, PROJECT_ARENA_BYTES);
    ledger_init(&ledger, &arena);
    status rc = put_attempts(call, call->state, &ledger, err);
    arena_finish(&arena);
    return rc;
}

static status attempts_work(struct call *call, struct error *err)
{
    return project_with_snapshot(call, attempts_inner, err);
}

/* --- change ----------------------------------------------------------------------------------- */

struct change {
    struct store_project row;
    slice name, description, task, metric;
    bool has_name, has_description, has_task, has_metric;
};

static status change_check(struct call *call, struct error *err)
{
    struct change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    const struct json_member members[] = {
        {"name", WANT_STR, false, &in->name, 1, NAME_MAX_BYTES, &in->has_name},
        {"description", WANT_STR, false, &in->description, 0, TEXT_MAX_BYTES, &in->has_description},
        {"task", WANT_STR, false, &in->task, 0, NAME_MAX_BYTES, &in->has_task},
        {"metric", WANT_STR, false, &in->metric, 0, NAME_MAX_BYTES, &in->has_metric},
    };
    TRY(project_find_own(call, &in->row, err));
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    if (in->has_name)
        TRY(check_name(in->name, err));
    return check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err);
}

static status change_apply(struct call *call, struct error *err)
{
    struct change *in = call->state;
    TRY(project_find_own(call, &in->row, err));
    TRY(check_rev(call, (uint64_t)in->row.created_ms, in->row.rev, err));
    if (in->has_name)
        in->row.name = in->name;
    if (in->has_description)
        in->row.description = in->description;
    if (in->has_task)
        in->row.task = in->task;
    if (in->has_metric)
        in->row.metric = in->metric;
    in->row.updated_ms = call->now_ms;
    TRY(store_project_put(call->txn, &in->row));
    return audit_note(call, "project.change", in->row.id, in->row.name);
}

static status change_reply(struct call *call, struct error *err)
{
    const struct change *in = call->state;
    return put_answer(call, 200, &in->row, err);
}

/* --- delete ----------------------------------------------------------------------------------- */

static status delete_check(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find_own(call, &row, err));
    return check_rev(call, (uint64_t)row.created_ms, row.rev, err);
}

static status delete_apply(struct call *call, struct error *err)
{
    struct store_project row;
    TRY(project_find_own(call, &row, err));
    TRY(check_rev(call, (uint64_t)row.created_ms, row.rev, err));
    TRY(store_project_del(call->txn, call->user->id, row.id));
    return audit_note(call, "project.delete", row.id, row.name);
}

static status delete_reply(struct call *call, struct error *err)
{
    (void)err;
    return reply_empty(call, 204);
}

#define FLAGS       (ROUTE_STRICT | ROUTE_FOR_USER)
#define PROJECT_ROW .need = NEED_KEY, .scope = SCOPE_DETECT, .plan_min = PLAN_PRO

const struct route projects_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/projects",
     PROJECT_ROW,
     .flags = FLAGS | ROUTE_IDEMPOTENT,
     .check = create_check,
     .apply = create_apply,
     .reply = create_reply,
     .doc = DOC_CREATE},
    {.method = METHOD_GET,
     .path = "/api/projects",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = list_check,
     .doc = DOC_LIST},
    {.method = METHOD_GET,
     .path = "/api/admin/projects",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = admin_list_check,
     .doc = DOC_ADMIN_LIST},
    {.method = METHOD_GET,
     .path = "/api/projects/:id",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = show_check,
     .doc = DOC_SHOW},
    {.method = METHOD_PATCH,
     .path = "/api/projects/:id",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = change_check,
     .apply = change_apply,
     .reply = change_reply,
     .doc = DOC_CHANGE},
    {.method = METHOD_DELETE,
     .path = "/api/projects/:id",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = delete_check,
     .apply = delete_apply,
     .reply = delete_reply,
     .doc = DOC_DELETE},
    {.method = METHOD_GET,
     .path = "/api/projects/:id/attempts",
     PROJECT_ROW,
     .flags = FLAGS,
     .check = attempts_find,
     .work = attempts_work,
     .doc = DOC_ATTEMPTS},
};
