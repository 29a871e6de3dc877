/* Decides who calls and whether the route admits them: keys, sessions, roles, scopes, plans. */
#include "auth.h"

#include "address.h"
#include "app.h"
#include "call.h"
#include "config.h"
#include "cookie.h"
#include "credentials.h"
#include "entitlement.h"
#include "principal.h"
#include "secrets.h"
#include "storage/storage.h"

#include <stdio.h>

enum { DECOY_PLAIN_BYTES = 200 };

void auth_init(struct auth *ret, const struct secrets *secrets)
{
    unsigned char plain[DECOY_PLAIN_BYTES] = {0};
    _Static_assert(DECOY_PLAIN_BYTES + CRYPT_SEAL_OVERHEAD <= sizeof ret->decoy, "decoy too large");
    *ret = (struct auth){.pepper_id = 1};
    memcpy(ret->pepper, secrets->pepper, sizeof ret->pepper);
    crypt_sign_keypair(ret->signing_public, ret->signing_secret, secrets->signing_seed);
    crypt_seal(ret->decoy, ret->pepper, S("decoy"), slice_make(plain, sizeof plain));
}

void auth_finish(struct auth *auth)
{
    crypt_wipe(auth, sizeof *auth);
}

/* The work of reading one stored record, done when there is none, so that an unknown key takes as
 * long as a revoked one. */
static void read_decoy(const struct auth *auth)
{
    unsigned char plain[sizeof auth->decoy];
    slice sealed = slice_make(auth->decoy, DECOY_PLAIN_BYTES + CRYPT_SEAL_OVERHEAD);
    (void)crypt_open(plain, auth->pepper, S("decoy"), sealed); /* the outcome is known */
}

/* --- refusals: what the contract says word for word --- */

static status refuse_missing(struct call *call, struct error *err)
{
    call->problem.error = N_("Missing API key");
    return error_code(err, ST_UNAUTHENTICATED, "missing_api_key",
                      "Please provide an API key in X-API-Key header");
}

static status refuse_invalid(struct call *call, const char *code, struct error *err)
{
    call->problem.error = N_("Invalid API key");
    return error_code(err, ST_UNAUTHENTICATED, code,
                      "The provided API key is invalid or has been revoked");
}

static status refuse_user(struct call *call, struct error *err)
{
    call->problem.error = N_("User not found");
    return error_code(err, ST_UNAUTHENTICATED, "user_disabled",
                      "the account of these credentials does not exist or is disabled");
}

static status refuse_no_session(struct call *call, struct error *err)
{
    call->problem.error = N_("Authentication required");
    return error_code(err, ST_UNAUTHENTICATED, "unauthenticated",
                      "sign in first; this needs a browser session");
}

status auth_check_plan(struct call *call, enum plan_rank least, struct error *err)
{
    const char *required = plan_slug(least);
    if (call->plan->rank >= least)
        return ST_OK;
    call->problem.error = N_("Plan upgrade required");
    call_problem_members(call, arena_printf(&call->arena,
                                            "\"current_plan\":\"%s\",\"required_plan\":\"%s\"",
                                            call->plan->slug, required));
    return error_code(err, ST_PLAN, "plan_required", "This feature requires %s plan or higher",
                      required);
}

static status refuse_scope(struct call *call, struct error *err)
{
    const char *name = "";
    uint64_t bit;
    for (size_t i = 0; scope_at(i, &bit); i++)
        if (bit == (uint64_t)call->route->scope)
            name = scope_at(i, NULL);
    call->problem.error = N_("Insufficient scope");
    call_problem_members(call, arena_printf(&call->arena, "\"required_scope\":\"%s\"", name));
    return error_code(err, ST_FORBIDDEN, "insufficient_scope", "this API key lacks the scope '%s'",
                      name);
}

/* --- users and plans --- */

enum plan_rank auth_plan(const struct store_user *user, int64_t now_ms)
{
    enum plan_rank rank;
    bool ended = user->plan_until_ms != 0 && user->plan_until_ms <= now_ms;
    return !ended && plan_from_slug(user->plan, &rank) ? rank : PLAN_FREE;
}

static uint64_t override(uint64_t agreed, uint64_t plan, const uint64_t *most)
{
    if (agreed == 0)
        return plan;
    return most && agreed > *most ? *most : agreed;
}

