/* Users as the administrator sees them: the routes behind `sleuth user`, and the same over HTTP
 * for sessions with the role admin. */
#include "api/admin.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "base/clock.h"
#include "body.h"
#include "config.h"
#include "entitlement.h"
#include "idempotency.h"
#include "password.h"
#include "present.h"

#include <assert.h>

enum { NAME_MAX_BYTES = 100, NOTE_MAX_BYTES = 200, RESET_LINK_MS = 3600000 };

/* --- who is meant --- */

status admin_find_user(struct call *call, struct store_user *ret, struct error *err)
{
    uint64_t id;
    slice given = call_param(call, "id");
    status rc = slice_to_u64(given, &id) ? store_user_get(call->txn, id, &call->arena, ret)
                                         : store_user_find(call->txn, given, &call->arena, ret);
    if (rc == ST_NOT_FOUND || rc == ST_INVALID)
        return error_code(err, ST_NOT_FOUND, "user_not_found", "there is no user '%.*s'",
                          given.len > 80 ? 80 : (int)given.len, given.ptr);
    return rc;
}

static status reply_user(struct call *call, int http_status, const struct store_user *user,
                         struct error *err)
{
    present_user_admin(reply_json(call, http_status), user, call->now_ms);
    return reply_end(call, err);
}

/* --- list, show --- */

static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_user *rows;
    uint64_t all;
    uint64_t enabled;
    TRY(page_from_query(call, &page, err));
    TRY(store_user_list(call->txn, &page, &call->arena, &rows));
    TRY(store_user_count(call->txn, &all, &enabled));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "users");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        present_user_admin(w, &rows[i], call->now_ms);
        json_end(w);
    }
    json_end(w);
    json_key_u64(w, "total", all);
    json_key_u64(w, "enabled", enabled);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_user user;
    uint64_t keys;
    struct store_usage_month month;
    TRY(admin_find_user(call, &user, err));
    TRY(store_key_count(call->txn, user.id, call->now_ms, &keys));
    TRY(store_analyses_get(call->txn, user.id, store_month(call->now_ms), &month));
    struct json_out *w = reply_json(call, 200);
    present_user_admin(w, &user, call->now_ms);
    json_key_u64(w, "active_keys", keys);
    json_key_u64(w, "analyses_this_month", month.analyses);
    return reply_end(call, err);
}

/* --- create --- */

struct user_create {
    struct store_user user;
    slice password; /* wiped with the call */
};

/* Granting the role of administrator is for the machine's administrator alone. */
static status role_read(const struct call *call, slice text, uint64_t *ret, struct error *err)
{
    if (!role_from(text, ret))
        return error_code(err, ST_INVALID, "invalid_field",
                          "'%.*s' is not a role; roles are user, reviewer, admin", SLICE_ARG(text));
    if (*ret == STORE_ROLE_ADMIN && call->actor != ACTOR_HOST)
        return error_code(err, ST_FORBIDDEN, "role_required",
                          "the role 'admin' is granted on the command line only");
    return ST_OK;
}

static status plan_read(slice text, struct error *err)
{
    enum plan_rank rank;
    if (plan_from_slug(text, &rank))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_plan",
                      "'%.*s' is not a plan; plans are free, pro, business, enterprise",
                      SLICE_ARG(text));
}

static status language_read(slice text, struct error *err)
{
    if (slice_eq(text, S("en")) || slice_eq(text, S("zh")))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_field", "'%.*s' is not a language; en or zh",
                      SLICE_ARG(text));
}

