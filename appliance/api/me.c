/* The caller's own account: who am I, change it, take everything along, remove it. */
#include "api/me.h"

#include "api/account.h"
#include "api/account_schema.h"
#include "api/tables.h"
#include "api/usage_api.h"
#include "audit.h"
#include "auth.h"
#include "base/clock.h"
#include "body.h"
#include "password.h"
#include "present.h"
#include "principal.h"
#include "totp.h"

/* --- show and change --- */

static status me_write(struct call *call, const struct store_usage_month *month, struct error *err)
{
    char csrf[64];
    struct json_out *w = reply_json(call, 200);
    present_user(w, call->user, call->now_ms);
    present_limits(w, call->plan);
    usage_analyses_write(call, w, month);
    if (call->session && call->session->csrf.len == CRYPT_KEY_BYTES)
        json_key_str(w, "csrf_token",
                     crypt_base64url(csrf, call->session->csrf.ptr, CRYPT_KEY_BYTES));
    return reply_end(call, err);
}

/* What the answer tells beside the records of key, session and user; without padding. */
struct me_key {
    uint64_t plan[9], months_stamp, rank;
    int64_t reset_ms;
};

static struct me_key me_key(const struct call *call)
{
    const struct plan *plan = call->plan;
    return (struct me_key){
        .plan = {plan->per_minute, plan->per_day, plan->analyses_per_month, plan->concurrency,
                 plan->rows_max, plan->n_bootstrap_max, plan->file_bytes_max, plan->keys_max,
                 plan->history_days},
        .months_stamp = call->months_stamp,
        .rank = auth_plan(call->user, call->now_ms),
        .reset_ms = time_next_month_start(call->now_ms),
    };
}

static status me_check(struct call *call, struct error *err)
{
    struct store_usage_month month;
    const struct me_key key = me_key(call);
    const struct principal_key at = {&key, sizeof key};
    slice body;
    slice tag;
    if (principal_answer(call, &at, &body, &tag))
        return reply_bytes(call, 200, "application/json", body);
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &month));
    TRY(me_write(call, &month, err));
    principal_answer_keep(call, &at, 0, S(""));
    return ST_OK;
}

struct me_change {
    slice name, language;
    bool has_name;
    struct store_user user;
};

static status me_change_check(struct call *call, struct error *err)
{
    struct me_change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    const struct json_member members[] = {
        {"name", WANT_STR, false, &in->name, 0, ACCOUNT_NAME_MAX, &in->has_name},
        JSON_STR_OPT("language", &in->language, 2, 2),
    };
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    if (in->language.len && !slice_eq(in->language, S("en")) && !slice_eq(in->language, S("zh")))
        return error_code(err, ST_INVALID, "invalid_field", "'%.*s' is not a language; en or zh",
                          SLICE_ARG(in->language));
    return ST_OK;
}

static status me_change_apply(struct call *call, struct error *err)
{
    struct me_change *in = call->state;
    (void)err;
    TRY(store_user_get(call->txn, call->user->id, &call->arena, &in->user));
    if (in->has_name)
        in->user.name = in->name;
    if (in->language.len)
        in->user.language = in->language;
    in->user.updated_ms = call->now_ms;
    TRY(store_user_put(call->txn, &in->user));
    return audit_note(call, "user.change", audit_object(call, "user", in->user.id), S("self"));
}

static status me_change_reply(struct call *call, struct error *err)
{
    const struct me_change *in = call->state;
    present_user(reply_json(call, 200), &in->user, call->now_ms);
    return reply_end(call, err);
}

/* --- remove --- */

static status remove_check(struct call *call, struct error *err)
{
    struct account *in = account_state(call);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("password", &in->password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR_OPT("totp", &in->totp, 0, TOTP_GIVEN_MAX)));
    return own_password_begin(call, in, err);
}

/* Everything goes; sums of usage stay under the number of a user who is nobody any more. */
static status remove_apply(struct call *call, struct error *err)
{
    struct account *in = call->state;
    struct store_user user;
    TRY(store_user_get(call->txn, call->user->id, &call->arena, &user));
    TRY(second_factor_use(call, &user, in->totp, err));
    status rc = store_user_del(call->txn, user.id);
    if (rc == ST_FORBIDDEN)
        return error_code(err, ST_CONFLICT, "last_admin",
                          "this is the last enabled administrator; name another one first");
    if (rc != ST_OK)
        return rc;
    return audit_note(call, "user.delete", audit_object(call, "user", user.id), S("self"));
}

static status remove_reply(struct call *call, struct error *err)
{
    (void)err;
    cookie_clear(call);
    return reply_empty(call, 204);
}

/* clang-format off */
const struct route me_routes[] = {
    {.method = METHOD_GET, .path = "/api/me", .need = NEED_KEY, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED, .check = me_check,
     .doc = {.summary = N_("Who you are, your plan and limits"), .tag = "Account", .response = "#User", .errors = "401 403"}},
    {.method = METHOD_PATCH, .path = "/api/me", .need = NEED_SESSION, .flags = ROUTE_STRICT, .check = me_change_check, .apply = me_change_apply, .reply = me_change_reply,
     .doc = {.summary = N_("Change your name or language"), .tag = "Account",
     .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":100},\"language\":{\"enum\":[\"en\",\"zh\"]}}}", .response = "#User", .errors = "400 401 403 415 429"}},
    {.method = METHOD_GET, .path = "/api/me/export", .need = NEED_SESSION, .flags = ROUTE_STRICT, .reply = me_export_reply,
     .doc = {.summary = N_("Everything that is kept about you, as JSON lines"), .tag = "Account", .response = "{\"type\":\"string\"}", .response_type = "application/x-ndjson", .errors = "401 403 429"}},
    {.method = METHOD_DELETE, .path = "/api/me", .need = NEED_SESSION, .flags = ROUTE_STRICT, .pool = POOL_PASSWORD,
     .check = remove_check, .work = own_password_work, .apply = remove_apply, .reply = remove_reply,
     .doc = {.summary = N_("Delete your account with everything that belongs to it"), .tag = "Account",
     .request = BODY("\"password\"", WORD("password") ",\"totp\":{\"type\":\"string\",\"maxLength\":20}"), .success = 204, .errors = "400 401 403 409 415 429 503"}},
};
/* clang-format on */
