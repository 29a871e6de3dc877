/* Every user's keys as the administrator sees them: the routes behind `sleuth key`. */
#include "api/admin.h"
#include "api/keys.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "entitlement.h"
#include "present.h"

enum { USERS_SEARCHED_MAX = 100000, KEY_PREFIX_SHOWN = 15 };

/* --- keys of one user --- */

static status user_list_check(struct call *call, struct error *err)
{
    struct store_user user;
    TRY(admin_find_user(call, &user, err));
    return key_list_reply(call, user.id, &(int64_t){0}, err);
}

static status create_check(struct call *call, struct error *err)
{
    struct key_create *in = call_state(call, sizeof *in);
    struct store_user user;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(admin_find_user(call, &user, err));
    in->user_id = user.id;
    in->keys_max =
        call->app->plans->plan[entitlement_plan(call->app, &user, call->now_ms)].keys_max;
    return key_create_read(call, in, err);
}

static status create_apply(struct call *call, struct error *err)
{
    return key_create_store(call, call->state, err);
}

static status create_reply(struct call *call, struct error *err)
{
    return key_create_reply(call, call->state, err);
}

/* --- keys of all users --- */

static void present_owned(struct call *call, struct json_out *w, const struct store_user *user,
                          const struct store_api_key *key)
{
    present_key(w, key, call->now_ms);
    json_key_u64(w, "user_id", user->id);
    json_key_str(w, "user_email", user->email);
    json_key_str(w, "note", key->note);
    json_key_str(w, "created_by", key->created_by);
}

static status present_keys_of(struct call *call, struct json_out *w, const struct store_user *user,
                              bool all)
{
    struct store_page page = {0};
    do {
        struct store_api_key *rows;
        page.cursor = page.next.ptr ? page.next : S("");
        TRY(store_key_list(call->txn, user->id, &page, &call->arena, &rows));
        for (size_t i = 0; i < page.count; i++) {
            if (!all && !key_is_active(&rows[i], call->now_ms))
                continue;
            json_object(w);
            present_owned(call, w, user, &rows[i]);
            json_end(w);
        }
    } while (page.next.len);
    return ST_OK;
}

/* A page holds the keys of `limit` users. */
static status list_check(struct call *call, struct error *err)
{
    struct store_page page;
    struct store_user *users;
    bool all = slice_eq(call_query(call, "include"), S("revoked"));
    TRY(page_from_query(call, &page, err));
    TRY(store_user_list(call->txn, &page, &call->arena, &users));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "keys");
    json_array(w);
    for (size_t i = 0; i < page.count; i++)
        TRY(present_keys_of(call, w, &users[i], all));
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end(call, err);
}

/* --- one key, by number or by what is shown of it --- */

struct owned_key {
    struct store_user user;
    struct store_api_key key;
    size_t found; /* keys that the text fits */
};

static bool key_meant(const struct store_api_key *key, slice given)
{
    uint64_t id;
    if (slice_to_u64(given, &id))
        return key->id == id;
    return given.len >= 12 && slice_has_prefix(key->prefix, slice_sub(given, 0, KEY_PREFIX_SHOWN));
}

static status search_user(struct call *call, const struct store_user *user, slice given,
                          struct owned_key *ret)
{
    struct store_page page = {0};
    do {
        struct store_api_key *rows;
        page.cursor = page.next.ptr ? page.next : S("");
        TRY(store_key_list(call->txn, user->id, &page, &call->arena, &rows));
        for (size_t i = 0; i < page.count; i++)
            if (key_meant(&rows[i], given)) {
                ret->user = *user;
                ret->key = rows[i];
                ret->found++;
            }
    } while (page.next.len);
    return ST_OK;
}

