/* API keys of the caller: list, create, change, revoke, rotate. */
#include "api/keys.h"

#include "address.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "body.h"
#include "idempotency.h"
#include "present.h"
#include "principal.h"

#include <assert.h>

#define KEY_SHOWN_ONCE N_("Please save this key. It will not be shown again.")
enum { DAY_MS = 86400000, GRACE_SECONDS_DEFAULT = 86400, GRACE_SECONDS_MAX = 2592000 };

status key_not_found(struct call *call, struct error *err)
{
    call->problem.error = N_("API key not found");
    return error_code(err, ST_NOT_FOUND, "api_key_not_found", "there is no such API key");
}

/* --- list --- */

/* Until when a list that holds the key reads like this; 0 = nothing ends by itself. */
static int64_t until_key(int64_t until_ms, const struct store_api_key *key)
{
    bool sooner = key->expires_ms && (!until_ms || key->expires_ms < until_ms);
    return sooner ? key->expires_ms : until_ms;
}

status key_list_reply(struct call *call, uint64_t user_id, int64_t *ret_until_ms, struct error *err)
{
    int64_t until_ms = 0;
    struct store_page page;
    struct store_api_key *rows;
    bool all = slice_eq(call_query(call, "include"), S("revoked"));
    TRY(page_from_query(call, &page, err));
    if (!call_query(call, "limit").ptr)
        page.limit = STORE_PAGE_MAX;
    TRY(store_key_list(call->txn, user_id, &page, &call->arena, &rows));
    struct json_out *w = reply_json(call, 200);
    json_key(w, "keys");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        if (!all && !key_is_active(&rows[i], call->now_ms))
            continue;
        json_object(w);
        present_key(w, &rows[i], call->now_ms);
        json_end(w);
        until_ms = until_key(until_ms, &rows[i]);
    }
    json_end(w);
    page_to_reply(call, w, &page);
    *ret_until_ms = page.next.len ? call->now_ms : until_ms; /* a next page has a header, too */
    return reply_end_tagged(call, err);
}

/* Without parameters: the same until a key of anybody changes or is used, or one of these expires.
 */
static status list_check(struct call *call, struct error *err)
{
    int64_t until_ms;
    slice body;
    slice tag;
    const struct principal_key at = {&call->keys_stamp, sizeof call->keys_stamp};
    if (call->query_count)
        return key_list_reply(call, call->user->id, &until_ms, err);
    if (principal_answer(call, &at, &body, &tag)) {
        TRY(reply_bytes(call, 200, "application/json", body));
        (void)reply_etag(call, tag);
        return ST_OK;
    }
    TRY(key_list_reply(call, call->user->id, &until_ms, err));
    if (call->reply.http_status == 200)
        principal_answer_keep(call, &at, until_ms, body_tag(call, call->reply.bytes));
    return ST_OK;
}

/* --- create --- */

static status read_scopes(const struct json *list, uint64_t *ret, struct error *err)
{
    uint64_t bits = 0;
    if (list->kind != JSON_ARRAY)
        return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be a list of texts",
                          "scopes");
    for (const struct json *item = list->first; item; item = item->next) {
        uint64_t bit;
        if (item->kind != JSON_STRING || !scope_from(item->text, &bit))
            return error_code(err, ST_INVALID, "invalid_field", "'%.*s' is not a scope",
                              item->text.len > 40 ? 40 : (int)item->text.len, item->text.ptr);
        bits |= bit;
    }
    *ret = bits;
    return ST_OK;
}

/* A list of networks as comma-separated text. */
static status read_cidrs(struct call *call, const struct json *list, slice *ret, struct error *err)
{
    slice text = S("");
    if (list->kind == JSON_NULL) {
        *ret = text;
        return ST_OK;
    }
    if (list->kind != JSON_ARRAY || list->count > KEY_CIDRS_MAX)
        return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be a list of texts",
                          "allowed_cidrs");
    for (const struct json *item = list->first; item; item = item->next)
        text = arena_printf(&call->arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(text),
                            text.len ? "," : "",
                            SLICE_ARG(item->kind == JSON_STRING ? item->text : S("?")));
    *ret = text;
    TRY(arena_check(&call->arena, err));
    return networks_check(text, KEY_CIDRS_MAX, err);
}

/* A key made by a key has no more rights and no longer life than its maker. */
static status bound_by_maker(const struct call *call, struct store_api_key *key, struct error *err)
{
    if (call->actor != ACTOR_KEY)
        return ST_OK;
    if (key->scopes & ~call->key->scopes)
        return error_code(err, ST_FORBIDDEN, "insufficient_scope",
                          "a key cannot give scopes that it does not have");
    if (call->key->expires_ms && (!key->expires_ms || key->expires_ms > call->key->expires_ms))
        key->expires_ms = call->key->expires_ms;
    return ST_OK;
}

