/* Records as the API shows them: one place for the names and the order of their members. */
#ifndef PRESENT_H
#define PRESENT_H

#include "base/json_out.h"
#include "plans.h"
#include "storage/storage.h"

/* Members of one API key into the open object; never its hash. */
void present_key(struct json_out *w, const struct store_api_key *key, int64_t now_ms);
/* Members of a user as the user may see them. */
void present_user(struct json_out *w, const struct store_user *user, int64_t now_ms);
/* The same and what only administrators see. */
void present_user_admin(struct json_out *w, const struct store_user *user, int64_t now_ms);
/* Members of a session; current = the one that asks. */
void present_session(struct json_out *w, const struct store_session *session, bool current);
/* "limits":{…} of a plan. Unlimited is null. */
void present_limits(struct json_out *w, const struct plan *plan);
/* "limit" and "remaining" of a quota into the open object; PLAN_UNLIMITED is null in both. */
void present_quota(struct json_out *w, uint64_t used, uint64_t max);
/* A whole plan as in GET /api/plans, into the open object. */
void present_plan(struct json_out *w, const struct plan *plan);

const char *role_name(uint64_t role);
bool role_from(slice name, uint64_t *ret);
/* Neither revoked nor expired. */
bool key_is_active(const struct store_api_key *key, int64_t now_ms);

#endif
