/* New accounts: sign-up where the installation allows it, and invitations by the administrator.
 *
 * With open sign-up the answer does not tell whether the address has an account already: a known
 * address gets the same members, a number that nobody will have, and a cookie that opens nothing.
 * There is no e-mail that could confirm an address, so whoever signs in afterwards learns it; that
 * costs a try of the login throttle. */
#include "api/account.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "config.h"
#include "entitlement.h"
#include "password.h"
#include "plans.h"
#include "rate.h"

enum { INVITE_DAYS = 7, INVITE_DAYS_MAX = 30, DAY_MS = 86400000 };

/* --- sign up --- */

static status refuse_invite(struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_token",
                      "this link is not valid any more; ask for a new one");
}

/* The invitation must exist and be for this address; its plan is the account's. */
static status invite_look(struct call *call, struct account *in, struct error *err)
{
    struct store_token token;
    status rc = store_token_get(call->txn, STORE_TOKEN_INVITE, &in->token_hash, call->now_ms,
                                &call->arena, &token);
    if (rc == ST_NOT_FOUND || (rc == ST_OK && !slice_eq_nocase(token.object, in->user.email)))
        return refuse_invite(err);
    if (rc == ST_OK)
        in->user.plan = token.plan;
    return rc;
}

static status register_read(struct call *call, struct account *in, struct error *err)
{
    in->language = S("en");
    TRY(body_read(call, err, JSON_STR("email", &in->email, 3, STORE_EMAIL_MAX),
                  JSON_STR("password", &in->password, 1, PASSWORD_BYTES_MAX),
                  JSON_STR_OPT("name", &in->name, 0, ACCOUNT_NAME_MAX),
                  JSON_STR_OPT("language", &in->language, 2, 2),
                  JSON_STR_OPT("invite", &in->token, 0, 100)));
    if (!slice_eq(in->language, S("zh")))
        in->language = S("en");
    return store_email_fold(in->email, &call->arena, &in->user.email, err);
}

static status register_check(struct call *call, struct error *err)
{
    struct account *in = account_state(call);
    slice policy = call->app->config->auth_signup;
    if (!in)
        return arena_check(&call->arena, err);
    if (slice_eq(policy, S("closed")))
        return error_code(err, ST_FORBIDDEN, "signup_closed",
                          "accounts are made by the administrator here");
    TRY(register_read(call, in, err));
    TRY(rate_check_login(call, hash_number(call, in->user.email), err));
    if (!in->token.len && !slice_eq(policy, S("open")))
        return error_code(err, ST_FORBIDDEN, "invitation_required",
                          "creating an account needs an invitation here");
    in->user.plan = S("free");
    session_prepare(call, &in->session);
    if (!in->token.len)
        return ST_OK;
    credential_hash(call->app->auth, in->token, &in->token_hash);
    return invite_look(call, in, err);
}

static status register_work(struct call *call, struct error *err)
{
    struct account *in = call->state;
    return hash_new_password(call, in, in->password, err);
}

/* The known address: the same work, and nothing that opens. */
static status register_decoy(struct call *call, struct account *in)
{
    TRY(store_next_id(call->txn, "user", &in->user.id));
    return audit_note(call, "user.register_refused", S("address known"), S(""));
}

static status register_apply(struct call *call, struct error *err)
{
    struct account *in = call->state;
    in->user.name = in->name;
    in->user.language = in->language;
    in->user.password = in->new_hash;
    in->user.enabled = true;
    in->user.created_ms = in->user.updated_ms = in->user.password_ms = call->now_ms;
    if (in->token.len) { /* once only, whatever became of it since the check */
        TRY(invite_look(call, in, err));
        TRY(store_token_del(call->txn, &in->token_hash));
    }
    bool is_free = slice_eq(in->user.plan, S("free")); /* nobody chose a plan */
    entitlement_begin(call->app, call->now_ms, is_free ? S("") : in->user.plan, &in->user);
    TRY(entitlement_seat(call, err));
    status rc = store_user_add(call->txn, &in->user);
    if (rc == ST_CONFLICT)
        return register_decoy(call, in);
    if (rc != ST_OK)
        return rc;
    TRY(session_store(call, in));
    call->actor_name = audit_object(call, "user", in->user.id);
    return audit_note(call, "user.register", call->actor_name,
                      in->token.len ? S("invited") : S(""));
}

static status register_reply(struct call *call, struct error *err)
{
    return reply_signed_in(call, 201, call->state, err);
}

/* --- invitations --- */

