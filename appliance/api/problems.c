/* The reference for programs: the OpenAPI document. */
#include "api/tables.h"
#include "app.h"
#include "body.h"
#include "openapi.h"

/* --- /openapi.json --- */

static status openapi_check(struct call *call, struct error *err)
{
    struct buf out;
    struct crypt_hash hash;
    char tag[33];
    buf_init_arena(&out, &call->arena, OPENAPI_BYTES_MAX);
    TRY(openapi_write(call->app->plans, call->app->version, call->lang, &out, err));
    crypt_hash(&hash, S(""), buf_slice(&out));
    reply_cache(call, "public, max-age=300");
    if (reply_etag(call, crypt_hex(tag, hash.bytes, 16)))
        return ST_OK;
    return reply_bytes(call, 200, "application/json", buf_slice(&out));
}

/* clang-format off */
const struct route problems_routes[] = {
    {.method = METHOD_GET, .path = "/openapi.json", .need = NEED_NOTHING, .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP, .check = openapi_check,
     .doc = {.summary = N_("This document"), .tag = "Operations", .response = "{\"type\":\"object\"}", .errors = "304"}},
};
/* clang-format on */
