/* The second factor of a sign-in: an authenticator app's code, or a recovery code that works once.
 *
 * Enabling takes two calls of one route: the first, with the password, makes a secret and shows it;
 * the second, with the password and a code of that secret, switches it on and shows the recovery
 * codes. Nothing here is shown again. */
#include "api/account.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "password.h"
#include "qr.h"
#include "totp.h"

enum { QR_PATH_MAX = 1 << 16 };

struct second_factor {
    struct account account; /* first: own_password_work reads it */
    slice code;
    unsigned char secret[TOTP_SECRET_BYTES];
    char recovery[TOTP_RECOVERY_COUNT][TOTP_RECOVERY_TEXT + 1];
    unsigned char hashes[TOTP_RECOVERY_COUNT * CRYPT_HASH_BYTES];
};

/* --- using it --- */

static status refuse_code(struct call *call, struct error *err)
{
    call->problem.error = N_("Invalid credentials");
    return error_code(err, ST_UNAUTHENTICATED, "invalid_totp",
                      "the code is wrong, too old, or was used before");
}

/* Takes the code out of the user's list; false when it is not in it. */
static bool recovery_take(struct call *call, struct store_user *user, slice given)
{
    struct crypt_hash hash;
    size_t found = user->totp_recovery.len;
    credential_hash(call->app->auth, given, &hash);
    for (size_t at = 0; at + CRYPT_HASH_BYTES <= user->totp_recovery.len; at += CRYPT_HASH_BYTES)
        if (crypt_equal(user->totp_recovery.ptr + at, hash.bytes, CRYPT_HASH_BYTES))
            found = at;
    if (found == user->totp_recovery.len)
        return false;
    slice behind = slice_from(user->totp_recovery, found + CRYPT_HASH_BYTES);
    char *left = arena_array(&call->arena, found + behind.len + 1, 1);
    if (!left)
        return false; /* the call fails by itself: its arena is exhausted */
    memcpy(left, user->totp_recovery.ptr, found);
    memcpy(left + found, behind.ptr, behind.len);
    user->totp_recovery = slice_make(left, found + behind.len);
    return true;
}

status second_factor_use(struct call *call, struct store_user *user, slice given, struct error *err)
{
    if (!user->totp_secret.len)
        return ST_OK;
    if (!given.len) {
        call->problem.error = N_("Second factor required");
        return error_code(err, ST_UNAUTHENTICATED, "totp_required",
                          "enter the code of your authenticator app, or a recovery code");
    }
    if (totp_matches(user->totp_secret, given, call->now_ms, user->totp_step, &user->totp_step))
        return ST_OK;
    if (totp_recovery_well_formed(given) && recovery_take(call, user, given))
        return audit_note(call, "user.recovery_code", audit_object(call, "user", user->id), S(""));
    return refuse_code(call, err);
}

/* --- enable --- */

