/* Who calls: API key, browser session, or the machine's administrator; and whether the route lets
 * them in. auth_call (declared in call.h) is the engine's hook. */
#ifndef AUTH_H
#define AUTH_H

#include "base/crypt.h"
#include "base/status.h"
#include "plans.h"

struct app;
struct call;
struct secrets;
struct store_user;

enum {
    SESSION_COOKIE_MAX = 24,   /* "__Host-sleuth_session" */
    REAUTH_MS = 15 * 60 * 1000 /* admins prove their password again for writes */
};

struct auth {
    unsigned char pepper[CRYPT_KEY_BYTES];
    uint64_t pepper_id; /* stored with each key, so that a pepper can be replaced */
    unsigned char signing_secret[CRYPT_SIGN_SECRET_BYTES];
    unsigned char signing_public[CRYPT_SIGN_PUBLIC_BYTES];
    unsigned char decoy[256]; /* sealed bytes that are opened when there is no record to open */
};

/* In place, in the application's memory; copies what it needs of the secrets. */
void auth_init(struct auth *ret, const struct secrets *secrets);
void auth_finish(struct auth *auth); /* wipes */

/* The plan that counts now: the user's unless it has ended. */
enum plan_rank auth_plan(const struct store_user *user, int64_t now_ms);

/* "__Host-sleuth_session", or "sleuth_session" without TLS on loopback, where browsers refuse
 * __Host- cookies. */
const char *auth_cookie_name(const struct call *call);

/* May the session of this call have call->route? Role and plan; for pages that ask the API. Any
 * thread. */
status auth_may(struct call *call, struct error *err);
/* ST_PLAN with the plan's 403 body unless the caller's plan is at least that. */
status auth_check_plan(struct call *call, enum plan_rank least, struct error *err);

/* Fills user, plan and actor_name of a call from a user record in its arena. */
status auth_set_user(struct call *call, const struct store_user *user, struct error *err);

#endif