status key_create_read(struct call *call, struct key_create *ret, struct error *err)
{
    slice name = S("My API Key");
    slice note = S("");
    const struct json *scopes = NULL;
    const struct json *cidrs = NULL;
    uint64_t days = 0;
    bool livemode = true;
    TRY(body_read(call, err, JSON_STR_OPT("name", &name, 1, KEY_NAME_MAX),
                  JSON_TREE_OPT("scopes", &scopes),
                  JSON_U64_OPT("expires_in_days", &days, 1, KEY_DAYS_MAX),
                  JSON_TREE_OPT("allowed_cidrs", &cidrs), JSON_BOOL_OPT("livemode", &livemode),
                  JSON_STR_OPT("note", &note, 0, KEY_NOTE_MAX)));
    struct store_api_key *key = &ret->key;
    key->name = name;
    key->note = note;
    key->scopes = SCOPES_DEFAULT;
    key->livemode = livemode;
    key->created_ms = call->now_ms;
    key->created_by = call->actor_name;
    key->pepper_id = call->app->auth->pepper_id;
    key->expires_ms = days ? call->now_ms + (int64_t)days * DAY_MS : 0;
    if (call->actor == ACTOR_KEY)
        key->scopes &= call->key->scopes;
    if (scopes && scopes->kind != JSON_NULL)
        TRY(read_scopes(scopes, &key->scopes, err));
    if (cidrs)
        TRY(read_cidrs(call, cidrs, &key->cidrs, err));
    TRY(bound_by_maker(call, key, err));
    api_key_make(call->app->auth, livemode, &ret->made);
    key->prefix = slice_of(ret->made.prefix);
    key->hash = slice_make(ret->made.hash.bytes, sizeof ret->made.hash.bytes);
    return ST_OK;
}

status key_create_store(struct call *call, struct key_create *in, struct error *err)
{
    bool has_room;
    TRY(idempotency_claim(call, err));
    TRY(store_key_room(call->txn, in->user_id, call->now_ms, in->keys_max, &has_room));
    if (!has_room)
        return error_code(err, ST_LIMIT, "key_limit",
                          "the plan allows %llu active keys; revoke one or upgrade",
                          (unsigned long long)in->keys_max);
    in->key.user_id = in->user_id;
    TRY(store_next_id(call->txn, "api_key", &in->key.id));
    TRY(store_key_add(call->txn, &in->key));
    TRY(idempotency_name(call,
                         arena_printf(&call->arena, "{\"id\":%llu,\"prefix\":\"" SLICE_FMT "\"}",
                                      (unsigned long long)in->key.id, SLICE_ARG(in->key.prefix)),
                         err));
    return audit_note(call, "key.create", audit_object(call, "key", in->key.id),
                      arena_printf(&call->arena, "user:%llu prefix=" SLICE_FMT,
                                   (unsigned long long)in->user_id, SLICE_ARG(in->key.prefix)));
}

static void new_key_members(struct call *call, struct json_out *w, const struct key_create *in)
{
    json_key_str(w, "key", slice_make(in->made.text, API_KEY_LEN));
    present_key(w, &in->key, call->now_ms);
    json_key_str(w, "warning", slice_of(tr(call->lang, KEY_SHOWN_ONCE)));
}

status key_create_reply(struct call *call, const struct key_create *in, struct error *err)
{
    new_key_members(call, reply_json(call, 201), in);
    return reply_end(call, err);
}