static status create_check(struct call *call, struct error *err)
{
    struct user_create *in = call_state(call, sizeof *in);
    slice email = S("");
    slice plan = S("");
    slice role = S("user");
    slice language = S("en");
    if (!in)
        return arena_check(&call->arena, err);
    call->arena.wipe = true;
    TRY(body_read(call, err, JSON_STR("email", &email, 3, STORE_EMAIL_MAX),
                  JSON_STR_OPT("name", &in->user.name, 0, NAME_MAX_BYTES),
                  JSON_STR_OPT("password", &in->password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR_OPT("plan", &plan, 1, 20), JSON_STR_OPT("role", &role, 1, 20),
                  JSON_STR_OPT("language", &language, 2, 2)));
    TRY(store_email_fold(email, &call->arena, &in->user.email, err));
    if (plan.len)
        TRY(plan_read(plan, err));
    TRY(role_read(call, role, &in->user.role, err));
    TRY(language_read(language, err));
    entitlement_begin(call->app, call->now_ms, plan, &in->user);
    in->user.language = language;
    in->user.enabled = true;
    in->user.created_ms = in->user.updated_ms = call->now_ms;
    return ST_OK;
}

static status create_work(struct call *call, struct error *err)
{
    struct user_create *in = call->state;
    if (!in->password.len)
        return ST_OK; /* cannot sign in until a reset link is used */
    TRY(password_check(in->password, in->user.email, in->user.name, err));
    char *hash = arena_alloc(&call->arena, CRYPT_PASSWORD_MAX);
    if (!hash)
        return arena_check(&call->arena, err);
    TRY(crypt_password_hash(hash, in->password, err));
    in->user.password = slice_of(hash);
    in->user.password_ms = call->now_ms;
    return ST_OK;
}

static status create_apply(struct call *call, struct error *err)
{
    struct user_create *in = call->state;
    TRY(idempotency_claim(call, err));
    TRY(entitlement_seat(call, err));
    status rc = store_user_add(call->txn, &in->user);
    if (rc == ST_CONFLICT)
        return error_code(err, ST_CONFLICT, "email_taken", "a user with this address exists");
    if (rc != ST_OK)
        return rc;
    return audit_note(call, "user.create", audit_object(call, "user", in->user.id),
                      arena_printf(&call->arena, "plan=" SLICE_FMT " role=%s",
                                   SLICE_ARG(in->user.plan), role_name(in->user.role)));
}

static status create_reply(struct call *call, struct error *err)
{
    const struct user_create *in = call->state;
    atomic_store_explicit(&call->app->set_up, true, memory_order_release);
    return reply_user(call, 201, &in->user, err);
}

/* --- change --- */

struct user_change {
    struct store_user user; /* as it is, then as it will be */
    slice name, plan, plan_note, plan_until, role, language;
    uint64_t role_value;
    int64_t plan_until_ms;
    bool enabled, has_enabled, has_name, has_note, totp, has_totp;
    uint64_t per_minute, per_day, analyses, file_bytes;
    bool has_minute, has_day, has_analyses, has_files;
};

static status change_read(struct call *call, struct user_change *in, struct error *err)
{
    const struct json_member members[] = {
        {"name", WANT_STR, false, &in->name, 0, NAME_MAX_BYTES, &in->has_name},
        JSON_STR_OPT("plan", &in->plan, 1, 20),
        JSON_STR_OPT("plan_until", &in->plan_until, 10, 40),
        {"plan_note", WANT_STR, false, &in->plan_note, 0, NOTE_MAX_BYTES, &in->has_note},
        JSON_STR_OPT("role", &in->role, 1, 20),
        JSON_STR_OPT("language", &in->language, 2, 2),
        {"enabled", WANT_BOOL, false, &in->enabled, 0, 0, &in->has_enabled},
        {"totp_enabled", WANT_BOOL, false, &in->totp, 0, 0, &in->has_totp},
        /* 0 takes the plan's number again */
        {"per_minute", WANT_U64, false, &in->per_minute, 0, 1e6, &in->has_minute},
        {"per_day", WANT_U64, false, &in->per_day, 0, 1e12, &in->has_day},
        {"analyses_per_month", WANT_U64, false, &in->analyses, 0, 1e12, &in->has_analyses},
        {"file_bytes", WANT_U64, false, &in->file_bytes, 0, 1e15, &in->has_files},
    };
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    if (in->plan.len)
        TRY(plan_read(in->plan, err));
    if (in->role.len)
        TRY(role_read(call, in->role, &in->role_value, err));
    if (in->language.len)
        TRY(language_read(in->language, err));
    if (in->has_totp && in->totp)
        return error_code(err, ST_INVALID, "invalid_field",
                          "the second factor can only be switched off here");
    if (in->plan_until.len && !time_parse(in->plan_until, &in->plan_until_ms))
        return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be a date or time",
                          "plan_until");
    return ST_OK;
}