static status factor_begin(struct call *call, struct second_factor **ret, struct error *err)
{
    struct second_factor *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    call->arena.wipe = true;
    TRY(body_read(call, err, JSON_STR("password", &in->account.password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR_OPT("code", &in->code, 0, TOTP_GIVEN_MAX)));
    *ret = in;
    return own_password_begin(call, &in->account, err);
}

/* Chance belongs into check: apply may run twice. */
static status enable_check(struct call *call, struct error *err)
{
    struct second_factor *in;
    TRY(factor_begin(call, &in, err));
    crypt_random(in->secret, sizeof in->secret);
    for (size_t i = 0; i < TOTP_RECOVERY_COUNT; i++) {
        struct crypt_hash hash;
        totp_recovery_make(in->recovery[i]);
        credential_hash(call->app->auth, slice_of(in->recovery[i]), &hash);
        memcpy(in->hashes + i * CRYPT_HASH_BYTES, hash.bytes, CRYPT_HASH_BYTES);
    }
    return ST_OK;
}

static status enable_confirm(struct call *call, struct second_factor *in, struct store_user *user,
                             struct error *err)
{
    uint64_t ended;
    if (!user->totp_pending.len)
        return error_code(err, ST_CONFLICT, "totp_not_begun",
                          "ask for a secret first: send the password without a code");
    if (!totp_matches(user->totp_pending, in->code, call->now_ms, user->totp_step,
                      &user->totp_step))
        return refuse_code(call, err);
    user->totp_secret = user->totp_pending;
    user->totp_pending = S("");
    user->totp_recovery = slice_make(in->hashes, sizeof in->hashes);
    TRY(store_session_end_all(call->txn, user->id, call->session->id, &ended));
    return audit_note(call, "user.totp_enable", audit_object(call, "user", user->id), S(""));
}

static status enable_apply(struct call *call, struct error *err)
{
    struct second_factor *in = call->state;
    struct store_user user;
    TRY(store_user_get(call->txn, call->user->id, &call->arena, &user));
    if (user.totp_secret.len)
        return error_code(err, ST_CONFLICT, "totp_enabled",
                          "the second factor is on already; switch it off first");
    if (in->code.len) {
        TRY(enable_confirm(call, in, &user, err));
    } else {
        user.totp_pending = slice_make(in->secret, sizeof in->secret);
        TRY(audit_note(call, "user.totp_begin", audit_object(call, "user", user.id), S("")));
    }
    user.updated_ms = call->now_ms;
    return store_user_put(call->txn, &user);
}

/* For the camera: side in modules, and the dark ones as the path of an SVG. */
static void put_qr(struct call *call, struct json_out *w, slice uri)
{
    struct qr *qr = arena_alloc(&call->arena, sizeof *qr);
    struct buf path;
    buf_init_arena(&path, &call->arena, QR_PATH_MAX);
    if (!qr || !qr_encode(uri, qr))
        return; /* the secret as text is enough */
    qr_put_path(&path, qr);
    json_key(w, "otpauth_qr");
    json_object(w);
    json_key_u64(w, "side", qr->side);
    json_key_str(w, "path", buf_slice(&path));
    json_end(w);
}

static void put_secret(struct call *call, struct json_out *w, const struct second_factor *in)
{
    char text[TOTP_SECRET_TEXT + 1];
    slice secret = totp_secret_text(text, in->secret);
    slice uri = arena_printf(&call->arena,
                             "otpauth://totp/Sleuth:user-%llu?secret=" SLICE_FMT
                             "&issuer=Sleuth&algorithm=SHA1&digits=6&period=30",
                             (unsigned long long)call->user->id, SLICE_ARG(secret));
    json_key_str(w, "status", S("pending"));
    json_key_str(w, "secret", secret);
    json_key_str(w, "otpauth_uri", uri);
    put_qr(call, w, uri);
    crypt_wipe(text, sizeof text);
}

static status enable_reply(struct call *call, struct error *err)
{
    const struct second_factor *in = call->state;
    struct json_out *w = reply_json(call, 200);
    tries_forget(call, &in->account);
    if (!in->code.len) {
        put_secret(call, w, in);
        return reply_end(call, err);
    }
    json_key_str(w, "status", S("enabled"));
    json_key(w, "recovery_codes");
    json_array(w);
    for (size_t i = 0; i < TOTP_RECOVERY_COUNT; i++)
        json_str(w, slice_of(in->recovery[i]));
    json_end(w);
    return reply_end(call, err);
}

/* --- disable --- */

static status disable_check(struct call *call, struct error *err)
{
    struct second_factor *in;
    return factor_begin(call, &in, err);
}

static status disable_apply(struct call *call, struct error *err)
{
    struct second_factor *in = call->state;
    struct store_user user;
    TRY(store_user_get(call->txn, call->user->id, &call->arena, &user));
    TRY(second_factor_use(call, &user, in->code, err));
    user.totp_secret = user.totp_pending = user.totp_recovery = S("");
    user.updated_ms = call->now_ms;
    TRY(store_user_put(call->txn, &user));
    return audit_note(call, "user.totp_disable", audit_object(call, "user", user.id), S(""));
}

#include "api/account_schema.h"

/* clang-format off */
#define CODE ",\"code\":{\"type\":\"string\",\"maxLength\":20}"
#define DOC_ENABLE {.summary = N_("Switch the second factor on: first without a code, to get a secret; then with one"), .tag = "Account", \
    .request = BODY("\"password\"", WORD("password") CODE), \
    .response = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"enum\":[\"pending\",\"enabled\"]},\"secret\":{\"type\":\"string\"},\"otpauth_uri\":{\"type\":\"string\"},\"otpauth_qr\":{\"type\":\"object\",\"required\":[\"side\",\"path\"],\"properties\":{\"side\":{\"type\":\"integer\"},\"path\":{\"type\":\"string\"}}},\"recovery_codes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}", \
    .errors = "400 401 403 409 415 429 503"}
#define DOC_DISABLE {.summary = N_("Switch the second factor off"), .tag = "Account", \
    .request = BODY("\"password\"", WORD("password") CODE), .response = SUCCESS, .errors = "400 401 403 415 429 503"}

const struct route second_factor_routes[] = {
    {.method = METHOD_POST, .path = "/api/auth/totp/enable", .need = NEED_SESSION, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .pool = POOL_PASSWORD, .check = enable_check, .work = own_password_work, .apply = enable_apply, .reply = enable_reply, .doc = DOC_ENABLE},
    {.method = METHOD_POST, .path = "/api/auth/totp/disable", .need = NEED_SESSION, .flags = ROUTE_STRICT,
     .pool = POOL_PASSWORD, .check = disable_check, .work = own_password_work, .apply = disable_apply, .reply = ok_reply, .doc = DOC_DISABLE},
};
/* clang-format on */
