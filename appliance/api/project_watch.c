/* Registers that a directory is watched for a project: POST /api/projects/{id}/watch.
 *
 * The answer is a token that tells when, with a tag that only this appliance can make; nothing is
 * kept but the audit record. It gives no access: whoever uses it needs the right to add rounds. */
#include "api/project_watch.h"

#include "api/project_access.h"
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "auth.h"
#include "idempotency.h"

#include "base/bigend.h"
#include "base/crypt.h"

#include "api/project_watch_doc.h"

enum { HEAD_BYTES = 16, HOUR_MS = 3600 * 1000 };

struct watching {
    struct store_project project;
    char token[WATCH_TOKEN_MAX];
};

/* --- the token -------------------------------------------------------------------------------- */

static void tag_of(const struct call *call, slice project_id,
                   const unsigned char head[static HEAD_BYTES],
                   unsigned char ret[static CRYPT_TAG_BYTES])
{
    unsigned char key[CRYPT_KEY_BYTES];
    crypt_derive(key, call->app->auth->pepper, 1, "watching");
    crypt_tag(ret, slice_make(key, sizeof key), project_id, slice_make(head, HEAD_BYTES));
    crypt_wipe(key, sizeof key);
}

static void make_token(const struct call *call, slice project_id, char ret[static WATCH_TOKEN_MAX])
{
    unsigned char bytes[WATCH_TOKEN_BYTES];
    bigend_put(bytes, (uint64_t)call->now_ms);
    crypt_random(bytes + BIGEND_BYTES, HEAD_BYTES - BIGEND_BYTES);
    tag_of(call, project_id, bytes, bytes + HEAD_BYTES);
    (void)crypt_base64url(ret, bytes, sizeof bytes);
}

status project_watch_opened(struct call *call, slice project_id, int64_t *ret_opened_ms,
                            struct error *err)
{
    unsigned char bytes[WATCH_TOKEN_BYTES], tag[CRYPT_TAG_BYTES];
    slice token = call_query(call, "watch");
    *ret_opened_ms = 0;
    if (token.len == 0)
        return ST_OK;
    bool ours = crypt_base64url_decode(bytes, sizeof bytes, token);
    if (ours) {
        tag_of(call, project_id, bytes, tag);
        ours = crypt_equal(tag, bytes + HEAD_BYTES, sizeof tag);
    }
    if (!ours)
        return error_code(err, ST_INVALID, "invalid_watch",
                          "'watch' is not a token that this appliance gave for this project");
    *ret_opened_ms = (int64_t)bigend_get(bytes);
    return ST_OK;
}

bool project_watch_covers(const struct ledger *ledger, int64_t opened_ms, int64_t now_ms)
{
    int64_t first_ms = opened_ms - (int64_t)WATCH_SKEW_MINUTES * 60000;
    for (size_t i = 0; i < ledger->row_count; i++) {
        int64_t start_ms = ledger->rows[i].time_ms;
        if (start_ms < first_ms || now_ms - start_ms > (int64_t)WATCH_LATE_HOURS * HOUR_MS ||
            start_ms - now_ms > (int64_t)WATCH_AHEAD_HOURS * HOUR_MS)
            return false;
    }
    return true;
}

/* --- the route -------------------------------------------------------------------------------- */

static status watch_check(struct call *call, struct error *err)
{
    struct watching *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(project_find_own(call, &in->project, err));
    make_token(call, in->project.id, in->token);
    return ST_OK;
}

static status watch_apply(struct call *call, struct error *err)
{
    struct watching *in = call->state;
    TRY(idempotency_claim(call, err));
    return audit_note(call, "project.watch", in->project.id, in->project.name);
}

static status watch_reply(struct call *call, struct error *err)
{
    const struct watching *in = call->state;
    struct json_out *w = reply_json(call, 201);
    json_key_str(w, "project_id", in->project.id);
    json_key_str(w, "token", slice_of(in->token));
    json_key_time(w, "opened_at", call->now_ms);
    return reply_end(call, err);
}

const struct route project_watch_routes[] = {
    {.method = METHOD_POST,
     .path = "/api/projects/:id/watch",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .plan_min = PLAN_PRO,
     .flags = ROUTE_STRICT | ROUTE_FOR_USER | ROUTE_IDEMPOTENT,
     .check = watch_check,
     .apply = watch_apply,
     .reply = watch_reply,
     .doc = DOC_WATCH},
};