static status change_check(struct call *call, struct error *err)
{
    struct user_change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(change_read(call, in, err));
    TRY(admin_find_user(call, &in->user, err));
    return check_rev(call, in->user.id, in->user.rev, err);
}

static void change_merge(const struct call *call, struct user_change *in)
{
    struct store_user *user = &in->user;
    if (in->has_name)
        user->name = in->name;
    if (in->plan.len) {
        user->plan = in->plan;
        user->plan_source = S("manual");
        user->plan_until_ms = in->plan_until_ms;
    }
    if (in->has_note)
        user->plan_note = in->plan_note;
    if (in->role.len)
        user->role = in->role_value;
    if (in->language.len)
        user->language = in->language;
    if (in->has_enabled)
        user->enabled = in->enabled;
    if (in->has_totp)
        user->totp_secret = user->totp_pending = user->totp_recovery = S("");
    if (in->has_minute)
        user->per_minute_max = in->per_minute;
    if (in->has_day)
        user->per_day_max = in->per_day;
    if (in->has_analyses)
        user->analyses_max = in->analyses;
    if (in->has_files)
        user->file_bytes_max = in->file_bytes;
    user->updated_ms = call->now_ms;
}

static slice change_detail(struct call *call, const struct user_change *in)
{
    char until[TIME_TEXT_MAX];
    const struct store_user *user = &in->user;
    slice end = user->plan_until_ms ? time_rfc3339(user->plan_until_ms, until) : S("open");
    return arena_printf(&call->arena,
                        "plan=" SLICE_FMT " until=" SLICE_FMT " role=%s enabled=%d%s%s" SLICE_FMT,
                        SLICE_ARG(user->plan), SLICE_ARG(end), role_name(user->role), user->enabled,
                        in->has_totp ? " totp=off" : "", user->plan_note.len ? " note=" : "",
                        SLICE_ARG(user->plan_note));
}

static status change_apply(struct call *call, struct error *err)
{
    struct user_change *in = call->state;
    TRY(admin_find_user(call, &in->user, err));
    TRY(check_rev(call, in->user.id, in->user.rev, err));
    bool was_enabled = in->user.enabled;
    change_merge(call, in);
    if (!was_enabled && in->user.enabled)
        TRY(entitlement_seat(call, err));
    status rc = store_user_put(call->txn, &in->user);
    if (rc == ST_FORBIDDEN)
        return error_code(err, ST_CONFLICT, "last_admin",
                          "this is the last enabled administrator; name another one first");
    if (rc != ST_OK)
        return rc;
    uint64_t ended;
    if (was_enabled && !in->user.enabled)
        TRY(store_session_end_all(call->txn, in->user.id, S(""), &ended));
    return audit_note(call, "user.change", audit_object(call, "user", in->user.id),
                      change_detail(call, in));
}

static status change_reply(struct call *call, struct error *err)
{
    const struct user_change *in = call->state;
    return reply_user(call, 200, &in->user, err);
}

/* --- delete --- */

static status delete_check(struct call *call, struct error *err)
{
    struct store_user *user = call_state(call, sizeof *user);
    if (!user)
        return arena_check(&call->arena, err);
    return admin_find_user(call, user, err);
}

static status delete_apply(struct call *call, struct error *err)
{
    struct store_user *user = call->state;
    TRY(admin_find_user(call, user, err));
    status rc = store_user_del(call->txn, user->id);
    if (rc == ST_FORBIDDEN)
        return error_code(err, ST_CONFLICT, "last_admin",
                          "this is the last enabled administrator; name another one first");
    if (rc != ST_OK)
        return rc;
    return audit_note(call, "user.delete", audit_object(call, "user", user->id), S(""));
}

static status delete_reply(struct call *call, struct error *err)
{
    json_key_str(reply_json(call, 200), "status", S("deleted"));
    return reply_end(call, err);
}

/* --- reset link --- */

struct reset_link {
    struct store_user user;
    struct token_text made;
};

