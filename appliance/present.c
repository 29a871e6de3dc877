/* Writes users, keys, sessions and plans as JSON members. */
#include "present.h"

#include "auth.h"
#include "credentials.h"

static const char *const role_names[] = {
    [STORE_ROLE_USER] = "user", [STORE_ROLE_REVIEWER] = "reviewer", [STORE_ROLE_ADMIN] = "admin"};

const char *role_name(uint64_t role)
{
    return role < ARRAY_COUNT(role_names) ? role_names[role] : "user";
}

bool role_from(slice name, uint64_t *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(role_names); i++)
        if (slice_eq(name, slice_of(role_names[i]))) {
            *ret = i;
            return true;
        }
    return false;
}

bool key_is_active(const struct store_api_key *key, int64_t now_ms)
{
    return !key->revoked_ms && (!key->expires_ms || key->expires_ms > now_ms);
}

/* Comma-separated text as an array of strings. */
static void list(struct json_out *w, const char *name, slice text)
{
    slice item;
    json_key(w, name);
    json_array(w);
    while (slice_split(&text, ',', &item))
        if (slice_trim(item).len)
            json_str(w, slice_trim(item));
    json_end(w);
}

static void limit(struct json_out *w, const char *name, uint64_t value)
{
    if (value == PLAN_UNLIMITED)
        json_key_null(w, name);
    else
        json_key_u64(w, name, value);
}

static void override(struct json_out *w, const char *name, uint64_t value)
{
    limit(w, name, value ? value : PLAN_UNLIMITED);
}

void present_key(struct json_out *w, const struct store_api_key *key, int64_t now_ms)
{
    uint64_t bit;
    json_key_u64(w, "id", key->id);
    json_key_str(w, "name", key->name);
    json_key_str(w, "prefix", key->prefix);
    json_key_time(w, "created_at", key->created_ms);
    json_key_time(w, "last_used_at", key->last_used_ms);
    json_key_bool(w, "is_active", key_is_active(key, now_ms));
    json_key(w, "scopes");
    json_array(w);
    for (size_t i = 0; scope_at(i, &bit); i++)
        if (key->scopes & bit)
            json_str(w, slice_of(scope_at(i, NULL)));
    json_end(w);
    json_key_time(w, "expires_at", key->expires_ms);
    json_key_time(w, "revoked_at", key->revoked_ms);
    json_key_bool(w, "livemode", key->livemode);
    list(w, "allowed_cidrs", key->cidrs);
    json_key(w, "rate_override");
    json_object(w);
    override(w, "per_minute", key->per_minute_max);
    override(w, "per_day", key->per_day_max);
    json_end(w);
    if (key->replaced_by)
        json_key_u64(w, "replaced_by", key->replaced_by);
}

void present_user(struct json_out *w, const struct store_user *user, int64_t now_ms)
{
    json_key_u64(w, "id", user->id);
    json_key_str(w, "email", user->email);
    json_key_str(w, "name", user->name);
    json_key_str(w, "plan", slice_of(plan_slug(auth_plan(user, now_ms))));
    json_key_str(w, "role", slice_of(role_name(user->role)));
    json_key_str(w, "language", user->language.len ? user->language : S("en"));
    json_key_bool(w, "totp_enabled", user->totp_secret.len > 0);
    json_key_time(w, "created_at", user->created_ms);
}

void present_user_admin(struct json_out *w, const struct store_user *user, int64_t now_ms)
{
    present_user(w, user, now_ms);
    json_key_bool(w, "enabled", user->enabled);
    json_key_bool(w, "has_password", user->password.len > 0);
    json_key_str(w, "plan_source", user->plan_source);
    json_key_time(w, "plan_until", user->plan_until_ms);
    json_key_str(w, "plan_note", user->plan_note);
    json_key_time(w, "last_login_at", user->login_ms);
    json_key(w, "limit_overrides");
    json_object(w);
    override(w, "per_minute", user->per_minute_max);
    override(w, "per_day", user->per_day_max);
    override(w, "analyses_per_month", user->analyses_max);
    override(w, "file_bytes", user->file_bytes_max);
    json_end(w);
}

void present_session(struct json_out *w, const struct store_session *session, bool current)
{
    int64_t idle_end = session->seen_ms + session->idle_ms;
    json_key_str(w, "id", session->id);
    json_key_time(w, "created_at", session->created_ms);
    json_key_time(w, "last_seen_at", session->seen_ms);
    json_key_time(w, "expires_at", idle_end < session->expires_ms ? idle_end : session->expires_ms);
    json_key_str(w, "address", session->address);
    json_key_str(w, "user_agent", session->agent);
    json_key_bool(w, "current", current);
}

void present_limits(struct json_out *w, const struct plan *plan)
{
    json_key(w, "limits");
    json_object(w);
    limit(w, "per_minute", plan->per_minute);
    limit(w, "per_day", plan->per_day);
    limit(w, "analyses_per_month", plan->analyses_per_month);
    limit(w, "concurrency", plan->concurrency);
    limit(w, "rows", plan->rows_max);
    limit(w, "n_bootstrap", plan->n_bootstrap_max);
    limit(w, "file_bytes", plan->file_bytes_max);
    limit(w, "keys", plan->keys_max);
    limit(w, "history_days", plan->history_days);
    json_end(w);
}

void present_plan(struct json_out *w, const struct plan *plan)
{
    bool by_contract = slice_eq(plan->interval, S("contract"));
    json_key_str(w, "id", slice_of(plan->slug));
    json_key_str(w, "name", plan->name);
    json_key(w, "price");
    if (by_contract)
        json_null(w);
    else
        json_f64(w, (double)plan->price_cents / 100);
    json_key_str(w, "currency", plan->currency);
    json_key_str(w, "interval", plan->interval);
    list(w, "features", plan->features);
    present_limits(w, plan);
    json_key_bool(w, "purchasable", plan->purchasable);
}

void present_quota(struct json_out *w, uint64_t used, uint64_t max)
{
    uint64_t left = used < max ? max - used : 0;
    limit(w, "limit", max);
    limit(w, "remaining", max == PLAN_UNLIMITED ? PLAN_UNLIMITED : left);
}