/* There is no index from key number to user, and administrators do not look often. */
static status find_key(struct call *call, struct owned_key *ret, struct error *err)
{
    slice given = call_param(call, "id");
    struct store_page page = {0};
    size_t searched = 0;
    ret->found = 0;
    do {
        struct store_user *users;
        page.cursor = page.next.ptr ? page.next : S("");
        TRY(store_user_list(call->txn, &page, &call->arena, &users));
        for (size_t i = 0; i < page.count; i++)
            TRY(search_user(call, &users[i], given, ret));
        searched += page.count;
    } while (page.next.len && searched < USERS_SEARCHED_MAX);
    if (ret->found > 1)
        return error_code(err, ST_CONFLICT, "ambiguous_key", "%zu keys begin so; give the number",
                          ret->found);
    return ret->found ? ST_OK : key_not_found(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct owned_key in;
    TRY(find_key(call, &in, err));
    present_owned(call, reply_json(call, 200), &in.user, &in.key);
    return reply_end(call, err);
}

static status revoke_check(struct call *call, struct error *err)
{
    struct owned_key *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    return find_key(call, in, err);
}

static status revoke_apply(struct call *call, struct error *err)
{
    struct owned_key *in = call->state;
    status rc = store_key_find(call->txn, in->user.id, in->key.id, &call->arena, &in->key);
    if (rc == ST_NOT_FOUND)
        return key_not_found(call, err);
    if (rc != ST_OK || in->key.revoked_ms)
        return rc; /* a repeat changes nothing */
    TRY(store_key_revoke(call->txn, in->user.id, in->key.id, call->now_ms));
    return audit_note(call, "key.revoke", audit_object(call, "key", in->key.id), in->key.prefix);
}

static status revoke_reply(struct call *call, struct error *err)
{
    const struct owned_key *in = call->state;
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "status", S("revoked"));
    json_key_u64(w, "id", in->key.id);
    json_key_str(w, "prefix", in->key.prefix);
    return reply_end(call, err);
}

/* --- limits of one key: they can only lower the user's --- */

struct key_limits {
    struct owned_key found;
    uint64_t per_minute, per_day;
    bool has_minute, has_day;
};

static status limits_check(struct call *call, struct error *err)
{
    struct key_limits *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    const struct json_member members[] = {
        {"per_minute", WANT_U64, false, &in->per_minute, 0, 1e6, &in->has_minute},
        {"per_day", WANT_U64, false, &in->per_day, 0, 1e12, &in->has_day},
    };
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    return find_key(call, &in->found, err);
}

static status limits_apply(struct call *call, struct error *err)
{
    struct key_limits *in = call->state;
    struct store_api_key *key = &in->found.key;
    status rc = store_key_find(call->txn, in->found.user.id, key->id, &call->arena, key);
    if (rc == ST_NOT_FOUND)
        return key_not_found(call, err);
    if (rc != ST_OK)
        return rc;
    if (in->has_minute)
        key->per_minute_max = in->per_minute;
    if (in->has_day)
        key->per_day_max = in->per_day;
    TRY(store_key_put(call->txn, key));
    return audit_note(call, "key.limits", audit_object(call, "key", key->id),
                      arena_printf(&call->arena, "per_minute=%llu per_day=%llu",
                                   (unsigned long long)key->per_minute_max,
                                   (unsigned long long)key->per_day_max));
}

static status limits_reply(struct call *call, struct error *err)
{
    const struct key_limits *in = call->state;
    present_owned(call, reply_json(call, 200), &in->found.user, &in->found.key);
    return reply_end(call, err);
}

/* --- rotate --- */

static status rotate_check(struct call *call, struct error *err)
{
    struct key_rotate *in = call_state(call, sizeof *in);
    struct owned_key found;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(find_key(call, &found, err));
    in->old = found.key;
    return key_rotate_read(call, in, err);
}

static status rotate_apply(struct call *call, struct error *err)
{
    return key_rotate_store(call, call->state, err);
}

static status rotate_reply(struct call *call, struct error *err)
{
    return key_rotate_reply(call, call->state, err);
}

#include "api/admin_keys_doc.h"

const struct route admin_keys_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/admin/users/:id/keys",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = user_list_check,
     .doc = DOC_USER_LIST},
    {.method = METHOD_POST,
     .path = "/api/admin/users/:id/keys",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = create_check,
     .apply = create_apply,
     .reply = create_reply,
     .doc = DOC_CREATE},
    {.method = METHOD_GET,
     .path = "/api/admin/keys",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = list_check,
     .doc = DOC_LIST},
    {.method = METHOD_GET,
     .path = "/api/admin/keys/:id",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = show_check,
     .doc = DOC_SHOW},
    {.method = METHOD_DELETE,
     .path = "/api/admin/keys/:id",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = revoke_check,
     .apply = revoke_apply,
     .reply = revoke_reply,
     .doc = DOC_REVOKE},
    {.method = METHOD_PATCH,
     .path = "/api/admin/keys/:id",
     .need = NEED_ADMIN,
     .flags = ROUTE_STRICT,
     .check = limits_check,
     .apply = limits_apply,
     .reply = limits_reply,
     .doc = DOC_LIMITS},
    {.method = METHOD_POST,
     .path = "/api/admin/keys/:id/rotate",
     .need = NEED_HOST,
     .flags = ROUTE_STRICT | ROUTE_SECRET,
     .check = rotate_check,
     .apply = rotate_apply,
     .reply = rotate_reply,
     .doc = DOC_ROTATE},
};