static status create_check(struct call *call, struct error *err)
{
    struct key_create *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    in->user_id = call->user->id;
    in->keys_max = call->plan->keys_max;
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

/* --- one key: show, change, revoke --- */

struct key_change {
    uint64_t key_id;
    struct store_api_key key;
    slice name;
    const struct json *cidrs;
    slice cidrs_text;
    uint64_t days, per_minute, per_day;
    bool has_days, has_cidrs, has_minute, has_day;
};

static status find_own(struct call *call, uint64_t key_id, struct store_api_key *ret,
                       struct error *err)
{
    status rc = store_key_find(call->txn, call->user->id, key_id, &call->arena, ret);
    return rc == ST_NOT_FOUND ? key_not_found(call, err) : rc;
}

static status id_param(struct call *call, uint64_t *ret, struct error *err)
{
    return call_param_u64(call, "id", ret, err) == ST_OK ? ST_OK : key_not_found(call, err);
}

static status change_check(struct call *call, struct error *err)
{
    struct key_change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(id_param(call, &in->key_id, err));
    TRY(find_own(call, in->key_id, &in->key, err));
    const struct json_member members[] = {
        JSON_STR_OPT("name", &in->name, 1, KEY_NAME_MAX),
        JSON_TREE_OPT("allowed_cidrs", &in->cidrs),
        {"expires_in_days", WANT_U64, false, &in->days, 1, KEY_DAYS_MAX, &in->has_days},
        {"per_minute", WANT_U64, false, &in->per_minute, 0, 100000, &in->has_minute},
        {"per_day", WANT_U64, false, &in->per_day, 0, 1e9, &in->has_day},
    };
    TRY(body_members(call, members, ARRAY_COUNT(members), err));
    in->has_cidrs = in->cidrs != NULL;
    if (in->has_cidrs)
        TRY(read_cidrs(call, in->cidrs, &in->cidrs_text, err));
    return check_rev(call, in->key.id, in->key.rev, err);
}

/* An expiry may come closer; to move it away the password must have been proved lately. */
static status change_expiry(const struct call *call, struct key_change *in, struct error *err)
{
    int64_t expires_ms = call->now_ms + (int64_t)in->days * DAY_MS;
    bool later = in->key.expires_ms && expires_ms > in->key.expires_ms;
    bool proved =
        call->actor == ACTOR_SESSION && call->session->reauth_ms + REAUTH_MS >= call->now_ms;
    if (later && !proved)
        return error_code(err, ST_FORBIDDEN, "reauthentication_required",
                          "enter your password again to let a key live longer");
    in->key.expires_ms = expires_ms;
    return ST_OK;
}

static status change_apply(struct call *call, struct error *err)
{
    struct key_change *in = call->state;
    TRY(find_own(call, in->key_id, &in->key, err));
    TRY(check_rev(call, in->key.id, in->key.rev, err));
    if (in->key.revoked_ms)
        return error_code(err, ST_CONFLICT, "key_revoked", "the key is revoked");
    if (in->name.len)
        in->key.name = in->name;
    if (in->has_cidrs)
        in->key.cidrs = in->cidrs_text;
    if (in->has_minute)
        in->key.per_minute_max = in->per_minute;
    if (in->has_day)
        in->key.per_day_max = in->per_day;
    if (in->has_days)
        TRY(change_expiry(call, in, err));
    TRY(store_key_put(call->txn, &in->key));
    return audit_note(call, "key.change", audit_object(call, "key", in->key_id), in->key.name);
}

static status change_reply(struct call *call, struct error *err)
{
    const struct key_change *in = call->state;
    present_key(reply_json(call, 200), &in->key, call->now_ms);
    reply_header(call, "etag",
                 arena_printf(&call->arena, "\"" SLICE_FMT "\"",
                              SLICE_ARG(rev_tag(call, in->key.id, in->key.rev))));
    return reply_end(call, err);
}

static status show_check(struct call *call, struct error *err)
{
    struct store_api_key key;
    uint64_t id;
    TRY(id_param(call, &id, err));
    TRY(find_own(call, id, &key, err));
    if (reply_etag(call, rev_tag(call, key.id, key.rev)))
        return ST_OK;
    present_key(reply_json(call, 200), &key, call->now_ms);
    return reply_end(call, err);
}

static status revoke_check(struct call *call, struct error *err)
{
    struct key_change *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(id_param(call, &in->key_id, err));
    TRY(find_own(call, in->key_id, &in->key, err));
    return check_rev(call, in->key.id, in->key.rev, err);
}

static status revoke_apply(struct call *call, struct error *err)
{
    struct key_change *in = call->state;
    TRY(find_own(call, in->key_id, &in->key, err));
    if (in->key.revoked_ms)
        return ST_OK; /* a repeat changes nothing */
    TRY(store_key_revoke(call->txn, call->user->id, in->key_id, call->now_ms));
    return audit_note(call, "key.revoke", audit_object(call, "key", in->key_id), in->key.prefix);
}

static status revoke_reply(struct call *call, struct error *err)
{
    json_key_str(reply_json(call, 200), "status", S("revoked"));
    return reply_end(call, err);
}

/* --- rotate --- */

/* The new key inherits name, scopes, networks, overrides and the end of the old one's life. */
static void inherit(struct store_api_key *made, const struct store_api_key *old)
{
    made->scopes = old->scopes;
    made->cidrs = old->cidrs;
    made->livemode = old->livemode;
    made->expires_ms = old->expires_ms;
    made->per_minute_max = old->per_minute_max;
    made->per_day_max = old->per_day_max;
    made->note = old->note;
}

status key_rotate_read(struct call *call, struct key_rotate *in, struct error *err)
{
    slice name = S("");
    in->grace_s = GRACE_SECONDS_DEFAULT;
    if (!key_is_active(&in->old, call->now_ms))
        return error_code(err, ST_CONFLICT, "key_revoked", "the key is revoked or has expired");
    TRY(body_read(call, err, JSON_U64_OPT("grace_seconds", &in->grace_s, 0, GRACE_SECONDS_MAX),
                  JSON_STR_OPT("name", &name, 1, KEY_NAME_MAX)));
    struct store_api_key *made = &in->create.key;
    inherit(made, &in->old);
    made->name = name.len ? name : in->old.name;
    made->created_ms = call->now_ms;
    made->created_by = call->actor_name;
    made->pepper_id = call->app->auth->pepper_id;
    in->create.user_id = in->old.user_id;
    in->create.keys_max = UINT64_MAX; /* the old key ends: rotation never meets the limit */
    api_key_make(call->app->auth, made->livemode, &in->create.made);
    made->prefix = slice_of(in->create.made.prefix);
    made->hash = slice_make(in->create.made.hash.bytes, sizeof in->create.made.hash.bytes);
    return bound_by_maker(call, made, err);
}

static status rotate_check(struct call *call, struct error *err)
{
    struct key_rotate *in = call_state(call, sizeof *in);
    uint64_t key_id;
    if (!in)
        return arena_check(&call->arena, err);
    TRY(id_param(call, &key_id, err));
    TRY(find_own(call, key_id, &in->old, err));
    return key_rotate_read(call, in, err);
}

status key_rotate_store(struct call *call, struct key_rotate *in, struct error *err)
{
    status rc = store_key_find(call->txn, in->create.user_id, in->old.id, &call->arena, &in->old);
    if (rc != ST_OK)
        return rc == ST_NOT_FOUND ? key_not_found(call, err) : rc;
    if (!key_is_active(&in->old, call->now_ms))
        return error_code(err, ST_CONFLICT, "key_revoked", "the key is revoked or has expired");
    TRY(key_create_store(call, &in->create, err));
    int64_t end_ms = call->now_ms + (int64_t)in->grace_s * 1000;
    if (!in->old.expires_ms || end_ms < in->old.expires_ms)
        in->old.expires_ms = end_ms;
    if (in->grace_s == 0)
        in->old.revoked_ms = call->now_ms;
    in->old.replaced_by = in->create.key.id;
    TRY(store_key_put(call->txn, &in->old));
    return audit_note(call, "key.rotate", audit_object(call, "key", in->old.id),
                      audit_object(call, "key", in->create.key.id));
}

static status rotate_apply(struct call *call, struct error *err)
{
    return key_rotate_store(call, call->state, err);
}

status key_rotate_reply(struct call *call, const struct key_rotate *in, struct error *err)
{
    struct json_out *w = reply_json(call, 201);
    new_key_members(call, w, &in->create);
    json_key(w, "previous");
    json_object(w);
    json_key_u64(w, "id", in->old.id);
    json_key_time(w, "expires_at", in->old.expires_ms);
    json_end(w);
    return reply_end(call, err);
}

static status rotate_reply(struct call *call, struct error *err)
{
    return key_rotate_reply(call, call->state, err);
}

/* --- the table --- */

#include "api/keys_doc.h"

const struct route keys_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/dashboard/keys",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_READ,
     .check = list_check,
     .doc = DOC_LIST},
    {.method = METHOD_POST,
     .path = "/api/dashboard/keys",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_WRITE,
     .flags = ROUTE_SECRET | ROUTE_IDEMPOTENT,
     .check = create_check,
     .apply = create_apply,
     .reply = create_reply,
     .doc = DOC_CREATE},
    {.method = METHOD_GET,
     .path = "/api/dashboard/keys/:id",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_READ,
     .check = show_check,
     .doc = DOC_SHOW},
    {.method = METHOD_PATCH,
     .path = "/api/dashboard/keys/:id",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_WRITE,
     .flags = ROUTE_STRICT,
     .check = change_check,
     .apply = change_apply,
     .reply = change_reply,
     .doc = DOC_CHANGE},
    {.method = METHOD_DELETE,
     .path = "/api/dashboard/keys/:id",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_WRITE,
     .check = revoke_check,
     .apply = revoke_apply,
     .reply = revoke_reply,
     .doc = DOC_REVOKE},
    {.method = METHOD_POST,
     .path = "/api/dashboard/keys/:id/rotate",
     .need = NEED_KEY,
     .scope = SCOPE_KEYS_WRITE,
     .flags = ROUTE_STRICT | ROUTE_SECRET | ROUTE_IDEMPOTENT,
     .check = rotate_check,
     .apply = rotate_apply,
     .reply = rotate_reply,
     .doc = DOC_ROTATE},
};
