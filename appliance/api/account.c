/* Accounts of people: sign in, sign out, sessions, password. */
#include "api/account.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "credentials.h"
#include "password.h"
#include "present.h"
#include "rate.h"
#include "totp.h"

/* --- sign in --- */

static status find_by_email(struct call *call, struct account *in, struct error *err)
{
    slice folded;
    if (store_email_fold(in->email, &call->arena, &folded, NULL) != ST_OK)
        folded = S("nobody@invalid"); /* the same work and the same answer */
    TRY(rate_check_login(call, hash_number(call, folded), err));
    status rc = store_user_find(call->txn, folded, &call->arena, &in->user);
    in->known = rc == ST_OK && in->user.enabled && in->user.password.len;
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status login_check(struct call *call, struct error *err)
{
    struct account *in = account_state(call);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("email", &in->email, 1, STORE_EMAIL_MAX),
                  JSON_STR("password", &in->password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR_OPT("totp", &in->totp, 0, TOTP_GIVEN_MAX)));
    session_prepare(call, &in->session);
    return find_by_email(call, in, err);
}

static status login_apply(struct call *call, struct error *err)
{
    struct account *in = call->state;
    struct store_user now;
    TRY(store_user_get(call->txn, in->user.id, &call->arena, &now));
    if (!now.enabled || !slice_eq(now.password, in->user.password))
        return refuse_password(call, err);
    TRY(second_factor_use(call, &now, in->totp, err));
    now.login_ms = call->now_ms;
    TRY(store_user_put(call->txn, &now));
    TRY(session_store(call, in));
    call->actor_name = audit_object(call, "user", in->user.id);
    return audit_note(call, "session.create", call->actor_name, S(""));
}

static status login_reply(struct call *call, struct error *err)
{
    tries_forget(call, call->state);
    return reply_signed_in(call, 200, call->state, err);
}

/* --- prove the password again --- */

static status own_password_check(struct call *call, struct error *err)
{
    struct account *in = account_state(call);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("password", &in->password, 1, PASSWORD_BYTES_MAX)));
    return own_password_begin(call, in, err);
}

static status reauth_apply(struct call *call, struct error *err)
{
    struct store_session row;
    struct crypt_hash hash;
    (void)err;
    memcpy(hash.bytes, call->session->hash.ptr, sizeof hash.bytes);
    TRY(store_session_get(call->txn, &hash, &call->arena, &row));
    row.reauth_ms = row.seen_ms = call->now_ms;
    TRY(store_session_put(call->txn, &row));
    return audit_note(call, "session.reauth", audit_object(call, "user", call->user->id), S(""));
}

/* --- sign out, list and end sessions --- */

static status logout_apply(struct call *call, struct error *err)
{
    (void)err;
    TRY(store_session_end(call->txn, call->user->id, call->session->id));
    return audit_note(call, "session.end", audit_object(call, "user", call->user->id), S(""));
}

static status logout_reply(struct call *call, struct error *err)
{
    cookie_clear(call);
    return ok_reply(call, err);
}

static status sessions_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_session *rows;
    TRY(page_from_query(call, &page, err));
    TRY(store_session_list(call->txn, call->user->id, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "sessions");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        json_object(w);
        present_session(w, &rows[i], slice_eq(rows[i].id, call->session->id));
        json_end(w);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

static status session_end_apply(struct call *call, struct error *err)
{
    status rc = store_session_end(call->txn, call->user->id, call_param(call, "id"));
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "session_not_found", "there is no such session");
    if (rc != ST_OK)
        return rc;
    return audit_note(call, "session.end", call_param(call, "id"), S(""));
}

static status sessions_end_apply(struct call *call, struct error *err)
{
    uint64_t ended;
    (void)err;
    TRY(store_session_end_all(call->txn, call->user->id, call->session->id, &ended));
    return audit_note(call, "session.end_others", audit_object(call, "user", call->user->id),
                      S(""));
}

/* --- change the password --- */

static status change_check(struct call *call, struct error *err)
{
    struct account *in = account_state(call);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("old_password", &in->old_password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR("new_password", &in->password, 1, PASSWORD_BYTES_MAX)));
    session_prepare(call, &in->session);
    TRY(own_password_begin(call, in, err));
    in->name = in->user.name;
    return ST_OK;
}

static status change_work(struct call *call, struct error *err)
{
    struct account *in = call->state;
    account_prove(call, in, in->old_password);
    if (!in->proved)
        return refuse_password(call, err);
    return hash_new_password(call, in, in->password, err);
}