/* The plan's numbers with what was agreed with this user, within the licence. */
static const struct plan *plan_with_overrides(struct call *call, const struct store_user *user,
                                              enum plan_rank rank)
{
    const struct plans *plans = call->app->plans;
    const struct plan *base = &plans->plan[rank];
    enum plan_rank cap = entitlement_cap(call->app, call->now_ms);
    const struct plan *most = cap == PLAN_COUNT ? NULL : &plans->plan[cap];
    if (!user->per_minute_max && !user->per_day_max && !user->analyses_max && !user->file_bytes_max)
        return base;
    struct plan *own = arena_alloc(&call->arena, sizeof *own);
    if (!own)
        return base; /* the call fails by itself: its arena is exhausted */
    *own = *base;
    own->per_minute =
        override(user->per_minute_max, base->per_minute, most ? &most->per_minute : NULL);
    own->per_day = override(user->per_day_max, base->per_day, most ? &most->per_day : NULL);
    own->analyses_per_month = override(user->analyses_max, base->analyses_per_month,
                                       most ? &most->analyses_per_month : NULL);
    own->file_bytes_max =
        override(user->file_bytes_max, base->file_bytes_max, most ? &most->file_bytes_max : NULL);
    return own;
}

/* The user as this call sees it: with the plan that counts, which a licence may have lowered. */
static const struct store_user *user_as_counted(struct call *call, const struct store_user *user,
                                                enum plan_rank rank)
{
    if (rank == auth_plan(user, call->now_ms))
        return user;
    struct store_user *copy = arena_alloc(&call->arena, sizeof *copy);
    if (!copy)
        return user; /* the call fails by itself */
    *copy = *user;
    copy->plan = slice_of(plan_slug(rank));
    copy->plan_until_ms = 0;
    return copy;
}

static void set_user_and_plan(struct call *call, const struct store_user *user)
{
    enum plan_rank rank = entitlement_plan(call->app, user, call->now_ms);
    call->user = user_as_counted(call, user, rank);
    call->plan = plan_with_overrides(call, user, rank);
}

status auth_set_user(struct call *call, const struct store_user *user, struct error *err)
{
    set_user_and_plan(call, user);
    call->actor_name = arena_printf(&call->arena, "user:%llu", (unsigned long long)user->id);
    return arena_check(&call->arena, err);
}

/* An enabled user, or ST_NOT_FOUND. */
static status load_user(struct call *call, uint64_t id, struct store_user **ret, struct error *err)
{
    struct store_user *user = arena_alloc(&call->arena, sizeof *user);
    if (!user)
        return arena_check(&call->arena, err);
    TRY(store_user_get(call->txn, id, &call->arena, user));
    *ret = user;
    return user->enabled ? ST_OK : ST_NOT_FOUND;
}

/* --- API keys --- */

/* The key that the headers present; ptr NULL when none. */
static status presented_key(const struct call *call, slice *ret, struct error *err)
{
    slice own = call_header(call, "x-api-key");
    slice authorization = call_header(call, "authorization");
    slice bearer = {0};
    size_t at;
    *ret = own;
    if (!authorization.ptr)
        return ST_OK;
    if (slice_find_byte(authorization, ' ', &at) &&
        slice_eq_nocase(slice_sub(authorization, 0, at), S("Bearer")))
        bearer = slice_trim(slice_from(authorization, at + 1));
    if (own.ptr && !slice_eq(own, bearer))
        return error_code(err, ST_INVALID, "ambiguous_credentials",
                          "X-API-Key and Authorization name different credentials; send one");
    /* Another scheme is a wrong credential, not a missing one. */
    *ret = bearer.ptr ? bearer : S("");
    return ST_OK;
}

static bool key_expired(const struct store_api_key *key, int64_t now_ms)
{
    return key->expires_ms != 0 && key->expires_ms <= now_ms;
}

/* May the key be used at all? */
static status judge_key(struct call *call, const struct principal *who, struct error *err)
{
    if (who->key.revoked_ms)
        return refuse_invalid(call, "invalid_api_key", err);
    if (key_expired(&who->key, call->now_ms))
        return refuse_invalid(call, "expired_api_key", err);
    return who->has_user ? ST_OK : refuse_user(call, err);
}

/* Record and user of a key text. Unknown, revoked and ownerless keys take the same work. */
static status load_key(struct call *call, slice text, struct error *err)
{
    struct crypt_hash hash;
    struct principal *who;
    credential_hash(call->app->auth, text, &hash);
    status rc = principal_of_key(call, &hash, &who, err);
    if (rc == ST_NOT_FOUND) {
        read_decoy(call->app->auth);
        read_decoy(call->app->auth);
        return refuse_invalid(call, "invalid_api_key", err);
    }
    if (rc == ST_OK)
        rc = judge_key(call, who, err);
    if (rc != ST_OK) {
        principal_unref(&who);
        return rc;
    }
    principal_admit(call, who);
    set_user_and_plan(call, &who->user);
    call->actor = ACTOR_KEY;
    call->actor_name = who->actor_name;
    call->key = &who->key;
    call->livemode = who->key.livemode;
    return arena_check(&call->arena, err);
}

