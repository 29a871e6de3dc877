/* What the routes about accounts share: sessions that begin, passwords that are proved and made. */
#include "api/account.h"
#include "app.h"
#include "auth.h"
#include "base/bigend.h"
#include "config.h"
#include "password.h"
#include "present.h"
#include "rate.h"

enum { AGENT_MAX = 200, MINUTE_MS = 60000 };

/* --- sessions --- */

void session_prepare(struct call *call, struct new_session *ret)
{
    token_make(call->app->auth, &ret->token);
    crypt_random(ret->csrf, sizeof ret->csrf);
    (void)store_id_make(ret->id, "ses", call->now_ms);
}

static int64_t idle_ms(const struct call *call, uint64_t role)
{
    const struct config *config = call->app->config;
    return MINUTE_MS * (role == STORE_ROLE_ADMIN ? config->auth_admin_idle_minutes
                                                 : config->auth_session_idle_minutes);
}

status session_store(struct call *call, const struct account *in)
{
    slice agent = call_header(call, "user-agent");
    const struct store_session row = {
        .id = slice_of(in->session.id),
        .user_id = in->user.id,
        .hash = slice_make(in->session.token.hash.bytes, CRYPT_HASH_BYTES),
        .csrf = slice_make(in->session.csrf, sizeof in->session.csrf),
        .created_ms = call->now_ms,
        .seen_ms = call->now_ms,
        .expires_ms = call->now_ms + call->app->config->auth_session_days * 86400000,
        .idle_ms = idle_ms(call, in->user.role),
        .reauth_ms = call->now_ms,
        .address = call->client_address,
        .agent = agent.ptr && slice_is_utf8(agent) ? slice_sub(agent, 0, AGENT_MAX) : S(""),
    };
    return store_session_put(call->txn, &row);
}

static void cookie_set(struct call *call, slice value, int64_t seconds)
{
    reply_header(call, "Set-Cookie",
                 arena_printf(&call->arena,
                              "%s=" SLICE_FMT "; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%lld",
                              auth_cookie_name(call), SLICE_ARG(value), call->tls ? "; Secure" : "",
                              (long long)seconds));
}

void cookie_clear(struct call *call)
{
    cookie_set(call, S(""), 0);
}

status reply_signed_in(struct call *call, int http_status, const struct account *in,
                       struct error *err)
{
    char csrf[TOKEN_LEN + 1];
    struct json_out *w = reply_json(call, http_status);
    json_key(w, "user");
    json_object(w);
    present_user(w, &in->user, call->now_ms);
    json_end(w);
    json_key_str(w, "csrf_token", crypt_base64url(csrf, in->session.csrf, CRYPT_KEY_BYTES));
    cookie_set(call, slice_make(in->session.token.text, TOKEN_LEN),
               call->app->config->auth_session_days * 86400);
    return reply_end(call, err);
}

struct account *account_state(struct call *call)
{
    struct account *in = call_state(call, sizeof *in);
    call->arena.wipe = true;
    return in;
}

/* --- passwords --- */

uint64_t hash_number(const struct call *call, slice text)
{
    struct crypt_hash hash;
    credential_hash(call->app->auth, text, &hash);
    return bigend_get(hash.bytes);
}

void account_prove(struct call *call, struct account *in, slice password)
{
    char dummy[CRYPT_PASSWORD_MAX];
    slice hash = in->known ? arena_copy(&call->arena, in->user.password) : S(""); /* with a NUL */
    if (hash.len)
        in->proved = crypt_password_matches(hash.ptr, password);
    else if (crypt_password_hash(dummy, password, NULL) == ST_OK)
        crypt_wipe(dummy, sizeof dummy);
}

status refuse_password(struct call *call, struct error *err)
{
    call->problem.error = N_("Invalid credentials");
    return error_code(err, ST_UNAUTHENTICATED, "invalid_credentials",
                      "e-mail address or password is wrong");
}

status own_password_work(struct call *call, struct error *err)
{
    struct account *in = call->state;
    account_prove(call, in, in->password);
    return in->proved ? ST_OK : refuse_password(call, err);
}

void tries_forget(struct call *call, const struct account *in)
{
    rate_login_passed(call, hash_number(call, in->user.email));
}

status own_password_begin(struct call *call, struct account *in, struct error *err)
{
    in->user = *call->user;
    in->known = in->user.password.len > 0;
    return rate_check_login(call, hash_number(call, in->user.email), err);
}

status hash_new_password(struct call *call, struct account *in, slice password, struct error *err)
{
    TRY(password_check(password, in->user.email, in->name, err));
    char *hash = arena_alloc(&call->arena, CRYPT_PASSWORD_MAX);
    if (!hash)
        return arena_check(&call->arena, err);
    TRY(crypt_password_hash(hash, password, err));
    in->new_hash = slice_of(hash);
    return ST_OK;
}

/* --- an answer without content --- */

status ok_reply(struct call *call, struct error *err)
{
    json_key_str(reply_json(call, 200), "status", S("success"));
    return reply_end(call, err);
}