static status reset_check(struct call *call, struct error *err)
{
    struct reset_link *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_empty(call, err));
    TRY(admin_find_user(call, &in->user, err));
    token_make(call->app->auth, &in->made);
    return ST_OK;
}

static status reset_apply(struct call *call, struct error *err)
{
    struct reset_link *in = call->state;
    const struct store_token token = {
        .hash = slice_make(in->made.hash.bytes, sizeof in->made.hash.bytes),
        .kind = STORE_TOKEN_RESET,
        .user_id = in->user.id,
        .created_ms = call->now_ms,
        .expires_ms = call->now_ms + RESET_LINK_MS,
    };
    TRY(store_token_put(call->txn, &token));
    return audit_note(call, "user.reset_link", audit_object(call, "user", in->user.id), S(""));
}

static status reset_reply(struct call *call, struct error *err)
{
    const struct reset_link *in = call->state;
    slice token = slice_make(in->made.text, TOKEN_LEN);
    struct json_out *w = reply_json(call, 201);
    json_key_str(w, "url",
                 arena_printf(&call->arena, SLICE_FMT "/reset#" SLICE_FMT,
                              SLICE_ARG(call->app->config->http_public_url), SLICE_ARG(token)));
    json_key_str(w, "token", token);
    json_key_time(w, "expires_at", call->now_ms + RESET_LINK_MS);
    return reply_end(call, err);
}

/* --- sessions of a user --- */

static status sessions_check(struct call *call, struct error *err)
{
    struct store_user user;
    struct store_page page;
    struct store_session *rows;
    TRY(admin_find_user(call, &user, err));
    TRY(page_from_query(call, &page, err));
    TRY(store_session_list(call->txn, user.id, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "sessions");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        present_session(w, &rows[i], false);
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

static status sessions_end_check(struct call *call, struct error *err)
{
    struct store_user *user = call_state(call, sizeof *user);
    if (!user)
        return arena_check(&call->arena, err);
    return admin_find_user(call, user, err);
}

static status sessions_end_apply(struct call *call, struct error *err)
{
    const struct store_user *user = call->state;
    uint64_t ended;
    TRY(store_session_end_all(call->txn, user->id, S(""), &ended));
    return audit_note(call, "user.sessions_end", audit_object(call, "user", user->id), S(""));
}

static status sessions_end_reply(struct call *call, struct error *err)
{
    json_key_str(reply_json(call, 200), "status", S("ended"));
    return reply_end(call, err);
}

#include "api/users_doc.h"

const struct route users_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/admin/users",
     .need = NEED_ADMIN,
     .check = list_check,
     .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP,
     .doc = DOC_LIST},
    {.method = METHOD_POST,
     .path = "/api/admin/users",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT | ROUTE_IDEMPOTENT,
     .pool = POOL_PASSWORD,
     .check = create_check,
     .work = create_work,
     .apply = create_apply,
     .reply = create_reply,
     .doc = DOC_CREATE},
    {.method = METHOD_GET,
     .path = "/api/admin/users/:id",
     .need = NEED_ADMIN,
     .check = show_check,
     .flags = ROUTE_STRICT,
     .doc = DOC_SHOW},
    {.method = METHOD_PATCH,
     .path = "/api/admin/users/:id",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = change_check,
     .apply = change_apply,
     .reply = change_reply,
     .doc = DOC_CHANGE},
    {.method = METHOD_DELETE,
     .path = "/api/admin/users/:id",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = delete_check,
     .apply = delete_apply,
     .reply = delete_reply,
     .doc = DOC_DELETE},
    {.method = METHOD_POST,
     .path = "/api/admin/users/:id/reset-link",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = reset_check,
     .apply = reset_apply,
     .reply = reset_reply,
     .doc = DOC_RESET},
    {.method = METHOD_GET,
     .path = "/api/admin/users/:id/sessions",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = sessions_check,
     .doc = DOC_SESSIONS},
    {.method = METHOD_DELETE,
     .path = "/api/admin/users/:id/sessions",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = sessions_end_check,
     .apply = sessions_end_apply,
     .reply = sessions_end_reply,
     .doc = DOC_SESSIONS_END},
};