static status auth_key(struct call *call, slice text, struct error *err)
{
    if (!api_key_well_formed(text))
        return refuse_invalid(call, "invalid_api_key", err);
    TRY(load_key(call, text, err));
    if (call->key->cidrs.len && !networks_contain(call->key->cidrs, call->client_address))
        return error_code(err, ST_FORBIDDEN, "address_not_allowed",
                          "this API key may not be used from this address");
    if (call->route->scope && !(call->key->scopes & (uint64_t)call->route->scope))
        return refuse_scope(call, err);
    return ST_OK;
}

/* --- sessions --- */

const char *auth_cookie_name(const struct call *call)
{
    return call->tls ? "__Host-sleuth_session" : "sleuth_session";
}

static bool is_unsafe(enum method method)
{
    return method != METHOD_GET && method != METHOD_HEAD && method != METHOD_OPTIONS;
}

/* "https://host:port" of the Origin header against our own scheme and Host. */
static bool origin_is_ours(const struct call *call, slice origin)
{
    slice scheme = call->tls ? S("https://") : S("http://");
    return slice_has_prefix(origin, scheme) &&
           slice_eq_nocase(slice_from(origin, scheme.len), call->host);
}

/* Browsers send Origin or Sec-Fetch-Site with every unsafe request; either must be ours when it is
 * there. The token is needed in any case, so a program without both gains nothing. */
static status check_csrf(const struct call *call, const struct store_session *session,
                         struct error *err)
{
    char expected[TOKEN_LEN + 1];
    slice origin = call_header(call, "origin");
    slice site = call_header(call, "sec-fetch-site");
    slice token = call_header(call, "x-csrf-token");
    if (origin.ptr && !origin_is_ours(call, origin))
        return error_code(err, ST_FORBIDDEN, "cross_site",
                          "this request comes from a page of another site");
    if (site.ptr && !slice_eq(site, S("same-origin")) && !slice_eq(site, S("none")))
        return error_code(err, ST_FORBIDDEN, "cross_site",
                          "this request comes from a page of another site");
    slice wanted = session->csrf.len == CRYPT_KEY_BYTES
                       ? crypt_base64url(expected, session->csrf.ptr, session->csrf.len)
                       : S("");
    if (wanted.len == 0 || token.len != wanted.len ||
        !crypt_equal(token.ptr, wanted.ptr, wanted.len))
        return error_code(err, ST_FORBIDDEN, "csrf_token",
                          "the X-CSRF-Token header is missing or wrong; reload the page");
    return ST_OK;
}

static bool session_live(const struct store_session *session, int64_t now_ms)
{
    return now_ms < session->expires_ms && now_ms < session->seen_ms + session->idle_ms;
}

/* ST_NOT_FOUND when the cookie is absent, unknown, over, or of a disabled user. */
static status load_session(struct call *call, struct error *err)
{
    struct crypt_hash hash;
    struct principal *who;
    slice token = cookie_find(call_header(call, "cookie"), auth_cookie_name(call));
    if (!token_well_formed(token))
        return ST_NOT_FOUND;
    credential_hash(call->app->auth, token, &hash);
    TRY(principal_of_session(call, &hash, &who, err));
    if (!session_live(&who->session, call->now_ms) || !who->has_user) {
        principal_unref(&who);
        return ST_NOT_FOUND;
    }
    principal_admit(call, who);
    set_user_and_plan(call, &who->user);
    call->actor = ACTOR_SESSION;
    call->actor_name = who->actor_name;
    call->session = &who->session;
    return arena_check(&call->arena, err);
}

static status auth_session(struct call *call, struct error *err)
{
    status rc = load_session(call, err);
    if (rc == ST_NOT_FOUND)
        return refuse_no_session(call, err);
    if (rc != ST_OK)
        return rc;
    return is_unsafe(call->method) ? check_csrf(call, call->session, err) : ST_OK;
}

/* --- roles --- */

static bool admin_http_allowed(const struct config *config)
{
    if (slice_eq(config->admin_http, S("auto")))
        return !slice_eq(config->outbound_mode, S("airgap"));
    return slice_eq(config->admin_http, S("true"));
}