struct invite {
    struct token_text made;
    slice email, plan;
    int64_t expires_ms;
};

static status invite_check(struct call *call, struct error *err)
{
    struct invite *in = call_state(call, sizeof *in);
    struct store_user known;
    enum plan_rank rank;
    slice email = S("");
    uint64_t days = INVITE_DAYS;
    if (!in)
        return arena_check(&call->arena, err);
    call->arena.wipe = true;
    in->plan = S("free");
    TRY(body_read(call, err, JSON_STR("email", &email, 3, STORE_EMAIL_MAX),
                  JSON_STR_OPT("plan", &in->plan, 1, 20),
                  JSON_U64_OPT("expires_in_days", &days, 1, INVITE_DAYS_MAX)));
    TRY(store_email_fold(email, &call->arena, &in->email, err));
    if (!plan_from_slug(in->plan, &rank))
        return error_code(err, ST_INVALID, "invalid_plan",
                          "'%.*s' is not a plan; plans are free, pro, business, enterprise",
                          SLICE_ARG(in->plan));
    if (slice_eq(call->app->config->auth_signup, S("closed")))
        return error_code(err, ST_CONFLICT, "signup_closed",
                          "auth.signup is closed; invitations need 'invite' or 'open'");
    status rc = store_user_find(call->txn, in->email, &call->arena, &known);
    if (rc == ST_OK)
        return error_code(err, ST_CONFLICT, "email_taken", "a user with this address exists");
    in->expires_ms = call->now_ms + (int64_t)days * DAY_MS;
    token_make(call->app->auth, &in->made);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status invite_apply(struct call *call, struct error *err)
{
    struct invite *in = call->state;
    const struct store_token token = {
        .hash = slice_make(in->made.hash.bytes, sizeof in->made.hash.bytes),
        .kind = STORE_TOKEN_INVITE,
        .object = in->email,
        .plan = in->plan,
        .created_ms = call->now_ms,
        .expires_ms = in->expires_ms,
    };
    (void)err;
    TRY(store_token_put(call->txn, &token));
    return audit_note(call, "user.invite", S("invitation"),
                      arena_printf(&call->arena, "plan=" SLICE_FMT, SLICE_ARG(in->plan)));
}

static status invite_reply(struct call *call, struct error *err)
{
    const struct invite *in = call->state;
    slice token = slice_make(in->made.text, TOKEN_LEN);
    struct json_out *w = reply_json(call, 201);
    json_key_str(w, "email", in->email);
    json_key_str(w, "plan", in->plan);
    json_key_str(w, "url",
                 arena_printf(&call->arena, SLICE_FMT "/signup#" SLICE_FMT,
                              SLICE_ARG(call->app->config->http_public_url), SLICE_ARG(token)));
    json_key_str(w, "token", token);
    json_key_time(w, "expires_at", in->expires_ms);
    return reply_end(call, err);
}

#include "api/account_schema.h"

/* clang-format off */
#define DOC_REGISTER {.summary = N_("Create an account, where the administrator allows it; tells nobody whether an address has one"), .tag = "Account", \
    .request = BODY("\"email\",\"password\"", EMAIL "," WORD("password") ",\"name\":{\"type\":\"string\",\"maxLength\":100},\"language\":{\"enum\":[\"en\",\"zh\"]},\"invite\":{\"type\":\"string\",\"maxLength\":100}"), \
    .response = SIGNED_IN, .success = 201, .errors = "400 403 415 429 503"}
#define DOC_INVITE {.summary = N_("Make a link with which one address creates its account"), .tag = "Administration", \
    .request = BODY("\"email\"", EMAIL ",\"plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"expires_in_days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":30}"), \
    .response = "{\"type\":\"object\",\"required\":[\"email\",\"url\",\"token\",\"expires_at\"],\"properties\":{\"email\":{\"type\":\"string\"},\"plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"url\":{\"type\":\"string\"},\"token\":{\"type\":\"string\"},\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"}}}", \
    .success = 201, .errors = "400 401 403 409 415 429"}

const struct route signup_routes[] = {
    {.method = METHOD_POST, .path = "/api/auth/register", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .pool = POOL_PASSWORD, .check = register_check, .work = register_work, .apply = register_apply, .reply = register_reply, .doc = DOC_REGISTER},
    {.method = METHOD_POST, .path = "/api/admin/invites", .need = NEED_ADMIN, .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = invite_check, .apply = invite_apply, .reply = invite_reply, .doc = DOC_INVITE},
};
/* clang-format on */