/* A new password ends every session; keys stay. The caller goes on in a fresh one. */
static status password_put(struct call *call, struct account *in, const char *action)
{
    uint64_t ended;
    TRY(store_user_get(call->txn, in->user.id, &call->arena, &in->user));
    in->user.password = in->new_hash;
    in->user.password_ms = in->user.updated_ms = call->now_ms;
    TRY(store_user_put(call->txn, &in->user));
    TRY(store_session_end_all(call->txn, in->user.id, S(""), &ended));
    return audit_note(call, action, audit_object(call, "user", in->user.id), S(""));
}

static status change_apply(struct call *call, struct error *err)
{
    struct account *in = call->state;
    (void)err;
    TRY(password_put(call, in, "user.password"));
    return session_store(call, in);
}

/* --- reset by link --- */

static status refuse_link(struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_token",
                      "this link is not valid any more; ask for a new one");
}

static status reset_check(struct call *call, struct error *err)
{
    struct store_token token;
    struct account *in = account_state(call);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(body_read(call, err, JSON_STR("token", &in->token, 1, 100),
                  JSON_STR("password", &in->password, 1, PASSWORD_BYTES_MAX)));
    TRY(rate_check_login(call, hash_number(call, in->token), err));
    credential_hash(call->app->auth, in->token, &in->token_hash);
    status rc = store_token_get(call->txn, STORE_TOKEN_RESET, &in->token_hash, call->now_ms,
                                &call->arena, &token);
    if (rc == ST_OK)
        rc = store_user_get(call->txn, token.user_id, &call->arena, &in->user);
    return rc == ST_NOT_FOUND ? refuse_link(err) : rc;
}

static status reset_work(struct call *call, struct error *err)
{
    struct account *in = call->state;
    return hash_new_password(call, in, in->password, err);
}

static status reset_apply(struct call *call, struct error *err)
{
    struct account *in = call->state;
    struct store_token token;
    status rc = store_token_get(call->txn, STORE_TOKEN_RESET, &in->token_hash, call->now_ms,
                                &call->arena, &token);
    if (rc == ST_NOT_FOUND)
        return refuse_link(err); /* used by another call meanwhile */
    if (rc != ST_OK)
        return rc;
    TRY(store_token_del(call->txn, &in->token_hash));
    call->actor_name = audit_object(call, "user", in->user.id);
    return password_put(call, in, "user.password_reset");
}

/* The same answer for every address: links come from the administrator, nothing is sent. */
static status forgot_check(struct call *call, struct error *err)
{
    slice email;
    TRY(body_read(call, err, JSON_STR("email", &email, 1, STORE_EMAIL_MAX)));
    TRY(rate_check_login(call, hash_number(call, email), err));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "status", S("success"));
    json_key_str(w, "message",
                 slice_of(tr(call->lang, N_("Ask your administrator for a reset link."))));
    return reply_end(call, err);
}

#include "api/account_doc.h"

/* clang-format off */
const struct route account_routes[] = {
    {.method = METHOD_POST, .path = "/api/auth/login", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .pool = POOL_PASSWORD, .check = login_check, .work = own_password_work, .apply = login_apply, .reply = login_reply, .doc = DOC_LOGIN},
    {.method = METHOD_POST, .path = "/api/auth/logout", .need = NEED_SESSION, .flags = ROUTE_STRICT | ROUTE_UNCOUNTED,
     .check = body_empty, .apply = logout_apply, .reply = logout_reply, .doc = DOC_LOGOUT},
    {.method = METHOD_POST, .path = "/api/auth/reauth", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .pool = POOL_PASSWORD, .check = own_password_check, .work = own_password_work, .apply = reauth_apply, .reply = ok_reply, .doc = DOC_REAUTH},
    {.method = METHOD_GET, .path = "/api/auth/sessions", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .check = sessions_check, .doc = DOC_SESSIONS},
    {.method = METHOD_DELETE, .path = "/api/auth/sessions", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .check = body_empty, .apply = sessions_end_apply, .reply = ok_reply, .doc = DOC_SESSIONS_END},
    {.method = METHOD_DELETE, .path = "/api/auth/sessions/:id", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .check = body_empty, .apply = session_end_apply, .reply = ok_reply, .doc = DOC_SESSION_END},
    {.method = METHOD_POST, .path = "/api/auth/password", .need = NEED_SESSION, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .pool = POOL_PASSWORD, .check = change_check, .work = change_work, .apply = change_apply, .reply = login_reply, .doc = DOC_PASSWORD},
    {.method = METHOD_POST, .path = "/api/auth/reset", .need = NEED_NOTHING, .flags = ROUTE_STRICT,
     .pool = POOL_PASSWORD, .check = reset_check, .work = reset_work, .apply = reset_apply, .reply = ok_reply, .doc = DOC_RESET},
    {.method = METHOD_POST, .path = "/api/auth/forgot", .need = NEED_NOTHING, .flags = ROUTE_STRICT,
     .check = forgot_check, .doc = DOC_FORGOT},
};
/* clang-format on */