static status check_role(const struct call *call, struct error *err)
{
    uint64_t least = call->route->need == NEED_ADMIN      ? STORE_ROLE_ADMIN
                     : call->route->need == NEED_REVIEWER ? STORE_ROLE_REVIEWER
                                                          : STORE_ROLE_USER;
    if (call->user->role < least)
        return error_code(err, ST_FORBIDDEN, "role_required", "this needs the role '%s'",
                          least == STORE_ROLE_ADMIN ? "admin" : "reviewer");
    if (call->route->need != NEED_ADMIN)
        return ST_OK;
    if (!admin_http_allowed(call->app->config))
        return error_code(err, ST_FORBIDDEN, "admin_http_disabled",
                          "administration over HTTP is switched off; use the command line");
    if (is_unsafe(call->method) && call->session->reauth_ms + REAUTH_MS < call->now_ms)
        return error_code(err, ST_FORBIDDEN, "reauthentication_required",
                          "enter your password again");
    return ST_OK;
}

status auth_may(struct call *call, struct error *err)
{
    TRY(check_role(call, err));
    return auth_check_plan(call, call->route->plan_min, err);
}

/* --- the hook --- */

static bool open_to_anonymous(const struct call *call)
{
    return (call->route->flags & ROUTE_DEMO) && call->app->config->auth_open_demo;
}

/* Key or session, as the route wants it. */
static status identify(struct call *call, struct error *err)
{
    slice key;
    TRY(presented_key(call, &key, err));
    if (call->route->need == NEED_KEY && key.ptr)
        return auth_key(call, key, err);
    if (call->route->need != NEED_KEY)
        return auth_session(call, err);
    if (call_header(call, "cookie").ptr) {
        status rc = auth_session(call, err);
        if (rc == ST_OK || call->actor == ACTOR_SESSION || rc != ST_UNAUTHENTICATED)
            return rc;
        call->problem = (struct problem){0};
    }
    return open_to_anonymous(call) ? ST_OK : refuse_missing(call, err);
}

/* A public page may greet who is signed in; a stale cookie is nobody's error there. */
static status recognise(struct call *call, struct error *err)
{
    if (!call->txn || !call_header(call, "cookie").ptr)
        return ST_OK;
    status rc = load_session(call, err);
    error_clear(err);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

/* The machine's administrator acts for a user: that user's objects and role, the host's name in the
 * audit log. */
static status host_for_user(struct call *call, struct error *err)
{
    static const struct call_query_range ids = {.min = 1, .max = UINT64_MAX, .fallback = 0};
    struct store_user *user = NULL;
    slice host_name = call->actor_name;
    uint64_t id;
    TRY(call_query_u64(call, "for_user", &ids, &id, err));
    if (id == 0)
        return error_code(err, ST_INVALID, "missing_parameter",
                          "name the user that this is done for: for_user=ID");
    status rc = load_user(call, id, &user, err);
    if (rc == ST_NOT_FOUND)
        return error_code(err, ST_NOT_FOUND, "user_not_found", "there is no such enabled user");
    if (rc != ST_OK)
        return rc;
    TRY(auth_set_user(call, user, err));
    call->actor_name = arena_printf(&call->arena, SLICE_FMT " for user:%llu", SLICE_ARG(host_name),
                                    (unsigned long long)id);
    TRY(check_role(call, err));
    return auth_check_plan(call, call->route->plan_min, err);
}

static status auth_host(struct call *call, struct error *err)
{
    if (call->route->flags & ROUTE_FOR_USER)
        return host_for_user(call, err);
    switch (call->route->need) {
    case NEED_NOTHING:
    case NEED_ADMIN:
    case NEED_HOST:
        return ST_OK;
    case NEED_UNDECLARED:
    case NEED_KEY:
    case NEED_SESSION:
    case NEED_REVIEWER:
        break;
    }
    return error_code(err, ST_FORBIDDEN, "forbidden", "this route needs a user's credentials");
}

status auth_call(struct call *call, struct error *err)
{
    call->livemode = true;
    call->plan = &call->app->plans->plan[PLAN_FREE];
    if (call->actor == ACTOR_HOST)
        return auth_host(call, err);
    if (!(call->route->flags & ROUTE_BEFORE_SETUP) &&
        !atomic_load_explicit(&call->app->set_up, memory_order_acquire))
        return error_code(err, ST_NOT_SET_UP, "not_set_up",
                          "this appliance is not set up yet; run: sleuth setup");
    if (call->route->need == NEED_HOST)
        return error_code(err, ST_NOT_FOUND, "not_found", "there is no such thing");
    if (call->route->need == NEED_NOTHING)
        return recognise(call, err);
    TRY(identify(call, err));
    if (call->actor == ACTOR_NONE)
        return ST_OK; /* the open demo */
    TRY(check_role(call, err));
    return auth_check_plan(call, call->route->plan_min, err);
}
