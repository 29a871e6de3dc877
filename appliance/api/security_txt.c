/* /.well-known/security.txt: whom to tell of a weakness in this installation (RFC 9116).
 *
 * Only the administrator knows that address, so without http.security_contact there is no file. */
#include "api/tables.h"
#include "app.h"
#include "call.h"
#include "config.h"

#include "base/clock.h"

/* RFC 9116, 2.5.5, advises less than a year ahead; the text is made new at each request. */
#define VALID_MS ((int64_t)180 * 24 * 3600 * 1000)

static status security_reply(struct call *call, struct error *err)
{
    const struct config *config = atomic_load(&call->app->config);
    char expires[TIME_TEXT_MAX];
    if (config->http_security_contact.len == 0)
        return error_set(err, ST_NOT_FOUND, "no security contact is configured here");
    slice text = arena_printf(&call->arena,
                              "Contact: " SLICE_FMT "\nExpires: " SLICE_FMT
                              "\nPreferred-Languages: en, zh\n",
                              SLICE_ARG(config->http_security_contact),
                              SLICE_ARG(time_rfc3339(call->now_ms + VALID_MS, expires)));
    TRY(arena_check(&call->arena, err));
    reply_cache(call, "public, max-age=300");
    return reply_text(call, 200, text);
}

const struct route security_txt_routes[] = {
    {METHOD_GET, "/.well-known/security.txt", NEED_NOTHING,
     .flags = ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP | ROUTE_NO_ALIAS, .reply = security_reply,
     .doc = {.summary = N_("Whom to tell of a weakness (RFC 9116)"),
             .tag = "Operations",
             .response = "{\"type\":\"string\"}",
             .response_type = "text/plain",
             .errors = "404"}},
};
