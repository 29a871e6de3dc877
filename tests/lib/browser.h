/* A browser's session in tests of handlers: signs in through the real route, keeps cookie and CSRF
 * token, sends them as our own page would. */
#ifndef TESTS_LIB_BROWSER_H
#define TESTS_LIB_BROWSER_H

#include "lib/gate.h"

#define BROWSER_PASSWORD "tulip brick ferry nine"

struct browser {
    char cookie[128];
    char csrf[64];
};

/* A user made by the machine's administrator, with BROWSER_PASSWORD; its number. */
static inline uint64_t browser_user(struct gate *g, const char *email, const char *role)
{
    char body[256];
    size_t at;
    uint64_t id;
    (void)snprintf(body, sizeof body,
                   "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\",\"role\":\"%s\"}",
                   email, role);
    g->actor = ACTOR_HOST;
    struct call *call = gate_run(g, METHOD_POST, "/api/admin/users", NULL, body);
    gate_expect(call, 201, "{\"id\":");
    slice rest = slice_from(gate_body(call), strlen("{\"id\":"));
    ck_assert(slice_find_byte(rest, ',', &at));
    ck_assert(slice_to_u64(slice_sub(rest, 0, at), &id));
    gate_end(call);
    return id;
}

/* Keeps cookie and token of an answer for the next calls. */
static inline void browser_keep(struct browser *b, const struct call *call)
{
    slice set = gate_reply_header(call, "Set-Cookie");
    size_t at;
    ck_assert(slice_has_prefix(set, S("__Host-sleuth_session=")));
    ck_assert(slice_find(set, S("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age="), &at));
    (void)snprintf(b->cookie, sizeof b->cookie, "%.*s", (int)at, set.ptr);
    slice name = S("\"csrf_token\":\"");
    ck_assert(slice_find(gate_body(call), name, &at));
    (void)snprintf(b->csrf, sizeof b->csrf, "%.43s", gate_body(call).ptr + at + name.len);
}

/* totp NULL = none. */
static inline struct call *browser_login(struct gate *g, const char *email, const char *totp)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"%s%s%s}", email,
                   totp ? ",\"totp\":\"" : "", totp ? totp : "", totp ? "\"" : "");
    return gate_run(g, METHOD_POST, "/api/auth/login", NULL, body);
}

static inline void browser_sign_in(struct gate *g, struct browser *b, const char *email)
{
    struct call *call = browser_login(g, email, NULL);
    gate_expect(call, 200, "csrf_token");
    browser_keep(b, call);
    gate_end(call);
}

static inline struct call *browser_run(struct gate *g, const struct browser *b, enum method method,
                                       const char *path, const char *body)
{
    gate_header(g, "cookie", b->cookie);
    gate_header(g, "x-csrf-token", b->csrf);
    gate_header(g, "origin", "https://localhost:5000");
    return gate_run(g, method, path, NULL, body);
}

#endif
